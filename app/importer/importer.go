// Package importer lets the user import old logs and captures: it shows what is in the files
// before, how far the import has come, and what became of it; and it can undo imports.
package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/phrase"
	"linklog/service/doctor"
	"linklog/service/importing"
)

// Options are what else is needed. The functions run on Fyne's thread, but for Elevated.
type Options struct {
	// Elevated runs the command linklog with arguments as an administrator, after the system has asked
	// for the rights; nil: it cannot be done.
	Elevated func(ctx context.Context, args ...string) error

	// OnChanged is called when events were imported or removed.
	OnChanged func()
}

// Importer imports files, some at a time.
type Importer struct {
	c *ui.Context
	o Options

	open   *window // nil: none
	folder string  // from which a file was chosen last; "": none was
}

// New returns an Importer.
func New(c *ui.Context, o Options) *Importer { return &Importer{c: c, o: o} }

// Dropped takes what was dropped on the window.
func (i *Importer) Dropped(list []fyne.URI) {
	var paths []string
	for _, u := range list {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	if len(paths) > 0 {
		i.Files(paths)
	}
}

// Files shows what is in files, or those of folders, and imports them if that is wanted.
func (i *Importer) Files(paths []string) {
	if i.open != nil {
		i.c.Tell(lang.L("One import at a time: finish the one that is open first."))
		return
	}
	newWindow(i).look(paths)
}

// window is the dialog of an import: first with what is in the files, then with how far it is,
// then with what became of it.
type window struct {
	i      *Importer
	dialog *ui.Dialog
	body   *fyne.Container
	foot   *fyne.Container
	cancel context.CancelFunc // of what runs
	shown  bool
	closed bool

	files []file
	admin bool // the service lets this user import
	job   *job
	stats latest[progress]
}

func newWindow(i *Importer) *window {
	w := &window{i: i, body: container.NewStack(), foot: container.NewHBox(), cancel: func() {}}
	w.dialog = ui.NewDialog(i.c.Window, lang.L("Import old logs"), w.body, fyne.NewSize(760, 520), w.foot)
	w.dialog.OnClosed = func() {
		w.closed, i.open = true, nil
		w.cancel()
	}
	i.open = w
	w.show(ui.NewMuted(lang.L("Looking into the files…")), w.button(lang.L("Cancel"), w.dialog.Hide))
	return w
}

func (w *window) button(label string, tapped func()) *ui.Button { return ui.NewButton(label, tapped) }

// show shows another stage, with the keyboard at the last of its buttons.
func (w *window) show(body fyne.CanvasObject, buttons ...*ui.Button) {
	if w.closed {
		return
	}
	w.body.Objects = []fyne.CanvasObject{body}
	w.body.Refresh()
	w.foot.RemoveAll()
	for _, b := range buttons {
		w.foot.Add(b)
	}
	var first fyne.Focusable
	if n := len(buttons); n > 0 {
		first = buttons[n-1]
		if buttons[n-1].Disabled() {
			first = buttons[0]
		}
	}
	if !w.shown {
		w.shown = true
		w.dialog.Show(first)
	} else if first != nil {
		w.i.c.Window.Canvas().Focus(first)
	}
}

// background runs work that ends with the dialog.
func (w *window) background(work func(context.Context) error, done func(error)) {
	within, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.i.c.While(within, work, done)
}

// look finds the files, and reads the first.
func (w *window) look(paths []string) {
	var list []file
	var begin sample
	var admin bool
	w.background(func(ctx context.Context) error {
		list = find(paths)
		if f := first(list); f != nil {
			begin = look(ctx, f)
		}
		h, err := w.i.c.Client.Hello(ctx)
		admin = h.Role == "administrator"
		return err
	}, func(err error) {
		if w.closed {
			return
		}
		if err != nil {
			w.fail(err)
			return
		}
		w.files, w.admin = list, admin
		newPreview(w, &begin)
	})
}

// fail says why nothing can be imported.
func (w *window) fail(err error) {
	w.show(ui.NewMuted(ui.Cause(err)), w.button(lang.L("Close"), w.dialog.Hide))
}

// run imports the files.
func (w *window) run() {
	if !w.admin {
		w.elevated()
		return
	}
	bar, name, counts := widget.NewProgressBar(), ui.NewMuted(""), ui.NewMuted("")
	name.Wrapping, name.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	var cancel *ui.Button
	cancel = w.button(lang.L("Cancel"), func() {
		cancel.Disable()
		w.cancel()
	})
	w.show(container.NewVBox(name, bar, counts), cancel)
	w.job = newJob(w.i.c.Client, w.files, func(p progress) {
		if w.stats.put(p) {
			w.i.c.Do(func() {
				p := w.stats.take()
				ui.SetText(name, ofFiles(&p))
				ui.SetText(counts, counted(&p))
				bar.SetValue(p.share)
			})
		}
	})
	w.background(w.job.run, func(err error) {
		if w.job.sender.Added > 0 {
			w.changed()
		}
		w.finish(err)
	})
}

func (w *window) changed() {
	if w.i.o.OnChanged != nil {
		w.i.o.OnChanged()
	}
}

// ofFiles says which file is read.
func ofFiles(p *progress) string {
	if p.files == 1 {
		return p.name
	}
	return lang.L("{{.Name}} (file {{.Number}} of {{.Count}})", map[string]any{"Name": p.name, "Number": p.file, "Count": p.files})
}

// counted says what was read.
func counted(p *progress) string {
	list := []string{events(p.events)}
	if p.bad > 0 {
		list = append(list, lang.L("not understood: {{.Count}}", map[string]any{"Count": ui.Number(uint64(p.bad))}))
	}
	if p.none > 0 {
		list = append(list, lang.L("about something else: {{.Count}}", map[string]any{"Count": ui.Number(uint64(p.none))}))
	}
	return strings.Join(list, " · ")
}

// events says how many.
func events(n int) string {
	return lang.N("{{.Count}} events", n, map[string]any{"Count": ui.Number(uint64(n))})
}

// finish says what became of it.
func (w *window) finish(err error) {
	j := w.job
	if w.closed { // by Escape: that cancelled it
		if j.sender.Added > 0 {
			w.i.c.Tell(lang.L("The import was cancelled after {{.Events}}. It can be undone in the settings.", map[string]any{"Events": events(j.sender.Added)}))
		}
		return
	}
	text := report(j, err)
	buttons := []*ui.Button{}
	if j.sender.Import > 0 {
		buttons = append(buttons, w.button(lang.L("Undo"), func() { w.undo(j.sender.Import) }))
	}
	buttons = append(buttons, w.button(lang.L("Close"), w.dialog.Hide))
	if j.sender.Import > 0 {
		show := ui.NewPrimaryButton(lang.L("Show in the log"), func() {
			w.dialog.Hide()
			w.i.showImport(j.sender.Import)
		})
		buttons = append(buttons, show)
	}
	w.show(container.NewVScroll(ui.NewMuted(text)), buttons...)
}

// report is what became of an import, for people.
func report(j *job, err error) string {
	s := &j.sender
	lines := []string{lang.L("Nothing was added to the history.")}
	if s.Added > 0 {
		lines[0] = lang.N("{{.Count}} events were added to the history.", s.Added, map[string]any{"Count": ui.Number(uint64(s.Added))})
	}
	switch {
	case errors.Is(err, context.Canceled):
		lines = append(lines, lang.L("The import was cancelled; what was read until then stays."))
	case err != nil:
		lines = append(lines, lang.L("The import ended early: {{.Error}}", map[string]any{"Error": ui.Cause(err)}))
	}
	if s.Known > 0 {
		lines = append(lines, lang.N("{{.Count}} were there already.", s.Known, map[string]any{"Count": ui.Number(uint64(s.Known))}))
	}
	if s.Unrecorded > 0 {
		lines = append(lines, lang.N("{{.Count}} were left out, as they are not to be recorded.", s.Unrecorded, map[string]any{"Count": ui.Number(uint64(s.Unrecorded))}))
	}
	for i := range j.done {
		r := &j.done[i]
		lines = append(lines, "")
		if r.err != nil {
			lines = append(lines, r.name()+": "+ui.Cause(r.err))
		} else {
			lines = append(lines, r.name()+": "+about(&r.Outcome))
		}
		for k := range r.bad {
			lines = append(lines, ui.Say(r.bad[k].Phrase()))
		}
		for _, note := range r.Notes {
			lines = append(lines, ui.Say(note))
		}
		if len(lines) > maxReport {
			lines = append(lines[:maxReport], "…")
			break
		}
	}
	return strings.Join(lines, "\n")
}

// maxReport bounds the lines of a report.
const maxReport = 200

// about says what is in a file.
func about(o *importing.Outcome) string {
	list := []string{formatName(o.Format), events(o.Events)}
	if o.Failed > 0 {
		list = append(list, lang.L("not understood: {{.Count}}", map[string]any{"Count": ui.Say(o.Lines(o.Failed))}))
	}
	if o.Foreign > 0 {
		list = append(list, lang.L("about something else: {{.Count}}", map[string]any{"Count": ui.Say(o.Lines(o.Foreign))}))
	}
	return strings.Join(list, " · ")
}

// formatName is what a format is called, without the list of those that write it.
func formatName(f oldlogs.Format) string {
	for _, info := range oldlogs.Formats() {
		if info.Format == f {
			name, _, _ := strings.Cut(ui.Say(phrase.Say(info.Description)), ":")
			return name
		}
	}
	return lang.L("nothing in it")
}

// elevated lets the command do it, as an administrator.
func (w *window) elevated() {
	args := []string{"import", "--"}
	for _, f := range w.files {
		if f.err == nil {
			args = append(args, f.path)
		}
	}
	bar := widget.NewProgressBarInfinite()
	w.show(container.NewVBox(ui.NewMuted(lang.L("Importing as an administrator…")), bar))
	before, after := 0, 0
	var added, known, unrecorded int64
	w.background(func(ctx context.Context) error {
		got, err := w.i.c.Client.Imports(ctx)
		if err != nil {
			return err
		}
		for _, im := range got.Imports {
			before = max(before, im.Number)
		}
		if err := w.i.o.Elevated(ctx, args...); err != nil {
			return err
		}
		if got, err = w.i.c.Client.Imports(ctx); err != nil {
			return err
		}
		for _, im := range got.Imports {
			if im.Number > before {
				after, added, known, unrecorded = im.Number, im.Added, im.Known, im.Unrecorded
			}
		}
		return nil
	}, func(err error) {
		bar.Stop()
		w.job = newJob(w.i.c.Client, nil, nil)
		w.job.sender.Import, w.job.sender.Added, w.job.sender.Known = after, int(added), int(known)
		w.job.sender.Unrecorded = int(unrecorded)
		if added > 0 {
			w.changed()
		}
		w.finish(err)
	})
}

// command is what imports the files in a terminal.
func (w *window) command() string {
	var b strings.Builder
	b.WriteString("linklog import")
	for _, f := range w.files {
		if f.err == nil {
			fmt.Fprintf(&b, " '%s'", strings.ReplaceAll(capture.Clean(f.path), "'", `'\''`))
		}
	}
	return doctor.AsAdministrator(b.String())
}
