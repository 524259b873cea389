package history

import (
	"database/sql/driver"
	"math"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// writer is the one connection that writes a segment. Its caller holds the
// segment's lock.
type writer struct {
	c *sqlite.Conn

	many, one                 *sqlite.Stmt // insert rowsPerInsert rows of log, or one
	findHost, addHost         *sqlite.Stmt
	findShape, addShape       *sqlite.Stmt
	findText, addText, addGap *sqlite.Stmt
	addVolume, addLater       *sqlite.Stmt

	// hosts, shapes and texts are the ids of the dictionaries, as far as they were
	// used lately. They may be ahead of the file inside a transaction only.
	hosts    *cache[host, uint32]
	shapes   *cache[shape, uint32]
	texts    *cache[string, uint32] // the short ones of events without raw bytes
	lastHost int64                  // the highest id
	lastText int64

	row []driver.Value
}

// rowsPerInsert rows go into one statement: that halves the time of a row, and
// more rows save nothing more.
const (
	rowsPerInsert = 16
	logColumns    = 8
)

// How many dictionary entries a writer remembers. More hosts than that within a
// short time (a flood with invented sources) cost a look-up each. Of texts, nearly all
// are names of rules: a line of a system log has one each, and a router has few.
const (
	cachedHosts  = 16384
	cachedShapes = 1024
	cachedTexts  = 1024
	maxCached    = 256 // bytes of a text
)

// openWriter opens the file for writing and brings its schema up to date.
//
// synchronous=FULL: a commit returns when the disk has it. Checkpoints, which
// copy what was committed from the WAL into the file, are left to SQLite: after
// 1000 pages (4 MiB), by the commit that passes them.
func openWriter(path string, create bool, how sqlite.Mode, o *Options) (*writer, error) {
	c, err := sqlite.Open(path, create, busyWriting, how)
	if err != nil {
		return nil, err
	}
	w := &writer{c: c, hosts: newCache[host, uint32](cachedHosts), shapes: newCache[shape, uint32](cachedShapes), texts: newCache[string, uint32](cachedTexts)}
	if err := w.prepare(o); err != nil {
		c.Close()
		return nil, err
	}
	return w, nil
}

// busyWriting is how long a write waits for somebody who holds a lock, in
// milliseconds: a person with sqlite3, a backup.
const busyWriting = 5000

func (w *writer) prepare(o *Options) error {
	steps := o.migrations
	have, err := sqlite.Version(w.c, segmentID)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return sqlite.Newer(w.c.Path(), have, len(steps)) // before anything in it is changed
	}
	sealed := int64(0)
	if have > 0 {
		if sealed, _, err = w.c.Int("SELECT sealed FROM segment"); err != nil {
			return err
		}
	}
	// A sealed file has no WAL, see seal. It is written again only to fill a hole.
	if sealed == 0 {
		if err := w.c.Exec("PRAGMA journal_mode = WAL"); err != nil {
			return err
		}
	}
	safe := "FULL"
	if o.unsafe {
		safe = "OFF"
	}
	if err := w.c.Exec("PRAGMA synchronous = " + safe); err != nil {
		return err
	}
	if err := sqlite.Migrate(w.c, segmentID, steps); err != nil {
		return err
	}
	const values = "(?,?,?,?,?,?,?,?)"
	const insert = "INSERT OR IGNORE INTO log (seq, time, shape, src, sport, dst, dport, text) VALUES "
	for _, s := range []struct {
		to   **sqlite.Stmt
		text string
	}{
		{&w.many, insert + values + strings.Repeat(","+values, rowsPerInsert-1)},
		{&w.one, insert + values},
		{&w.findHost, "SELECT id, addr, name FROM hosts WHERE hash = ? LIMIT 8"},
		{&w.addHost, "INSERT INTO hosts (id, hash, addr, name) VALUES (?,?,?,?)"},
		{&w.findShape, "SELECT id FROM shapes WHERE router = ? AND name = ? AND kind = ? AND reason = ? AND dir = ? AND proto = ? AND verdict = ? AND new = ?"},
		{&w.addShape, "INSERT INTO shapes (router, name, kind, reason, dir, proto, verdict, new, kind_word, reason_word, dir_word, proto_word, verdict_word) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id"},
		{&w.findText, "SELECT id, text, raw FROM texts WHERE hash = ? LIMIT 8"},
		{&w.addText, "INSERT INTO texts (id, hash, text, raw) VALUES (?,?,?,?)"},
		{&w.addVolume, "INSERT OR IGNORE INTO volumes (seq, through, src_bytes, src_packets, dst_bytes, dst_packets) VALUES (?1,?1,?2,?3,?4,?5)"},
		{&w.addLater, laterStatement},
		{&w.addGap, "INSERT OR IGNORE INTO gaps (seq, lost, since) VALUES (?,?,?)"},
	} {
		if *s.to, err = w.c.Prepare(s.text); err != nil {
			return err
		}
	}
	if w.lastHost, _, err = w.c.Int("SELECT max(id) FROM hosts"); err != nil {
		return err
	}
	w.lastText, _, err = w.c.Int("SELECT max(id) FROM texts")
	return err
}

func (w *writer) close() error { return w.c.Close() }

// transaction is conn.transaction that also forgets the ids of what was rolled back.
func (w *writer) transaction(f func() error) error {
	host, text := w.lastHost, w.lastText
	err := w.c.Transaction(f)
	if err != nil {
		w.hosts.clear()
		w.shapes.clear()
		w.texts.clear()
		w.lastHost, w.lastText = host, text
	}
	return err
}

