package log

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
)

// count is how much there is of what the log shows.
type count struct {
	matching, all int
	selected      int
	grouped       bool   // what repeats is one row
	order         string // of the rows; "": that of time
	filtered      bool   // not all is to match
	searching     bool
	searched, of  int64 // of the history
	cleared       bool  // the history is not shown
	err           error // why the history cannot be searched
}

// text is how much matches, and whether that is all.
func (c *count) text() string {
	text := lang.N("{{.Count}} events", c.matching, map[string]any{"Count": ui.Number(uint64(c.matching))})
	if c.filtered {
		text = lang.L("{{.Matching}} of {{.All}} events", map[string]any{"Matching": ui.Number(uint64(c.matching)), "All": ui.Number(uint64(c.all))})
	}
	if c.cleared {
		return lang.L("{{.Count}} since the view was cleared", map[string]any{"Count": text})
	}
	if c.order != "" {
		text += " · " + c.order
	}
	if c.grouped {
		text += " · " + lang.L("repeats in one row")
	}
	if more := c.progress(); more != "" {
		text += " · " + more
	}
	return text
}

// progress is how far the search of the history is, or why there is none; "": it is done.
func (c *count) progress() string {
	switch {
	case c.err != nil:
		return lang.L("The history could not be read") + ": " + ui.Cause(c.err)
	case c.searching && c.of > 0:
		return lang.L("searching… {{.Percent}} %", map[string]any{"Percent": c.searched * 100 / c.of})
	case c.searching:
		return lang.L("searching…")
	}
	return ""
}

// selection is how many rows are selected, if that is not told by the look of it.
func (c *count) selection() string {
	if c.selected < 2 {
		return ""
	}
	return lang.L("{{.Count}} selected", map[string]any{"Count": ui.Number(uint64(c.selected))})
}

// tally is the line below the log that says how much there is.
type tally struct {
	text, selected *widget.Label
	earlier        *ui.Button
	content        *fyne.Container
}

func newTally(earlier func()) *tally {
	t := &tally{text: ui.NewMuted(""), selected: ui.NewMuted("")}
	t.text.Wrapping, t.text.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	t.selected.Wrapping = fyne.TextWrapOff
	t.earlier = ui.NewButton(lang.L("Show earlier events"), earlier)
	t.earlier.Importance = widget.LowImportance
	t.earlier.Hide()
	line := container.NewBorder(nil, nil, nil, container.NewHBox(t.earlier, t.selected), t.text)
	t.content = container.NewStack(container.NewBorder(ui.Line(), nil, nil, nil, container.New(layout.NewCustomPaddedLayout(-4, -4, 2, 8), line)))
	return t
}

// show shows a count. Nothing is drawn if it says what it said before.
func (t *tally) show(c *count) {
	ui.SetText(t.text, c.text())
	if text := c.selection(); text != t.selected.Text {
		t.selected.SetText(text)
		t.content.Refresh()
	}
	if c.cleared != t.earlier.Visible() {
		ui.SetVisible(t.earlier, c.cleared)
		t.content.Refresh()
	}
}
