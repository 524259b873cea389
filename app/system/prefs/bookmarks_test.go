package prefs

import (
	"path/filepath"
	"testing"
	"time"
)

// Bookmarks are kept, by history, each once, and not without bound.
func TestBookmarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	p := Load(path, func(err error) { t.Error(err) })
	at := time.Date(2026, 11, 29, 20, 0, 0, 5, time.UTC)
	b := Bookmark{History: "a", Seq: 7, Time: at}
	for range 2 {
		if !p.Bookmark(b, true) {
			t.Error("it is not set")
		}
	}
	p.Bookmark(Bookmark{History: "a", Seq: 7, Imported: true, Time: at.Add(-time.Hour)}, true)
	p.Bookmark(Bookmark{History: "b", Seq: 7, Time: at}, true)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = Load(path, func(err error) { t.Error(err) })
	list := p.Bookmarks("a")
	if len(list) != 2 || !list[0].Imported || list[1] != b {
		t.Errorf("%+v", list)
	}
	p.Bookmark(b, false)
	if list := p.Bookmarks("a"); len(list) != 1 || len(p.Bookmarks("b")) != 1 {
		t.Errorf("%+v", list)
	}
	for i := range uint64(MaxBookmarks - 2) {
		p.Bookmark(Bookmark{History: "a", Seq: 100 + i, Time: at}, true)
	}
	if p.Bookmark(b, true) || !p.Bookmark(Bookmark{History: "a", Seq: 100, Time: at}, true) || len(p.Get().Bookmarks) != MaxBookmarks {
		t.Errorf("%d are kept", len(p.Get().Bookmarks))
	}
	if err := p.Close(); err != nil { // else it writes while its folder is removed
		t.Error(err)
	}
}
