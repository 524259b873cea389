package engine

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
	"linklog/service/book"
	"linklog/service/clock"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/settings"
	"linklog/service/spool"
)

// newEngine opens an Engine in a folder.
func newEngine(t *testing.T, folder string) *Engine {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	o := Options{
		DataDir: folder, Settings: settings.Defaults(), Services: services.IANA(), Networks: func() []netip.Prefix { return nil },
		Clock: clock.New(folder, nil, nil), Health: health.NewHealth(log), Log: log,
	}
	o.Settings.Names.DNS, o.Settings.Hosts.Learning = false, 0
	o.Gaps = gap.NewLog(o.Clock.Wall, o.Health, log)
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil && !errors.Is(err, spool.ErrClosed) {
			t.Error(err)
		}
	})
	return e
}

// receive puts a datagram into the spool.
func receive(t *testing.T, e *Engine) {
	t.Helper()
	if _, err := e.Spool().AppendDatagrams([]capture.Datagram{{Time: time.Now().UTC(), From: netip.MustParseAddrPort("127.0.0.1:1024"), Data: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
}

// A pipeline that stands still is stuck if it has work and it is not known why; not when
// it is idle, however long, nor when it goes on.
func TestStuck(t *testing.T) {
	e := newEngine(t, t.TempDir())
	now := time.Now()
	after := func(d time.Duration, what string, want bool) {
		t.Helper()
		now = now.Add(d)
		if got := e.isStuck(now); got != want {
			t.Errorf("%s: stuck: %v", what, got)
		}
	}
	after(0, "the first look", false)
	after(time.Hour, "idle", false)
	receive(t, e)
	after(time.Second, "work", false)
	after(stuckAfter, "nobody works", true)
	e.health.Check(health.HistoryUnwritten, errors.New("no room"))
	after(time.Hour, "it is known why", false)
	e.health.Check(health.HistoryUnwritten, nil)
	after(time.Second, "that is over", false)
	after(stuckAfter, "nobody works still", true)

	if err := e.Run(t.Context(), func(ctx context.Context) error {
		receive(t, e)
		for e.History().LastSeq() < 2 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	after(stuckAfter, "it has worked", false)
	after(time.Hour, "idle again", false)
}

// What the history had when the service was killed, and the book had not, the book sees after it, however long
// it takes until it is read: hosts are counted, and alerts are made, although the clock comes round before.
func TestBookBehindHistory(t *testing.T) {
	folder := t.TempDir()
	e := newEngine(t, folder)
	const n = 3
	for port := range n {
		attempts(t, e, port)
	}
	if err := e.History().Append(t.Context(), decoded(t, e, n)); err != nil {
		t.Fatal(err)
	}
	crash(t, e, folder)
	e = newEngine(t, folder)
	if last, booked := e.History().LastSeq(), e.book.Committed(); last != n || booked != 0 {
		t.Fatalf("the history has %d events, the book %d", last, booked)
	}
	e.Tick() // nothing was read yet
	if err := e.Run(t.Context(), func(context.Context) error {
		for e.reading.Load() < n {
			time.Sleep(time.Millisecond)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	e.Tick()
	list, err := e.Alerts().After(0, 0)
	if err != nil || len(list) != 1 || list[0].Host.String() != "93.184.216.34" {
		t.Errorf("%+v, %v", list, err)
	}
	if h, found, err := e.Hosts().Host(book.ByAddr(netip.MustParseAddr("93.184.216.34"))); err != nil || !found || h.In+h.Out != n || e.book.Committed() != n {
		t.Errorf("%+v, %v, %v; the book has %d", h, found, err, e.book.Committed())
	}
}

// A service that cannot read its spool any more ends, to be started again, and does not
// receive what nobody sees.
func TestDecoderEnds(t *testing.T) {
	e := newEngine(t, t.TempDir())
	err := e.Run(t.Context(), func(ctx context.Context) error {
		receive(t, e)
		for e.History().LastSeq() < 1 {
			time.Sleep(time.Millisecond)
		}
		if err := e.Spool().Close(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(30 * time.Second):
			return errors.New("it goes on")
		}
	})
	if !errors.Is(err, spool.ErrClosed) {
		t.Error(err)
	}
}

// Whether a loss was told is known by its code, whatever the words.
func TestLossIsToldOnce(t *testing.T) {
	e := newEngine(t, t.TempDir())
	tell := []string{
		capture.GapText(capture.GapEventsLost, "First", uint64(1), "Last", uint64(5)),
		"events 6 to 9 are lost: a file of the history was damaged or is missing", // as earlier LinkLogs kept it
		"events 10 to 12 are lost, somebody says",
	}
	var events []capture.Event
	for i, text := range tell {
		events = append(events, capture.Event{Seq: uint64(100 + i), Time: time.Now().UTC(), Kind: capture.Gap, Text: text})
	}
	if err := e.History().Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		first, last uint64
		want        bool
	}{{1, 5, true}, {6, 9, true}, {10, 12, false}, {1, 50, false}, {1, 9, false}} {
		if told, err := e.isTold(test.first, test.last); told != test.want || err != nil {
			t.Errorf("events %d to %d: told %v, %v", test.first, test.last, told, err)
		}
	}
}
