package router

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/syslog"
)

// FuzzNumbers holds that addresses and ports are read as the standard library reads them.
func FuzzNumbers(f *testing.F) {
	for _, s := range [...]string{
		"192.168.1.10", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4", "1..3.4", ".1.2.3", "1.2.3.0004", "1.2.3.00", "1111.1.1.1",
		"", "0", "65535", "65536", "00080", "+80", "-1", "8_0", "99999999999999999999", "80 ", "2001:db8::1", "::ffff:1.2.3.4",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddr(s)
		if got, rest, ok := leadingIPv4(s); (ok && rest == "") != (err == nil && want.Is4()) || ok && rest == "" && got != want || !ok && got.IsValid() {
			t.Errorf("%q is %v, %v; not %v, %v", s, want, err, got, ok)
		}
		if got, ok := parseIPv4([]byte(s)); ok { // the same with zeros in front
			parts := strings.Split(s, ".")
			for i, p := range parts {
				parts[i] = strings.TrimLeft(p[:len(p)-1], "0") + p[len(p)-1:]
			}
			if want, err := netip.ParseAddr(strings.Join(parts, ".")); err != nil || got != want {
				t.Errorf("%q is %v, %v; not %v", s, want, err, got)
			}
		}
		var e capture.Endpoint
		n, err := strconv.ParseUint(s, 10, 16)
		if got := Port(&e, s); (got == nil) != (err == nil) || got == nil && uint64(e.Port) != n {
			t.Errorf("port %q is %d, %v; not %d, %v", s, n, err, e.Port, got)
		}
	})
}

// FuzzUsualEnds holds that what readUsualEnds reads is what would be read without it.
func FuzzUsualEnds(f *testing.F) {
	for _, s := range [...]string{
		"192.168.1.13 DST=198.51.100.12 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=58179 DF PROTO=UDP SPT=58147 DPT=3478 LEN=40",
		"203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=0 DPT=65535",
		"203.0.113.9 DST=192.168.1.2 LEN= TOS= PREC= TTL= ID= PROTO=TCP SPT=1 DPT=2 SPT=3",
		"203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=65536 DPT=2",
		"203.0.113.9 DST=192.168.1.256 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=1 DPT=2",
		"203.0.113.9 DST=192.168.1.02 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=1 DPT=2",
		"203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=00001 DPT=000002",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, ok := readUsualEnds(s)
		if !ok {
			return
		}
		const from = "IN=eth0 OUT= SRC="
		var usual, fields netfilterFields
		line := from + strings.Replace(s, " PROTO=", " TC=0 PROTO=", 1)
		var ev capture.Event
		if !usual.read(from+s) || !usual.usual || !fields.read(line) || fields.usual || fields.fill(&ev, line) != nil {
			t.Fatalf("%q is not read, or not as it should: %+v", line, fields)
		}
		if usual.in != fields.in || usual.out != fields.out || usual.begin != fields.begin || e != usual.ends {
			t.Errorf("%q: %+v, not %+v", s, usual, fields)
		}
		if got := (usualEnds{netip.AddrPortFrom(ev.Src.Addr, ev.Src.Port), netip.AddrPortFrom(ev.Dst.Addr, ev.Dst.Port), ev.Proto}); got != e {
			t.Errorf("%q: %+v, not %+v", s, e, got)
		}
	})
}

// TestRulesAreBounded meets more rules than are remembered, and longer ones: all are read.
func TestRulesAreBounded(t *testing.T) {
	var r Reader
	long := strings.Repeat("x", capture.MaxName)
	for i := range 3 * maxRules {
		name := fmt.Sprintf("DROP rule %d", i)
		if i%2 == 1 {
			name += " " + long
		}
		h := syslog.Parse("kernel: " + name + ": IN=eth0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=2")
		var ev capture.Event
		want := name[:min(len(name), maxPrefix)]
		if found, err := r.Line(&ev, &h); !found || err != nil || ev.Text != want || ev.Verdict != capture.Blocked {
			t.Fatalf("%q: %v, %v, %+v", name, found, err, ev)
		}
		if n := len(r.prefixes.known); n > maxRules || i%2 == 1 && r.prefixes.known[name+": "] != (rule{}) {
			t.Fatalf("%d are remembered, or %q", n, name)
		}
	}
}
