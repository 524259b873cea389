package service

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/book/dns/dnstest"
	"linklog/service/history"
	"linklog/service/settings"
)

// An address whose DNS gives another name at each look-up does not fill names.db: it
// keeps the names it had first and last.
func TestNamesThatChange(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many engines: each looks names up anew")
	}
	addr := netip.MustParseAddr("203.0.113.9")
	var asked atomic.Int64
	dns := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		if a != addr {
			return dnstest.NXDomain()
		}
		return dnstest.Name(fmt.Sprintf("%s.n%d.example", strings.Repeat("x", 60), asked.Add(1)))
	})
	dir := t.TempDir()
	const starts = 40
	for range starts {
		r := run(t, dir, func(s *settings.Settings) { s.Names.DNS, s.Names.Resolver = true, dns.Addr })
		s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()), send.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(t.Context(), 1, 0, func(_ int, dst []byte) []byte {
			return send.AppendTrap(dst, &send.Encoding{}, "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		want := ""
		eventually(t, "the name is kept", func() bool {
			want = fmt.Sprintf(".n%d.example", asked.Load())
			name, err := r.Engine.History().Name(addr)
			return err == nil && strings.HasSuffix(name, want) && want != ".n0.example"
		})
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
	r := run(t, dir, nil)
	names, err := r.Engine.History().Names(addr)
	if err != nil || len(names) == 0 || len(names) > 32 || asked.Load() < starts {
		t.Fatalf("%d names of %d, %v", len(names), asked.Load(), err)
	}
	if last := names[len(names)-1].Name; !strings.HasSuffix(last, ".n1.example") {
		t.Errorf("the first name, %s, is gone", last)
	}
}

// What an address is called, as the log shows it, is found by that text in all that is
// stored, also where it was learned later, and an older name is not.
func TestShownNamesAreFound(t *testing.T) {
	late := netip.MustParseAddr("203.0.113.30")
	dns := dnstest.Start(t, func(a netip.Addr) dnstest.Answer {
		if a == late {
			return dnstest.Name("dns.example")
		}
		return dnstest.NXDomain()
	})
	r := run(t, t.TempDir(), func(s *settings.Settings) { s.Names.DNS, s.Names.Resolver = true, dns.Addr })
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sent := []string{
		"@in TCP from 203.0.113.10:1 to 192.168.1.10:80",              // the router tells a name later
		"@in TCP from 203.0.113.20:1 to 192.168.1.20:80",              // the user gives one later
		"@in TCP from 203.0.113.30:1 to 192.168.1.10:80",              // DNS finds one
		"@in TCP from old.example(203.0.113.40):1 to 192.168.1.10:80", // has another one later
		"@in TCP from router.example(203.0.113.10):2 to 192.168.1.10:81",
		"@in TCP from new.example(203.0.113.40):2 to 192.168.1.10:81",
	}
	for _, m := range sent {
		if _, err := s.Send(t.Context(), 1, 0, func(_ int, dst []byte) []byte { return send.AppendTrap(dst, &send.Encoding{}, m) }); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all is stored and named", func() bool {
		name, _ := r.Engine.Hosts().NameOf(late)
		return r.rows() == int64(len(sent)) && name == "dns.example"
	})
	for addr, label := range map[string]string{"203.0.113.20": "Mine", "192.168.1.20": "Television"} {
		if err := r.Engine.SetLabel(book.ParseRef(addr), label); err != nil {
			t.Fatal(err)
		}
	}
	var events []capture.Event
	if err := r.Engine.Each(t.Context(), history.Query{}, func(ev *capture.Event) error { events = append(events, *ev); return nil }); err != nil {
		t.Fatal(err)
	}
	var old []capture.Event // as from files, with what the router told then
	for _, ev := range events {
		if ev.Src.Addr != netip.MustParseAddr("203.0.113.10") {
			ev.Src.Name = ""
		}
		ev.Seq, ev.Time = 0, ev.Time.Add(-24*time.Hour) // else it would be what was received
		old = append(old, ev)
	}
	if _, err := r.Engine.Imported().Add(t.Context(), archive.Batch{Mark: r.Engine.Imported().Mark(), Events: old}); err != nil {
		t.Fatal(err)
	}
	eachImported := func(ctx context.Context, q history.Query, f func(*capture.Event) error) error {
		return r.Engine.EachImported(ctx, q, nil, f)
	}
	for _, from := range []struct {
		name  string
		each  func(context.Context, history.Query, func(*capture.Event) error) error
		count func(context.Context, history.Query) (int64, error)
	}{{"live", r.Engine.Each, r.Engine.Count}, {"imported", eachImported, r.Engine.CountImported}} {
		shown := map[string]int64{}
		if err := from.each(t.Context(), history.Query{}, func(ev *capture.Event) error {
			shown[ev.Src.Name]++
			shown[ev.Dst.Name]++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if shown["router.example"] != 2 || shown["new.example"] != 2 || shown["Mine"] != 1 || shown["Television"] != 1 || shown["dns.example"] != 1 || shown["old.example"] != 0 {
			t.Errorf("%s: shown are %v", from.name, shown)
		}
		for _, name := range []string{"router.example", "new.example", "old.example", "Mine", "Television", "dns.example"} {
			for _, pattern := range []string{name, "!" + name} {
				want := shown[name]
				if pattern != name {
					want = int64(len(sent)) - want
				}
				m, err := (&filter.Filter{Host: pattern}).Compile(nil, time.Time{})
				if err != nil {
					t.Fatal(err)
				}
				q, n := history.Query{Filter: m}, int64(0)
				if err := from.each(t.Context(), q, func(ev *capture.Event) error {
					if n++; !m.Match(ev) {
						t.Errorf("%s: host:%s finds %v", from.name, pattern, ev)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				if counted, err := from.count(t.Context(), q); n != want || counted != want || err != nil {
					t.Errorf("%s: host:%s finds %d and counts %d, shown are %d, %v", from.name, pattern, n, counted, want, err)
				}
			}
		}
	}
	m, err := (&filter.Filter{Host: "router.example"}).Compile(nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := r.Engine.Group(t.Context(), history.Query{Filter: m}, history.Grouping{By: history.ByRemote})
	if err != nil || len(groups.List) != 1 || groups.List[0].Count != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
}
