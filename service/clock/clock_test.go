package clock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/service/clock/clocktest"
	"linklog/service/health"
)

const twoYears = 2 * 365 * day

// computer is a clock on a computer whose own can be set, and that can be off.
type computer struct {
	t *testing.T
	*clocktest.Clocks
	*Clock
	dir string
}

func newComputer(t *testing.T) *computer {
	c := &computer{t: t, Clocks: clocktest.New(), dir: t.TempDir()}
	c.boot(time.Time{})
	return c
}

func (c *computer) boot(seen time.Time) {
	c.t.Helper()
	c.Clock = New(c.dir, c.Clocks.Now, c.Clocks.Steady)
	if err := c.Begin(seen, seen, 0); err != nil {
		c.t.Fatal(err)
	}
	c.Look(0)
}

// off is a time when the service does not run.
func (c *computer) off(d time.Duration) {
	c.t.Helper()
	if err := c.Save(true); err != nil {
		c.t.Fatal(err)
	}
	c.Pass(d, true)
	c.boot(time.Time{})
}

// on lets time pass while the service runs.
func (c *computer) on(d time.Duration) {
	c.t.Helper()
	for step := 10 * time.Minute; d > 0; d -= step {
		c.Pass(min(d, step), false)
		c.Look(0)
		c.check()
	}
}

// check looks for what must never be: what is confirmed lies in the future.
func (c *computer) check() {
	c.t.Helper()
	if ahead := c.Confirmed().Sub(c.Truth); ahead > Slack {
		c.t.Fatalf("on %v, a time %v later is confirmed", c.Truth, ahead)
	}
}

// jump sets the computer's clock.
func (c *computer) jump(wrong time.Duration) {
	c.Set(wrong)
	c.Look(0)
}

func (c *computer) late() time.Duration { return c.Truth.Sub(c.Confirmed()) }

func (c *computer) says(days int) string {
	what, wrong := c.wrong(days)
	switch {
	case !wrong:
		return ""
	case what.Code == health.ClockAhead:
		return "ahead"
	case what.Code == health.ClockBack:
		return "back"
	}
	return string(what.Code)
}

func (c *computer) expect(late, slack time.Duration, says string) {
	c.t.Helper()
	c.check()
	if got := c.late(); (got - late).Abs() > slack {
		c.t.Errorf("on %v, what is confirmed is %v old, want %v", c.Truth, got, late)
	}
	if got := c.says(365); got != says {
		c.t.Errorf("on %v, the trouble is %q, want %q", c.Truth, got, says)
	}
}

