package log

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/app/ui/date"
)

// GoToDate asks for a date and shows the events of that day, month or year, or those from a
// moment on.
func (p *Page) GoToDate() {
	field, wrong := ui.NewEntry(), ui.NewWrong()
	field.SetPlaceHolder(time.Now().Format(date.Layout()))
	cancel, show := ui.NewButton(lang.L("Cancel"), nil), ui.NewPrimaryButton(lang.L("Show"), nil)
	box := container.NewVBox(ui.NewMuted(lang.L("A day, a month, or a day and a time.")), field, wrong)
	d := ui.NewDialog(p.c.Window, lang.L("Go to date"), box, fyne.NewSize(380, 0), cancel, show)
	take := func() {
		since, until, ok := date.Read(field.Text, time.Now())
		if !ok {
			ui.SetWrong(wrong, date.NotValid(), box)
			return
		}
		if until.Equal(since) {
			until = time.Time{}
		}
		d.Hide()
		p.setRange(since, until)
	}
	field.OnChanged = func(string) { ui.SetWrong(wrong, "", box) }
	field.OnSubmitted, field.OnEscape = func(string) { take() }, d.Hide
	show.OnTapped, cancel.OnTapped = take, d.Hide
	d.Show(field)
}
