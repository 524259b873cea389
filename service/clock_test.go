package service

import (
	"bytes"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/service/book"
	"linklog/service/history"
	"linklog/service/settings"
)

const twoYears = 2 * 365 * aDay

// clocks are what an Engine or a clock takes for the computer's.
type clocks struct {
	mu     sync.Mutex
	truth  time.Time
	wrong  time.Duration // the computer's clock is ahead of the truth
	uptime time.Duration
	far    int // and years beside that, more than a Duration has
}

func newClocks() *clocks { return &clocks{truth: time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clocks) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.truth.Add(c.wrong).AddDate(c.far, 0, 0)
}

func (c *clocks) steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.uptime
}

// pass lets time pass, off while the computer is off.
func (c *clocks) pass(d time.Duration, off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.truth = c.truth.Add(d)
	if c.uptime += d; off {
		c.uptime = 0
	}
}

func (c *clocks) set(wrong time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = wrong
}

// computer is a clock on a computer whose own can be set, and that can be off.
type computer struct {
	t *testing.T
	*clocks
	*clock
	dir string
}

func newComputer(t *testing.T) *computer {
	c := &computer{t: t, clocks: newClocks(), dir: t.TempDir()}
	c.boot(time.Time{})
	return c
}

func (c *computer) boot(seen time.Time) {
	c.t.Helper()
	c.clock = newClock(&Config{DataDir: c.dir, now: c.clocks.now, steady: c.clocks.steady})
	if err := c.begin(seen, seen, 0); err != nil {
		c.t.Fatal(err)
	}
	c.look(0)
}

// off is a time when the service does not run.
func (c *computer) off(d time.Duration) {
	c.t.Helper()
	if err := c.save(true); err != nil {
		c.t.Fatal(err)
	}
	c.pass(d, true)
	c.boot(time.Time{})
}

// on lets time pass while the service runs.
func (c *computer) on(d time.Duration) {
	c.t.Helper()
	for step := 10 * time.Minute; d > 0; d -= step {
		c.pass(min(d, step), false)
		c.look(0)
		c.check()
	}
}

// check looks for what must never be: what is confirmed lies in the future.
func (c *computer) check() {
	c.t.Helper()
	if ahead := c.confirmed().Sub(c.truth); ahead > clockSlack {
		c.t.Fatalf("on %v, a time %v later is confirmed", c.truth, ahead)
	}
}

// jump sets the computer's clock.
func (c *computer) jump(wrong time.Duration) {
	c.set(wrong)
	c.look(0)
}

func (c *computer) late() time.Duration { return c.truth.Sub(c.confirmed()) }

func (c *computer) says(days int) string {
	switch err := c.trouble(days); {
	case err == nil:
		return ""
	case strings.Contains(err.Error(), "this computer's clock says"):
		return "ahead"
	case strings.Contains(err.Error(), "set back"):
		return "back"
	default:
		return err.Error()
	}
}

func (c *computer) expect(late, slack time.Duration, says string) {
	c.t.Helper()
	c.check()
	if got := c.late(); (got - late).Abs() > slack {
		c.t.Errorf("on %v, what is confirmed is %v old, want %v", c.truth, got, late)
	}
	if got := c.says(365); got != says {
		c.t.Errorf("on %v, the trouble is %q, want %q", c.truth, got, says)
	}
}

