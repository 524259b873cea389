package history

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"linklog/capture"
)

// Names that are learned, changed or forgotten after a search was made count in the next.
func TestNamesChangeBetweenSearches(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{})
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}) }
	var events []capture.Event
	for i := range 10 {
		events = append(events, capture.Event{Seq: uint64(i + 1), Time: start, Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP, Src: capture.Endpoint{Addr: addr(i), Port: 5},
			Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22}})
	}
	mustAppend(t, h, events)
	name := func(i int, name string, after time.Duration) {
		t.Helper()
		if err := h.SetName(addr(i), name, start.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want map[string]int64) {
		t.Helper()
		for filter, want := range want {
			if n, err := h.Count(context.Background(), Query{Filter: mustFilter(t, filter)}); err != nil || n != want {
				t.Errorf("%s: %s finds %d, %v, want %d", what, filter, n, err, want)
			}
		}
	}
	check("at first", map[string]int64{"host:*.example": 0})
	for i := range 5 {
		name(i, "a"+strconv.Itoa(i)+".example", 0)
	}
	check("learned", map[string]int64{"host:*.example": 5, "host:a1.example": 1})
	name(1, "b.example", time.Hour)
	name(2, "older.example", -time.Hour)
	name(7, "late.example", time.Hour)
	check("changed", map[string]int64{"host:*.example": 6, "host:a1.example": 0, "host:b.example": 1, "host:older.example": 0, "host:a2.example": 1, "host:late.example": 1})
	if h.names.kept == nil || len(h.names.kept.changed) != 6 {
		t.Error("the names were not kept")
	}
	if err := h.names.forgetBefore(start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	check("forgotten", map[string]int64{"host:*.example": 2})
}
