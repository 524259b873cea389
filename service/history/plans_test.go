package history

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/bench/used"
	"linklog/capture"
)

// Who asks the same again, or at the same time, need not try the filter on the dictionaries, unless
// something changed that it depends on.
func TestPlansAreKept(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: 1000})
	mustAppend(t, h, attempts(1, 2500))
	settle(t, h)
	names := called{}
	count := func(text string, want int64) {
		t.Helper()
		n, err := h.Count(context.Background(), Query{Filter: mustFilter(t, text), Names: names})
		if err != nil || n != want {
			t.Errorf("%s finds %d, %v, want %d", text, n, err, want)
		}
	}
	plans := func() (all []*plan) {
		k := h.plans.kept[len(h.plans.kept)-1]
		for _, seg := range h.list() {
			all = append(all, k.segments[seg].plan)
		}
		return all
	}
	made := func(what string, before []*plan, want int) {
		t.Helper()
		n := 0
		for i, p := range plans() {
			if p == nil || i >= len(before) || p != before[i] {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d plans were made, want %d", what, n, want)
		}
	}
	const rare = "203.0.3.7" // of attempt 607
	count("ip:"+rare, 1)
	before := plans()
	count("ip:"+rare, 1)
	count("ip:"+rare+` since:2026-11-10T00:00:00Z`, 1)
	made("the same once more, and with a time", before, 0)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if n, err := h.Count(context.Background(), Query{Filter: mustFilter(t, "host:nas.lan ip:203.0.*")}); err != nil || n != 2500 {
				t.Errorf("at once: %d, %v", n, err)
			}
		})
	}
	all.Wait()

	more := attempts(2501, 2502)
	more[0].Src.Addr = netip.MustParseAddr(rare)
	more[1].Src.Addr = netip.MustParseAddr("203.0.113.99")
	mustAppend(t, h, more)
	count("ip:"+rare, 2)
	made("a host has come", before, 1)
	count("ip:203.0.113.99", 1)

	// Names that are learned, that others give, and that win.
	count("host:*.example", 0)
	if err := h.SetName(netip.MustParseAddr(rare), "a.example", start); err != nil {
		t.Fatal(err)
	}
	count("host:*.example", 2)
	before = plans()
	count("host:*.example", 2)
	made("the same names", before, 0)
	names[netip.MustParseAddr(rare)] = winning + "x.lan" // makes no difference itself, and stands in the place of one that does
	count("host:*.example", 0)
	names[netip.MustParseAddr(rare)] = winning + "b.example"
	count("host:*.example", 2)
	delete(names, netip.MustParseAddr(rare))
	count("host:*.example", 2)
	names[netip.MustParseAddr("203.0.113.99")] = "c.example"
	count("host:*.example", 3)

	// Ids that come to mean something else.
	count("ip:203.0.113.99", 1)
	if _, err := h.Remove(t.Context(), []Range{{1, 2502}}); err != nil {
		t.Fatal(err)
	}
	count("ip:203.0.113.99", 0)
	again := attempts(2501, 2502)
	again[0].Src.Addr = netip.MustParseAddr("203.0.113.99")
	mustAppend(t, h, again)
	count("ip:203.0.113.99", 1)
	count("host:*.example", 1)

	for i := range 2 * keptPlans {
		count(fmt.Sprintf("port:%d", i+1), 0)
	}
	if n := len(h.plans.kept); n != keptPlans {
		t.Errorf("plans of %d filters are kept", n)
	}
	h.plans.forget()
	count("ip:203.0.113.99", 1)
}

// asking calls nobody anything, and waits when it is asked for the first time until it may go on.
type asking struct {
	called
	begun, goOn chan struct{}
}

func (a asking) Called(addr netip.Addr) (string, bool) {
	select {
	case a.begun <- struct{}{}:
		<-a.goOn
	default:
	}
	return a.called.Called(addr)
}

