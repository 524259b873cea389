package prefs

import "slices"

// Filter is the saved filter of a name; false: there is none.
func (p *Prefs) Filter(name string) (Filter, bool) {
	list := p.Get().Saved
	if i := indexOf(list, name); i >= 0 {
		return list[i], true
	}
	return Filter{}, false
}

// SaveFilter keeps a filter under a name, in the place of another of that name.
func (p *Prefs) SaveFilter(name, query string) {
	p.changeFilters(func(list []Filter) []Filter {
		if i := indexOf(list, name); i >= 0 {
			list[i].Query = query
			return list
		}
		return append(list, Filter{Name: name, Query: query})
	})
}

// RenameFilter gives a saved filter a different name; false: another has that.
func (p *Prefs) RenameFilter(from, to string) (renamed bool) {
	p.changeFilters(func(list []Filter) []Filter {
		i, other := indexOf(list, from), indexOf(list, to)
		if renamed = i >= 0 && (other < 0 || other == i); renamed {
			list[i].Name = to
		}
		return list
	})
	return renamed
}

// ColourFilter gives what a saved filter matches a colour; "": none.
func (p *Prefs) ColourFilter(name, colour string) {
	p.changeFilters(func(list []Filter) []Filter {
		if i := indexOf(list, name); i >= 0 {
			list[i].Colour = colour
		}
		return list
	})
}

// MoveFilter moves a saved filter up (-1) or down (1).
func (p *Prefs) MoveFilter(name string, by int) {
	p.changeFilters(func(list []Filter) []Filter {
		if i := indexOf(list, name); i >= 0 && i+by >= 0 && i+by < len(list) {
			list[i], list[i+by] = list[i+by], list[i]
		}
		return list
	})
}

// RemoveFilter removes a saved filter, and returns it with its place, for RestoreFilter.
func (p *Prefs) RemoveFilter(name string) (removed Filter, place int) {
	p.changeFilters(func(list []Filter) []Filter {
		if place = indexOf(list, name); place >= 0 {
			removed = list[place]
			list = slices.Delete(list, place, place+1)
		}
		return list
	})
	return removed, place
}

// RestoreFilter puts a filter back that was removed, unless its name means another by now.
func (p *Prefs) RestoreFilter(f Filter, place int) {
	p.changeFilters(func(list []Filter) []Filter {
		if indexOf(list, f.Name) >= 0 {
			return list
		}
		return slices.Insert(list, min(max(place, 0), len(list)), f)
	})
}

func indexOf(list []Filter, name string) int {
	return slices.IndexFunc(list, func(f Filter) bool { return f.Name == name })
}

// changeFilters changes a copy: who has the old list may look at it still.
func (p *Prefs) changeFilters(change func([]Filter) []Filter) {
	p.Change(func(c *Choices) { c.Saved = change(slices.Clone(c.Saved)) })
}
