package attack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/client"
)

// TestLargeDatagrams sends what takes most room: rubbish as large as what is kept of
// a datagram, texts that grow when they are cleaned, and now and then the longest
// datagram there is; no two the same. The events that are kept in memory for followers
// are bounded by their number: it shows that they are few enough.
func TestLargeDatagrams(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "")
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", d.port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n, perSecond = 20_000, 10_000 // more than a ring holds
	r := rand.New(rand.NewPCG(9, 9))
	noise := make([]byte, 1<<17)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	growing := strings.Repeat("\x01", capture.MaxText) // each becomes U+FFFD, three bytes
	report, err := s.Send(t.Context(), n, perSecond, func(i int, dst []byte) []byte {
		at := r.IntN(len(noise) - 60_000)
		switch {
		case i%1000 == 0:
			return append(dst, noise[at:at+60_000]...)
		case i%2 == 0:
			return fmt.Appendf(append(dst, noise[at:at+capture.MaxRaw-16]...), "%d", i)
		}
		// An unknown text: both the text and the datagram are kept.
		return send.AppendTrap(dst, &send.Encoding{Enterprise: "\x2b\x06\x01\x04\x01\x09", Name: "\x2b\x06\x01\x04\x01\x09\x01"}, fmt.Sprintf("%d%s", i, growing[8:]))
	})
	if err != nil && !errors.Is(err, send.ErrNobodyListens) || report.Sent != n {
		t.Fatalf("%d sent: %v", report.Sent, err)
	}
	// A caller who reads it all.
	eventually(t, "all is accounted for", func() bool { s := d.status(t); return s.Received+s.Lost.Total == n && s.Waiting == 0 })
	got := uint64(0)
	if err := d.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
		if ev.Kind != capture.Gap {
			got++
		}
		if len(ev.Raw) > capture.MaxRaw || len(ev.Text) > 3*capture.MaxText {
			t.Errorf("%d bytes and a text of %d are kept", len(ev.Raw), len(ev.Text))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if s := d.status(t); got != s.Received || s.Received < n/2 || len(s.Troubles) > 0 {
		t.Errorf("%d read, %+v", got, s)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d MiB in use, %d of %d lost", peak/megabyte, d.status(t).Lost.Total, n)
	}
	d.end(t)
}
