package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"linklog/capture"
)

func events(from, to uint64) (list []capture.Event) {
	for seq := from; seq < to; seq++ {
		list = append(list, capture.Event{Seq: seq})
	}
	return list
}

func TestRingServesWhatItHas(t *testing.T) {
	r := newRing(4, 10)
	if r.last() != 10 {
		t.Errorf("last %d, want 10", r.last())
	}
	r.put(t.Context(), events(11, 14)) // 11 12 13
	buf := make([]capture.Event, 10)
	for _, test := range []struct {
		after uint64
		want  int
		here  bool
	}{{9, 0, false}, {10, 3, true}, {12, 1, true}, {13, 0, true}, {99, 0, true}} {
		n, here, changed := r.after(test.after, buf)
		if n != test.want || here != test.here || (changed != nil) != (here && n == 0) {
			t.Errorf("after %d: %d, %v; want %d, %v", test.after, n, here, test.want, test.here)
		}
	}
	if n, _, _ := r.after(10, buf); n != 3 || buf[0].Seq != 11 || buf[2].Seq != 13 {
		t.Errorf("got %v", buf[:n])
	}
}

// What is not stored is not overwritten: put waits.
func TestRingWaitsForTheHistory(t *testing.T) {
	r := newRing(4, 0)
	done := make(chan error, 1)
	go func() { done <- r.put(t.Context(), events(1, 8)) }()
	buf := make([]capture.Event, 4)
	stored := 0
	for stored < 7 {
		n, changed := r.unstored(buf)
		if n == 0 {
			<-changed
			continue
		}
		for i := range n {
			if stored++; buf[i].Seq != uint64(stored) {
				t.Fatalf("got Seq %d, want %d", buf[i].Seq, stored)
			}
		}
		r.store(n)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n, here, _ := r.after(3, buf); n != 4 || !here || buf[0].Seq != 4 {
		t.Errorf("%d %v %v", n, here, buf)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.put(t.Context(), events(8, 12))
	if err := r.put(ctx, events(12, 13)); err == nil {
		t.Error("put into a full ring did not wait for the end of its context")
	}
}

// Followers at different paces each see every event that is still here, in order.
func TestRingFollowers(t *testing.T) {
	const last = 20_000
	r := newRing(64, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { // the history
		buf := make([]capture.Event, 16)
		for r.last() < last || r.pending() > 0 {
			n, changed := r.unstored(buf)
			if n == 0 {
				select {
				case <-changed:
				case <-ctx.Done():
					return
				}
			}
			r.store(n)
		}
	})
	for follower := range 4 {
		group.Go(func() {
			buf := make([]capture.Event, 1+follower*7)
			for cursor := uint64(0); cursor < last; {
				n, here, changed := r.after(cursor, buf)
				switch {
				case !here: // the history would have it
					cursor++
				case n == 0:
					select {
					case <-changed:
					case <-ctx.Done():
						t.Errorf("stuck at %d", cursor)
						return
					}
				}
				for i := range n {
					if buf[i].Seq != cursor+1 {
						t.Errorf("Seq %d behind %d", buf[i].Seq, cursor)
						return
					}
					cursor++
				}
			}
		})
	}
	for seq := uint64(1); seq <= last; {
		n := min(1+rand.Uint64N(40), last+1-seq)
		if err := r.put(ctx, events(seq, seq+n)); err != nil {
			t.Error(err)
			break
		}
		seq += n
	}
	group.Wait()
}
