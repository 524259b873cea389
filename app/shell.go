package app

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture"
)

// pageID names a page; it is remembered.
type pageID string

// The pages, in the order of the list.
const (
	pageLog      pageID = "log"
	pageHosts    pageID = "hosts"
	pageDevices  pageID = "devices"
	pageReports  pageID = "reports"
	pageTemplate pageID = "template"
	pageSetup    pageID = "setup"
	pageSettings pageID = "settings"
	pageHelp     pageID = "help"
)

// shell is what is around the pages: the bar on top with the search, the list of
// pages on the left, and the footer.
type shell struct {
	app     *App
	pages   map[pageID]ui.Page
	items   map[pageID]*ui.NavItem
	saved   *fyne.Container
	stack   *fyne.Container
	current pageID
	visible bool
	content fyne.CanvasObject

	dot    *ui.Dot
	state  *widget.Label
	search *searchBar
	pause  *widget.Button
	filter *widget.Button

	today    *widget.Label
	newHosts *widget.Label
	lost     *widget.Label
	message  *widget.Label
	right    *widget.Label
	told     int // counts messages: an older one does not take a newer away

	events    int64 // of today
	eventsDay int
}

func newShell(x *App) *shell {
	s := &shell{app: x, items: make(map[pageID]*ui.NavItem), stack: container.NewStack(), saved: container.NewVBox()}
	s.pages = x.makePages()
	top, side, foot := s.top(), s.side(), s.foot()
	s.content = container.New(shellLayout{}, ui.SidePanel(top), ui.Line(), ui.SidePanel(side), ui.Line(), ui.PagePanel(s.stack), ui.Line(), ui.SidePanel(foot), x.watchMinimising())
	s.showSaved()
	s.open(pageLog)
	return s
}

// shellLayout puts the bars around the page, without room between them: bar on top,
// line, list of pages, line, page, line, footer.
type shellLayout struct{}

const lineWidth = 1

func (shellLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	top, side, page, foot := o[0].MinSize(), o[2].MinSize(), o[4].MinSize(), o[6].MinSize()
	return fyne.NewSize(max(top.Width, side.Width+lineWidth+page.Width, foot.Width), top.Height+foot.Height+2*lineWidth+max(side.Height, page.Height))
}

func (shellLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	top, side, foot := o[0].MinSize().Height, o[2].MinSize().Width, o[6].MinSize().Height
	place := func(i int, x, y, w, h float32) {
		o[i].Move(fyne.NewPos(x, y))
		o[i].Resize(fyne.NewSize(w, h))
	}
	middle := s.Height - top - foot - 2*lineWidth
	place(0, 0, 0, s.Width, top)
	place(1, 0, top, s.Width, lineWidth)
	place(2, 0, top+lineWidth, side, middle)
	place(3, side, top+lineWidth, lineWidth, middle)
	place(4, side+lineWidth, top+lineWidth, s.Width-side-lineWidth, middle)
	place(5, 0, s.Height-foot-lineWidth, s.Width, lineWidth)
	place(6, 0, s.Height-foot, s.Width, foot)
	place(7, 0, 0, 1, 1)
}

// top is the bar with state, search and buttons.
func (s *shell) top() fyne.CanvasObject {
	name := canvas.NewText(s.app.config.Metadata.Name, nil)
	name.TextStyle.Bold, name.TextSize = true, 16
	s.dot = ui.NewDot(func(p *look.Palette) color.NRGBA { return p.Faint })
	s.state = ui.NewMuted("")
	s.state.Wrapping, s.state.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	s.search = newSearchBar(s)
	s.filter = widget.NewButton(lang.L("Filter"), s.toggleFilter)
	s.pause = widget.NewButton(lang.L("Pause"), s.togglePause)
	export := widget.NewButton(lang.L("Export…"), s.app.export)
	left := container.NewHBox(
		container.New(layout.NewCustomPaddedLayout(0, 0, 10, 6), ui.NewThemed(name, theme.ColorNameForeground)),
		container.NewCenter(s.dot), container.New(fixedWidth(236), s.state),
	)
	buttons := container.NewHBox(s.filter, s.pause, export)
	return container.New(layout.NewCustomPaddedLayout(6, 6, 4, 12), container.NewBorder(nil, nil, left, buttons, container.New(layout.NewCustomPaddedLayout(0, 0, 8, 8), s.search.content())))
}

// fixedWidth is the layout of something that has always the same width.
type fixedWidth float32

func (w fixedWidth) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), o[0].MinSize().Height)
}

