package history

import (
	"context"
	"math"
	"net/netip"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
)

// naming is what addresses are called, and whose they were when.
type naming struct {
	called
	holders map[netip.Addr][]holder
}

func (n naming) EachHolder(f func(netip.Addr, int64, capture.MAC, string, bool)) {
	for a, who := range n.holders {
		for _, w := range who {
			f(a, w.since, w.mac, w.name, w.wins)
		}
	}
}

// own gives an end the name and the hardware address of who had its address at a time; false:
// it is not that of a device. learned is what reverse DNS called the address.
func (n naming) own(end *capture.Endpoint, at time.Time, learned string) bool {
	who := n.holders[end.Addr]
	if len(who) == 0 {
		return false
	}
	w := who[0]
	for _, next := range who {
		if next.since <= at.UnixNano() {
			w = next
		}
	}
	end.MAC = w.mac
	switch {
	case w.wins || end.Name == "" && w.name != "":
		end.Name = w.name
	case end.Name == "" && len(who) == 1:
		end.Name = learned
	}
	return true
}

var (
	tvMAC    = capture.MAC{2, 0, 0x5e, 0x10, 0, 0x22}
	phoneMAC = capture.MAC{2, 0, 0x5e, 0x10, 0, 0x33}
)

// drawHolders makes addresses change hands, at times of events among others.
func drawHolders(t *rapid.T) map[netip.Addr][]holder {
	all := make(map[netip.Addr][]holder)
	for range rapid.IntRange(0, 3).Draw(t, "held") {
		a := drawAddr(t, "held")
		if !a.IsValid() || a.Zone() != "" {
			continue
		}
		var list []holder
		since := int64(math.MinInt64)
		for range rapid.IntRange(1, 4).Draw(t, "holders") {
			w := holder{since: since, mac: rapid.SampledFrom([]capture.MAC{{}, tvMAC, phoneMAC}).Draw(t, "mac")}
			w.name = rapid.SampledFrom([]string{"", "tv.lan", "b.apple.com"}).Draw(t, "holder's name")
			w.wins = w.name != "" && rapid.Bool().Draw(t, "wins")
			list = append(list, w)
			next := max(since, start.UnixNano()) + rapid.Int64Range(1, int64(time.Hour)/2).Draw(t, "holds for")
			since = next
		}
		all[a] = list
	}
	return all
}

// Groups by ends are by the device that had an address at the time, whatever address that was.
func TestGroupsOfDevices(t *testing.T) {
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
		names := naming{called{}, drawHolders(rt)}
		for _, by := range []Dimension{BySource, ByDest, ByRemote, ByLocal, BySource | ByDest | ByRemote | ByLocal} {
			want := make(map[Group]int64)
			for i := range events {
				ev := events[i]
				for _, end := range []*capture.Endpoint{&ev.Src, &ev.Dst} {
					names.own(end, ev.Time, "")
				}
				g := groupOf(&ev, by&(BySource|ByDest))
				if ev.Dir != 0 { // else nothing says which end is remote
					g = groupOf(&ev, by)
				}
				want[told(g)]++
			}
			got, err := h.Group(context.Background(), Query{Names: names}, Grouping{By: by, WithoutNames: true})
			if err != nil {
				rt.Fatal(err)
			}
			found := make(map[Group]int64)
			for _, g := range got.List {
				n := g.Count
				g.Count, g.Allowed, g.Blocked = 0, 0, 0
				found[told(g)] += n
			}
			if len(found) != len(want) || len(found) != len(got.List) {
				rt.Fatalf("by %b: %d groups, %d different ones, want %d", by, len(got.List), len(found), len(want))
			}
			for g, n := range want {
				if found[g] != n {
					rt.Fatalf("by %b: %d of %+v, want %d", by, found[g], g, n)
				}
			}
		}
	})
}

// told is a group by what its hosts are told apart.
func told(g Group) Group {
	for _, h := range []*Host{&g.Source, &g.Dest, &g.Remote, &g.Local} {
		if h.MAC != (capture.MAC{}) {
			*h = Host{MAC: h.MAC}
		} else if h.Addr.IsValid() {
			h.Name = ""
		}
	}
	return g
}
