package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/phrase"
	"linklog/service/book"
)

// What the ignore list keeps for the user is bounded by these.
const (
	maxIgnores = 1_000
	maxIgnore  = 4_096 // bytes of a filter
)

// IgnoreRule is a filter; new hosts whose first attempt it matches are not told.
type IgnoreRule struct {
	// Query is the filter as text.
	Query string

	// Settings: it comes from Options.Ignore, and cannot be taken away here.
	Settings bool

	// Err says why a rule does not work any more: this program reads filters
	// differently from the one that took it, or the system lost the name of a service.
	// It ignores nobody.
	Err error
}

// ignoreList are the filters of the ignore list.
type ignoreList struct {
	settings []ignored
	user     []ignored
}

type ignored struct {
	query   string
	matcher *filter.Matcher // nil: the query is wrong
	err     error
}

// newIgnoreList makes a list of the filters of the settings. Those that are wrong are
// among them, and ignore nobody; the error is about them.
func newIgnoreList(queries []string, names *services.Table) (r ignoreList, err error) {
	for _, q := range queries {
		c, wrong := compile(q, names)
		if wrong != nil {
			c.err = fmt.Errorf("ignore %q: %w", q, wrong)
			err = errors.Join(err, c.err)
		}
		r.settings = append(r.settings, c)
	}
	return r, err
}

// compile makes a rule of a query. A query that matches everything is refused: who
// wants that wants no alerts.
func compile(query string, names *services.Table) (ignored, error) {
	f, err := filter.Parse(query)
	if err != nil {
		return ignored{query: query}, err
	}
	if f.Everything() {
		return ignored{query: query}, &filter.Error{Pattern: query, Reason: phrase.Say("it would ignore every host"), Offset: -1}
	}
	if f.Timed() {
		return ignored{query: query}, &filter.Error{Pattern: query, Reason: phrase.Say("the ignore list is about all that comes: leave out since, until and date"), Offset: -1}
	}
	m, err := f.Compile(filterServices(names), time.Time{})
	if err != nil {
		return ignored{query: query}, err
	}
	return ignored{query: f.String(), matcher: m}, nil
}

// compile reads the user's rules again.
func (r *ignoreList) compile(names *services.Table) {
	r.user = slices.Clone(r.user)
	for i := range r.user {
		u := &r.user[i]
		c, err := compile(u.query, names)
		u.matcher, u.err = c.matcher, err
	}
}

func (r *ignoreList) match(ev *capture.Event) bool {
	hit := func(u ignored) bool { return u.matcher != nil && u.matcher.Match(ev) }
	return slices.ContainsFunc(r.settings, hit) || slices.ContainsFunc(r.user, hit)
}

// Ignore adds a filter to the user's ignore list: new hosts whose first attempt it
// matches are recorded, but not told. It returns the filter as it is kept, and has
// no effect if it is there already.
func (a *Alerts) Ignore(query string) (string, error) {
	if len(query) > maxIgnore {
		return "", book.Refusal{Why: phrase.Say("a rule of the ignore list may have {{.Limit}} bytes, this one has {{.Bytes}}", "Limit", maxIgnore, "Bytes", len(query))}
	}
	a.at.Lock()
	names := a.o.Services
	a.at.Unlock()
	r, err := compile(query, names)
	if err != nil {
		return "", fmt.Errorf("ignore %q: %w", query, err)
	}
	a.at.Lock()
	n, known := len(a.ignores.user), slices.ContainsFunc(a.ignores.user, func(u ignored) bool { return u.query == r.query })
	a.at.Unlock()
	if n >= maxIgnores && !known {
		return "", book.Refusal{Why: phrase.Say("the ignore list already has {{.Count}} rules", "Count", n)}
	}
	if err := a.at.Exec("INSERT INTO ignores (query, since) VALUES (?, ?) ON CONFLICT DO NOTHING", r.query, a.at.Now().UnixNano()); err != nil {
		return "", fmt.Errorf("ignore %q: %w", query, err)
	}
	a.at.Lock()
	defer a.at.Unlock()
	if !slices.ContainsFunc(a.ignores.user, func(u ignored) bool { return u.query == r.query }) {
		a.ignores.user = append(a.ignores.user, r)
	}
	return r.query, nil
}

// Unignore takes a filter from the user's ignore list; false: it is not there. Who
// was ignored is known by now, and is not told.
func (a *Alerts) Unignore(query string) (bool, error) {
	kept := strings.TrimSpace(query)
	if f, err := filter.Parse(query); err == nil {
		kept = f.String()
	}
	a.at.Lock()
	found := slices.ContainsFunc(a.ignores.user, func(u ignored) bool { return u.query == kept })
	a.at.Unlock()
	if !found {
		return false, nil
	}
	if err := a.at.Exec("DELETE FROM ignores WHERE query = ?", kept); err != nil {
		return false, fmt.Errorf("stop ignoring %q: %w", query, err)
	}
	a.at.Lock()
	defer a.at.Unlock()
	a.ignores.user = slices.DeleteFunc(slices.Clone(a.ignores.user), func(u ignored) bool { return u.query == kept })
	return true, nil
}

// Ignoring tells who is ignored as things are now.
func (a *Alerts) Ignoring() func(first *capture.Event) bool {
	list := a.ignores
	if len(list.settings)+len(list.user) == 0 {
		return nil
	}
	return list.match
}

// Ignores lists the ignore list, those of the settings first.
func (a *Alerts) Ignores() []IgnoreRule {
	a.at.Lock()
	defer a.at.Unlock()
	var list []IgnoreRule
	for _, u := range a.ignores.settings {
		list = append(list, IgnoreRule{Query: u.query, Settings: true, Err: u.err})
	}
	for _, u := range a.ignores.user {
		list = append(list, IgnoreRule{Query: u.query, Err: u.err})
	}
	return list
}
