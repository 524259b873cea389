package book

// prune forgets hosts when the file has more than Limits.Hosts, a sixteenth at a
// time, as finding them takes a look at all: first those no device ever talked to,
// which anybody can invent, of these who was seen longest ago; then the others.
// Those with a name or a note from the user stay. The caller holds writing.
func (s *Store) prune() error {
	s.mu.Lock()
	left := s.stats.Known - s.o.Limits.Hosts*15/16
	s.mu.Unlock()
	for _, who := range []string{"AND outs = 0", ""} {
		if left <= 0 {
			return nil
		}
		gone, err := s.deleteHosts(who, left)
		if err != nil {
			return err
		}
		left -= gone
	}
	return nil
}

func (s *Store) deleteHosts(who string, n int) (int, error) {
	var gone []string
	tx, err := s.writer.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`DELETE FROM hosts WHERE host IN (
		SELECT host FROM hosts WHERE pending = 0 AND host NOT IN (SELECT host FROM labels) AND host NOT IN (SELECT host FROM notes) `+who+` ORDER BY last, first_seq LIMIT ?) RETURNING host`, n)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var host string
		if err := rows.Scan(&host); err != nil {
			return 0, err
		}
		gone = append(gone, host)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if _, err := tx.Exec("UPDATE state SET forgotten = forgotten + ?", len(gone)); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fileNames = nil
	s.stats.Known -= len(gone)
	s.stats.Forgotten += uint64(len(gone))
	for _, host := range gone {
		r := ParseRef(host)
		e := s.hosts.get(r)
		if e != nil && e.pinned() { // just seen again: it stays after all, if without its first attempt
			e.begin = new(beginning)
			s.stats.Known++
			continue
		}
		s.known.remove(r)
		s.imported.observed(r, false)
		s.hosts.remove(r)
	}
	return len(gone), nil
}
