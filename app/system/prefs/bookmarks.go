package prefs

import (
	"slices"
	"time"
)

// Bookmark is an event that the user wants to find again.
type Bookmark struct {
	History  string    `json:"history"` // its ID
	Seq      uint64    `json:"seq"`
	Imported bool      `json:"imported,omitempty"` // Seq is among what was imported
	Time     time.Time `json:"time"`
}

// MaxBookmarks bounds how many are kept.
const MaxBookmarks = 1000

// is reports whether two are of one event.
func (b Bookmark) is(other Bookmark) bool {
	return b.History == other.History && b.Seq == other.Seq && b.Imported == other.Imported && b.Time.Equal(other.Time)
}

// Bookmark sets a bookmark, or removes it; false: there are too many.
func (p *Prefs) Bookmark(b Bookmark, set bool) (done bool) {
	p.Change(func(c *Choices) {
		list := slices.DeleteFunc(slices.Clone(c.Bookmarks), b.is)
		if done = !set || len(list) < MaxBookmarks; !done {
			return
		}
		if set {
			list = append(list, b)
		}
		c.Bookmarks = list
	})
	return done
}

// Bookmarks are those of events of a history, the oldest first.
func (p *Prefs) Bookmarks(history string) (list []Bookmark) {
	for _, b := range p.Get().Bookmarks {
		if b.History == history {
			list = append(list, b)
		}
	}
	slices.SortStableFunc(list, func(a, b Bookmark) int { return a.Time.Compare(b.Time) })
	return list
}