func TestConfirmedTime(t *testing.T) {
	month := 30 * aDay
	for _, test := range []struct {
		name string
		do   func(c *computer)
	}{
		{"nothing happens", func(c *computer) {
			c.on(10 * aDay)
			c.expect(0, time.Second, "")
		}},
		{"it sleeps", func(c *computer) {
			c.pass(10*aDay, false)
			c.look(0)
			c.expect(0, time.Second, "")
		}},
		{"ahead for a minute", func(c *computer) {
			c.on(time.Hour)
			c.jump(twoYears)
			c.on(time.Minute)
			c.expect(0, time.Second, "ahead")
			if calm := c.calm().Sub(c.truth); calm.Abs() > time.Second {
				c.t.Errorf("what lasts is measured by a time %v ahead", calm)
			}
			c.jump(0)
			c.expect(0, time.Second, "back")
			c.on(25 * time.Hour)
			c.expect(0, time.Second, "")
		}},
		{"ahead for a minute at the start", func(c *computer) {
			c.on(time.Hour)
			c.set(twoYears)
			c.off(time.Hour)
			c.expect(time.Hour, time.Second, "ahead")
			c.jump(0)
			c.expect(time.Hour, time.Second, "back")
			c.on(clockHolds + time.Hour)
			c.expect(0, time.Second, "")
		}},
		{"ahead for a minute, again and again", func(c *computer) {
			for range 200 {
				c.jump(twoYears)
				c.on(10 * time.Minute)
				c.expect(0, time.Minute, "ahead")
				c.jump(-5 * time.Second)
				c.on(50 * time.Minute)
				c.jump(-2 * time.Hour)
				c.on(time.Minute)
				c.jump(0)
			}
		}},
		{"ahead for days", func(c *computer) {
			c.jump(twoYears)
			c.on(clockHolds - time.Hour)
			c.expect(0, time.Second, "ahead")
			c.pass(2*time.Hour, false)
			c.look(0)
			if got := c.confirmed().Sub(c.truth); got != twoYears {
				c.t.Errorf("after days, what is confirmed is %v ahead", got)
			}
		}},
		{"ahead bit by bit", func(c *computer) {
			for range 20_000 {
				c.pass(time.Second, false)
				c.jump(c.wrong + 50*time.Second)
			}
			if got := c.confirmed().Sub(c.truth); got > time.Hour {
				c.t.Errorf("in %v, a clock came %v ahead", 20_000*time.Second, got)
			}
		}},
		{"off for 14 months", func(c *computer) {
			c.on(time.Hour)
			c.off(14 * month)
			c.expect(14*month, time.Second, "ahead")
			c.on(clockHolds - time.Hour)
			c.expect(14*month, time.Second, "ahead")
			c.on(2 * time.Hour)
			c.expect(0, time.Second, "")
		}},
		{"off for 14 months, then restarted again and again", func(c *computer) {
			c.off(14 * month)
			for range 200 {
				c.off(0)
			}
			c.expect(14*month, time.Second, "ahead")
			for range 8 { // in the evenings
				c.on(8 * time.Hour)
				c.expect(14*month, 9*aDay, "ahead")
				c.off(16 * time.Hour)
			}
			c.on(9 * time.Hour)
			c.expect(0, 9*aDay, "")
		}},
		{"off every night and the week-end", func(c *computer) {
			for day := range 200 {
				if day%7 > 1 {
					c.on(8 * time.Hour)
					c.off(16 * time.Hour)
				} else {
					c.off(aDay)
				}
				if got := c.says(7) + c.says(365); got != "" || c.late() > 12*aDay {
					c.t.Fatalf("day %d: %q, %v", day, got, c.late())
				}
			}
		}},
		{"without a battery", func(c *computer) {
			c.off(14 * month)
			for range 20 {
				c.on(4 * time.Hour)
				c.set(-20 * 365 * aDay)
				c.off(20 * time.Hour)
				c.on(time.Minute)
				if got := c.says(365); got == "ahead" && c.late() < month {
					c.t.Fatalf("%v late, %s", c.late(), got)
				}
				if calm := c.calm().Sub(c.truth); calm.Abs() > 15*month {
					c.t.Fatalf("before the clock is set, it is %v", c.calm())
				}
				c.jump(0)
			}
			if c.late() > month || c.says(365) == "ahead" {
				c.t.Errorf("%v late, %s", c.late(), c.says(365))
			}
		}},
		{"installed before the clock was set", func(c *computer) {
			c.dir = c.t.TempDir()
			c.set(-50 * 365 * aDay)
			c.boot(time.Time{})
			c.on(time.Minute)
			c.jump(0)
			c.expect(0, time.Second, "")
			c.jump(twoYears)
			c.expect(0, time.Second, "ahead")
		}},
		{"installed with a clock that was ahead", func(c *computer) {
			c.dir = c.t.TempDir()
			c.set(twoYears)
			c.boot(time.Time{})
			c.jump(0)
			c.on(clockHolds + time.Hour)
			c.expect(0, time.Second, "")
			c.jump(twoYears)
			c.expect(0, time.Second, "ahead")
		}},
		{"set by hours", func(c *computer) {
			c.jump(2 * time.Hour)
			c.expect(0, time.Second, "")
			c.on(clockHolds + time.Hour - 2*time.Hour) // at the right time again before it counts
			c.jump(0)
			c.on(2 * aDay)
			c.expect(0, time.Second, "")
		}},
		{"more steps than are kept", func(c *computer) {
			for i := range 3 * maxSteps {
				c.jump(time.Duration(i) * aDay)
			}
			c.expect(0, time.Second, "ahead")
			c.off(0)
			c.jump(0)
			c.expect(0, time.Second, "back")
			if len(c.steps) > 0 {
				c.t.Error(c.steps)
			}
		}},
		{"data of an earlier LinkLog, the clock ahead", func(c *computer) {
			c.dir = c.t.TempDir()
			c.set(twoYears)
			c.boot(c.truth.Add(-time.Hour))
			c.expect(time.Hour, time.Second, "ahead")
		}},
		{"data of an earlier LinkLog, seen in the future", func(c *computer) {
			c.dir = c.t.TempDir()
			c.boot(c.truth.Add(twoYears))
			c.expect(0, time.Second, "back")
		}},
		{"a damaged file", func(c *computer) {
			for _, text := range []string{"", "{", `{"confirmed":"0001-01-01T00:00:00Z"}`, `{"confirmed":"2026-10-20T12:00:00Z","ahead":[{"by":-1,"from":1}]}`,
				`{"confirmed":"2026-10-20T12:00:00Z","ahead":[{"by":9223372036854775807,"from":1},{"by":9223372036854775807,"from":1}]}`, `{"confirmed":"9999-01-01T00:00:00Z"}`} {
				if err := os.WriteFile(filepath.Join(c.dir, "clock"), []byte(text), 0o600); err != nil {
					c.t.Fatal(err)
				}
				c.clock = newClock(&Config{DataDir: c.dir, now: c.clocks.now, steady: c.clocks.steady})
				if err := c.begin(c.truth.Add(-14*month), time.Time{}, 0); err == nil || !strings.Contains(err.Error(), c.dir) {
					c.t.Errorf("%q: %v", text, err)
				}
				c.look(0)
				c.expect(14*month, time.Second, "ahead")
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) { test.do(newComputer(t)) })
	}
}

// clocked is an Engine whose clock can be set.
type clocked struct {
	*running
	*clocks
	t    *testing.T
	dir  string
	sent int
	log  bytes.Buffer // to be read when it has ended
}

func newClocked(t *testing.T) *clocked {
	c := &clocked{t: t, clocks: newClocks(), dir: t.TempDir()}
	c.start()
	return c
}

func (c *clocked) start() {
	c.t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	c.running = runWith(c.t, Config{DataDir: c.dir, Settings: s, now: c.now, steady: c.steady, Log: slog.New(slog.NewTextHandler(&c.log, nil))})
}

// restart ends the service and starts it again after a time, with the clock ahead by
// so much.
func (c *clocked) restart(off, wrong time.Duration) {
	c.t.Helper()
	if err := c.end(); err != nil {
		c.t.Fatal(err)
	}
	c.pass(off, true)
	c.set(wrong)
	c.start()
}

// attempts receives n attempts of hosts of their own, a second apart, and waits until
// they are stored.
func (c *clocked) attempts(n int) {
	c.t.Helper()
	var e send.Encoding
	for range n {
		c.sent++
		text := fmt.Sprintf("@in TCP from 203.0.%d.%d:4000 to 192.168.1.10:80", c.sent/250, c.sent%250+1)
		c.receive([]capture.Datagram{{Time: c.now().UTC(), From: netip.MustParseAddrPort("127.0.0.1:1024"), Data: send.AppendTrap(nil, &e, text)}})
		c.pass(time.Second, false)
	}
	eventually(c.t, "all are stored", func() bool { return c.history.LastSeq() == c.spool.Last() })
}

func (c *clocked) traffic() int64 {
	c.t.Helper()
	n, err := c.history.Count(c.t.Context(), history.Query{Filter: c.attempted()})
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// attempted is what attempts are found by.
func (c *clocked) attempted() *filter.Matcher {
	c.t.Helper()
	m, err := (&filter.Filter{Direction: "in,out"}).Compile(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// watched does what the watch does every second, and twice what it does every minute.
func (c *clocked) watched() {
	c.t.Helper()
	eventually(c.t, "files are sealed", func() bool {
		s := c.history.Segments()
		return !slices.ContainsFunc(s[:len(s)-1], func(i history.SegmentInfo) bool { return !i.Sealed })
	})
	for range 2 {
		c.lookAtClock()
		c.trim()
	}
}

func (c *clocked) problem(where string) string {
	for _, t := range c.Status().Troubles {
		if t.Where == where {
			return t.Text
		}
	}
	return ""
}

// gaps are the texts of all gaps.
func (c *clocked) gapTexts() (list []string) {
	c.t.Helper()
	err := c.history.Each(c.t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if ev.Kind == capture.Gap {
			list = append(list, ev.Text)
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

// A clock that is two years ahead for a minute, while the service runs or when it
// starts, costs nothing: no event, nothing that is known of hosts.
func TestClockAhead(t *testing.T) {
	for _, test := range []struct {
		name         string
		ahead, right func(c *clocked)
	}{
		{"while it runs", func(c *clocked) { c.set(twoYears) }, func(c *clocked) { c.set(0) }},
		{"at the start", func(c *clocked) { c.restart(time.Minute, twoYears) }, func(c *clocked) { c.restart(time.Minute, 0) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClocked(t)
			c.attempts(300)
			c.restart(30*aDay, 0)
			c.attempts(300)
			c.watched()
			c.pass(clockHolds, false)
			c.watched()
			if text := c.problem("clock"); text != "" {
				t.Errorf("all is well, but %s", text)
			}

			test.ahead(c)
			c.watched()
			c.attempts(1)
			bad := c.Last()
			c.watched()
			text := c.problem("clock")
			for _, want := range []string{"this computer's clock says 2028-11-", "it is 2026-11-", "No events are removed for their age"} {
				if !strings.Contains(text, want) {
					t.Errorf("the trouble is %q, want %q", text, want)
				}
			}
			if _, err := c.hosts.CountNew(); err != nil {
				t.Fatal(err)
			}
			if err := c.alerts.SetMute(c.now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}

			test.right(c)
			c.watched()
			if text := c.problem("clock"); !strings.Contains(text, "was set back") {
				t.Errorf("right again, the trouble is %q", text)
			}
			c.attempts(300)
			c.watched()
			if c.traffic() != 901 {
				t.Errorf("%d of 901 events are left", c.traffic())
			}
			var files []string
			for _, s := range c.history.Segments() {
				files = append(files, s.File)
			}
			if len(files) != 2 || c.Status().Removed != (Removed{}) {
				t.Errorf("files %v, removed %+v", files, c.Status().Removed)
			}
			eventually(t, fmt.Sprintf("event %d is marked: %q", bad, c.gapTexts()), func() bool {
				return slices.ContainsFunc(c.gapTexts(), func(text string) bool {
					return strings.HasPrefix(text, "this computer's clock was 730 days ahead: the time") && strings.Contains(text, fmt.Sprint(" ", bad, " "))
				})
			})

			// What is asked for by time, and what lasts.
			now := c.now()
			q := history.Query{Since: now.Add(-301 * time.Second), Filter: c.attempted()}
			if n, err := c.Count(t.Context(), q); n != 301 || err != nil { // the one from the future is later, too
				t.Errorf("%d events since then, %v", n, err)
			}
			q.Until = now
			if g, err := c.Group(t.Context(), q, history.Grouping{By: history.ByTime, Bucket: time.Hour}); len(g.List) == 0 || len(g.List) > 2 || g.Rest != 0 || err != nil {
				t.Errorf("a report of the last minutes: %+v, %v", g, err)
			}
			for h, err := range seen(c.hosts) {
				if err != nil || h.FirstSeen.After(now) || h.LastSeen.After(now) {
					t.Errorf("%v was seen from %v to %v, %v", h.Ref, h.FirstSeen, h.LastSeen, err)
				}
			}
			if left := c.alerts.Mute().Sub(now); left < 30*time.Minute || left > time.Hour {
				t.Errorf("muted for %v more", left)
			}
			c.pass(61*time.Second, false)
			c.watched()
			if s := c.Status(); s.PerMinute != 0 || s.Started.After(now) || s.Routers[0].Last.After(time.Now()) {
				t.Errorf("%d events in the last minute, started %v, %+v", s.PerMinute, s.Started, s.Routers)
			}

			// One day all of it goes: the event from the future keeps nothing.
			c.pass(395*aDay, false)
			c.watched()
			c.attempts(1)
			c.watched()
			removed := c.Status().Removed
			if c.traffic() != 1 || removed.Files != 2 || removed.Events < 901 || removed.Why != "age" || removed.When.Before(now) || removed.Until.After(now.Add(aDay)) {
				t.Errorf("%d events are left, removed %+v", c.traffic(), removed)
			}
			if err := c.end(); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(c.log.String(), `msg="old events removed" why=age file=history-2026-1`); n != 2 {
				t.Errorf("%d removals are in the log: %s", n, &c.log)
			}
		})
	}
}

// seen are all hosts.
// A clock that is centuries ahead is wrong, too, though no counter of nanoseconds goes
// that far.
func TestClockCenturiesAhead(t *testing.T) {
	c := newClocked(t)
	c.attempts(3)
	restart := func(years int) {
		t.Helper()
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
		c.pass(2*time.Second, true)
		c.far = years
		c.start()
	}
	for _, years := range []int{290, 500, 5000} {
		restart(years)
		c.watched()
		if got := c.problem("clock"); !strings.Contains(got, "its clock is wrong: please set it") {
			t.Errorf("%d years ahead: %q", years, got)
		}
		restart(0)
		c.watched()
		if got := c.problem("clock"); strings.Contains(got, "please set it") {
			t.Errorf("right again: %q", got)
		}
	}
	if err := c.history.Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if since := ev.Since; ev.Kind == capture.Gap && !since.IsZero() && (since.Year() < 2026 || since.Year() > 2199) {
			t.Errorf("a gap since %v", since)
		}
		return nil
	}); err != nil || c.traffic() != 3 {
		t.Errorf("%d attempts, %v", c.traffic(), err)
	}
}

func seen(s *book.Store) iter.Seq2[book.Host, error] {
	return func(yield func(book.Host, error) bool) {
		list, err := s.Hosts(book.HostQuery{Limit: -1})
		if err != nil {
			yield(book.Host{}, err)
		}
		for _, h := range list {
			if !yield(h, err) {
				return
			}
		}
	}
}

// After more than a year in the cupboard what is too old is removed, but not before
// the clock has held for days, however often the service is started meanwhile.
func TestClockAfterALongTime(t *testing.T) {
	c := newClocked(t)
	c.attempts(300)
	c.restart(30*aDay, 0)
	c.attempts(300)
	for range 3 {
		c.restart(140*aDay, 0)
		c.pass(time.Hour, false)
	}
	c.attempts(10)
	c.watched()
	if c.traffic() != 610 || !strings.Contains(c.problem("clock"), "for 72 more hours") {
		t.Fatalf("%d events are left; %s", c.traffic(), c.problem("clock"))
	}
	for range 3 {
		c.pass(23*time.Hour, false)
		c.watched()
		c.restart(time.Minute, 0)
		c.watched()
	}
	if c.traffic() != 610 || !strings.Contains(c.problem("clock"), "for 3 more hours") {
		t.Errorf("%d events are left; %s", c.traffic(), c.problem("clock"))
	}
	c.pass(3*time.Hour, false)
	c.watched()
	c.attempts(10)
	c.watched()
	// October is gone; November goes with what came behind it before the clock held.
	if c.traffic() != 320 || len(c.history.Segments()) != 2 || c.problem("clock") != "" {
		t.Errorf("%d events are left; %s", c.traffic(), c.problem("clock"))
	}
	if slices.ContainsFunc(c.gapTexts(), func(text string) bool { return strings.Contains(text, "ahead") }) {
		t.Errorf("times that were right are marked: %q", c.gapTexts())
	}
}

// Size is no matter of time.
func TestClockAheadAndSize(t *testing.T) {
	c := newClocked(t)
	c.attempts(300)
	c.restart(30*aDay, 0)
	c.attempts(300)
	c.set(twoYears)
	c.attempts(1)
	s := c.settings
	s.History.Size = 1
	if err := c.Reload(s); err != nil {
		t.Fatal(err)
	}
	c.watched()
	if removed := c.Status().Removed; c.traffic() != 301 || removed.Why != "size" || removed.Files != 1 {
		t.Errorf("%d events are left, removed %+v", c.traffic(), removed)
	}
}

// What a user asks to be removed is older than the time he says, not than the newest
// event.
func TestPurge(t *testing.T) {
	c := newClocked(t)
	c.attempts(300)
	c.restart(30*aDay, 0)
	c.attempts(300)
	c.pass(20*aDay, false)
	c.watched()
	before := c.now().Add(-51 * aDay)
	if removed, err := c.Purge(before); len(removed) != 0 || err != nil {
		t.Fatalf("before %v: %+v, %v", before, removed, err)
	}
	removed, err := c.Purge(before.Add(2 * aDay))
	if err != nil || len(removed) != 1 || c.traffic() != 300 || c.Status().Removed.Why != "request" {
		t.Errorf("removed %+v, %v; %d events are left", removed, err, c.traffic())
	}
}

// What an earlier LinkLog left when its clock was ahead is mended, once it is known
// what time it is.
func TestClockWasAheadBefore(t *testing.T) {
	c := newClocked(t)
	c.attempts(5)
	c.set(twoYears)
	c.attempts(5)
	c.set(0)
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(c.dir, "clock")); err != nil {
		t.Fatal(err)
	}
	now := c.now()
	if err := os.Chtimes(filepath.Join(c.dir, "alive"), now, now); err != nil {
		t.Fatal(err)
	}
	c.start()
	c.watched()
	after := 0
	for h, err := range seen(c.hosts) {
		if after++; err != nil || h.FirstSeen.After(now) || h.LastSeen.After(now) {
			t.Errorf("%v was seen from %v to %v, %v", h.Ref, h.FirstSeen, h.LastSeen, err)
		}
	}
	if after != 10 || !strings.Contains(c.problem("clock"), "was set back") {
		t.Errorf("%d hosts, %s", after, c.problem("clock"))
	}
}
