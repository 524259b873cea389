package book

import (
	"database/sql"

	"linklog/service/sqlite"
)

// setAside renames a damaged file, and what belongs to it, as sqlite3 can recover
// more with that; and tries to save what only the user knows, or the file.
func setAside(path string, o Options) (name string, saved salvage, err error) {
	saved = readSalvage(path)
	name, err = sqlite.SetAside(path, o.Now())
	return name, saved, err
}

// salvage is what nobody can tell again: what the user told, and who had which address when.
type salvage struct {
	labels  map[string]string
	notes   map[string]string
	ignores []string
	held    []holdingRow
}

// readSalvage reads what can be read of a damaged file.
func readSalvage(path string) salvage {
	saved := salvage{labels: make(map[string]string), notes: make(map[string]string)}
	db, err := openDB(path, sqlite.Usual, 1, "query_only(1)")
	if err != nil {
		return saved
	}
	defer db.Close()
	// Errors only end what can be read.
	texts := func(query string, into map[string]string, most int) {
		_ = each(db, func(rows *sql.Rows) error {
			var host, text string
			err := rows.Scan(&host, &text)
			if err == nil && len(into) < most {
				into[host] = text
			}
			return err
		}, query)
	}
	texts("SELECT host, label FROM labels", saved.labels, maxLabels)
	texts("SELECT host, note FROM notes", saved.notes, maxNotes)
	_ = each(db, func(rows *sql.Rows) error {
		var query string
		err := rows.Scan(&query)
		if err == nil && len(saved.ignores) < maxLabels {
			saved.ignores = append(saved.ignores, query)
		}
		return err
	}, "SELECT query FROM ignores ORDER BY since, query")
	_ = readHoldings(db, func(r holdingRow) {
		if len(saved.held) < maxHeld*maxHolders {
			saved.held = append(saved.held, r)
		}
	})
	return saved
}

// keep takes over what is of use and tells how much that is of what the user told.
func (s *Store) keep(saved salvage) int {
	s.mu.Lock()
	for _, r := range saved.held {
		s.holdings.read(r)
	}
	s.holdings.all = len(s.holdings.of) > 0
	s.changed = s.changed || s.holdings.all
	s.mu.Unlock()
	n := 0
	for host, label := range saved.labels {
		if s.SetLabel(ParseRef(host), label) == nil {
			n++
		}
	}
	for host, note := range saved.notes {
		if s.SetNote(ParseRef(host), note) == nil {
			n++
		}
	}
	for _, query := range saved.ignores {
		if _, err := s.o.Alerts.Ignore(query); err == nil {
			n++
		}
	}
	return n
}
