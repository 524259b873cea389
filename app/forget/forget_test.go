package forget

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/uitest"
	"linklog/service/api"
	"linklog/service/client"
)

func TestTexts(t *testing.T) { uitest.Texts(t, "forget", "*.go") }

// bench is a service that heard of two devices.
type bench struct {
	*uitest.Bench
	removed int
}

func start(t *testing.T) *bench {
	b := &bench{Bench: uitest.Start(t, nil)}
	b.Open(page{}, 900, 600)
	b.Router("@out TCP from 192.168.1.23:5000 to 203.0.113.7:443", "@out TCP from 192.168.1.23:5000 to 203.0.113.8:443", "@out TCP from 192.168.1.10:5000 to 203.0.113.8:443")
	return b
}

// page is one with nothing on it.
type page struct{}

func (page) Content() fyne.CanvasObject { return widget.NewLabel("") }
func (page) Show()                      {}
func (page) Hide()                      {}

func (b *bench) ask(t *testing.T, filter string, elevated func(context.Context, ...string) error) {
	t.Helper()
	New(b.Context, Options{Elevated: elevated, OnRemoved: func() { b.removed++ }}).Ask("tv", filter)
}

// said are the texts of the dialog; none: it is closed.
func (b *bench) said() (texts []string) {
	top := b.Window.Canvas().Overlays().Top()
	if top == nil {
		return nil
	}
	for _, o := range test.LaidOutObjects(top) {
		if l, ok := o.(*widget.Label); ok && l.Visible() {
			texts = append(texts, l.Text)
		}
	}
	return texts
}

func (b *bench) says(part string) bool { return strings.Contains(strings.Join(b.said(), "\n"), part) }

// button is the one of the dialog with a text.
func (b *bench) button(t *testing.T, text string) *ui.Button {
	t.Helper()
	for _, o := range test.LaidOutObjects(b.Window.Canvas().Overlays().Top()) {
		if button, ok := o.(*ui.Button); ok && button.Text == text && button.Visible() {
			return button
		}
	}
	t.Fatalf("no button %q", text)
	return nil
}

func (b *bench) stored(t *testing.T) int64 {
	t.Helper()
	n, err := b.Client.Count(t.Context(), client.Query{All: true})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The dialog says how much would be removed; only then it can be, and it says so at the end.
func TestForget(t *testing.T) {
	b := start(t)
	b.ask(t, "ip:192.168.1.23", nil)
	if !b.button(t, "Remove").Disabled() {
		t.Error("it can be removed before it is said how much it is")
	}
	b.Until("it says how much it is", func() bool { return b.says("2 events, from ") })
	if !b.says("1 host of which nothing else is stored") || !b.says("1 device of which") {
		t.Errorf("%q", b.said())
	}
	test.Tap(b.button(t, "Cancel"))
	if b.said() != nil || b.stored(t) != 3 {
		t.Errorf("after Cancel: %q, %d events", b.said(), b.stored(t))
	}
	b.ask(t, "ip:192.168.1.23", nil)
	b.Until("it can be removed", func() bool { return !b.button(t, "Remove").Disabled() })
	test.Tap(b.button(t, "Remove"))
	b.Until("it is removed", func() bool { return b.said() == nil })
	if b.stored(t) != 1 || b.removed != 1 || !slices.Contains(b.Told, "What was stored about it is removed.") {
		t.Errorf("%d events; told %d times, %q", b.stored(t), b.removed, b.Told)
	}
	b.ask(t, "ip:192.168.1.23", nil)
	b.Until("nothing is left", func() bool { return b.says("Nothing is stored about it.") })
	test.Tap(b.button(t, "Close"))
}

// What goes wrong is said, in the dialog or after it was closed.
func TestForgetFails(t *testing.T) {
	b := start(t)
	b.ask(t, "ip:300", nil)
	b.Until("it is said", func() bool { return b.says("300") })
	test.Tap(b.button(t, "Close"))

	// Somebody who is no administrator needs the command.
	a := &asking{f: New(b.Context, Options{}), filter: "ip:192.168.1.23", box: container.NewVBox(), leave: ui.NewButton("", nil), sure: ui.NewButton("", nil)}
	refused := errors.New("no password was given")
	var args []string
	a.f.o.Elevated = func(_ context.Context, list ...string) error {
		args = list
		return refused
	}
	a.dialog = ui.NewDialog(b.Window, "", a.box, fyne.NewSize(300, 200), a.leave, a.sure)
	a.dialog.Show(nil)
	a.remove()
	b.Until("it is said", func() bool { return b.says(refused.Error()) })
	if !slices.Equal(args, []string{"forget", "--yes", "--", "ip:192.168.1.23"}) || b.stored(t) != 3 {
		t.Errorf("%q, %d events", args, b.stored(t))
	}
	a.dialog.Hide()
	a.closed = true
	a.remove()
	b.Until("it is said after the dialog was closed", func() bool { return len(b.Failed) == 1 })
	if !strings.Contains(b.Failed[0], refused.Error()) || b.removed != 0 {
		t.Errorf("%q, told %d times", b.Failed, b.removed)
	}
}

func TestSays(t *testing.T) {
	f := api.Forgotten{Events: 1, Imported: 1200, Since: time.Date(2014, 3, 1, 10, 0, 0, 0, time.UTC), Until: time.Date(2014, 3, 2, 10, 0, 0, 0, time.UTC), Hosts: 2}
	if got := says(&f); !strings.HasPrefix(got, "1,201 events, from 1 Mar 2014 to 2 Mar 2014\n2 hosts") {
		t.Errorf("%q", got)
	}
	if got := setAside(&api.Forgotten{SetAside: []string{"a", "b"}}); !strings.HasPrefix(got, "2 files") {
		t.Errorf("%q", got)
	}
}
