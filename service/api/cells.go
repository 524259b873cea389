package api

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HostColumns are the names of the cells that a host has in CSV.
func HostColumns() []string {
	return []string{"ref", "name", "ip", "first_seen", "last_seen", "in", "out", "allowed", "blocked", "ports", "devices", "ignored", "new"}
}

// Cells are those of HostColumns.
func (h *Host) Cells() []string {
	devices := make([]string, len(h.Devices))
	for i := range h.Devices {
		devices[i] = h.Devices[i].Called()
	}
	return []string{
		h.Ref, h.Name, address(h.Addr), moment(h.First), moment(h.Last), count(h.In), count(h.Out), count(h.Allowed), count(h.Blocked),
		h.PortNumbers(), strings.Join(devices, ", "), strconv.FormatBool(h.Ignored), strconv.FormatBool(h.New),
	}
}

// PortNumbers are the ports in short: each once, those with most attempts first.
func (h *Host) PortNumbers() string {
	var list []string
	for _, p := range h.Ports {
		s := strconv.Itoa(int(p.Port))
		if p.Port == 0 {
			s = p.Protocol
		}
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if h.OtherPorts > 0 {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// Called is the name of the device, or its address.
func (d *HostDevice) Called() string {
	if d.Name == "" {
		return address(d.Addr)
	}
	return d.Name
}

// HostGroupColumns are the names of the cells of hosts that are put together by one of Classes.
func HostGroupColumns(by string) []string {
	return []string{by, "hosts", "new", "first_seen", "last_seen", "in", "out", "allowed", "blocked"}
}

// Cells are those of HostGroupColumns.
func (g *HostGroup) Cells() []string {
	return []string{g.Name(), strconv.Itoa(g.Hosts), strconv.Itoa(g.New), moment(g.First), moment(g.Last), count(g.In), count(g.Out), count(g.Allowed), count(g.Blocked)}
}

// DeviceColumns are the names of the cells of a device.
func DeviceColumns() []string {
	return []string{"ref", "name", "ip", "vendor", "first_seen", "last_seen", "in", "out", "allowed", "blocked", "hosts"}
}

// Cells are those of DeviceColumns.
func (d *Device) Cells() []string {
	return []string{d.Ref, d.Name, address(d.Addr), d.Vendor, moment(d.First), moment(d.Last), count(d.In), count(d.Out), count(d.Allowed), count(d.Blocked), count(d.Hosts)}
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func moment(t time.Time) string { return t.Format(time.RFC3339) }
func count(n uint64) string     { return strconv.FormatUint(n, 10) }