func TestConfirmedTime(t *testing.T) {
	month := 30 * day
	for _, test := range []struct {
		name string
		do   func(c *computer)
	}{
		{"nothing happens", func(c *computer) {
			c.on(10 * day)
			c.expect(0, time.Second, "")
		}},
		{"it sleeps", func(c *computer) {
			c.Pass(10*day, false)
			c.Look(0)
			c.expect(0, time.Second, "")
		}},
		{"ahead for a minute", func(c *computer) {
			c.on(time.Hour)
			c.jump(twoYears)
			c.on(time.Minute)
			c.expect(0, time.Second, "ahead")
			if calm := c.Calm().Sub(c.Truth); calm.Abs() > time.Second {
				c.t.Errorf("what lasts is measured by a time %v ahead", calm)
			}
			c.jump(0)
			c.expect(0, time.Second, "back")
			c.on(25 * time.Hour)
			c.expect(0, time.Second, "")
		}},
		{"ahead for a minute at the start", func(c *computer) {
			c.on(time.Hour)
			c.Set(twoYears)
			c.off(time.Hour)
			c.expect(time.Hour, time.Second, "ahead")
			c.jump(0)
			c.expect(time.Hour, time.Second, "back")
			c.on(Holds + time.Hour)
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
			c.on(Holds - time.Hour)
			c.expect(0, time.Second, "ahead")
			c.Pass(2*time.Hour, false)
			c.Look(0)
			if got := c.Confirmed().Sub(c.Truth); got != twoYears {
				c.t.Errorf("after days, what is confirmed is %v ahead", got)
			}
		}},
		{"ahead bit by bit", func(c *computer) {
			for range 20_000 {
				c.Pass(time.Second, false)
				c.jump(c.Wrong + 50*time.Second)
			}
			if got := c.Confirmed().Sub(c.Truth); got > time.Hour {
				c.t.Errorf("in %v, a clock came %v ahead", 20_000*time.Second, got)
			}
		}},
		{"off for 14 months", func(c *computer) {
			c.on(time.Hour)
			c.off(14 * month)
			c.expect(14*month, time.Second, "ahead")
			c.on(Holds - time.Hour)
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
				c.expect(14*month, 9*day, "ahead")
				c.off(16 * time.Hour)
			}
			c.on(9 * time.Hour)
			c.expect(0, 9*day, "")
		}},
		{"off every night and the week-end", func(c *computer) {
			for n := range 200 {
				if n%7 > 1 {
					c.on(8 * time.Hour)
					c.off(16 * time.Hour)
				} else {
					c.off(day)
				}
				if got := c.says(7) + c.says(365); got != "" || c.late() > 12*day {
					c.t.Fatalf("day %d: %q, %v", n, got, c.late())
				}
			}
		}},
		{"without a battery", func(c *computer) {
			c.off(14 * month)
			for range 20 {
				c.on(4 * time.Hour)
				c.Set(-20 * 365 * day)
				c.off(20 * time.Hour)
				c.on(time.Minute)
				if got := c.says(365); got == "ahead" && c.late() < month {
					c.t.Fatalf("%v late, %s", c.late(), got)
				}
				if calm := c.Calm().Sub(c.Truth); calm.Abs() > 15*month {
					c.t.Fatalf("before the clock is set, it is %v", c.Calm())
				}
				c.jump(0)
			}
			if c.late() > month || c.says(365) == "ahead" {
				c.t.Errorf("%v late, %s", c.late(), c.says(365))
			}
		}},
		{"installed before the clock was set", func(c *computer) {
			c.dir = c.t.TempDir()
			c.Set(-50 * 365 * day)
			c.boot(time.Time{})
			c.on(time.Minute)
			c.jump(0)
			c.expect(0, time.Second, "")
			c.jump(twoYears)
			c.expect(0, time.Second, "ahead")
		}},
		{"installed with a clock that was ahead", func(c *computer) {
			c.dir = c.t.TempDir()
			c.Set(twoYears)
			c.boot(time.Time{})
			c.jump(0)
			c.on(Holds + time.Hour)
			c.expect(0, time.Second, "")
			c.jump(twoYears)
			c.expect(0, time.Second, "ahead")
		}},
		{"set by hours", func(c *computer) {
			c.jump(2 * time.Hour)
			c.expect(0, time.Second, "")
			c.on(Holds + time.Hour - 2*time.Hour) // at the right time again before it counts
			c.jump(0)
			c.on(2 * day)
			c.expect(0, time.Second, "")
		}},
		{"more steps than are kept", func(c *computer) {
			for i := range 3 * maxSteps {
				c.jump(time.Duration(i) * day)
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
			c.Set(twoYears)
			c.boot(c.Truth.Add(-time.Hour))
			c.expect(time.Hour, time.Second, "ahead")
		}},
		{"data of an earlier LinkLog, seen in the future", func(c *computer) {
			c.dir = c.t.TempDir()
			c.boot(c.Truth.Add(twoYears))
			c.expect(0, time.Second, "back")
		}},
		{"a damaged file", func(c *computer) {
			for _, text := range []string{"", "{", `{"confirmed":"0001-01-01T00:00:00Z"}`, `{"confirmed":"2026-10-20T12:00:00Z","ahead":[{"by":-1,"from":1}]}`,
				`{"confirmed":"2026-10-20T12:00:00Z","ahead":[{"by":9223372036854775807,"from":1},{"by":9223372036854775807,"from":1}]}`, `{"confirmed":"9999-01-01T00:00:00Z"}`} {
				if err := os.WriteFile(filepath.Join(c.dir, "clock"), []byte(text), 0o600); err != nil {
					c.t.Fatal(err)
				}
				c.Clock = New(c.dir, c.Clocks.Now, c.Clocks.Steady)
				if err := c.Begin(c.Truth.Add(-14*month), time.Time{}, 0); err == nil || !strings.Contains(err.Error(), c.dir) {
					c.t.Errorf("%q: %v", text, err)
				}
				c.Look(0)
				c.expect(14*month, time.Second, "ahead")
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) { test.do(newComputer(t)) })
	}
}
