package app

import (
	"testing"

	"fyne.io/fyne/v2"

	"linklog/app/ui"
)

// Saved filters can be moved, removed and put back, and the one that is shown is marked.
func TestSaved(t *testing.T) {
	b := start(t, t.TempDir())
	b.prefs.SaveFilter("in", "dir:in")
	b.prefs.SaveFilter("web", "port:443   dir:out")
	s := b.shell.saved
	s.show()
	chosen := func(want int) {
		t.Helper()
		for i, item := range s.items {
			if item.Chosen() != (i == want) {
				t.Errorf("that filter %d is chosen: %v", i, item.Chosen())
			}
		}
	}
	chosen(-1)
	b.logPage.SetQuery("dir:out port:443") // the same, written otherwise
	chosen(1)
	pick := func(filter, item int) {
		f := b.prefs.Get().Saved[filter]
		s.menu(f, filter, len(b.prefs.Get().Saved)).Items[item].Action()
	}
	if first := s.menu(b.prefs.Get().Saved[0], 0, 2); !first.Items[4].Disabled || first.Items[5].Disabled {
		t.Error("the first can be moved up, or not down")
	}
	pick(0, 5)
	chosen(0)
	pick(0, 7)
	if len(s.items) != 1 || s.removed == nil {
		t.Fatalf("%d items after one was removed", len(s.items))
	}
	colours := s.colours(b.prefs.Get().Saved[0]).ChildMenu
	colours.Items[1].Action()
	if f := b.prefs.Get().Saved[0]; f.Colour != "red" || !s.colours(f).ChildMenu.Items[1].Checked {
		t.Errorf("%+v is not red", f)
	}
	var undo fyne.Tappable
	for _, o := range s.list.Objects {
		if item, ok := o.(*ui.NavItem); ok && item != s.items[0].NavItem {
			undo = item
		}
	}
	undo.Tapped(nil)
	if got := b.prefs.Get().Saved; len(got) != 2 || got[0].Name != "web" || s.removed != nil {
		t.Errorf("%v", got)
	}
	chosen(0)
}
