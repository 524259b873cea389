package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/history"
)

// both are a history and an archive.
type both struct {
	h *history.History
	a *Archive
}

// page reads events as the service does.
func (b both) page(t rapid.TB, q history.Query, c *Cut) (all []capture.Event) {
	t.Helper()
	err := Merge(context.Background(),
		func(ctx context.Context, f func(*capture.Event) error) error { return b.h.Each(ctx, c.Received(q), f) },
		func(ctx context.Context, f func(*capture.Event) error) error { return b.a.EachFrom(ctx, q, c, f) },
		!q.OldestFirst, q.Limit, func(e *capture.Event) error {
			all = append(all, *e)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (b both) index(t rapid.TB, q history.Query, every int) (marks []Mark) {
	t.Helper()
	p := &Progress{}
	last, err := b.a.Index(context.Background(), IndexQuery{Query: q, Received: b.h, Imported: true, Every: every, Progress: p}, func(m Mark) error {
		marks = append(marks, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Found.Load(); n != last.Count || p.Searched.Load() != p.Of.Load() {
		t.Fatalf("it ends with %d found of %d, %d searched of %d", n, last.Count, p.Searched.Load(), p.Of.Load())
	}
	return append(marks, last)
}

// before counts the events on the older side of a cut, by its definition.
func (c Cut) before(list []capture.Event) (n int) {
	for i := range list {
		e := &list[i]
		ns := e.Time.UnixNano()
		if live := e.Text == "live"; live && e.Seq < c.Live || !live && (ns < c.Time || ns == c.Time && e.Seq < c.Seq) {
			n++
		}
	}
	return n
}

// Whatever was received and imported in whatever order of time, and removed or added since:
// from each mark on follows what followed when it was made, and against the order what comes
// before it.
func TestIndexProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "index")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		h, err := history.Open(filepath.Join(dir, "history"), history.Options{SegmentRows: int64(rapid.IntRange(20, 60).Draw(t, "rows of a file"))})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		a, err := Open(filepath.Join(dir, "imported"), Options{SegmentRows: int64(rapid.IntRange(20, 60).Draw(t, "rows of a file of imports"))})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		b := both{h, a}
		n := 0
		log := func(name string, least int) (events []capture.Event) {
			at := start.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "begin of "+name)) * time.Second / 2)
			for range rapid.IntRange(least, 40).Draw(t, name) {
				n++
				e := attempt(at, n)
				if rapid.IntRange(0, 3).Draw(t, "other port") == 0 {
					e.Dst.Port = 22
				}
				events = append(events, e)
				at = at.Add(rapid.SampledFrom([]time.Duration{0, 0, 1, time.Second / 2, time.Second, 3 * time.Second}).Draw(t, "step"))
			}
			return events
		}
		live := log("live", 0)
		sorted := true
		for i := range live {
			live[i].Seq, live[i].Text = uint64(3+2*i), "live"
			if rapid.IntRange(0, 15).Draw(t, "clock set") == 0 {
				live[i].Time = live[i].Time.Add(-7 * time.Second)
			}
			sorted = sorted && (i == 0 || !live[i].Time.Before(live[i-1].Time))
		}
		if err := h.Append(context.Background(), live); err != nil {
			t.Fatal(err)
		}
		imports := rapid.IntRange(0, 4).Draw(t, "imports")
		bring := func() {
			if _, _, err := addBatch(a, a.Mark(), log("import", 1)); err != nil {
				t.Fatal(err)
			}
		}
		for range imports {
			bring()
		}

		q := history.Query{OldestFirst: rapid.Bool().Draw(t, "oldest first")}
		if rapid.Bool().Draw(t, "filtered") {
			f, err := filter.Parse("port:80")
			if err != nil {
				t.Fatal(err)
			}
			if q.Filter, err = f.Compile(nil, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		if rapid.Bool().Draw(t, "since") {
			q.Since = start.Add(8 * time.Second)
		}
		if rapid.Bool().Draw(t, "until") {
			q.Until = start.Add(25*time.Second + 1)
		}
		back := q
		back.OldestFirst = !q.OldestFirst
		all := b.page(t, q, nil)
		every := rapid.IntRange(1, 9).Draw(t, "every")
		marks := b.index(t, q, every)
		if len(marks) != len(all)/every+2 {
			t.Fatalf("%d marks for %d matches, each %d", len(marks), len(all), every)
		}
		some := rapid.IntRange(1, 4).Draw(t, "of the marks each")
		check := func(now []capture.Event, same, more bool) {
			for i, m := range marks {
				if i%some != 0 && i != len(marks)-1 {
					continue
				}
				if same && (m.Count != int64(i*every) && i < len(marks)-1 || i == len(marks)-1 && m.Count != int64(len(all))) {
					t.Fatalf("mark %d is after %d", i, m.Count)
				}
				if same && m.Count > 0 && m.Time.Unix() != all[m.Count-1].Time.Unix() {
					t.Fatalf("mark %d is of %v, not %v", i, m.Time, all[m.Count-1].Time)
				}
				again, err := ParseCut(m.Cut.String())
				if err != nil || again != m.Cut {
					t.Fatalf("%+v is read as %+v, %v", m.Cut, again, err)
				}
				at := m.Cut.before(now) // those on its older side
				if !q.OldestFirst {
					at = len(now) - at
				}
				if same && at != int(m.Count) {
					t.Fatalf("mark %d after %d of %d has %d behind it", i, m.Count, len(now), at)
				}
				rest, before := b.page(t, q, &m.Cut), b.page(t, back, &m.Cut)
				if len(rest) != len(now)-at || len(before) != at {
					t.Fatalf("mark %d: %d after it and %d before, want %d and %d", i, len(rest), len(before), len(now)-at, at)
				}
				if slices.Reverse(before); more { // what came later, to the second
					for _, e := range rest {
						if d := e.Time.Unix() - m.Time.Unix(); sorted && m.Count > 0 && (d > 1 && !q.OldestFirst || d < -1 && q.OldestFirst) {
							t.Fatalf("mark %d of %v: after it comes %v", i, m.Time, e)
						}
					}
					continue
				}
				if (same || sorted) && !slices.Equal(rest, now[at:]) {
					t.Fatalf("mark %d: %v, want %v", i, rest, now[at:])
				}
				if sorted && !slices.Equal(before, now[:at]) {
					t.Fatalf("mark %d: before it %v, want %v", i, before, now[:at])
				}
			}
		}
		check(all, true, false)
		if imports > 0 && rapid.Bool().Draw(t, "undo") {
			if _, err := a.Undo(context.Background(), rapid.IntRange(1, imports).Draw(t, "which")); err != nil {
				t.Fatal(err)
			}
		}
		more := rapid.Bool().Draw(t, "more")
		if more {
			bring()
		}
		check(b.page(t, q, nil), false, more)
	})
}

// More logs of the same time than are searched at once.
func TestIndexOfManyLogs(t *testing.T) {
	h, err := history.Open(filepath.Join(t.TempDir(), "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	b := both{h, fresh(t, Options{})}
	const logs, each = maxStreams + 8, 300
	for i := range logs {
		log := attempts(start.Add(time.Duration(i)*7*time.Millisecond), time.Second, each)
		for j := range log {
			log[j].Src.Port = uint16(2000 + i)
		}
		add(t, b.a, b.a.Mark(), log, each)
	}
	for _, oldest := range []bool{false, true} {
		q := history.Query{OldestFirst: oldest}
		all := b.page(t, q, nil)
		wantedAt := 0
		for i, m := range b.index(t, q, 500) {
			if wantedAt = min(i*500, len(all)); m.Count != int64(wantedAt) {
				t.Fatalf("mark %d is after %d", i, m.Count)
			}
			if rest := b.page(t, q, &m.Cut); !slices.Equal(rest, all[wantedAt:]) {
				t.Fatalf("mark %d: %d events, want %d, or others", i, len(rest), len(all)-wantedAt)
			}
		}
		if wantedAt != logs*each {
			t.Errorf("%d matches, want %d", wantedAt, logs*each)
		}
	}
}

func TestIndexEnds(t *testing.T) {
	h, err := history.Open(filepath.Join(t.TempDir(), "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	b := both{h, fresh(t, Options{})}
	if marks := b.index(t, history.Query{}, 10); len(marks) != 2 || marks[1].Count != 0 {
		t.Errorf("of nothing: %+v", marks)
	}
	add(t, b.a, b.a.Mark(), attempts(start, time.Second, 100), 100)
	own := errors.New("enough")
	ask := func(ctx context.Context, f func(Mark) error) error {
		_, err := b.a.Index(ctx, IndexQuery{Received: h, Imported: true, Every: 10, Progress: &Progress{}}, f)
		return err
	}
	if err := ask(t.Context(), func(m Mark) error {
		if m.Count == 30 {
			return own
		}
		return nil
	}); err != own {
		t.Errorf("an error of the caller: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ask(ctx, func(Mark) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Of whoever went away no more than a block is searched, which takes a millisecond or two.
func TestIndexStopsAtOnce(t *testing.T) {
	a := fresh(t, Options{})
	const rows = 6 * MaxBatch
	mark := a.Mark()
	for n := 0; n < rows; n += MaxBatch {
		add(t, a, mark, attempts(start.Add(time.Duration(n)*time.Second), time.Second, MaxBatch), MaxBatch)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &Progress{}
	_, err := a.Index(ctx, IndexQuery{Imported: true, Every: 500, Progress: p}, func(m Mark) error {
		if m.Count > 0 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || p.Of.Load() != rows || p.Searched.Load() > 2*(runMask+1) {
		t.Errorf("%v, with %d of %d searched", err, p.Searched.Load(), p.Of.Load())
	}
}

func TestParseCut(t *testing.T) {
	for _, text := range []string{
		"", "1", "1.1", "1.1.1.1", "0.1.1", "-1.1.1", "+1.1.1", "1.1.-1", "1. 1.1", "01.1.1", "1.-0.1", "A.1.1", "zzzzzzzzzzzzz.1.1", "1.1.zzzzzzzzzzzzz",
		"1.zzzzzzzzzzzzzz.1", "1.1.1\n", "1.1.1.", strings.Repeat("1", 1<<20), strings.Repeat(".", 1<<20), "1.1." + strings.Repeat("1", 100),
	} {
		if c, err := ParseCut(text); err == nil {
			t.Errorf("%.50q is %+v", text, c)
		}
	}
}
