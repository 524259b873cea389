package setup

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/system/prefs"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/guide"
)

// chooser asks which router there is, and shows how that one is set up.
type chooser struct {
	context *ui.Context
	chosen  func() // called when one was chosen
	routers []*guide.Router
	buttons []*ui.Button
	content *fyne.Container
	steps   *fyne.Container

	router                *guide.Router // nil: not chosen
	address               string        // as shown in the steps
	port                  uint16
	flows                 uint16        // port
	instead, flowsInstead phrase.Phrase // why these are not the usual ports
}

func newChooser(c *ui.Context, chosen func()) *chooser {
	h := &chooser{context: c, chosen: chosen, routers: guide.Routers(), steps: container.NewVBox()}
	row := container.New(layout.NewRowWrapLayoutWithCustomPadding(6, 6))
	for _, r := range h.routers {
		b := ui.NewButton(nameOf(r), func() { h.choose(r) })
		h.buttons = append(h.buttons, b)
		row.Add(b)
	}
	h.content = container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(10, 2, 0, 0), ui.NewHead(lang.L("Which router do you have?"), 14)), row, h.steps,
	)
	if c.Prefs != nil {
		h.router, _ = guide.Find(c.Prefs.Get().Router)
	}
	h.paint()
	return h
}

// nameOf is what a router is called.
func nameOf(r *guide.Router) string {
	if r.InWords {
		return lang.L(r.Name)
	}
	return r.Name
}

// choose takes a router for the one there is, and remembers it.
func (h *chooser) choose(r *guide.Router) {
	h.router = r
	if h.context.Prefs != nil {
		h.context.Prefs.Change(func(c *prefs.Choices) { c.Router = r.ID })
	}
	h.paint()
	h.chosen()
}

// show puts an address of this computer into the steps, and the ports on which LinkLog listens. On the
// closed ones it should, too. It reports whether there is something new.
func (h *chooser) show(address string, listening []uint16, closed []guide.Closed) (grew bool) {
	address = cmp.Or(address, "ADDRESS") // there is none yet
	port, instead := uint16(capture.SyslogPort), phrase.Phrase{}
	if h.router != nil {
		port, _ = h.router.Port(listening)
		instead = h.router.Instead(listening, closed)
	}
	flows, flowsInstead := guide.FlowPort(listening), guide.FlowsInstead(listening, closed)
	if address == h.address && port == h.port && flows == h.flows && instead.String() == h.instead.String() && flowsInstead.String() == h.flowsInstead.String() {
		return false
	}
	h.address, h.port, h.flows, h.instead, h.flowsInstead = address, port, flows, instead, flowsInstead
	h.paint()
	return true
}

// firstStep is the number of the first step in the router: those before are on this computer.
const firstStep = 4

func (h *chooser) paint() {
	for i, b := range h.buttons {
		importance := widget.MediumImportance
		if h.routers[i] == h.router {
			importance = widget.HighImportance
		}
		if b.Importance != importance {
			b.Importance = importance
			b.Refresh()
		}
	}
	h.steps.RemoveAll()
	defer h.content.Refresh()
	if h.router == nil {
		h.steps.Add(flush(ui.NewMuted(lang.L("Choose it to see the steps for setting it up."))))
		return
	}
	g := h.router.Guide(h.address, h.port, h.flows)
	about := widget.NewLabel(ui.Say(g.About))
	about.Wrapping = fyne.TextWrapWord
	if also := cmp.Or(h.router.Also, ui.Say(h.router.Which)); also != "" {
		h.steps.Add(flush(ui.Close(ui.NewMuted(nameOf(h.router)+": "+also), about)))
	} else {
		h.steps.Add(flush(about))
	}
	h.warn(h.instead)
	for i, s := range g.Steps {
		h.add(newRow(h.context, firstStep+i), todo, s)
	}
	if len(g.Names) > 0 {
		h.steps.Add(heading(lang.L("Optional, so that devices and hosts have names")))
	}
	for _, s := range g.Names {
		h.add(newRow(h.context, 0), info, s)
	}
	if len(g.Flows) > 0 {
		h.steps.Add(heading(lang.L("Instead of the log")))
		h.warn(h.flowsInstead)
	}
	for _, s := range g.Flows {
		h.add(newRow(h.context, 0), info, s)
	}
	if len(g.Notes) > 0 {
		h.steps.Add(heading(lang.L("Good to know")))
	}
	for _, n := range g.Notes {
		h.steps.Add(flush(ui.NewMuted(ui.Say(n))))
	}
}

// warn adds what is wrong, if something is.
func (h *chooser) warn(p phrase.Phrase) {
	if p.IsZero() {
		return
	}
	wrong := ui.NewWrong()
	wrong.SetText(ui.Say(p))
	wrong.Show()
	h.steps.Add(flush(wrong))
}

func (h *chooser) add(r *row, m mark, s guide.Step) {
	r.show(step{mark: m, title: s.Title, text: s.Text, command: s.Type})
	h.steps.Add(r.content)
}

// flush puts a label where the badges and titles begin.
func flush(label fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, -look.Padding, 0), label)
}

func heading(text string) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(8, 0, 0, 0), ui.NewHead(text, 14))
}
