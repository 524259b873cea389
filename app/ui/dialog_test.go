package ui_test

import (
	"context"
	"runtime"
	"testing"

	"fyne.io/fyne/v2"

	"linklog/app/ui"
	"linklog/app/ui/uitest"
)

// A question is answered from the keyboard: Enter presses the button that has it, and Escape
// closes the dialog wherever in it the keyboard is.
func TestDialogKeys(t *testing.T) {
	b := uitest.New(t, nil)
	b.Window.SetContent(ui.NewButton("behind", nil))
	c := b.Window.Canvas()
	done := 0
	open := func() { b.Confirm("Title", "Text", "Yes", func() { done++ }) }
	key := func(name fyne.KeyName) { c.Focused().TypedKey(&fyne.KeyEvent{Name: name}) }

	open()
	key(fyne.KeyReturn) // on Cancel, where it begins
	if len(c.Overlays().List()) != 0 || done != 0 {
		t.Errorf("after Enter on Cancel: %d dialogs, done %d", len(c.Overlays().List()), done)
	}
	open()
	c.FocusNext()
	key(fyne.KeyEscape)
	if len(c.Overlays().List()) != 0 || done != 0 {
		t.Errorf("after Escape: %d dialogs, done %d", len(c.Overlays().List()), done)
	}
	open()
	c.FocusNext()
	key(fyne.KeyReturn)
	if len(c.Overlays().List()) != 0 || done != 1 {
		t.Errorf("after Enter on the other: %d dialogs, done %d", len(c.Overlays().List()), done)
	}

	for i := range 3 { // the field and both buttons
		b.AskName("Title", "", "", func(context.Context, string) error { return nil }, func() {})
		for range i {
			c.FocusNext()
		}
		key(fyne.KeyEscape)
		if n := len(c.Overlays().List()); n != 0 {
			t.Errorf("stop %d: Escape leaves %d dialogs", i, n)
		}
	}
}

// Tab goes on from a field of several lines, which would keep the keyboard for ever.
func TestTabLeavesText(t *testing.T) {
	e := ui.NewEntry()
	e.MultiLine = true
	if e.AcceptsTab() {
		t.Error("it keeps Tab")
	}
}

// A dialog that is closed leaves no memory behind. With a theme of its own it did: Fyne then reads all
// fonts once more for it, some 5 MB for each style of text, and keeps them.
func TestDialogsLeaveNoMemory(t *testing.T) {
	b := uitest.New(t, nil)
	b.Window.Resize(fyne.NewSize(600, 400))
	used := func() (bytes uint64) {
		for range 5 {
			b.Confirm("Title", "Text", "Yes", func() {})
			b.Window.Canvas().Capture()
			b.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	if after := used(); after > before+10<<20 {
		t.Errorf("five dialogs took %d MB", (after-before)>>20)
	}
}
