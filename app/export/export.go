// Package export is the dialog that writes to a file what a page shows: all of it, whole or not at all.
package export

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/service/datafile"
)

// Format is a way to write rows.
type Format struct {
	Label string // "CSV"
	End   string // of the file's name, ".csv"
}

// Source is what can be written. Its functions run in the background.
type Source struct {
	Name    string // of the file, without its end
	Formats []Format

	// Ranges offers to write only what is not older than some time.
	Ranges bool

	// Count counts what there is to write since a time, the zero time: all. nil: it is no rows.
	Count func(ctx context.Context, since time.Time) (int64, error)

	// Write writes it in the format with a number, and calls wrote after each row. It ends when
	// ctx does.
	Write func(ctx context.Context, format int, since time.Time, w io.Writer, wrote func()) error
}

// Dialog asks where to and how, and then shows how far it is.
type Dialog struct {
	c      *ui.Context
	s      Source
	dialog *ui.Dialog

	path          *ui.Entry
	format, since *ui.Select
	count, wrong  *widget.Label
	bar           *widget.ProgressBar
	cancel, write *ui.Button

	asked int   // counts counts: the answer to an older question is dropped
	n     int64 // that there are; -1: not known
	stop  context.CancelFunc
}

// ranges are how old may be what is written, in days; 0: all.
var ranges = []int{0, 1, 7, 30}

// Ask opens the dialog.
func Ask(c *ui.Context, s Source) *Dialog {
	d := &Dialog{c: c, s: s, path: ui.NewEntry(), count: ui.NewMuted(""), wrong: ui.NewWrong(), bar: widget.NewProgressBar()}
	d.bar.Hide()
	var formats []string
	for _, f := range s.Formats {
		formats = append(formats, f.Label)
	}
	d.format = ui.NewSelect(formats, func(string) { d.rename() })
	d.since = ui.NewSelect([]string{lang.L("All that is shown"), lang.L("Of the last 24 hours"), lang.L("Of the last 7 days"), lang.L("Of the last 30 days")}, func(string) { d.ask() })
	d.cancel, d.write = ui.NewButton(lang.L("Cancel"), nil), ui.NewPrimaryButton(lang.L("Export"), d.start)
	rows := container.NewVBox()
	if len(s.Formats) > 1 {
		rows.Add(widget.NewLabel(lang.L("Format")))
		rows.Add(ui.Edged(d.format))
	}
	if s.Ranges {
		rows.Add(widget.NewLabel(lang.L("What")))
		rows.Add(ui.Edged(d.since))
	}
	rows.Add(widget.NewLabel(lang.L("File")))
	for _, o := range []fyne.CanvasObject{d.path, d.count, d.bar, d.wrong} {
		rows.Add(o)
	}
	d.path.OnSubmitted = func(string) { d.start() }
	d.path.OnChanged = func(string) { d.tell("") }
	d.dialog = ui.NewDialog(c.Window, lang.L("Export"), rows, fyne.NewSize(480, 0), d.cancel, d.write)
	d.cancel.OnTapped, d.path.OnEscape = d.dialog.Hide, d.dialog.Hide
	d.dialog.OnClosed = func() {
		d.asked++
		if d.stop != nil {
			d.stop()
		}
	}
	d.path.SetText(filepath.Join(ui.UserFolder(), s.Name+s.Formats[0].End))
	d.format.SetSelectedIndex(0)
	d.since.SetSelectedIndex(0)
	d.dialog.Show(d.path)
	return d
}

// rename gives the file the end of the format.
func (d *Dialog) rename() {
	path := d.path.Text
	for _, f := range d.s.Formats {
		if stem, found := strings.CutSuffix(path, f.End); found {
			d.path.SetText(stem + d.s.Formats[d.format.SelectedIndex()].End)
			return
		}
	}
}

// from is since when to write.
func (d *Dialog) from() (since time.Time) {
	if days := ranges[max(d.since.SelectedIndex(), 0)]; days > 0 {
		since = time.Now().AddDate(0, 0, -days)
	}
	return since
}

