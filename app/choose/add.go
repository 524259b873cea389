package choose

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/service/api"
)

// form is the dialog in which a computer is added. It is tried before.
type form struct {
	p             *Page
	address, name *ui.Entry
	said          *widget.Label // what came of the try
	wrong         *widget.Label
	box           *fyne.Container
	try, add      *ui.Button
	dialog        *ui.Dialog

	tried  string // the address that was tried last, whatever came of it
	trying context.CancelFunc
	closed bool
}

// ask asks for a computer.
func (p *Page) ask() { p.newForm().show() }

func (p *Page) newForm() *form {
	f := &form{p: p, address: ui.NewEntry(), name: ui.NewEntry(), said: ui.NewMuted(""), wrong: ui.NewWrong(), trying: func() {}}
	f.address.PlaceHolder, f.name.PlaceHolder = lang.L("pi or ann@192.168.1.2"), lang.L("as the address")
	f.said.Hide()
	about := ui.NewMuted(lang.L("Your own ssh is used, with its keys and names. In a terminal, this must work without a question: ssh pi linklog version"))
	fields := container.New(layout.NewFormLayout(), widget.NewLabel(lang.L("Address")), f.address, widget.NewLabel(lang.L("Name")), f.name)
	f.box = container.NewVBox(container.New(layout.NewCustomPaddedLayout(0, 0, -look.Padding, 0), about), fields, f.said, f.wrong)
	closing := ui.NewButton(lang.L("Close"), nil)
	f.try, f.add = ui.NewButton(lang.L("Try"), func() { f.attempt(nil) }), ui.NewPrimaryButton(lang.L("Add"), f.keep)
	f.dialog = ui.NewDialog(p.c.Window, lang.L("Add a computer"), container.NewVScroll(f.box), fyne.NewSize(560, 360), closing, f.try, f.add)
	closing.OnTapped, f.address.OnEscape, f.name.OnEscape = f.dialog.Hide, f.dialog.Hide, f.dialog.Hide
	f.address.OnChanged = func(string) { f.changed() }
	f.address.OnSubmitted = func(string) { f.keep() }
	f.name.OnSubmitted = func(string) { f.keep() }
	f.dialog.OnClosed = func() {
		f.closed = true
		f.trying()
	}
	return f
}

func (f *form) show() { f.dialog.Show(f.address) }

// changed takes what was said of a different address away.
func (f *form) changed() {
	f.trying()
	f.tried = ""
	f.tell("", "")
}

// tell says what came of a try: that it went well, or what is wrong.
func (f *form) tell(said, wrong string) {
	f.said.SetText(said)
	ui.SetVisible(f.said, said != "")
	ui.SetWrong(f.wrong, wrong, f.box)
	label := lang.L("Add")
	if wrong != "" && f.tried != "" {
		label = lang.L("Add anyway")
	}
	if f.add.Text != label {
		f.add.SetText(label)
	}
	f.box.Refresh()
}

// attempt tries the address, and then does something if it went well; nil: nothing.
func (f *form) attempt(then func()) {
	f.trying()
	kept, host, err := f.p.o.Read(f.name.Text, f.address.Text)
	if err != nil {
		f.tried = ""
		f.tell("", ui.Cause(err))
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.trying = cancel
	f.tell(lang.L("Connecting…"), "")
	var hello api.Hello
	f.p.c.While(ctx, func(ctx context.Context) (err error) {
		hello, err = f.p.o.Try(ctx, host)
		return err
	}, func(err error) {
		if ctx.Err() != nil || f.closed {
			return
		}
		cancel()
		if f.tried = kept.Address; err != nil {
			f.tell("", ui.Cause(err))
			return
		}
		f.tell(connected(&hello), "")
		if then != nil {
			then()
		}
	})
}

// keep adds the computer, after it was tried.
func (f *form) keep() {
	kept, _, err := f.p.o.Read(f.name.Text, f.address.Text)
	if err != nil || kept.Address != f.tried {
		f.attempt(f.keep)
		return
	}
	if err := f.p.o.Add(f.name.Text, f.address.Text); err != nil {
		f.tell("", ui.Cause(err))
		return
	}
	f.dialog.Hide()
}
