package setup

import (
	"cmp"
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/phrase"
	"linklog/service/doctor"
	manager "linklog/service/install"
)

// findings is the list of what was found out, in place below the steps.
type findings struct {
	context *ui.Context
	content *fyne.Container
	running bool
}

func newFindings(c *ui.Context) *findings {
	f := &findings{context: c, content: container.NewVBox()}
	f.content.Hide()
	return f
}

// findOut looks at all that may be in the way, and lists it.
func (p *Page) findOut() {
	f := p.why
	if f.running {
		return
	}
	f.running = true
	busy := ui.NewMuted(lang.L("Checking… This takes a few seconds."))
	f.content.Objects = []fyne.CanvasObject{busy}
	f.content.Show()
	p.content.Refresh()
	router := ""
	if r := p.chooser.router; r != nil { // the one in the preferences
		router = r.ID
	}
	options := doctor.Options{
		Port: p.facts.status.Port, Status: p.context.Client.Status, Manager: manager.GetStatus,
		Router: router, Came: doctor.Came(p.context.Client, router),
	}
	var found []doctor.Finding
	p.context.Background(func(ctx context.Context) error {
		found = doctor.Examine(ctx, options)
		return nil
	}, func(error) {
		f.running = false
		f.show(found)
		p.content.Refresh()
	})
}

func (f *findings) show(found []doctor.Finding) {
	f.content.RemoveAll()
	// What is likely the cause comes first, what is as it should be last.
	slices.SortStableFunc(found, func(a, b doctor.Finding) int { return cmp.Compare(rank(a.Kind), rank(b.Kind)) })
	for _, x := range found {
		b := newBadge(0)
		switch x.Kind {
		case doctor.OK:
			b.mark = fine
		case doctor.Wrong:
			b.mark = wrong
		default:
			b.mark = info
		}
		title := widget.NewLabel(ui.Say(x.Title))
		title.Wrapping = fyne.TextWrapWord
		lines := container.NewVBox(title)
		if len(x.Text.Format)+len(x.Do.Format) > 0 {
			title.TextStyle.Bold = true
			texts := []fyne.CanvasObject{title}
			for _, t := range []phrase.Phrase{x.Text, x.Do} {
				if t.Format != "" {
					texts = append(texts, ui.NewMuted(ui.Say(t)))
				}
			}
			lines = container.NewVBox(ui.Close(texts...))
		}
		if x.Type != "" {
			lines.Add(ui.Command(f.context, x.Type))
		}
		f.content.Add(container.New(layout.NewCustomPaddedLayout(2, 2, 0, 0), container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 8), top(2, b)), nil, lines)))
	}
}

// rank is where a finding stands in the list.
func rank(k doctor.Kind) int {
	switch k {
	case doctor.Wrong:
		return 0
	case doctor.OK:
		return 2
	}
	return 1
}
