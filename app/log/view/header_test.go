package view

import (
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"pgregory.net/rapid"

	"linklog/capture"
)

func (s *screen) column(id string) *column {
	k := slices.IndexFunc(s.v.cols.columns, func(c column) bool { return c.ID == id })
	return &s.v.cols.columns[k]
}

// border is the place of a column's right border.
func (s *screen) border(id string) fyne.Position {
	c := s.column(id)
	return fyne.NewPos(margin+c.x+c.w-cellGap/2-s.v.left, headerHeight/2)
}

func (s *screen) order() (ids []string) {
	for _, c := range s.v.cols.columns {
		if c.shown {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestResizeColumn(t *testing.T) {
	var told []Layout
	s := show(t, 30, func(o *Options) { o.OnLayoutChanged = func(l Layout) { told = append(told, l) } })
	was, x := s.column("source").w, s.column("sport").x
	from := s.border("source")
	s.v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}})
	if s.v.Cursor() != desktop.HResizeCursor {
		t.Error("the pointer does not tell that a border can be dragged")
	}
	s.drag(from, from.AddXY(-60, 3))
	if w := s.column("source").w; w != was-60 {
		t.Errorf("width %v, want %v", w, was-60)
	}
	if got := s.column("sport").x; got != x-60 {
		t.Errorf("the next column is at %v, want %v", got, x-60)
	}
	if len(told) != 1 || told[0].Columns[5] != (ColumnLayout{ID: "source", Width: was - 60}) {
		t.Fatalf("told %+v", told)
	}
	s.drag(s.border("source"), fyne.NewPos(-500, 5))
	if c := s.column("source"); c.w != c.MinWidth {
		t.Errorf("narrower than the least: %v", c.w)
	}
	s.selected()

	// The same columns at the next start.
	again := show(t, 30, nil)
	again.v.SetLayout(told[0])
	again.paint()
	if w := again.column("source").w; w != was-60 {
		t.Errorf("width %v after SetLayout", w)
	}
}

func TestPressWithoutDrag(t *testing.T) {
	told := 0
	s := show(t, 10, func(o *Options) { o.OnLayoutChanged = func(Layout) { told++ } })
	s.click(s.border("source"))
	s.click(fyne.NewPos(margin+5, 10))
	s.v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: row(2)}})
	if told != 0 || s.v.hovered() != 2 || s.v.mouse.moving != 0 {
		t.Errorf("told %d times, pointer on row %d, moving %d", told, s.v.hovered(), s.v.mouse.moving)
	}
}

func TestReorderColumns(t *testing.T) {
	told := 0
	s := show(t, 30, func(o *Options) { o.OnLayoutChanged = func(Layout) { told++ } })
	name := func(id string) fyne.Position { return fyne.NewPos(margin+s.column(id).x+12, headerHeight/2) }
	s.drag(name("destination"), name("time"))
	if want := []string{"destination", "time", "direction", "protocol", "source", "sport", "dport"}; !slices.Equal(s.order(), want) {
		t.Errorf("order %v", s.order())
	}
	s.drag(name("time"), fyne.NewPos(1100, 10))
	if want := []string{"destination", "direction", "protocol", "source", "sport", "dport", "time"}; !slices.Equal(s.order(), want) {
		t.Errorf("order %v", s.order())
	}
	s.drag(name("direction"), name("direction").AddXY(3, 0)) // no drag yet
	s.drag(name("direction"), name("direction").AddXY(8, 0)) // to where it is
	if told != 2 {
		t.Errorf("told %d times", told)
	}
	if l := s.v.Layout(); l.Columns[0].ID != "destination" || len(l.Columns) != len(s.v.o.Columns) {
		t.Errorf("layout %+v", l)
	}
}

func TestFitColumn(t *testing.T) {
	s := show(t, 100, nil)
	s.v.DoubleTapped(&fyne.PointEvent{Position: s.border("protocol")})
	if w := s.column("protocol").w; w < 44 || w > 75 {
		t.Errorf("protocol is %v wide", w)
	}
	s.v.DoubleTapped(&fyne.PointEvent{Position: s.border("source")})
	short := s.column("source").w
	for i := range s.list.events {
		s.list.events[i].Src.Name = "a-name-that-is-much-longer-than-all-the-others.example.org"
	}
	s.v.DoubleTapped(&fyne.PointEvent{Position: s.border("source")})
	if long := s.column("source").w; long < short+100 {
		t.Errorf("%v wide for short names, %v for long ones", short, long)
	}
}

