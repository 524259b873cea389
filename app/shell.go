package app

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/story"
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
	saved   *saved
	stack   *fyne.Container
	current *page
	past    []place // where one was before
	ahead   []place // from where one went back, the nearest last
	visible bool
	content *fyne.Container

	bar        *bar
	banner     *banner
	ownAddress string // "": not looked up yet
	foot       *footer
}

func newShell(x *App) *shell {
	s := &shell{app: x, stack: container.NewStack(), saved: newSaved(x), foot: newFooter(x)}
	s.pages = x.makePages()
	s.bar, s.banner = s.makeBar(), newBanner(s)
	l := &shellLayout{
		bar: s.bar, banner: s.banner, side: ui.SidePanel(s.side()), page: ui.PagePanel(s.stack), foot: ui.SidePanel(s.foot.content),
		belowBar: ui.Line(), besideSide: ui.Line(), aboveFoot: ui.Line(), dot: x.watchMinimising(),
	}
	// In the order of the keyboard: from the search to what was found, and to the rest around it.
	s.content = container.New(l, l.bar.ground, l.bar.name.content, l.bar.dot, l.bar.state, l.bar.search, l.page, l.bar.buttons, l.banner.content, l.belowBar, l.side, l.besideSide, l.aboveFoot, l.foot, l.dot)
	s.saved.show()
	s.open(pageLog)
	return s
}

// bar is what is on top: how the connection stands, the search, and what can be done with
// the page.
type bar struct {
	ground        fyne.CanvasObject
	name          *name
	dot           *ui.Dot
	state         *widget.Label
	search        fyne.CanvasObject
	buttons       *fyne.Container
	filter, pause *ui.Button
	export        *ui.Button
}

func (s *shell) makeBar() *bar {
	x := s.app
	b := &bar{ground: ui.SidePanel(container.NewWithoutLayout()), name: newName(x), dot: ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Faint }), state: ui.NewMuted("")}
	b.state.Wrapping, b.state.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	b.filter, b.pause = ui.NewButton(lang.L("Filter"), x.toggleFilter), ui.NewButton(lang.L("Pause"), x.togglePause)
	b.export = ui.NewButton(lang.L("Export…"), s.export)
	b.buttons = container.NewHBox(b.filter, b.pause, b.export)
	b.search = x.logPage.Search(s.inFront)
	b.showName()
	return b
}

// The parts of the bar, from left to right.
const (
	barHeight   = 44
	barMargin   = 14
	barGap      = 12
	stateWidth  = 236 // if there is room for it
	stateLeast  = 110 // without what is right of it
	searchLeast = 190
)

// layout puts the parts beside each other. Where there is not enough room for all, the name
// goes, and the state is cut.
func (b *bar) layout(width float32) {
	middle := func(o fyne.CanvasObject, x, w float32) {
		h := o.MinSize().Height
		o.Move(fyne.NewPos(x, (barHeight-h)/2))
		o.Resize(fyne.NewSize(w, h))
	}
	b.ground.Resize(fyne.NewSize(width, barHeight))
	right := width - barMargin
	if b.buttons.Visible() {
		w := b.buttons.MinSize().Width
		middle(b.buttons, right-w, w)
		right -= w + barGap
	}
	left, name, dot := float32(barMargin), b.name.content.MinSize().Width+barGap, b.dot.MinSize().Width
	need := dot + stateLeast
	if b.search.Visible() {
		need += searchLeast + barGap
	}
	if left+name+need <= right {
		b.name.content.Show()
		middle(b.name.content, left, name-barGap)
		left += name
	} else {
		b.name.content.Hide()
		need -= name
	}
	middle(b.dot, left, dot)
	left += dot
	state := right - left
	if b.search.Visible() {
		state = min(stateWidth, max(stateLeast, state-searchLeast-barGap))
	}
	middle(b.state, left, state)
	if left += state + barGap; b.search.Visible() {
		middle(b.search, left, right-left)
	}
}

// shellLayout puts the bars around the page, without room between them.
type shellLayout struct {
	bar                             *bar
	banner                          *banner
	side, page, foot                fyne.CanvasObject
	belowBar, besideSide, aboveFoot fyne.CanvasObject // lines
	dot                             fyne.CanvasObject // of watchMinimising
}

