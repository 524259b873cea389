package faults

import (
	"context"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
)

// TestSuspended stops the service as the sleep of a machine does, sends while it is
// stopped, more than the socket holds, and lets it go on: what came is stored, or
// counted as dropped by the system and told by a gap. Who follows misses nothing.
func TestSuspended(t *testing.T) {
	t.Parallel()
	n, pause := 40_000, 2*time.Second
	if testing.Short() {
		n, pause = 5_000, 100*time.Millisecond
	}
	if soak() {
		pause = 50 * time.Second // longer than a stream may be silent
	}
	d := serve(t, setup{settings: "[names]\ndns = false\n[listen]\nbuffer = \"8 MiB\"\n"})
	d.send(t, 0, 100)

	var followed []uint64
	var lost int
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	last, want := uint64(0), make(chan uint64, 1)
	go func() {
		done <- d.Follow(ctx, client.Follower{
			Events: func(events []capture.Event) error {
				for i := range events {
					followed = append(followed, events[i].Seq)
				}
				select {
				case last = <-want:
				default:
				}
				if last > 0 && followed[len(followed)-1] >= last {
					cancel()
				}
				return nil
			},
			State: func(s client.State) {
				if s.Err != nil {
					lost++
				}
			},
		})
	}()
	follows := func() bool {
		for _, c := range d.status(t).Clients {
			if c.Follows {
				return true
			}
		}
		return false
	}
	eventually(t, "somebody follows", follows)
	d.signal(t, syscall.SIGSTOP)
	begun := time.Now()
	sendNumbered(t, d.address(), 100, n, 0)
	<-time.After(pause - time.Since(begun)) // this is the fault, not a wait for something
	d.signal(t, syscall.SIGCONT)

	eventually(t, "all is accounted for", func() bool {
		s := d.status(t)
		return s.Received+s.Lost.Dropped == uint64(n+100) && s.Waiting == 0
	})
	s := d.status(t)
	eventually(t, "the loss is told", func() bool { return account(t, d.events(t)).lost == s.Lost.Dropped })
	events := d.events(t)
	l := account(t, events)
	if l.doubled > 0 || len(l.numbers)+int(s.Lost.Dropped) != n+100 {
		t.Errorf("%d different ones, %d dropped, %d doubled", len(l.numbers), s.Lost.Dropped, l.doubled)
	}
	if !testing.Short() && s.Lost.Dropped == 0 {
		t.Error("the socket held all: nothing is shown")
	}
	eventually(t, "the follower is back", follows)
	want <- l.last + 1
	d.send(t, 100+n, 1)
	<-done
	events = d.events(t)
	if len(followed) != len(events) {
		t.Fatalf("%d followed, %d stored", len(followed), len(events))
	}
	for i, seq := range followed {
		if seq != events[i].Seq {
			t.Fatalf("followed %d instead of %d", seq, events[i].Seq)
		}
	}
	t.Logf("%d sent while it was stopped for %v: %d stored, %d dropped by the system; %d followed, %d reconnections",
		n, pause, len(l.numbers)-100, s.Lost.Dropped, len(followed), lost)
	if out, code := d.linklog(t, "status"); code != 0 {
		t.Errorf("status ends with %d: %s", code, out)
	}
}

// TestDroppedOnce restarts a service on a socket that others hold, which remembers
// all it ever dropped: each drop is told once, also those while no service ran.
func TestDroppedOnce(t *testing.T) {
	t.Parallel()
	held := heldSocket(t)
	if err := held.SetReadBuffer(100_000); err != nil {
		t.Fatal(err)
	}
	s := setup{held: held, data: t.TempDir(), settings: "[names]\ndns = false\n[listen]\nbuffer = \"100 KiB\"\n"}
	address := held.LocalAddr().String()
	const n = 2000
	sent := 0
	overflow := func() {
		sendNumbered(t, address, sent, n, 0)
		sent += n
	}
	told := func(d *daemon) {
		t.Helper()
		var l *ledger
		eventually(t, "all are stored, or told as lost", func() bool {
			l = account(t, d.events(t))
			return len(l.numbers)+int(l.lost) >= sent
		})
		if len(l.numbers)+int(l.lost) != sent || l.doubled > 0 {
			t.Errorf("%d sent, %d stored, %d lost: %q", sent, len(l.numbers), l.lost, l.gaps)
		}
	}
	var d *daemon
	for round := range 3 {
		overflow() // while no service runs
		d = serve(t, s)
		told(d)
		d.signal(t, syscall.SIGSTOP)
		overflow()
		d.signal(t, syscall.SIGCONT)
		told(d)
		if round == 1 {
			d.kill()
		} else {
			d.stop(t)
		}
	}
	d = serve(t, s)
	sendNumbered(t, address, sent, 1, 0)
	sent++
	d.await(t, sent-1)
	told(d)
}
