package settings

import (
	"context"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/export"
	"linklog/app/ui"
	"linklog/service/client"
)

// dataSection is where things lie, and how to get rid of old ones.
type dataSection struct {
	page    *Page
	content *fyne.Container

	file, folder, size  *widget.Label
	export, open, purge *ui.Button
	bring, imports      *ui.Button
	text                string
}

func newDataSection(p *Page) *dataSection {
	d := &dataSection{page: p, file: path(), folder: path(), size: ui.NewMuted("")}
	d.export = ui.NewButton(lang.L("Export…"), d.exportSettings)
	d.open = ui.NewButton(lang.L("Open"), d.openFolder)
	d.purge = ui.NewButton(lang.L("Remove old events…"), d.askPurge)
	d.bring = ui.NewButton(lang.L("Import…"), p.options.Import)
	d.imports = ui.NewButton(lang.L("Imports…"), p.options.Imports)
	copies := func(l *widget.Label) fyne.CanvasObject { return ui.NewCopy(p.context, func() string { return l.Text }) }
	d.content = section(lang.L("Data"),
		row(lang.L("Settings file"), "", container.NewBorder(nil, nil, nil, container.NewHBox(copies(d.file), d.export), d.file)),
		row(lang.L("Data folder"), "", container.NewBorder(nil, nil, nil, container.NewHBox(copies(d.folder), d.open), d.folder)),
		row(lang.L("History"), "", container.NewVBox(d.size, container.NewHBox(d.purge))),
		row(lang.L("Old logs"), lang.L("Logs of LinkLog, of the programs before it and of routers, and captures. You can also drop them on the window."), atLeft(d.bring, d.imports)),
	)
	d.enable(false, false)
	return d
}

func path() *widget.Label {
	l := ui.Mono("")
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

func (d *dataSection) enable(answers, admin bool) {
	ui.SetEnabled(answers, d.export, d.open, d.bring, d.imports)
	ui.SetEnabled(answers && admin, d.purge)
}

func (d *dataSection) loaded(l loaded, err error) {
	if err != nil {
		d.enable(false, false)
		return
	}
	d.text = l.text
	d.file.SetText(l.path)
	d.folder.SetText(l.status.Data)
	h := l.status.History
	text := lang.N("{{.Count}} events in {{.Size}}", int(h.Events), map[string]any{"Count": ui.Number(uint64(h.Events)), "Size": ui.Bytes(h.Bytes)})
	if h.Events > 0 {
		text += lang.L(", since {{.Day}}", map[string]any{"Day": ui.Day(h.Since.Local(), time.Now())})
	}
	if l.hello.Role != "administrator" {
		text += ". " + lang.L("Only administrators may remove events.")
	}
	d.size.SetText(text)
	d.enable(true, l.hello.Role == "administrator")
}

// exportSettings saves the text of the settings file elsewhere.
func (d *dataSection) exportSettings() {
	text := d.text
	export.Ask(d.page.context, export.Source{
		Name: "linklog", Formats: []export.Format{{Label: "TOML", End: ".toml"}},
		Write: func(_ context.Context, _ int, _ time.Time, w io.Writer, _ func()) error {
			_, err := io.WriteString(w, text)
			return err
		},
	})
}

// openFolder shows the data folder in the file manager.
func (d *dataSection) openFolder() {
	open := d.page.options.OpenFolder
	if open == nil {
		open = func(path string) error {
			path = filepath.ToSlash(path)
			if len(path) > 0 && path[0] != '/' {
				path = "/" + path // C:/… on Windows
			}
			return fyne.CurrentApp().OpenURL(&url.URL{Scheme: "file", Path: path})
		}
	}
	folder := d.folder.Text
	d.page.context.Background(func(context.Context) error { return open(folder) }, func(err error) {
		if err != nil {
			d.page.context.Fail(lang.L("Open the data folder"), err)
		}
	})
}

// purgeAfter are the ages to choose from, in days.
var purgeAfter = []int{7, 30, 90, 180, 365}

// askPurge asks what to remove, and says how much that is.
func (d *dataSection) askPurge() {
	c := d.page.context
	count := ui.NewMuted(lang.L("Counting…"))
	var before time.Time
	ages := make([]string, len(purgeAfter))
	for i, days := range purgeAfter {
		ages[i] = lang.N("{{.Days}} days", days, map[string]any{"Days": days})
	}
	choose := ui.NewSelect(ages, nil)
	generation := 0
	choose.OnChanged = func(string) {
		generation++
		mine := generation
		before = time.Now().AddDate(0, 0, -purgeAfter[choose.SelectedIndex()])
		until, n := before, int64(0)
		count.SetText(lang.L("Counting…"))
		c.Background(func(ctx context.Context) (err error) {
			n, err = c.Client.Count(ctx, client.Query{Until: until})
			return err
		}, func(err error) {
			if mine != generation {
				return
			}
			if err != nil {
				count.SetText(ui.Cause(err))
				return
			}
			count.SetText(lang.N("{{.Count}} events are that old. Whole files are removed: those that also hold newer events stay.", int(n), map[string]any{"Count": ui.Number(uint64(n))}))
		})
	}
	content := container.NewVBox(container.NewHBox(widget.NewLabel(lang.L("Remove events older than")), ui.Edged(choose)), count)
	remove := ui.NewButton(lang.L("Remove"), nil)
	remove.Importance = widget.DangerImportance
	cancel := ui.NewButton(lang.L("Cancel"), nil)
	ask := ui.NewDialog(c.Window, lang.L("Remove old events"), content, fyne.NewSize(460, 200), cancel, remove)
	cancel.OnTapped = ask.Hide
	remove.OnTapped = func() {
		ask.Hide()
		d.remove(before)
	}
	choose.SetSelectedIndex(len(purgeAfter) - 1)
	ask.Show(cancel) // the safe one has the keyboard
}

// remove removes what is older than a time, for good.
func (d *dataSection) remove(before time.Time) {
	c := d.page.context
	var files, events int64
	c.Background(func(ctx context.Context) (err error) {
		files, events, err = c.Client.Purge(ctx, before)
		return err
	}, func(err error) {
		if err != nil {
			c.Fail(lang.L("Remove old events"), err)
			return
		}
		c.Tell(lang.L("Removed: {{.Count}} events, {{.Files}} files.", map[string]any{"Count": ui.Number(uint64(events)), "Files": ui.Number(uint64(files))}))
		d.page.load()
	})
}
