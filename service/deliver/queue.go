package deliver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/settings"
)

// Queue tells one outlet of alerts as they come, in their order; not of muted ones. The
// alerts wait in the file of the Alerts, where it also keeps how far it is, after each
// message. So none is lost whenever the process ends, and what was on its way then is sent
// once more. A Queue that never was here begins with the alerts to come.
//
// What cannot be sent is tried again, for maxWait. What waits meanwhile comes together.
type Queue struct {
	alerts  *alerts.Alerts
	outlet  Outlet
	o       QueueOptions
	failing bool // since the last message that was sent
	rate    rate

	sleep func(ctx context.Context, d time.Duration)
	now   func() time.Time

	mu    sync.Mutex
	stats QueueStats
	awake context.CancelFunc // ends a wait for the next attempt; nil: none
}

// QueueOptions says how an outlet is told.
type QueueOptions struct {
	Name    string // of the outlet
	PerHour int    // messages; 0: settings.DefaultPerHour
	Only    bool   // it has summaries of the day, and nothing else

	// Words, if set, gives those of the language that messages are in; nil: English.
	Words func() phrase.Words

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // the clock of the alerts; nil: time.Now

	// Trouble, if set, hears why alerts cannot be told now, and nil when they can.
	Trouble func(error)
}

// QueueStats counts what a Queue did since it was made.
type QueueStats struct {
	Sent    uint64 // messages
	Told    uint64 // alerts in them
	Refused uint64 // alerts that the other side will never take
	Late    uint64 // alerts that waited for maxWait in vain
	Waiting int    // alerts, at least
	Last    time.Time
	Err     error // of the last attempt; nil: it went well
}

const (
	// maxWait is how long an alert is tried to be told. What is older is no news.
	maxWait = 24 * time.Hour

	firstRetry, lastRetry = 5 * time.Second, 15 * time.Minute

	// together is how many alerts may wait before they come in one message.
	together = 3
	// maxTogether bounds the alerts of a message.
	maxTogether = 1000
)

// cursorOf is the name by which an outlet reads alerts.
func cursorOf(name string) string { return alerts.OutletCursor + name }

// NewQueue makes the Queue of an outlet.
func NewQueue(a *alerts.Alerts, outlet Outlet, o QueueOptions) *Queue {
	o.PerHour = cmp.Or(o.PerHour, settings.DefaultPerHour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Words == nil {
		o.Words = func() phrase.Words { return nil }
	}
	return &Queue{alerts: a, outlet: outlet, o: o, rate: rate{most: o.PerHour, within: time.Hour}, sleep: sleep, now: o.Now}
}

// Stats tells what was done so far.
func (q *Queue) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stats
}

// Run tells alerts until the context ends.
func (q *Queue) Run(ctx context.Context) {
	wake, stop := q.alerts.Wake()
	defer stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for ctx.Err() == nil {
		waiting, err := q.waiting()
		switch {
		case err != nil:
			q.o.Trouble(err)
			q.sleep(ctx, lookEvery)
			continue
		case len(waiting) == 0:
			select {
			case <-wake:
			case <-look.C:
			case <-ctx.Done():
			}
			continue
		}
		if wait := q.rate.wait(q.now()); wait > 0 { // what comes meanwhile goes along
			q.sleep(ctx, wait)
			continue
		}
		q.tell(ctx, waiting)
	}
}

// waiting are the next alerts to be told in one message.
func (q *Queue) waiting() ([]alerts.Alert, error) {
	read, err := q.alerts.Begin(cursorOf(q.o.Name))
	if err != nil {
		return nil, err
	}
	list, err := q.alerts.After(read, maxTogether)
	if err != nil || len(list) == 0 {
		q.wait(0)
		return nil, err
	}
	newest := list[len(list)-1].ID
	var late []uint64
	list = slices.DeleteFunc(list, func(a alerts.Alert) bool {
		if !Goes(&a, q.o.Name, q.o.Only) {
			return true
		}
		old := q.now().Sub(a.Time) > maxWait
		if old {
			late = append(late, a.ID)
		}
		return old
	})
	if len(late) > 0 {
		why := q.Stats().Err
		if why == nil {
			why = phrase.Say("the service was not running")
		}
		q.count(func(s *QueueStats) { s.Late += uint64(len(late)) })
		q.lost(late, why)
		q.o.Log.Warn("alerts were not delivered", "outlet", q.o.Name, "alerts", len(late), "error", why)
		q.o.Trouble(phrase.Say("{{.Count}} alerts could not be delivered for a day: {{.Error}}", "Count", len(late), "Error", why))
	}
	if len(list) == 0 {
		return nil, q.alerts.KeepCursor(cursorOf(q.o.Name), newest)
	}
	q.wait(len(list))
	if len(list) <= together {
		list = list[:1]
	}
	return list, nil
}

