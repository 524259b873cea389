package history

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
)

var iana = sync.OnceValue(services.IANA)

func mustFilter(t testing.TB, text string) *filter.Matcher {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Compile(iana(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawFilter makes a filter of patterns that fit the generated events; nil: one
// that the filter package refuses.
func drawFilter(t *rapid.T) (*filter.Matcher, filter.Filter) {
	list := func(label string, patterns ...string) string {
		if rapid.IntRange(0, 4).Draw(t, label+"?") > 0 {
			return ""
		}
		chosen := rapid.SliceOfN(rapid.SampledFrom(patterns), 1, 3).Draw(t, label)
		for i := range chosen {
			if rapid.IntRange(0, 2).Draw(t, "not") == 0 {
				chosen[i] = "!" + chosen[i]
			}
		}
		return strings.Join(chosen, ",")
	}
	addresses := []string{"17.*", "17.5.7.8", "192.168.0.0/16", "0.0.0.0-0.0.255.255", "2001:db8::1", "fe80:*", "*", "*.1"}
	names := []string{"*", "*.lan", "dns*", "*apple*", "ünï.example", "*.dns.example"}
	ports := []string{"*", "80", "443", "https", "0-1023", "ssh*", "0", "1024-65535"}
	f := filter.Filter{
		Direction: list("direction", "in", "out", "*"), Protocol: list("protocol", "tcp", "udp", "icmp", "255", "*"),
		IP: list("ip", addresses...), IPSource: list("ip-source", addresses...), IPDest: list("ip-dest", addresses...),
		MAC:  list("mac", "02:00:5e:10:00:22", "*", "*33"),
		Host: list("host", names...), HostSource: list("host-source", names...), HostDest: list("host-dest", names...),
		Port: list("port", ports...), PortSource: list("port-source", ports...), PortDest: list("port-dest", ports...),
		Service: list("service", "http*", "ssh", "domain", "*"), Router: list("router", append(names, addresses...)...),
		Text: list("text", "*", "ready", "wan", "*7"), Any: strings.ReplaceAll(list("any", "apple", "17.", "192.168.*", "http", "ready", "e", "8"), "!!", "!"),
		Bytes: list("bytes", "*", ">1000", "1-1000", "5000"), Packets: list("packets", "<10", "7"),
		New: rapid.IntRange(0, 5).Draw(t, "new") == 0,
	}
	if rapid.IntRange(0, 2).Draw(t, "timed") == 0 {
		f.Since, f.Until = drawTime(t, "filter since").Format(time.RFC3339Nano), drawTime(t, "filter until").Format(time.RFC3339Nano)
	}
	m, err := f.Compile(iana(), time.Now())
	if err != nil {
		return nil, f
	}
	return m, f
}

// The query and the filter agree on every event, whatever the filter, the bounds,
// the order and the names; so do the counts.
func TestQueryAgreesWithFilter(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir := folder(rt, parent)
		defer os.RemoveAll(dir)
		h, err := Open(dir, Options{SegmentRows: rapid.Int64Range(20, 80).Draw(rt, "rows in a segment"), unsafe: true})
		if err != nil {
			rt.Fatal(err)
		}
		defer h.Close()
		events := drawEvents(rt, 60)
		if err := h.Append(context.Background(), events); err != nil {
			rt.Fatal(err)
		}
		if rapid.Bool().Draw(rt, "settled") {
			settle(t, h)
		}
		known := map[netip.Addr]string{}
		for range rapid.IntRange(0, 6).Draw(rt, "names") {
			addr := drawAddr(rt, "named")
			name := rapid.SampledFrom([]string{"a.lan", "b.apple.com", "host.dns.example"}).Draw(rt, "name")
			if err := h.SetName(addr, name, start.Add(time.Duration(len(known))*time.Hour)); err != nil {
				rt.Fatal(err)
			}
			if _, ok := known[addr]; !ok && addr.IsValid() {
				known[addr] = name
			} else if addr.IsValid() { // which one wins is TestNames' matter
				if known[addr], err = h.Name(addr); err != nil {
					rt.Fatal(err)
				}
			}
		}
		names := naming{called{}, drawHolders(rt)}
		for range rapid.IntRange(0, 4).Draw(rt, "called") {
			if addr := drawAddr(rt, "who"); addr.IsValid() {
				names.called[addr] = rapid.SampledFrom([]string{"", winning}).Draw(rt, "by whom") + rapid.SampledFrom([]string{"a.lan", "b.apple.com", "mine"}).Draw(rt, "what")
			}
		}
		for range 5 {
			m, f := drawFilter(rt)
			if m == nil {
				continue
			}
			agree(rt, h, events, known, names, m, f)
		}
	})
}

// called is what addresses are called, with winning in front if it wins.
type called map[netip.Addr]string

const winning = "own "

func (c called) Called(a netip.Addr) (string, bool) {
	return c[a], strings.HasPrefix(c[a], winning)
}

func (c called) EachName(f func(netip.Addr, string, bool) error) error {
	for a := range c {
		name, wins := c.Called(a)
		if err := f(a, name, wins); err != nil {
			return err
		}
	}
	return nil
}

func agree(rt *rapid.T, h *History, events []capture.Event, known map[netip.Addr]string, names naming, m *filter.Matcher, f filter.Filter) {
	q := Query{
		Filter: m, Names: names, OldestFirst: rapid.Bool().Draw(rt, "oldest first"), WithoutNames: rapid.Bool().Draw(rt, "without names"),
		Limit: rapid.SampledFrom([]int{0, 0, 1, 3, 1000}).Draw(rt, "limit"),
	}
	if rapid.IntRange(0, 2).Draw(rt, "bounds") == 0 {
		q.After, q.Before = rapid.Uint64Range(0, 100_000).Draw(rt, "after"), rapid.Uint64Range(0, 200_000).Draw(rt, "before")
	}
	if rapid.IntRange(0, 2).Draw(rt, "times") == 0 {
		q.Since, q.Until = drawTime(rt, "since"), drawTime(rt, "until")
	}
	if rapid.IntRange(0, 2).Draw(rt, "seconds") == 0 {
		odd, some := rapid.Int64Range(0, 1).Draw(rt, "odd"), drawTime(rt, "second").Unix()
		q.Second = func(unix int64) bool { return unix&1 == odd || unix == some }
	}
	var want []capture.Event
	for _, e := range events {
		full := e
		for _, end := range []*capture.Endpoint{&full.Src, &full.Dst} {
			if end.Name == "" {
				end.Name = known[end.Addr]
			}
		}
		match := e
		for _, end := range []*capture.Endpoint{&match.Src, &match.Dst} {
			if names.own(end, e.Time, known[end.Addr]) {
				continue
			}
			name, wins := names.Called(end.Addr)
			switch {
			case wins || name != "" && end.Name == "":
				end.Name = name
			case end.Name == "":
				end.Name = known[end.Addr]
			}
		}
		if !m.Match(&match) || e.Seq <= q.After || q.Before > 0 && e.Seq >= q.Before ||
			!q.Since.IsZero() && e.Time.Before(q.Since) || !q.Until.IsZero() && !e.Time.Before(q.Until) ||
			q.Second != nil && !q.Second(e.Time.Unix()) {
			continue
		}
		if !q.WithoutNames {
			e = full
		}
		want = append(want, e)
	}
	if !q.OldestFirst {
		slices.Reverse(want)
	}
	if q.Limit > 0 {
		want = want[:min(len(want), q.Limit)]
	}
	got, err := collect(h, q)
	if err != nil {
		rt.Fatal(err)
	}
	same(rt, f.String(), got, want)
	if n, err := h.Count(context.Background(), q); err != nil || int(n) != len(want) {
		rt.Fatalf("%s: count is %d, %v, want %d", f, n, err, len(want))
	}
}

// The parts that a filter is taken into, and its times, say what it says of the whole.
func TestConditions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m, f := drawFilter(rt)
		if m == nil {
			return
		}
		conditions := m.Conditions()
		for range 20 {
			e := drawEvent(rt)
			since, until := m.Times()
			passes := !e.Time.Before(since) && (until.IsZero() || e.Time.Before(until))
			for i := range conditions {
				c := &conditions[i]
				v := filter.Verdict(0)
				for p := range filter.Part(filter.Parts) {
					v |= c.Verdict(p, &e)
				}
				passes = passes && v&filter.Excluded == 0 && (!c.Wants() || v&filter.Wanted != 0)
			}
			if passes != m.Match(&e) {
				rt.Fatalf("%q: conditions say %v of %+v", f, passes, e)
			}
		}
	})
}

