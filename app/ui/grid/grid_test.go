package grid

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui/look"
)

type fruit struct {
	name  string
	count int
}

// told is what a Grid told.
type told struct {
	selected, opened, menu, copied, sorted []string
}

func fruits(t *testing.T, n int, change func(*Options[fruit])) (*Grid[fruit], *told, fyne.Window) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{Mode: look.Dark})
	out := &told{}
	o := Options[fruit]{
		Columns: []Column[fruit]{
			{ID: "name", Label: "Name", Width: 200, MinWidth: 100, Flex: 1, Compare: func(a, b *fruit) int { return strings.Compare(a.name, b.name) },
				Cell: func(c *Cell, f *fruit) { c.Text(Sans, Plain, f.name) }},
			{ID: "count", Label: "Count", Width: 100, Align: fyne.TextAlignTrailing, Down: true, Compare: func(a, b *fruit) int { return cmp.Compare(a.count, b.count) },
				Cell: func(c *Cell, f *fruit) { c.Text(Mono, Muted, fmt.Sprint(f.count)) }},
			{ID: "plain", Label: "Plain", Width: 60, Cell: func(c *Cell, f *fruit) { c.Badge(NewHost, "x") }},
		},
		Key: func(f *fruit) string { return f.name }, Sort: "name", Empty: "No fruits.",
		OnSort: func(id string, down bool) { out.sorted = append(out.sorted, fmt.Sprint(id, down)) },
		OnSelect: func(f *fruit) {
			if f == nil {
				f = &fruit{name: "-"}
			}
			out.selected = append(out.selected, f.name)
		},
		OnOpen: func(f *fruit) { out.opened = append(out.opened, f.name) },
		OnMenu: func(f *fruit, at fyne.Position) { out.menu = append(out.menu, fmt.Sprint(f.name, at.Y)) },
		OnCopy: func(f *fruit) { out.copied = append(out.copied, f.name) },
	}
	if change != nil {
		change(&o)
	}
	g := New(o)
	w := test.NewTempWindow(t, g)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, headerHeight+10*22))
	g.SetRows(many(n))
	return g, out, w
}

func many(n int) []fruit {
	list := make([]fruit, n)
	for i := range list {
		list[i] = fruit{fmt.Sprintf("f%04d", n-1-i), (i * 7) % 1000}
	}
	return list
}

func names(g *Grid[fruit]) (list []string) {
	for _, f := range g.Rows() {
		list = append(list, f.name)
	}
	return list
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// texts are the texts that the rows show.
func texts(g *Grid[fruit]) (list []string) {
	for _, o := range g.body.objects {
		if t, ok := o.(*canvas.Text); ok {
			list = append(list, t.Text)
		}
	}
	return list
}

func at(x, row float32) fyne.Position { return fyne.NewPos(x, (row+0.5)*22) }

func TestSort(t *testing.T) {
	g, out, _ := fruits(t, 4, nil)
	is(t, "rows", names(g), []string{"f0000", "f0001", "f0002", "f0003"})
	g.header.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 10)})
	if !g.body.focused {
		t.Error("after a click on a column's name the keyboard is not at the rows")
	}
	is(t, "the other way", names(g), []string{"f0003", "f0002", "f0001", "f0000"})
	count := g.places[1].x + 20
	g.header.Tapped(&fyne.PointEvent{Position: fyne.NewPos(margin+count, 10)})
	is(t, "by count", names(g), []string{"f0000", "f0001", "f0002", "f0003"}) // from 21 down
	g.header.Tapped(&fyne.PointEvent{Position: fyne.NewPos(margin+g.places[2].x+5, 10)})
	is(t, "told", out.sorted, []string{"nametrue", "counttrue"})

	// By keyboard: from the column that was tapped to the one before.
	g.header.FocusGained()
	g.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	g.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	g.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	g.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) // "plain" cannot be sorted by
	g.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	is(t, "told", out.sorted, []string{"nametrue", "counttrue", "namefalse", "counttrue"})
}

func TestSelectionStays(t *testing.T) {
	g, out, _ := fruits(t, 50, nil)
	g.body.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(20, 3)}, Button: desktop.MouseButtonPrimary})
	is(t, "selected", g.Selected().name, "f0003")
	g.SortBy("name", true)
	is(t, "selected", g.Selected().name, "f0003")
	list := many(60)
	g.SetRows(list[40:]) // f0003 is among them
	is(t, "selected", g.Selected().name, "f0003")
	g.SetRows(list[:40])
	if g.Selected() != nil {
		t.Fatal("a row is selected that is not there")
	}
	is(t, "told", out.selected, []string{"f0003", "-"})
	if g.Select("nobody") || !g.Select("f0030") {
		t.Fatal("Select")
	}
}

