package importer

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/date"
	"linklog/app/ui/grid"
	"linklog/capture"
	"linklog/service/api"
)

// showImport shows in the log the time that an import is of.
func (i *Importer) showImport(number int) {
	var got api.Imports
	i.c.Background(func(ctx context.Context) (err error) {
		got, err = i.c.Client.Imports(ctx)
		return err
	}, func(err error) {
		if err != nil {
			i.c.Fail(lang.L("Show in the log"), err)
			return
		}
		if n := slices.IndexFunc(got.Imports, func(im api.Import) bool { return im.Number == number }); n >= 0 {
			i.c.ShowLog(span(&got.Imports[n], time.Now()))
		}
	})
}

// span is the search text for the time that an import is of.
func span(im *api.Import, now time.Time) string {
	return date.Within("", im.Since.Local().Truncate(time.Second), im.Until.Local().Truncate(time.Second).Add(time.Second), now)
}

// undo removes what an import added, and says so in the dialog.
func (w *window) undo(number int) {
	w.show(ui.NewMuted(lang.L("Removing what was imported…")))
	var removed int64
	w.background(func(ctx context.Context) (err error) {
		removed, err = w.i.remove(ctx, number, w.admin)
		return err
	}, func(err error) {
		w.changed()
		if err != nil {
			w.fail(err)
			return
		}
		w.dialog.Hide()
		w.i.tellRemoved(removed)
	})
}

func (i *Importer) tellRemoved(n int64) {
	i.c.Tell(lang.N("{{.Count}} events were removed from the history.", int(n), map[string]any{"Count": ui.Number(uint64(n))}))
}

// remove removes what an import added, as an administrator if the user is none.
func (i *Importer) remove(ctx context.Context, number int, admin bool) (removed int64, err error) {
	if admin {
		return i.c.Client.UndoImport(ctx, number)
	}
	got, err := i.c.Client.Imports(ctx)
	if err != nil {
		return 0, err
	}
	for _, im := range got.Imports {
		if im.Number == number {
			removed = im.Added
		}
	}
	return removed, i.o.Elevated(ctx, "import", "--undo", strconv.Itoa(number), "--yes")
}

// List shows the imports so far, and undoes them.
func (i *Importer) List() {
	var list []api.Import
	var unnumbered int64
	admin := false
	undo := ui.NewButton(lang.L("Undo…"), nil)
	show := ui.NewButton(lang.L("Show in the log"), nil)
	more := ui.NewButton(lang.L("Import…"), nil)
	closing := ui.NewButton(lang.L("Close"), nil)
	below := ui.NewMuted(lang.L("Reading the list…"))
	table := grid.New(grid.Options[api.Import]{
		Columns: importColumns(), Key: func(im *api.Import) string { return strconv.Itoa(im.Number) }, Sort: "number", Down: true,
		Empty: lang.L("Nothing was imported."),
		OnSelect: func(im *api.Import) {
			ui.SetEnabled(im != nil, show)
			ui.SetEnabled(im != nil && (admin || i.o.Elevated != nil), undo)
		},
	})
	ui.SetEnabled(false, undo, show)
	d := ui.NewDialog(i.c.Window, lang.L("Imports"), ui.Border(nil, below, nil, nil, table), fyne.NewSize(720, 420), more, show, undo, closing)
	load := func() {
		i.c.Background(func(ctx context.Context) error {
			h, err := i.c.Client.Hello(ctx)
			if err != nil {
				return err
			}
			admin = h.Role == "administrator"
			got, err := i.c.Client.Imports(ctx)
			list, unnumbered = got.Imports, got.Unnumbered
			return err
		}, func(err error) {
			switch {
			case err != nil:
				below.SetText(ui.Cause(err))
			case unnumbered > 0:
				below.SetText(lang.L("{{.Count}} events were imported before imports had numbers. They cannot be undone one import at a time.", map[string]any{"Count": ui.Number(uint64(unnumbered))}))
			case !admin && i.o.Elevated == nil:
				below.SetText(lang.L("Only an administrator may undo an import."))
			default:
				below.SetText("")
			}
			table.SetRows(list)
		})
	}
	closing.OnTapped = d.Hide
	more.OnTapped = func() {
		d.Hide()
		i.Ask()
	}
	show.OnTapped = func() {
		if im := table.Selected(); im != nil {
			d.Hide()
			i.c.ShowLog(span(im, time.Now()))
		}
	}
	undo.OnTapped = func() {
		im := table.Selected()
		if im == nil {
			return
		}
		number := im.Number
		text := lang.N("This permanently removes {{.Count}} events from the history, those of {{.Files}}.", int(im.Added), map[string]any{"Count": ui.Number(uint64(im.Added)), "Files": files(im)})
		i.c.Confirm(lang.L("Undo import {{.Number}}", map[string]any{"Number": number}), text, lang.L("Remove"), func() {
			var removed int64
			i.c.Background(func(ctx context.Context) (err error) {
				removed, err = i.remove(ctx, number, admin)
				return err
			}, func(err error) {
				if i.o.OnChanged != nil {
					i.o.OnChanged()
				}
				if err != nil {
					below.SetText(ui.Cause(err))
				} else {
					i.tellRemoved(removed)
				}
				load()
			})
		})
	}
	load()
	d.Show(closing)
}

// files are the names of an import's files.
func files(im *api.Import) string {
	var names []string
	for _, f := range im.Files {
		names = append(names, (&file{path: f}).name())
		if len(names) == mostNames {
			break
		}
	}
	if more := len(im.Files) + im.MoreFiles - len(names); more > 0 {
		names = append(names, lang.L("and {{.Count}} more", map[string]any{"Count": more}))
	}
	return capture.Clean(strings.Join(names, ", "))
}

// mostNames bounds how many files of an import are named.
const mostNames = 5

func importColumns() []grid.Column[api.Import] {
	return []grid.Column[api.Import]{
		{ID: "number", Label: lang.X("import.number", "No."), Width: 44, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *api.Import) int { return a.Number - b.Number },
			Cell: func(c *grid.Cell, im *api.Import) { c.Text(grid.Mono, grid.Plain, strconv.Itoa(im.Number)) }},
		{ID: "when", Label: lang.L("When"), Width: 120, Spare: 1, Cell: func(c *grid.Cell, im *api.Import) {
			c.Text(grid.Sans, grid.Plain, ui.Moment(im.When.Local(), time.Now()))
		}},
		{ID: "files", Label: lang.L("Files"), Width: 180, MinWidth: 100, Flex: 1, Cell: func(c *grid.Cell, im *api.Import) {
			if im.Undoing {
				c.Text(grid.Sans, grid.Muted, lang.L("not removed in full yet: undo it again"))
				return
			}
			c.Text(grid.Sans, grid.Plain, files(im))
		}},
		{ID: "added", Label: lang.X("import.added", "Added"), Width: 90, Align: fyne.TextAlignTrailing, Cell: func(c *grid.Cell, im *api.Import) {
			c.Text(grid.Mono, grid.Plain, ui.Number(uint64(im.Added)))
		}},
		{ID: "span", Label: lang.X("import.span", "Of"), Width: 170, Cell: func(c *grid.Cell, im *api.Import) {
			now := time.Now()
			c.Text(grid.Sans, grid.Plain, lang.L("{{.From}} to {{.To}}", map[string]any{"From": ui.Day(im.Since.Local(), now), "To": ui.Day(im.Until.Local(), now)}))
		}},
	}
}
