package view

import (
	"strconv"
	"time"

	"linklog/capture"
)

// Group says what a row stands for, or is one of. The zero value: itself alone.
type Group struct {
	N     int       // how many events
	Since time.Time // of the oldest
	Open  bool      // they are rows
	Head  bool      // it is the first of them, or stands for all
}

// repeatsID is the column that says it.
const repeatsID = "repeats"

// SetGroups says whether rows may be groups. There is a column for it then.
func (v *View) SetGroups(on bool) {
	v.cols.offer(repeatsID, on)
	if v.drawn() {
		v.arrange(v.Size().Width)
	}
	v.redraw()
}

// group is what a row stands for.
func (v *View) group(i int) Group {
	if v.o.Group == nil || i < 0 {
		return Group{}
	}
	return v.o.Group(i)
}

// toggle opens or closes the group of a row; false: it is none, or is so already.
func (v *View) toggle(i int, open bool) bool {
	g := v.group(i)
	if g.N < 2 || g.Open == open || v.o.OnGroup == nil {
		return false
	}
	v.o.OnGroup(i, open)
	return true
}

// onRepeats reports whether a place of the widget is at the column of groups.
func (v *View) onRepeats(x float32) bool {
	k := v.columnAt(x)
	return k >= 0 && v.cols.columns[k].ID == repeatsID
}

// repeatsCell says how often, and since when.
func repeatsCell(location *time.Location) func(*Cell, *capture.Event) {
	return func(c *Cell, ev *capture.Event) {
		g := c.group
		switch {
		case g.N < 2:
			return
		case !g.Head:
			c.label(Sans, Muted, "·")
			return
		case g.Open:
			c.shape(arrowDown, Plain)
		default:
			c.shape(arrowOut, Plain)
		}
		from := len(c.text)
		c.text = strconv.AppendInt(append(c.text, "×"...), int64(g.N), 10)
		c.add(from, Bold, Plain, usual, 0)
		from = len(c.text)
		c.text = append(append(c.text, c.words.since...), ' ')
		since, t := g.Since.In(location), ev.Time.In(location)
		if day(since) != day(t) {
			c.text = append(c.words.date(c.text, since, t), ' ')
		}
		c.text = appendClock(c.text, since)
		c.add(from, Sans, Muted, optional, 0)
	}
}
