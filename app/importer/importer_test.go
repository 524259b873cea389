package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/lang"
	"linklog/app/translations"
	"linklog/app/ui"
	"linklog/app/ui/grid"
	themes "linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/service/api"
)

// bench is an Importer before a service.
type bench struct {
	*uitest.Bench
	*Importer
	changes int
}

func start(t *testing.T, o Options) *bench {
	b := &bench{Bench: uitest.Start(t, nil)}
	o.OnChanged = func() { b.changes++ }
	b.Importer = New(b.Context, o)
	b.Bench.Window.Resize(fyne.NewSize(900, 640))
	return b
}

// write makes a file with lines of the original program, some of which are none.
func write(t *testing.T, name string, lines ...string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const attempt = "192.168.1.1\t2003-01-16\t23:29:%02d-0\tin\t203.0.113.9\t51234\t192.168.1.10\t%d"

func oldLog(t *testing.T, n int) string {
	lines := []string{fmt.Sprintf(attempt, 0, 1), "192.168.1.1\tthis is no date\tx\tin\ty\t1\tz\t2"}
	for i := 1; i < n; i++ {
		lines = append(lines, fmt.Sprintf(attempt, i/1000, 1+i%60000))
	}
	return write(t, "old.log", lines...)
}

// texts are all texts of the dialog.
func (b *bench) texts() string {
	var list []string
	for _, o := range test.LaidOutObjects(b.Bench.Window.Canvas().Overlays().Top()) {
		switch o := o.(type) {
		case *widget.Label:
			list = append(list, o.Text)
		case *ui.Button:
			list = append(list, "["+o.Text+"]")
		}
	}
	return strings.Join(list, "\n")
}

func (b *bench) says(t *testing.T, text string) {
	t.Helper()
	b.Until(text, func() bool { return strings.Contains(b.texts(), text) })
}

func (b *bench) tap(t *testing.T, label string) {
	t.Helper()
	for _, o := range b.open.foot.Objects {
		if button := o.(*ui.Button); button.Text == label {
			if button.Disabled() {
				t.Fatalf("%s is disabled", label)
			}
			button.OnTapped()
			return
		}
	}
	t.Fatalf("no button %q in\n%s", label, b.texts())
}

func (b *bench) count(t *testing.T) int64 {
	t.Helper()
	s, err := b.Client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Imported.Events
}

// From the file dropped on the window to the log, and back.
func TestImport(t *testing.T) {
	b := start(t, Options{})
	b.Dropped([]fyne.URI{storage.NewFileURI(oldLog(t, 300))})
	b.says(t, "linksysmon")
	b.says(t, "not a date")
	b.Settle()
	if rows := previewRows(b); rows != maxPreview {
		t.Errorf("%d rows", rows)
	}
	if b.count(t) != 0 {
		t.Fatal("it was imported before")
	}
	b.tap(t, "Import")
	b.says(t, "300 events were added to the history.")
	b.says(t, "not understood: 1 line")
	if n := b.count(t); n != 300 || b.changes != 1 {
		t.Errorf("%d events, told %d times", n, b.changes)
	}
	b.tap(t, "Show in the log")
	b.Settle()
	if len(b.Logs) != 1 || !strings.HasPrefix(b.Logs[0], "since:") || !strings.Contains(b.Logs[0], " until:") {
		t.Fatalf("the log was asked for %q", b.Logs)
	}
	b.Dropped([]fyne.URI{storage.NewFileURI(oldLog(t, 10))})
	b.says(t, "[Import]")
	b.tap(t, "Import")
	b.says(t, "10 were there already.")
	b.tap(t, "Close")
	b.Dropped([]fyne.URI{storage.NewFileURI(write(t, "new.log", strings.Replace(fmt.Sprintf(attempt, 1, 9), "203.0.113.9", "203.0.113.10", 1)))})
	b.says(t, "[Import]")
	b.tap(t, "Import")
	b.says(t, "1 event was added to the history.")
	b.tap(t, "Undo")
	b.Settle()
	if n := b.count(t); n != 300 || b.open != nil {
		t.Errorf("after undoing: %d events", n)
	}
}

func previewRows(b *bench) int {
	for _, o := range test.LaidOutObjects(b.Bench.Window.Canvas().Overlays().Top()) {
		if g, ok := o.(*grid.Grid[capture.Event]); ok {
			return len(g.Rows())
		}
	}
	return -1
}

// A file that is none of the formats, one that is not there, a folder, a device: each says why, and the others are imported.
func TestUnreadable(t *testing.T) {
	b := start(t, Options{})
	zip := write(t, "logs.zip", "PK\x03\x04 and so on")
	text := write(t, "letter.txt", "Dear router,")
	good := oldLog(t, 3)
	b.Files([]string{zip})
	b.says(t, "an archive (zip): unpack it first")
	if !b.open.foot.Objects[1].(*ui.Button).Disabled() {
		t.Error("it could be imported")
	}
	b.tap(t, "Cancel")
	b.Files([]string{zip, text, filepath.Join(t.TempDir(), "gone.log"), os.DevNull, t.TempDir(), good})
	b.says(t, "cannot be read.")
	b.tap(t, "Import")
	b.says(t, "3 events were added to the history.")
	for _, want := range []string{"an archive (zip)", "it begins with", "no such file", "not a file", "a folder without files"} {
		b.says(t, want)
	}
	if b.count(t) != 3 {
		t.Error(b.count(t))
	}
}

// Cancelling ends the reading at once, also where no line gives an event; what was added stays and
// can be undone.
func TestCancel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "foreign.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("Jan 16 23:29:58 host cron[1]: (root) CMD (something else)\n", 1000))
	for range 400 {
		if _, err := f.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	ctx, cancel := context.WithCancel(t.Context())
	j := newJob(nil, find([]string{path}), nil)
	var at time.Time
	j.at = func(progress) {
		at = time.Now()
		cancel()
	}
	if err := j.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if took := time.Since(at); took > time.Second {
		t.Errorf("it went on for %v", took)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if s := look(ctx, &j.files[0]); !errors.Is(s.err, context.Canceled) {
		t.Errorf("looking went on: %v", s.err)
	}
	s := look(t.Context(), &j.files[0])
	if s.err != nil || !s.part || s.Foreign > maxLines+10_000 {
		t.Errorf("%v, %d lines", s.err, s.Foreign)
	}
}

// Who may not import lets an administrator do it, or is told how.
func TestNotAdministrator(t *testing.T) {
	var asked []string
	var b *bench
	b = start(t, Options{Elevated: func(ctx context.Context, args ...string) error {
		asked = append(asked, strings.Join(args, " "))
		if args[1] == "--undo" {
			_, err := b.Client.UndoImport(ctx, 1)
			return err
		}
		return newJob(b.Client, find(args[2:]), func(progress) {}).run(ctx)
	}})
	path := oldLog(t, 2)
	open := func() {
		w := newWindow(b.Importer)
		w.files = find([]string{path, filepath.Join(t.TempDir(), "gone.log")})
		s := look(t.Context(), first(w.files))
		newPreview(w, &s)
	}
	open()
	b.tap(t, "Import as an administrator…")
	b.says(t, "2 events were added to the history.")
	b.tap(t, "Undo")
	b.Settle()
	if want := []string{"import -- " + path, "import --undo 1 --yes"}; fmt.Sprint(asked) != fmt.Sprint(want) || b.count(t) != 0 {
		t.Errorf("%q, %d events", asked, b.count(t))
	}
	b.o.Elevated = nil
	open()
	b.says(t, "linklog import '"+path+"'")
	if !b.open.foot.Objects[1].(*ui.Button).Disabled() {
		t.Error("it could be imported")
	}
}

// The list of imports undoes them after a question.
func TestList(t *testing.T) {
	b := start(t, Options{})
	if err := newJob(b.Client, find([]string{oldLog(t, 7)}), func(progress) {}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.List()
	b.Settle()
	var undo *ui.Button
	table := (*grid.Grid[api.Import])(nil)
	for _, o := range test.LaidOutObjects(b.Bench.Window.Canvas().Overlays().Top()) {
		switch o := o.(type) {
		case *ui.Button:
			if o.Text == "Undo…" {
				undo = o
			}
		case *grid.Grid[api.Import]:
			table = o
		}
	}
	if !undo.Disabled() || len(table.Rows()) != 1 {
		t.Fatalf("%d rows", len(table.Rows()))
	}
	table.Select("1")
	undo.OnTapped()
	b.says(t, "This permanently removes 7 events from the history, those of old.log.")
	for _, o := range test.LaidOutObjects(b.Bench.Window.Canvas().Overlays().Top()) {
		if button, ok := o.(*ui.Button); ok && button.Text == "Remove" {
			button.OnTapped()
			break
		}
	}
	b.Settle()
	if b.count(t) != 0 || len(table.Rows()) != 0 || b.changes != 1 {
		t.Errorf("%d events, %d rows, told %d times", b.count(t), len(table.Rows()), b.changes)
	}
}

// What a format is called can be said in both languages.
func TestFormats(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		raw, err := lang.Read("oldlogs", language)
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]string
		if err := json.Unmarshal(raw, &have); err != nil {
			t.Fatal(err)
		}
		for _, f := range oldlogs.Formats() {
			if have[f.Description] == "" {
				t.Errorf("%s: %q", language, f.Description)
			}
		}
	}
}

// All stages are whole in the smallest window.
func TestWhole(t *testing.T) {
	b := start(t, Options{})
	b.Bench.Window.Resize(fyne.NewSize(640, 480))
	whole := func(what string) {
		t.Helper()
		for _, flaw := range uitest.Flaws(b.Bench.Window.Canvas().Overlays().Top()) {
			t.Errorf("%s: %s", what, flaw)
		}
	}
	b.Files([]string{oldLog(t, 300), write(t, "x.txt", "nothing")})
	b.says(t, "not a date")
	b.Settle()
	whole("preview")
	b.tap(t, "Import")
	b.says(t, "added to the history")
	whole("result")
	b.tap(t, "Close")
	b.List()
	b.Settle()
	whole("list")
}

// Why a line is not understood is said in the user's language.
func TestReasonsInGerman(t *testing.T) {
	b := start(t, Options{})
	if err := translations.Load("de"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := translations.Load("en"); err != nil {
			t.Error(err)
		}
	})
	b.Files([]string{oldLog(t, 3)})
	b.says(t, `Zeile 2: kein Datum: "this is no date"`)
	b.tap(t, "Importieren")
	b.says(t, `Zeile 2: kein Datum: "this is no date"`)
}

// No date is cut.
func TestTimeColumn(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(themes.Theme{Mode: themes.Light})
	for month := range time.Month(12) {
		text := ui.Day(time.Date(2006, month+1, 28, 0, 0, 0, 0, time.UTC), time.Now()) + ". 20:38:58" // in German there is a point, too
		need := fyne.MeasureText(text, themes.TextSize, fyne.TextStyle{}).Width
		if got := columns()[0].Width; got < need+16 {
			t.Errorf("the column is %v wide, %s is %v", got, text, need)
		}
	}
}

// What is left out, as the settings do not want it recorded, is said, also if nothing else was in a log.
func TestReportUnrecorded(t *testing.T) {
	j := newJob(nil, nil, nil)
	j.sender.Unrecorded = 3
	if text := report(j, nil); text != "Nothing was added to the history.\n3 were left out, as they are not to be recorded." {
		t.Errorf("%q", text)
	}
}
