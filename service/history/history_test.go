package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/service/sqlite"
)

func all(t testing.TB, h *History, q Query) []capture.Event {
	t.Helper()
	events, err := collect(h, q)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func collect(h *History, q Query) (events []capture.Event, err error) {
	err = h.Each(context.Background(), q, func(e *capture.Event) error {
		events = append(events, *e)
		return nil
	})
	return events, err
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func same(t tester, what string, got, want []capture.Event) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: event %d of %d:\n got %+v\nwant %+v", what, i, len(want), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d events, want %d; the first that differ are\n got %+v\nwant %+v", what, len(got), len(want),
			got[min(len(got), len(want)):], want[min(len(got), len(want)):])
	}
}

func reversed(events []capture.Event) []capture.Event {
	events = slices.Clone(events)
	slices.Reverse(events)
	return events
}

// folder is a new folder for one case of a property.
func folder(t *rapid.T, parent string) string {
	dir, err := os.MkdirTemp(parent, "case")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What was stored comes back as it was, in both orders, whether blocks are built
// or not, and after the history was opened again.
func TestRoundTrip(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir := folder(rt, parent)
		defer os.RemoveAll(dir)
		events := drawEvents(rt, 60)
		o := Options{SegmentRows: rapid.Int64Range(5, 80).Draw(rt, "rows in a segment"), unsafe: true}
		h, err := Open(dir, o)
		if err != nil {
			rt.Fatal(err)
		}
		for rest := events; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "batch")
			if err := h.Append(context.Background(), rest[:n]); err != nil {
				rt.Fatal(err)
			}
			rest = rest[n:]
		}
		look := func(when string) {
			got, err := collect(h, Query{})
			if err != nil {
				rt.Fatal(err)
			}
			same(rt, when+", newest first", got, reversed(events))
			got, err = collect(h, Query{OldestFirst: true})
			if err != nil {
				rt.Fatal(err)
			}
			same(rt, when+", oldest first", got, events)
			n, err := h.Count(context.Background(), Query{})
			if err != nil || int(n) != len(events) {
				rt.Fatalf("%s: count is %d, %v, want %d", when, n, err, len(events))
			}
		}
		look("at once")
		if len(events) > 0 && h.LastSeq() != events[len(events)-1].Seq {
			rt.Fatalf("last is %d", h.LastSeq())
		}
		settle(t, h)
		look("with blocks")
		if err := h.Append(context.Background(), events); err != nil {
			rt.Fatal(err)
		}
		look("stored twice")
		if err := h.Close(); err != nil {
			rt.Fatal(err)
		}
		if h, err = Open(dir, o); err != nil {
			rt.Fatal(err)
		}
		defer h.Close()
		look("opened again")
		if r := h.Report(); len(r.Damaged)+len(r.Refused) > 0 || r.Unclean {
			rt.Fatalf("report: %+v", r)
		}
		if len(events) > 0 && h.LastSeq() != events[len(events)-1].Seq {
			rt.Fatalf("last is %d", h.LastSeq())
		}
	})
}

// Events that come late, in any order and twice, find their place.
func TestOrder(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: 40})
	events := attempts(1, 100)
	mustAppend(t, h, events[:50])
	settle(t, h)
	mustAppend(t, h, slices.Concat(events[45:60], events[10:20], events[59:100]))
	settle(t, h)
	same(t, "all", all(t, h, Query{OldestFirst: true}), events)
	mustAppend(t, h, []capture.Event{attempt(300), attempt(302)})
	mustAppend(t, h, []capture.Event{attempt(301)})
	settle(t, h)
	same(t, "late", all(t, h, Query{OldestFirst: true, After: 299}), attempts(300, 302))
	if err := h.Append(context.Background(), []capture.Event{{}}); err == nil {
		t.Error("an event without Seq was stored")
	}
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 1000})
	events := attempts(1, 2500)
	late := attempts(2501, 2600)
	for i := range late {
		late[i].Time = late[i].Time.AddDate(0, 1, 0)
	}
	events = append(events, late...)
	mustAppend(t, h, events)
	settle(t, h)
	var got []string
	for _, s := range h.Segments() {
		got = append(got, fmt.Sprintf("%s %d-%d %d %v", s.File, s.First, s.Last, s.Rows, s.Sealed))
	}
	want := []string{
		"history-2026-11-000001.db 1-1000 1000 true", "history-2026-11-000002.db 1001-2000 1000 true",
		"history-2026-11-000003.db 2001-2500 500 true", "history-2026-12-000004.db 2501-2600 100 false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// A sealed file is one file.
	if exists(filepath.Join(dir, "history-2026-11-000001.db-wal")) {
		t.Error("a sealed segment has a WAL")
	}
	same(t, "all", all(t, h, Query{}), reversed(events))
}

