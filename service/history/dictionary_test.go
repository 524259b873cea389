package history

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/capture"
)

// flood makes attempts from ever new addresses, in no order, as a storm of forged ones.
type flood struct{ seq uint64 }

func (f *flood) next(n int) []capture.Event {
	events := make([]capture.Event, n)
	for i := range events {
		f.seq++
		x := uint32(f.seq) * 2654435761 // each once
		events[i] = capture.Event{
			Seq: f.seq, Time: start.Add(time.Duration(f.seq) * time.Millisecond), Router: netip.MustParseAddr("192.168.1.1"),
			Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
			Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)}), Port: 1000},
			Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 23},
		}
	}
	return events
}

// However many addresses a segment has, new ones change few of its pages; one that comes
// again is the same host to who asks.
func TestManyHosts(t *testing.T) {
	takesLong(t)
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	var f flood
	first := f.next(4096)
	mustAppend(t, h, first)
	for range 40 {
		mustAppend(t, h, f.next(4096))
	}
	seg := h.segments[0]
	seg.mu.Lock()
	err := seg.w.c.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	seg.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, f.next(4096))
	info, err := os.Stat(seg.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 + 24
	t.Logf("%d pages for %d new hosts", info.Size()/page, 4096)
	if info.Size() > 500*page {
		t.Errorf("%d pages were written for %d hosts", info.Size()/page, 4096)
	}

	again := first[7]
	f.seq++
	again.Seq = f.seq
	mustAppend(t, h, []capture.Event{again})
	q := Query{Filter: mustFilter(t, "ip:"+again.Src.Addr.String())}
	if events := all(t, h, q); len(events) != 2 || events[0].Src != again.Src || events[1].Src != again.Src {
		t.Errorf("%+v", events)
	}
	groups, err := h.Group(context.Background(), q, Grouping{By: BySource})
	if err != nil || len(groups.List) != 1 || groups.List[0].Count != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
}
