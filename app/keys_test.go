package app

import (
	"context"
	"fmt"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"linklog/app/help"
	"linklog/app/log/search"
	"linklog/app/log/view"
	"linklog/app/ui"
)

// press does what a shortcut of the window does.
func (b *bench) press(key fyne.KeyName, mod fyne.KeyModifier) {
	b.t.Helper()
	for _, s := range b.keys() {
		if s.key == key && s.mod == mod {
			s.do()
			return
		}
	}
	b.t.Fatalf("there is no shortcut %s", key)
}

func (b *bench) focused() fyne.Focusable { return b.window.Canvas().Focused() }

// The keyboard goes where one looks: from the search to the rows with one Tab, to a page by its
// number, and it never stays at something that is gone.
func TestKeyboardGoesAlong(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the row is there", func() bool { return b.logPage.Len() == 1 })
	isLog := func(when string) {
		t.Helper()
		if _, ok := b.focused().(*view.View); !ok || b.shell.current.id != pageLog {
			t.Errorf("%s: the keyboard is at %T of %s", when, b.focused(), b.shell.current.id)
		}
	}
	b.press(fyne.KeyF, ctrl)
	if any(b.focused()) != any(b.shell.bar.search) {
		t.Errorf("Ctrl+F went to %T", b.focused())
	}
	b.window.Canvas().FocusNext()
	isLog("Tab from the search")
	b.showLog("port:443")
	b.press(fyne.KeyF, ctrl)
	for _, r := range "nas" {
		b.focused().TypedRune(r)
	}
	if text := b.shell.bar.search.(*search.Box).Text; text != "nas" {
		t.Errorf("what is typed after Ctrl+F makes %q of the old text", text)
	}
	b.showLog("")
	b.window.Canvas().Unfocus()
	b.press("1", ctrl)
	isLog("Ctrl+1")

	b.press("2", ctrl)
	if b.shell.current.id != pageHosts || b.focused() == nil {
		t.Errorf("Ctrl+2: %s, the keyboard is at %T", b.shell.current.id, b.focused())
	}
	b.showLog("port:443")
	isLog("from Hosts to the log")
	b.press("2", ctrl)
	b.press(fyne.KeyF, ctrl)
	if b.shell.current.id != pageHosts || any(b.focused()) != any(b.shell.bar.search) {
		t.Errorf("Ctrl+F on Hosts: %s, the keyboard is at %T", b.shell.current.id, b.focused())
	}
	b.shell.open("settings")
	if f := b.focused(); f != nil {
		t.Errorf("on Settings the keyboard is at %T", f)
	}
}

// While a dialog waits for an answer, keys of the window behind it do nothing.
func TestKeysWaitForDialog(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	c := b.window.Canvas()
	for _, key := range []fyne.KeyName{fyne.KeyO, fyne.KeyO, fyne.KeyG, "2"} {
		b.press(key, ctrl)
	}
	if n := len(c.Overlays().List()); n != 1 || b.shell.current.id != pageLog {
		t.Errorf("%d dialogs, page %s", n, b.shell.current.id)
	}
	b.focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.press("2", ctrl)
	if n := len(c.Overlays().List()); n != 0 || b.shell.current.id != pageHosts {
		t.Errorf("afterwards %d dialogs, page %s", n, b.shell.current.id)
	}
}

// One goes back to where one was, and to what was searched for there.
func TestBack(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.showLog("port:443")
	b.showLog("port:22")
	b.press("3", ctrl)
	b.showHost("")
	b.press("7", ctrl)
	for _, want := range []place{{page: pageHosts, search: "port:22"}, {page: pageDevices, search: "port:22"}, {page: pageLog, search: "port:22"}, {page: pageLog, search: "port:443"}, {page: pageLog}, {page: pageLog}} {
		b.press(fyne.KeyLeft, fyne.KeyModifierAlt)
		if got := (place{page: b.shell.current.id, search: b.logPage.Query()}); got != want {
			t.Fatalf("back to %v, not %v", got, want)
		}
	}
	for range 3 * placesKept {
		b.press("2", ctrl)
		b.press("3", ctrl)
	}
	if n := len(b.shell.past); n > placesKept {
		t.Errorf("%d places are kept", n)
	}
}

// F1 opens the help at the page, wherever the keyboard is; there Page Down moves the text.
func TestHelpKey(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.window.Resize(fyne.NewSize(700, 480))
	for page, focus := range map[pageID]func(){
		pageLog: func() { b.logPage.Focus() }, pageTemplate: func() { b.shell.focusPage() }, pageSetup: func() { b.window.Canvas().Unfocus() }, "settings": func() { b.window.Canvas().FocusNext() },
		pageAlerts: func() { b.shell.focusPage() }, pageHosts: func() { b.shell.focusPage() },
	} {
		b.shell.open(page)
		focus()
		b.any(fyne.KeyF1)
		if b.shell.current.id != pageHelp {
			t.Fatalf("F1 on %s: %s", page, b.shell.current.id)
		}
		if text := map[pageID]string{pageLog: "How to search", pageTemplate: "How a line looks", pageSetup: "Which routers", pageSettings: "This app", pageAlerts: "What alerts are about", pageHosts: "What a host is called"}[page]; !shows(b.shell.current.Content(), text) {
			t.Errorf("F1 on %s does not show %q", page, text)
		}
	}
	b.shell.current.Page.(*help.Page).ShowTopic(help.Keys) // is higher than the window
	scroll := func() float32 {
		for _, o := range test.LaidOutObjects(b.shell.current.Content()) {
			if s, ok := o.(*container.Scroll); ok {
				return s.Offset.Y
			}
		}
		return -1
	}
	b.window.Canvas().Unfocus()
	b.any(fyne.KeyHome)
	b.any(fyne.KeyPageDown)
	if y := scroll(); y < 100 {
		t.Errorf("Page Down moves the help by %v", y)
	}
}

