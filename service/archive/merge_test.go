package archive

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/capture"
	"linklog/service/history"
)

// listed reads a list, and tells whether it has ended.
func listed(events []capture.Event, end error, ended *bool) func(context.Context, func(*capture.Event) error) error {
	return func(ctx context.Context, f func(*capture.Event) error) error {
		defer func() { *ended = true }()
		for i := range events {
			if err := f(&events[i]); err != nil {
				return err
			}
		}
		return end
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		newest := rapid.Bool().Draw(t, "newest")
		draw := func(name, text string) []capture.Event {
			var events []capture.Event
			for _, s := range rapid.SliceOfN(rapid.IntRange(0, 20), 0, 30).Draw(t, name) {
				events = append(events, capture.Event{Time: start.Add(time.Duration(s) * time.Second), Text: text})
			}
			slices.SortStableFunc(events, func(a, b capture.Event) int {
				if newest {
					a, b = b, a
				}
				return a.Time.Compare(b.Time)
			})
			for i := range events {
				events[i].Seq = uint64(i)
			}
			return events
		}
		live, imported := draw("live", "live"), draw("imported", "imported")
		want := append(slices.Clone(live), imported...)
		if newest { // of the same time the live one is the earlier
			want = append(slices.Clone(imported), live...)
		}
		slices.SortStableFunc(want, func(a, b capture.Event) int {
			if newest {
				a, b = b, a
			}
			return a.Time.Compare(b.Time)
		})
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		if limit > 0 {
			want = want[:min(limit, len(want))]
		}
		var got []capture.Event
		var ended, endedToo bool
		err := Merge(context.Background(), listed(live, nil, &ended), listed(imported, nil, &endedToo), newest, limit, func(e *capture.Event) error {
			got = append(got, *e)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v (%v), want %v", got, err, want)
		}
		if !ended || !endedToo {
			t.Fatal("a reading goes on")
		}
	})
}

func TestMergeErrors(t *testing.T) {
	boom := errors.New("boom")
	two := attempts(start, time.Second, 2)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		name           string
		ctx            context.Context
		live, imported []capture.Event
		liveErr, err   error
		f              error
		want           error
		calls          int
	}{
		{"live at once", context.Background(), nil, two, boom, nil, nil, boom, 0},
		{"imported at once", context.Background(), two, nil, nil, boom, nil, boom, 0},
		{"live later", context.Background(), two, two, boom, nil, nil, boom, 3},
		{"imported at the end", context.Background(), two, two, nil, boom, nil, boom, 4},
		{"caller", context.Background(), two, two, nil, nil, boom, boom, 1},
		{"context", ctx, two, two, nil, nil, nil, context.Canceled, 0},
		{"context, nothing there", ctx, nil, nil, nil, nil, nil, context.Canceled, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := 0
			var ended, endedToo bool
			err := Merge(test.ctx, listed(test.live, test.liveErr, &ended), listed(test.imported, test.err, &endedToo), false, 0, func(*capture.Event) error {
				calls++
				return test.f
			})
			if !errors.Is(err, test.want) || calls != test.calls {
				t.Errorf("error %v after %d events, want %v after %d", err, calls, test.want, test.calls)
			}
			// One that was never asked for an event has not begun.
			if !ended || len(test.imported) > 0 && test.calls > 0 && !endedToo {
				t.Error("a reading goes on")
			}
		})
	}
}

// The histories themselves, both ways round.
func TestMergeHistories(t *testing.T) {
	h, err := history.Open(filepath.Join(t.TempDir(), "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	live := attempts(start.Add(500*time.Minute), time.Minute, 1000)
	for i := range live {
		live[i].Seq = uint64(i + 1)
	}
	if err := h.Append(context.Background(), live); err != nil {
		t.Fatal(err)
	}
	a := fresh(t, Options{})
	add(t, a, a.Mark(), attempts(start.Add(300*time.Minute), time.Minute, 700), 700)
	add(t, a, a.Mark(), attempts(start, time.Minute, 400), 400)
	for _, oldest := range []bool{true, false} {
		for _, limit := range []int{0, 1, 1234} {
			q := history.Query{OldestFirst: oldest, Limit: limit}
			var got []capture.Event
			err := Merge(context.Background(),
				func(ctx context.Context, f func(*capture.Event) error) error { return h.Each(ctx, q, f) },
				func(ctx context.Context, f func(*capture.Event) error) error { return a.Each(ctx, q, f) },
				!oldest, limit, func(e *capture.Event) error {
					got = append(got, *e)
					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
			if !oldest {
				slices.Reverse(got)
			}
			if limit == 0 {
				limit = 2100
			}
			wantTimes(t, got, limit)
		}
	}
}
