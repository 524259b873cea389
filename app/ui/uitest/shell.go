package uitest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/service/client"
)

// Shell is what the shell gives to a page, with a thread of the test's own as
// Fyne's: what is done there is called through wait.
type Shell struct {
	*ui.Context
	Work  sync.WaitGroup // what runs in the background
	Queue chan func()    // what is to be run on Fyne's thread
}

// NewShell makes one.
func NewShell(t testing.TB, c *client.Client) *Shell {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Shell{Queue: make(chan func(), 100)}
	s.Context = &ui.Context{Client: c, Prefs: prefs.Load(filepath.Join(t.TempDir(), "app.json"), func(err error) { t.Error(err) }), Tell: func(string) {}, Fail: func(doing string, err error) { t.Log(doing, err) }, ShowLog: func(string) {}}
	s.Context.Background = func(work func(context.Context) error, done func(error)) {
		s.Work.Go(func() {
			err := work(ctx)
			if done != nil && ctx.Err() == nil {
				s.Queue <- func() { done(err) }
			}
		})
	}
	t.Cleanup(func() {
		if err := s.Prefs.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		go func() {
			for range s.Queue { // so that no one waits to put something there
			}
		}()
		s.Work.Wait()
		close(s.Queue)
	})
	return s
}

// Until runs what the page wants to be run on Fyne's thread, until a condition holds.
func (s *Shell) Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		ok := false
		fyne.DoAndWait(func() { ok = holds() })
		if ok {
			return
		}
		select {
		case f := <-s.Queue:
			fyne.DoAndWait(f)
		case <-time.After(2 * time.Millisecond): // it may hold for another reason
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
