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
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/service/book"
	"linklog/service/clock"
	"linklog/service/clock/clocktest"
	"linklog/service/engine"
	"linklog/service/history"
	"linklog/service/settings"
)

const (
	aDay     = 24 * time.Hour
	twoYears = 2 * 365 * aDay
)

// clocked is a Service whose clock can be set.
type clocked struct {
	*running
	*clocktest.Clocks
	t    *testing.T
	dir  string
	sent int
	log  bytes.Buffer // to be read when it has ended
}

func newClocked(t *testing.T) *clocked {
	c := &clocked{t: t, Clocks: clocktest.New(), dir: t.TempDir()}
	c.start()
	return c
}

func (c *clocked) start() {
	c.t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	c.running = runWith(c.t, Config{DataDir: c.dir, Settings: s, now: c.Now, steady: c.Steady, Log: slog.New(slog.NewTextHandler(&c.log, nil))})
}

// restart ends the service and starts it again after a time, with the clock ahead by
// so much.
func (c *clocked) restart(off, wrong time.Duration) {
	c.t.Helper()
	if err := c.end(); err != nil {
		c.t.Fatal(err)
	}
	c.Pass(off, true)
	c.Set(wrong)
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
		c.Intake.Take([]capture.Datagram{{Time: c.Now().UTC(), From: netip.MustParseAddrPort("127.0.0.1:1024"), Data: send.AppendTrap(nil, &e, text)}}, c.Engine.Spool())
		c.Pass(time.Second, false)
	}
	eventually(c.t, "all are stored", func() bool { return c.Engine.History().LastSeq() == c.Engine.Spool().Last() })
}

