package history

import (
	"context"
	"sync"
	"testing"

	"linklog/capture"
)

// Events are stored, sealed, searched, counted, named and trimmed at once; every
// query sees an unbroken run of Seqs.
func TestConcurrent(t *testing.T) {
	last := 60_000
	if testing.Short() {
		last = 20_000
	}
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: int64(last) / 3, unsafe: true})
	ctx, done := context.WithCancel(context.Background())
	var work sync.WaitGroup
	loop := func(f func() error) {
		work.Add(1)
		go func() {
			defer work.Done()
			for ctx.Err() == nil {
				if err := f(); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	filter := mustFilter(t, "dport:443 host:nas.lan")
	for _, oldest := range []bool{false, true} {
		loop(func() error {
			before := uint64(0)
			return h.Each(context.Background(), Query{OldestFirst: oldest, Limit: 3000}, func(e *capture.Event) error {
				if before != 0 && e.Seq != before+1 && e.Seq != before-1 {
					t.Errorf("%d follows %d", e.Seq, before)
				}
				before = e.Seq
				return nil
			})
		})
	}
	loop(func() error {
		_, err := h.Count(context.Background(), Query{Filter: filter})
		return err
	})
	loop(func() error {
		_, err := h.Group(context.Background(), Query{Filter: filter}, Grouping{By: BySource})
		return err
	})
	n := 0
	loop(func() error {
		n++
		return h.SetName(attempt(n).Src.Addr, "name.example", start)
	})
	loop(func() error {
		h.Segments()
		h.Report()
		return nil
	})
	mustAppend(t, h, attempts(1, last))
	done()
	work.Wait()
	settle(t, h)
	same(t, "all", all(t, h, Query{OldestFirst: true, WithoutNames: true}), attempts(1, last))
}
