package importer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/translations"
	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/app/ui/uitest"
)

// folder makes a folder with a file, one that is hidden, and a folder with one more.
func folder(t *testing.T) string {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.log", "A.log", ".hidden", filepath.Join("sub", "c.log")} {
		if err := os.WriteFile(filepath.Join(path, name), []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// asks opens the question for a file in a folder.
func asks(b *bench, path string) {
	b.folder = path
	b.Ask()
	b.Settle()
}

// in are the parts of the dialog that is open, of a type.
func in[T any](b *bench) (list []T) {
	for _, o := range test.LaidOutObjects(b.Bench.Window.Canvas().Overlays().Top()) {
		if o, ok := o.(T); ok {
			list = append(list, o)
		}
	}
	return list
}

func listed(b *bench) (names []string) {
	for _, e := range in[*grid.Grid[entry]](b)[0].Rows() {
		names = append(names, e.name)
	}
	return names
}

func press(t *testing.T, b *bench, label string) {
	t.Helper()
	for _, button := range in[*ui.Button](b) {
		if button.Text == label && !button.Disabled() {
			button.OnTapped()
			b.Settle()
			return
		}
	}
	t.Fatalf("no button %q in\n%s", label, b.texts())
}

// A file is chosen with the keyboard alone, or by its path; a folder as a whole.
func TestChoose(t *testing.T) {
	b, path := start(t, Options{}), folder(t)
	asks(b, path)
	see := func(want ...string) {
		t.Helper()
		if got := listed(b); !slices.Equal(got, want) {
			t.Fatalf("it lists %q, not %q", got, want)
		}
	}
	key := func(keys ...fyne.KeyName) {
		for _, name := range keys {
			b.Bench.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
		}
		b.Settle()
	}
	see("sub", "A.log", "b.log")
	key(fyne.KeyDown, fyne.KeyReturn)
	see("c.log")
	press(t, b, "Folder above")
	see("sub", "A.log", "b.log")
	field := in[*ui.Entry](b)[0]
	field.SetText("gone.log")
	field.OnSubmitted(field.Text)
	b.says(t, "no such file")
	field.SetText(filepath.Join("sub", "c.log"))
	field.OnSubmitted(field.Text)
	b.says(t, "c.log")
	if b.open == nil {
		t.Fatal("the file was not opened")
	}
	b.tap(t, "Cancel")

	b.Ask() // again where it was
	b.Settle()
	see("sub", "A.log", "b.log")
	press(t, b, "All files of the folder")
	b.says(t, "3 files")
	b.tap(t, "Cancel")

	asks(b, t.TempDir())
	for _, button := range in[*ui.Button](b) {
		if button.Text == "All files of the folder" && !button.Disabled() {
			t.Error("there is nothing in the folder")
		}
	}
}

// Escape closes it wherever the keyboard is, and the keys are the window's again then. An answer that comes
// late is dropped.
func TestEscapeFromFiles(t *testing.T) {
	b, path := start(t, Options{}), folder(t)
	c := b.Bench.Window.Canvas()
	others := 0
	c.SetOnTypedKey(func(*fyne.KeyEvent) { others++ })
	kinds := map[string]bool{}
	for n := range 7 { // all that the keyboard can be at
		asks(b, path)
		in[*grid.Grid[entry]](b)[0].Select("b.log")
		for range n {
			c.FocusNext()
		}
		at := c.Focused()
		kinds[fmt.Sprintf("%T", at)] = true
		at.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if c.Overlays().Top() != nil || others != 0 {
			t.Fatalf("at stop %d, %T: open %v, %d keys went through", n, at, c.Overlays().Top() != nil, others)
		}
	}
	if len(kinds) != 4 { // rows, their header, the path, buttons
		t.Errorf("the keyboard was at %v", kinds)
	}
	if c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}); others != 1 {
		t.Error("the window lost its keys")
	}
	b.Ask()
	b.Bench.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.Settle()
	if c.Overlays().Top() != nil {
		t.Error("it came back")
	}
}

// It is whole in the smallest window, and all of it is German for a German.
func TestChooserWhole(t *testing.T) {
	b, path := start(t, Options{}), folder(t)
	if err := translations.Load("de"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := translations.Load("en"); err != nil {
			t.Error(err)
		}
	})
	b.Bench.Window.Resize(fyne.NewSize(640, 480))
	asks(b, path)
	for _, flaw := range uitest.Flaws(b.Bench.Window.Canvas().Overlays().Top()) {
		t.Error(flaw)
	}
	for _, button := range in[*ui.Button](b) {
		if !slices.Contains([]string{"Ordner darüber", "Abbrechen", "Alle Dateien des Ordners", "Öffnen"}, button.Text) {
			t.Errorf("a button says %q", button.Text)
		}
	}
}