// Who waits for a plan that somebody else makes, who no longer wants it, makes it.
func TestPlanIsTakenOver(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{})
	mustAppend(t, h, attempts(1, 2500))
	names := asking{called: called{}, begun: make(chan struct{}, 1), goOn: make(chan struct{})}
	q := Query{Filter: mustFilter(t, "host:nas.lan"), Names: names}
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := h.Count(ctx, q)
		first <- err
	}()
	<-names.begun
	q.Names = called{}
	go func() {
		n, err := h.Count(context.Background(), q)
		if err == nil && n != 2500 {
			err = fmt.Errorf("found %d", n)
		}
		second <- err
	}()
	waiting := func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.segments[0].using == 2
	}
	for !waiting() {
		runtime.Gosched()
	}
	third, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() {
		_, err := h.Count(third, q)
		stopped <- err
	}()
	stop()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("who waits and is cancelled: %v", err)
	}
	cancel()
	close(names.goOn)
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}

// watched notes how much processor time passes between two times that a query looks whether it is
// still wanted.
type watched struct {
	context.Context
	looked int
	last   time.Duration
	most   time.Duration
}

func (w *watched) Err() error {
	now := used.CPU()
	w.most = max(w.most, now-w.last)
	w.looked, w.last = w.looked+1, now
	return w.Context.Err()
}

// A search is no longer wanted as soon as another key is pressed. However much there is of hosts, names,
// texts and events, it looks at a bounded number of them before it asks whether it is to go on. Only
// processor time counts, of which what else happens on the computer takes nothing.
func TestCancelledSoon(t *testing.T) {
	takesLong(t)
	if used.CPU() == 0 {
		t.Skip("processor time is not known here")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // no plans are made ahead
	h := mustOpen(t, t.TempDir(), Options{unsafe: true})
	const n = 200_000
	events := make([]capture.Event, 0, n)
	for i := range n {
		ev := attempt(i + 1)
		ev.Src.Addr = netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)})
		if i%4 == 0 {
			ev = capture.Event{Seq: ev.Seq, Time: ev.Time, Router: ev.Router, Kind: capture.System, Text: fmt.Sprintf("message %d of the router's %s", i, strings.Repeat("own ", 5))}
		} else if i < n/2 {
			if err := h.SetName(ev.Src.Addr, fmt.Sprintf("host-%d.example.net", i), start); err != nil {
				t.Fatal(err)
			}
		}
		events = append(events, ev)
	}
	mustAppend(t, h, events)
	settle(t, h)
	for _, text := range []string{"ip:203.9.9.9", "host:*.nowhere.example", "host:*.example.net", "nowhere", `text:"nowhere"`, "dport:1", "dir:in", "!ip:203.1.*"} {
		for what, ask := range map[string]func(ctx context.Context, q Query) error{
			"count": func(ctx context.Context, q Query) error { _, err := h.Count(ctx, q); return err },
			"index": func(ctx context.Context, q Query) error {
				return h.EachMatch(ctx, q, nil, func(*Matches) error { return nil })
			},
			"page": func(ctx context.Context, q Query) error {
				q.Limit = 500
				return h.Each(ctx, q, func(*capture.Event) error { return nil })
			},
			"bars": func(ctx context.Context, q Query) error {
				_, err := h.Group(ctx, q, Grouping{By: ByTime, Bucket: time.Hour})
				return err
			},
		} {
			most := time.Hour
			for range 3 { // the garbage of others is collected now and then
				h.plans.forget()
				h.names.mu.Lock()
				h.names.forget()
				h.names.mu.Unlock()
				ctx := &watched{Context: context.Background(), last: used.CPU()}
				if err := ask(ctx, Query{Filter: mustFilter(t, text)}); err != nil {
					t.Fatal(err)
				}
				_ = ctx.Err() // the rest
				if most = min(most, ctx.most); most < soon {
					break
				}
			}
			if most > soon {
				t.Errorf("%s of %s: %v pass until it looks whether it is wanted", what, text, most)
			}
		}
	}
}

// soon is half of the 50 ms in which a wrong turn is to be cancelled: the other is for the way through the socket.
const soon = 25 * time.Millisecond