func TestColumnMenu(t *testing.T) {
	s := show(t, 30, nil)
	s.press(fyne.NewPos(300, 10), desktop.MouseButtonSecondary, 0)
	if s.win.Canvas().Overlays().Top() == nil {
		t.Fatal("no menu")
	}
	choose := func(label string) {
		t.Helper()
		for _, item := range s.v.columnMenu().Items {
			if item.Label == label {
				if item.Disabled {
					t.Fatal(label, "is disabled")
				}
				item.Action()
				s.paint()
				return
			}
		}
		t.Fatal("no item ", label)
	}
	choose("Router")
	choose("Protocol")
	if want := []string{"time", "direction", "source", "sport", "destination", "dport", "router"}; !slices.Equal(s.order(), want) {
		t.Errorf("order %v", s.order())
	}
	for _, label := range []string{"Time", "Direction", "Source", "Source port", "Destination", "Destination port"} {
		choose(label)
	}
	last := s.v.columnMenu().Items[12]
	if !last.Disabled || !last.Checked {
		t.Errorf("the last column can be hidden: %+v", last)
	}
	choose("Reset columns")
	if want := []string{"time", "direction", "protocol", "source", "sport", "destination", "dport"}; !slices.Equal(s.order(), want) {
		t.Errorf("order %v", s.order())
	}
}

// At 900 px, with the list of pages at the left: first the addresses go, then the
// source port.
func TestNarrow(t *testing.T) {
	wide := showAt(t, 30, 1104, 1, nil)
	if !slices.Contains(wide.order(), "sport") || wide.column("source").w < 310 {
		t.Errorf("wide: %v, source %v", wide.order(), wide.column("source").w)
	}
	middle := showAt(t, 30, 860, 1, nil)
	if !slices.Contains(middle.order(), "sport") {
		t.Errorf("middle: %v", middle.order())
	}
	narrow := showAt(t, 30, 724, 1, nil)
	if slices.Contains(narrow.order(), "sport") || narrow.v.cols.width > 724 {
		t.Errorf("narrow: %v, %v wide", narrow.order(), narrow.v.cols.width)
	}
	// A little less than what is left then: the last column ends where the window does.
	less := showAt(t, 30, 540, 1, nil)
	if last := less.column("dport"); less.v.cols.width > 540 || last.w >= last.Width {
		t.Errorf("less: %v wide, the last column %v", less.v.cols.width, last.w)
	}
	// One that the user asks for stays.
	narrow.v.toggleColumn("sport")
	narrow.v.toggleColumn("sport")
	narrow.paint()
	if !slices.Contains(narrow.order(), "sport") {
		t.Errorf("asked for: %v", narrow.order())
	}
	tiny := showAt(t, 30, 300, 1, nil)
	tiny.key(fyne.KeyRight, fyne.KeyRight)
	tiny.paint()
	if tiny.v.left != 80 {
		t.Errorf("scrolled by %v", tiny.v.left)
	}
}

// An address that does not fit as a whole is left out; a name is cut with "…".
func TestAddressGoesFirst(t *testing.T) {
	s := show(t, 3, nil)
	p := &s.v.pen
	d := drawing{View: s.v, pen: p, painter: &s.v.canvas, w: 1104, h: 400, head: 28, rowHeight: 22}
	ev := s.list.events[2] // Anna's laptop
	cell := s.column("source").Cell
	reach := func(width int) int {
		d.clip = d.img.Rect
		d.fill(d.img.Rect, p.grounds[onRow])
		p.cell.reset()
		cell(&p.cell, &ev)
		d.pieces(100, 0, width, onRow)
		right := 0
		for x := range width {
			for y := 100; y < 122; y++ {
				if c := d.img.RGBAAt(x, y); c.R != p.grounds[onRow].R {
					right = x
				}
			}
		}
		return right
	}
	all := reach(400)
	name := reach(all - 10)
	if name > 120 || name < 60 {
		t.Errorf("with the address %d, without %d", all, name)
	}
	if cut := reach(name - 10); cut > name-10 || cut < name-30 {
		t.Errorf("the name is cut at %d of %d", cut, name)
	}
}

func TestLayoutFromAnywhere(t *testing.T) {
	usual := Columns(nil, nil)
	rapid.Check(t, func(t *rapid.T) {
		a := newArrangement(usual)
		ids := []string{"time", "repeats", "direction", "verdict", "protocol", "source", "sport", "destination", "dport", "router", "unknown", ""}
		var l Layout
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			l.Columns = append(l.Columns, ColumnLayout{rapid.SampledFrom(ids).Draw(t, "id"), rapid.Float32().Draw(t, "width"), rapid.Bool().Draw(t, "hidden")})
		}
		a.set(l)
		if len(a.columns) != len(usual) {
			t.Fatalf("%d columns", len(a.columns))
		}
		a.arrange(rapid.Float32Range(0, 3000).Draw(t, "room"))
		for _, c := range a.columns {
			if c.shown && (!(c.w >= c.MinWidth) || c.w > maxWidth || math.IsNaN(float64(c.x))) {
				t.Fatalf("%s is %v wide at %v", c.ID, c.w, c.x)
			}
		}
		b := newArrangement(usual)
		b.set(a.get())
		if !slices.Equal(a.get().Columns, b.get().Columns) {
			t.Fatalf("%+v is read as %+v", a.get(), b.get())
		}
	})
}

