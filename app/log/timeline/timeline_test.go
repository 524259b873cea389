package timeline

import (
	"context"
	"image/color"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"linklog/app/feed"
	"linklog/app/ui/chart"
	"linklog/app/ui/look"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/client"
)

// bench is the line in a window, with a service behind it whose events it takes.
type bench struct {
	*uitest.Bench
	line  *Line
	since time.Time
	until time.Time
	calls int
	goTo  int
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{Bench: uitest.Start(t, nil)}
	b.line = New(b.Context, Options{
		OnRange: func(since, until time.Time) {
			b.since, b.until = since, until
			b.calls++
			b.line.piece.since, b.line.piece.until = since, until // as the page does, by the search text
		},
		OnGoTo: func() { b.goTo++ },
	})
	var batch feed.Batch
	var f *feed.Feed
	f = feed.New(feed.Options{Socket: b.Socket, Wake: func() {
		b.Do(func() {
			if f.Take(&batch, false) {
				b.line.Take(batch.Events)
			}
		})
	}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = f.Run(ctx) }()
	t.Cleanup(func() { b.line.SetActive(false); cancel(); <-done })
	b.Window.SetPadded(false)
	b.Window.SetContent(b.line)
	b.Window.Resize(fyne.NewSize(1000, Height))
	return b
}

// old imports attempts of an evening some days ago.
func (b *bench) old(t *testing.T, from time.Time, n int) {
	t.Helper()
	var events []capture.Event
	for i := range n {
		ev := capture.Event{Time: from.Add(time.Duration(i) * time.Minute), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP, Verdict: capture.Allowed}
		ev.Src, ev.Dst = capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: uint16(1000 + i)}, capture.Endpoint{Addr: netip.MustParseAddr("203.0.113.7"), Port: 443}
		if i%3 == 0 {
			ev.Dir, ev.Verdict, ev.Src, ev.Dst = capture.In, capture.Blocked, ev.Dst, ev.Src
		}
		events = append(events, ev)
	}
	if _, err := b.Client.Import(t.Context(), nil, "old.log", events); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) search(t *testing.T, text string) {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	b.line.Search(f, services.IANA())
}

func (b *bench) sum() chart.Counts { return chart.Sum(b.line.piece.bars) }

func (b *bench) counted(want chart.Counts) {
	b.Until("it is counted", func() bool { return !b.line.counts.asking() && b.sum() == want })
}

// What was imported and received is counted, once each, and what comes without asking again; by
// what is searched for.
func TestCounts(t *testing.T) {
	b := start(t)
	b.old(t, time.Now().Add(-72*time.Hour), 300)
	b.Router("@in TCP from 203.0.113.77:40000 to 192.168.1.10:22", "System is ready")
	b.line.SetActive(true)
	b.search(t, "")
	all := chart.Counts{In: 101, Out: 200, InBlocked: 100, Allowed: 200}
	b.counted(all)
	if b.line.counts.timer != nil {
		t.Error("the same is asked for twice")
	}
	asked := b.line.counts.asked
	for range 20 {
		b.Router("@out TCP from 192.168.1.10:5000 to 198.51.100.5:443.")
	}
	b.Router(uitest.Netfilter("DROP", "203.0.113.80", 40000, "192.168.1.10", 22))
	all.Out, all.In, all.InBlocked = all.Out+20, all.In+1, all.InBlocked+1
	b.counted(all)
	if b.line.counts.asked != asked {
		t.Errorf("asked %d times for what came", b.line.counts.asked-asked)
	}
	if !b.line.piece.whole() {
		t.Error("not all is shown")
	}
	b.search(t, "dport:22")
	b.counted(chart.Counts{In: 2, InBlocked: 1})

	// While nobody sees it nothing is asked or drawn, and afterwards nothing is missing.
	b.line.SetActive(false)
	paints := b.line.paints
	b.Router("@in TCP from 203.0.113.77:40000 to 192.168.1.11:22")
	b.search(t, "dport:22,443")
	b.line.zoom(b.line.moment(500), 0.5)
	b.Settle()
	if b.line.paints != paints || b.line.counts.asking() {
		t.Errorf("drawn %d times, asking: %v", b.line.paints-paints, b.line.counts.asking())
	}
	b.line.piece.showAll()
	b.line.SetActive(true)
	b.counted(chart.Counts{In: 3, InBlocked: 1, Out: 220, Allowed: 200})
}