const lineWidth = 1

// The window cannot be made smaller than this, whatever is shown: it does not grow by itself.
// All pages have room in 640 by 480, see TestWhole.
const leastWidth, leastHeight = 560, 360

// Where the window is narrow, the list of pages is, too.
const (
	narrowWindow = 800
	narrowSide   = 138
	wideSide     = 176
)

// MinSize does not depend on the page.
func (l *shellLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(leastWidth, leastHeight)
}

func (l *shellLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	l.bar.layout(s.Width)
	top, side, foot := float32(barHeight), float32(wideSide), l.foot.MinSize().Height
	if s.Width < narrowWindow {
		side = narrowSide
	}
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	wide := s.Width - side - lineWidth
	banner := l.banner.height(wide)
	place(l.banner.content, side+lineWidth, top+lineWidth, wide, banner)
	middle := s.Height - top - foot - 2*lineWidth
	place(l.belowBar, 0, top, s.Width, lineWidth)
	place(l.side, 0, top+lineWidth, side, middle)
	place(l.besideSide, side, top+lineWidth, lineWidth, middle)
	place(l.page, side+lineWidth, top+lineWidth+banner, wide, middle-banner)
	place(l.aboveFoot, 0, s.Height-foot-lineWidth, s.Width, lineWidth)
	place(l.foot, 0, s.Height-foot, s.Width, foot)
	place(l.dot, 0, 0, 1, 1)
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
		if p.id == pageStory { // of one of those on another page
			p.item = s.page(pageHosts).item
			continue
		}
		if p.id == pageTemplate { // from here on, what is needed now and then
			list.Add(s.saved.list)
			list.Add(space(16))
		}
		p.item = ui.NewNavItem(p.label, func() { s.open(p.id) }, nil)
		list.Add(p.item)
	}
	return container.New(layout.NewCustomPaddedLayout(8, 8, 8, 8), container.NewVScroll(list))
}

