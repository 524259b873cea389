package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/history"
)

const (
	aDay = 24 * time.Hour

	// clockSlack is how far a clock may be set before that counts: it is set right by
	// so much all the time. Less is followed slowly, at a tenth of the time that passes.
	clockSlack = time.Minute

	// clockTold is how long it is told that the clock was set back, at the most: one that
	// was years ahead for a moment does not come there again.
	clockTold = aDay

	// clockHolds is how long a clock must go on, while the service runs, before a step
	// that it made counts for what cannot be undone.
	clockHolds = 3 * aDay

	// clockForgives is how far the clock may be ahead of what is confirmed before it is
	// taken for wrong: a computer may be off for a holiday.
	clockForgives = 31 * aDay

	// clockMarks is how far it must have been ahead for its events to be marked.
	clockMarks = aDay

	// clockSaved is how often the file is written.
	clockSaved = 10 * time.Minute

	maxSteps = 64
)

// clock knows what time it is as far as that is confirmed, whatever the computer's
// clock says.
//
// The confirmed time goes on with a clock that nobody can set (newSteady). What the
// computer's clock is ahead of it consists of steps: it was set, or nobody knows how
// long the service did not run. Each step is taken over when it has stood for
// clockHolds while the service ran; one that is taken back before is forgotten. The
// file "clock" keeps all that, so that a restart neither shortens nor prolongs it.
//
// So a clock that is wrong for a minute, or an evening, counts for nothing that
// cannot be undone, and after a year in the cupboard everything is as usual in some
// days.
type clock struct {
	wall   func() time.Time     // the computer's
	steady func() time.Duration // see newSteady
	file   string
	began  time.Duration // steady, when the service started

	latest atomic.Int64 // see Latest
	second atomic.Int64 // steady, at the last look

	mu     sync.Mutex
	base   int64         // the confirmed time when steady was 0, ns since 1970
	steps  []step        // ahead of it, the oldest first
	behind time.Duration // for how long the clock has been behind it
	looked time.Duration // steady, at the last look
	seq    uint64        // the highest that was given by then

	mend  bool          // an earlier LinkLog may have left times in the future
	left  time.Time     // what was confirmed when the service ran last; zero: not known
	saved time.Duration // steady, when the file was written
	dirty bool          // something but the time has changed since

	shown   time.Time     // the latest time the clock ever showed
	shownAt time.Duration // steady, then
}

// step is something the clock is ahead.
type step struct {
	By   time.Duration `json:"by"`
	Held time.Duration `json:"held"` // for how long the service has seen it
	From uint64        `json:"from"` // Seq of the first event with such a time, or a later one
}

// clockFile is what the file has.
type clockFile struct {
	Confirmed time.Time     `json:"confirmed"`
	Ahead     []step        `json:"ahead,omitempty"`
	Behind    time.Duration `json:"behind,omitempty"`
}

// set is what became of the clock since the last look.
type set struct {
	back  time.Duration // it is no longer ahead by so much
	first step          // of it, the oldest
	calm  time.Duration // calm was set, ahead by so much
	mend  bool          // what is kept may be from the future
}

func newClock(c *Config) *clock {
	k := &clock{wall: c.now, steady: c.steady, file: filepath.Join(c.DataDir, "clock")}
	if now := k.wall; now != nil {
		k.wall = func() time.Time { return possible(now()) }
	} else {
		k.wall = func() time.Time { return possible(time.Now()) }
	}
	if k.steady == nil {
		k.steady = newSteady()
	}
	k.began = k.steady()
	k.latest.Store(1<<63 - 1)
	return k
}

// possible is a time as we can count with it, in nanoseconds of 64 bits: a clock that is
// set centuries ahead is wrong however far.
func possible(t time.Time) time.Time {
	if last := time.Date(2199, 12, 31, 0, 0, 0, 0, time.UTC); t.After(last) {
		return last
	}
	return t
}

// startClock begins with what is known of the time when the service ran last: by its
// file, or else, as an earlier LinkLog leaves it, by its last sign of life or the last
// event that is stored.
func (e *Engine) startClock() {
	newest := e.lastStored()
	seen := newest
	if alive := e.lastAlive(); !alive.IsZero() {
		seen = alive
	}
	if err := e.clock.begin(seen, newest, e.history.LastSeq()); err != nil {
		e.log.Warn("what is known of the clock cannot be read", "error", err)
	}
}

// lastStored is the time of the last event that is stored; zero: there is none.
func (e *Engine) lastStored() (last time.Time) {
	_ = e.history.Each(context.Background(), history.Query{Limit: 1, WithoutNames: true}, func(ev *capture.Event) error {
		last = ev.Time
		return nil
	})
	return last
}

