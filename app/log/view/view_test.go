package view

import (
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"linklog/app/ui/look"
)

const rowHeight = 22

// screen is a View in a window of Fyne's test driver.
type screen struct {
	t    *testing.T
	v    *View
	list *list
	win  fyne.Window
}

// show opens a window with so many rows, in a body 20 rows high and a half.
func show(t *testing.T, rows int, change func(*Options)) *screen {
	return showAt(t, rows, 1104, 1, change)
}

func showAt(t *testing.T, rows int, width, scale float32, change func(*Options)) *screen {
	t.Helper()
	app := test.NewApp()
	app.Settings().SetTheme(look.Theme{Mode: look.Light})
	s := &screen{t: t, list: &list{events: evening(rows), base: 1000, every: 3}}
	o := Options{Columns: Columns(services{}, time.UTC), Location: time.UTC, Empty: "Nothing yet"}
	if change != nil {
		change(&o)
	}
	s.v = New(s.list, o)
	s.win = test.NewWindow(s.v)
	s.win.SetPadded(false)
	s.win.Canvas().(interface{ SetScale(float32) }).SetScale(scale)
	s.win.Resize(fyne.NewSize(width, headerHeight+20.5*rowHeight))
	s.win.Canvas().Capture()
	return s
}

// paint draws and gives the View's image. It does without the rest of the window,
// which takes longer.
func (s *screen) paint() *image.RGBA {
	img := s.v.canvas.img
	return s.v.paint(img.Rect.Dx(), img.Rect.Dy()).(*image.RGBA)
}

// picture is a copy of the rows' area without the scroll bar and the pill.
func (s *screen) picture() []byte {
	img := s.paint()
	var out []byte
	for y := s.v.pen.px(headerHeight); y < img.Rect.Dy(); y++ {
		out = append(out, img.Pix[img.PixOffset(0, y):img.PixOffset(s.v.pen.px(700), y)]...)
	}
	return out
}

func row(n float32) fyne.Position { return fyne.NewPos(300, headerHeight+(n+0.5)*rowHeight) }

func (s *screen) press(at fyne.Position, button desktop.MouseButton, modifier fyne.KeyModifier) {
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at, AbsolutePosition: at}, Button: button, Modifier: modifier}
	s.v.MouseDown(e)
	s.v.MouseUp(e)
	if button == desktop.MouseButtonSecondary {
		s.v.TappedSecondary(&e.PointEvent)
	}
}

func (s *screen) click(at fyne.Position) { s.press(at, desktop.MouseButtonPrimary, 0) }

// drag goes from one place to another in small steps.
func (s *screen) drag(from, to fyne.Position) {
	s.v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}})
	s.v.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}, Button: desktop.MouseButtonPrimary})
	for n := float32(1); n <= 10; n++ {
		at := fyne.NewPos(from.X+(to.X-from.X)*n/10, from.Y+(to.Y-from.Y)*n/10)
		s.v.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at}})
		s.paint()
	}
	s.v.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: to}})
	s.v.DragEnd()
}

func (s *screen) key(names ...fyne.KeyName) {
	for _, name := range names {
		s.v.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

func (s *screen) shiftKey(names ...fyne.KeyName) {
	s.v.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	s.key(names...)
	s.v.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
}

func (s *screen) wheel(dy float32) {
	s.v.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: row(5)}, Scrolled: fyne.NewDelta(0, dy)})
}

func (s *screen) selected(want ...int) {
	s.t.Helper()
	got := slices.Collect(s.v.Selected)
	if !slices.Equal(got, want) || s.v.SelectedLen() != len(want) {
		s.t.Errorf("selected %v (%d), want %v", got, s.v.SelectedLen(), want)
	}
}

func (s *screen) wantTopRow(want int) {
	s.t.Helper()
	if i, _ := s.v.pos.first(); i != want {
		s.t.Errorf("the first row in sight is %d, want %d", i, want)
	}
}

func TestSelectWithMouse(t *testing.T) {
	told := 0
	s := show(t, 10, func(o *Options) { o.OnSelect = func() { told++ } })
	s.click(row(3))
	s.selected(3)
	s.press(row(6), desktop.MouseButtonPrimary, fyne.KeyModifierShift)
	s.selected(3, 4, 5, 6)
	s.press(row(2), desktop.MouseButtonPrimary, fyne.KeyModifierShift)
	s.selected(2, 3)
	s.press(row(8), desktop.MouseButtonPrimary, fyne.KeyModifierShortcutDefault)
	s.selected(2, 3, 8)
	s.press(row(2), desktop.MouseButtonPrimary, fyne.KeyModifierShortcutDefault)
	s.selected(3, 8)
	if told != 5 {
		t.Errorf("OnSelect %d times", told)
	}
	s.click(row(15)) // below the last row
	s.selected(3, 8)
	s.drag(row(1), row(4))
	s.selected(1, 2, 3, 4)
	if s.v.Current() != 4 {
		t.Errorf("the row of the keyboard is %d", s.v.Current())
	}
	s.v.ClearSelection()
	s.selected()
	if s.v.Current() != -1 {
		t.Error("a row of the keyboard without a selection")
	}
}

func TestToggleWithinRange(t *testing.T) {
	s := show(t, 10, nil)
	s.click(row(1))
	s.press(row(7), desktop.MouseButtonPrimary, fyne.KeyModifierShift)
	s.press(row(4), desktop.MouseButtonPrimary, fyne.KeyModifierShortcutDefault)
	s.selected(1, 2, 3, 5, 6, 7)
}

