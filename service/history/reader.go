package history

import (
	"database/sql/driver"
	"net/netip"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/service/sqlite"
)

// reader is a connection that reads a segment, for one query at a time. None of
// its methods leaves a statement running, so that it never holds up the writer.
type reader struct {
	version int64 // of the schema
	seg     *segment
	c       *sqlite.Conn
	stmts   map[string]*sqlite.Stmt
	hosts   *cache[uint32, host]
	shapes  *cache[uint32, shape]
	rows    []row // of the page that is being read
	texts   map[int64]message
}

// message is a row of texts.
type message struct{ text, raw string }

// How many dictionary entries a reader remembers, and how long it waits for a
// lock, in milliseconds.
const (
	readHosts   = 8192
	readShapes  = 512
	keptTexts   = 256
	busyReading = 5000
)

func openReader(seg *segment) (*reader, error) {
	c, err := sqlite.Open(seg.path, false, busyReading, seg.how)
	if err != nil {
		return nil, err
	}
	if err := c.Exec("PRAGMA query_only = ON"); err != nil {
		c.Close()
		return nil, err
	}
	// A file that must not be written stays what it was.
	have, _, err := c.Int("PRAGMA user_version")
	if err != nil {
		c.Close()
		return nil, err
	}
	return &reader{seg: seg, c: c, version: have, stmts: make(map[string]*sqlite.Stmt),
		hosts: newCache[uint32, host](readHosts), shapes: newCache[uint32, shape](readShapes), texts: make(map[int64]message)}, nil
}

func (r *reader) close() error { return r.c.Close() }

// each is conn.each with a statement that is kept. f must not run the same one.
func (r *reader) each(query string, f func(row sqlite.Row) error, args ...driver.Value) error {
	s := r.stmts[query]
	if s == nil {
		var err error
		if s, err = r.c.Prepare(query); err != nil {
			return err
		}
		r.stmts[query] = s
	}
	return s.Each(f, args...)
}

// row is a row of log.
type row struct {
	seq              uint64
	time             int64
	shape, src, dst  uint32
	srcPort, dstPort uint16
	text             int64
}

const rowQuery = "SELECT seq, time, shape, src, sport, dst, dport, text FROM log WHERE "

func readRow(v sqlite.Row) row {
	return row{uint64(v.Int(0)), v.Int(1), uint32(v.Int(2)), uint32(v.Int(3)), uint32(v.Int(5)),
		uint16(v.Int(4)), uint16(v.Int(6)), v.Int(7)}
}

// eventsBetween appends the events with Seqs from low to high to events, at most
// limit, newest or oldest first; with want only those it says yes to.
func (r *reader) eventsBetween(events []capture.Event, low, high uint64, newest bool, limit int, want func(seq uint64) bool) ([]capture.Event, error) {
	if limit <= 0 {
		return events, nil
	}
	query := rowQuery + "seq BETWEEN ? AND ? ORDER BY seq"
	if newest {
		query += " DESC"
	}
	r.rows = r.rows[:0]
	err := r.each(query, func(v sqlite.Row) error {
		if want != nil && !want(uint64(v.Int(0))) {
			return nil
		}
		if r.rows = append(r.rows, readRow(v)); len(r.rows) == limit {
			return sqlite.ErrStop
		}
		return nil
	}, int64(low), int64(high))
	if err != nil {
		return events, err
	}
	return r.complete(events)
}

// eventsAt appends the events with the given Seqs.
func (r *reader) eventsAt(events []capture.Event, seqs []uint64) ([]capture.Event, error) {
	r.rows = r.rows[:0]
	for _, seq := range seqs {
		err := r.each(rowQuery+"seq = ?", func(v sqlite.Row) error {
			r.rows = append(r.rows, readRow(v))
			return nil
		}, int64(seq))
		if err != nil {
			return events, err
		}
	}
	return r.complete(events)
}