func TestMonth(t *testing.T) {
	date := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct {
		name        string
		month, time string
		want        bool
	}{
		{"same month", "2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z", false},
		{"next month", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", true},
		{"next month in UTC only", "2026-11-01T00:00:00Z", "2026-11-30T23:30:00-01:00", true},
		{"clock set back by an hour", "2026-11-01T00:00:00Z", "2026-10-31T23:00:00Z", false},
		{"clock had been ahead for years", "2036-01-01T00:00:00Z", "2026-11-10T00:00:00Z", true},
		{"clock not set", "2026-11-01T00:00:00Z", "1970-01-01T00:00:10Z", false},
		{"clock set at last", "1970-01-01T00:00:00Z", "2026-11-10T00:00:00Z", true},
	} {
		if got := nextSegment(date(test.month), date(test.time)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// Anyone can read a segment with SQLite alone.
func TestView(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	gap := capture.Event{Seq: 3, Kind: capture.Gap, Time: start, Since: start.Add(-time.Minute), Lost: 12, Text: "12 datagrams lost"}
	other := capture.Event{Seq: 4, Kind: capture.Other, Time: start, Reason: capture.NoText, Raw: "\x30\x00"}
	measured := attempt(7)
	measured.RouterName = "attic"
	measured.Src.Sent, measured.Dst.Sent = capture.Volume{Bytes: 1500, Packets: 3}, capture.Volume{Bytes: 90_000, Packets: 70}
	mustAppend(t, h, []capture.Event{attempt(1), measured, gap, other})
	db, err := sql.Open("sqlite", filepath.Join(dir, "history-2026-11-000001.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT * FROM events")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, strings.Join(columns, "|"))
	for rows.Next() {
		values, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, v := range values {
			texts = append(texts, v.String)
		}
		got = append(got, strings.Join(texts, "|"))
	}
	want := []string{
		"seq|time|kind|router|direction|protocol|verdict|router_host|src_bytes|src_packets|dst_bytes|dst_packets|src_ip|src_host|src_port|dst_ip|dst_host|dst_port|new|text|reason|raw|lost|since",
		"1|2026-11-10T12:00:01.123456789Z|traffic|192.168.1.1|in|TCP|||||||203.0.0.1||1025|192.168.1.10|nas.lan|80|0|||||",
		"3|2026-11-10T12:00:00.123456789Z|gap||||||||||||0|||0|0|12 datagrams lost|||12|2026-11-10T11:59:00.123456789Z",
		"4|2026-11-10T12:00:00.123456789Z|other||||||||||||0|||0|0||trap without a text|3000||",
		"7|2026-11-10T12:00:07.123456789Z|traffic|192.168.1.1|in|TCP||attic|1500|3|90000|70|203.0.0.7||1031|192.168.1.10|nas.lan|8080|1|||||",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A text that is sent again is stored once, in every run of texts that it comes
// in; whatever is stored is what was sent, also in a file whose keys were made
// another way.
func TestTextsAgain(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{})
	var sent []capture.Event
	const again = "firmware 1.2.3 is up to date"
	store := func(n int) {
		t.Helper()
		from := len(sent)
		for i := range n {
			e := capture.Event{Seq: uint64(len(sent) + 1), Kind: capture.Other, Time: start, Reason: capture.UnknownText, Text: again}
			if i%2 > 0 {
				e.Text = fmt.Sprintf("boot %d", e.Seq)
			}
			if i%3 > 0 {
				e.Raw = e.Text + "\x00"
			}
			sent = append(sent, e)
		}
		mustAppend(t, h, sent[from:])
	}
	file := func(query string) (n int) {
		t.Helper()
		db, err := sql.Open("sqlite", filepath.Join(dir, "history-2026-11-000001.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	count := func(want int) {
		t.Helper()
		if n := file("SELECT count(*) FROM texts WHERE text = '" + again + "'"); n != want {
			t.Errorf("after %d events, the text is there %d times, want %d", len(sent), n, want)
		}
		if n, max := file("SELECT count(*) FROM texts"), file("SELECT max(id) FROM texts"); n != max {
			t.Errorf("%d texts, the last is number %d", n, max)
		}
	}
	store(100)
	count(2) // once with raw, once without
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = mustOpen(t, dir, Options{})
	store(100)
	count(2)
	store(2*textRun - 400) // half of them are others
	count(2)
	store(1000) // in the second run, with raw once more; without, it is remembered
	count(3)
	same(t, "all", all(t, h, Query{OldestFirst: true}), sent)

	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	file("UPDATE texts SET hash = -9223372036854775808 + id * 562949953421312 RETURNING 1")
	h = mustOpen(t, dir, Options{})
	store(10)
	count(5)
	same(t, "all, of a file with other keys", all(t, h, Query{OldestFirst: true}), sent)
}

func TestInUse(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("there the lock is the process's")
	}
	dir := t.TempDir()
	mustOpen(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("a second Open: %v", err)
	}
}

func TestClosed(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{})
	mustAppend(t, h, attempts(1, 10))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.Append(context.Background(), attempts(11, 11)); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if _, err := collect(h, Query{}); !errors.Is(err, ErrClosed) {
		t.Errorf("query: %v", err)
	}
	if err := h.SetName(attempt(1).Src.Addr, "name", start); !errors.Is(err, ErrClosed) {
		t.Errorf("name: %v", err)
	}
}

func TestTrim(t *testing.T) {
	dir := t.TempDir()
	h := mustOpen(t, dir, Options{SegmentRows: 1000})
	mustAppend(t, h, attempts(1, 3500))
	settle(t, h)
	files := func(infos []SegmentInfo, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range infos {
			names = append(names, s.File[len("history-2026-11-00000"):])
		}
		return strings.Join(names, " ")
	}
	if got := files(h.Trim(time.Time{}, 0)); got != "" {
		t.Errorf("without a limit: %s", got)
	}
	if got := files(h.Trim(start, 0)); got != "" {
		t.Errorf("nothing is old: %s", got)
	}
	if got := files(h.Trim(start.Add(2000*time.Second), 0)); got != "1.db" {
		t.Errorf("by age: %s", got)
	}
	if got := files(h.Trim(time.Time{}, 1)); got != "2.db 3.db" {
		t.Errorf("by size: %s", got)
	}
	same(t, "the rest", all(t, h, Query{OldestFirst: true}), attempts(3001, 3500))
	if names, _ := filepath.Glob(filepath.Join(dir, "history-*")); len(names) > 3 {
		t.Errorf("files: %v", names)
	}
}

// Retention does not wait for somebody who reads slowly, and he goes on.
func TestTrimUnderQuery(t *testing.T) {
	h := mustOpen(t, t.TempDir(), Options{SegmentRows: 1000})
	mustAppend(t, h, attempts(1, 3500))
	settle(t, h)
	n := 0
	err := h.Each(context.Background(), Query{OldestFirst: true}, func(e *capture.Event) error {
		if n++; n == 10 {
			if removed, err := h.Trim(time.Time{}, 1); err != nil || len(removed) != 3 {
				t.Errorf("trim: %v, %v", removed, err)
			}
		}
		return nil
	})
	if err != nil || n != pageSize+500 {
		t.Errorf("%d events, %v", n, err)
	}
}
