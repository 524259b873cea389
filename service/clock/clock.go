// Package clock knows what time it is as far as that is confirmed, whatever the computer's
// clock says.
package clock

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linklog/service/datafile"
	"linklog/service/health"
	"linklog/service/history"
)

const (
	day = 24 * time.Hour

	// Slack is how far a clock may be set before that counts: it is set right by
	// so much all the time. Less is followed slowly, at a tenth of the time that passes.
	Slack = time.Minute

	// told is how long it is told that the clock was set back, at the most: one that
	// was years ahead for a moment does not come there again.
	told = day

	// Holds is how long a clock must go on, while the service runs, before a step
	// that it made counts for what cannot be undone.
	Holds = 3 * day

	// Forgives is how far the clock may be ahead of what is confirmed before it is
	// taken for wrong: a computer may be off for a holiday.
	Forgives = 31 * day

	// saveEvery is how often the file is written.
	saveEvery = 10 * time.Minute

	maxSteps = 64
)

// Clock knows the confirmed time.
//
// The confirmed time goes on with a clock that nobody can set (newSteady). What the
// computer's clock is ahead of it consists of steps: it was set, or nobody knows how
// long the service did not run. Each step is taken over when it has stood for
// Holds while the service ran; one that is taken back before is forgotten. The
// file "clock" keeps all that, so that a restart neither shortens nor prolongs it.
//
// So a clock that is wrong for a minute, or an evening, counts for nothing that
// cannot be undone, and after a year in the cupboard everything is as usual in some
// days.
type Clock struct {
	wall   func() time.Time     // the computer's
	steady func() time.Duration // see newSteady
	file   string
	began  time.Duration // steady, when the service started

	latest atomic.Int64 // see Latest
	second atomic.Int64 // steady, at the last look

	mu     sync.Mutex
	base   int64         // the confirmed time when steady was 0, ns since 1970
	steps  []Step        // ahead of it, the oldest first
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

// Step is something the clock is ahead.
type Step struct {
	By   time.Duration `json:"by"`
	Held time.Duration `json:"held"` // for how long the service has seen it
	From uint64        `json:"from"` // Seq of the first event with such a time, or a later one
}

// clockFile is what the file has.
type clockFile struct {
	Confirmed time.Time     `json:"confirmed"`
	Ahead     []Step        `json:"ahead,omitempty"`
	Behind    time.Duration `json:"behind,omitempty"`
}

// Change is what became of the clock since the last look.
type Change struct {
	Back time.Duration // it is no longer ahead by so much
	Step Step          // of it, the oldest
	Calm time.Duration // Calm was set, ahead by so much
	Mend bool          // what is kept may be from the future
}

// New returns the clock of a data folder. now is the computer's clock and steady one that
// nobody can set; nil: the usual ones.
func New(dir string, now func() time.Time, steady func() time.Duration) *Clock {
	k := &Clock{wall: time.Now, steady: steady, file: filepath.Join(dir, "clock")}
	if now != nil {
		k.wall = now
	}
	if k.steady == nil {
		k.steady = newSteady()
	}
	k.began = k.steady()
	k.latest.Store(1<<63 - 1)
	return k
}

// Wall is the computer's clock.
func (c *Clock) Wall() time.Time { return Possible(c.wall()) }

// Second counts the seconds of a clock that nobody can set, up to the last Look.
func (c *Clock) Second() int64 { return c.second.Load() }

// Left is what was confirmed when the service ran last; zero: that is not known.
func (c *Clock) Left() time.Time { return c.left }

// Possible is a time as we can count with it, in nanoseconds of 64 bits: a clock that is
// set centuries ahead is wrong however far.
func Possible(t time.Time) time.Time {
	if last := time.Date(2199, 12, 31, 0, 0, 0, 0, time.UTC); t.After(last) {
		return last
	}
	return t
}

// Begin reads the file. Without one, it is as late as it was when the service was seen
// last; zero: it never was. newest is the time of the last event, seq its Seq.
func (c *Clock) Begin(seen, newest time.Time, seq uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := readClock(c.file)
	wall := c.Wall().Round(0)
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

// Look compares the clocks. It is called every second; seq is the highest that was
// given.
func (c *Clock) Look(seq uint64) (s Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, wall := c.steady(), c.Wall().Round(0)
	passed := now - c.looked
	calm := c.calmAt(c.looked, wall.Add(-passed))
	c.looked = now
	defer func() {
		s.Calm = c.calmAt(now, wall).Sub(calm) - passed
		s.Mend = s.Mend || s.Back > 0 || c.mend
		c.seq, c.mend = seq, false
		c.note()
	}()

	if !wall.Before(c.shown) || now-c.shownAt > told {
		c.shown, c.shownAt = wall, now
	}
	ahead := time.Duration(wall.UnixNano() - c.base - int64(now))
	if ahead < -Slack {
		// The steps wait: after a start without a battery, the clock is years behind
		// until somebody sets it.
		if c.behind += passed; c.behind < Holds {
			return s
		}
		c.take(ahead)
		ahead, c.steps, s.Mend = 0, nil, true
	}
	c.behind = 0
	if history.Unset(time.Unix(0, c.base+int64(now))) && !history.Unset(wall) {
		c.take(ahead) // it was installed before anybody had set the clock
		ahead, c.steps = 0, nil
	}
	for i := range c.steps {
		c.steps[i].Held += passed
	}
	for len(c.steps) > 0 && c.steps[0].Held >= Holds {
		by := min(c.steps[0].By, max(ahead, 0))
		c.take(by)
		ahead -= by
		c.steps = c.steps[1:]
	}
	for i := range c.steps {
		ahead -= c.steps[i].By
	}
	switch {
	case ahead > Slack:
		c.dirty = true
		if n := len(c.steps); n == maxSteps {
			c.steps[n-1].By += ahead
			c.steps[n-1].Held = 0
		} else {
			c.steps = append(c.steps, Step{By: ahead, From: c.seq + 1})
		}
	case ahead < -Slack:
		c.dirty = true
		for left := -ahead; left > 0 && len(c.steps) > 0; {
			last := &c.steps[len(c.steps)-1]
			by := min(left, last.By)
			s.Back, s.Step = s.Back+by, *last
			left -= by
			if last.By -= by; last.By < Slack {
				c.steps = c.steps[:len(c.steps)-1]
			}
		}
	default:
		c.base += int64(min(max(ahead, -passed/10), passed/10))
	}
	return s
}

// take takes a step over. The caller holds mu.
func (c *Clock) take(by time.Duration) {
	c.base += int64(by)
	c.dirty = true
}

// note keeps what is asked for often. The caller holds mu.
func (c *Clock) note() {
	c.latest.Store(c.base + int64(c.looked) + int64(Forgives))
	c.second.Store(int64(c.looked / time.Second))
}

// Latest is the latest time that an event can have come at; what says that it was
// later comes from a clock that is wrong, or that nobody can confirm yet.
func (c *Clock) Latest() time.Time { return time.Unix(0, c.latest.Load()) }

// Confirmed is the time that counts for what cannot be undone: never later than it is,
// as far as that is known.
func (c *Clock) Confirmed() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	sure, wall := time.Unix(0, c.base+int64(c.steady())), c.Wall()
	if wall.Before(sure) {
		return wall
	}
	return sure
}

// Calm is the computer's clock, as long as it is not taken for wrong, else a time that
// goes on when the clock is set to another year.
func (c *Clock) Calm() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calmAt(c.steady(), c.Wall())
}

