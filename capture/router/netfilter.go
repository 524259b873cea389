package router

import (
	"net/netip"
	"strings"

	"linklog/capture"
	"linklog/capture/syslog"
	"linklog/phrase"
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
	var f netfilterFields
	isUsual := f.usual(ev, line)
	if !isUsual && (!f.read(line) || f.src == "" && f.dst == "" && f.proto == "") {
		return false, nil
	}
	ev.Kind = capture.Traffic
	prefix := line[:f.begin]
	said := r.prefixes.of(prefix)
	if said == nil {
		said = r.prefixes.add(prefix, r.Clean(cut(strings.Trim(prefix, " :"), maxPrefix)), netfilterVerdict(prefix))
	}
	ev.Text, ev.Verdict = said.text, said.verdict
	if !isUsual {
		if err := f.fill(ev, line); err != nil {
			return true, err
		}
	}
	r.in = f.in
	ev.Dir = f.direction(ev.Src.Addr, ev.Dst.Addr)
	return true, nil
}

// fill fills an attempt from its protocol and its ends.
func (f *netfilterFields) fill(ev *capture.Event, line string) error {
	var ok bool
	switch {
	case f.src == "" || f.dst == "":
		return withoutAddresses()
	case f.proto == "":
		return cutOff(phrase.Say("cut off before its protocol"))
	}
	if ev.Src.Addr, ok = Address(f.src); !ok {
		return notAddress(f.src)
	}
	if ev.Dst.Addr, ok = Address(f.dst); !ok {
		return notAddress(f.dst)
	}
	if f.proto != "0" { // as fragments and some kernels have it
		var err error
		if ev.Proto, err = Protocol(f.proto); err != nil {
			return err
		}
	}
	switch {
	case f.spt != "" || f.dpt != "":
		if err := Port(&ev.Src, f.spt); err != nil {
			return err
		}
		if err := Port(&ev.Dst, f.dpt); err != nil {
			return err
		}
	case (ev.Proto == capture.TCP || ev.Proto == capture.UDP) && !f.whole && !strings.Contains(line, " FRAG:"):
		return cutOff(phrase.Say("cut off before its ports"))
	}
	return nil
}

// netfilterCut knows the beginning of a line that netfilter reads, which ends before its
// addresses: IN= with an interface or none, and the key that follows it.
func netfilterCut(s string) bool {
	for {
		_, after, found := strings.Cut(s, "IN=")
		if !found {
			return false
		}
		s = after
		name, rest, _ := strings.Cut(s, " ")
		if name != "" && (!wordly(name[0]) || name[0] <= '9') { // not an interface, as of counters
			continue
		}
		for _, key := range [...]string{"OUT=", "PHYSIN=", "MAC=", "MACSRC="} {
			if strings.HasPrefix(rest, key) {
				return true
			}
		}
	}
}

func wordly(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_'
}

// netfilterFields are the values of a line, of each the first: what an ICMP error
// says about the packet it answers comes behind, in brackets.
type netfilterFields struct {
	in, out, src, dst, proto, spt, dpt string

	begin int  // where the keys begin
	whole bool // it goes on behind the protocol, so nothing was cut off
}

// read finds the values; ok tells whether there is a SRC=. The keys begin at the last "IN="
// before " OUT=", which may be glued to what stands before it, else at the first of "IN="
// and "SRC=" that stands alone. What stands in quotes, as UniFi's DESCR="…", does not count.
func (f *netfilterFields) read(s string) (ok bool) {
	quote, last, in, out := strings.IndexByte(s, '"'), -1, -1, -1
	for at := 0; ; {
		next := strings.IndexByte(s[at:], '=')
		if next < 0 {
			return ok
		}
		eq := at + next
		if quote >= 0 && quote < eq {
			end := strings.IndexByte(s[quote+1:], '"')
			if end < 0 {
				return ok
			}
			at = quote + 1 + end + 1
			if quote = strings.IndexByte(s[at:], '"'); quote >= 0 {
				quote += at
			}
			continue
		}
		if eq == at || !endsKey(s[eq-1]) {
			at = eq + 1
			continue
		}
		key := eq
		for key > at && wordly(s[key-1]) {
			key--
		}
		at = eq + 1
		name := s[key:eq]
		if !ok && len(name) > 2 && name[len(name)-1] == 'N' && name[len(name)-2] == 'I' && out < 0 {
			last = eq - 2 // glued
			continue
		}
		var to *string
		switch name {
		case "IN":
			switch {
			case ok:
				to = &f.in
			case out < 0:
				if last = key; in < 0 {
					in = key
				}
			}
		case "OUT":
			switch {
			case ok:
				to = &f.out
			case out < 0 && key > 0 && s[key-1] == ' ':
				out = key
			}
		case "SRC":
			if ok && s[key-1] == '[' {
				return ok
			}
			if !ok {
				ok = true
				switch {
				case out >= 0 && last >= 0:
					f.begin, f.in, f.out = last, valueAt(s, last+len("IN=")), valueAt(s, out+len("OUT="))
				case out >= 0:
					f.begin, f.out = out, valueAt(s, out+len("OUT="))
				case in >= 0:
					f.begin, f.in = in, valueAt(s, in+len("IN="))
				default:
					f.begin = key
				}
			}
			to = &f.src
		case "DST":
			to = &f.dst
		case "PROTO":
			to = &f.proto
		case "SPT":
			to = &f.spt
		case "DPT":
			if ok && f.spt != "" {
				f.dpt = valueAt(s, at)
				return ok // what stands behind says nothing more
			}
			to = &f.dpt
		case "LEN":
			f.whole = f.whole || f.proto != ""
		}
		if ok && to != nil && *to == "" {
			*to = valueAt(s, at)
		}
	}
}

// endsKey tells by its last letter that a key may be one that is read: IN, OUT, SRC, DST,
// LEN, PROTO, SPT, DPT.
func endsKey(c byte) bool { return c == 'N' || c == 'T' || c == 'C' || c == 'O' }

// valueAt is what stands there up to a blank.
func valueAt(s string, at int) string {
	if end := strings.IndexByte(s[at:], ' '); end >= 0 {
		return s[at : at+end]
	}
	return s[at:]
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
	if a.Is4() {
		switch b := a.As4(); {
		case b[0] == 10, b[0] == 127, b[0]&0xf0 == 224, b[0] == 192 && b[1] == 168, b[0] == 172 && b[1]&0xf0 == 16, b[0] == 169 && b[1] == 254,
			b[0] == 100 && b[1]&0xc0 == 64: // providers' own translation (RFC 6598): as outer addresses of a router they are this side of it
			return true
		default:
			return b == [4]byte{} || b == [4]byte{255, 255, 255, 255}
		}
	}
	return !a.IsGlobalUnicast() || a.IsPrivate()
}

// Way tells the direction where the log has nothing but the addresses.
func Way(src netip.Addr) capture.Direction {
	if inside(src) {
		return capture.Out
	}
	return capture.In
}

// maxPrefix bounds what of a rule's name or prefix becomes the text, in bytes.
const maxPrefix = 128
