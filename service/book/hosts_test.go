package book

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book/booktest"
)

func refs(list []Host) string {
	var words []string
	for _, h := range list {
		words = append(words, h.Ref.String())
	}
	return strings.Join(words, " ")
}

func TestHosts(t *testing.T) {
	b := newBench(t, Options{})
	const tv = "192.168.1.20:1"
	b.out("203.0.113.9:443")
	b.clock.Advance(time.Second)
	b.out("203.0.113.10:443")
	b.clock.Advance(time.Second)
	b.see(capture.Out, tv, "203.0.113.10:80")
	b.see(capture.In, "203.0.113.10:99", "192.168.1.20:22")
	b.see(capture.Out, tv, "b.example=[2001:db8::1]:443")
	b.clock.Advance(time.Second)
	b.see(capture.Out, tv, "a.example")
	b.out("203.0.113.9:443")
	b.SetLabel(ParseRef("203.0.113.9"), "Zebra\x1b[2J")

	yes, no := true, false
	for name, c := range map[string]struct {
		q    HostQuery
		want string
	}{
		"last seen":      {HostQuery{}, "203.0.113.9 a.example 2001:db8::1 203.0.113.10"},
		"first seen":     {HostQuery{Order: ByFirstSeen}, "a.example 2001:db8::1 203.0.113.10 203.0.113.9"},
		"reverse":        {HostQuery{Order: ByFirstSeen, Reverse: true}, "203.0.113.9 203.0.113.10 2001:db8::1 a.example"},
		"count":          {HostQuery{Order: ByCount, Limit: 2}, "203.0.113.10 203.0.113.9"},
		"name":           {HostQuery{Order: ByHostName}, "a.example 2001:db8::1 203.0.113.9 203.0.113.10"},
		"address":        {HostQuery{Order: ByAddress}, "a.example 203.0.113.9 203.0.113.10 2001:db8::1"},
		"address, from":  {HostQuery{Order: ByAddress, Reverse: true, Skip: 1, Limit: 2}, "203.0.113.10 203.0.113.9"},
		"device":         {HostQuery{Order: ByAddress, Device: netip.MustParseAddr("192.168.1.20")}, "a.example 203.0.113.10 2001:db8::1"},
		"unknown device": {HostQuery{Device: netip.MustParseAddr("192.168.1.99")}, ""},
		"find":           {HostQuery{Order: ByAddress, Find: "EXAMPLE"}, "a.example 2001:db8::1"},
		"find label":     {HostQuery{Find: "zeb"}, "203.0.113.9"},
		"find address":   {HostQuery{Find: "113.10"}, "203.0.113.10"},
		"ignored":        {HostQuery{Ignored: &yes}, ""},
		"not ignored":    {HostQuery{Ignored: &no, Limit: 1, Skip: 3}, "203.0.113.10"},
		"all":            {HostQuery{Limit: -1, Skip: 2}, "2001:db8::1 203.0.113.10"},
	} {
		q := c.q
		// Seen in the same moment is ordered by address: a.example after 203.
		if got := refs(b.hostList(q)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	h := b.host("203.0.113.10")
	if h.In != 1 || h.Out != 2 || h.FirstSeq != 2 || !h.FirstSeen.Equal(booktest.NewClock().T.Add(time.Second)) || !h.LastSeen.Equal(booktest.NewClock().T.Add(2*time.Second)) || !h.New {
		t.Errorf("%+v", h)
	}
	if got := fmt.Sprint(h.Devices); got != "[{192.168.1.20  2} {192.168.1.10  1}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(h.Ports); got != "[{out TCP 443 https 1} {out TCP 80 http 1} {in TCP 22 ssh 1}]" {
		t.Error(got)
	}
	if h := b.host("203.0.113.9"); h.Name != "Zebra\ufffd[2J" || h.Label != h.Name {
		t.Errorf("%+v", h)
	}
	if n, err := b.CountNew(); n != 4 || err != nil {
		t.Errorf("%d new, %v", n, err)
	}
	if err := b.MarkSeen(2); err != nil {
		t.Fatal(err)
	}
	if got := refs(b.hostList(HostQuery{New: true, Order: ByFirstSeen})); got != "a.example 2001:db8::1" {
		t.Error(got)
	}
	b.MarkSeen(0)
	b.reopen()
	if n, err := b.CountNew(); n != 0 || err != nil || b.host("203.0.113.10").New {
		t.Errorf("%d new, %v", n, err)
	}
	devices := b.Devices()
	if len(devices) != 2 || devices[1].Hosts != 3 || devices[1].Out != 3 || devices[1].In != 1 || devices[0].Hosts != 2 || devices[0].FirstSeq != 1 {
		t.Errorf("%+v", devices)
	}
	if _, ok, err := b.Host(ParseRef("9.9.9.9")); ok || err != nil {
		t.Error(ok, err)
	}
	// What becomes one's own is no host any more.
	o := b.o
	o.OwnNetworks = append(DefaultOwnNetworks(), netip.MustParsePrefix("203.0.113.0/24"))
	if err := b.Configure(o); err != nil {
		t.Fatal(err)
	}
	b.see(capture.Out, "203.0.113.9:5", "9.9.9.9:53")
	if got := refs(b.hostList(HostQuery{Order: ByAddress})); got != "a.example 9.9.9.9 2001:db8::1" {
		t.Error(got)
	}
	if n := len(b.Devices()); n != 3 {
		t.Errorf("%d devices", n)
	}
	if err := b.Configure(Options{OwnNetworks: []netip.Prefix{{}}}); err == nil {
		t.Error("no error")
	}
}

// What the router did is counted for hosts and devices, over restarts, and is not there for
// what was counted before it was.
func TestVerdicts(t *testing.T) {
	b := newBench(t, Options{})
	b.out("203.0.113.9:443")
	b.commit()
	if _, err := b.writer.Exec(dropV6 + `DROP VIEW known; CREATE VIEW known AS SELECT host FROM hosts;
		ALTER TABLE hosts DROP COLUMN allowed; ALTER TABLE hosts DROP COLUMN blocked;
		ALTER TABLE devices DROP COLUMN allowed; ALTER TABLE devices DROP COLUMN blocked; DROP TABLE notes; DROP TABLE holdings; PRAGMA user_version = 2`); err != nil {
		t.Fatal(err)
	}
	b.reopen()
	for _, v := range []capture.Verdict{capture.Blocked, capture.Allowed, capture.Blocked, 0} {
		b.seq++
		ev := attempt(b.seq, b.clock.T, capture.In, "203.0.113.9:5", "192.168.1.10:80")
		ev.Verdict = v
		b.Observe(&ev)
		b.Observe(&ev) // again: it is counted once
	}
	for range 2 {
		h, d := b.host("203.0.113.9"), b.Devices()[0]
		if h.In != 4 || h.Out != 1 || h.Allowed != 1 || h.Blocked != 2 {
			t.Errorf("%+v", h)
		}
		if d.In != 4 || d.Out != 1 || d.Allowed != 1 || d.Blocked != 2 {
			t.Errorf("%+v", d)
		}
		b.reopen()
	}
}

func TestNames(t *testing.T) {
	b := newBench(t, Options{})
	host, pc := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("192.168.1.10")
	is := func(a netip.Addr, want string) {
		t.Helper()
		if got, ok := b.NameOf(a); got != want || ok != (want != "") {
			t.Errorf("%v: got %q, want %q", a, got, want)
		}
	}
	b.SetDNSName(host, "unknown.example") // not a host yet
	b.out("203.0.113.9:443")
	is(host, "")
	b.SetDNSName(host, "dns.example")
	b.SetDNSName(pc, "pc.lan")
	b.SetDNSName(host, "") // a failure takes nothing away
	is(host, "dns.example")
	is(pc, "pc.lan")
	first := b.clock.T
	b.clock.Advance(time.Hour)
	b.SetDNSName(host, "dns.example")
	b.see(capture.In, "router.example=203.0.113.9:1", "desk=192.168.1.10:80")
	is(host, "router.example")
	is(pc, "desk")
	b.SetLabel(ByAddr(host), " Bank\n")
	b.label(pc.String(), "Anna's PC")
	b.label("192.168.1.77", "not seen yet")
	b.Close()
	b.open(b.path)
	is(host, "Bank")
	is(pc, "Anna's PC")
	is(netip.MustParseAddr("192.168.1.77"), "not seen yet")
	h := b.host("203.0.113.9")
	if h.Name != "Bank" || h.RouterName != "router.example" || h.DNSName != "dns.example" || !h.DNSFirst.Equal(first) || !h.DNSLast.Equal(first.Add(time.Hour)) {
		t.Errorf("%+v", h)
	}
	if d := b.Devices()[0]; d.Name != "Anna's PC" || d.RouterName != "desk" || d.DNSName != "pc.lan" {
		t.Errorf("%+v", d)
	}
	b.SetLabel(ByAddr(host), "")
	b.label(pc.String(), "")
	is(host, "router.example")
	is(pc, "desk")
	b.see(capture.Out, "192.168.1.10:5", "Some.Example")
	b.SetLabel(ByName("some.example"), "Some")
	if h := b.host("some.EXAMPLE"); h.Name != "Some" || h.RouterName != "Some.Example" {
		t.Errorf("%+v", h)
	}
	if err := b.SetLabel(Ref{}, "x"); err == nil {
		t.Error("a name for nobody")
	}
	if err := b.SetLabel(ByAddr(host), strings.Repeat("ä", maxLabel/2)+"a"); !errors.As(err, new(Refusal)) {
		t.Error(err)
	}
	if err := b.SetLabel(ByAddr(host), strings.Repeat("ä", maxLabel/2)); err != nil {
		t.Error(err)
	}
	if n, _ := b.NameOf(host); len(n) != maxLabel {
		t.Errorf("%d bytes", len(n))
	}
}

func TestPortsAreBounded(t *testing.T) {
	b := newBench(t, Options{})
	for i := range 1000 { // a port scan, with one port that is used
		b.see(capture.In, "203.0.113.9:5", fmt.Sprintf("192.168.1.10:%d", 1000+i))
		b.see(capture.Out, "192.168.1.10:5", "203.0.113.9:443")
	}
	h := b.host("203.0.113.9")
	sum := h.OtherPorts
	for _, p := range h.Ports {
		sum += p.Count
	}
	if len(h.Ports) != maxPorts || h.Ports[0].Port != 443 || h.Ports[0].Count != 1000 || sum != 2000 || h.In+h.Out != 2000 {
		t.Errorf("%+v", h)
	}
	for i := range 2 * maxHostDevices {
		b.see(capture.Out, fmt.Sprintf("192.168.2.%d:5", i), "203.0.113.9:443")
	}
	if h := b.host("203.0.113.9"); len(h.Devices) != maxHostDevices {
		t.Errorf("%d devices", len(h.Devices))
	}
}

func TestRef(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", " [2001:DB8:0::1] ": "2001:db8::1", "::ffff:1.2.3.4": "1.2.3.4", "Some.Example": "some.example", "": "",
		strings.Repeat("ä", 200): strings.Repeat("ä", 126),
	} {
		r := ParseRef(in)
		if r.String() != want || r.IsZero() != (want == "") || ParseRef(r.String()) != r {
			t.Errorf("%q: got %q", in, r.String())
		}
	}
	if ByAddr(netip.MustParseAddr("fe80::1%eth0")) != ParseRef("fe80::1") {
		t.Error("zones count")
	}
}