// lookAtClock looks what became of the clock, and mends what it left when it was ahead.
func (e *Engine) lookAtClock() {
	set := e.clock.look(e.Received())
	if set.calm.Abs() > clockForgives {
		e.log.Warn("this computer's clock counts from now on", "days ahead of before", days(set.calm))
		if err := e.alerts.Shift(set.calm); err != nil {
			e.log.Error("what lasts could not be set", "error", err)
		}
	}
	const future = "hosts seen in the future"
	if set.mend || e.inTrouble(future) {
		e.trouble(future, e.hosts.NotAfter(e.clock.calm()))
	}
	if set.back > clockMarks {
		e.markAhead(set)
	}
	e.mu.Lock()
	keep := e.settings.History.Days
	e.mu.Unlock()
	e.trouble("clock", e.clock.trouble(keep))
}

func days(d time.Duration) int { return int(d.Round(aDay) / aDay) }

// markAhead tells, among the events, which of them have times of a clock that was
// ahead. They stay as they are: what is written is not rewritten.
func (e *Engine) markAhead(s set) {
	ctx := context.Background()
	e.Settle(ctx)
	// By the right clock, or later: the service may not have run all the time.
	began := e.clock.calm().Add(-s.first.Held)
	q := history.Query{After: s.first.From - 1, Since: began.Add(s.first.By / 2), Limit: 1, WithoutNames: true}
	var ends [2]uint64
	for i := range ends {
		q.OldestFirst = i == 0
		err := e.history.Each(ctx, q, func(ev *capture.Event) error {
			ends[i] = ev.Seq
			return nil
		})
		if err != nil || ends[i] == 0 {
			return // nothing came meanwhile, or the file is told about elsewhere
		}
	}
	which := fmt.Sprintf("the times of events %d to %d are", ends[0], ends[1])
	if ends[0] == ends[1] {
		which = fmt.Sprintf("the time of event %d is", ends[0])
	}
	e.appendGap(gap{Since: began, Text: fmt.Sprintf("this computer's clock was %d days ahead: %s wrong", days(s.back), which)})
}

// saveClock keeps what is known of the clock for the next start.
func (e *Engine) saveClock(end bool) { e.trouble("clock file", e.clock.save(end)) }

// begin reads the file. Without one, it is as late as it was when the service was seen
// last; zero: it never was. newest is the time of the last event, seq its Seq.
func (c *clock) begin(seen, newest time.Time, seq uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := readClock(c.file)
	wall := c.wall().Round(0)
	c.looked, c.seq = c.steady(), seq
	c.shown, c.shownAt = wall, c.looked
	if newest.After(wall) {
		c.shown = newest
	}
	switch {
	case err == nil:
		c.left, c.steps, c.behind = f.Confirmed, f.Ahead, f.Behind
	case seen.IsZero() || seen.After(wall) && !history.Unset(wall):
		f.Confirmed = wall
	default:
		f.Confirmed, c.mend = seen, !seen.After(wall)
	}
	c.base = f.Confirmed.UnixNano() - int64(c.looked)
	c.dirty = true
	c.note()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

func readClock(file string) (f clockFile, err error) {
	text, err := datafile.Read(file)
	if err != nil {
		return f, err
	}
	err = json.Unmarshal(text, &f)
	sound := err == nil && f.Confirmed.Year() >= 1970 && f.Confirmed.Year() < 2200 && f.Behind >= 0 && len(f.Ahead) <= maxSteps
	total := time.Duration(0)
	for _, s := range f.Ahead {
		total += s.By // too much is negative
		sound = sound && s.By > 0 && total > 0 && s.Held >= 0 && s.From > 0
	}
	if !sound {
		return f, fmt.Errorf("%s is damaged; what was stored last tells the time: %w", file, cmp.Or(err, errors.New("no times that can be")))
	}
	return f, nil
}

// look compares the clocks. It is called every second; seq is the highest that was
// given.
func (c *clock) look(seq uint64) (s set) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, wall := c.steady(), c.wall().Round(0)
	passed := now - c.looked
	calm := c.calmAt(c.looked, wall.Add(-passed))
	c.looked = now
	defer func() {
		s.calm = c.calmAt(now, wall).Sub(calm) - passed
		s.mend = s.mend || s.back > 0 || c.mend
		c.seq, c.mend = seq, false
		c.note()
	}()

	if !wall.Before(c.shown) || now-c.shownAt > clockTold {
		c.shown, c.shownAt = wall, now
	}
	ahead := time.Duration(wall.UnixNano() - c.base - int64(now))
	if ahead < -clockSlack {
		// The steps wait: after a start without a battery, the clock is years behind
		// until somebody sets it.
		if c.behind += passed; c.behind < clockHolds {
			return s
		}
		c.take(ahead)
		ahead, c.steps, s.mend = 0, nil, true
	}
	c.behind = 0
	if history.Unset(time.Unix(0, c.base+int64(now))) && !history.Unset(wall) {
		c.take(ahead) // it was installed before anybody had set the clock
		ahead, c.steps = 0, nil
	}
	for i := range c.steps {
		c.steps[i].Held += passed
	}
	for len(c.steps) > 0 && c.steps[0].Held >= clockHolds {
		by := min(c.steps[0].By, max(ahead, 0))
		c.take(by)
		ahead -= by
		c.steps = c.steps[1:]
	}
	for i := range c.steps {
		ahead -= c.steps[i].By
	}
	switch {
	case ahead > clockSlack:
		c.dirty = true
		if n := len(c.steps); n == maxSteps {
			c.steps[n-1].By += ahead
			c.steps[n-1].Held = 0
		} else {
			c.steps = append(c.steps, step{By: ahead, From: c.seq + 1})
		}
	case ahead < -clockSlack:
		c.dirty = true
		for left := -ahead; left > 0 && len(c.steps) > 0; {
			last := &c.steps[len(c.steps)-1]
			by := min(left, last.By)
			s.back, s.first = s.back+by, *last
			left -= by
			if last.By -= by; last.By < clockSlack {
				c.steps = c.steps[:len(c.steps)-1]
			}
		}
	default:
		c.base += int64(min(max(ahead, -passed/10), passed/10))
	}
	return s
}

