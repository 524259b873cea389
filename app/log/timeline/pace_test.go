package timeline

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// While something comes again and again the line has no frames of its own: it is drawn once a second
// with what comes.
func TestDrawnWithWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		with := 0
		var alone atomic.Int64 // written by a timer
		took := func() {
			if p.due(func() { alone.Add(1) }) {
				p.draws()
				with++
			}
		}
		for range 100 {
			took()
			time.Sleep(200 * time.Millisecond)
		}
		synctest.Wait()
		if with != 20 || alone.Load() != 0 {
			t.Errorf("in 20 s drawn %d times with what came, %d times alone", with, alone.Load())
		}
		// The last that came is drawn all the same, once.
		took()
		took()
		time.Sleep(time.Minute)
		synctest.Wait()
		if with+int(alone.Load()) < 21 || alone.Load() > 1 {
			t.Errorf("what came last: drawn %d times with it, %d times alone", with-20, alone.Load())
		}
		took()
		p.draws() // as the user moved something
		took()
		with = 0
		alone.Store(0)
		time.Sleep(drawEvery - time.Millisecond)
		synctest.Wait()
		if alone.Load() != 0 {
			t.Error("drawn alone within a second")
		}
		time.Sleep(drawAlone + time.Millisecond)
		synctest.Wait()
		if alone.Load() != 1 {
			t.Errorf("what came after a drawing: drawn %d times", alone.Load())
		}
	})
}