// calmAt is Calm at a time. The caller holds mu.
func (c *Clock) calmAt(steady time.Duration, wall time.Time) time.Time {
	sure := time.Unix(0, c.base+int64(steady))
	if wall.Sub(sure).Abs() <= Forgives {
		return wall
	}
	by := time.Duration(0) // the computer was off, until one step is too much
	for i := 0; i < len(c.steps) && by+c.steps[i].By <= Forgives; i++ {
		by += c.steps[i].By
	}
	return sure.Add(by)
}

// Started is when something of this process was, by the clock as it is now; at is when it
// was made, as the clock was then.
func (c *Clock) Started(at time.Time) time.Time {
	if now := c.Wall().Add(-(c.steady() - c.began)); now.Sub(at.Round(0)).Abs() > Slack {
		return now.Round(0)
	}
	return at
}

// Tell reports what is wrong with the clock. days is how long events are kept; 0: for
// ever.
func (c *Clock) Tell(h *health.Health, days int) {
	now, wrong := c.wrong(days)
	for _, code := range []health.Code{health.ClockAhead, health.ClockBack} {
		if !wrong || now.Code != code {
			h.Over(code, "")
		}
	}
	if wrong {
		h.Report(now)
	}
}

func (c *Clock) wrong(days int) (what health.Condition, wrong bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	forgiven := Forgives
	if days > 0 { // who keeps less than a month misses it earlier
		forgiven = min(forgiven, time.Duration(max(days, 10))*day)
	}
	wall := c.Wall().Round(0)
	total, left := time.Duration(0), time.Duration(0)
	for i := range c.steps {
		total += c.steps[i].By
		left = max(left, Holds-c.steps[i].Held)
	}
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	calm := c.calmAt(c.looked, wall)
	switch gone := c.shown.Sub(wall); {
	case total > forgiven && wall.After(calm):
		return health.New(health.ClockAhead, "", "Shown", stamp(wall), "Time", stamp(calm), "Hours", int((left+time.Hour-1)/time.Hour)), true
	case gone > Slack:
		return health.New(health.ClockBack, "", "Before", stamp(c.shown), "Shown", stamp(wall)), true
	}
	return what, false
}

// Save writes the file when it is time to, or at the end.
func (c *Clock) Save(end bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !end && !c.dirty && c.looked-c.saved < saveEvery {
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
