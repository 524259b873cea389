package history

import (
	"database/sql/driver"
	"net/netip"
	"time"

	"linklog/capture"
)

// reader is a connection that reads a segment, for one query at a time. None of
// its methods leaves a statement running, so that it never holds up the writer.
type reader struct {
	seg    *segment
	c      *conn
	stmts  map[string]*stmt
	hosts  *cache[uint32, host]
	shapes *cache[uint32, shape]
}

// How many dictionary entries a reader remembers, and how long it waits for a
// lock, in milliseconds.
const (
	readHosts   = 8192
	readShapes  = 512
	busyReading = 5000
)

func openReader(seg *segment) (*reader, error) {
	c, err := open(seg.path, false, busyReading)
	if err != nil {
		return nil, err
	}
	if err := c.exec("PRAGMA query_only = ON"); err != nil {
		c.close()
		return nil, err
	}
	return &reader{seg: seg, c: c, stmts: make(map[string]*stmt),
		hosts: newCache[uint32, host](readHosts), shapes: newCache[uint32, shape](readShapes)}, nil
}

func (r *reader) close() error { return r.c.close() }

// each is conn.each with a statement that is kept. f must not run the same one.
func (r *reader) each(query string, f func(row []driver.Value) error, args ...driver.Value) error {
	s := r.stmts[query]
	if s == nil {
		var err error
		if s, err = r.c.prepare(query); err != nil {
			return err
		}
		r.stmts[query] = s
	}
	return s.each(f, args...)
}

// eventsBetween appends the events with Seqs from low to high to events, at most
// limit, newest or oldest first; with want only those it says yes to.
func (r *reader) eventsBetween(events []capture.Event, low, high uint64, newest bool, limit int, want func(seq uint64) bool) ([]capture.Event, error) {
	query := "SELECT seq, time, shape, src, sport, dst, dport, text FROM log WHERE seq BETWEEN ? AND ? ORDER BY seq"
	if newest {
		query += " DESC"
	}
	if limit <= 0 {
		return events, nil
	}
	err := r.each(query, func(row []driver.Value) error {
		if want != nil && !want(uint64(integer(row[0]))) {
			return nil
		}
		e, err := r.event(row)
		if err != nil {
			return err
		}
		events = append(events, e)
		if limit--; limit == 0 {
			return errStop
		}
		return nil
	}, int64(low), int64(high))
	return events, err
}

// eventAt appends the event with that Seq.
func (r *reader) eventAt(events []capture.Event, seq uint64) ([]capture.Event, error) {
	err := r.each("SELECT seq, time, shape, src, sport, dst, dport, text FROM log WHERE seq = ?", func(row []driver.Value) error {
		e, err := r.event(row)
		events = append(events, e)
		return err
	}, int64(seq))
	return events, err
}

// event makes an event of a row of log.
func (r *reader) event(row []driver.Value) (e capture.Event, err error) {
	sh, err := r.shape(uint32(integer(row[2])))
	if err != nil {
		return e, err
	}
	src, err := r.host(uint32(integer(row[3])))
	if err != nil {
		return e, err
	}
	dst, err := r.host(uint32(integer(row[5])))
	if err != nil {
		return e, err
	}
	e = capture.Event{
		Seq: uint64(integer(row[0])), Time: time.Unix(0, integer(row[1])).UTC(), Router: sh.router,
		Kind: sh.kind, Reason: sh.reason, Dir: sh.dir, Proto: sh.proto, New: sh.fresh,
		Src: capture.Endpoint{Addr: src.addr, Name: src.name, Port: uint16(integer(row[4]))},
		Dst: capture.Endpoint{Addr: dst.addr, Name: dst.name, Port: uint16(integer(row[6]))},
	}
	if id := integer(row[7]); id != 0 {
		if e.Text, e.Raw, err = r.text(id); err != nil {
			return e, err
		}
	}
	if e.Kind == capture.Gap {
		err = r.each("SELECT lost, since FROM gaps WHERE seq = ?", func(row []driver.Value) error {
			e.Lost = uint64(integer(row[0]))
			if row[1] != nil {
				e.Since = time.Unix(0, integer(row[1])).UTC()
			}
			return nil
		}, row[0])
	}
	return e, err
}

func (r *reader) host(id uint32) (host, error) {
	if id == 0 {
		return host{}, nil
	}
	h, found := r.hosts.get(id)
	if found {
		return h, nil
	}
	err := r.each("SELECT addr, name FROM hosts WHERE id = ?", func(row []driver.Value) error {
		a, err := parseAddr(text(row[0]))
		h, found = host{a, text(row[1])}, err == nil
		return nil
	}, int64(id))
	if err == nil && !found {
		err = damaged(r.c.path, "no sound host %d", id)
	}
	if err != nil {
		return host{}, err
	}
	r.hosts.put(id, h)
	return h, nil
}

