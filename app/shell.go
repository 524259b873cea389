package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/service/api"
	"linklog/service/doctor"
)

// shell is what is around the pages: the bar on top with the search, the list of
// pages on the left, and the footer.
type shell struct {
	app     *App
	pages   []*page
	saved   *fyne.Container // filters
	stack   *fyne.Container
	current *page
	visible bool
	content *fyne.Container

	dot        *ui.Dot
	state      *widget.Label
	ownAddress string // "": not looked up yet
	pause      *widget.Button
	foot       *footer
}

func newShell(x *App) *shell {
	s := &shell{app: x, stack: container.NewStack(), saved: container.NewVBox(), foot: newFooter(x)}
	s.pages = x.makePages()
	l := &shellLayout{
		top: ui.SidePanel(s.top()), side: ui.SidePanel(s.side()), page: ui.PagePanel(s.stack), foot: ui.SidePanel(s.foot.content),
		belowTop: ui.Line(), besideSide: ui.Line(), aboveFoot: ui.Line(), dot: x.watchMinimising(),
	}
	s.content = container.New(l, l.top, l.belowTop, l.side, l.besideSide, l.page, l.aboveFoot, l.foot, l.dot)
	s.showSaved()
	s.open(pageLog)
	return s
}

// shellLayout puts the bars around the page, without room between them.
type shellLayout struct {
	top, side, page, foot           fyne.CanvasObject
	belowTop, besideSide, aboveFoot fyne.CanvasObject // lines
	dot                             fyne.CanvasObject // of watchMinimising
}

const lineWidth = 1

func (l *shellLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	top, side, page, foot := l.top.MinSize(), l.side.MinSize(), l.page.MinSize(), l.foot.MinSize()
	return fyne.NewSize(max(top.Width, side.Width+lineWidth+page.Width, foot.Width), top.Height+foot.Height+2*lineWidth+max(side.Height, page.Height))
}

func (l *shellLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	top, side, foot := l.top.MinSize().Height, l.side.MinSize().Width, l.foot.MinSize().Height
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	middle := s.Height - top - foot - 2*lineWidth
	place(l.top, 0, 0, s.Width, top)
	place(l.belowTop, 0, top, s.Width, lineWidth)
	place(l.side, 0, top+lineWidth, side, middle)
	place(l.besideSide, side, top+lineWidth, lineWidth, middle)
	place(l.page, side+lineWidth, top+lineWidth, s.Width-side-lineWidth, middle)
	place(l.aboveFoot, 0, s.Height-foot-lineWidth, s.Width, lineWidth)
	place(l.foot, 0, s.Height-foot, s.Width, foot)
	place(l.dot, 0, 0, 1, 1)
}

// top is the bar with state, search and buttons.
func (s *shell) top() fyne.CanvasObject {
	x := s.app
	s.dot = ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Faint })
	s.state = ui.NewMuted("")
	s.state.Wrapping, s.state.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	s.pause = widget.NewButton(lang.L("Pause"), x.togglePause)
	left := container.NewHBox(
		container.New(layout.NewCustomPaddedLayout(0, 0, 10, 6), ui.NewHead(x.config.Metadata.Name, 16)),
		container.NewCenter(s.dot), ui.AtLeast(236, s.state),
	)
	buttons := container.NewHBox(widget.NewButton(lang.L("Filter"), x.toggleFilter), s.pause, widget.NewButton(lang.L("Export…"), x.logPage.Export))
	search := x.logPage.Search(s.inFront)
	return container.New(layout.NewCustomPaddedLayout(6, 6, 4, 12), container.NewBorder(nil, nil, left, buttons, container.New(layout.NewCustomPaddedLayout(0, 0, 8, 8), search)))
}

// inFront puts something in front of the window: above all that is there.
func (s *shell) inFront(o fyne.CanvasObject) {
	if n := len(s.content.Objects); s.content.Objects[n-1] != o {
		s.content.Add(o)
	}
}

// side is the list of pages, and of the saved filters.
func (s *shell) side() fyne.CanvasObject {
	list := container.NewVBox()
	for _, p := range s.pages {
		if p.id == pageTemplate { // from here on, what is needed now and then
			list.Add(s.saved)
			list.Add(space(16))
		}
		p.item = ui.NewNavItem(p.label, func() { s.open(p.id) }, nil)
		list.Add(p.item)
	}
	return ui.AtLeast(176, container.New(layout.NewCustomPaddedLayout(8, 8, 8, 8), container.NewVScroll(list)))
}

