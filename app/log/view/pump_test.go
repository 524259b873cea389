package view

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A test in a bubble has its own clock: what is counted is exact.
func pumped(t *testing.T, test func(p *pump, updates *int, queued *int)) {
	synctest.Test(t, func(t *testing.T) {
		var updates, queued int
		calls := make(chan func(), 1000) // Fyne's queue
		p := &pump{do: func(f func()) { calls <- f }, update: func() { updates++ }}
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case f := <-calls:
					queued++
					f()
				case <-stop:
					return
				}
			}
		}()
		test(p, &updates, &queued)
		p.setActive(false)
		time.Sleep(time.Second)
		close(stop)
	})
}

func TestUpdatesAreBounded(t *testing.T) {
	pumped(t, func(p *pump, updates, queued *int) {
		p.setActive(true)
		for range 2000 { // 2 s
			p.mark()
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if *updates < 18 || *updates > 21 {
			t.Errorf("%d updates in 2 s", *updates)
		}
		if *queued != *updates {
			t.Errorf("%d calls for %d updates", *queued, *updates)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		last := *updates
		time.Sleep(time.Hour)
		synctest.Wait()
		if *updates != last {
			t.Error("updates without a change")
		}
		p.mark()
		time.Sleep(time.Microsecond)
		synctest.Wait()
		if *updates != last+1 {
			t.Error("the first change after a while has to wait")
		}
	})
}

func TestHiddenDoesNothing(t *testing.T) {
	pumped(t, func(p *pump, updates, queued *int) {
		for range 100 {
			p.mark()
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if *updates != 0 || *queued != 0 {
			t.Errorf("%d updates, %d calls while hidden", *updates, *queued)
		}
		p.setActive(true)
		time.Sleep(interval)
		synctest.Wait()
		if *updates != 1 {
			t.Errorf("%d updates after it was shown", *updates)
		}
		p.setActive(false)
		p.setActive(true)
		time.Sleep(time.Second)
		synctest.Wait()
		if *updates != 1 {
			t.Errorf("%d updates though nothing changed", *updates)
		}
	})
}

// While Fyne's thread is busy nothing piles up in its queue.
func TestOnePendingCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue []func()
		p := &pump{do: func(f func()) { queue = append(queue, f) }, update: func() {}}
		p.setActive(true)
		for range 100 {
			p.mark()
			time.Sleep(interval)
		}
		synctest.Wait()
		if len(queue) != 1 {
			t.Errorf("%d calls are waiting", len(queue))
		}
	})
}

func TestSlowWhileOutOfSight(t *testing.T) {
	pumped(t, func(p *pump, updates, queued *int) {
		p.setActive(true)
		p.setSlow(true)
		for range 200 { // 10 s
			p.mark()
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(slow)
		synctest.Wait()
		if *updates < 18 || *updates > 22 {
			t.Errorf("%d updates in 10 s", *updates)
		}
		last := *updates
		p.setSlow(false)
		for range 10 {
			p.mark()
			time.Sleep(interval)
		}
		synctest.Wait()
		if n := *updates - last; n < 9 {
			t.Errorf("%d updates in 1 s", n)
		}
	})
}

// Who comes each interval on Fyne's thread has every update at once, also if he is a
// little early; who comes more often has no more than others.
func TestUpdatesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var updates atomic.Int32 // changed by timers, too, which on Fyne's thread are not
		p := &pump{do: func(f func()) { f() }, update: func() { updates.Add(1) }}
		p.setActive(true)
		for i := range 100 {
			p.markNow()
			if n := updates.Load(); int(n) != i+1 {
				t.Fatalf("%d updates after %d changes", n, i+1)
			}
			time.Sleep(interval - early)
		}
		updates.Store(0)
		for range 1000 {
			p.markNow()
			time.Sleep(interval / 100)
		}
		time.Sleep(slow)
		synctest.Wait()
		if n := updates.Load(); n < 9 || n > 14 {
			t.Errorf("%d updates in 10 intervals", n)
		}
		p.setSlow(true)
		time.Sleep(slow)
		updates.Store(0)
		for range 20 {
			p.markNow()
			time.Sleep(interval)
		}
		if n := updates.Load(); n < 3 || n > 5 {
			t.Errorf("%d updates in 2 s, slow", n)
		}
		p.setActive(false)
		time.Sleep(slow)
		synctest.Wait()
		updates.Store(0)
		p.markNow()
		if updates.Load() != 0 {
			t.Error("an update that nobody sees")
		}
	})
}
