package view_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/log/rows"
	"linklog/app/log/view"
	"linklog/app/ui/look"
	"linklog/capture"
	"linklog/filter"
)

var _ view.Source = (*rows.View)(nil)

// The rows of the app are shown, another filter keeps the place and the row of the
// keyboard.
func TestWithRows(t *testing.T) {
	app := test.NewApp()
	app.Settings().SetTheme(look.Theme{})
	store := rows.New(0)
	events := make([]capture.Event, 3000)
	for i := range events {
		events[i] = capture.Event{Seq: uint64(i + 1), Time: time.Unix(int64(i), 0).UTC(), Kind: capture.Traffic, Dir: capture.Direction(1 + i%2), Proto: capture.TCP}
		events[i].Dst.Port = uint16(i % 10)
	}
	store.Append(events)
	matching := func(query string) *rows.View {
		f, err := filter.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Compile(nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		v, err := store.Select(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	all := matching("")
	follows := true
	v := view.New(all, view.Options{Columns: view.Columns(nil, time.UTC), Location: time.UTC, OnFollow: func(f bool) { follows = f }})
	win := test.NewWindow(v)
	win.Resize(fyne.NewSize(1000, 500))
	win.Canvas().Capture()
	v.Select(1001) // out
	in, out := matching("dir:in"), matching("dir:out port:1")
	v.SetSource(out)
	win.Canvas().Capture()
	if i := v.Current(); i < 0 || out.ID(i) != 1001 {
		t.Errorf("the row of the keyboard is %d", i)
	}
	if follows {
		t.Error("follows")
	}
	v.SetSource(in)
	if v.Current() != -1 || len(slices.Collect(v.Selected)) != 0 {
		t.Error("a row is selected that the filter does not pass")
	}
	// More come: the view of the store is to be brought up to date first.
	store.Append(events)
	if !in.Update() || in.Len() != 3000 {
		t.Errorf("%d rows", in.Len())
	}
	v.Changed()
	win.Canvas().Capture()
}