func TestKeys(t *testing.T) {
	g, out, w := fruits(t, 100, nil)
	g.focus()
	if w.Canvas().Focused() != g.body {
		t.Fatal("the rows have not the keyboard")
	}
	press := func(keys ...fyne.KeyName) {
		for _, k := range keys {
			g.body.TypedKey(&fyne.KeyEvent{Name: k})
		}
	}
	press(fyne.KeyDown)
	is(t, "first", g.Selected().name, "f0000")
	press(fyne.KeyDown, fyne.KeyDown, fyne.KeyUp)
	is(t, "one down", g.Selected().name, "f0001")
	press(fyne.KeyPageDown)
	is(t, "a page", g.Selected().name, "f0010")
	if g.scroll.Offset.Y != 22 {
		t.Fatalf("scrolled to %v, want one row", g.scroll.Offset.Y)
	}
	press(fyne.KeyEnd, fyne.KeyDown)
	is(t, "last", g.Selected().name, "f0099")
	is(t, "scrolled", g.scroll.Offset.Y, 90*22)
	press(fyne.KeyReturn, desktop.KeyMenu)
	g.body.TypedShortcut(&fyne.ShortcutCopy{})
	is(t, "opened", out.opened, []string{"f0099"})
	is(t, "copied", out.copied, []string{"f0099"})
	is(t, "menu below the row", out.menu, []string{fmt.Sprint("f0099", headerHeight+10*22)})
	press(fyne.KeyHome)
	is(t, "scrolled", g.scroll.Offset.Y, 0)
	press(fyne.KeyEscape)
	if g.Selected() != nil {
		t.Fatal("Escape")
	}
}

func TestMouse(t *testing.T) {
	g, out, w := fruits(t, 100, nil)
	b := g.body
	b.TappedSecondary(&fyne.PointEvent{Position: at(20, 4), AbsolutePosition: fyne.NewPos(1, 77)})
	is(t, "menu", out.menu, []string{"f000477"})
	is(t, "selected", out.selected, []string{"f0004"})
	b.DoubleTapped(&fyne.PointEvent{Position: at(20, 5)})
	is(t, "opened", out.opened, []string{"f0005"})
	b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(20, 2)}})
	is(t, "hover", []any{b.hovered.Hidden, b.hovered.Position().Y}, []any{false, 44})
	b.MouseOut()
	is(t, "hover", b.hovered.Hidden, true)

	// The wheel goes through Fyne.
	test.Scroll(w.Canvas(), fyne.NewPos(50, 100), 0, -220)
	is(t, "scrolled", g.scroll.Offset.Y, 220)
	if list := texts(g); list[0] != "f0010" {
		t.Fatalf("the first row in sight is %v", list[0])
	}
	// Below the rows there is nothing.
	g.SetRows(nil)
	b.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(20, 2)}})
	b.TappedSecondary(&fyne.PointEvent{Position: at(20, 2)})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if g.Selected() != nil || g.empty.Hidden {
		t.Fatal("an empty table")
	}
}

// Rows out of sight cost nothing.
func TestOnlyRowsInSight(t *testing.T) {
	g, _, _ := fruits(t, 5000, nil)
	written := 0
	cell := g.o.Columns[0].Cell
	g.o.Columns[0].Cell = func(c *Cell, f *fruit) { written++; cell(c, f) }
	g.refill()
	if written > 12 {
		t.Fatalf("%d cells were written for ten rows", written)
	}
	written = 0
	g.Select("f4000")
	if written > 12 || len(g.body.lines) > 12 {
		t.Fatalf("%d cells were written, %d rows are kept", written, len(g.body.lines))
	}
	written = 0
	g.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if written > 2 {
		t.Fatalf("%d cells were written to select the next row", written)
	}
	if !slices.Contains(texts(g), "f4000") {
		t.Fatalf("f4000 is not in sight: %v", texts(g))
	}
}

func TestWhole(t *testing.T) {
	g, _, _ := fruits(t, 7, func(o *Options[fruit]) { o.Whole = true })
	is(t, "height", g.MinSize().Height, headerHeight+7*22)
	g.SetRows(many(3))
	is(t, "height", g.MinSize().Height, headerHeight+3*22)
	is(t, "texts", len(texts(g)), 3*3)
}

func TestDensity(t *testing.T) {
	g, _, w := fruits(t, 100, nil)
	g.Select("f0000")
	fyne.CurrentApp().Settings().SetTheme(look.Theme{Mode: look.Light, Density: look.Comfortable})
	w.Canvas().Capture()
	is(t, "height of a row", g.body.chosen.Size().Height, 30)
	is(t, "colour", g.body.chosen.FillColor, look.For(1).Selection)
}

func TestArrange(t *testing.T) {
	columns := []Column[int]{
		{ID: "a", Width: 300, MinWidth: 100, Flex: 2}, {ID: "b", Width: 100, Spare: 1}, {ID: "c", Width: 100, Spare: 2}, {ID: "d", Width: 100, MinWidth: 80, Flex: 1},
	}
	for _, c := range []struct {
		width, total float32
		want         string
	}{
		{600, 600, "300 100 100 100"},
		{900, 900, "500 100 100 200"},
		{540, 540, "260 100 100 80"},
		{380, 380, "100 100 100 80"},
		{379, 379, "199 100 - 80"},
		{200, 200, "120 - - 80"},
		{100, 180, "100 - - 80"}, // it has to be scrolled
	} {
		places, total := arrange(columns, make([]bool, len(columns)), c.width)
		var got []string
		x := float32(0)
		for _, p := range places {
			if !p.shown {
				got = append(got, "-")
				continue
			}
			if p.x != x {
				t.Errorf("%v: a column begins at %v, the one before ends at %v", c.width, p.x, x)
			}
			x += p.w
			got = append(got, fmt.Sprintf("%.0f", p.w))
		}
		if s := strings.Join(got, " "); s != c.want || total != c.total {
			t.Errorf("%v: %s in %v, want %s in %v", c.width, s, total, c.want, c.total)
		}
	}
}
