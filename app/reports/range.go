package reports

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/grid"
	"linklog/app/ui/look"
)

// The colours of the chart.
func inbound(p *look.Palette) color.NRGBA { return p.Inbound }
func outbound(*look.Palette) color.NRGBA  { return grid.Share.Color() }

// askRange asks for the user's own range. What is wrong is shown at the field.
func (p *Page) askRange() {
	const form = "2006-01-02 15:04"
	from, fromWrong := field()
	to, toWrong := field()
	if p.wish.preset == own {
		from.SetText(p.wish.from.Format(form))
		to.SetText(p.wish.to.Format(form))
	} else if !p.report.from.IsZero() {
		from.SetText(p.report.from.Format(form))
		to.SetText(p.report.to.Format(form))
	}
	cancel := ui.NewButton(lang.L("Cancel"), nil)
	ok := ui.NewPrimaryButton(lang.L("Show"), nil)
	box := container.NewVBox(
		ui.NewMuted(lang.L("A day, or a day and a time: 2026-03-01 or 2026-03-01 18:30.")),
		widget.NewLabel(lang.X("range.from", "From")), from, fromWrong,
		widget.NewLabel(lang.X("range.to", "To")), to, toWrong,
	)
	d := ui.NewDialog(p.c.Window, lang.L("Custom range"), box, fyne.NewSize(380, 0), cancel, ok)
	taken := false
	d.OnClosed = func() {
		if !taken {
			p.ranges.Set(int(p.wish.preset))
		}
	}
	take := func() {
		w, ok := p.parseRange(from.Text, fromWrong, to.Text, toWrong)
		if !ok {
			return
		}
		taken = true
		d.Hide()
		p.wish = w
		p.reload()
	}
	ok.OnTapped, cancel.OnTapped = take, d.Hide
	for _, e := range []*ui.Entry{from, to} {
		e.OnSubmitted, e.OnEscape = func(string) { take() }, d.Hide
	}
	d.Show(from)
}

// field is a field with a place for what is wrong with it.
func field() (*ui.Entry, *widget.Label) {
	wrong := ui.NewWrong()
	e := ui.NewEntry()
	e.OnChanged = func(string) { wrong.Hide() }
	return e, wrong
}

// parseRange reads the two fields.
func (p *Page) parseRange(from string, fromWrong *widget.Label, to string, toWrong *widget.Label) (wish, bool) {
	w, now := p.wish, time.Now().In(p.o.Location)
	w.preset = own
	say := func(l *widget.Label, text string) (wish, bool) {
		l.SetText(text)
		l.Show()
		return w, false
	}
	var err error
	if w.from, err = parseTime(from, false, now); err != nil {
		return say(fromWrong, lang.L("Not a valid time. Example: 2026-03-01 18:30."))
	}
	if w.to, err = parseTime(to, true, now); err != nil {
		return say(toWrong, lang.L("Not a valid time. Example: 2026-03-01 18:30."))
	}
	switch {
	case !w.to.After(w.from):
		return say(toWrong, lang.L("The end must be after the beginning."))
	case w.to.Sub(w.from) > 200*365*24*time.Hour:
		return say(toWrong, lang.L("The range is too long."))
	}
	return w, true
}

// columnsLayout sets lists side by side where there is room, else below each other.
type columnsLayout struct{ columns int }

const (
	listWidth = 310
	listGap   = 16
)

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.columns = max(min(int((s.Width+listGap)/(listWidth+listGap)), len(objects)), 1)
	w := (s.Width - float32(l.columns-1)*listGap) / float32(l.columns)
	y, height := float32(0), float32(0)
	for i, o := range objects {
		if i > 0 && i%l.columns == 0 {
			y += height + listGap
			height = 0
		}
		h := o.MinSize().Height
		height = max(height, h)
		o.Move(fyne.NewPos(float32(i%l.columns)*(w+listGap), y))
		o.Resize(fyne.NewSize(w, h))
	}
}

// MinSize follows from the width that Layout had.
func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	columns := max(l.columns, 1)
	total, height := float32(0), float32(0)
	for i, o := range objects {
		if i > 0 && i%columns == 0 {
			total += height + listGap
			height = 0
		}
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(200, total+height)
}
