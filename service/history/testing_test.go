package history

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/capture"
)

// start is the time of the first event of most tests.
var start = time.Date(2026, 11, 10, 12, 0, 0, 123456789, time.UTC)

// attempt is an inbound attempt; what differs follows from n.
func attempt(n int) capture.Event {
	return capture.Event{
		Seq: uint64(n), Time: start.Add(time.Duration(n) * time.Second), Router: netip.MustParseAddr("192.168.1.1"),
		Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP, New: n%7 == 0,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, byte(n / 200 % 100), byte(n % 200)}), Port: uint16(1024 + n%60000)},
		Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Name: "nas.lan", Port: uint16([]int{22, 80, 443, 8080}[n%4])},
	}
}

// attempts are those from first to last.
func attempts(first, last int) []capture.Event {
	var events []capture.Event
	for n := first; n <= last; n++ {
		events = append(events, attempt(n))
	}
	return events
}

func mustOpen(t testing.TB, dir string, o Options) *History {
	t.Helper()
	h, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

func mustAppend(t testing.TB, h *History, events []capture.Event) {
	t.Helper()
	for len(events) > 0 {
		n := min(1000, len(events))
		if err := h.Append(context.Background(), events[:n]); err != nil {
			t.Fatal(err)
		}
		events = events[n:]
	}
}

// settle waits until the background worker has nothing left to do.
func settle(t testing.TB, h *History) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		if what := unsettled(h); what == "" {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("the background worker does not come to an end: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func unsettled(h *History) string {
	segments := h.list()
	for i, seg := range segments {
		seg.mu.Lock()
		covered := seg.covered
		seg.mu.Unlock()
		h.mu.Lock()
		sealed, last := seg.sealed, seg.stats.last
		h.mu.Unlock()
		switch {
		case i < len(segments)-1 && !sealed:
			return seg.path + " is not sealed"
		case !sealed && covered < last>>blockBits:
			return fmt.Sprintf("%s has blocks up to %d only", seg.path, covered)
		}
	}
	return ""
}

// exists tells a missing file from other errors.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !os.IsNotExist(err)
}

// takesLong leaves a test out of short runs: those with the race detector, which
// makes SQLite fifteen times slower, and nothing in such a test runs at once.
func takesLong(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}