// Goes reports whether an alert goes to an outlet; only: one that has summaries of the day alone.
func Goes(a *alerts.Alert, outlet string, only bool) bool {
	return !a.Muted && a.For(outlet) && (!only || a.Kind == alerts.Daily)
}

// lost keeps that alerts never arrive. If that cannot be written they are only counted.
func (q *Queue) lost(ids []uint64, why error) {
	if err := q.alerts.Undelivered(q.o.Name, ids, why.Error()); err != nil {
		q.o.Log.Warn("it cannot be stored that alerts were not delivered", "outlet", q.o.Name, "error", err)
	}
}

func (q *Queue) count(change func(*QueueStats)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	change(&q.stats)
}

func (q *Queue) wait(n int) { q.count(func(s *QueueStats) { s.Waiting = n }) }

// Reach takes that an outlet which stays connected is there (nil), or why not. What waits is
// tried at once when it is there again.
func (q *Queue) Reach(err error) {
	q.mu.Lock()
	awake := q.awake
	q.stats.Err = err
	q.mu.Unlock()
	if awake != nil && err == nil {
		awake()
	}
	q.o.Trouble(err)
}

// rest waits before the next attempt, until Reach.
func (q *Queue) rest(ctx context.Context, d time.Duration) {
	ctx, awake := context.WithCancel(ctx)
	defer awake()
	q.mu.Lock()
	q.awake = awake
	reached := q.stats.Err == nil // since the attempt
	q.mu.Unlock()
	if !reached {
		q.sleep(ctx, d)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.awake = nil
}

// tell sends alerts, and tries until it is done with them: they arrived, never will, or
// are too old. They stay as they are, so that what arrives twice can be told by its IDs.
func (q *Queue) tell(ctx context.Context, list []alerts.Alert) {
	m := about(list, q.o.Words())
	for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
		within, cancel := context.WithTimeout(ctx, sendWithin)
		err := q.outlet.Send(within, m)
		cancel()
		if ctx.Err() != nil {
			return // it is sent again
		}
		q.note(list, err)
		var refused *Refused
		if errors.As(err, &refused) {
			ids := make([]uint64, len(list))
			for i := range list {
				ids[i] = list[i].ID
			}
			q.lost(ids, err)
			break
		}
		if err == nil {
			break
		}
		wait := retry
		if l := (*later)(nil); errors.As(err, &l) {
			wait = max(wait, l.wait)
		}
		wait += time.Duration(rand.Int64N(int64(wait)/4 + 1)) // not all at once after a failure
		q.rest(ctx, min(wait, maxWait-q.now().Sub(list[0].Time)+time.Second))
		if ctx.Err() != nil || q.now().Sub(list[0].Time) > maxWait {
			return // what is too old is counted by waiting
		}
	}
	if err := q.alerts.KeepCursor(cursorOf(q.o.Name), list[len(list)-1].ID); err != nil {
		// It arrived; if the disk stays full it is sent again.
		q.o.Trouble(err)
		q.sleep(ctx, lookEvery)
	}
}

// note counts an attempt to send alerts, and says what went wrong.
func (q *Queue) note(list []alerts.Alert, err error) {
	var refused *Refused
	q.count(func(s *QueueStats) {
		s.Last, s.Err = q.now().UTC(), err
		switch {
		case err == nil:
			s.Sent++
			s.Told += uint64(len(list))
			s.Waiting = max(s.Waiting-len(list), 0)
		case errors.As(err, &refused):
			s.Refused += uint64(len(list))
		}
	})
	if err == nil || refused != nil {
		q.rate.took(q.now())
	}
	if err != nil && !q.failing {
		q.o.Log.Warn("an alert could not be delivered", "outlet", q.o.Name, "alert", list[0].ID, "error", err)
	}
	q.failing = err != nil
	q.o.Trouble(err)
}
