package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
)

// netfilter reads a line of Linux's LOG target, as ASUS, OpenWrt, DD-WRT, Tomato,
// UniFi, EdgeOS, VyOS, ufw, Shorewall and others have it (net/netfilter/nf_log_syslog.c):
//
//	kernel: [42.1] ACCEPT IN=br0 OUT=vlan2 SRC=192.168.1.10 DST=198.51.100.53 … PROTO=UDP SPT=53001 DPT=53 LEN=40
//
// The rule's prefix, which may be glued to the first key, becomes the text and tells the
// verdict.
func (r *Reader) netfilter(ev *capture.Event, h *syslog.Header) (bool, error) {
	line := h.Message
	if h.Program != "kernel" && !h.Process { // it is a prefix with a colon
		line = h.Text
	}
	begin, ok := netfilterBegin(line)
	if !ok {
		return false, nil
	}
	var f netfilterFields
	f.read(line[begin:])
	if f.src == "" && f.dst == "" && f.proto == "" {
		return false, nil
	}
	ev.Kind = capture.Traffic
	prefix := line[:begin]
	ev.Text = r.Clean(cut(strings.Trim(prefix, " :"), maxPrefix))
	ev.Verdict = netfilterVerdict(prefix)
	switch {
	case f.src == "" || f.dst == "":
		return true, cutOff("addresses")
	case f.proto == "":
		return true, cutOff("protocol")
	}
	if ev.Src.Addr, ok = Address(f.src); !ok {
		return true, Malformed("not an address: %s", Quoted(f.src))
	}
	if ev.Dst.Addr, ok = Address(f.dst); !ok {
		return true, Malformed("not an address: %s", Quoted(f.dst))
	}
	if f.proto != "0" { // as fragments and some kernels have it
		var err error
		if ev.Proto, err = Protocol(f.proto); err != nil {
			return true, err
		}
	}
	switch {
	case f.spt != "" || f.dpt != "":
		if err := Port(&ev.Src, f.spt); err != nil {
			return true, err
		}
		if err := Port(&ev.Dst, f.dpt); err != nil {
			return true, err
		}
	case (ev.Proto == capture.TCP || ev.Proto == capture.UDP) && !f.fragment && !f.whole:
		return true, cutOff("ports")
	}
	ev.Dir = f.direction(ev.Src.Addr, ev.Dst.Addr)
	return true, nil
}

// netfilterBegin finds where the keys begin: at the last "IN=" before " OUT=", else at
// the first of "IN=" and "SRC=" that stands alone. What stands in quotes, as UniFi's
// DESCR="…", does not count.
func netfilterBegin(s string) (at int, ok bool) {
	quoted, out, src := false, -1, -1
	for i := 0; i+4 <= len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == 'O' && out < 0 && strings.HasPrefix(s[i:], "OUT=") && i > 0 && s[i-1] == ' ':
			out = i
		case c == 'S' && strings.HasPrefix(s[i:], "SRC=") && (i == 0 || !wordly(s[i-1])):
			src = i
		}
		if src >= 0 {
			break
		}
	}
	if src < 0 {
		return 0, false
	}
	if out >= 0 {
		if in := strings.LastIndex(s[:out], "IN="); in >= 0 {
			return in, true
		}
		return out, true
	}
	for from := 0; ; { // OUT= may be missing
		in := strings.Index(s[from:src], "IN=")
		if in < 0 {
			return src, true
		}
		if in += from; in == 0 || !wordly(s[in-1]) {
			return in, true
		}
		from = in + 1
	}
}

func wordly(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_'
}

// netfilterFields are the values of a line, of each the first: what an ICMP error
// says about the packet it answers comes behind, in brackets.
type netfilterFields struct {
	in, out, src, dst, proto, spt, dpt string

	fragment bool // it has no ports to tell
	whole    bool // it goes on behind the protocol, so nothing was cut off
}

func (f *netfilterFields) read(s string) {
	for s != "" {
		var w string
		w, s, _ = strings.Cut(s, " ")
		if strings.HasPrefix(w, "[SRC=") {
			return
		}
		if len(w) > 3 && w[0] == '<' { // a level of the kernel in the middle of a line: "<1>SRC="
			if _, after, ok := strings.Cut(w, ">"); ok {
				w = after
			}
		}
		eq := strings.IndexByte(w, '=')
		if eq < 0 {
			f.fragment = f.fragment || strings.HasPrefix(w, "FRAG:")
			continue
		}
		f.whole = f.whole || f.proto != "" && w[:eq] == "LEN"
		if to := f.field(w[:eq]); to != nil && *to == "" {
			*to = w[eq+1:]
		}
	}
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

// netfilterVerdict reads the words of a prefix and, of UniFi and EdgeOS, the letter of
// the action in "[WAN_LOCAL-default-D]", "[WAN_OUT-2000-A]" or "[LAN_IN-A-2147483647]".
func netfilterVerdict(prefix string) capture.Verdict {
	if open := strings.IndexByte(prefix, '['); open >= 0 {
		if inner, _, ok := strings.Cut(prefix[open+1:], "]"); ok {
			for rest := inner; ; {
				_, after, more := strings.Cut(rest, "-")
				if !more {
					break
				}
				word, _, _ := strings.Cut(after, "-")
				switch word {
				case "A":
					return capture.Allowed
				case "D", "R", "B":
					return capture.Blocked
				}
				rest = after
			}
		}
	}
	return capture.VerdictOf(prefix)
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
	case from && to && homeInterface(f.in):
		return capture.Out
	}
	switch {
	case f.in == "" && f.out != "": // from the router itself
		return capture.Out
	case f.in != "" && f.out == "": // to it
		return capture.In
	case outerInterface(f.out), homeInterface(f.in) && !homeInterface(f.out):
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

// outerInterface knows those that face the provider.
func outerInterface(name string) bool {
	for _, begin := range [...]string{"ppp", "wan", "wwan"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return name == "vlan2" || name == "eth8" || name == "eth9"
}

// inside reports whether an address cannot be one of the internet.
func inside(a netip.Addr) bool {
	return !a.IsGlobalUnicast() || a.IsPrivate() || carrier().Contains(a)
}

// carrier are the addresses that providers give behind their own translation
// (RFC 6598): as outer addresses of a router they are this side of it.
func carrier() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }

// Way tells the direction where the log has nothing but the addresses.
func Way(src netip.Addr) capture.Direction {
	if inside(src) {
		return capture.Out
	}
	return capture.In
}

// maxPrefix bounds what of a rule's name or prefix becomes the text, in bytes.
const maxPrefix = 128
