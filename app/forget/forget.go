// Package forget is the app's dialog that removes what is stored about a host or a device: how much
// that is, whether it is wanted, and how far it is.
package forget

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/service/api"
)

// Options are what else is needed.
type Options struct {
	// Elevated runs the command linklog with arguments as an administrator, after the system has asked
	// for the password; nil: there is none. It runs in the background.
	Elevated func(ctx context.Context, args ...string) error

	// OnRemoved is called on Fyne's thread when something was removed.
	OnRemoved func()
}

// Forgetter removes what is stored. It belongs to Fyne's thread.
type Forgetter struct {
	c *ui.Context
	o Options
}

// New returns a Forgetter.
func New(c *ui.Context, o Options) *Forgetter { return &Forgetter{c: c, o: o} }

// lookEvery is how often it is asked how far it is.
const lookEvery = 300 * time.Millisecond

// Ask asks whether what matches a filter is to be removed, which is about who is called name.
func (f *Forgetter) Ask(name, filter string) {
	a := &asking{f: f, filter: filter, box: container.NewVBox()}
	a.sure, a.leave = ui.NewButton(lang.L("Remove"), a.remove), ui.NewButton(lang.L("Cancel"), nil)
	a.sure.Importance = widget.DangerImportance
	a.dialog = ui.NewDialog(f.c.Window, lang.L("Forget {{.Name}}", map[string]any{"Name": name}), a.box, fyne.NewSize(460, 250), a.leave, a.sure)
	a.leave.OnTapped = a.dialog.Hide
	a.dialog.OnClosed = func() { a.closed = true }
	a.say(ui.NewMuted(lang.L("Looking how much is stored…")))
	ui.SetEnabled(false, a.sure)
	a.dialog.Show(a.leave)
	a.count()
}

// asking is one dialog.
type asking struct {
	f           *Forgetter
	filter      string
	dialog      *ui.Dialog
	box         *fyne.Container
	leave, sure *ui.Button
	admin       bool
	closed      bool
}

// say shows something in the dialog.
func (a *asking) say(what ...fyne.CanvasObject) {
	a.box.Objects = what
	a.box.Refresh()
}

// count shows how much would be removed.
func (a *asking) count() {
	var would api.Forgotten
	a.f.c.Background(func(ctx context.Context) error {
		h, err := a.f.c.Client.Hello(ctx)
		if err == nil {
			a.admin = h.Role == "administrator"
			would, err = a.f.c.Client.Forget(ctx, a.filter, true)
		}
		return err
	}, func(err error) {
		switch {
		case err != nil:
			a.fail(err)
		case would.Empty():
			a.end(lang.L("Nothing is stored about it."))
		case !a.admin && a.f.o.Elevated == nil:
			a.end(lang.L("Only an administrator may remove what is stored."), says(&would))
		default:
			list := []fyne.CanvasObject{ui.NewMuted(lang.L("This is removed for good:")), wrapped(says(&would))}
			if note := setAside(&would); note != "" {
				list = append(list, ui.NewMuted(note))
			}
			a.say(append(list, ui.NewMuted(lang.L("What comes about it later is recorded as that of somebody new.")))...)
			ui.SetEnabled(true, a.sure)
		}
	})
}

// wrapped is a text of several lines.
func wrapped(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// says says what is removed.
func says(f *api.Forgotten) string {
	n := f.Events + f.Imported
	text := lang.N("{{.Count}} events", int(n), map[string]any{"Count": ui.Number(uint64(n))})
	if n > 0 {
		now := time.Now()
		text = lang.L("{{.Events}}, from {{.Since}} to {{.Until}}", map[string]any{"Events": text, "Since": ui.Day(f.Since.Local(), now), "Until": ui.Day(f.Until.Local(), now)})
	}
	if f.Hosts > 0 {
		text += "\n" + lang.N("{{.Count}} hosts of which nothing else is stored, with their names, notes and alerts", f.Hosts, map[string]any{"Count": ui.Number(uint64(f.Hosts))})
	}
	if f.Devices > 0 {
		text += "\n" + lang.N("{{.Count}} devices of which nothing else is stored, with their names, notes and alerts", f.Devices, map[string]any{"Count": ui.Number(uint64(f.Devices))})
	}
	return text
}

// setAside says that there are files that are not looked at; "": there are none.
func setAside(f *api.Forgotten) string {
	if len(f.SetAside) == 0 {
		return ""
	}
	return lang.N("{{.Count}} files that were damaged and set aside stay as they are.", len(f.SetAside), map[string]any{"Count": ui.Number(uint64(len(f.SetAside)))})
}

// fail shows an error, after which only closing is left.
func (a *asking) fail(err error) {
	wrong := ui.NewWrong()
	wrong.SetText(ui.Cause(err))
	wrong.Show()
	a.leave.SetText(lang.L("Close"))
	ui.SetVisible(a.sure, false)
	a.say(wrong)
}

// end shows the last that there is to say.
func (a *asking) end(texts ...string) {
	var list []fyne.CanvasObject
	for _, text := range texts {
		list = append(list, ui.NewMuted(text))
	}
	a.leave.SetText(lang.L("Close"))
	ui.SetVisible(a.sure, false)
	a.say(list...)
}

// remove removes it, and shows how far that is.
func (a *asking) remove() {
	bar := widget.NewProgressBar()
	a.leave.SetText(lang.L("Close"))
	ui.SetVisible(a.sure, false)
	a.say(ui.NewMuted(lang.L("Removing… The service goes on with it when this is closed.")), bar)
	a.f.c.Window.Canvas().Focus(a.leave)
	a.f.c.Background(func(ctx context.Context) error {
		done, stop := make(chan error, 1), make(chan struct{})
		defer close(stop)
		if !a.admin { // the command waits for the end
			go func() { done <- a.f.o.Elevated(ctx, "forget", "--yes", "--", a.filter) }()
		} else if found, err := a.f.c.Client.Forget(ctx, a.filter, false); err != nil || found.Empty() {
			return err
		}
		for {
			state, err := a.f.c.Client.Forgetting(ctx)
			switch {
			case err != nil && a.admin:
				return err
			case err == nil && state.Error != "":
				return errors.New(lang.L("Not everything is removed yet; the service tries again: {{.Error}}", map[string]any{"Error": state.Error}))
			case err == nil && state.Running:
				a.f.c.Do(func() { bar.SetValue(float64(state.Done) / float64(max(state.Of, 1))) })
			case err == nil && a.admin:
				return nil
			}
			select {
			case err := <-done:
				return err
			case <-time.After(lookEvery):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}, func(err error) {
		if err == nil {
			a.dialog.Hide()
			a.f.c.Tell(lang.L("What was stored about it is removed."))
			if a.f.o.OnRemoved != nil {
				a.f.o.OnRemoved()
			}
			return
		}
		if a.closed {
			a.f.c.Fail(lang.L("Remove what is stored"), err)
			return
		}
		a.fail(err)
	})
}
