package setup

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"linklog/app/ui"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/peer"
	"linklog/service/settings"
)

// daemon starts an engine with its socket in this process, and a client of it.
func daemon(t testing.TB, port uint16) (*service.Engine, *client.Client) {
	t.Helper()
	dir := t.TempDir()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = int(port), false, 0
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	file := &settings.File{Path: filepath.Join(dir, "linklog.toml"), Optional: true, Apply: e.Reload}
	server := api.New(api.Config{Engine: e, Version: "1.0.0", DataDir: dir, Settings: file})
	path := filepath.Join(dir, "linklog.sock")
	l, err := peer.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { done <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	c := client.New(client.Options{Paths: []string{path}, Agent: "test/1"})
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := errors.Join(<-done, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return e, c
}

// shell is what the shell gives to a page, with a thread of the test's own as
// Fyne's: what is done there is called through wait.
type shell struct {
	*ui.Context
	work  sync.WaitGroup
	queue chan func()
}

func newShell(t testing.TB, c *client.Client) *shell {
	ctx, cancel := context.WithCancel(context.Background())
	s := &shell{queue: make(chan func(), 100)}
	s.Context = &ui.Context{Client: c, Tell: func(string) {}, Fail: func(doing string, err error) { t.Log(doing, err) }, ShowLog: func(string) {}}
	s.Context.Background = func(work func(context.Context) error, done func(error)) {
		s.work.Go(func() {
			err := work(ctx)
			if done != nil && ctx.Err() == nil {
				s.queue <- func() { done(err) }
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		go func() {
			for range s.queue { // so that nobody waits to put something there
			}
		}()
		s.work.Wait()
		close(s.queue)
	})
	return s
}

// until runs what the page wants to be run on Fyne's thread, until a condition holds.
func (s *shell) until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		ok := false
		fyne.DoAndWait(func() { ok = holds() })
		if ok {
			return
		}
		select {
		case f := <-s.queue:
			fyne.DoAndWait(f)
		case <-time.After(2 * time.Millisecond): // it may hold for another reason
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