// A different search cancels the one on its way.
func TestCancelled(t *testing.T) {
	b := start(t)
	b.old(t, time.Now().Add(-72*time.Hour), 300)
	b.line.SetActive(true)
	for _, text := range []string{"a", "ap", "app", "dir:in"} {
		b.search(t, text)
	}
	b.counted(chart.Counts{In: 100, InBlocked: 100})
	b.Settle()
	if b.sum() != (chart.Counts{In: 100, InBlocked: 100}) || b.line.failed != "" {
		t.Errorf("%+v %s", b.sum(), b.line.failed)
	}
}

func (b *bench) drag(from, to float32) {
	b.line.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(from, 20)}, Button: desktop.MouseButtonPrimary})
	for x := from; ; x += (to - from) / 4 {
		b.line.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 20)}})
		if x == to {
			break
		}
	}
	b.line.DragEnd()
}

// A range is selected by dragging and by keys, begins and ends where bars do, and is cleared
// by a double click and by Escape.
func TestRange(t *testing.T) {
	b := start(t)
	l := b.line
	b.old(t, time.Now().Add(-72*time.Hour), 300)
	l.SetActive(true)
	b.search(t, "")
	b.counted(chart.Counts{In: 100, Out: 200, InBlocked: 100, Allowed: 200})
	b.drag(700, 300)
	at, bars := chart.At(l.piece.bars, b.since), l.piece.bars
	if b.calls != 1 || at < 0 || !bars[at].From.Equal(b.since) || b.since.After(l.moment(300)) || b.until.Before(l.moment(700)) || b.until.Sub(l.moment(700)) > time.Hour {
		t.Fatalf("%v to %v, of %v to %v", b.since, b.until, l.moment(300), l.moment(700))
	}
	if from, to, ok := l.selection(); !ok || !from.Equal(b.since) || !to.Equal(b.until) {
		t.Errorf("%v to %v is shown", from, to)
	}
	l.DoubleTapped(&fyne.PointEvent{Position: fyne.NewPos(500, 20)})
	if b.calls != 2 || !b.since.IsZero() || !b.until.IsZero() {
		t.Errorf("%v to %v", b.since, b.until)
	}

	key := func(names ...fyne.KeyName) {
		for _, name := range names {
			l.TypedKey(&fyne.KeyEvent{Name: name})
		}
	}
	b.Window.Canvas().Focus(l)
	if l.reading() == "" {
		t.Error("the keys are not said")
	}
	key(fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft)
	i := l.pick.Cursor(l.piece.bars)
	if i < 0 || !strings.Contains(l.reading(), " in, ") {
		t.Fatalf("%d: %q", i, l.reading())
	}
	l.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	key(fyne.KeyLeft, fyne.KeyLeft)
	if b.calls != 2 {
		t.Error("chosen before Shift is let go")
	}
	l.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if b.calls != 3 || !b.since.Equal(l.piece.bars[i-2].From) || !b.until.Equal(l.piece.bars[i].To) {
		t.Errorf("%v to %v, not %v to %v", b.since, b.until, l.piece.bars[i-2].From, l.piece.bars[i].To)
	}
	key(fyne.KeyEscape)
	if b.calls != 4 || !b.since.IsZero() {
		t.Error("not cleared")
	}
	key(fyne.KeyRight, fyne.KeyReturn) // one bar
	if b.calls != 5 || b.until.Sub(b.since) != l.piece.bars[i].To.Sub(l.piece.bars[i].From) {
		t.Errorf("%v to %v", b.since, b.until)
	}
	l.Tapped(&fyne.PointEvent{Position: fyne.NewPos(l.Size().Width-20, Height-6)})
	if b.goTo != 1 {
		t.Error("no date is asked for")
	}
}

