package view

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"linklog/capture"
)

// Sort is the order of rows: that of a column, from high to low or not. The zero value is the
// order of time, as they come.
type Sort struct {
	Column string // its ID
	Down   bool
}

// SetSort says which order the rows have. Those of one by a column do not come as they happen: no
// days are told apart, and each says its own.
func (v *View) SetSort(s Sort) {
	v.sort = s
	v.cols.dated = s.Column != ""
	if v.drawn() {
		v.arrange(v.Size().Width)
	}
	v.redraw()
}

// Comparing compares events by a column, those first that have something in it; nil: it cannot be
// sorted by.
func (v *View) Comparing(by Sort) func(a, b *capture.Event) int {
	i := v.cols.index(by.Column)
	if i < 0 || v.cols.columns[i].Compare == nil {
		return nil
	}
	c := v.cols.columns[i].Column
	return func(a, b *capture.Event) int {
		if c.Attempts {
			if has, other := a.Kind == capture.Traffic, b.Kind == capture.Traffic; has != other {
				if has == by.Down {
					return 1
				}
				return -1
			}
		}
		return c.Compare(a, b)
	}
}

// Label is the name of a column, in full.
func (v *View) Label(id string) string {
	if i := v.cols.index(id); i >= 0 {
		return cmp.Or(v.cols.columns[i].Name, v.cols.columns[i].Label)
	}
	return id
}

// next is the order after a click on a column: by it, then the other way round, then by time again, from
// low to high as they come.
func (s Sort) next(id string) Sort {
	switch {
	case s.Column != id:
		return Sort{id, id == "time"}
	case !s.Down:
		return Sort{id, true}
	}
	return Sort{}
}

// sortBy asks for an order.
func (v *View) sortBy(id string) {
	k := v.cols.index(id)
	if k < 0 || v.cols.columns[k].Compare == nil || v.o.OnSort == nil {
		return
	}
	v.o.OnSort(v.sort.next(id))
}

// sortMenu lists the columns that can be sorted by, with what another click on each does.
func (v *View) sortMenu() *fyne.MenuItem {
	menu := fyne.NewMenu("")
	for k := range v.cols.columns {
		c := &v.cols.columns[k]
		if c.Compare == nil || !c.shown {
			continue
		}
		item := fyne.NewMenuItem(cmp.Or(c.Name, c.Label), func() { v.sortBy(c.ID) })
		item.Checked = v.sort.Column == c.ID
		menu.Items = append(menu.Items, item)
	}
	if v.sort.Column != "" {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("By time, as they come"), func() { v.o.OnSort(Sort{}) }))
	}
	item := fyne.NewMenuItem(lang.L("Sort by"), nil)
	item.ChildMenu = menu
	return item
}

// ShowColumns opens the menu of the header, at its beginning.
func (v *View) ShowColumns() {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(v)
	v.showColumns(at.AddXY(margin, headerHeight))
}

// compareEnds orders by name, those without behind them by address.
func compareEnds(a, b *capture.Endpoint) int {
	if (a.Name == "") != (b.Name == "") {
		if a.Name == "" {
			return 1
		}
		return -1
	}
	if c := compareNames(a.Name, b.Name); c != 0 {
		return c
	}
	return a.Addr.Compare(b.Addr)
}

// compareNames orders names whatever their capitals, without making strings for those in small letters.
func compareNames(a, b string) int {
	if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
