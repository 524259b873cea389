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