func (w fixedWidth) Layout(o []fyne.CanvasObject, s fyne.Size) { o[0].Resize(s) }

// steadyRow puts objects beside each other in places whose widths go by steps. A
// number that grows a little wider moves nothing then: what moves while Fyne draws
// makes it draw everything a second time.
type steadyRow struct{}

const step = 32

func (steadyRow) width(o fyne.CanvasObject) float32 {
	return float32(math.Ceil(float64(o.MinSize().Width)/step)) * step
}

func (r steadyRow) MinSize(o []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range o {
		if o.Visible() {
			size.Width += r.width(o)
			size.Height = max(size.Height, o.MinSize().Height)
		}
	}
	return size
}

func (r steadyRow) Layout(o []fyne.CanvasObject, s fyne.Size) {
	x := float32(0)
	for _, o := range o {
		if !o.Visible() {
			continue
		}
		w := r.width(o)
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, s.Height))
		x += w
	}
}

// side is the list of pages.
func (s *shell) side() fyne.CanvasObject {
	item := func(id pageID, label string) fyne.CanvasObject {
		n := ui.NewNavItem(label, func() { s.open(id) }, nil)
		s.items[id] = n
		return n
	}
	list := container.NewVBox(
		item(pageLog, lang.L("Log")), item(pageHosts, lang.L("Hosts")), item(pageDevices, lang.L("Devices")), item(pageReports, lang.L("Reports")),
		s.saved,
		space(16),
		item(pageTemplate, lang.L("Template")), item(pageSetup, lang.L("Setup")), item(pageSettings, lang.L("Settings")), item(pageHelp, lang.L("Help")),
	)
	return container.New(fixedWidth(176), container.New(layout.NewCustomPaddedLayout(8, 8, 8, 8), container.NewVScroll(list)))
}

