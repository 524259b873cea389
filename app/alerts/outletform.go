package alerts

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/settings"
)

// outletForm is the dialog of an outlet. Which fields it has follows from its type.
type outletForm struct {
	p     *Page
	kind  string
	saved string          // the name it has in the settings; "": it is not there
	was   settings.Outlet // as it is there

	name    *ui.Entry
	types   *ui.Select // nil: it cannot be a different one
	about   *widget.Label
	fields  []outletInput
	program *ui.Entry // of programType
	offered struct {  // to a new one
		topic, name string
	}

	said, wrong       *widget.Label
	frame             *fyne.Container // the fields, and below them what became of them
	box, inputs       *fyne.Container
	test, save, close *ui.Button
	dialog            *ui.Dialog
}

// outletInput is a field on the screen.
type outletInput struct {
	settings.OutletField
	entry  *ui.Entry
	choice *ui.Select // in its place where it is chosen
	check  *ui.Check  // in its place where it is on or off
}

func (in *outletInput) text() string {
	switch {
	case in.entry != nil:
		return strings.TrimSpace(in.entry.Text)
	case in.choice != nil && in.choice.SelectedIndex() > 0:
		return in.OneOf[in.choice.SelectedIndex()-1]
	case in.check != nil && in.check.Checked:
		return "true"
	}
	return ""
}

// newOutlet shows the form of a new outlet.
func (p *Page) newOutlet() {
	f := &outletForm{p: p}
	f.offered.topic = "https://ntfy.sh/" + newTopic()
	f.show(lang.L("New outlet"))
}

// editOutlet shows an outlet in its form.
func (p *Page) editOutlet(o *api.Outlet) {
	if !p.is.admin {
		return
	}
	f := &outletForm{p: p, kind: o.Type, saved: o.Name}
	var program []string
	p.c.Background(func(ctx context.Context) error {
		text, _, err := p.c.Client.Settings(ctx)
		if err != nil {
			return err
		}
		s, err := settings.Parse([]byte(text))
		if err != nil {
			return err
		}
		program = s.Alerts.Run
		if i := indexOfOutlet(&s, o.Name); i >= 0 {
			f.was = s.Outlets[i]
			f.kind = f.was.Type
		} else if o.Type != programType {
			return errors.New(lang.L("The settings were changed meanwhile."))
		}
		return nil
	}, func(err error) {
		if err != nil {
			p.c.Fail(lang.L("Change the outlet"), err)
			return
		}
		f.show(lang.L("Change the outlet"))
		if f.program != nil {
			f.program.SetText(strings.Join(program, "\n"))
		}
	})
}

func indexOfOutlet(s *settings.Settings, name string) int {
	return slices.IndexFunc(s.Outlets, func(o settings.Outlet) bool { return o.Name == name })
}

func (f *outletForm) show(title string) {
	f.said, f.wrong, f.about = ui.NewMuted(""), ui.NewWrong(), ui.NewMuted("")
	f.said.Hide()
	f.name = f.entry()
	f.name.SetText(f.was.Name)
	f.inputs = container.New(layout.NewFormLayout())
	f.box = container.NewVBox(f.about, f.inputs)
	f.frame = ui.Border(nil, container.NewVBox(f.said, f.wrong), nil, nil, container.NewVScroll(f.box))
	f.close, f.test, f.save = ui.NewButton(lang.L("Close"), nil), ui.NewButton(lang.L("Save and test"), f.tryOut), ui.NewPrimaryButton(lang.L("Save"), f.keep)
	f.dialog = ui.NewDialog(f.p.c.Window, title, f.frame, fyne.NewSize(600, 520), f.close, f.test, f.save)
	f.close.OnTapped = f.dialog.Hide
	var first fyne.Focusable = f.test
	if f.saved == "" {
		kinds := outletTypes()
		names := make([]string, len(kinds))
		for i, kind := range kinds {
			names[i] = typeName(kind)
		}
		f.types = ui.NewSelect(names, func(string) { f.choose(kinds[f.types.SelectedIndex()]) })
		f.types.SetSelectedIndex(0)
		first = f.types
	} else {
		f.choose(f.kind)
	}
	f.dialog.Show(first)
}

// entry makes a field.
func (f *outletForm) entry() *ui.Entry {
	e := ui.NewEntry()
	e.OnEscape = func() { f.dialog.Hide() }
	e.OnSubmitted = func(string) { f.keep() }
	e.OnChanged = func(string) { f.say(""); f.fails("", nil) }
	return e
}