func TestMenuKeepsSelection(t *testing.T) {
	var rows []int
	var at fyne.Position
	opened := -1
	s := show(t, 10, func(o *Options) {
		o.OnMenu = func(i int, _ string, p fyne.Position) { rows, at = append(rows, i), p }
		o.OnOpen = func(i int) { opened = i }
	})
	s.click(row(2))
	s.press(row(5), desktop.MouseButtonPrimary, fyne.KeyModifierShift)
	s.press(row(4), desktop.MouseButtonSecondary, 0)
	s.selected(2, 3, 4, 5)
	s.press(row(8), desktop.MouseButtonSecondary, 0)
	s.selected(8)
	if !slices.Equal(rows, []int{4, 8}) || at != row(8) {
		t.Errorf("menus for rows %v, the last at %v", rows, at)
	}
	s.v.DoubleTapped(&fyne.PointEvent{Position: row(6)})
	if opened != 6 {
		t.Errorf("a double tap opened %d", opened)
	}
	s.key(fyne.KeyReturn)
	if opened != 8 {
		t.Errorf("Enter opened %d", opened)
	}
	s.key(desktop.KeyMenu)
	if rows[len(rows)-1] != 8 || len(rows) != 3 {
		t.Errorf("the menu key opened menus for %v", rows)
	}
}

func TestKeys(t *testing.T) {
	copied := 0
	s := show(t, 100, func(o *Options) { o.OnCopy = func() { copied++ } })
	s.v.TypedShortcut(&fyne.ShortcutCopy{})
	if copied != 0 {
		t.Error("copied nothing")
	}
	s.key(fyne.KeyHome)
	s.selected(0)
	s.wantTopRow(0)
	s.key(fyne.KeyDown, fyne.KeyDown)
	s.selected(2)
	s.shiftKey(fyne.KeyDown, fyne.KeyDown)
	s.selected(2, 3, 4)
	s.shiftKey(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	s.selected(1, 2)
	s.key(fyne.KeyPageDown)
	s.selected(21)
	s.wantTopRow(1)
	s.key(fyne.KeyPageUp)
	s.selected(1)
	s.v.TypedShortcut(&fyne.ShortcutCopy{})
	if copied != 1 {
		t.Errorf("copied %d times", copied)
	}
	s.shiftKey(fyne.KeyEnd)
	if n := s.v.SelectedLen(); n != 99 {
		t.Errorf("Shift+End selected %d rows", n)
	}
	if !s.v.pos.follow {
		t.Error("End does not follow")
	}
	s.key(fyne.KeyUp)
	s.selected(98)
	if s.v.pos.follow {
		t.Error("a row above the last is the keyboard's, and new ones push it away")
	}
	s.v.TypedShortcut(&fyne.ShortcutSelectAll{})
	if n := s.v.SelectedLen(); n != 100 {
		t.Errorf("selected %d of all", n)
	}
	s.key(fyne.KeyEscape)
	s.selected()
	s.v.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyHome, Modifier: fyne.KeyModifierShortcutDefault})
	s.selected(0)
}

func TestNoRows(t *testing.T) {
	s := show(t, 0, nil)
	s.key(fyne.KeyHome, fyne.KeyEnd, fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyReturn, desktop.KeyMenu, fyne.KeyLeft)
	s.v.TypedShortcut(&fyne.ShortcutSelectAll{})
	s.click(row(1))
	s.drag(row(1), row(3))
	s.press(row(1), desktop.MouseButtonSecondary, 0)
	s.wheel(30)
	s.wheel(-30)
	s.v.DoubleTapped(&fyne.PointEvent{Position: row(1)})
	s.v.Select(0)
	s.selected()
	s.list.add(evening(3)...)
	s.v.Changed()
	s.paint()
	s.click(row(2))
	s.selected(2)
}

func TestFocusIsSeen(t *testing.T) {
	s := show(t, 5, nil)
	before := s.picture()
	s.win.Canvas().Focus(s.v)
	if slices.Equal(before, s.picture()) {
		t.Error("the focus is not seen")
	}
	s.key(fyne.KeyHome)
	focused := s.picture()
	s.win.Canvas().Unfocus()
	if slices.Equal(focused, s.picture()) {
		t.Error("the lost focus is not seen")
	}
	s.v.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: row(3)}})
	over := s.picture()
	s.v.MouseOut()
	if slices.Equal(over, s.picture()) {
		t.Error("the row under the pointer is not seen")
	}
	s.click(row(2))
	if s.win.Canvas().Focused() != s.v {
		t.Error("a click does not focus")
	}
}

// Another theme is followed; a mere Refresh makes nothing anew.
func TestThemeIsFollowed(t *testing.T) {
	s := show(t, 5, nil)
	face := s.v.pen.faces[Sans]
	light := s.picture()
	s.v.Refresh()
	if !slices.Equal(light, s.picture()) || s.v.pen.faces[Sans] != face {
		t.Error("Refresh made another picture, or the glyphs anew")
	}
	fyne.CurrentApp().Settings().SetTheme(look.Theme{Mode: look.Dark})
	dark := s.picture()
	if slices.Equal(light, dark) {
		t.Error("still light")
	}
	fyne.CurrentApp().Settings().SetTheme(look.Theme{Mode: look.Light})
	if !slices.Equal(light, s.picture()) {
		t.Error("not light again")
	}
	s.v.SetRowHeight(30)
	s.paint()
	if s.v.pos.row != 30 {
		t.Errorf("rows are %v high", s.v.pos.row)
	}
}