func TestRowText(t *testing.T) {
	ports := []portCount{{443, capture.TCP, capture.Out, 17}, {65535, 255, capture.In, 1<<32 - 1}, {0, 0, capture.In, 1}}
	if got := parsePorts(string(appendPorts(nil, ports))); !slices.Equal(got, ports) {
		t.Error(got)
	}
	devices := []deviceCount{{1, 5}, {1 << 40, 1 << 50}}
	if got := parseDevices(string(appendDevices(nil, devices))); !slices.Equal(got, devices) {
		t.Error(got)
	}
	for _, s := range []string{";", "x", "1 6 443", "1 6 443 5 7", "9 6 443 5", "1 6 70000 5", "1 6 5 99999999999", "-1 6 5 5"} {
		if got := parsePorts(s); got != nil {
			t.Errorf("%q: %v", s, got)
		}
	}
	if parsePorts(strings.Repeat("1 6 5 5;", 100)+"1 6 5 5") == nil || len(parsePorts(strings.Repeat("1 6 5 5;", 100))) != maxPorts {
		t.Error("not bounded")
	}
}

// A name and a note with a family in it, which is three emoji and what holds them together, have no sign of
// something wrong; what hides itself otherwise still has.
func TestWrittenEmoji(t *testing.T) {
	b := newBench(t, Options{})
	r := ParseRef("203.0.113.9")
	b.out("203.0.113.9:443")
	const written, want = "Kids \U0001F468\u200d\U0001F469\u200d\U0001F467 \u202e!", "Kids \U0001F468\U0001F469\U0001F467 \ufffd!"
	if err := errors.Join(b.SetLabel(r, written), b.SetNote(r, written)); err != nil {
		t.Fatal(err)
	}
	if h := b.host("203.0.113.9"); h.Label != want || h.Note != want {
		t.Errorf("%q, %q, want %q", h.Label, h.Note, want)
	}
}
