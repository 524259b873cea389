package book

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/phrase"
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

// rules are the filters of the ignore list.
type rules struct {
	settings []rule
	user     []rule
}

type rule struct {
	query   string
	matcher *filter.Matcher // nil: the query is wrong
	err     error
}

// newRules makes rules of the filters of the settings. Those that are wrong are
// among them, and ignore nobody; the error is about them.
func newRules(queries []string, names *services.Table) (r rules, err error) {
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
func compile(query string, names *services.Table) (rule, error) {
	f, err := filter.Parse(query)
	if err != nil {
		return rule{query: query}, err
	}
	if f.Everything() {
		return rule{query: query}, &filter.Error{Pattern: query, Reason: phrase.Say("it would ignore every host"), Offset: -1}
	}
	var table filter.Services
	if names != nil {
		table = names
	}
	m, err := f.Compile(table)
	if err != nil {
		return rule{query: query}, err
	}
	return rule{query: f.String(), matcher: m}, nil
}

// compile reads the user's rules again.
func (r *rules) compile(names *services.Table) {
	r.user = slices.Clone(r.user)
	for i := range r.user {
		u := &r.user[i]
		c, err := compile(u.query, names)
		u.matcher, u.err = c.matcher, err
	}
}

func (r *rules) match(ev *capture.Event) bool {
	hit := func(u rule) bool { return u.matcher != nil && u.matcher.Match(ev) }
	return slices.ContainsFunc(r.settings, hit) || slices.ContainsFunc(r.user, hit)
}

// Ignore adds a filter to the user's ignore list: new hosts whose first attempt it
// matches are recorded, but not told. It returns the filter as it is kept, and has
// no effect if it is there already.
func (s *Store) Ignore(query string) (string, error) {
	if len(query) > maxIgnore {
		return "", fmt.Errorf("%w: a filter to ignore may have %d bytes, this one has %d", ErrLimit, maxIgnore, len(query))
	}
	s.mu.Lock()
	names := s.o.Services
	s.mu.Unlock()
	r, err := compile(query, names)
	if err != nil {
		return "", fmt.Errorf("ignore %q: %w", query, err)
	}
	s.mu.Lock()
	n, known := len(s.rules.user), slices.ContainsFunc(s.rules.user, func(u rule) bool { return u.query == r.query })
	s.mu.Unlock()
	if n >= maxIgnores && !known {
		return "", fmt.Errorf("ignore %q: %w: there are %d filters already", query, ErrLimit, n)
	}
	if err := s.exec("INSERT INTO ignores (query, since) VALUES (?, ?) ON CONFLICT DO NOTHING", r.query, s.o.Now().UnixNano()); err != nil {
		return "", fmt.Errorf("ignore %q: %w", query, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.rules.user, func(u rule) bool { return u.query == r.query }) {
		s.rules.user = append(s.rules.user, r)
	}
	return r.query, nil
}

// Unignore takes a filter from the user's ignore list; false: it is not there. Who
// was ignored is known by now, and is not told.
func (s *Store) Unignore(query string) (bool, error) {
	kept := strings.TrimSpace(query)
	if f, err := filter.Parse(query); err == nil {
		kept = f.String()
	}
	s.mu.Lock()
	found := slices.ContainsFunc(s.rules.user, func(u rule) bool { return u.query == kept })
	s.mu.Unlock()
	if !found {
		return false, nil
	}
	if err := s.exec("DELETE FROM ignores WHERE query = ?", kept); err != nil {
		return false, fmt.Errorf("stop ignoring %q: %w", query, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules.user = slices.DeleteFunc(slices.Clone(s.rules.user), func(u rule) bool { return u.query == kept })
	return true, nil
}

// Ignores lists the ignore list, those of the settings first.
func (s *Store) Ignores() []IgnoreRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []IgnoreRule
	for _, u := range s.rules.settings {
		list = append(list, IgnoreRule{Query: u.query, Settings: true, Err: u.err})
	}
	for _, u := range s.rules.user {
		list = append(list, IgnoreRule{Query: u.query, Err: u.err})
	}
	return list
}