// choose shows the fields of a type.
func (f *outletForm) choose(kind string) {
	f.kind, f.fields, f.program = kind, nil, nil
	if f.saved == "" && f.name.Text == f.offered.name {
		f.offered.name = freeName(f.p.is.outlets, kind)
		f.name.SetText(f.offered.name)
	}
	f.inputs.RemoveAll()
	if f.types != nil {
		f.add(lang.L("Type"), f.types)
	}
	if kind == programType {
		f.program = f.entry()
		f.program.MultiLine = true
		f.program.TextStyle.Monospace = true
		f.add(lang.L("Program"), f.program)
	} else {
		f.add(fieldName(kind, "name"), f.name)
		ui.SetEnabled(f.saved == "", f.name) // alerts that wait are its own by its name
		optional := false
		for _, field := range settings.OutletFields(kind) {
			if !field.Needed && !optional {
				optional = true
				f.inputs.Add(widget.NewLabel(""))
				f.inputs.Add(ui.NewMuted(lang.L("May stay empty:")))
			}
			f.addField(field)
		}
	}
	ui.SetText(f.about, aboutType(kind))
	f.say("")
	f.fails("", nil)
	f.box.Refresh()
}

func (f *outletForm) add(label string, o fyne.CanvasObject) {
	f.inputs.Add(widget.NewLabel(label))
	f.inputs.Add(o)
}

func (f *outletForm) addField(field settings.OutletField) {
	in := outletInput{OutletField: field}
	value := field.Value(&f.was)
	label := fieldName(f.kind, field.Name)
	if len(field.OneOf) > 0 {
		in.choice = ui.NewSelect(append([]string{lang.L("any")}, field.OneOf...), nil)
		in.choice.SetSelectedIndex(slices.Index(field.OneOf, value) + 1)
		f.fields = append(f.fields, in)
		f.add(label, in.choice)
		return
	}
	if field.Kind == settings.YesField {
		in.check = ui.NewCheck(label, func(bool) { f.say(""); f.fails("", nil) })
		in.check.Checked = value != ""
		f.fields = append(f.fields, in)
		f.add("", in.check)
		return
	}
	in.entry = f.entry()
	in.entry.TextStyle.Monospace = true
	in.entry.SetPlaceHolder(fieldHint(f.kind, &in.OutletField))
	in.entry.MultiLine = field.Kind == settings.LinesField || field.Kind == settings.ListField
	if in.entry.MultiLine {
		in.entry.SetMinRowsVisible(2)
	}
	var control fyne.CanvasObject = in.entry
	switch {
	case field.Secret:
		in.entry.Password = true
		if value != "" {
			in.entry.SetPlaceHolder(lang.L("stored; empty: it stays as it is"))
		}
	case f.kind == "ntfy" && field.Name == "url":
		if value == "" {
			value = f.offered.topic
		}
		control = container.NewBorder(nil, nil, nil, ui.NewCopy(f.p.c, func() string { return in.entry.Text }), in.entry)
		fallthrough
	default:
		in.entry.Text = value
	}
	f.fields = append(f.fields, in)
	f.add(label, control)
}

// say says what becomes of a test.
func (f *outletForm) say(text string) {
	ui.SetText(f.said, text)
	if visible := text != ""; visible != f.said.Visible() {
		ui.SetVisible(f.said, visible)
		f.frame.Refresh()
	}
}

// fails says what is wrong, and at which setting; "": of none.
func (f *outletForm) fails(at string, err error) {
	text := ""
	if err != nil {
		text = ui.Cause(err)
	}
	mark := func(name string, e *ui.Entry) {
		if name == at && e != nil && err != nil {
			e.Mark(err)
			text = fieldName(f.kind, name) + ": " + text
			ui.Reveal(e)
		} else if e != nil && e.AlwaysShowValidationError {
			e.Mark(nil)
		}
	}
	mark("name", f.name)
	for i := range f.fields {
		mark(f.fields[i].Name, f.fields[i].entry)
	}
	ui.SetWrong(f.wrong, text, f.frame)
}

// typed is what stands in the form, so that what it asks for is written without a look at it.
type typed struct {
	name, kind, saved string
	program           []string
	fields            []settings.OutletField
	texts             []string
	was               settings.Outlet
}

func (f *outletForm) typed() typed {
	t := typed{name: strings.TrimSpace(f.name.Text), kind: f.kind, saved: f.saved, was: f.was}
	if f.program != nil {
		t.name = programType
		for line := range strings.Lines(f.program.Text) {
			if line = strings.TrimSpace(line); line != "" {
				t.program = append(t.program, line)
			}
		}
	}
	for i := range f.fields {
		t.fields = append(t.fields, f.fields[i].OutletField)
		t.texts = append(t.texts, f.fields[i].text())
	}
	return t
}

// secret is a secret of an outlet as the settings and the service's file have it.
type secret struct{ name, value string }

// wrongAt says what is wrong with a setting of an outlet.
type wrongAt struct {
	name string
	error
}

func (w wrongAt) Unwrap() error { return w.error }