// F1 opens the help wherever the keyboard is, at each stop of each page.
func TestHelpKeyEverywhere(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the row is there", func() bool { return b.logPage.Len() == 1 })
	c := b.window.Canvas()
	for _, p := range b.shell.pages {
		if p.id == pageHelp {
			continue
		}
		b.shell.open(p.id)
		b.settle()
		seen := map[fyne.Focusable]bool{}
		for len(seen) < 50 {
			c.FocusNext()
			f := b.focused()
			if f == nil || seen[f] {
				break
			}
			seen[f] = true
			b.any(fyne.KeyF1)
			if b.shell.current.id != pageHelp {
				t.Errorf("%s: F1 does nothing at %s", p.id, describe(f))
				continue
			}
			b.shell.open(p.id)
			c.Focus(f)
		}
	}
}

// any types a key as the window gets it: where the keyboard is, or into the window.
func (b *bench) any(name fyne.KeyName) {
	e := &fyne.KeyEvent{Name: name}
	if f := b.focused(); f != nil {
		f.TypedKey(e)
		return
	}
	b.window.Canvas().OnTypedKey()(e)
}

// One sees where the keyboard is, at each stop of each page, however far down.
func TestFocusIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at many pictures")
	}
	b := start(t, t.TempDir())
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the row is there", func() bool { return b.logPage.Len() == 1 })
	b.window.Resize(fyne.NewSize(640, 480))
	c := b.window.Canvas().(software.WindowlessCanvas)
	c.SetScale(0.5) // small pictures are soon drawn
	look := func() *image.NRGBA { return c.Capture().(*image.NRGBA) }
	place := func(f fyne.Focusable) fyne.Position {
		if f == nil {
			return fyne.Position{}
		}
		return b.fyne.Driver().AbsolutePositionForObject(f.(fyne.CanvasObject))
	}
	for _, p := range b.shell.pages {
		most := 25 // then the same comes again and again, but for
		if p.id == "settings" {
			most = 50
		}
		b.shell.open(p.id)
		b.settle()
		if p.id == pageLog {
			b.toggleFilter()
		}
		c.Unfocus()
		without := look()
		seen := map[fyne.Focusable]bool{}
		for before := fyne.Focusable(nil); len(seen) < most; before = c.Focused() {
			was := place(before)
			c.FocusNext()
			f := c.Focused()
			if f == nil || seen[f] {
				break
			}
			seen[f] = true
			if place(before) != was { // it was scrolled
				c.Unfocus()
				without = look()
				c.Focus(f)
			}
			with := look()
			at, size := place(f), f.(fyne.CanvasObject).Size()
			where := image.Rect(int(at.X/2)-2, int(at.Y/2)-2, int((at.X+size.Width)/2)+2, int((at.Y+size.Height)/2)+2)
			if n := differ(with, without, where); n < 10 {
				t.Errorf("%s: %d pixels say that the keyboard is at %s at %v", p.id, n, describe(f), where)
			}
		}
		if len(seen) < 10 {
			t.Errorf("%s: %d stops", p.id, len(seen))
		}
	}
}

// settle waits until the page has what it asked for.
func (b *bench) settle() {
	b.t.Helper()
	done := false
	b.background(func(ctx context.Context) error { _, err := b.feed.Client().Status(ctx); return err }, func(error) { done = true })
	b.until("an answer", func() bool { return done })
}

func describe(f fyne.Focusable) string {
	switch f := f.(type) {
	case *ui.Button:
		return "button " + f.Text
	case *ui.Link:
		return "link " + f.Text
	case *ui.Check:
		return "check " + f.Text
	case *ui.Entry:
		return "entry " + f.Text + f.PlaceHolder
	}
	return fmt.Sprintf("%T", f)
}

// differ counts the pixels of a part in which two pictures differ.
func differ(a, b *image.NRGBA, r image.Rectangle) (n int) {
	r = r.Intersect(a.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if a.NRGBAAt(x, y) != b.NRGBAAt(x, y) {
				n++
			}
		}
	}
	return n
}

// The keyboard is at the page when the window opens.
func TestKeyboardAtTheStart(t *testing.T) {
	b := start(t, t.TempDir())
	if got := b.window.Canvas().Focused(); got == nil {
		t.Error("the keyboard is nowhere")
	}
}