func TestCancel(t *testing.T) {
	takesLong(t)
	h := mustOpen(t, t.TempDir(), Options{})
	mustAppend(t, h, attempts(1, 40_000))
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := h.Each(ctx, Query{Filter: mustFilter(t, "port:443")}, func(*capture.Event) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 5 {
		t.Errorf("%d events, %v", n, err)
	}
	if _, err := h.Count(ctx, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("count: %v", err)
	}
	own := errors.New("mine")
	if err := h.Each(context.Background(), Query{}, func(*capture.Event) error { return own }); err != own {
		t.Errorf("the caller's error: %v", err)
	}
}

func TestGroup(t *testing.T) {
	takesLong(t)
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: 15_000})
	events := attempts(1, 40_000)
	for i := range events {
		if i%3 == 0 {
			e := &events[i]
			e.Dir, e.Proto, e.Src, e.Dst = capture.Out, capture.UDP, e.Dst, e.Src
		}
		events[i].Verdict = capture.Verdict(i % 7 % 3)
		events[i].RouterName = []string{"", "openwrt", "asus"}[i%11%3]
		if i%5 == 0 {
			events[i].Src.Sent, events[i].Dst.Sent = capture.Volume{Bytes: uint64(i), Packets: 1}, capture.Volume{Bytes: uint64(10 * i)}
		}
	}
	mustAppend(t, h, events)
	f := mustFilter(t, "port:443,80")
	for _, by := range []Dimension{
		ByTime, ByKind, ByDirection | ByProtocol, ByRouter, ByRouterName, ByRouter | ByRouterName | ByTime, BySource, ByDest | ByNew, ByRemote, ByLocal | ByTime, BySourcePort, ByDestPort | ByDirection, ByVerdict, ByRemote | ByVerdict,
	} {
		want := map[Group][3]int64{} // by verdict
		volumes := map[Group]Volume{}
		for _, e := range events {
			if f.Match(&e) {
				g := groupOf(&e, by)
				n := want[g]
				n[e.Verdict]++
				want[g] = n
				if e.Src.Sent != (capture.Volume{}) {
					up, down := e.Src.Sent, e.Dst.Sent
					if e.Dir == capture.In {
						up, down = down, up
					}
					v := volumes[g]
					v.Add(Volume{1, up, down})
					volumes[g] = v
				}
			}
		}
		got, err := h.Group(context.Background(), Query{Filter: f}, Grouping{By: by, Bucket: time.Hour, Volumes: true})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Exact || got.Rest != 0 || len(got.List) != len(want) {
			t.Errorf("by %b: %d groups, want %d", by, len(got.List), len(want))
		}
		for _, g := range got.List {
			n := [3]int64{g.Count - g.Allowed - g.Blocked, g.Allowed, g.Blocked}
			sent := g.Volume
			g.Count, g.Allowed, g.Blocked, g.Volume = 0, 0, 0, Volume{}
			if want[g] != n || volumes[g] != sent {
				t.Fatalf("by %b: %d of %+v, want %d; sent %+v, want %+v", by, n, g, want[g], sent, volumes[g])
			}
		}
	}
	got, err := h.Group(context.Background(), Query{Filter: f}, Grouping{By: ByDestPort, Limit: 2})
	if err != nil || len(got.List) != 2 || got.List[0].Count < got.List[1].Count || got.Rest == 0 {
		t.Errorf("the largest two: %+v, %v", got, err)
	}
	all, err := h.Group(context.Background(), Query{}, Grouping{By: BySourcePort, ByBytes: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(all.List); i++ {
		if all.List[i].Volume.Bytes() > all.List[i-1].Volume.Bytes() {
			t.Fatalf("%+v comes after %+v", all.List[i], all.List[i-1])
		}
	}
	most, err := h.Group(context.Background(), Query{}, Grouping{By: BySourcePort, ByBytes: true, Limit: 3})
	if err != nil || !slices.Equal(most.List, all.List[:3]) {
		t.Errorf("those with most bytes: %+v, %v, want %+v", most.List, err, all.List[:3])
	}
	var rest Volume
	for _, g := range all.List[3:] {
		rest.Add(g.Volume)
	}
	if most.RestVolume != rest {
		t.Errorf("the rest sent %+v, want %+v", most.RestVolume, rest)
	}
	if _, err := h.Group(context.Background(), Query{}, Grouping{By: ByTime}); err == nil {
		t.Error("no bucket, no error")
	}
}

func groupOf(e *capture.Event, by Dimension) (g Group) {
	host := func(end capture.Endpoint) Host { return Host{end.Addr, end.Name, end.MAC} }
	remote, local := e.Src, e.Dst
	if e.Dir == capture.Out {
		remote, local = local, remote
	}
	for d, set := range map[Dimension]func(){
		ByTime: func() { g.Time = e.Time.Truncate(time.Hour) }, ByKind: func() { g.Kind = e.Kind },
		ByDirection: func() { g.Dir = e.Dir }, ByProtocol: func() { g.Proto = e.Proto }, ByRouter: func() { g.Router = e.Router },
		ByRouterName: func() { g.RouterName = e.RouterName },
		ByNew:        func() { g.New = e.New }, ByVerdict: func() { g.Verdict = e.Verdict }, BySource: func() { g.Source = host(e.Src) }, ByDest: func() { g.Dest = host(e.Dst) },
		ByRemote: func() { g.Remote = host(remote) }, ByLocal: func() { g.Local = host(local) },
		BySourcePort: func() { g.SourcePort = e.Src.Port }, ByDestPort: func() { g.DestPort = e.Dst.Port },
	} {
		if by&d != 0 {
			set()
		}
	}
	return g
}

func TestGroupTooMany(t *testing.T) {
	takesLong(t)
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	events := attempts(1, 4*MaxGroups+10_000)
	for i := range events {
		e := &events[i]
		e.Src.Addr = netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)})
		if i%2 == 0 {
			e.Src.Addr = netip.MustParseAddr("198.51.100.9")
		}
	}
	events[0x10203].Src.Sent.Bytes = 5_000_000
	mustAppend(t, h, events)
	got, err := h.Group(context.Background(), Query{}, Grouping{By: BySource, Limit: 10})
	if err != nil || got.Exact {
		t.Fatalf("%d groups, %v, %v", len(got.List), got.Exact, err)
	}
	sum := got.Rest
	for _, g := range got.List {
		sum += g.Count
	}
	if sum != int64(len(events)) || got.List[0].Count != int64(len(events)/2) {
		t.Errorf("%d in all, %+v", sum, got.List[0])
	}
	// The largest by bytes stays, though it is small by its number.
	got, err = h.Group(context.Background(), Query{}, Grouping{By: BySource, Limit: 10, ByBytes: true})
	if err != nil || got.Exact || got.List[0].Source.Addr != netip.MustParseAddr("203.1.2.3") || got.List[0].Volume.Up.Bytes+got.List[0].Volume.Down.Bytes != 5_000_000 {
		t.Errorf("%+v, %v", got.List[0], err)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	mustAppend(t, h, attempts(1, 10))
	a := attempt(3).Src.Addr
	set := func(name string, after time.Duration) {
		t.Helper()
		if err := h.SetName(a, name, start.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name string) {
		t.Helper()
		if got, err := h.Name(a); err != nil || got != name {
			t.Errorf("name is %q, %v, want %q", got, err, name)
		}
		events := all(t, h, Query{Filter: mustFilter(t, "host:"+name)})
		if len(events) != 1 || events[0].Src.Name != name {
			t.Errorf("events of %s: %+v", name, events)
		}
	}
	if got, err := h.Name(a); got != "" || err != nil {
		t.Errorf("unknown: %q, %v", got, err)
	}
	set("first.example", 0)
	want("first.example")
	set("second.example", time.Hour)
	want("second.example")
	set("first.example", time.Minute) // an older answer
	want("second.example")
	got, err := h.Names(a)
	if err != nil || !slices.Equal(got, []NameSeen{
		{"second.example", start.Add(time.Hour), start.Add(time.Hour)}, {"first.example", start, start.Add(time.Minute)},
	}) {
		t.Errorf("names: %+v, %v", got, err)
	}
	if n, err := h.Count(context.Background(), Query{Filter: mustFilter(t, "host:first.example")}); n != 0 || err != nil {
		t.Errorf("events of the old name: %d, %v", n, err)
	}
	// The router's own name wins.
	if err := h.SetName(attempt(1).Dst.Addr, "other.example", start); err != nil {
		t.Fatal(err)
	}
	if got := all(t, h, Query{Limit: 1}); got[0].Dst.Name != "nas.lan" {
		t.Errorf("%+v", got)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{})
	want("second.example")
}

func (c called) EachHolder(func(netip.Addr, int64, capture.MAC, string, bool)) {}
