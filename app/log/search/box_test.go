package search

import (
	"bytes"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui/look"
	"linklog/format/services"
)

// bench is a Box in a window, with another field above it.
type bench struct {
	*Box
	t         testing.TB
	window    fyne.Window
	other     *widget.Entry
	submitted []string
	escaped   int
	suggested int
}

func start(t testing.TB) *bench {
	test.NewTempApp(t).Settings().SetTheme(look.Theme{Mode: look.Light})
	b := &bench{t: t, Box: New(Source{Services: services.IANA(), Known: func(field string) []Known {
		if strings.HasPrefix(field, "host") {
			return known
		}
		return nil
	}}), other: widget.NewEntry()}
	b.OnSubmitted = func(s string) { b.submitted = append(b.submitted, s) }
	b.OnEscape = func() { b.escaped++ }
	b.OnSuggest = func() { b.suggested++ }
	b.OnChanged = func(s string) { b.SetQuery(Read(s, services.IANA())) }
	page := container.NewVBox(b.other, b.Box, b.Strip())
	b.window = test.NewTempWindow(t, container.NewStack(page, container.NewWithoutLayout(b.List())))
	b.window.SetPadded(false)
	b.window.Resize(fyne.NewSize(700, 500))
	b.window.Canvas().Focus(b.Box)
	return b
}

// keys types keys and checks that the keyboard stays where it is.
func (b *bench) keys(names ...fyne.KeyName) {
	b.t.Helper()
	for _, n := range names {
		b.TypedKey(&fyne.KeyEvent{Name: n})
	}
	if b.window.Canvas().Focused() != b.Box {
		b.t.Error("the keyboard is elsewhere")
	}
}

// want checks the text with the cursor as "|", and what is offered first ("": the list
// is closed) with "*" if it is selected.
func (b *bench) want(marked, first string) {
	b.t.Helper()
	if got := b.Text[:b.cursor()] + "|" + b.Text[b.cursor():]; got != marked {
		b.t.Errorf("%q, not %q", got, marked)
	}
	got := ""
	if b.list.Visible() {
		got = b.list.candidates[0].Text
		if c, ok := b.list.chosen(); ok {
			got = "*" + c.Text
		}
		if b.list.rows[0].text.Text != b.list.candidates[b.list.first].Text {
			b.t.Errorf("the first row is %q", b.list.rows[0].text.Text)
		}
	}
	if got != first {
		b.t.Errorf("offered is %q, not %q", got, first)
	}
}

func TestKeyboard(t *testing.T) {
	b := start(t)
	b.want("|", "")
	b.keys(fyne.KeyDown) // what can be written at all
	b.want("|", "dir:")
	b.keys(fyne.KeyEscape)
	b.want("|", "")
	if b.escaped != 0 {
		t.Error("Escape did two things")
	}
	b.keys(fyne.KeyEscape)
	if b.escaped != 1 {
		t.Error("Escape is lost")
	}

	test.Type(b.Box, "ds")
	b.want("ds|", "dst:")
	b.keys(fyne.KeyReturn) // nothing is selected: it is the entry's
	b.want("ds|", "")
	if len(b.submitted) != 1 || b.submitted[0] != "ds" {
		t.Errorf("%q", b.submitted)
	}
	b.keys(fyne.KeyDown, fyne.KeyDown)
	b.want("ds|", "*dst:")
	b.keys(fyne.KeyDown)
	b.want("ds|", "*dsthost:")
	b.keys(fyne.KeyUp, fyne.KeyUp)
	b.want("ds|", "dst:")
	b.keys(fyne.KeyUp) // around
	if c, _ := b.list.chosen(); c.Text != b.list.candidates[len(b.list.candidates)-1].Text {
		t.Errorf("%+v", c)
	}
	b.keys(fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyEnter)
	b.want("dsthost:|", "Living-room TV") // a key brings its values
	if len(b.submitted) != 1 {
		t.Error("Return did two things")
	}
	b.keys(fyne.KeyTab) // the first
	b.want(`dsthost:"Living-room TV"|`, "")
	if b.AcceptsTab() {
		t.Error("Tab cannot leave")
	}

	test.Type(b.Box, " p")
	b.keys(fyne.KeyDown, fyne.KeyTab)
	b.want(`dsthost:"Living-room TV" proto:|`, "tcp")
	test.Type(b.Box, "zz")
	b.want(`dsthost:"Living-room TV" proto:zz|`, "")
	b.keys(fyne.KeyBackspace, fyne.KeyBackspace)
	b.want(`dsthost:"Living-room TV" proto:|`, "tcp")
	b.keys(fyne.KeyLeft, fyne.KeyLeft)
	b.want(`dsthost:"Living-room TV" prot|o:`, "proto:")
	b.keys(fyne.KeyHome)
	b.want(`|dsthost:"Living-room TV" proto:`, "")
	if b.suggested == 0 {
		t.Error("nobody was told of the list")
	}
}

