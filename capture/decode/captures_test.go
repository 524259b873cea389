package decode

import (
	"testing"

	"linklog/capture"
	"linklog/capture/capturetest"
)

// TestCaptures replays recorded captures: each datagram, whole, cut and with a byte
// behind it, is an event and is counted.
func TestCaptures(t *testing.T) {
	capturetest.EachCapture(t, func(t *testing.T, datagrams [][]byte) {
		d := new(Decoder)
		var counts capture.Counts
		n := uint64(0)
		for _, data := range datagrams {
			for _, data := range [][]byte{data, data[:len(data)/2], append(data[:len(data):len(data)], 0)} {
				ev, _ := decode(d, data)
				capturetest.Check(t, &ev)
				counts.Add(&ev)
				n++
			}
		}
		if n == 0 || counts.Received() != n {
			t.Errorf("%d datagrams, %d counted", n, counts.Received())
		}
		for reason, count := range counts.Reasons {
			t.Logf("%7d %v", count, capture.Reason(reason))
		}
	})
}
