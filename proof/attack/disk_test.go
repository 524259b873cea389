package attack

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// TestRubbishFillsNoDisk stores datagrams that are as large as what is kept of one,
// and all different. They are few as events go, but what they take is bounded like
// all else, since files of them are full early.
func TestRubbishFillsNoDisk(t *testing.T) {
	t.Parallel()
	const file, limit = 2 * 1 << 20, 8 * 1 << 20
	h, err := history.Open(t.TempDir(), history.Options{SegmentBytes: file})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	random := rand.New(rand.NewPCG(1, 1))
	raw := make([]byte, capture.MaxRaw)
	events := make([]capture.Event, 200)
	seq, largest := uint64(0), int64(0)
	for range 50 { // 20 MB
		for i := range events {
			seq++
			for j := range raw {
				raw[j] = byte(random.Uint32())
			}
			events[i] = capture.Event{
				Seq: seq, Time: arrival.Add(time.Duration(seq)), Router: netip.MustParseAddr("192.168.1.1"),
				Kind: capture.Rejected, Reason: capture.NotSNMP, Raw: string(raw), Text: fmt.Sprint(seq),
			}
		}
		if err := h.Append(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		// Files are removed only when they are sealed, which happens in the background.
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			segments, sealed := h.Segments(), 0
			for _, s := range segments {
				if s.Sealed {
					sealed++
				}
			}
			if sealed >= len(segments)-1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("files are not sealed: %+v", segments)
			}
		}
		if _, err := h.Trim(time.Time{}, limit); err != nil {
			t.Fatal(err)
		}
		bytes := int64(0)
		for _, s := range h.Segments() {
			bytes += s.Bytes
		}
		largest = max(largest, bytes)
	}
	// The one that is written may come on top, and what a batch adds to it.
	if most := int64(limit + 2*file); largest > most {
		t.Errorf("%d KiB on disk, with a limit of %d", largest>>10, limit>>10)
	}
	if s := h.Segments(); len(s) < 3 || s[0].First <= 1 || s[len(s)-1].Last != seq {
		t.Errorf("%+v", s)
	}
	t.Logf("at most %d KiB", largest>>10)
}
