package importer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/capture"
	"linklog/service/importing"
)

// maxEntries bounds what of a folder is listed; a path that is typed may be any.
const maxEntries = 10_000

// entry is a file or a folder in a list.
type entry struct {
	name    string
	folder  bool
	size    int64
	changed time.Time
}

// chooser asks for a file, or a folder with files. Fyne's dialog for that speaks English in part, and
// Escape closes it only while nothing in it has the keyboard.
type chooser struct {
	i      *Importer
	dialog *ui.Dialog
	path   *ui.Entry
	wrong  *widget.Label
	list   *grid.Grid[entry]
	all    *ui.Button

	folder string // that is listed
	asked  int    // counts questions to the system: the answer to an older one is dropped
}

// Ask asks for a file and imports it.
func (i *Importer) Ask() {
	c := &chooser{i: i, path: ui.NewEntry(), wrong: ui.NewWrong()}
	c.list = grid.New(grid.Options[entry]{
		Columns: entryColumns(), Key: func(e *entry) string { return e.name }, Sort: "name", Do: i.c.Do,
		OnSelect: func(e *entry) {
			if e != nil {
				c.path.SetText(filepath.Join(c.folder, e.name))
			}
		},
		OnOpen: func(e *entry) { c.open(filepath.Join(c.folder, e.name)) },
	})
	up := ui.NewButton(lang.L("Folder above"), func() { c.open(filepath.Dir(c.folder)) })
	cancel := ui.NewButton(lang.L("Cancel"), nil)
	c.all = ui.NewButton(lang.L("All files of the folder"), func() { c.choose(c.folder) })
	c.all.Disable()
	open := ui.NewPrimaryButton(lang.L("Open"), func() { c.open(c.path.Text) })
	c.path.OnSubmitted = c.open
	c.path.OnChanged = func(string) { c.tell("") }
	c.dialog = ui.NewDialog(i.c.Window, lang.L("Import an old log or a capture"),
		ui.Border(ui.Border(nil, nil, up, nil, c.path), c.wrong, nil, nil, c.list), fyne.NewSize(760, 520), cancel, c.all, open)
	cancel.OnTapped, c.path.OnEscape = c.dialog.Hide, c.dialog.Hide
	c.dialog.OnClosed = func() { c.asked++ }
	c.dialog.Show(nil)
	c.list.Focus(i.c.Window.Canvas())
	folder := i.folder
	if folder == "" {
		folder = ui.UserFolder()
	}
	c.open(folder)
}

func (c *chooser) tell(wrong string) {
	ui.SetText(c.wrong, wrong)
	ui.SetVisible(c.wrong, wrong != "")
}

// choose ends with a path.
func (c *chooser) choose(path string) {
	c.dialog.Hide()
	c.i.Files([]string{path})
}

// open lists a folder, or ends with a file.
func (c *chooser) open(path string) {
	path = strings.TrimSpace(path)
	if home, err := os.UserHomeDir(); err == nil && (path == "~" || strings.HasPrefix(path, "~/")) {
		path = home + path[1:]
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.folder, path)
	}
	c.asked++
	asked := c.asked
	var list []entry
	folder := false
	c.i.c.Background(func(context.Context) error { // a network drive may take long
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			return err
		}
		folder = true
		list, err = entries(path)
		return err
	}, func(err error) {
		switch {
		case asked != c.asked:
		case err != nil:
			c.tell(ui.Cause(importing.Cause(err)))
		case !folder:
			c.choose(path)
		default:
			c.folder, c.i.folder = filepath.Clean(path), filepath.Clean(path)
			c.list.ClearSelection()
			c.list.SetEmpty(lang.L("There are no files in this folder."))
			c.list.SetRows(list)
			c.path.SetText(c.folder)
			ui.SetEnabled(len(list) > 0, c.all)
		}
	})
}

// entries lists a folder, without what is hidden.
func entries(path string) ([]entry, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	found, err := dir.ReadDir(maxEntries)
	list := make([]entry, 0, len(found))
	for _, f := range found {
		if strings.HasPrefix(f.Name(), ".") {
			continue
		}
		info, err := f.Info()
		if err == nil && info.Mode().Type() == fs.ModeSymlink {
			info, err = os.Stat(filepath.Join(path, f.Name()))
		}
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue // it is gone, or nothing that can be read
		}
		list = append(list, entry{name: f.Name(), folder: info.IsDir(), size: info.Size(), changed: info.ModTime()})
	}
	if len(found) > 0 || errors.Is(err, io.EOF) {
		err = nil // what could be read of it is listed
	}
	return list, err
}

func entryColumns() []grid.Column[entry] {
	byName := func(a, b *entry) int {
		if a.folder != b.folder {
			if a.folder {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), cmp.Compare(a.name, b.name))
	}
	return []grid.Column[entry]{
		{ID: "name", Label: lang.X("import.name", "Name"), Width: 300, MinWidth: 160, Flex: 1, Compare: byName, Cell: func(c *grid.Cell, e *entry) {
			if e.folder {
				c.Text(grid.Bold, grid.Plain, capture.Clean(e.name)+string(filepath.Separator))
				return
			}
			c.Text(grid.Sans, grid.Plain, capture.Clean(e.name))
		}},
		{ID: "size", Label: lang.X("import.size", "Size"), Width: 110, Align: fyne.TextAlignTrailing, Down: true, Spare: 1,
			Compare: func(a, b *entry) int { return cmp.Or(cmp.Compare(a.size, b.size), byName(b, a)) },
			Cell: func(c *grid.Cell, e *entry) {
				if !e.folder {
					c.Text(grid.Mono, grid.Plain, ui.Bytes(e.size))
				}
			}},
		{ID: "changed", Label: lang.X("import.changed", "Changed"), Width: 150, Down: true,
			Compare: func(a, b *entry) int { return cmp.Or(a.changed.Compare(b.changed), byName(b, a)) },
			Cell: func(c *grid.Cell, e *entry) {
				c.Text(grid.Sans, grid.Plain, ui.Moment(e.changed.Local(), time.Now()))
			}},
	}
}
