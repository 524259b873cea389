package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/archive"
	"linklog/service/client"
)

// bring imports n attempts from 198.51.100.9, a second apart, the last one a day ago.
func (d *daemon) bring(t testing.TB, n int) {
	t.Helper()
	mark := d.Engine.Imported().Mark()
	at := time.Now().Add(-24*time.Hour - time.Duration(n)*time.Second)
	for left := n; left > 0; {
		events := make([]capture.Event, min(left, archive.MaxBatch))
		left -= len(events)
		for i := range events {
			at = at.Add(time.Second)
			events[i] = capture.Event{
				Time: at, Router: netip.MustParseAddr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
				Src: capture.Endpoint{Addr: netip.MustParseAddr("198.51.100.9"), Port: uint16(1024 + i)},
				Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22},
			}
		}
		if _, err := d.Engine.Imported().Add(t.Context(), archive.Batch{Mark: mark, Events: events}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIndex(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	d.send(t, 100, 0)
	d.bring(t, 250)
	read := func(q client.Query) (events []capture.Event) {
		t.Helper()
		if err := c.Events(t.Context(), q, func(ev *capture.Event) error {
			events = append(events, *ev)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return events
	}
	eventually(t, "all are there", func() bool { return len(read(client.Query{All: true})) == 350 })
	for i, ev := range read(client.Query{All: true, OldestFirst: true}) {
		if want := int32(1); i < 250 != (ev.Import == want) || ev.Seq == 0 {
			t.Fatalf("event %d is %+v", i, ev)
		}
	}
	for _, q := range []client.Query{{}, {Imported: true}, {All: true}, {All: true, OldestFirst: true}, {All: true, Filter: "dport:22"}, {Filter: "dport:1-65535"}, {Filter: "host:nobody.example", All: true}} {
		all := read(q)
		var marks []api.Mark
		if err := c.Index(t.Context(), q, 30, func(m api.Mark) error {
			if m.Cursor != "" {
				marks = append(marks, m)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(marks) != len(all)/30+2 || !marks[len(marks)-1].End || marks[len(marks)-1].Count != int64(len(all)) {
			t.Fatalf("%+v: %d matches, marks %+v", q, len(all), marks)
		}
		if want := d.Engine.Last(); !q.Imported && marks[0].Last != want {
			t.Errorf("it searched up to %d, want %d", marks[0].Last, want)
		}
		if end := marks[len(marks)-1]; end.Searched != end.Of || end.Of == 0 {
			t.Errorf("it ends with %d searched of %d", end.Searched, end.Of)
		}
		d.send(t, 1, 0) // which none of the cursors is to have
		for i, m := range marks[:len(marks)-1] {
			page := q
			page.Cursor, page.Limit = m.Cursor, 30
			if got, want := read(page), all[m.Count:min(int(m.Count)+30, len(all))]; !slices.Equal(got, want) && !q.OldestFirst {
				t.Errorf("%+v: page %d is %v, want %v", q, i, got, want)
			}
			page.OldestFirst = !page.OldestFirst
			back := read(page)
			if slices.Reverse(back); q.OldestFirst && !slices.Equal(back, all[max(0, int(m.Count)-30):m.Count]) {
				t.Errorf("%+v: before page %d is %v", q, i, back)
			}
		}
	}
}

// A bound of received events goes together with imported ones: what is in front of the memory of who
// follows.
func TestIndexBefore(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	d.send(t, 100, 0)
	d.bring(t, 250)
	eventually(t, "all are there", func() bool { return d.Engine.Last() == 100 })
	var marks []api.Mark
	if err := c.Index(t.Context(), client.Query{All: true, Before: 50}, 30, func(m api.Mark) error {
		if m.Cursor != "" {
			marks = append(marks, m)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n := marks[len(marks)-1].Count; n != 299 {
		t.Errorf("%d matches, want 299", n)
	}
	var events []capture.Event
	if err := c.Events(t.Context(), client.Query{All: true, Cursor: marks[0].Cursor, Limit: 100}, func(ev *capture.Event) error {
		events = append(events, *ev)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(events) != 100 || events[0].Seq != 49 || events[48].Seq != 1 || !events[49].Time.Before(events[48].Time) {
		t.Errorf("%d events, from %d", len(events), events[0].Seq)
	}
}

// Whoever goes away gets nothing more, and the search ends.
func TestIndexEnds(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	c := d.client(t)
	d.bring(t, 50_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := 0
	err := c.Index(ctx, client.Query{All: true}, 1, func(m api.Mark) error {
		if got++; got == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v after %d marks", err, got)
	}
	own := errors.New("enough")
	if err := c.Index(t.Context(), client.Query{All: true}, 1, func(m api.Mark) error { return own }); err != own {
		t.Errorf("an error of the caller: %v", err)
	}
	eventually(t, "nothing is read any more", func() bool {
		s, err := c.Status(t.Context())
		return err == nil && len(s.Clients) == 1
	})
	if _, text := d.raw(t, "GET", "/v1/index?from=all&every=20000", "", nil); strings.Count(text, `"cursor"`) != 4 {
		t.Errorf("marks %s", text)
	}
}

func TestIndexRefusals(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	for query, want := range map[string]string{
		"index?every=0": "from 1 to 100000", "index?every=100001": "from 1 to 100000", "index?every=x": "valid number", "index?limit=3": "unknown parameter", "index?order=up": "none of",
		"index?from=imported&before=1": "bounded by time", "index?cursor=1.1.1&before=7": "cursor says where",
		"index?cursor=": "not a cursor", "index?cursor=7": "not a cursor", "events?cursor=0.0.0": "not a cursor", "events?cursor=1.1.1&after=2": "cursor says where",
		"events?cursor=" + strings.Repeat("1.", 4000): "not a cursor", "events?cursor=1.1.1&cursor=1.1.1": "more than once", "index?filter=ip:zz": "zz",
		"count?cursor=1.1.1": "unknown parameter",
	} {
		if status, text := d.raw(t, "GET", "/v1/"+query, "", nil); status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%.60s: %d %s, want %q", query, status, text, want)
		}
	}
	for _, cursor := range []string{"1.1.1", "1.0.0", fmt.Sprintf("1.-%s.0", "1y2p0ij32e8e8"), "1.1y2p0ij32e8e7.0"} {
		for _, from := range []string{"live", "imported", "all"} {
			for _, order := range []string{"newest", "oldest"} {
				if status, text := d.raw(t, "GET", "/v1/events?from="+from+"&cursor="+cursor+"&order="+order, "", nil); status != http.StatusOK {
					t.Errorf("%s: %d %s", cursor, status, text)
				}
			}
		}
	}
}