// The wheel zooms where the pointer is; keys do, and move to other times.
func TestZoom(t *testing.T) {
	b := start(t)
	l := b.line
	b.old(t, time.Now().Add(-72*time.Hour), 300)
	l.SetActive(true)
	b.search(t, "")
	all := chart.Counts{In: 100, Out: 200, InBlocked: 100, Allowed: 200}
	b.counted(all)
	wide := l.piece.bars[0].To.Sub(l.piece.bars[0].From)
	for range 8 {
		l.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(left, 20)}, Scrolled: fyne.NewDelta(0, 25)})
	}
	b.Until("narrow bars", func() bool { return !l.counts.asking() && l.piece.covered() })
	if narrow := l.piece.bars[0].To.Sub(l.piece.bars[0].From); narrow >= wide || l.piece.whole() {
		t.Errorf("bars of %v after %v", narrow, wide)
	}
	if sum := b.sum(); sum.Total() == 0 || sum.Total() >= 300 {
		t.Errorf("%+v in sight", sum)
	}
	from := l.piece.from
	l.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(500, 20)}, Scrolled: fyne.NewDelta(-50, 0)})
	if !l.piece.from.After(from) {
		t.Error("not moved")
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if !l.piece.live() || l.piece.whole() {
		t.Error("not the newest")
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	if l.piece.live() || !l.piece.from.Equal(l.piece.oldest) {
		t.Error("not the oldest")
	}
	l.TypedRune('0')
	b.counted(all)
}

// contrast is that of WCAG 2.2.
func contrast(a, b color.NRGBA) float64 {
	light := func(c color.NRGBA) float64 {
		linear := func(v uint8) float64 {
			if x := float64(v) / 255; x > 0.04045 {
				return math.Pow((x+0.055)/1.055, 2.4)
			}
			return float64(v) / 255 / 12.92
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05
	}
	return max(light(a), light(b)) / min(light(a), light(b))
}

// What is drawn can be told apart without colours, and from what is behind it: out above the axis and
// in below, and what was blocked is hollow.
func TestPicture(t *testing.T) {
	b := start(t)
	l := b.line
	b.old(t, time.Now().Add(-5*time.Hour), 240)
	l.SetActive(true)
	b.search(t, "")
	b.counted(chart.Counts{In: 80, Out: 160, InBlocked: 80, Allowed: 160})
	img := l.paint(948, 41)
	p := look.Current()
	axis := -1
	for y := range 41 {
		if img.At(0, y) == color.Color(color.RGBA{p.Muted.R, p.Muted.G, p.Muted.B, 255}) {
			axis = y
		}
	}
	if axis < 15 || axis > 36 {
		t.Fatalf("the axis is at %d", axis)
	}
	same := func(x, y int, c color.NRGBA) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return uint8(r>>8) == c.R && uint8(g>>8) == c.G && uint8(b>>8) == c.B
	}
	var in, out, hollow int
	for x := range 948 {
		if same(x, axis+1, p.Inbound) {
			in++
		}
		if same(x, axis-1, p.Accent) {
			out++
		}
		if same(x, axis+3, p.Background) && same(x, axis+1, p.Background) && x > 100 && x < 700 {
			hollow++
		}
		if same(x, axis-1, p.Inbound) || same(x, axis+1, p.Accent) {
			t.Fatal("on the wrong side")
		}
	}
	if in == 0 || out < 100 || hollow < 100 {
		t.Errorf("%d in, %d out, %d hollow", in, out, hollow)
	}
	for _, variant := range []fyne.ThemeVariant{0, 1} {
		p := look.For(variant)
		for name, c := range map[string]color.NRGBA{"in": p.Inbound, "axis": p.Muted, "range": p.Accent} {
			if contrast(c, p.Background) < 3 || contrast(c, p.Selection) < 3 {
				t.Errorf("%s: %.1f, %.1f", name, contrast(c, p.Background), contrast(c, p.Selection))
			}
		}
	}
}

// A service that is not there yet, as when the app starts, is asked again by itself.
func TestServiceThatStarts(t *testing.T) {
	b := start(t)
	b.old(t, time.Now().Add(-5*time.Hour), 240)
	later := filepath.Join(t.TempDir(), "later.sock")
	c := *b.Context
	c.Client = client.New(client.Options{Paths: []string{later}})
	b.line.c = &c
	b.line.SetActive(true)
	b.search(t, "")
	b.Until("it says that it cannot", func() bool { return b.line.failed != "" })
	if err := os.Symlink(b.Socket, later); err != nil {
		t.Fatal(err)
	}
	b.counted(chart.Counts{In: 80, Out: 160, InBlocked: 80, Allowed: 160})
	if b.line.failed != "" {
		t.Errorf("it still says %q", b.line.failed)
	}
}