// Behind characters of more than one byte, and in text that is not valid.
func TestCursor(t *testing.T) {
	b := start(t)
	b.SetText("漢ü\xff d x")
	b.CursorColumn = 5
	b.keys(fyne.KeyDown)
	b.want("漢ü\xff d| x", "dir:")
	b.keys(fyne.KeyTab)
	if text := b.Text[:b.cursor()]; text != "漢ü\xff dir:" {
		t.Errorf("%q", text)
	}
}

func TestTabBack(t *testing.T) {
	b := start(t)
	test.Type(b.Box, "d")
	if !b.AcceptsTab() {
		t.Fatal("Tab would leave")
	}
	b.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyTab})
	if b.Text != "d" || b.list.Visible() || b.window.Canvas().Focused() != b.other {
		t.Errorf("%q, %v", b.Text, b.window.Canvas().Focused())
	}
	b.window.Canvas().Focus(b.Box)
	test.Type(b.Box, "s")
	b.keys(fyne.KeyTab) // Shift was let go elsewhere
	b.want("dst:|", "")
}

// The list closes when somebody else sets the text, or the keyboard goes away; a click
// into it writes a candidate.
func TestMouse(t *testing.T) {
	b := start(t)
	b.SetText("dst")
	if b.list.Visible() {
		t.Error("opened by a program")
	}
	b.SetText("")
	test.Type(b.Box, "ds")
	b.SetText("x")
	b.want("x|", "")
	b.SetText("")
	test.Type(b.Box, "ds")
	b.window.Canvas().Focus(b.other)
	if b.list.Visible() {
		t.Error("open without the keyboard")
	}
	b.window.Canvas().Focus(b.Box)
	b.SetText("")

	test.Type(b.Box, "ds")
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(b.list)
	below := driver.AbsolutePositionForObject(b.Box).AddXY(0, b.Size().Height)
	if at.Y < below.Y || at.Y > below.Y+6 || at.X+b.list.Size().Width > 700 {
		t.Errorf("the list is at %v, the entry ends at %v", at, below)
	}
	row := at.AddXY(40, listPad+1.5*rowHeight)
	test.MoveMouse(b.window.Canvas(), row)
	if b.list.under.Hidden || b.list.under.Position().Y != listPad+rowHeight {
		t.Error("the row under the pointer is not shown")
	}
	b.window.Canvas().Unfocus() // what Fyne does when the button goes down on what takes no keys
	if !b.list.Visible() {
		t.Fatal("closed before the button was released")
	}
	test.TapCanvas(b.window.Canvas(), row)
	b.want("dsthost:|", "Living-room TV")
	b.keys(fyne.KeyEscape)

	b.SetText("")
	b.keys(fyne.KeyDown)
	last := len(b.list.candidates) - 1
	for range last + 5 {
		b.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -10)})
	}
	if b.list.first != last+1-shown || b.list.rows[shown-1].text.Text != b.list.candidates[last].Text {
		t.Errorf("%d, %q", b.list.first, b.list.rows[shown-1].text.Text)
	}
	b.list.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, b.list.Size().Height-4)}) // the line of help
	b.want("|", b.list.candidates[0].Text)
	b.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 10)})
	if b.list.first != last-shown {
		t.Errorf("%d", b.list.first)
	}
}

// What is pasted is like what is typed.
func TestPaste(t *testing.T) {
	b := start(t)
	clipboard := fyne.CurrentApp().Clipboard()
	clipboard.SetContent("por")
	b.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	b.want("por|", "port:")
}

// A hint for which there is no room is cut, and whole again when there is.
func TestHint(t *testing.T) {
	b := start(t)
	const hint = "type to search, or dst:17.*"
	b.SetPlaceHolder(hint)
	for width, want := range map[float32]bool{600: true, 120: false} {
		b.Resize(fyne.NewSize(width, 34))
		got := b.PlaceHolder
		if (got == hint) != want || !want && !strings.HasSuffix(got, "…") {
			t.Errorf("in %v: %q", width, got)
		}
	}
	b.Resize(fyne.NewSize(600, 34))
	if b.PlaceHolder != hint {
		t.Errorf("again: %q", b.PlaceHolder)
	}
}

// That a text is wrong is seen at the Box itself, too: not every page has the terms.
func TestWrongIsMarked(t *testing.T) {
	b := start(t)
	b.window.Canvas().Focus(b.other)
	look := func() []byte {
		im := b.window.Canvas().Capture()
		var buf bytes.Buffer
		at, size := b.Box.Position(), b.Box.Size()
		for x := int(at.X); x < int(at.X+size.Width); x++ {
			for y := int(at.Y); y < int(at.Y+size.Height); y++ {
				r, g, bl, _ := im.At(x, y).RGBA()
				buf.Write([]byte{byte(r), byte(g), byte(bl)})
			}
		}
		return buf.Bytes()
	}
	b.SetText("port:nosuch")
	wrong := look()
	b.SetQuery(Query{Text: b.Text, Wrong: -1}) // as if it were right
	right := look()
	if bytes.Equal(wrong, right) {
		t.Error("it looks as if it were right")
	}
	b.SetQuery(Read(b.Text, services.IANA()))
	if bytes.Equal(right, look()) {
		t.Error("it is marked only once")
	}
}
