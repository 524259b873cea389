package devices

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/service/api"
)

func columns() []grid.Column[api.Device] {
	return []grid.Column[api.Device]{
		{ID: "name", Label: lang.L("Device"), Width: 220, MinWidth: 104, Flex: 2, Compare: byName, Cell: func(c *grid.Cell, d *api.Device) {
			if d.Name == "" {
				c.Text(grid.Sans, grid.Muted, lang.L("unnamed"))
				return
			}
			c.Text(grid.Sans, grid.Plain, d.Name)
		}},
		{ID: "address", Label: lang.L("Address"), Width: 136, MinWidth: 112, Flex: 0.5, Compare: byAddress, Cell: func(c *grid.Cell, d *api.Device) {
			c.Text(grid.Mono, grid.Plain, address(d))
		}},
		{ID: "dns", Label: lang.L("Name in the network"), Width: 170, MinWidth: 100, Flex: 1, Spare: 2, Compare: func(a, b *api.Device) int { return strings.Compare(network(a), network(b)) },
			Has: func(d *api.Device) bool { return network(d) != "" && network(d) != d.Name }, Cell: func(c *grid.Cell, d *api.Device) { c.Text(grid.Sans, grid.Muted, network(d)) }},
		{ID: "vendor", Label: lang.L("Vendor"), Width: 130, MinWidth: 108, Flex: 0.5, Spare: 3, Compare: func(a, b *api.Device) int { return strings.Compare(vendor(a), vendor(b)) },
			Has: func(d *api.Device) bool { return vendor(d) != "" }, Cell: func(c *grid.Cell, d *api.Device) { c.Text(grid.Sans, grid.Muted, vendor(d)) }},
		{ID: "first", Label: lang.L("First seen"), Width: 122, Spare: 1, Down: true, Compare: func(a, b *api.Device) int { return a.First.Compare(b.First) },
			Cell: func(c *grid.Cell, d *api.Device) { c.Text(grid.Sans, grid.Plain, ui.Since(d.First, time.Now())) }},
		{ID: "last", Label: lang.L("Last seen"), Width: 118, Down: true, Compare: func(a, b *api.Device) int { return a.Last.Compare(b.Last) },
			Cell: func(c *grid.Cell, d *api.Device) { c.Text(grid.Sans, grid.Plain, ui.Last(d.Last, time.Now())) }},
		{ID: "matches", Label: lang.L("Matches"), Width: 96, MinWidth: 92, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.Matches, b.Matches) },
			Has: func(d *api.Device) bool { return d.Matches > 0 }, Cell: func(c *grid.Cell, d *api.Device) { number(c, d.Matches) }},
		{ID: "in", Label: lang.L("In"), Width: 84, MinWidth: 52, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.In, b.In) },
			Cell: func(c *grid.Cell, d *api.Device) { number(c, d.In) }},
		{ID: "out", Label: lang.L("Out"), Width: 84, MinWidth: 56, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.Out, b.Out) },
			Cell: func(c *grid.Cell, d *api.Device) { number(c, d.Out) }},
		{ID: "allowed", Label: lang.L("Allowed"), Width: 84, MinWidth: 66, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.Allowed, b.Allowed) },
			Has: hasVerdict, Cell: func(c *grid.Cell, d *api.Device) { verdicts(c, d, d.Allowed) }},
		{ID: "blocked", Label: lang.L("Blocked"), Width: 84, MinWidth: 76, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.Blocked, b.Blocked) },
			Has: hasVerdict, Cell: func(c *grid.Cell, d *api.Device) { verdicts(c, d, d.Blocked) }},
		{ID: "hosts", Label: lang.L("Hosts"), Width: 84, MinWidth: 60, Flex: 0.1, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Device) int { return cmp.Compare(a.Hosts, b.Hosts) },
			Cell: func(c *grid.Cell, d *api.Device) { number(c, d.Hosts) }},
	}
}

// hasVerdict reports whether the router said what it did.
func hasVerdict(d *api.Device) bool { return d.Allowed+d.Blocked > 0 }

// verdicts writes how often the router did something, if it ever said what it does.
func verdicts(c *grid.Cell, d *api.Device, n uint64) {
	if hasVerdict(d) {
		number(c, n)
	}
}

// number writes a count; none is muted.
func number(c *grid.Cell, n uint64) {
	ink := grid.Plain
	if n == 0 {
		ink = grid.Muted
	}
	c.Text(grid.Mono, ink, ui.Number(n))
}

// address is the one that a device has now.
func address(d *api.Device) string {
	if !d.Addr.IsValid() {
		return ""
	}
	return d.Addr.String()
}

// vendor is who made a device's network hardware.
func vendor(d *api.Device) string {
	if d.Private {
		return lang.L("private address")
	}
	return d.Vendor
}

// network is what the router, the device itself or DNS calls a device. The column is there as
// soon as one of them is shown by a different name.
func network(d *api.Device) string { return cmp.Or(d.Lease, d.Router, d.DNS) }

// byName puts devices without a name last.
func byName(a, b *api.Device) int {
	if (a.Name == "") != (b.Name == "") {
		return strings.Compare(b.Name, a.Name)
	}
	return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), byAddress(a, b))
}

func byAddress(a, b *api.Device) int { return a.Addr.Compare(b.Addr) }
