package settings

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/assets/listed"
	"linklog/phrase"
	"linklog/service/api"
)

const (
	knownLists = "lists.known"
	ownLists   = "lists.own"
)

// listOffers are the lists that LinkLog knows, each with what it is and how it is, and how those
// of the user are.
type listOffers struct {
	section *serviceSection
	known   *input // what is chosen, one a line; it is not shown
	offers  []*listOffer
	own     *widget.Label
	update  *ui.Button
	content *fyne.Container
}

// listOffer is a list that LinkLog knows.
type listOffer struct {
	name  string
	check *ui.Check
	state *widget.Label
}

func newListOffers(s *serviceSection, known *input) *listOffers {
	l := &listOffers{section: s, known: known, content: container.NewVBox(), own: ui.NewMuted("")}
	for _, of := range listed.Known() {
		o := &listOffer{name: of.Name, state: ui.NewMuted("")}
		o.check = ui.NewCheck(lang.L("Use"), func(bool) { l.choose() })
		l.offers = append(l.offers, o)
		l.content.Add(row(of.Name, lang.L(of.About)+" "+lang.L(of.Terms), ui.Close(o.check, o.state)))
	}
	l.update = ui.NewButton(lang.L("Fetch now"), l.fetch)
	return l
}

// states are how the user's own lists are.
func (l *listOffers) states() fyne.CanvasObject {
	return row(lang.L("State of your lists"), "", container.NewVBox(l.own, atLeft(l.update)))
}

// choose takes what is chosen into the form.
func (l *listOffers) choose() {
	if l.section.showing {
		return
	}
	var names []string
	for _, o := range l.offers {
		if o.check.Checked {
			names = append(names, o.name)
		}
	}
	l.known.set(lines(names))
}

// show brings the checks to what the form holds.
func (l *listOffers) show(text string) {
	chosen := strings.Fields(text)
	for _, o := range l.offers {
		if on := slices.Contains(chosen, o.name); on != o.check.Checked {
			o.check.Checked = on
			o.check.Refresh()
		}
	}
}

func (l *listOffers) enable(on bool) {
	for _, o := range l.offers {
		ui.SetEnabled(on, o.check)
	}
	ui.SetEnabled(on, l.update)
}

// loaded shows how lists are.
func (l *listOffers) loaded(all []api.List) {
	var own []string
	for _, o := range l.offers {
		o.state.SetText("")
	}
	for i := range all {
		state := listState(&all[i], time.Now())
		if at := slices.IndexFunc(l.offers, func(o *listOffer) bool { return o.name == all[i].Name }); at >= 0 {
			l.offers[at].state.SetText(state)
		} else {
			own = append(own, all[i].Name+": "+state)
		}
	}
	if len(own) == 0 {
		own = []string{lang.L("You have no lists of your own.")}
	}
	l.own.SetText(strings.Join(own, "\n"))
	ui.SetVisible(l.update, len(all) > 0)
}

// listState says how a list is.
func listState(l *api.List, now time.Time) string {
	var parts []string
	if l.Version != "" {
		parts = append(parts, lang.L("{{.Entries}} entries, fetched {{.Time}}.", map[string]any{"Entries": ui.Number(uint64(l.Entries)), "Time": ui.Moment(l.Fetched.Local(), now)}))
	}
	switch {
	case l.Error != "" && l.Reason != nil:
		parts = append(parts, ui.Say(*l.Reason))
	case l.Error != "":
		parts = append(parts, l.Error)
	case l.Version == "":
		parts = append(parts, lang.L("Not fetched yet."))
	case l.Wrong > 0:
		parts = append(parts, lang.L("Lines that are not understood: {{.Lines}}, the first is line {{.First}}.", map[string]any{"Lines": ui.Number(uint64(l.Wrong)), "First": ui.Number(uint64(l.First))}))
	}
	return strings.Join(parts, " ")
}

// fetch has all lists fetched now.
func (l *listOffers) fetch() {
	l.update.Disable()
	c := l.section.page.context
	var all api.Lists
	c.Background(func(ctx context.Context) (err error) {
		all, err = c.Client.UpdateLists(ctx, "")
		return err
	}, func(err error) {
		ui.SetEnabled(l.section.admin, l.update)
		if err != nil {
			c.Fail(lang.L("Fetch lists"), phrase.Of(err))
			l.section.page.load()
			return
		}
		l.loaded(all.Lists)
	})
}
