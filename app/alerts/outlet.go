package alerts

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/settings"
)

// freeName is a name for an outlet of a type that none has yet.
func freeName(list []api.Outlet, kind string) string {
	name := "phone"
	switch kind {
	case "mail":
		name = "mail"
	case "mqtt":
		name = "home"
	case "webhook":
		name = "server"
	case "telegram", "discord", "slack":
		name = "chat"
	}
	base := name
	for n := 2; slices.ContainsFunc(list, func(o api.Outlet) bool { return o.Name == name }); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
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

// removeOutlet takes an outlet out of the settings, out of the rules that go there, and its
// secrets out of the service's file.
func (p *Page) removeOutlet(o *api.Outlet) {
	text := lang.L("Alerts no longer go to {{.Outlet}}.", map[string]any{"Outlet": o.Name})
	p.c.Confirm(lang.L("Remove the outlet?"), text, lang.L("Remove"), func() {
		p.hideUndo()
		var unused []string
		p.change("", func(_ context.Context, text string, s *settings.Settings) (after string, err error) {
			switch at := indexOfOutlet(s, o.Name); {
			case at >= 0:
				unused = ownSecrets(s, at)
				return settings.RemoveSection(withoutOutlet(text, s, o.Name), "outlet", at), nil
			case o.Type == programType && len(s.Alerts.Run) > 0:
				return settings.Set(text, "alerts.on_alert", "[]")
			}
			return text, nil
		}, func(err error) {
			if err != nil {
				p.c.Fail(lang.L("Remove the outlet"), err)
				return
			}
			p.c.Background(func(ctx context.Context) (err error) {
				for _, name := range unused {
					err = errors.Join(err, p.c.Client.SetSecret(ctx, name, ""))
				}
				return err
			}, func(err error) {
				if err != nil {
					p.c.Fail(lang.L("Remove the outlet"), err)
				}
			})
		})
	})
}

// withoutOutlet takes an outlet out of the rules that go there. One that goes nowhere else is
// switched off: without outlets it would go everywhere.
func withoutOutlet(text string, s *settings.Settings, name string) string {
	for i, r := range s.Rules {
		rest := slices.DeleteFunc(slices.Clone(r.Outlets), func(x string) bool { return x == name })
		if len(rest) == len(r.Outlets) {
			continue
		}
		off := ""
		if r.Off || len(rest) == 0 {
			off = "true"
		}
		text = settings.SetIn(text, "rule", i, "outlets", settings.QuotedList(rest), "off", off)
	}
	return text
}

// ownSecrets are those that an outlet has, and no other one.
func ownSecrets(s *settings.Settings, at int) (names []string) {
	for _, f := range settings.OutletFields(s.Outlets[at].Type) {
		name := placeOf(f.Value(&s.Outlets[at]))
		others := slices.Delete(slices.Clone(s.Outlets), at, at+1)
		if f.Secret && name != "" && !slices.ContainsFunc(others, func(o settings.Outlet) bool { return o.Mentions(name) }) {
			names = append(names, name)
		}
	}
	return names
}

// why says why something could not be done: of settings, what is wrong with which.
func why(err error) string {
	if key, reason := settings.About(phrase.Of(err)); key != "" {
		return ui.Say(reason)
	}
	return ui.Cause(err)
}
