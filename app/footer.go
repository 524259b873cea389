package app

import (
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"linklog/app/feed"
	"linklog/app/ui"
)

// footer is the bar with what counts, and for a while with a message.
type footer struct {
	app     *App
	today   *today
	visible bool // the window is
	content *fyne.Container

	events, newHosts, lost, right *widget.Label
	message                       *widget.Label
	told                          int // counts messages: an older one does not take a newer away
}

func newFooter(x *App) *footer {
	f := &footer{app: x, message: widget.NewLabel("")}
	f.message.Truncation = fyne.TextTruncateEllipsis
	for _, l := range []**widget.Label{&f.events, &f.newHosts, &f.lost, &f.right} {
		*l = widget.NewLabel("")
		(*l).Importance = widget.LowImportance
	}
	f.today = &today{app: x, show: f.showEvents}
	f.right.Truncation = fyne.TextTruncateEllipsis
	counts := container.New(steadyRow{}, f.events, f.newHosts, f.lost)
	f.content = container.New(layout.NewCustomPaddedLayout(-4, -4, 4, 4), container.New(&footLayout{f, counts}, counts, f.message, f.right))
	return f
}

// footLayout puts the counts at the left, what is known of the service at the right, and a message
// between them, which comes first as long as it is there.
type footLayout struct {
	f      *footer
	counts *fyne.Container
}

// leastMessage is what a message needs to be understood.
const leastMessage = 340

func (l *footLayout) MinSize([]fyne.CanvasObject) fyne.Size { return l.counts.MinSize() }

func (l *footLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	left, right := l.counts.MinSize().Width, fyne.MeasureText(l.f.right.Text, theme.TextSize(), l.f.right.TextStyle).Width+2*theme.InnerPadding()+1
	room := max(s.Width-left, 0)
	right = min(right, room)
	if l.f.message.Text != "" && room-right < leastMessage {
		right = 0
	}
	ui.SetVisible(l.f.right, right > 0)
	l.counts.Resize(fyne.NewSize(left, s.Height))
	l.f.message.Move(fyne.NewPos(left, 0))
	l.f.message.Resize(fyne.NewSize(room-right, s.Height))
	l.f.right.Move(fyne.NewPos(s.Width-right, 0))
	l.f.right.Resize(fyne.NewSize(right, s.Height))
}

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

// showEvents shows how many events there were today.
func (f *footer) showEvents(n int64) {
	if f.visible {
		ui.SetText(f.events, lang.N("{{.Count}} events today", int(n), map[string]any{"Count": ui.Number(uint64(n))}))
	}
}

// showNewHosts shows how many hosts are new, or that none is called so yet: the log marks the first
// connection with a host also while the service is learning, beside which "0 new" would be a lie.
func (f *footer) showNewHosts(n int, learning bool) {
	text := newHosts(n)
	if learning {
		text = lang.L("Learning usual hosts")
	}
	ui.SetText(f.newHosts, text)
}

// newHosts says how many hosts are new.
func newHosts(n int) string {
	return lang.N("{{.Count}} new hosts", n, map[string]any{"Count": ui.Number(uint64(n))})
}

// showStatus shows what the service told.
func (f *footer) showStatus() {
	f.today.turn(time.Now())
	st := &f.app.status
	lost := lang.L("{{.Count}} lost", map[string]any{"Count": ui.Number(st.Lost.Total)})
	if f.lost.Importance = widget.LowImportance; st.Lost.Total > 0 {
		f.lost.Importance = widget.WarningImportance
	}
	ui.SetText(f.lost, lost)
	var right []string
	if since := st.Since(); !since.IsZero() {
		days := int(st.Now.Sub(since).Hours()/24) + 1
		right = append(right, lang.N("History {{.Days}} days · {{.Size}}", days, map[string]any{"Days": days, "Size": ui.Bytes(st.History.Bytes + st.Imported.Bytes)}))
	}
	if f.app.state.Connection == feed.ToEmbedded {
		right = append(right, lang.L("No background service"))
	} else {
		right = append(right, lang.L("Service {{.Version}}", map[string]any{"Version": st.Service}))
	}
	if text := strings.Join(right, "    "); text != f.right.Text {
		f.right.SetText(text)
		f.content.Refresh()
	}
	if t, any := st.Worst(); any {
		f.tell(ui.Trouble(t))
	}
}

// tellFor is how long a message stays.
const tellFor = 8 * time.Second

// tell shows a message for a while.
func (f *footer) tell(message string) {
	f.told++
	told := f.told
	f.message.SetText(message)
	f.content.Refresh()
	time.AfterFunc(tellFor, func() {
		f.app.do(func() {
			if told == f.told {
				f.message.SetText("")
				f.content.Refresh()
			}
		})
	})
}
