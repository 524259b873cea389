package router

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
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
		const behind = " DST=198.51.100.12" // what is long is read in a different way
		got, rest, ok := leadingIPv4(s)
		if longGot, longRest, longOK := leadingIPv4(s + behind); longOK != ok || ok && (longGot != got || longRest != rest+behind) {
			t.Errorf("%q is %v, %q, %v with something behind it, else %v, %q, %v", s, longGot, longRest, longOK, got, rest, ok)
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

// FuzzUsual holds that what netfilterFields.usual reads is what is read without it.
func FuzzUsual(f *testing.F) {
	for _, l := range lines {
		f.Add(syslog.Parse(l.line).Message)
	}
	const ends = "SRC=203.0.113.9 DST=192.168.1.2 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP SPT=0 DPT=65535"
	for _, begin := range [...]string{
		"", "IN= OUT= ", "DROPIN=eth0 OUT= ", "DROP PHYSIN=eth0 OUT= ", "IN=eth0 OUT=br0 MAC= ", "IN=eth0 OUT=br0 MAC=MAC=1 ", "IN=eth0 OUT=br0 MAC=\" ", "IN=eth0  OUT=br0 ",
		`X="IN=a OUT=b SRC=1.1.1.1" IN=eth0 OUT=br0 MAC=1 `, `X="IN=a" Y="b" IN=eth0 OUT= `, `"X="a" IN=eth0 OUT= `, `IN="a" OUT= IN=eth0 OUT=br0 `, `X="a"IN=eth0 OUT= `, `X="IN=eth0 OUT= `, `X="`,
		"IN=a=b OUT= ", "IN=a OUT=b=c ", "IN=a OUT=b ISRC=1 ", "IN=a OUT=b PHYSIN=c PHYSOUT=d ", "OUT=a IN=b OUT=c ", "X=1 IN=a OUT=b ",
	} {
		f.Add(begin + ends)
	}
	for _, end := range [...]string{
		"SPT=65536 DPT=2", "SPT=1 DPT=2 SPT=3", "SPT=00001 DPT=000002", "SPT=1 DPT=2\"", "SPT=1 DPT=", "SPT= DPT=2", "DPT=1 SPT=2",
	} {
		f.Add("IN=a OUT= SRC=203.0.113.9 DST=192.168.1.02 LEN=60 TOS=00 PREC=0x00 TTL=49 ID=1 PROTO=TCP " + end)
		f.Add("IN=a OUT= SRC=203.0.113.9 DST=192.168.1.256 LEN= TOS= PREC= TTL= ID= DF PROTO=UDP " + end)
		f.Add("IN=a OUT= SRC=203.0.113.9 DST=192.168.1.2 LEN= TOS= PREC= TTL= ID= DF PROTO=UDP " + end)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var usual, fields netfilterFields
		var got, ev capture.Event
		if !usual.usual(&got, s) {
			if got != (capture.Event{}) || usual != (netfilterFields{}) {
				t.Errorf("%q is not usual, but filled in: %+v, %+v", s, usual, got)
			}
			return
		}
		if !fields.read(s) || fields.fill(&ev, s) != nil {
			t.Fatalf("%q is not read: %+v", s, fields)
		}
		want := netfilterFields{begin: fields.begin, in: fields.in, out: fields.out}
		if usual != want || got != ev {
			t.Errorf("%q: %+v, %+v, not %+v, %+v", s, usual, got, want, ev)
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
		if n := len(r.prefixes.known); n > maxRules || i%2 == 1 && r.prefixes.known[name+": "] != nil {
			t.Fatalf("%d are remembered, or %q", n, name)
		}
	}
}

// TestCommas holds that the fields of a line are those between its commas, wherever they stand.
func TestCommas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		line := make([]byte, random.IntN(300))
		for i := range line {
			line[i] = byte(random.Uint32())
			if random.IntN(1+i%11) == 0 {
				line[i] = ','
			}
		}
		var f commas
		f.cut(string(line))
		all := strings.Split(string(line), ",")
		want := all[:min(len(all), maxFields)]
		if len(line) == 0 {
			want = []string{""}
		}
		var got []string
		for i := range f.n {
			got = append(got, f.at(i))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", line, got, want)
		}
	}
}