// ask counts what there is.
func (d *Dialog) ask() {
	if d.s.Count == nil {
		return
	}
	d.asked++
	asked, since := d.asked, d.from()
	d.n = -1
	d.count.SetText(lang.L("Counting…"))
	var n int64
	d.c.Background(func(ctx context.Context) (err error) {
		n, err = d.s.Count(ctx, since)
		return err
	}, func(err error) {
		if asked != d.asked {
			return
		}
		if err != nil {
			d.count.SetText(ui.Cause(err))
			return
		}
		d.n = n
		d.count.SetText(rows(n))
	})
}

// rows says how many rows there are.
func rows(n int64) string {
	return lang.N("{{.Count}} rows", int(n), map[string]any{"Count": ui.Number(uint64(n))})
}

func (d *Dialog) tell(wrong string) {
	ui.SetText(d.wrong, wrong)
	ui.SetVisible(d.wrong, wrong != "")
}

// start writes, if need be after asking whether a file may be replaced.
func (d *Dialog) start() {
	path := strings.TrimSpace(d.path.Text)
	if d.stop != nil || path == "" {
		return
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(ui.UserFolder(), path)
	}
	switch info, err := os.Lstat(path); {
	case err == nil && !info.Mode().IsRegular():
		d.tell(lang.L("{{.File}} is not a regular file, and is not replaced.", map[string]any{"File": path}))
	case err == nil:
		d.c.Confirm(lang.L("Replace the file?"), path, lang.L("Replace"), func() { d.run(path, info.Mode().Perm()) })
	default:
		d.run(path, 0o600)
	}
}

// showEvery is how often it is shown how far it is.
const showEvery = 200 * time.Millisecond

func (d *Dialog) run(path string, mode os.FileMode) {
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	ui.SetEnabled(false, d.path, d.format, d.since, d.write)
	d.bar.Show()
	d.c.Window.Canvas().Focus(d.cancel)
	var wrote atomic.Int64
	of, format, since := d.n, d.format.SelectedIndex(), d.from()
	ticker := time.NewTicker(showEvery)
	go func() {
		for {
			select {
			case <-ticker.C:
				d.c.Do(func() { d.show(wrote.Load(), of) })
			case <-ctx.Done():
				return
			}
		}
	}()
	d.c.Background(func(app context.Context) error {
		defer context.AfterFunc(app, stop)()
		return datafile.Explain(path, datafile.ReplaceBy(path, mode, func(w io.Writer) error {
			return errors.Join(d.s.Write(ctx, format, since, w, func() { wrote.Add(1) }), ctx.Err())
		}))
	}, func(err error) {
		cancelled := ctx.Err() != nil
		ticker.Stop()
		stop()
		d.stop = nil
		if cancelled {
			d.c.Tell(lang.L("Nothing was exported."))
			return
		}
		if err != nil {
			d.bar.Hide()
			ui.SetEnabled(true, d.path, d.format, d.since, d.write)
			d.tell(lang.L("The file could not be written: {{.Error}}", map[string]any{"Error": ui.Cause(err)}))
			d.c.Window.Canvas().Focus(d.path)
			return
		}
		d.dialog.Hide()
		if d.s.Count == nil {
			d.c.Tell(lang.L("Exported to {{.File}}", map[string]any{"File": path}))
			return
		}
		d.c.Tell(lang.L("{{.Rows}} exported to {{.File}}", map[string]any{"Rows": rows(wrote.Load()), "File": path}))
	})
}

func (d *Dialog) show(wrote, of int64) {
	if d.stop == nil || d.s.Count == nil {
		return
	}
	if of > 0 {
		d.bar.SetValue(min(float64(wrote)/float64(of), 1))
	}
	d.count.SetText(lang.L("{{.Done}} of {{.All}}", map[string]any{"Done": ui.Number(uint64(wrote)), "All": rows(max(of, wrote))}))
}
