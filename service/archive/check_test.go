package archive

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

func TestWrongEvents(t *testing.T) {
	a := fresh(t, Options{})
	mark := a.Mark()
	for _, test := range []struct {
		want  string
		wrong func(e *capture.Event)
	}{
		{"unknown kind 0", func(e *capture.Event) { e.Kind = 0 }},
		{"unknown kind 7", func(e *capture.Event) { e.Kind = capture.Gap + 1 }},
		{"time: none", func(e *capture.Event) { e.Time = time.Time{} }},
		{"time: the year 1969", func(e *capture.Event) { e.Time = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC) }},
		{"time: the year 2200", func(e *capture.Event) { e.Time = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"time: the year 1969", func(e *capture.Event) { e.Time = time.Date(1970, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)) }},
		{"since: the year 1", func(e *capture.Event) { e.Since = time.Time{}.Add(1) }},
		{"unknown reason 200", func(e *capture.Event) { e.Reason = 200 }},
		{"unknown direction 3", func(e *capture.Event) { e.Dir = 3 }},
		{"more than can be counted", func(e *capture.Event) { e.Lost = math.MaxUint64 }},
		{"text of 3073 bytes", func(e *capture.Event) { e.Text = strings.Repeat("x", 3073) }},
		{"datagram of 2049 bytes", func(e *capture.Event) { e.Raw = strings.Repeat("x", 2049) }},
		{"name of 760 bytes", func(e *capture.Event) { e.Dst.Name = strings.Repeat("x", 760) }},
		{"address with a zone", func(e *capture.Event) {
			e.Src.Addr = netip.MustParseAddr("fe80::1").WithZone(strings.Repeat("x", 760))
		}},
		{"router with a zone", func(e *capture.Event) {
			e.Router = netip.MustParseAddr("fe80::1").WithZone(strings.Repeat("x", 760))
		}},
		{"no direction", func(e *capture.Event) { e.Dir = 0 }},
		{"no source", func(e *capture.Event) { e.Src.Addr = netip.Addr{} }},
		{"no destination", func(e *capture.Event) { e.Dst.Addr = netip.Addr{} }},
	} {
		events := attempts(start, time.Second, 3)
		test.wrong(&events[1])
		_, _, err := addBatch(a, mark, events)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "event 2 of 3") {
			t.Errorf("error %v, want one of event 2 of 3 with %q", err, test.want)
		}
	}
	if _, _, err := addBatch(a, mark, make([]capture.Event, MaxBatch+1)); err == nil || !strings.Contains(err.Error(), "10001") {
		t.Errorf("too many events: %v", err)
	}
	add(t, a, mark, attempts(start, time.Second, 3), 3) // the import goes on
}

// What is the same event in another form is known, and stored in the usual one.
func TestForms(t *testing.T) {
	plain := attempt(start, 1)
	plain.Src.Name = "scan.example"
	odd := plain
	odd.Seq, odd.New = 77, true
	odd.Time = start.In(time.FixedZone("", 7200))
	odd.Router = netip.MustParseAddr("::ffff:192.168.1.1")
	odd.Src.Name = "" // before DNS had told it
	odd.Dst.Addr = netip.MustParseAddr("::ffff:192.168.1.10")
	clock := plain
	clock.Time = time.Now() // with a monotonic reading
	clock.Text = "a\x1b[2Jb"
	now := clock
	now.Time = now.Time.Round(0).UTC()
	named := plain
	named.Src = capture.Endpoint{Name: "one.example"}
	other := plain
	other.Src = capture.Endpoint{Name: "other.example"}
	gap := capture.Event{Kind: capture.Gap, Time: start, Since: start.Add(-time.Hour).Local(), Lost: 3, Text: "stopped"}

	a := fresh(t, Options{})
	add(t, a, a.Mark(), []capture.Event{plain, clock, named, gap}, 4)
	add(t, a, a.Mark(), []capture.Event{odd, now, named, other, gap}, 1)
	for _, e := range read(t, a, history.Query{}) {
		if strings.ContainsRune(e.Text, 0x1b) || e.Dst.Addr.Is4In6() {
			t.Errorf("stored as it came: %+v", e)
		}
	}
}