func space(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
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

// open shows a page. The keyboard goes to it, if it was at the page before.
func (s *shell) open(id pageID) {
	p := s.page(id)
	if p == nil || p == s.current {
		return
	}
	before := s.current
	if before != nil {
		s.leave()
		if s.visible {
			before.Hide()
		}
		before.item.SetChosen(false)
	}
	s.current = p
	p.item.SetChosen(true)
	s.stack.Objects = []fyne.CanvasObject{p.Content()}
	s.stack.Refresh()
	if id == pageAlerts {
		s.app.away.read()
	}
	s.showActs()
	if s.visible {
		p.Show()
	}
	if before != nil && !s.hasFocus() { // the first is not in the window yet
		s.focusPage()
	}
}

// place is where one was: a page, with what was searched for, or of which host or device it was.
type place struct {
	page    pageID
	search  string
	subject story.Subject
}

// placesKept is how many places one can go back.
const placesKept = 50

// here is where one is.
func (s *shell) here() place {
	h := place{page: s.current.id, search: s.app.logPage.Query()}
	if h.page == pageStory {
		h.subject = s.app.pages.story.Subject()
	}
	return h
}

// leave remembers the place that is left for another.
func (s *shell) leave() {
	s.past, s.ahead = remember(s.past, s.here()), nil
}

// remember puts a place behind others.
func remember(list []place, p place) []place {
	if n := len(list); n == 0 || list[n-1] != p {
		list = append(list, p)
	}
	return list[max(0, len(list)-placesKept):]
}

// back goes to the place before, and forward to where one was when one went back.
func (s *shell) back()    { s.past, s.ahead = s.travel(s.past, s.ahead) }
func (s *shell) forward() { s.ahead, s.past = s.travel(s.ahead, s.past) }

// travel goes to the last of some places, and remembers this one among others.
func (s *shell) travel(from, others []place) (rest, more []place) {
	here := s.here()
	for n := len(from); n > 0; n = len(from) {
		to := from[n-1]
		from = from[:n-1]
		if to == here {
			continue
		}
		others = remember(others, here)
		if to.page == pageStory {
			s.openStory(to.subject)
		} else {
			s.open(to.page)
		}
		if to.search != s.app.logPage.Query() {
			s.app.logPage.SetQuery(to.search)
		}
		break
	}
	return from, others
}

// focuser is a page that has something for which the keyboard is most likely wanted.
type focuser interface{ Focus() }

// focusPage moves the keyboard to the page.
func (s *shell) focusPage() {
	s.app.window.Canvas().Unfocus() // not where it cannot be seen
	if f, ok := s.current.Page.(focuser); ok {
		f.Focus()
	}
}

// hasFocus reports whether the keyboard is at something around the pages, which stays.
func (s *shell) hasFocus() bool {
	focused := s.app.window.Canvas().Focused()
	if n, ok := focused.(*ui.NavItem); ok {
		return slices.ContainsFunc(s.pages, func(p *page) bool { return p.item == n }) || slices.Contains(s.saved.list.Objects, fyne.CanvasObject(n))
	}
	return focused != nil && any(focused) == any(s.bar.search) && s.bar.search.Visible()
}

// obeysSearch reports whether the page shows what the search text on top asks for.
func (s *shell) obeysSearch() bool {
	_, obeys := s.current.Page.(searcher)
	return obeys || s.current.id == pageLog
}

// search moves the keyboard to where one searches on this page, and on one where nothing can
// be searched for, to the log's.
func (s *shell) search() {
	if !s.obeysSearch() {
		s.open(pageLog)
	}
	s.app.logPage.FocusSearch()
}

// showActs shows on top what can be done with the page.
func (s *shell) showActs() {
	isLog := s.current.id == pageLog
	ui.SetVisible(s.bar.filter, isLog)
	ui.SetVisible(s.bar.pause, isLog)
	_, exports := s.current.Page.(exporter)
	ui.SetVisible(s.bar.export, exports)
	ui.SetVisible(s.bar.buttons, isLog || exports)
	ui.SetVisible(s.bar.search, s.obeysSearch())
	s.banner.show()
	s.content.Refresh()
}

// exporter is a page that can write what it shows to a file.
type exporter interface{ Export() }

// export writes what is shown to a file.
func (s *shell) export() {
	if e, ok := s.current.Page.(exporter); ok {
		e.Export()
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
	s.saved.choose()
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
	if s.banner.show() {
		s.content.Refresh()
	}
	st := s.app.state
	fine := func(p *look.Palette) color.NRGBA { return p.Fine }
	warn := func(p *look.Palette) color.NRGBA { return p.Inbound }
	bad := func(p *look.Palette) color.NRGBA { return p.Bad }
	h := &st.Hello
	open, _ := api.OpenPorts(h.UDP())
	port := map[string]any{"Port": h.Port, "Address": s.address()}
	switch {
	case (st.Connection == feed.Refused || st.Connection == feed.Lost) && !s.app.computer.Here():
		s.setState(bad, lang.L("Not connected to {{.Computer}}", map[string]any{"Computer": s.app.computer.Name}))
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
	case !s.app.heard:
		s.setState(warn, lang.L("Waiting for the first message"))
	default:
		port["Ports"] = ui.Ports(open)
		s.setState(fine, lang.N("Listening on {{.Address}}, port {{.Ports}}", len(open), port))
	}
}

// address is where the router is to send to: this computer's address in the home
// network, or by what ssh knows a different one.
func (s *shell) address() string {
	if !s.app.computer.Here() {
		return s.app.computer.Host.Name
	}
	if s.ownAddress == "" {
		s.ownAddress = "–"
		if own := doctor.LANAddresses(); len(own) > 0 {
			s.ownAddress = own[0].String()
		}
	}
	return s.ownAddress
}

func (s *shell) setState(color func(*look.Palette) color.NRGBA, text string) {
	s.bar.dot.SetColor(color)
	ui.SetText(s.bar.state, text)
	s.app.tray.update()
}

// showPause shows whether what comes is not shown.
func (s *shell) showPause(paused bool) {
	text, importance := lang.L("Pause"), widget.MediumImportance
	if paused {
		text, importance = lang.L("Resume"), widget.HighImportance
	}
	s.bar.pause.Importance = importance
	s.bar.pause.SetText(text)
}
