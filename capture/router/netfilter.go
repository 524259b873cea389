package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
)

// netfilter reads a line of Linux's LOG target, as DD-WRT, OpenWrt, Tomato and
// Asuswrt have it (net/netfilter/nf_log_syslog.c):
//
//	kernel: [42.1] ACCEPT IN=br0 OUT=vlan2 SRC=192.168.1.10 DST=198.51.100.53 … PROTO=UDP SPT=53001 DPT=53 LEN=40
//
// What the firmware put in front, "ACCEPT" or "DROP" as a rule, becomes the text.
func (r *Reader) netfilter(ev *capture.Event, rest string) (bool, error) {
	src, found := behind(rest, " SRC=")
	if !found || !strings.Contains(src, " DST=") || !strings.Contains(src, "PROTO=") {
		return false, nil
	}
	ev.Kind = capture.Traffic
	var f netfilterFields
	before := f.read(rest)
	ev.Text = r.Clean(verdict(before))
	var ok bool
	if ev.Src.Addr, ok = Address(f.src); !ok {
		return true, Malformed("not an address: %s", Quoted(f.src))
	}
	if ev.Dst.Addr, ok = Address(f.dst); !ok {
		return true, Malformed("not an address: %s", Quoted(f.dst))
	}
	var err error
	if ev.Proto, err = Protocol(f.proto); err != nil {
		return true, err
	}
	if HasPorts(ev.Proto) {
		if f.spt == "" && f.dpt == "" {
			return true, Malformed("no ports: a fragment")
		}
		if err = Port(&ev.Src, f.spt); err != nil {
			return true, err
		}
		if err = Port(&ev.Dst, f.dpt); err != nil {
			return true, err
		}
	}
	ev.Dir = f.direction(ev.Src.Addr, ev.Dst.Addr)
	return true, nil
}

// netfilterFields are the values of a line, of each the first: what an ICMP error
// says about the packet it answers comes behind, in brackets.
type netfilterFields struct{ in, out, src, dst, proto, spt, dpt string }

// read takes the values and gives what stands before them.
func (f *netfilterFields) read(s string) (before string) {
	begin := -1
	for at := 0; at < len(s); {
		end := strings.IndexByte(s[at:], ' ')
		if end < 0 {
			end = len(s) - at
		}
		w := s[at : at+end]
		if strings.HasPrefix(w, "[SRC=") {
			break
		}
		if key, value, found := strings.Cut(w, "="); found {
			if to := f.field(key); to != nil {
				if begin < 0 {
					begin = at
				}
				if *to == "" {
					*to = value
				}
			}
		}
		at += end + 1
	}
	return s[:max(begin, 0)]
}

func (f *netfilterFields) field(key string) *string {
	switch key {
	case "IN":
		return &f.in
	case "OUT":
		return &f.out
	case "SRC":
		return &f.src
	case "DST":
		return &f.dst
	case "PROTO":
		return &f.proto
	case "SPT":
		return &f.spt
	case "DPT":
		return &f.dpt
	}
	return nil
}

// direction tells which way a packet went. The addresses tell as a rule; where
// both are outside ones, as with IPv6 or what the router itself refuses, or both
// inside ones, the interfaces do.
func (f *netfilterFields) direction(src, dst netip.Addr) capture.Direction {
	switch from, to := inside(src), inside(dst); {
	case from && !to:
		return capture.Out
	case !from && to:
		return capture.In
	}
	switch {
	case homeInterface(f.in):
		return capture.Out
	case f.in == "" && f.out != "" && !homeInterface(f.out): // from the router itself
		return capture.Out
	}
	return capture.In
}

// homeInterface knows the interfaces of the home network by the names that the
// firmwares give them.
func homeInterface(name string) bool {
	for _, begin := range [...]string{"br", "lan", "wl", "ath", "ra", "phy"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// inside reports whether an address cannot be one of the internet.
func inside(a netip.Addr) bool {
	return !a.IsGlobalUnicast() || a.IsPrivate() || carrier().Contains(a)
}

// carrier are the addresses that providers give behind their own translation
// (RFC 6598): as outer addresses of a router they are this side of it.
func carrier() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }

// wayByAddress tells the direction where the log has nothing but the addresses.
func wayByAddress(src netip.Addr) capture.Direction {
	if inside(src) {
		return capture.Out
	}
	return capture.In
}

// verdict takes the words between the kernel's stamp and the fields.
func verdict(s string) string {
	_, s, found := strings.Cut(s, "kernel:")
	if !found {
		return ""
	}
	s = strings.TrimLeft(s, " ")
	if uptime, after, ok := strings.Cut(s, "]"); ok && strings.Trim(uptime, "[ .0123456789") == "" {
		s = after
	}
	const most = 64
	return strings.Trim(s[:min(len(s), most)], " :")
}
