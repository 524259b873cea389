package view

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"pgregory.net/rapid"

	"linklog/capture"
)

func TestFollow(t *testing.T) {
	var told []bool
	s := show(t, 100, func(o *Options) { o.OnFollow = func(f bool) { told = append(told, f) } })
	if !s.v.pos.follow || !s.v.pillBox().Empty() {
		t.Fatal("does not follow from the beginning")
	}
	s.wantTopRow(79)
	s.list.add(evening(10)...)
	s.paint()
	s.wantTopRow(89)
	s.wheel(-50) // down, at the end
	if !s.v.pos.follow {
		t.Error("scrolling down ended it")
	}
	s.wheel(22)
	if s.v.pos.follow {
		t.Fatal("still follows after scrolling up")
	}
	s.wantTopRow(88)
	for range 128 {
		s.list.add(named(1))
	}
	s.paint()
	s.wantTopRow(88)
	if n := s.v.pos.fresh(); n != 128 || string(s.v.pillText) != "↓ 128 new" {
		t.Errorf("%d rows are new, the pill says %q", n, s.v.pillText)
	}
	s.wheel(-220) // ten of them come into sight
	s.paint()
	if n := s.v.pos.fresh(); n != 119 {
		t.Errorf("%d rows are new", n)
	}
	box := s.v.pillBox()
	s.click(fyne.NewPos(float32(box.Min.X+5), float32(box.Min.Y+5)))
	if !s.v.pos.follow || s.v.SelectedLen() != 0 {
		t.Error("the pill does not bring the newest rows, or a click on it selects")
	}
	s.wheel(500)
	s.key(fyne.KeyEnd)
	if !s.v.pos.follow {
		t.Error("End does not bring the newest rows")
	}
	s.wheel(500)
	s.wheel(-500)
	if !s.v.pos.follow {
		t.Error("scrolling to the end does not follow")
	}
	if want := []bool{false, true, false, true, false, true}; !slices.Equal(told, want) {
		t.Errorf("OnFollow: %v", told)
	}
}

// Scrolled up, the view does not move by a pixel, whatever happens at the ends.
func TestStandsStill(t *testing.T) {
	for _, scale := range []float32{1, 1.5, 2} {
		t.Run(fmt.Sprint(scale), func(t *testing.T) {
			s := showAt(t, 2000, 1104, scale, nil)
			s.wheel(9000)
			s.wheel(7)
			s.click(row(4))
			chosen := slices.Collect(s.v.Selected)[0]
			before := s.picture()
			check := func(what string) {
				t.Helper()
				if !bytes.Equal(before, s.picture()) {
					t.Errorf("moved after %s", what)
				}
			}
			s.list.add(evening(500)...)
			check("rows were added")
			s.list.drop(300)
			check("the oldest were dropped")
			s.selected(chosen - 300)
			s.list.prepend(evening(700)...)
			check("older ones came")
			s.selected(chosen + 400)
			s.list.add(evening(50)...)
			s.list.drop(200)
			s.list.prepend(evening(10)...)
			check("all of it")
		})
	}
}

func TestDroppedUnderneath(t *testing.T) {
	s := show(t, 500, nil)
	s.wheel(22 * 400)
	s.click(row(3))
	s.list.drop(450)
	s.paint()
	s.wantTopRow(0)
	s.selected()
	if s.v.Current() != -1 {
		t.Error("a dropped row is current")
	}
	s.key(fyne.KeyDown)
	if s.v.Current() < 0 {
		t.Error("the keyboard is lost with the row")
	}
	s.list.drop(50)
	s.paint()
	s.key(fyne.KeyDown, fyne.KeyEnd, fyne.KeyHome)
	s.wheel(100)
}

// Rows that are not here are drawn as nothing is known of them, and told to who can get them.
func TestAwaited(t *testing.T) {
	first, last := -1, -1
	s := show(t, 1000, func(o *Options) { o.OnSight = func(f, l int) { first, last = f, l } })
	s.paint()
	if first != 979 || last != 999 {
		t.Errorf("in sight are %d to %d", first, last)
	}
	s.wheel(22 * 500)
	here := s.picture()
	if first != 479 || last != 499 {
		t.Errorf("in sight are %d to %d", first, last)
	}
	s.list.away = 490
	away := s.picture()
	if bytes.Equal(here, away) {
		t.Error("rows that are away look as if they were here")
	}
	s.list.events[480].Dst.Name = "changed while it was away"
	if again := s.picture(); !bytes.Equal(away, again) {
		t.Error("what is away is drawn")
	}
	s.v.fitColumn(0)
	s.click(row(2))
	s.selected(482)
	s.key(fyne.KeyUp)
	s.selected(481)
}

// Home stays with the first row while older ones are being found.
func TestHomeStays(t *testing.T) {
	s := show(t, 1000, nil)
	s.key(fyne.KeyHome)
	s.wantTopRow(0)
	for range 3 {
		s.list.prepend(evening(100)...)
		s.v.Changed()
		s.wantTopRow(0)
		s.selected(0)
	}
	s.key(fyne.KeyDown)
	s.selected(1)
	s.list.prepend(evening(100)...)
	s.v.Changed()
	s.wantTopRow(100)
	s.selected(101)
	s.key(fyne.KeyHome)
	s.wheel(-44)
	s.list.prepend(evening(100)...)
	s.v.Changed()
	s.wantTopRow(102)
	s.selected(100)
}