// take takes a step over. The caller holds mu.
func (c *clock) take(by time.Duration) {
	c.base += int64(by)
	c.dirty = true
}

// note keeps what is asked for often. The caller holds mu.
func (c *clock) note() {
	c.latest.Store(c.base + int64(c.looked) + int64(clockForgives))
	c.second.Store(int64(c.looked / time.Second))
}

// Latest is the latest time that an event can have come at; what says that it was
// later comes from a clock that is wrong, or that nobody can confirm yet.
func (c *clock) Latest() time.Time { return time.Unix(0, c.latest.Load()) }

// confirmed is the time that counts for what cannot be undone: never later than it is,
// as far as that is known.
func (c *clock) confirmed() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	sure, wall := time.Unix(0, c.base+int64(c.steady())), c.wall()
	if wall.Before(sure) {
		return wall
	}
	return sure
}

// calm is the computer's clock, as long as it is not taken for wrong, else a time that
// goes on when the clock is set to another year.
func (c *clock) calm() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calmAt(c.steady(), c.wall())
}

// calmAt is calm at a time. The caller holds mu.
func (c *clock) calmAt(steady time.Duration, wall time.Time) time.Time {
	sure := time.Unix(0, c.base+int64(steady))
	if wall.Sub(sure).Abs() <= clockForgives {
		return wall
	}
	by := time.Duration(0) // the computer was off, until one step is too much
	for i := 0; i < len(c.steps) && by+c.steps[i].By <= clockForgives; i++ {
		by += c.steps[i].By
	}
	return sure.Add(by)
}

// startedAt is when the service started, by the clock as it is now.
func (e *Engine) startedAt() time.Time {
	passed := e.clock.steady() - e.clock.began
	if at := e.clock.wall().Add(-passed); at.Sub(e.started.Round(0)).Abs() > clockSlack {
		return at.Round(0)
	}
	return e.started
}

// trouble says what is wrong with the clock. days is how long events are kept; 0: for
// ever.
func (c *clock) trouble(days int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	forgiven := clockForgives
	if days > 0 { // who keeps less than a month misses it earlier
		forgiven = min(forgiven, time.Duration(max(days, 10))*aDay)
	}
	wall := c.wall().Round(0)
	total, left := time.Duration(0), time.Duration(0)
	for i := range c.steps {
		total += c.steps[i].By
		left = max(left, clockHolds-c.steps[i].Held)
	}
	calm := c.calmAt(c.looked, wall)
	switch gone := c.shown.Sub(wall); {
	case total > forgiven && wall.After(calm):
		return fmt.Errorf("this computer's clock says %s; by the time that passed while LinkLog was running it is %s. Unless the computer was off in between, "+
			"its clock is wrong: please set it. No events are removed for their age until the clock has gone on like that for %d more hours while LinkLog runs",
			wall.UTC().Format(time.RFC3339), calm.UTC().Format(time.RFC3339), int((left+time.Hour-1)/time.Hour))
	case gone > clockSlack:
		return fmt.Errorf("this computer's clock was set back: it was %s before, and is %s. Nothing is lost, and events keep their order, but their times were there before",
			c.shown.UTC().Format(time.RFC3339), wall.UTC().Format(time.RFC3339))
	}
	return nil
}

// save writes the file when it is time to, or at the end.
func (c *clock) save(end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !end && !c.dirty && c.looked-c.saved < clockSaved {
		return nil
	}
	text, err := json.Marshal(clockFile{time.Unix(0, c.base+int64(c.looked)).UTC(), c.steps, c.behind})
	if err == nil {
		err = datafile.Replace(c.file, text, 0o600)
	}
	if err == nil {
		c.saved, c.dirty = c.looked, false
	}
	return err
}