// change writes the outlet into the text of settings, and says which secrets it has.
func (t *typed) change(text string, s *settings.Settings) (after string, secrets []secret, err error) {
	if t.kind == programType {
		if len(t.program) == 0 {
			return "", nil, errors.New(lang.L("Which program?"))
		}
		after, err = settings.Set(text, "alerts.on_alert", settings.QuotedList(t.program))
		return after, nil, reasonOf(err)
	}
	at := indexOfOutlet(s, t.saved)
	if at < 0 || t.saved == "" {
		at = len(s.Outlets)
	}
	var values []string
	if t.saved == "" {
		values = []string{"name", settings.Quoted(t.name), "type", settings.Quoted(t.kind)}
	}
	for i := range t.fields {
		f, text, was := &t.fields[i], t.texts[i], t.fields[i].Value(&t.was)
		switch {
		case f.Secret && text == "" || text == was: // also what is usual and not written
			continue
		case f.Secret:
			if f.Name == "url" {
				if err := settings.CheckURL(text, t.kind, false); err != nil {
					return "", nil, wrongAt{f.Name, err}
				}
			}
			name := placeOf(was)
			if name == "" {
				name = t.name
			}
			secrets = append(secrets, secret{name, text})
			text = "${" + name + "}"
		}
		values = append(values, f.Name, f.TOML(text))
	}
	after = settings.SetIn(text, "outlet", at, values...)
	next, err := settings.Parse([]byte(after))
	if err != nil {
		return "", nil, reasonOf(err)
	}
	if t.saved == "" && slices.ContainsFunc(s.Outlets, func(o settings.Outlet) bool { return o.Name == next.Outlets[at].Name }) {
		return "", nil, errors.New(lang.L("The settings were changed meanwhile."))
	}
	return after, secrets, nil
}

// placeOf is the name of the secret that a setting consists of; "": it is something else.
func placeOf(value string) string {
	name, found := strings.CutPrefix(value, "${")
	if name, ends := strings.CutSuffix(name, "}"); found && ends && settings.SecretName.MatchString(name) {
		return name
	}
	return ""
}

// reasonOf is the first thing that is wrong with settings, and with which of an outlet's.
func reasonOf(err error) error {
	if err == nil {
		return nil
	}
	key, reason := settings.About(phrase.Of(err))
	if key == "" {
		return err
	}
	name, _ := strings.CutPrefix(key, "outlet.")
	return wrongAt{name, reason}
}

// write keeps what stands in the form.
func (f *outletForm) write(then func()) {
	t := f.typed()
	f.p.hideUndo()
	ui.SetEnabled(false, f.test, f.save)
	f.say("")
	f.p.change("", func(ctx context.Context, text string, s *settings.Settings) (string, error) {
		after, secrets, err := t.change(text, s)
		for _, x := range secrets {
			if err == nil {
				err = f.p.c.Client.SetSecret(ctx, x.name, x.value)
			}
		}
		return after, err
	}, func(err error) {
		ui.SetEnabled(true, f.test, f.save)
		if err != nil {
			var w wrongAt
			errors.As(reasonOf(err), &w)
			if w.error != nil {
				err = w.error
			}
			f.fails(w.name, err)
			return
		}
		f.fails("", nil)
		f.stays(&t)
		then()
	})
}

// stays takes that the outlet is in the settings now, as it was typed.
func (f *outletForm) stays(t *typed) {
	f.saved = t.name
	if f.types != nil {
		f.types.Disable()
	}
	ui.SetEnabled(false, f.name)
	s, err := settings.Parse([]byte(f.p.after))
	if i := indexOfOutlet(&s, t.name); err == nil && i >= 0 {
		f.was = s.Outlets[i]
	}
}

func (f *outletForm) keep() {
	f.write(func() {
		f.dialog.Hide()
		f.p.c.Tell(lang.L("Saved."))
	})
}

// tryOut keeps the outlet and sends a message through it.
func (f *outletForm) tryOut() {
	f.write(func() {
		f.say(lang.L("Sending…"))
		ui.SetEnabled(false, f.test)
		kind := f.kind
		f.p.send(f.saved, func(err error) {
			ui.SetEnabled(true, f.test)
			if err != nil {
				f.say("")
				f.fails("", err)
				return
			}
			f.say(sentBy(kind))
		})
	})
}

// sentBy says that a test went through an outlet of a type.
func sentBy(kind string) string {
	switch kind {
	case "ntfy", "gotify", "pushover":
		return lang.L("Sent: it should be on the phone now.")
	case "telegram", "discord", "slack":
		return lang.L("Sent: it should be in the chat now.")
	case "mail":
		return lang.L("Sent: it should be in the mailbox soon.")
	case programType:
		return lang.L("The program ran, and ended without an error.")
	}
	return lang.L("Sent: the server has accepted it.")
}
