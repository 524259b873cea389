package alerts

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/settings"
)

// newOutlet sets up ntfy, which needs no account: a topic that nobody guesses, which the phone
// subscribes to. Other types are written into the settings.
func (p *Page) newOutlet() {
	name, url := ui.NewEntry(), ui.NewEntry()
	name.SetText(freeName(p.is.outlets))
	url.TextStyle.Monospace = true
	url.SetText("https://ntfy.sh/" + newTopic())
	wrong, said := ui.NewWrong(), ui.NewMuted("")
	box := container.NewVBox(
		ui.NewMuted(lang.L("Install the app ntfy on the phone and subscribe to this topic there. Whoever knows it can read the alerts.")),
		labelled(lang.L("Name"), name), labelled(lang.L("Topic"), container.NewBorder(nil, nil, nil, ui.NewCopy(p.c, func() string { return url.Text }), url)),
		said, wrong,
		ui.NewMuted(lang.L("Gotify, Pushover, Telegram, Discord, Slack, mail, MQTT and webhooks are set up in the text of the settings: Settings → Edit as text.")),
	)
	cancel, test, save := ui.NewButton(lang.L("Close"), nil), ui.NewButton(lang.L("Save and test"), nil), ui.NewPrimaryButton(lang.L("Save"), nil)
	d := ui.NewDialog(p.c.Window, lang.L("Alerts on the phone"), container.NewVScroll(box), fyne.NewSize(560, 360), cancel, test, save)
	saved := ""
	keep := func(then func()) {
		o := settings.Outlet{Name: strings.TrimSpace(name.Text), URL: strings.TrimSpace(url.Text)}
		p.hideUndo()
		ui.SetEnabled(false, test, save)
		p.change("", func(text string, s *settings.Settings) (string, error) {
			at := slices.IndexFunc(s.Outlets, func(x settings.Outlet) bool { return x.Name == saved })
			if at < 0 {
				at = len(s.Outlets)
			}
			return settings.SetIn(text, "outlet", at, "name", settings.Quoted(o.Name), "type", settings.Quoted("ntfy"), "url", settings.Quoted(o.URL)), nil
		}, func(err error) {
			ui.SetEnabled(true, test, save)
			if err != nil {
				ui.SetWrong(wrong, why(err), box)
				return
			}
			ui.SetWrong(wrong, "", box)
			saved = o.Name
			then()
		})
	}
	cancel.OnTapped = d.Hide
	save.OnTapped = func() { keep(func() { d.Hide(); p.c.Tell(lang.L("Saved.")) }) }
	test.OnTapped = func() {
		keep(func() {
			said.SetText(lang.L("Sending…"))
			p.send(saved, func(err error) {
				ui.SetText(said, "")
				if err != nil {
					ui.SetWrong(wrong, why(err), box)
					return
				}
				said.SetText(lang.L("Sent: it should be on the phone now."))
				box.Refresh()
			})
		})
	}
	for _, e := range []*ui.Entry{name, url} {
		e.OnEscape = d.Hide
		e.OnSubmitted = func(string) { save.OnTapped() }
		e.OnChanged = func(string) { ui.SetWrong(wrong, "", box) }
	}
	d.Show(test)
}

// freeName is a name that no outlet has yet.
func freeName(list []api.Outlet) string {
	for _, name := range []string{"phone", "phone-2", "phone-3", "phone-4"} {
		if !slices.ContainsFunc(list, func(o api.Outlet) bool { return o.Name == name }) {
			return name
		}
	}
	return ""
}

// send sends a message through an outlet.
func (p *Page) send(name string, done func(error)) {
	p.c.Background(func(ctx context.Context) error { return p.c.Client.TestOutlet(ctx, name) }, done)
}

// testOutlet sends a message through an outlet, and says whether it arrived.
func (p *Page) testOutlet(o *api.Outlet) {
	if !p.is.admin {
		return
	}
	p.test.Disable()
	p.send(o.Name, func(err error) {
		p.enable()
		if err != nil {
			p.c.Fail(lang.L("Test {{.Outlet}}", map[string]any{"Outlet": o.Name}), err)
			return
		}
		p.c.Tell(lang.L("Sent. {{.Outlet}} has accepted it.", map[string]any{"Outlet": o.Name}))
	})
}

// removeOutlet takes an outlet out of the settings, and out of the rules that go there.
func (p *Page) removeOutlet(o *api.Outlet) {
	text := lang.L("Alerts no longer go to {{.Outlet}}.", map[string]any{"Outlet": o.Name})
	p.c.Confirm(lang.L("Remove the outlet?"), text, lang.L("Remove"), func() {
		p.hideUndo()
		p.change(lang.L("Remove the outlet"), func(text string, s *settings.Settings) (string, error) {
			at := slices.IndexFunc(s.Outlets, func(x settings.Outlet) bool { return x.Name == o.Name })
			if at < 0 {
				return text, nil
			}
			for i, r := range s.Rules {
				rest := slices.DeleteFunc(slices.Clone(r.Outlets), func(name string) bool { return name == o.Name })
				if len(rest) < len(r.Outlets) {
					off := ""
					if r.Off || len(rest) == 0 { // else it would go everywhere
						off = "true"
					}
					text = settings.SetIn(text, "rule", i, "outlets", settings.QuotedList(rest), "off", off)
				}
			}
			return settings.RemoveSection(text, "outlet", at), nil
		}, nil)
	})
}

// why says why something could not be done: of settings, what is wrong with which.
func why(err error) string {
	if key, reason := settings.About(phrase.Of(err)); key != "" {
		return ui.Say(reason)
	}
	return ui.Cause(err)
}
