//go:build unix

package deliver

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linklog/service/alerts"
)

// inbox is the other side of an outlet: it fails as told, else keeps what it got.
type inbox struct {
	mu    sync.Mutex
	fails []error // the next attempts
	got   [][]uint64
	tries int
}

func (i *inbox) Send(ctx context.Context, m *Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tries++
	if len(i.fails) > 0 {
		err := i.fails[0]
		i.fails = i.fails[1:]
		if err != nil {
			return err
		}
	}
	var ids []uint64
	for _, a := range m.Alerts {
		ids = append(ids, a.ID)
	}
	i.got = append(i.got, ids)
	return nil
}

func (i *inbox) Close() {}

func (i *inbox) all() (ids []uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Concat(i.got...)
}

// wall is the clock of a Queue that does not wait: it is set ahead.
type wall struct{ atomic.Int64 }

func (w *wall) now() time.Time { return time.Unix(0, w.Load()).UTC() }

// queueing starts a Queue at the time of the bench.
func queueing(t *testing.T, b *bench, in Outlet, o QueueOptions) (q *Queue, slept func() []time.Duration, stop func()) {
	t.Helper()
	o.Name = "phone"
	q = NewQueue(b.Alerts, in, o)
	var mu sync.Mutex
	var times []time.Duration
	var clock wall
	clock.Store(b.clock.T.UnixNano())
	q.sleep = func(ctx context.Context, d time.Duration) {
		mu.Lock()
		times = append(times, d)
		clock.Add(int64(d))
		mu.Unlock()
		sleep(ctx, time.Millisecond)
	}
	q.now = clock.now
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); q.Run(ctx) }()
	await(t, func() bool { _, known, _ := b.Cursor(cursorOf("phone")); return known })
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return q, func() []time.Duration { mu.Lock(); defer mu.Unlock(); return slices.Clone(times) }, stop
}

// newHosts makes alerts, and gives their IDs.
func (b *bench) newHosts(n int) (ids []uint64) {
	b.t.Helper()
	before := b.Last()
	for range n {
		b.tell(int(b.seq) + 1)
	}
	list, err := b.After(before, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

// What cannot be sent is tried again, at longer and longer intervals and not before the
// other side wants it, and then arrives once, in order; what it refuses is not.
func TestQueueRetries(t *testing.T) {
	b := newBench(t)
	down := errors.New("down")
	in := &inbox{fails: []error{down, down, &later{down, time.Hour}, nil, &Refused{down}}}
	var mu sync.Mutex
	var told []error
	q, slept, _ := queueing(t, b, in, QueueOptions{Trouble: func(err error) { mu.Lock(); told = append(told, err); mu.Unlock() }})
	first := b.newHosts(1)
	await(t, func() bool { return len(in.all()) == 1 })
	second := b.newHosts(2)
	await(t, func() bool { return len(in.all()) == 2 })
	if want := []uint64{first[0], second[1]}; !slices.Equal(in.all(), want) {
		t.Errorf("got %v, want %v", in.all(), want)
	}
	waits := slept()
	for i, least := range []time.Duration{firstRetry, 2 * firstRetry, time.Hour} {
		if i >= len(waits) || waits[i] < least || waits[i] > least+least/4+1 {
			t.Fatalf("waited %v", waits)
		}
	}
	await(t, func() bool { s := q.Stats(); return s.Sent == 2 && s.Refused == 1 && s.Err == nil })
	mu.Lock()
	defer mu.Unlock()
	if told[0] != down || told[len(told)-1] != nil {
		t.Errorf("told %v", told)
	}
}

// While the other side is away, alerts wait in the file, also over restarts, and then come
// together. None is told twice, and what is a day old is no news any more.
func TestQueueOverRestarts(t *testing.T) {
	b := newBench(t)
	in := &inbox{}
	_, _, stop := queueing(t, b, in, QueueOptions{})
	stop()
	old := b.newHosts(2)
	b.pass(25 * time.Hour)
	ids := b.newHosts(6)
	q, _, stop := queueing(t, b, in, QueueOptions{})
	await(t, func() bool { return len(in.all()) == len(ids) })
	stop()
	if !slices.Equal(in.all(), ids) || len(in.got) != 1 || q.Stats().Late != uint64(len(old)) {
		t.Errorf("got %v, want %v; late %d", in.got, ids, q.Stats().Late)
	}
	more := b.newHosts(1)
	_, _, _ = queueing(t, b, in, QueueOptions{})
	await(t, func() bool { return len(in.all()) > len(ids) })
	if !slices.Equal(in.all(), append(ids, more...)) {
		t.Errorf("got %v", in.all())
	}
}

// An outlet that never worked does not keep anything from going on for ever: after a day
// each alert is given up, and counted.
func TestQueueGivesUp(t *testing.T) {
	b := newBench(t)
	in := &inbox{fails: slices.Repeat([]error{errors.New("down")}, 100_000)}
	q, _, _ := queueing(t, b, in, QueueOptions{})
	b.newHosts(1)
	await(t, func() bool { return q.Stats().Late == 1 })
	if in.tries < 90 || in.tries > 140 { // 24 hours, mostly every 15 minutes and up to a quarter more
		t.Errorf("%d attempts", in.tries)
	}
	if len(in.all()) > 0 {
		t.Error("something was delivered")
	}
}

// More messages than may be sent wait, and come together.
func TestQueueLimit(t *testing.T) {
	b := newBench(t)
	in := &inbox{}
	q, _, stop := queueing(t, b, in, QueueOptions{PerHour: 2})
	for range 3 {
		n := q.Stats().Told
		b.newHosts(1)
		await(t, func() bool { return q.Stats().Told == n+1 })
	}
	stop()
	ids := b.newHosts(10)
	q, slept, _ := queueing(t, b, in, QueueOptions{PerHour: 2})
	await(t, func() bool { return q.Stats().Told == uint64(len(ids)) })
	if n := q.Stats().Sent; n != 1 {
		t.Errorf("%d messages; waited %v", n, slept())
	}
}

// A client cannot move what the outlets of the service are done with.
func TestOutletCursorsAreTheServices(t *testing.T) {
	b := newBench(t)
	if err := b.SetCursor(alerts.OutletCursor+"phone", 0); err == nil {
		t.Error("it could be set")
	}
}

// What waits for an outlet is sent as soon as it is known to be there, not at the next attempt.
func TestQueueIsWoken(t *testing.T) {
	b := newBench(t)
	in := &inbox{fails: []error{errors.New("nobody there")}}
	q := NewQueue(b.Alerts, in, QueueOptions{Name: "phone"})
	resting := make(chan struct{}, 1)
	q.sleep = func(ctx context.Context, _ time.Duration) {
		resting <- struct{}{}
		<-ctx.Done()
	}
	q.now = func() time.Time { return newHostAlert().Time }
	done := make(chan struct{})
	go func() {
		defer close(done)
		q.tell(t.Context(), []alerts.Alert{newHostAlert()})
	}()
	<-resting
	q.Reach(errors.New("still away"))
	if s := q.Stats(); s.Sent != 0 || s.Err == nil {
		t.Errorf("%+v", s)
	}
	q.Reach(nil)
	<-done
	if s := q.Stats(); s.Sent != 1 || s.Err != nil {
		t.Errorf("%+v", s)
	}
}
