package archive

import (
	"context"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// start is the time of the first event of most tests.
var start = time.Date(2014, 9, 16, 12, 0, 0, 0, time.UTC)

// attempt is an attempt at a time; n tells it from others.
func attempt(at time.Time, n int) capture.Event {
	return capture.Event{
		Time: at, Router: netip.MustParseAddr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}), Port: uint16(1024 + n%60000)},
		Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 80},
	}
}

// attempts are n of them, a step of time apart, the first at a time.
func attempts(at time.Time, step time.Duration, n int) []capture.Event {
	events := make([]capture.Event, n)
	for i := range events {
		events[i] = attempt(at.Add(time.Duration(i)*step), i)
	}
	return events
}

func mustOpen(t testing.TB, dir string, o Options) *Archive {
	t.Helper()
	a, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return a
}

func fresh(t testing.TB, o Options) *Archive {
	return mustOpen(t, filepath.Join(t.TempDir(), "imported"), o)
}

// add adds a batch and makes sure of what Add says of it.
func add(t testing.TB, a *Archive, mark uint64, events []capture.Event, wantAdded int) {
	t.Helper()
	added, known, err := addBatch(a, mark, events)
	if err != nil {
		t.Fatal(err)
	}
	if added != wantAdded || known != len(events)-wantAdded {
		t.Fatalf("of %d events %d were added and %d known, want %d and %d", len(events), added, known, wantAdded, len(events)-wantAdded)
	}
}

// read gives what a query finds.
func read(t testing.TB, a *Archive, q history.Query) []capture.Event {
	t.Helper()
	var all []capture.Event
	err := a.Each(context.Background(), q, func(e *capture.Event) error {
		all = append(all, *e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wantTimes fails unless the events are n and in the order of time.
func wantTimes(t testing.TB, events []capture.Event, n int) {
	t.Helper()
	if len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
	for i := 1; i < n; i++ {
		if events[i].Time.Before(events[i-1].Time) {
			t.Fatalf("event %d of %v comes after %v", i, events[i].Time, events[i-1].Time)
		}
	}
}

// addBatch is Add for a batch that is of no file.
func addBatch(a *Archive, mark uint64, events []capture.Event) (added, known int, err error) {
	return addBatchIn(context.Background(), a, mark, events)
}

func addBatchIn(ctx context.Context, a *Archive, mark uint64, events []capture.Event) (added, known int, err error) {
	done, err := a.Add(ctx, Batch{Mark: mark, Events: events})
	return done.Added, done.Known, err
}
