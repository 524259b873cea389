package chart_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linklog/app/ui/chart"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/service/client"
	"linklog/service/localsocket"
)

// More buckets than an answer of the service has room for: none is left out, however few attempts
// it has, in a zone where half hours are needed, too.
func TestCountOfManyBuckets(t *testing.T) {
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, kolkata)
	var events []capture.Event
	for i := range 12_000 {
		ev := capture.Event{Time: from.Add(time.Duration(i) * 45 * time.Minute), Kind: capture.Traffic, Dir: capture.In, Verdict: capture.Blocked, Proto: capture.TCP,
			Src: capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.7"), Port: uint16(i)}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22}}
		if i%2 == 0 {
			ev.Dir, ev.Verdict = capture.Out, capture.Allowed
		}
		events = append(events, ev)
	}
	var mark *uint64
	for at := 0; at < len(events); at += 1000 {
		batch, err := c.Import(t.Context(), mark, "old.log", events[at:at+1000])
		if err != nil {
			t.Fatal(err)
		}
		mark = &batch.Mark
	}
	to := events[len(events)-1].Time.Add(time.Minute)
	s := chart.StepFor(from, to, 500)
	list, exact, err := chart.Count(t.Context(), c, client.Query{Filter: "dir:in,out", All: true}, from, to, s)
	if err != nil || !exact {
		t.Fatal(exact, err)
	}
	sum := chart.Sum(list)
	if got, want := fmt.Sprint(sum), fmt.Sprint(chart.Counts{In: 6000, Out: 6000, InBlocked: 6000, Allowed: 6000}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