func space(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// showSaved lists the saved filters.
func (s *shell) showSaved() {
	s.saved.RemoveAll()
	list := s.app.prefs.Get().Saved
	if len(list) > 0 {
		s.saved.Add(space(6))
		s.saved.Add(ui.NewMuted(lang.L("Saved filters")))
	}
	for _, f := range list {
		s.saved.Add(ui.NewNavItem(f.Name, func() { s.app.showLog(f.Query) }, func(at fyne.Position) {
			widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
				fyne.NewMenuItem(lang.L("Show"), func() { s.app.showLog(f.Query) }),
				fyne.NewMenuItem(lang.L("Remove"), func() { s.app.prefs.RemoveFilter(f.Name); s.showSaved() }),
			), s.app.window.Canvas(), at)
		}))
	}
}

// page is a page by its ID; nil: there is none.
func (s *shell) page(id pageID) *page {
	for _, p := range s.pages {
		if p.id == id {
			return p
		}
	}
	return nil
}

// open shows a page.
func (s *shell) open(id pageID) {
	p := s.page(id)
	if p == nil || p == s.current {
		return
	}
	if before := s.current; before != nil {
		if s.visible {
			before.Hide()
		}
		before.item.SetChosen(false)
	}
	s.current = p
	p.item.SetChosen(true)
	s.stack.Objects = []fyne.CanvasObject{p.Content()}
	s.stack.Refresh()
	if s.visible {
		p.Show()
	}
}

// setVisible tells the page whether it is visible.
func (s *shell) setVisible(visible bool) {
	s.visible, s.foot.visible = visible, visible
	if visible {
		s.current.Show()
	} else {
		s.current.Hide()
	}
}

// changer is a page that wants to know when something came.
type changer interface{ Changed() }

// pageChanged tells the visible page that something came.
func (s *shell) pageChanged() {
	if c, ok := s.current.Page.(changer); ok && s.visible {
		c.Changed()
	}
}

// searcher is a page that obeys the search text on top.
type searcher interface{ Searched() }

// searched tells the visible page that what is searched for changed.
func (s *shell) searched() {
	if c, ok := s.current.Page.(searcher); ok && s.visible {
		c.Searched()
	}
}

// connecter is a page that asks again what the service is when it is there, or a different one.
type connecter interface{ Connected() }

// connected tells the visible page that the connection is a different one.
func (s *shell) connected() {
	if c, ok := s.current.Page.(connecter); ok && s.visible {
		c.Connected()
	}
}

// showState shows how the connection stands.
func (s *shell) showState() {
	st := s.app.state
	fine := func(p *look.Palette) color.NRGBA { return p.Fine }
	warn := func(p *look.Palette) color.NRGBA { return p.Inbound }
	bad := func(p *look.Palette) color.NRGBA { return p.Bad }
	h := &st.Hello
	open, _ := api.OpenPorts(h.UDP())
	port := map[string]any{"Port": h.Port, "Address": s.address()}
	switch {
	case st.Connection == feed.Connecting:
		s.setState(warn, lang.L("Connecting…"))
	case st.Connection == feed.Refused:
		s.setState(bad, lang.L("No access to the service"))
	case st.Connection == feed.Lost:
		s.setState(bad, lang.L("The service does not answer"))
	case !h.Open:
		s.setState(bad, lang.L("Port {{.Port}} is in use", port))
	case s.app.paused:
		s.setState(warn, lang.L("Paused"))
	case h.Last == 0 && s.app.logPage.Len() == 0:
		s.setState(warn, lang.L("Waiting for the first message"))
	default:
		port["Port"] = ui.Ports(open)
		s.setState(fine, lang.L("Listening on {{.Address}}, port {{.Port}}", port))
	}
}

// address is where the router is to send to: this computer's address in the home
// network.
func (s *shell) address() string {
	if s.ownAddress == "" {
		s.ownAddress = "–"
		if own := doctor.LANAddresses(); len(own) > 0 {
			s.ownAddress = own[0].String()
		}
	}
	return s.ownAddress
}

func (s *shell) setState(color func(*look.Palette) color.NRGBA, text string) {
	s.dot.SetColor(color)
	ui.SetText(s.state, text)
	s.app.tray.update()
}

// showPause shows whether what comes is not shown.
func (s *shell) showPause(paused bool) {
	text, importance := lang.L("Pause"), widget.MediumImportance
	if paused {
		text, importance = lang.L("Resume"), widget.HighImportance
	}
	s.pause.Importance = importance
	s.pause.SetText(text)
}
