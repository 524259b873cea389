package faults

import (
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
)

// TestNoLeaks connects and disconnects in every way, again and again: descriptors,
// threads and goroutines are as before.
func TestNoLeaks(t *testing.T) {
	t.Parallel()
	cycles := 100
	if testing.Short() {
		cycles = 20
	}
	d := serve(t, setup{settings: "[names]\nresolver = \"127.0.0.1:9\"\n"})
	d.send(t, 0, 2000)
	cycle := func(i int) {
		c := client.New(client.Options{Paths: []string{d.socket}, Agent: "leak"})
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		switch i % 4 {
		case 0, 1: // follows, and leaves in the middle
			got := 0
			_ = c.Follow(ctx, client.Follower{Events: func(events []capture.Event) error {
				if got += len(events); got > 500*(1+i%2) {
					return io.EOF
				}
				return nil
			}})
		case 2: // asks, and leaves in the middle of the answer
			_ = c.Events(ctx, client.Query{OldestFirst: true}, func(*capture.Event) error { return io.EOF })
		case 3:
			if _, err := c.Count(ctx, client.Query{Filter: "src:203.0.1.*"}); err != nil {
				t.Error(err)
			}
			if _, err := c.Hosts(ctx, client.HostQuery{}); err != nil {
				t.Error(err)
			}
		}
	}
	for i := range 8 {
		cycle(i)
	}
	d.Close()
	settled := func() (n int) {
		last, since := -1, time.Now()
		eventually(t, "the number of descriptors is steady", func() bool {
			d.Close()
			if n = d.descriptors(t); n != last {
				last, since = n, time.Now()
			}
			return time.Since(since) > 300*time.Millisecond
		})
		return n
	}
	before := settled()
	for i := range cycles {
		cycle(i)
	}
	d.Close()
	eventually(t, "nobody is connected", func() bool { return settled() <= before+readers })
	threads := memoryOf(t, d, "Threads")
	if threads > 40 {
		t.Errorf("%d threads", threads)
	}
	after := d.descriptors(t)
	busy := d.goroutines(t)

	fresh := serve(t, setup{settings: "[names]\nresolver = \"127.0.0.1:9\"\n"})
	fresh.send(t, 0, 2000)
	fresh.Close()
	idle := fresh.goroutines(t)
	if busy > idle+3 {
		t.Errorf("%d goroutines after %d cycles, %d in a fresh service", busy, cycles, idle)
	}
	t.Logf("%d cycles: %d descriptors before, %d after; %d threads; %d goroutines, %d in a fresh service", cycles, before, after, threads, busy, idle)
}

// goroutines ends the service with SIGQUIT, on which Go tells what each goroutine
// does, and counts them.
func (d *daemon) goroutines(t *testing.T) int {
	t.Helper()
	d.signal(t, syscall.SIGQUIT)
	eventually(t, "it ends", d.gone)
	_ = d.cmd.Wait()
	d.ended = true
	n := strings.Count(d.stderr.String(), "\ngoroutine ")
	if n == 0 {
		t.Fatalf("no goroutines in %s", d.stderr)
	}
	return n
}
