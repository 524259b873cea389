package filter

import (
	"math"
	"testing"

	"linklog/capture"
)

// What is asked for is what both ends sent together; what is not known is found by nothing, and
// excluded by nothing.
func TestVolume(t *testing.T) {
	const most = math.MaxUint64
	for _, test := range []struct {
		query    string
		src, dst uint64
		want     bool
	}{
		{"bytes:>10M", 6_000_000, 4_000_001, true},
		{"bytes:>10M", 6_000_000, 4_000_000, false},
		{"bytes:>=10M", 6_000_000, 4_000_000, true},
		{"bytes:>10MB", 0, 10_000_001, true},
		{"bytes:>10MiB", 0, 10 << 20, false},
		{"bytes:>=10mib", 0, 10 << 20, true},
		{"bytes:1.5k", 1000, 500, true},
		{"bytes:<1G", 0, 0, false},
		{"!bytes:<1G", 0, 0, true},
		{"!bytes:*", 0, 0, true},
		{"!bytes:*", 1, 0, false},
		{"bytes:*", most, most, true},
		{"bytes:>18446744073709551614", most, 1, true},
		{"bytes:<18446744073709551615", most, 1, false},
		{"bytes:0-5", 0, 0, false},
		{"bytes:0-5", 2, 3, true},
		{"bytes:1,7-9,>100", 8, 0, true},
		{"bytes:1,7-9,>100", 10, 0, false},
		{"bytes:*,!7-9", 8, 0, false},
		{`bytes:"> 2 k"`, 2001, 0, true},
	} {
		m := mustCompile(t, mustParse(t, test.query))
		for _, ev := range []capture.Event{outbound(), inbound()} {
			ev.Src.Sent.Bytes, ev.Dst.Sent.Bytes = test.src, test.dst
			if got := m.Match(&ev); got != test.want {
				t.Errorf("%s of %d and %d: %v", test.query, test.src, test.dst, got)
			}
		}
	}
	ev := outbound()
	ev.Src.Sent = capture.Volume{Bytes: 5000, Packets: 7}
	for query, want := range map[string]bool{"packets:7": true, "packets:5000": false, "packets:>7": false, "bytes:5k packets:<10": true} {
		if got := mustCompile(t, mustParse(t, query)).Match(&ev); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}
