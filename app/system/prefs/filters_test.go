package prefs

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestFilters(t *testing.T) {
	p := Load(filepath.Join(t.TempDir(), "app.json"), func(err error) { t.Error(err) })
	defer p.Close()
	order := func(want ...string) {
		t.Helper()
		var got []string
		for _, f := range p.Get().Saved {
			got = append(got, f.Name+"="+f.Query)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p.SaveFilter("a", "1")
	p.SaveFilter("b", "2")
	p.SaveFilter("c", "3")
	old := p.Get().Saved
	p.SaveFilter("b", "22") // where it was
	order("a=1", "b=22", "c=3")
	if old[1].Query != "2" {
		t.Error("who looks at the old list sees it change")
	}
	if p.RenameFilter("a", "c") || p.RenameFilter("x", "y") || !p.RenameFilter("a", "A") || !p.RenameFilter("A", "A") {
		t.Error("renamed what cannot be, or not what can")
	}
	order("A=1", "b=22", "c=3")
	p.MoveFilter("A", -1)
	p.MoveFilter("c", 1)
	p.MoveFilter("x", 1)
	order("A=1", "b=22", "c=3")
	p.MoveFilter("A", 1)
	order("b=22", "A=1", "c=3")
	removed, place := p.RemoveFilter("A")
	order("b=22", "c=3")
	p.RestoreFilter(removed, place)
	p.RestoreFilter(removed, place)
	order("b=22", "A=1", "c=3")
	p.RestoreFilter(Filter{Name: "last"}, 99)
	order("b=22", "A=1", "c=3", "last=")
	if _, place := p.RemoveFilter("x"); place >= 0 {
		t.Error("removed what is not there")
	}
	if f, ok := p.Filter("c"); !ok || f.Query != "3" {
		t.Error(f, ok)
	}
}