// times writes the times of rows, whose Seqs are in either order, to times.
func (r *reader) times(seqs []uint64, times []time.Time) error {
	for i := 0; i < len(seqs); {
		// Neighbours in one go.
		n := 1
		for i+n < len(seqs) && max(seqs[i], seqs[i+n])-min(seqs[i], seqs[i+n]) < 10*uint64(n) {
			n++
		}
		part := seqs[i : i+n]
		newest := part[0] > part[n-1]
		query := "SELECT seq, time FROM log WHERE seq BETWEEN ? AND ?"
		if newest {
			query += " ORDER BY seq DESC"
		}
		at := 0
		err := r.each(query, func(v sqlite.Row) error {
			seq := uint64(v.Int(0))
			for at < n && part[at] != seq && part[at] < seq != newest {
				at++
			}
			if at < n && part[at] == seq {
				times[i+at] = time.Unix(0, v.Int(1)).UTC()
			}
			return nil
		}, int64(min(part[0], part[n-1])), int64(max(part[0], part[n-1])))
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// complete appends the events of r.rows.
func (r *reader) complete(events []capture.Event) ([]capture.Event, error) {
	if err := r.fetchHosts(); err != nil {
		return events, err
	}
	if err := r.fetchTexts(); err != nil {
		return events, err
	}
	first := len(events)
	for i := range r.rows {
		e, err := r.event(&r.rows[i])
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, r.fetchVolumes(events[first:])
}

// event makes an event of a row.
func (r *reader) event(w *row) (e capture.Event, err error) {
	sh, err := r.shape(w.shape)
	if err != nil {
		return e, err
	}
	src, err := r.host(w.src)
	if err != nil {
		return e, err
	}
	dst, err := r.host(w.dst)
	if err != nil {
		return e, err
	}
	e = capture.Event{
		Seq: w.seq, Time: time.Unix(0, w.time).UTC(), Router: sh.router, RouterName: sh.name,
		Kind: sh.kind, Reason: sh.reason, Dir: sh.dir, Proto: sh.proto, Verdict: sh.verdict, New: sh.fresh,
		Src: capture.Endpoint{Addr: src.addr, Name: src.name, Port: w.srcPort},
		Dst: capture.Endpoint{Addr: dst.addr, Name: dst.name, Port: w.dstPort},
	}
	if w.text != 0 {
		m, found := r.texts[w.text]
		if !found {
			return e, sqlite.Damaged(r.c.Path(), "no text %d", w.text)
		}
		e.Text, e.Raw = m.text, m.raw
	}
	if e.Kind == capture.Gap {
		err = r.each("SELECT lost, since FROM gaps WHERE seq = ?", func(v sqlite.Row) error {
			e.Lost = uint64(v.Int(0))
			if v[1] != nil {
				e.Since = time.Unix(0, v.Int(1)).UTC()
			}
			return nil
		}, int64(w.seq))
	}
	return e, err
}

// fetchHosts reads the hosts of r.rows that are not cached in one go: a query for
// each takes several times as long.
func (r *reader) fetchHosts() error {
	var ids []byte // as JSON: the one kind of list that SQLite takes as a parameter
	for i := range r.rows {
		for _, id := range [...]uint32{r.rows[i].src, r.rows[i].dst} {
			if _, ok := r.hosts.get(id); !ok && id != 0 {
				ids = strconv.AppendUint(append(ids, ','), uint64(id), 10)
			}
		}
	}
	return r.eachOf("SELECT id, addr, name FROM hosts WHERE id IN (SELECT value FROM json_each(?))", ids, func(v sqlite.Row) error {
		a, err := parseAddr(v.Text(1))
		if err == nil {
			r.hosts.put(uint32(v.Int(0)), host{a, v.Text(2)})
		}
		return nil // host says what is wrong with it
	})
}

// fetchTexts reads the texts of r.rows. Others are kept while they are few, as the names of a
// router's rules: of many, few are met again on the next page.
func (r *reader) fetchTexts() error {
	if len(r.texts) > keptTexts {
		clear(r.texts)
	}
	var ids []byte
	last := int64(0)
	for i := range r.rows {
		id := r.rows[i].text
		if _, there := r.texts[id]; id == 0 || id == last || there {
			continue
		}
		ids, last = strconv.AppendInt(append(ids, ','), id, 10), id
	}
	return r.eachOf("SELECT id, text, raw FROM texts WHERE id IN (SELECT value FROM json_each(?))", ids, func(v sqlite.Row) error {
		r.texts[v.Int(0)] = message{v.Text(1), string(v.Blob(2))}
		return nil
	})
}

// eachOf is each for the rows with the ids of a list, each with a comma in front.
func (r *reader) eachOf(query string, ids []byte, f func(row sqlite.Row) error) error {
	if len(ids) == 0 {
		return nil
	}
	ids[0] = '['
	return r.each(query, f, string(append(ids, ']')))
}

func (r *reader) host(id uint32) (host, error) {
	if id == 0 {
		return host{}, nil
	}
	h, found := r.hosts.get(id)
	if found {
		return h, nil
	}
	err := r.each("SELECT addr, name FROM hosts WHERE id = ?", func(row sqlite.Row) error {
		a, err := parseAddr(row.Text(0))
		h, found = host{a, row.Text(1)}, err == nil
		return nil
	}, int64(id))
	if err == nil && !found {
		err = sqlite.Damaged(r.c.Path(), "no sound host %d", id)
	}
	if err != nil {
		return host{}, err
	}
	r.hosts.put(id, h)
	return h, nil
}

func (r *reader) shapeQuery() string {
	verdict, name := "verdict", "name"
	if r.version < 2 {
		verdict = "0"
	}
	if r.version < 5 {
		name = "''"
	}
	return "SELECT id, router, kind, reason, dir, proto, " + verdict + ", new, " + name + " FROM shapes"
}

func readShape(row sqlite.Row) (shape, error) {
	a, err := parseAddr(row.Text(1))
	return shape{a, row.Text(8), capture.Kind(row.Int(2)), capture.Reason(row.Int(3)), capture.Direction(row.Int(4)),
		capture.Protocol(row.Int(5)), capture.Verdict(row.Int(6)), row.Int(7) != 0}, err
}

func (r *reader) shape(id uint32) (shape, error) {
	s, found := r.shapes.get(id)
	if found {
		return s, nil
	}
	err := r.each(r.shapeQuery()+" WHERE id = ?", func(row sqlite.Row) (err error) {
		s, err = readShape(row)
		found = err == nil
		return nil
	}, int64(id))
	if err == nil && !found {
		err = sqlite.Damaged(r.c.Path(), "no sound shape %d", id)
	}
	if err != nil {
		return shape{}, err
	}
	r.shapes.put(id, s)
	return s, nil
}

// eachShape calls f with the shapes.
func (r *reader) eachShape(f func(id uint32, s shape) error) error {
	return r.each(r.shapeQuery(), func(row sqlite.Row) error {
		s, err := readShape(row)
		if err != nil {
			return sqlite.Damaged(r.c.Path(), "no sound shape %d", row.Int(0))
		}
		return f(uint32(row.Int(0)), s)
	})
}

// eachText calls f with the texts.
func (r *reader) eachText(f func(id uint32, text string) error) error {
	return r.each("SELECT id, text FROM texts", func(row sqlite.Row) error {
		return f(uint32(row.Int(0)), row.Text(1))
	})
}

// eachHost calls f with the hosts from an id on, in the order of their ids, which have no gaps.
func (r *reader) eachHost(from uint32, f func(id uint32, h host) error) error {
	next := from
	err := r.each("SELECT pack, data FROM packs WHERE pack >= ? ORDER BY pack", func(row sqlite.Row) error {
		if row.Int(0)*packSize+1 != int64(next) {
			return sqlite.ErrStop // a pack is missing: the rest as rows
		}
		for data := row.Blob(1); len(data) > 0; next++ {
			h, rest, ok := nextHost(data)
			if !ok {
				return sqlite.Damaged(r.c.Path(), "host %d in its pack", next)
			}
			data = rest
			if err := f(next, h); err != nil {
				return err
			}
		}
		return nil
	}, int64((from-1)/packSize))
	if err != nil {
		return err
	}
	return r.each("SELECT id, addr, name FROM hosts WHERE id >= ? ORDER BY id", func(row sqlite.Row) error {
		var a netip.Addr
		a, err := parseAddr(row.Text(1))
		if err != nil {
			return sqlite.Damaged(r.c.Path(), "no sound host %d", row.Int(0))
		}
		return f(uint32(row.Int(0)), host{a, row.Text(2)})
	}, int64(next))
}

// blockInfo is a row of blocks.
type blockInfo struct {
	number      uint64
	first, last uint64 // Seq
	rows        int64
	start, end  int64 // earliest and latest time, ns since 1970
}

// blocks gives all blocks in their order.
func (r *reader) blocks() (all []blockInfo, err error) {
	err = r.each("SELECT block, first_seq, last_seq, rows, first_time, last_time FROM blocks ORDER BY block", func(row sqlite.Row) error {
		b := blockInfo{uint64(row.Int(0)), uint64(row.Int(1)), uint64(row.Int(2)), row.Int(3), row.Int(4), row.Int(5)}
		if b.first>>blockBits != b.number || b.last>>blockBits != b.number || b.last < b.first || b.rows < 1 || b.rows > int64(b.last-b.first)+1 {
			return sqlite.Damaged(r.c.Path(), "block %d", b.number)
		}
		all = append(all, b)
		return nil
	})
	return all, err
}

// column gives the bytes of a block's column, nil if there is none.
func (r *reader) column(block uint64, f field) ([]byte, error) {
	return r.data(columnID(int64(block), f))
}

// data gives the bytes of a row of columns, nil if there is none.
func (r *reader) data(id int64) (data []byte, err error) {
	err = r.each("SELECT data FROM columns WHERE id = ?", func(row sqlite.Row) error {
		data = row.Blob(0)
		return nil
	}, id)
	return data, err
}

// load fills b with the rows from low to high, which are in one block.
func (r *reader) load(b *block, low, high uint64) error {
	b.reset(low &^ blockMask)
	times := make([]int64, blockSize)
	err := r.each("SELECT seq, time, shape, src, sport, dst, dport, text FROM log WHERE seq BETWEEN ? AND ? ORDER BY seq", func(row sqlite.Row) error {
		b.addRow(row, times)
		return nil
	}, int64(low), int64(high))
	if err == nil && b.rows > 0 {
		b.finish(times)
	}
	return err
}

// window is a range of Seqs within a segment: a block, or one that has none (yet).
type window struct {
	low, high uint64
	block     *blockInfo
}

// windows divides the Seqs from low to high into blocks and what lies between
// and behind them, in their order.
func windows(blocks []blockInfo, low, high uint64) []window {
	var all []window
	next := low
	for i := range blocks {
		b := &blocks[i]
		from, to := b.number<<blockBits, b.number<<blockBits+blockMask
		if to < low || from > high {
			continue
		}
		if from > next {
			all = append(all, window{next, from - 1, nil})
		}
		all = append(all, window{max(from, low), min(to, high), b})
		next = to + 1
	}
	if next <= high {
		all = append(all, window{next, high, nil})
	}
	return all
}
