package settings

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/localsocket"
)

type opened struct {
	*Page
	shell  *uitest.Shell
	client *client.Client
	told   []string
	failed []error
}

// open makes the page in a window, with a service behind it, and shows it.
func open(t *testing.T, o Options) *opened {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{})
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	x := &opened{shell: uitest.NewShell(t, c), client: c}
	x.shell.Services = services.Default()
	x.shell.Tell = func(s string) { x.told = append(x.told, s) }
	x.shell.Fail = func(_ string, err error) { x.failed = append(x.failed, err) }
	w := test.NewTempWindow(t, widget.NewLabel(""))
	x.shell.Window = w
	x.Page = New(x.shell.Context, o)
	w.SetContent(x.Content())
	w.Resize(fyne.NewSize(720, 700))
	x.Show()
	x.shell.Until(t, "loaded", func() bool { return x.service.loadedOnce })
	return x
}

// A page that was open before the service was there can be used when it is.
func TestServiceComesLater(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{})
	_, c, _ := uitest.Daemon(t, localsocket.Policy{}, nil)
	nobody := client.New(client.Options{Paths: []string{filepath.Join(t.TempDir(), "none")}})
	x := &opened{shell: uitest.NewShell(t, nobody)}
	x.Page = New(x.shell.Context, Options{})
	x.Show()
	x.shell.Until(t, "the service is missing", func() bool { return strings.Contains(x.service.reason.Text, "does not answer") })
	x.shell.Context.Client = c
	x.Connected()
	x.shell.Until(t, "loaded", func() bool { return x.service.loadedOnce && !x.service.edit.Disabled() })
}