func TestScrollBar(t *testing.T) {
	s := show(t, 1000, nil)
	_, handle, ok := s.v.thumb()
	if !ok {
		t.Fatal("no scroll bar")
	}
	x := float32(handle.Min.X + 5)
	s.click(fyne.NewPos(x, headerHeight+2)) // a page up
	if s.v.pos.follow {
		t.Error("a click above the handle does not go up")
	}
	s.wantTopRow(959)
	_, handle, _ = s.v.thumb()
	s.drag(fyne.NewPos(x, float32(handle.Min.Y+3)), fyne.NewPos(x, -100))
	s.wantTopRow(0)
	_, handle, _ = s.v.thumb()
	s.drag(fyne.NewPos(x, float32(handle.Min.Y+3)), fyne.NewPos(x, 2000))
	if !s.v.pos.follow {
		t.Error("the end of the bar does not follow")
	}
	s.selected()
	if s.v.mouse.drag != dragNothing {
		t.Error("still drags")
	}
}

func TestOtherSource(t *testing.T) {
	s := show(t, 300, nil)
	s.wheel(22 * 100)
	s.paint()
	top, _ := s.v.pos.first()
	s.click(row(3))
	chosen := s.v.Current()
	id := s.list.ID(top)
	// A filter that leaves every other row.
	half := &list{base: s.list.base, every: 2 * s.list.every}
	for i := 0; i < s.list.Len(); i += 2 {
		half.add(s.list.events[i])
	}
	s.v.SetSource(half)
	s.paint()
	if i, _ := s.v.pos.first(); half.ID(i) != id && half.ID(i) != id+s.list.every {
		t.Errorf("the first row in sight is %d, was %d", half.ID(i), id)
	}
	if n := s.v.SelectedLen(); n != 1-chosen%2 {
		t.Errorf("%d rows are selected", n)
	}
	s.key(fyne.KeyEnd)
	s.v.SetSource(s.list)
	if s.paint(); !s.v.pos.follow {
		t.Error("another source ended following")
	}
	s.wantTopRow(279)
}

func TestChangedPaintsWhatIsNew(t *testing.T) {
	s := show(t, 3, nil)
	before := s.picture()
	s.list.add(named(7))
	s.v.Changed()
	if bytes.Equal(before, s.picture()) {
		t.Error("a new row is not seen")
	}
}

// What changes while nobody can see the View is drawn when somebody can.
func TestHiddenIsDrawnWhenShown(t *testing.T) {
	s := show(t, 3, nil)
	s.v.SetActive(false)
	if s.v.Changed(); !s.v.dirty {
		t.Error("drawn though hidden, or forgotten")
	}
	if s.v.SetActive(true); s.v.dirty {
		t.Error("not drawn when it was shown")
	}
	if s.v.Changed(); s.v.dirty {
		t.Error("not drawn though it can be seen")
	}
}

// Whatever a user does, in whatever order, stays within the rows.
func TestAnything(t *testing.T) {
	s := show(t, 50, nil)
	keys := []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyLeft, fyne.KeyRight, fyne.KeyEscape}
	rapid.Check(t, func(r *rapid.T) {
		var ev capture.Event
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			at := fyne.NewPos(rapid.Float32Range(-10, 1200).Draw(r, "x"), rapid.Float32Range(-10, 600).Draw(r, "y"))
			switch rapid.IntRange(0, 10).Draw(r, "what") {
			case 0, 1:
				s.list.add(evening(rapid.IntRange(1, 40).Draw(r, "n"))...)
			case 2:
				s.list.drop(rapid.IntRange(0, s.list.Len()).Draw(r, "n"))
			case 3:
				s.list.prepend(evening(rapid.IntRange(1, 20).Draw(r, "n"))...)
			case 4, 5:
				s.wheel(rapid.Float32Range(-900, 900).Draw(r, "wheel"))
			case 6:
				s.key(rapid.SampledFrom(keys).Draw(r, "key"))
			case 7:
				s.shiftKey(rapid.SampledFrom(keys).Draw(r, "key"))
			case 8:
				s.press(at, rapid.SampledFrom([]desktop.MouseButton{desktop.MouseButtonPrimary, desktop.MouseButtonTertiary}).Draw(r, "button"),
					rapid.SampledFrom([]fyne.KeyModifier{0, fyne.KeyModifierShift, fyne.KeyModifierShortcutDefault}).Draw(r, "modifier"))
			case 9:
				s.drag(at, fyne.NewPos(rapid.Float32Range(-10, 1200).Draw(r, "x"), rapid.Float32Range(-10, 600).Draw(r, "y")))
			case 10:
				s.v.DoubleTapped(&fyne.PointEvent{Position: at})
			}
			s.paint()
			n := s.list.Len()
			last := -1
			for i := range s.v.Selected {
				if i <= last || i >= n {
					r.Fatalf("row %d is selected behind %d, of %d", i, last, n)
				}
				last = i
			}
			if i, above := s.v.pos.first(); i < 0 || above < 0 || above >= s.v.pos.row+1e-6 || n > 0 && i >= n {
				r.Fatalf("first row %d of %d, %v above", i, n, above)
			}
			if i := s.v.Current(); i >= n {
				r.Fatalf("current %d of %d", i, n)
			} else if i >= 0 {
				s.list.Event(i, &ev)
			}
			if f := s.v.pos.fresh(); f < 0 || f > n {
				r.Fatalf("%d new of %d", f, n)
			}
		}
	})
}
