package app

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/filter"
)

// saved is the list of saved filters, below the pages.
type saved struct {
	app   *App
	list  *fyne.Container
	items []*savedItem

	removed *prefs.Filter // can be put back; nil: none
	place   int           // where it was
	count   int           // counts removals: only the last can be taken back
}

// savedItem is a saved filter in the list.
type savedItem struct {
	*ui.NavItem
	query string // as the log has it
}

// undoWithin is how long a filter that was removed can be put back.
const undoWithin = 20 * time.Second

func newSaved(x *App) *saved { return &saved{app: x, list: container.NewVBox()} }

// show lists the filters as they are.
func (s *saved) show() {
	s.list.RemoveAll()
	s.items = nil
	filters := s.app.prefs.Get().Saved
	if len(filters) > 0 || s.removed != nil {
		s.list.Add(space(6))
		s.list.Add(ui.NewMuted(lang.L("Saved filters")))
	}
	for i, f := range filters {
		if s.removed != nil && i == s.place {
			s.list.Add(s.undo())
		}
		item := &savedItem{ui.NewNavItem(f.Name, func() { s.app.showLog(f.Query) }, func(at fyne.Position) {
			widget.ShowPopUpMenuAtPosition(s.menu(f, i, len(filters)), s.app.window.Canvas(), at)
		}), canonical(f.Query)}
		s.items = append(s.items, item)
		s.list.Add(item.NavItem)
	}
	if s.removed != nil && s.place >= len(filters) {
		s.list.Add(s.undo())
	}
	if s.app.logPage != nil {
		s.app.logPage.SavedChanged()
	}
	s.choose()
}

// canonical is a search text as the log has it.
func canonical(query string) string {
	f, err := filter.Parse(query)
	if err != nil {
		return query // of a later version
	}
	return f.String()
}

// choose marks what the log shows.
func (s *saved) choose() {
	if s.app.logPage == nil {
		return
	}
	query := s.app.logPage.Query()
	for _, item := range s.items {
		item.SetChosen(item.query == query)
	}
}

// menu is what can be done with one of so many filters.
func (s *saved) menu(f prefs.Filter, i, count int) *fyne.Menu {
	move := func(label string, by int) *fyne.MenuItem {
		item := fyne.NewMenuItem(label, func() { s.app.prefs.MoveFilter(f.Name, by); s.show() })
		item.Disabled = i+by < 0 || i+by >= count
		return item
	}
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Show"), func() { s.app.showLog(f.Query) }),
		fyne.NewMenuItemSeparator(),
		s.colours(f),
		fyne.NewMenuItem(lang.L("Rename…"), func() { s.rename(f.Name) }),
		move(lang.L("Move up"), -1),
		move(lang.L("Move down"), 1),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Remove"), func() { s.remove(f.Name) }),
	)
}

// colours is the menu of the colours that rows may have which a filter matches.
func (s *saved) colours(f prefs.Filter) *fyne.MenuItem {
	menu := fyne.NewMenu("")
	labels := map[string]string{
		"": lang.L("No colour"), "red": lang.L("Red"), "orange": lang.L("Orange"), "green": lang.L("Green"), "teal": lang.L("Teal"), "pink": lang.L("Pink"),
	}
	for _, colour := range append([]string{""}, look.Marks()...) {
		item := fyne.NewMenuItem(labels[colour], func() { s.app.prefs.ColourFilter(f.Name, colour); s.show() })
		item.Checked = f.Colour == colour
		menu.Items = append(menu.Items, item)
	}
	item := fyne.NewMenuItem(lang.L("Colour in the log"), nil)
	item.ChildMenu = menu
	return item
}

func (s *saved) rename(name string) {
	s.app.ui.AskName(lang.L("Rename the filter"), "", name, func(_ context.Context, to string) error {
		switch {
		case to == "":
			return errors.New(lang.L("Enter a name."))
		case !s.app.prefs.RenameFilter(name, to):
			return errors.New(lang.L("A different filter has this name."))
		}
		return nil
	}, s.show)
}

// remove removes a filter; for a while it can be put back.
func (s *saved) remove(name string) {
	removed, place := s.app.prefs.RemoveFilter(name)
	if place < 0 {
		return
	}
	s.removed, s.place = &removed, place
	s.count++
	count := s.count
	s.show()
	time.AfterFunc(undoWithin, func() {
		s.app.do(func() {
			if s.count == count && s.removed != nil {
				s.removed = nil
				s.show()
			}
		})
	})
}

// undo is the line that puts a filter back.
func (s *saved) undo() fyne.CanvasObject {
	return ui.NewNavItem(lang.L("Restore {{.Name}}", map[string]any{"Name": s.removed.Name}), func() {
		s.app.prefs.RestoreFilter(*s.removed, s.place)
		s.removed = nil
		s.show()
	}, nil)
}