func (c *clocked) traffic() int64 {
	c.t.Helper()
	n, err := c.Engine.History().Count(c.t.Context(), history.Query{Filter: c.attempted()})
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// attempted is what attempts are found by.
func (c *clocked) attempted() *filter.Matcher {
	c.t.Helper()
	m, err := (&filter.Filter{Direction: "in,out"}).Compile(nil, time.Time{})
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// watched does what the watch does every second, and twice what it does every minute.
func (c *clocked) watched() {
	c.t.Helper()
	eventually(c.t, "files are sealed", func() bool {
		s := c.Engine.History().Segments()
		return !slices.ContainsFunc(s[:len(s)-1], func(i history.SegmentInfo) bool { return !i.Sealed })
	})
	for range 2 {
		c.Engine.LookAtClock()
		c.Engine.Trim()
	}
}

func (c *clocked) problem(where string) string {
	for _, t := range c.Status().Troubles {
		if t.Where() == where {
			return t.Reason().String()
		}
	}
	return ""
}

// gaps are the texts of all gaps.
func (c *clocked) gapTexts() (list []string) {
	c.t.Helper()
	err := c.Engine.History().Each(c.t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if ev.Kind == capture.Gap {
			list = append(list, ev.Message())
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
		{"while it runs", func(c *clocked) { c.Set(twoYears) }, func(c *clocked) { c.Set(0) }},
		{"at the start", func(c *clocked) { c.restart(time.Minute, twoYears) }, func(c *clocked) { c.restart(time.Minute, 0) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClocked(t)
			c.attempts(300)
			c.restart(30*aDay, 0)
			c.attempts(300)
			c.watched()
			c.Pass(clock.Holds, false)
			c.watched()
			if text := c.problem("clock"); text != "" {
				t.Errorf("all is well, but %s", text)
			}

			test.ahead(c)
			c.watched()
			c.attempts(1)
			bad := c.Engine.Last()
			c.watched()
			text := c.problem("clock")
			for _, want := range []string{"this computer's clock says 2028-11-", "it should be 2026-11-", "No events are removed for their age"} {
				if !strings.Contains(text, want) {
					t.Errorf("the trouble is %q, want %q", text, want)
				}
			}
			if _, err := c.Engine.Hosts().CountNew(); err != nil {
				t.Fatal(err)
			}
			if err := c.Engine.Alerts().SetMute(c.Now().Add(time.Hour)); err != nil {
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
			for _, s := range c.Engine.History().Segments() {
				files = append(files, s.File)
			}
			if len(files) != 2 || c.Status().Removed != (engine.Removed{}) {
				t.Errorf("files %v, removed %+v", files, c.Status().Removed)
			}
			eventually(t, fmt.Sprintf("event %d is marked: %q", bad, c.gapTexts()), func() bool {
				return slices.ContainsFunc(c.gapTexts(), func(text string) bool {
					return strings.HasPrefix(text, "this computer's clock was 730 days ahead: the time") && strings.Contains(text, fmt.Sprint(" ", bad, " "))
				})
			})

			// What is asked for by time, and what lasts.
			now := c.Now()
			q := history.Query{Since: now.Add(-301 * time.Second), Filter: c.attempted()}
			if n, err := c.Engine.Count(t.Context(), q); n != 301 || err != nil { // the one from the future is later, too
				t.Errorf("%d events since then, %v", n, err)
			}
			q.Until = now
			if g, err := c.Engine.Group(t.Context(), q, history.Grouping{By: history.ByTime, Bucket: time.Hour}); len(g.List) == 0 || len(g.List) > 2 || g.Rest != 0 || err != nil {
				t.Errorf("a report of the last minutes: %+v, %v", g, err)
			}
			for h, err := range seen(c.Engine.Hosts()) {
				if err != nil || h.FirstSeen.After(now) || h.LastSeen.After(now) {
					t.Errorf("%v was seen from %v to %v, %v", h.Ref, h.FirstSeen, h.LastSeen, err)
				}
			}
			if left := c.Engine.Alerts().Mute().Sub(now); left < 30*time.Minute || left > time.Hour {
				t.Errorf("muted for %v more", left)
			}
			c.Pass(61*time.Second, false)
			c.watched()
			if s := c.Status(); s.PerMinute != 0 || s.Started.After(now) || s.Routers[0].Last.After(time.Now()) {
				t.Errorf("%d events in the last minute, started %v, %+v", s.PerMinute, s.Started, s.Routers)
			}

			// One day all of it goes: the event from the future keeps nothing.
			c.Pass(395*aDay, false)
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
		c.Pass(2*time.Second, true)
		c.Far = years
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
	if err := c.Engine.History().Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
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
		c.Pass(time.Hour, false)
	}
	c.attempts(10)
	c.watched()
	if c.traffic() != 610 || !strings.Contains(c.problem("clock"), "for 72 more hours") {
		t.Fatalf("%d events are left; %s", c.traffic(), c.problem("clock"))
	}
	for range 3 {
		c.Pass(23*time.Hour, false)
		c.watched()
		c.restart(time.Minute, 0)
		c.watched()
	}
	if c.traffic() != 610 || !strings.Contains(c.problem("clock"), "for 3 more hours") {
		t.Errorf("%d events are left; %s", c.traffic(), c.problem("clock"))
	}
	c.Pass(3*time.Hour, false)
	c.watched()
	c.attempts(10)
	c.watched()
	// October is gone; November goes with what came behind it before the clock held.
	if c.traffic() != 320 || len(c.Engine.History().Segments()) != 2 || c.problem("clock") != "" {
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
	c.Set(twoYears)
	c.attempts(1)
	s := c.config.Settings
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
	c.Pass(20*aDay, false)
	c.watched()
	before := c.Now().Add(-51 * aDay)
	if removed, err := c.Engine.Purge(before); len(removed) != 0 || err != nil {
		t.Fatalf("before %v: %+v, %v", before, removed, err)
	}
	removed, err := c.Engine.Purge(before.Add(2 * aDay))
	if err != nil || len(removed) != 1 || c.traffic() != 300 || c.Status().Removed.Why != "request" {
		t.Errorf("removed %+v, %v; %d events are left", removed, err, c.traffic())
	}
}

// What an earlier LinkLog left when its clock was ahead is mended, once it is known
// what time it is.
func TestClockWasAheadBefore(t *testing.T) {
	c := newClocked(t)
	c.attempts(5)
	c.Set(twoYears)
	c.attempts(5)
	c.Set(0)
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(c.dir, "clock")); err != nil {
		t.Fatal(err)
	}
	now := c.Now()
	if err := os.Chtimes(filepath.Join(c.dir, "alive"), now, now); err != nil {
		t.Fatal(err)
	}
	c.start()
	c.watched()
	after := 0
	for h, err := range seen(c.Engine.Hosts()) {
		if after++; err != nil || h.FirstSeen.After(now) || h.LastSeen.After(now) {
			t.Errorf("%v was seen from %v to %v, %v", h.Ref, h.FirstSeen, h.LastSeen, err)
		}
	}
	if after != 10 || !strings.Contains(c.problem("clock"), "was set back") {
		t.Errorf("%d hosts, %s", after, c.problem("clock"))
	}
}
