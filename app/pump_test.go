package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A test in a bubble has its own clock: what is counted is exact.
func pumped(t *testing.T, test func(p *pump, taken *int)) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		calls := make(chan func(), 1000) // Fyne's queue
		p := newPump(func() { taken++ }, func(f func()) { calls <- f })
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx)
		go func() {
			for {
				select {
				case f := <-calls:
					f()
				case <-ctx.Done():
					return
				}
			}
		}()
		test(p, &taken)
		cancel()
		synctest.Wait()
	})
}

// flood wakes the pump all the time for a while.
func flood(p *pump, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Millisecond) {
		p.wake()
	}
	synctest.Wait()
}

// How often is taken is bounded: less often while new rows are out of sight, and less
// still while nobody looks.
func TestPumpIsBounded(t *testing.T) {
	pumped(t, func(p *pump, taken *int) {
		for _, c := range []struct {
			visible, slow bool
			least, most   int
		}{{true, false, 33, 35}, {true, true, 19, 22}, {false, false, 9, 12}, {false, true, 9, 12}, {true, false, 33, 35}} {
			p.setVisible(c.visible)
			p.setSlow(c.slow)
			synctest.Wait()
			before := *taken
			flood(p, 10*time.Second)
			if n := *taken - before; n < c.least || n > c.most {
				t.Errorf("visible %t, slow %t: taken %d times in 10 s", c.visible, c.slow, n)
			}
		}
	})
}

func TestPumpSleepsWhileNothingComes(t *testing.T) {
	pumped(t, func(p *pump, taken *int) {
		p.setVisible(true)
		flood(p, time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		last := *taken
		time.Sleep(time.Hour)
		synctest.Wait()
		if *taken != last {
			t.Error("taken though nothing came")
		}
		p.wake()
		synctest.Wait()
		if *taken != last+1 {
			t.Error("the first after a while has to wait")
		}
	})
}

// What came while nobody looked is shown at once when the window is, and when the
// newest rows are in sight again.
func TestPumpHurriesWhenSeen(t *testing.T) {
	pumped(t, func(p *pump, taken *int) {
		flood(p, 10*time.Second)
		time.Sleep(time.Millisecond)
		p.wake()
		synctest.Wait()
		before := *taken
		p.setVisible(true)
		synctest.Wait()
		if *taken != before+1 {
			t.Errorf("taken %d times when the window was shown", *taken-before)
		}
		p.setSlow(true)
		flood(p, time.Second)
		p.wake()
		synctest.Wait()
		before = *taken
		p.setSlow(false)
		synctest.Wait()
		if *taken == before {
			t.Error("what came has to wait though its rows are in sight")
		}
	})
}

// While Fyne's thread is busy nothing piles up in its queue.
func TestOneCallInFynesQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue []func()
		p := newPump(func() {}, func(f func()) { queue = append(queue, f) })
		p.setVisible(true)
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx)
		flood(p, 10*time.Second)
		cancel()
		synctest.Wait()
		if len(queue) != 1 {
			t.Errorf("%d calls are waiting", len(queue))
		}
	})
}