const shapeQuery = "SELECT id, router, kind, reason, dir, proto, new FROM shapes"

func readShape(row []driver.Value) (shape, error) {
	a, err := parseAddr(text(row[1]))
	return shape{a, capture.Kind(integer(row[2])), capture.Reason(integer(row[3])), capture.Direction(integer(row[4])),
		capture.Protocol(integer(row[5])), integer(row[6]) != 0}, err
}

func (r *reader) shape(id uint32) (shape, error) {
	s, found := r.shapes.get(id)
	if found {
		return s, nil
	}
	err := r.each(shapeQuery+" WHERE id = ?", func(row []driver.Value) (err error) {
		s, err = readShape(row)
		found = err == nil
		return nil
	}, int64(id))
	if err == nil && !found {
		err = damaged(r.c.path, "no sound shape %d", id)
	}
	if err != nil {
		return shape{}, err
	}
	r.shapes.put(id, s)
	return s, nil
}

func (r *reader) text(id int64) (s, raw string, err error) {
	found := false
	err = r.each("SELECT text, raw FROM texts WHERE id = ?", func(row []driver.Value) error {
		s, raw, found = text(row[0]), string(blob(row[1])), true
		return nil
	}, id)
	if err == nil && !found {
		err = damaged(r.c.path, "no text %d", id)
	}
	return s, raw, err
}

// eachShape calls f with the shapes.
func (r *reader) eachShape(f func(id uint32, s shape) error) error {
	return r.each(shapeQuery, func(row []driver.Value) error {
		s, err := readShape(row)
		if err != nil {
			return damaged(r.c.path, "no sound shape %d", integer(row[0]))
		}
		return f(uint32(integer(row[0])), s)
	})
}

// eachText calls f with the texts.
func (r *reader) eachText(f func(id uint32, text string) error) error {
	return r.each("SELECT id, text FROM texts", func(row []driver.Value) error {
		return f(uint32(integer(row[0])), text(row[1]))
	})
}

// eachHost calls f with the hosts in the order of their ids, which have no gaps.
func (r *reader) eachHost(f func(id uint32, h host) error) error {
	next := uint32(1)
	err := r.each("SELECT pack, data FROM packs ORDER BY pack", func(row []driver.Value) error {
		if integer(row[0])*packSize+1 != int64(next) {
			return errStop // a pack is missing: the rest as rows
		}
		for data := blob(row[1]); len(data) > 0; next++ {
			h, rest, ok := nextHost(data)
			if !ok {
				return damaged(r.c.path, "host %d in its pack", next)
			}
			data = rest
			if err := f(next, h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.each("SELECT id, addr, name FROM hosts WHERE id >= ? ORDER BY id", func(row []driver.Value) error {
		var a netip.Addr
		a, err := parseAddr(text(row[1]))
		if err != nil {
			return damaged(r.c.path, "no sound host %d", integer(row[0]))
		}
		return f(uint32(integer(row[0])), host{a, text(row[2])})
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
	err = r.each("SELECT block, first_seq, last_seq, rows, first_time, last_time FROM blocks ORDER BY block", func(row []driver.Value) error {
		b := blockInfo{uint64(integer(row[0])), uint64(integer(row[1])), uint64(integer(row[2])), integer(row[3]), integer(row[4]), integer(row[5])}
		if b.first>>blockBits != b.number || b.last>>blockBits != b.number || b.last < b.first || b.rows < 1 || b.rows > int64(b.last-b.first)+1 {
			return damaged(r.c.path, "block %d", b.number)
		}
		all = append(all, b)
		return nil
	})
	return all, err
}

// column gives the bytes of a block's column, nil if there is none.
func (r *reader) column(block uint64, f field) (data []byte, err error) {
	err = r.each("SELECT data FROM columns WHERE block = ? AND field = ?", func(row []driver.Value) error {
		data = blob(row[0])
		return nil
	}, int64(block), int64(f))
	return data, err
}

// load fills b with the rows from low to high, which are in one block.
func (r *reader) load(b *block, low, high uint64) error {
	b.reset(low &^ blockMask)
	times := make([]int64, blockSize)
	err := r.each("SELECT seq, time, shape, src, sport, dst, dport, text FROM log WHERE seq BETWEEN ? AND ? ORDER BY seq", func(row []driver.Value) error {
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
