package ui

import (
	"context"
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestAskName(t *testing.T) {
	test.NewTempApp(t)
	w := test.NewTempWindow(t, nil)
	w.Resize(fyne.NewSize(500, 400))
	c := &Context{Window: w, Background: func(work func(context.Context) error, done func(error)) { done(work(t.Context())) }}
	var given []string
	refuse := errors.New("this name is taken")
	saved := 0
	c.AskName("Name of x", "about", "old", func(_ context.Context, name string) error {
		given = append(given, name)
		return refuse
	}, func() { saved++ })
	entry, ok := w.Canvas().Focused().(*Entry)
	if !ok || entry.Text != "old" {
		t.Fatalf("the keyboard is at %T", w.Canvas().Focused())
	}
	for _, r := range " new " { // in the place of the old one
		entry.TypedRune(r)
	}
	test.TapCanvas(w.Canvas(), fyne.NewPos(2, 2)) // beside it
	w.Canvas().Focus(entry)
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(given) != 1 || given[0] != "new" || saved != 0 || w.Canvas().Overlays().Top() == nil {
		t.Fatalf("saved %q, %d times; open: %v", given, saved, w.Canvas().Overlays().Top() != nil)
	}
	refuse = nil
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if saved != 1 || w.Canvas().Overlays().Top() != nil {
		t.Fatalf("saved %d times; open: %v", saved, w.Canvas().Overlays().Top() != nil)
	}
}
