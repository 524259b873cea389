package alerts

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

// For the race detector: all that may happen at once.
func TestConcurrent(t *testing.T) {
	b := newBench(t, book.Options{Limits: book.Limits{Memory: 1000, Hosts: 1500}}, Options{NameWait: 3 * time.Second})
	b.Close()
	b.of.Now = time.Now
	b.open(filepath.Join(booktest.QuickDir(t), "state.db"))
	done := make(chan struct{})
	var group sync.WaitGroup
	loop := func(f func(i int)) {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					f(i)
				}
			}
		})
	}
	loop(func(i int) { b.SetDNSName(public(i%3000), "name.example") })
	loop(func(i int) { b.NameOf(public(i % 3000)) })
	loop(func(i int) {
		if _, err := b.Hosts(book.HostQuery{Order: book.HostOrder(i % 5), Limit: 10}); err != nil {
			t.Error(err)
		}
		b.Devices()
		b.Due()
		b.Stats()
		b.CountNew()
	})
	loop(func(i int) {
		b.SetLabel(book.ByAddr(public(i%20)), fmt.Sprint(i))
		b.Ignore("port:123")
		b.Unignore("port:123")
		b.SetMute(time.Time{})
		b.Alerts.Configure(b.o)
		b.Store.Configure(b.of)
	})
	loop(func(int) {
		b.After(0, 0)
		b.Digest(0)
		if err := b.Tick(time.Now()); err != nil {
			t.Error(err)
		}
	})
	events := 3000
	if testing.Short() {
		events = 400
	}
	for i := range events {
		ev := attempt(uint64(i+1), time.Now(), capture.Out, "192.168.1.10:5", public(i).String())
		if b.Observe(&ev); !ev.New {
			t.Errorf("%d is not New", i)
		}
		if i%50 == 0 {
			if err := b.Commit(uint64(i + 1)); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	group.Wait()
}