// insert stores events inside a transaction and gives the number of those that
// were not there yet.
func (w *writer) insert(events []capture.Event) (added int64, err error) {
	for len(events) > 0 {
		n, s := 1, w.one
		if len(events) >= rowsPerInsert {
			n, s = rowsPerInsert, w.many
		}
		w.row = w.row[:0]
		for i := range events[:n] {
			if err := w.addRow(&events[i]); err != nil {
				return 0, err
			}
		}
		changed, err := s.Exec(w.row...)
		if err != nil {
			return 0, err
		}
		added += changed
		events = events[n:]
	}
	return added, nil
}

// addRow appends the columns of log to w.row.
func (w *writer) addRow(e *capture.Event) error {
	sh, err := w.shape(shapeOf(e))
	if err != nil {
		return err
	}
	src, err := w.host(host{e.Src.Addr, e.Src.Name})
	if err != nil {
		return err
	}
	dst, err := w.host(host{e.Dst.Addr, e.Dst.Name})
	if err != nil {
		return err
	}
	txt, err := w.text(e.Text, e.Raw)
	if err != nil {
		return err
	}
	if e.Kind == capture.Gap {
		if err := w.gap(e); err != nil {
			return err
		}
	}
	if e.Kind == capture.Traffic && (e.Src.Sent != (capture.Volume{}) || e.Dst.Sent != (capture.Volume{})) {
		if _, err := w.addVolume.Exec(int64(e.Seq), number(e.Src.Sent.Bytes), number(e.Src.Sent.Packets), number(e.Dst.Sent.Bytes), number(e.Dst.Sent.Packets)); err != nil {
			return err
		}
	}
	w.row = append(w.row, int64(e.Seq), nanoseconds(e.Time), int64(sh),
		null(src), int64(e.Src.Port), null(dst), int64(e.Dst.Port), null(txt))
	return nil
}

func (w *writer) gap(e *capture.Event) error {
	var since driver.Value
	if !e.Since.IsZero() {
		since = nanoseconds(e.Since)
	}
	_, err := w.addGap.Exec(int64(e.Seq), int64(min(e.Lost, math.MaxInt64)), since)
	return err
}

// number is one for SQLite, whose largest is half of ours.
func number(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// nanoseconds since 1970, for times from 1678 to 2262; others become the nearest.
func nanoseconds(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// host gives the id of a host, 0 for none.
func (w *writer) host(h host) (uint32, error) {
	if h == (host{}) {
		return 0, nil
	}
	if id, ok := w.hosts.get(h); ok {
		return id, nil
	}
	addr := addrText(h.addr)
	key := dictionaryKey(addr, h.name, w.lastHost, hostRun)
	id := int64(0)
	err := w.findHost.Each(func(row sqlite.Row) error {
		if row.Text(1) == addr && row.Text(2) == h.name {
			id = row.Int(0)
			return sqlite.ErrStop
		}
		return nil
	}, key)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		id = w.lastHost + 1
		if _, err := w.addHost.Exec(id, key, addr, h.name); err != nil {
			return 0, err
		}
		w.lastHost = id
	}
	w.hosts.put(h, uint32(id))
	return uint32(id), nil
}

func (w *writer) shape(s shape) (uint32, error) {
	if id, ok := w.shapes.get(s); ok {
		return id, nil
	}
	fresh := int64(0)
	if s.fresh {
		fresh = 1
	}
	id := int64(0)
	take := func(row sqlite.Row) error {
		id = row.Int(0)
		return nil
	}
	key := []driver.Value{addrText(s.router), s.name, int64(s.kind), int64(s.reason), int64(s.dir), int64(s.proto), int64(s.verdict), fresh}
	if err := w.findShape.Each(take, key...); err != nil {
		return 0, err
	}
	if id == 0 {
		words := []driver.Value{s.kind.String(), s.reason.String(), s.dir.String(), s.proto.String(), s.verdict.String()}
		if err := w.addShape.Each(take, append(key, words...)...); err != nil {
			return 0, err
		}
	}
	w.shapes.put(s, uint32(id))
	return uint32(id), nil
}

// text gives the id of a text, 0 for none. One that is there already is used
// again, if it is not too long ago (see dictionaryKey): routers repeat themselves.
func (w *writer) text(s, raw string) (uint32, error) {
	if s == "" && raw == "" {
		return 0, nil
	}
	if raw != "" || len(s) > maxCached {
		return w.textInFile(s, raw)
	}
	if id, ok := w.texts.get(s); ok {
		return id, nil
	}
	id, err := w.textInFile(s, "")
	if err == nil {
		w.texts.put(s, id)
	}
	return id, err
}

// textInFile is text for one that is not remembered.
func (w *writer) textInFile(s, raw string) (uint32, error) {
	key := dictionaryKey(s, raw, w.lastText, textRun)
	id := int64(0)
	err := w.findText.Each(func(row sqlite.Row) error {
		if row.Text(1) == s && string(row.Blob(2)) == raw {
			id = row.Int(0)
			return sqlite.ErrStop
		}
		return nil
	}, key)
	if err != nil || id != 0 {
		return uint32(id), err
	}
	id = w.lastText + 1
	if _, err := w.addText.Exec(id, key, s, []byte(raw)); err != nil {
		return 0, err
	}
	w.lastText = id
	return uint32(id), nil
}