func space(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// showSaved lists the saved filters.
func (s *shell) showSaved() {
	s.saved.RemoveAll()
	list := s.app.prefs.saved()
	if len(list) > 0 {
		s.saved.Add(space(6))
		s.saved.Add(ui.NewMuted(lang.L("Saved filters")))
	}
	for _, f := range list {
		s.saved.Add(ui.NewNavItem(f.Name, func() { s.app.showLog(f.Query) }, func(at fyne.Position) {
			widget.ShowPopUpMenuAtPosition(fyne.NewMenu("",
				fyne.NewMenuItem(lang.L("Show"), func() { s.app.showLog(f.Query) }),
				fyne.NewMenuItem(lang.L("Remove"), func() { s.app.removeSaved(f.Name) }),
			), s.app.window.Canvas(), at)
		}))
	}
}

// foot is the bar with what counts.
func (s *shell) foot() fyne.CanvasObject {
	s.today, s.newHosts, s.lost, s.right = widget.NewLabel(""), widget.NewLabel(""), widget.NewLabel(""), widget.NewLabel("")
	s.message = widget.NewLabel("")
	s.message.Truncation = fyne.TextTruncateEllipsis
	s.right.Importance = widget.LowImportance
	for _, l := range []*widget.Label{s.today, s.newHosts, s.lost} {
		l.Importance = widget.LowImportance
	}
	return container.New(layout.NewCustomPaddedLayout(-4, -4, 4, 4), container.NewBorder(nil, nil, container.New(steadyRow{}, s.today, s.newHosts, s.lost), s.right, s.message))
}

// open shows a page.
func (s *shell) open(id pageID) {
	p, ok := s.pages[id]
	if !ok || id == s.current {
		return
	}
	if before, ok := s.pages[s.current]; ok {
		if s.visible {
			before.Hide()
		}
		s.items[s.current].SetChosen(false)
	}
	s.current = id
	s.items[id].SetChosen(true)
	s.stack.Objects = []fyne.CanvasObject{p.Content()}
	s.stack.Refresh()
	if s.visible {
		p.Show()
	}
}

// setVisible tells the page that it can be seen, or not.
func (s *shell) setVisible(visible bool) {
	s.visible = visible
	if visible {
		s.pages[s.current].Show()
	} else {
		s.pages[s.current].Hide()
	}
}

// changer is a page that wants to know when something came.
type changer interface{ Changed() }

// pagesChanged tells the page that is shown that something came.
func (s *shell) pagesChanged(alerts bool) {
	if c, ok := s.pages[s.current].(changer); ok && s.visible {
		c.Changed()
	}
}

// showState shows how the connection stands.
func (s *shell) showState() {
	st := s.app.state
	fine := func(p *look.Palette) color.NRGBA { return p.Fine }
	warn := func(p *look.Palette) color.NRGBA { return p.Inbound }
	bad := func(p *look.Palette) color.NRGBA { return p.Bad }
	h := &st.Hello
	port := map[string]any{"Port": h.Port, "Address": s.app.address()}
	switch {
	case st.Connection == feed.Connecting:
		s.set(warn, lang.L("Connecting…"))
	case st.Connection == feed.Refused:
		s.set(bad, lang.L("No access to the service"))
	case st.Connection == feed.Lost:
		s.set(bad, lang.L("The service does not answer"))
	case !h.Open:
		s.set(bad, lang.L("Port {{.Port}} is taken", port))
	case s.app.paused:
		s.set(warn, lang.L("Paused"))
	case h.Last == 0 && s.app.model.store.Len() == 0:
		s.set(warn, lang.L("Waiting for the first message"))
	default:
		s.set(fine, lang.L("Listening on {{.Address}}, port {{.Port}}", port))
	}
}

func (s *shell) set(color func(*look.Palette) color.NRGBA, text string) {
	s.dot.SetColor(color)
	if s.state.Text != text {
		s.state.SetText(text)
	}
	s.app.trayState(text)
}

// count adds to the events of today.
func (s *shell) count(events []capture.Event) {
	today := time.Now().YearDay()
	if s.eventsDay != today {
		s.eventsDay, s.events = today, 0
		s.app.countToday(events[0].Seq)
	}
	for i := range events {
		if events[i].Time.Local().YearDay() == today {
			s.events++
		}
	}
	s.showCounts()
	if s.app.state.Hello.Last == 0 {
		s.app.state.Hello.Last = events[len(events)-1].Seq
		s.showState()
	}
}

// showCounts shows what is counted here.
func (s *shell) showCounts() {
	if !s.visible {
		return
	}
	setText(s.today, lang.L("{{.Count}} events today", map[string]any{"Count": ui.Number(uint64(s.events))}))
	s.search.count(s.app.model.view.Len(), s.app.model.store.Len())
}

func setText(l *widget.Label, text string) {
	if l.Text != text {
		l.SetText(text)
	}
}

// showStatus shows what the service told.
func (s *shell) showStatus() {
	st := &s.app.status
	s.showNewHosts()
	lost := lang.L("{{.Count}} lost", map[string]any{"Count": ui.Number(st.Lost.Total)})
	if s.lost.Importance = widget.LowImportance; st.Lost.Total > 0 {
		s.lost.Importance = widget.WarningImportance
	}
	setText(s.lost, lost)
	var right []string
	if st.History.Events > 0 {
		days := int(st.Now.Sub(st.History.Since).Hours()/24) + 1
		right = append(right, lang.L("History {{.Days}} d · {{.Size}}", map[string]any{"Days": days, "Size": size(st.History.Bytes)}))
	}
	if s.app.state.Connection == feed.ToEmbedded {
		right = append(right, lang.L("No background service"))
	} else {
		right = append(right, lang.L("Service {{.Version}}", map[string]any{"Version": st.Service}))
	}
	setText(s.right, strings.Join(right, "    "))
	if len(st.Troubles) > 0 {
		s.tell(st.Troubles[0].Text)
	}
}

// showNewHosts shows how many hosts are new.
func (s *shell) showNewHosts() {
	n := s.app.status.NewHosts
	s.items[pageHosts].SetBadge(n)
	setText(s.newHosts, lang.L("{{.Count}} new hosts", map[string]any{"Count": ui.Number(uint64(n))}))
	s.app.traySet()
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return ui.Tenths(uint64(n), 1<<30) + " GB"
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", (n+1023)>>10)
}

// tellFor is how long a message stays.
const tellFor = 8 * time.Second

// tell shows a message in the footer for a while.
func (s *shell) tell(message string) {
	s.told++
	told := s.told
	s.message.SetText(message)
	time.AfterFunc(tellFor, func() {
		s.app.do(func() {
			if told == s.told {
				s.message.SetText("")
			}
		})
	})
}

// togglePause stops and goes on showing what comes; the service goes on receiving.
func (s *shell) togglePause() {
	x := s.app
	if x.paused = !x.paused; x.paused {
		s.pause.SetText(lang.L("Go on"))
		s.pause.Importance = widget.HighImportance
	} else {
		s.pause.SetText(lang.L("Pause"))
		s.pause.Importance = widget.MediumImportance
		x.pump.wake()
	}
	s.pause.Refresh()
	s.showState()
	x.traySet()
}
