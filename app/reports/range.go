package reports

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/date"
	"linklog/app/ui/look"
)

// The colours of the chart.
func inbound(p *look.Palette) color.NRGBA  { return p.Inbound }
func outbound(p *look.Palette) color.NRGBA { return p.Accent }

// askRange asks for the user's own range. What is wrong is shown at the field.
func (p *Page) askRange() {
	from, fromWrong := field()
	to, toWrong := field()
	if !p.report.from.IsZero() {
		from.SetText(p.report.from.Format(date.Layout()))
		to.SetText(p.report.to.Format(date.Layout()))
	}
	cancel := ui.NewButton(lang.L("Cancel"), nil)
	ok := ui.NewPrimaryButton(lang.L("Show"), nil)
	box := container.NewVBox(
		ui.NewMuted(lang.L("A day, a month, or a day and a time.")),
		widget.NewLabel(lang.X("range.from", "From")), from, fromWrong,
		widget.NewLabel(lang.X("range.to", "To")), to, toWrong,
	)
	d := ui.NewDialog(p.c.Window, lang.L("Custom range"), box, fyne.NewSize(380, 0), cancel, ok)
	taken := false
	d.OnClosed = func() {
		if !taken {
			p.ranges.Set(int(p.chosen))
		}
	}
	take := func() {
		since, until, ok := p.parseRange(from.Text, fromWrong, to.Text, toWrong)
		if !ok {
			return
		}
		taken = true
		d.Hide()
		p.setRange(since, until)
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

// parseRange reads the two fields. A day, or a month, is meant from its beginning to its end.
func (p *Page) parseRange(from string, fromWrong *widget.Label, to string, toWrong *widget.Label) (since, until time.Time, ok bool) {
	say := func(l *widget.Label, text string) (a, b time.Time, ok bool) {
		l.SetText(text)
		l.Show()
		return a, b, false
	}
	if since, _, ok = date.Read(from, p.now()); !ok {
		return say(fromWrong, date.NotValid())
	}
	if _, until, ok = date.Read(to, p.now()); !ok {
		return say(toWrong, date.NotValid())
	}
	if !until.After(since) {
		return say(toWrong, lang.L("The end must be after the beginning."))
	}
	if until.Sub(since) > 200*365*24*time.Hour {
		return say(toWrong, lang.L("The range is too long."))
	}
	return since, until, true
}