// The column of verdicts is there once a row has one, unless the user took it away; where
// columns were arranged before there was one it stands at its usual place.
func TestVerdictColumn(t *testing.T) {
	without := []string{"time", "direction", "protocol", "source", "sport", "destination", "dport"}
	with := slices.Insert(slices.Clone(without), 2, "verdict")
	s := show(t, 30, nil)
	if got := s.order(); !slices.Equal(got, without) {
		t.Errorf("without a verdict %v", got)
	}
	ev := evening(1)[0]
	ev.Verdict = capture.Blocked
	s.list.add(ev)
	s.paint()
	if got := s.order(); !slices.Equal(got, with) {
		t.Errorf("with one %v", got)
	}
	var old Layout
	for _, c := range s.v.Layout().Columns {
		if c.ID != "verdict" {
			old.Columns = append(old.Columns, c)
		}
	}
	old.Columns[3], old.Columns[4] = old.Columns[4], old.Columns[3]
	s.v.SetLayout(old)
	s.paint()
	if got, want := s.order(), []string{"time", "direction", "verdict", "source", "protocol", "sport", "destination", "dport"}; !slices.Equal(got, want) {
		t.Errorf("with columns of an earlier version %v", got)
	}
	s.v.toggleColumn("verdict")
	hidden := s.v.Layout()
	s = show(t, 30, nil)
	s.v.SetLayout(hidden)
	s.list.add(ev)
	s.paint()
	if got := s.order(); slices.Contains(got, "verdict") {
		t.Errorf("hidden by the user: %v", got)
	}
}

// Names of columns are longer in some languages.
func TestLongLabels(t *testing.T) {
	s := show(t, 3, func(o *Options) { o.Columns[4].Label = "Übertragungsprotokoll" })
	if w := s.column("protocol").w; w < 120 {
		t.Errorf("%v wide", w)
	}
}

// At scales that are no whole numbers the image is not stretched.
func TestWholePixels(t *testing.T) {
	for _, scale := range []float32{1, 1.25, 1.5, 1.7, 2} {
		s := showAt(t, 50, 1103, scale, nil)
		size := s.v.raster.Size()
		img := s.v.canvas.img.Rect
		for _, c := range []struct {
			units  float32
			pixels int
		}{{size.Width, img.Dx()}, {size.Height, img.Dy()}} {
			if d := float64(c.units*scale) - float64(c.pixels); math.Abs(d) > 0.01 {
				t.Errorf("scale %v: %v units are %d pixels", scale, c.units, c.pixels)
			}
		}
		if got := s.v.pen.scale; math.Abs(got-float64(scale)) > 1e-6 {
			t.Errorf("scale %v is taken for %v", scale, got)
		}
	}
}

// Columns share the width by what they hold: short names leave their room to long ones, ports keep
// to themselves, and what is known of that does not shrink.
func TestWidthByContent(t *testing.T) {
	a := newArrangement(Columns(services{}, nil))
	column := func(id string) *column { return &a.columns[a.index(id)] }
	a.arrange(620)
	before := column("destination").w
	if !column("destination").note(430, 300) || !column("source").note(150, 80) || !column("dport").note(70, 40) {
		t.Fatal("it is not noted")
	}
	a.arrange(620)
	source, destination, ports := column("source"), column("destination"), column("dport")
	if destination.w <= before+40 || source.w < 80 || source.w > 160 || ports.w > 100 || ports.w < 70 {
		t.Errorf("source %v, destination %v of %v before, ports %v", source.w, destination.w, before, ports.w)
	}
	if a.width > 620 {
		t.Errorf("%v wide", a.width)
	}
	a.arrange(1400)
	if source.w < 150 || destination.w < 430 {
		t.Errorf("with room for all source %v, destination %v", source.w, destination.w)
	}
	if destination.note(400, 200) || destination.note(430, 300) {
		t.Error("what is less is noted, too")
	}
	if known := destination.whole; !destination.note(known-cellGap/2, 0) || destination.whole < known+cellGap/2 {
		t.Errorf("a cell as wide as its column, without the gap, is cut: %v of %v", known-cellGap/2, destination.whole)
	}
	a.offer(repeatsID, true)
	a.arrange(620)
	if w := column(repeatsID).w; w > max(column(repeatsID).MinWidth, column(repeatsID).label) {
		t.Errorf("the column of repeats takes %v where there are none", w)
	}
	a.offer(repeatsID, false)
	destination.note(90_000, 90_000)
	a.arrange(1400)
	if source.w < 150 || destination.w > 1100 {
		t.Errorf("one long name leaves source %v, and takes %v", source.w, destination.w)
	}
}
