package alerts

import (
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

const twoYears = 2 * 365 * 24 * time.Hour

// wrong is a bench whose clock can be wrong while the steady time goes on.
type wrong struct {
	*bench
	ahead time.Duration
}

func newWrong(t *testing.T, o Options) *wrong {
	w := &wrong{bench: &bench{t: t, clock: booktest.NewClock()}}
	w.of.Now = func() time.Time { return w.clock.T.Add(w.ahead) }
	w.of.Steady = w.clock.Now
	if o.NameWait == 0 {
		o.NameWait = -1
	}
	w.o = o
	w.open(t.TempDir() + "/state.db")
	return w
}

// out is an attempt at what the clock says is now.
func (w *wrong) out(dst string) bool {
	w.t.Helper()
	ev := w.event(capture.Out, "192.168.1.10:50000", dst)
	ev.Time = w.of.Now()
	w.Observe(&ev)
	return ev.New
}

// untilDue lets seconds pass, and calls Tick when Due says so, as the service does.
func (b *bench) untilDue(seconds int) {
	b.t.Helper()
	for range seconds {
		b.clock.Advance(time.Second)
		if due, ok := b.Due(); ok && !due.After(b.clock.T) {
			b.tick(0)
		}
	}
}

// told is expect, without anything that is done for it.
func (b *bench) told(want string) {
	b.t.Helper()
	list, err := b.After(0, -1)
	if got := short(list); got != want || err != nil {
		b.t.Errorf("alerts: got %q, want %q, %v", got, want, err)
	}
}

// A clock that is years ahead, or behind, for a moment or at the start, ends nothing
// that lasts, and makes nothing last for years.
func TestWrongClock(t *testing.T) {
	for _, test := range []struct {
		name  string
		ahead time.Duration
	}{{"ahead", twoYears}, {"behind", -50 * 365 * 24 * time.Hour}} {
		t.Run(test.name, func(t *testing.T) {
			t.Run("learning", func(t *testing.T) {
				w := newWrong(t, Options{Learning: 24 * time.Hour})
				w.out("203.0.113.1:443")
				w.expect("")
				w.ahead = test.ahead
				w.out("203.0.113.2:443")
				w.tick(time.Minute)
				w.reopen()
				w.out("203.0.113.3:443")
				w.tick(time.Minute)
				w.expect("")
				if u := w.LearningUntil().Sub(w.of.Now()); u < 23*time.Hour || u > 24*time.Hour {
					t.Errorf("it goes on for %v, as is told", u)
				}
				w.ahead = 0
				w.tick(24 * time.Hour)
				w.out("203.0.113.4:443")
				w.expect("new-host 203.0.113.4")
			})
			t.Run("mute", func(t *testing.T) {
				w := newWrong(t, Options{})
				if err := w.SetMute(w.of.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				w.out("203.0.113.1:443")
				w.ahead = test.ahead
				w.tick(time.Minute)
				w.expect("")
				if left := w.Mute().Sub(w.of.Now()); left.Round(time.Minute) != 59*time.Minute {
					t.Errorf("muted for %v more", left)
				}
				// For an hour from now on, whatever the clock says.
				if err := w.SetMute(w.of.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				w.ahead = 0
				w.reopen()
				if left := w.Mute().Sub(w.of.Now()); left.Round(time.Minute) != time.Hour {
					t.Errorf("right again: muted for %v more", left)
				}
				w.tick(time.Hour + awayLimit)
				w.expect("new-host 203.0.113.1")
				if m := w.Mute(); !m.IsZero() {
					t.Errorf("muted until %v", m)
				}
			})
			t.Run("alerts", func(t *testing.T) {
				w := newWrong(t, Options{})
				w.ahead = test.ahead
				for _, host := range []string{"203.0.113.1:443", "203.0.113.2:443", "203.0.113.3:443", "203.0.113.4:443", "203.0.113.5:443"} {
					w.out(host)
				}
				w.wanIs("198.51.100.1")
				w.wanIs("198.51.100.2")
				w.ahead = 0
				w.wanIs("198.51.100.3")
				w.commit()
				w.untilDue(120)
				w.told("new-host 203.0.113.1, new-host 203.0.113.2, new-host 203.0.113.3, " +
					"wan-change 198.51.100.1>198.51.100.2, new-host 203.0.113.4, new-host 203.0.113.5, wan-change 198.51.100.2>198.51.100.3")
			})
		})
	}
}

// A steady time that was set back itself, as in a file of a computer with another clock,
// holds nothing up for years.
func TestSteadyTimeSetBack(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.clock.Advance(twoYears)
	for i := range 5 {
		b.out(public(i).String() + ":443")
	}
	b.wanIs("198.51.100.1")
	b.wanIs("198.51.100.2")
	b.commit()
	b.tick(0)
	b.clock.Advance(time.Second)
	b.wanIs("198.51.100.3")
	b.commit()
	b.clock.Advance(-twoYears)
	b.reopen()
	b.untilDue(3)
	b.told("new-host 45.0.0.0, new-host 45.0.0.1, new-host 45.0.0.2, wan-change 198.51.100.1>198.51.100.2, " +
		"new-host 45.0.0.3, new-host 45.0.0.4, wan-change 198.51.100.2>198.51.100.3")
}

// After a real year nothing that lasts is cut short or drawn out when the steady time
// is set right.
func TestShift(t *testing.T) {
	w := newWrong(t, Options{Learning: time.Hour})
	if err := w.SetMute(w.of.Now().Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, by := range []time.Duration{twoYears, -2 * twoYears} {
		w.clock.Advance(by)
		w.ahead -= by
		if err := w.Shift(by); err != nil {
			t.Fatal(err)
		}
		w.reopen()
		w.tick(time.Minute)
		if left := w.LearningUntil().Sub(w.of.Now()).Round(time.Hour); left != time.Hour {
			t.Errorf("learning for %v more", left)
		}
		if left := w.Mute().Sub(w.of.Now()).Round(time.Hour); left != 2*time.Hour {
			t.Errorf("muted for %v more", left)
		}
	}
}