// Lists that LinkLog knows are chosen one by one, and how lists are is shown.
func TestLists(t *testing.T) {
	x := open(t, Options{})
	l := x.service.lists
	if len(l.offers) < 4 || !strings.Contains(l.own.Text, "no lists of your own") || l.update.Visible() {
		t.Fatalf("%d lists are offered, of one's own: %s", len(l.offers), l.own.Text)
	}
	file := filepath.Join(t.TempDir(), "bad.txt")
	if err := os.WriteFile(file, []byte("203.0.114.0/24\nwhat is this\n198.51.100.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	test.Tap(l.offers[3].check)
	if got := x.service.form.now[knownLists]; got != "tor-exits" || !x.service.bar.Visible() {
		t.Errorf("what is chosen is %q", got)
	}
	test.Tap(l.offers[0].check)
	if got := x.service.form.now[knownLists]; got != "spamhaus-drop\ntor-exits" {
		t.Errorf("what is chosen is %q", got)
	}
	x.service.discardAll()
	if l.offers[0].check.Checked || l.offers[3].check.Checked {
		t.Error("what is discarded is chosen still")
	}
	x.service.inputs[ownLists].entry.SetText("bad " + file) // those that are known are not fetched in a test
	x.service.saveAll()
	x.shell.Until(t, "it is saved", func() bool { return !x.service.bar.Visible() })
	x.shell.Until(t, "the list is read", func() bool {
		all, err := x.client.Lists(t.Context())
		return err == nil && len(all.Lists) == 1 && all.Lists[0].Version != ""
	})
	x.load()
	x.shell.Until(t, "how it is is shown", func() bool {
		return strings.HasPrefix(l.own.Text, "bad: 2 entries, fetched ") && strings.HasSuffix(l.own.Text, " Lines that are not understood: 1, the first is line 2.") && l.update.Visible()
	})
	x.service.form.now[knownLists] = "et-compromised"
	x.service.show()
	if !l.offers[2].check.Checked {
		t.Error("what the settings have is not chosen")
	}
}

func TestSaveWritesWhatChanged(t *testing.T) {
	var restarted atomic.Int32
	x := open(t, Options{RestartService: func(context.Context) error { restarted.Add(1); return nil }})
	if x.service.bar.Visible() || x.service.restart.Visible() {
		t.Error("something is not saved before anything was typed")
	}
	x.service.inputs["history.days"].entry.SetText("90")
	x.service.inputs["hosts.ignore"].entry.SetText("port:ntp\nhost:*.example.com")
	if !x.service.bar.Visible() || x.service.changes.Text != "2 changes are not saved." {
		t.Error(x.service.changes.Text)
	}
	test.Tap(x.service.save)
	x.shell.Until(t, "saved", func() bool { return slices.Contains(x.told, "Saved.") })
	text, err := os.ReadFile(x.data.file.Text)
	if err != nil || !strings.Contains(string(text), "\ndays = 90 ") || !strings.Contains(string(text), `ignore = ["port:ntp", "host:*.example.com"]`) {
		t.Fatal(err, string(text))
	}
	if x.service.bar.Visible() || x.service.restart.Visible() {
		t.Error("it is saved, and needs no restart")
	}
	// The way back to the default.
	if in := x.service.inputs["history.days"]; !in.reset.Visible() || in.reset.Text != "Default: 365" {
		t.Error(in.reset.Text)
	} else {
		in.reset.OnTapped()
		if in.entry.Text != "365" || in.reset.Visible() {
			t.Error(in.entry.Text)
		}
		test.Tap(x.service.discard)
	}
	// The port counts from the next start.
	x.service.inputs["listen.port"].entry.SetText("10162")
	test.Tap(x.service.save)
	x.shell.Until(t, "the offer to restart", func() bool { return x.service.restart.Visible() })
	test.Tap(x.service.restartNow)
	x.shell.Until(t, "restarted", func() bool { return restarted.Load() == 1 && !x.service.restart.Visible() })
}

// The language of messages is chosen by its name, and written as its code.
func TestLanguageOfMessages(t *testing.T) {
	x := open(t, Options{})
	in := x.service.inputs["alerts.language"]
	if in.choose.Selected != "English" || in.reset.Visible() {
		t.Fatal(in.choose.Selected)
	}
	in.choose.SetSelected("Deutsch")
	if in.reset.Text != "Default: English" || !in.reset.Visible() {
		t.Error(in.reset.Text, in.reset.Visible())
	}
	test.Tap(x.service.save)
	x.shell.Until(t, "saved", func() bool { return slices.Contains(x.told, "Saved.") })
	text, err := os.ReadFile(x.data.file.Text)
	if err != nil || !strings.Contains(string(text), `language = "de"`) {
		t.Error(err, string(text))
	}
	in.reset.OnTapped()
	if in.choose.Selected != "English" || in.reset.Visible() {
		t.Error(in.choose.Selected)
	}
}

// Buttons are as high as all others, however high what stands beside them is.
func TestButtonsOfData(t *testing.T) {
	x := open(t, Options{})
	for _, b := range []*ui.Button{x.data.purge, x.data.bring, x.data.imports} {
		if got, want := b.Size().Height, b.MinSize().Height; got > want {
			t.Errorf("%s is %v high, of %v", b.Text, got, want)
		}
	}
}

// The page scrolls on where a text box comes under the pointer.
func TestWheelOverATextBox(t *testing.T) {
	x := open(t, Options{})
	canvas := x.shell.Window.Canvas()
	for _, key := range []string{"history.days", "history.max_size", "names.resolver"} {
		in := x.service.inputs[key]
		x.service.reveal(in)
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(in.entry).AddXY(20, 10)
		before := x.scroll.Offset.Y
		test.Scroll(canvas, at, 0, 50)
		if x.scroll.Offset.Y >= before {
			t.Errorf("%s: the wheel does not scroll the page from %v", key, before)
		}
	}
}

func TestErrorsStandAtTheirFields(t *testing.T) {
	x := open(t, Options{})
	days := x.service.inputs["history.days"]
	x.shell.Window.Canvas().Focus(days.entry)
	days.entry.SetText("")
	test.Type(days.entry, "9999999")
	if days.problem.Visible() {
		t.Error("told while it is typed")
	}
	x.shell.Window.Canvas().Unfocus()
	if !days.problem.Visible() || !strings.Contains(days.problem.Text, "is not between") {
		t.Error(days.problem.Text)
	}
	test.Tap(x.service.save)
	if x.shell.Window.Canvas().Focused() != fyne.Focusable(days.entry) || len(x.told) > 0 {
		t.Error("not brought back to the field")
	}
	days.entry.SetText("9")
	if days.problem.Visible() {
		t.Error("mended, but still told:", days.problem.Text)
	}
	test.Tap(x.service.discard)
	if days.entry.Text != "365" || x.service.bar.Visible() {
		t.Error(days.entry.Text)
	}
	// What only the service finds out is shown at the field, too.
	_, err := x.client.SetSettings(t.Context(), "[hosts]\nignore = [\"is:new\"]\n")
	if err == nil {
		t.Fatal("the service took a filter that ignores every host")
	}
	x.service.failed(err)
	if p := x.service.inputs["hosts.ignore"].problem; !p.Visible() || p.Text != `"is:new": it would ignore every host` {
		t.Error(p.Text)
	}
	x.service.failed(errors.New("the disk is full"))
	if len(x.failed) != 1 {
		t.Error(x.failed)
	}
}

// Somebody else than the user who runs the tests cannot connect here, so the
// service's answer to a viewer is made.
func TestViewerReadsOnly(t *testing.T) {
	x := open(t, Options{})
	l := loaded{hello: api.Hello{Role: "viewer", User: "anna"}, text: "[history]\ndays = 5\n", path: "/etc/x"}
	x.service.loaded(l, nil)
	x.data.loaded(l, nil)
	for key, in := range x.service.inputs {
		if !in.control().Disabled() {
			t.Error(key, "can be changed")
		}
	}
	if x.service.inputs["history.days"].entry.Text != "5" || !strings.Contains(x.service.reason.Text, "anna") || !x.data.purge.Disabled() {
		t.Error(x.service.reason.Text)
	}
	x.editText()
	if x.editor.save.Visible() || !x.editor.entry.Disabled() {
		t.Error("the text can be changed")
	}
}

func TestEditAsText(t *testing.T) {
	x := open(t, Options{})
	x.service.inputs["history.days"].entry.SetText("12")
	test.Tap(x.service.edit)
	if !strings.Contains(x.editor.entry.Text, "\ndays = 12 ") {
		t.Error("what was typed is not in the text")
	}
	good := strings.Replace(x.editor.entry.Text, "days = 12", "days = 13", 1)
	x.editor.entry.SetText(strings.Replace(good, "days = 13", "days = -13", 1))
	if !x.editor.save.Disabled() || len(x.editor.problems.Objects) != 1 {
		t.Error("the error is not shown")
	}
	x.editor.entry.SetText(good)
	if x.editor.save.Disabled() || len(x.editor.problems.Objects) != 0 {
		t.Error("the error is still shown")
	}
	test.Tap(x.editor.save)
	x.shell.Until(t, "saved", func() bool { return x.stack.Objects[0] == x.form && x.service.form.values["history.days"] == "13" })
	if text, _, err := x.client.Settings(t.Context()); err != nil || text != good {
		t.Error(err, text)
	}
}

// Escape leaves the text, and asks first if something was changed in it.
func TestLeaveText(t *testing.T) {
	x := open(t, Options{})
	c := x.shell.Window.Canvas()
	test.Tap(x.service.edit)
	escape := func() { c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) }
	if c.Focused() != fyne.Focusable(x.editor.entry) {
		t.Fatalf("the keyboard is at %T", c.Focused())
	}
	escape()
	if x.stack.Objects[0] != x.form || c.Focused() != fyne.Focusable(x.service.edit) {
		t.Errorf("the form is not back, or the keyboard at %T", c.Focused())
	}
	test.Tap(x.service.edit)
	x.editor.entry.SetText("# mine\n" + x.editor.entry.Text)
	escape()
	if x.stack.Objects[0] == x.form || len(c.Overlays().List()) != 1 {
		t.Fatal("nobody asks")
	}
	escape() // of the question: on with the text
	if x.stack.Objects[0] == x.form || len(c.Overlays().List()) != 0 {
		t.Error("the text is gone")
	}
	escape()
	c.FocusNext()
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if x.stack.Objects[0] != x.form {
		t.Error("the form is not back")
	}
}

func TestChoicesCountAtOnce(t *testing.T) {
	var got []Choices
	x := open(t, Options{Choices: Choices{Notify: true, Language: "de"}, OnChange: func(c Choices) { got = append(got, c) }})
	if len(got) > 0 || x.own.language.Selected != "Deutsch" {
		t.Fatal("told before anything was chosen: ", got)
	}
	x.own.mode.SetSelectedIndex(2)
	test.Tap(x.own.login)
	x.own.language.SetSelectedIndex(1)
	want := Choices{Notify: true, Language: "en", Mode: look.Dark, StartAtLogin: true}
	if len(got) != 3 || got[2] != want || !x.own.hint.Visible() {
		t.Errorf("%+v", got)
	}
	want.StartAtLogin = false // it could not be kept
	x.SetChoices(want)
	if len(got) != 3 || x.own.login.Checked {
		t.Error("not shown, or told back")
	}
}

func TestMute(t *testing.T) {
	x := open(t, Options{})
	test.Tap(x.own.hour)
	x.shell.Until(t, "muted", func() bool { return x.own.unmute.Visible() })
	if until, err := x.client.Mute(t.Context()); err != nil || time.Until(until) < 55*time.Minute {
		t.Error(until, err)
	}
	test.Tap(x.own.unmute)
	x.shell.Until(t, "not muted", func() bool { return !x.own.unmute.Visible() })
	if until, err := x.client.Mute(t.Context()); err != nil || !until.IsZero() {
		t.Error(until, err)
	}
}

func TestPurgeTellsWhatItRemoved(t *testing.T) {
	x := open(t, Options{})
	x.data.remove(time.Now().AddDate(-1, 0, 0))
	x.shell.Until(t, "removed", func() bool { return slices.Contains(x.told, "Removed: 0 events, 0 files.") })
	if len(x.failed) > 0 {
		t.Error(x.failed)
	}
}

func TestExportSettings(t *testing.T) {
	x := open(t, Options{})
	x.shell.Do = fyne.Do
	file := filepath.Join(t.TempDir(), "mine.toml")
	test.Tap(x.data.export)
	c := x.shell.Window.Canvas()
	c.Focused().(*ui.Entry).SetText(file)
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	x.shell.Until(t, "exported", func() bool {
		return slices.ContainsFunc(x.told, func(s string) bool { return strings.Contains(s, file) })
	})
	if text, err := os.ReadFile(file); err != nil || string(text) != x.data.text || len(text) == 0 {
		t.Errorf("%d bytes of %d, %v", len(text), len(x.data.text), err)
	}
}

func TestAskPurgeCountsFirst(t *testing.T) {
	x := open(t, Options{})
	x.data.askPurge()
	dialog := x.shell.Window.Canvas().Overlays().Top()
	if dialog == nil {
		t.Fatal("nobody asks")
	}
	says := func(part string) bool {
		return slices.ContainsFunc(test.LaidOutObjects(dialog), func(o fyne.CanvasObject) bool {
			l, ok := o.(*widget.Label)
			return ok && strings.Contains(l.Text, part)
		})
	}
	x.shell.Until(t, "counted", func() bool { return says("0 events are that old") })
	if f := x.shell.Window.Canvas().Focused(); f == nil || f.(*ui.Button).Text != "Cancel" {
		t.Error("Enter would remove")
	}
	if len(x.told) > 0 {
		t.Error("it was removed without being asked: ", x.told)
	}
}
