package view

import (
	"cmp"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
	"golang.org/x/image/math/fixed"

	"linklog/capture"
)

// grip is how far from a border the pointer takes hold of it, and how far a name
// has to be dragged to mean it.
const grip = 5

// borderAt is the column whose right border is at x; -1: none.
func (v *View) borderAt(x float32) int {
	for k := len(v.cols.columns) - 1; k >= 0; k-- {
		c := &v.cols.columns[k]
		if !c.shown {
			continue
		}
		at := margin + c.x + c.w - cellGap/2 - v.left
		if x >= at-grip && x <= at+grip {
			return k
		}
	}
	return -1
}

// columnAt is the column at x; -1: none.
func (v *View) columnAt(x float32) int {
	for k := range v.cols.columns {
		c := &v.cols.columns[k]
		if at := margin + c.x - v.left - cellGap/2; c.shown && x >= at && x < at+c.w {
			return k
		}
	}
	return -1
}

func (v *View) pressHeader(x float32) {
	if k := v.borderAt(x); k >= 0 {
		v.mouse.drag, v.mouse.column = dragWidth, k
		v.mouse.grabbed = v.cols.columns[k].w
		return
	}
	if k := v.columnAt(x); k >= 0 {
		v.mouse.drag, v.mouse.pressed = dragColumn, k
	}
}

func (v *View) dragHeader(x float32) {
	switch v.mouse.drag {
	case dragWidth:
		k := v.mouse.column
		if k < 0 || k >= len(v.cols.columns) {
			return
		}
		c := &v.cols.columns[k]
		c.user = min(max(v.mouse.grabbed+x-v.mouse.from.X, c.MinWidth), maxWidth)
		v.arrange(v.Size().Width)
	case dragColumn:
		if v.mouse.moving == 0 && abs(x-v.mouse.from.X) < grip {
			return
		}
		v.mouse.moving = v.mouse.pressed + 1
		v.mouse.target = len(v.cols.columns)
		for k := range v.cols.columns {
			c := &v.cols.columns[k]
			if c.shown && x < margin+c.x+c.w/2-v.left {
				v.mouse.target = k
				break
			}
		}
	}
	v.redraw()
}

// dropHeader ends a drag on the header.
func (v *View) dropHeader(was drag) {
	if was == dragColumn {
		from, to := v.mouse.moving-1, v.mouse.target
		v.mouse.moving = 0
		if from < 0 || from == to || from+1 == to {
			v.redraw()
			return
		}
		v.cols.move(from, to)
	} else if k := v.mouse.column; k < 0 || v.cols.columns[k].w == v.mouse.grabbed {
		return
	}
	v.arrange(v.Size().Width)
	v.layoutChanged()
}

// fitRows is how many rows are looked at for the width of a column.
const fitRows = 400

// fitColumn makes a column as wide as what is in it, around the rows in sight.
func (v *View) fitColumn(k int) {
	c := &v.cols.columns[k]
	d := drawing{View: v, pen: &v.pen, painter: &v.canvas}
	d.cell.reset()
	d.cell.Text(Sans, header, c.Label)
	widest := d.cellWidth()
	i, _ := v.pos.first()
	ev := &d.ev
	for i, end := max(i-fitRows/2, 0), min(i+fitRows, v.pos.src.Len()); i < end; i++ {
		if !v.pos.src.Event(i, ev) || ev.Kind != capture.Traffic && c.Attempts {
			continue
		}
		d.cell.reset()
		d.cell.group = d.group(i)
		c.Cell(&d.cell, ev)
		widest = max(widest, d.cellWidth())
	}
	c.user = min(max(float32(math.Ceil(float64(widest)/64/d.scale))+cellGap+2, c.MinWidth), maxWidth)
	v.arrange(v.Size().Width)
	v.layoutChanged()
}

// cellWidth is what the cell takes if there is room for all.
func (d *drawing) cellWidth() (w fixed.Int26_6) {
	for k := range d.cell.pieces {
		w += d.width(&d.cell.pieces[k])
	}
	return w
}

// showColumns opens the menu of columns.
func (v *View) showColumns(at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(v)
	if c == nil {
		return
	}
	widget.ShowPopUpMenuAtPosition(v.columnMenu(), c, at)
}

// columnMenu lists the columns, those that are shown with a check mark.
func (v *View) columnMenu() *fyne.Menu {
	menu := fyne.NewMenu("")
	shown := 0
	for k := range v.cols.columns {
		if c := &v.cols.columns[k]; !c.hidden && !c.empty {
			shown++
		}
	}
	for k := range v.cols.columns {
		c := &v.cols.columns[k]
		if c.Offered && c.empty {
			continue
		}
		item := fyne.NewMenuItem(cmp.Or(c.Name, c.Label), func() { v.toggleColumn(c.ID) })
		item.Checked = !c.hidden
		item.Disabled = !c.hidden && !c.empty && shown == 1 // one has to be left
		menu.Items = append(menu.Items, item)
	}
	reset := fyne.NewMenuItem(lang.L("Reset columns"), func() {
		v.cols.set(Layout{})
		v.layoutChanged()
	})
	menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), reset)
	if v.o.OnSort != nil {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator(), v.sortMenu())
	}
	if v.o.Menu != nil {
		menu.Items = append(menu.Items, v.o.Menu()...)
	}
	return menu
}

// toggleColumn shows or hides a column.
func (v *View) toggleColumn(id string) {
	for k := range v.cols.columns {
		if c := &v.cols.columns[k]; c.ID == id {
			c.hidden = !c.hidden
			// One that the user asks for stays, however narrow the window is.
			if !c.hidden && c.Spare && c.user == 0 {
				c.user = c.Width
			}
		}
	}
	v.arrange(v.Size().Width)
	v.layoutChanged()
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}
