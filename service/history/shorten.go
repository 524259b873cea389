package history

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"linklog/service/sqlite"
)

// Network is what is kept of an address that is shortened: the first of its network, which is as
// large as one customer usually has or, of IPv4, as a few hundred.
func Network(a netip.Addr) netip.Addr {
	bits := 48
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return a
	}
	return p.Addr()
}

// Shorten keeps of addresses their Network, and no names, in the files in which all is from
// before a time, as long as external says so of an address. A file changes as a whole, and the one
// that is being written never. It returns in how many it did something, and up to which Seq
// everything is in such files.
//
// What it did is done for good: the caller must be sure of the time. With again, it did not come
// to its end before: what it had removed by then can still be in room of these files that is free.
func (h *History) Shorten(ctx context.Context, before time.Time, external func(netip.Addr) bool, again bool) (files int, through uint64, err error) {
	latest := h.o.Latest()
	segments := h.list()
	for i, seg := range segments[:max(len(segments), 1)-1] {
		h.mu.Lock()
		info := seg.info()
		h.mu.Unlock()
		if !info.Sealed || seg.fixed != nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return files, through, err
		}
		if info.Until.After(latest) || Unset(info.Until) && info.Rows > 0 {
			if info.Until, err = h.until(segments[i:], latest); err != nil {
				return files, through, fmt.Errorf("shorten addresses: %w", err)
			}
		}
		if info.Rows > 0 && !info.Until.Before(before) {
			break
		}
		changed, err := h.shorten(seg, external, again)
		if err != nil {
			return files, through, fmt.Errorf("shorten addresses: %w", err)
		}
		if through = max(through, info.Last); changed {
			files++
		}
	}
	return files, through, nil
}

// long is a host of a dictionary that is not shortened.
type long struct {
	id   uint32
	addr netip.Addr
}

// shorten is Shorten in one file.
func (h *History) shorten(seg *segment, external func(netip.Addr) bool, again bool) (changed bool, err error) {
	seg.mu.Lock()
	done := seg.short
	seg.mu.Unlock()
	if done && !again {
		return false, nil
	}
	list, free, err := h.longIn(seg, external)
	if err != nil {
		return false, err
	}
	seg.mu.Lock()
	defer seg.mu.Unlock()
	if len(list) > 0 || free || again {
		if err := h.replaceHosts(seg, list); err != nil {
			return false, err
		}
	}
	seg.short = true
	return len(list) > 0, nil
}

// replaceHosts shortens addresses in the dictionary of a segment. Its rows stay as they are, and
// with them its blocks. The caller holds seg.mu.
func (h *History) replaceHosts(seg *segment, list []long) error {
	h.closeReaders(seg, false)
	defer h.openReaders(seg)
	h.plans.forget()
	w, err := seg.writer(&h.o)
	if err != nil {
		return err
	}
	defer func() {
		_ = w.close() // what was written is written; what it remembers of hosts is another now
		seg.w = nil
	}()
	if err := w.overwrite(); err != nil {
		return err
	}
	err = w.transaction(func() error {
		if err := w.shorten(list); err != nil {
			return err
		}
		return w.repack()
	})
	if err == nil {
		err = scrub(w.c)
	}
	return err
}

// ShortenRows is Shorten for a history of AnyTime, in which old and new events are in the same files: in each
// of these it shortens what is from before a time and, so that none is written anew all the time,
// from before its month as long as there are newer ones. No events may be appended meanwhile.
func (h *History) ShortenRows(ctx context.Context, before time.Time, external func(netip.Addr) bool, again bool) (files int, err error) {
	for _, seg := range h.list() {
		if err := ctx.Err(); err != nil {
			return files, err
		}
		h.mu.Lock()
		st := seg.stats
		h.mu.Unlock()
		to := nanoseconds(before)
		if st.end >= to {
			to = nanoseconds(monthOf(before))
		}
		seg.mu.Lock()
		done := seg.shortTo >= to
		seg.mu.Unlock()
		if st.rows == 0 || st.start >= to || seg.fixed != nil || done && !again {
			continue
		}
		changed, err := h.shortenRows(seg, to, st.end >= to, external, again)
		if err != nil {
			return files, fmt.Errorf("shorten addresses: %w", err)
		}
		if changed {
			files++
		}
	}
	h.nudge()
	return files, nil
}

// shortenRows is ShortenRows in one file; mixed: it has newer rows, too.
func (h *History) shortenRows(seg *segment, to int64, mixed bool, external func(netip.Addr) bool, again bool) (changed bool, err error) {
	list, free, err := h.longIn(seg, external)
	if err != nil {
		return false, err
	}
	var apart []long // of newer rows, too
	if mixed && len(list) > 0 {
		older, newer := make(map[uint32]bool), make(map[uint32]bool)
		err = h.read(seg, func(r *reader) error {
			for query, ids := range map[string]map[uint32]bool{
				"SELECT src FROM log WHERE time < ?1 AND src IS NOT NULL UNION SELECT dst FROM log WHERE time < ?1 AND dst IS NOT NULL":   older,
				"SELECT src FROM log WHERE time >= ?1 AND src IS NOT NULL UNION SELECT dst FROM log WHERE time >= ?1 AND dst IS NOT NULL": newer,
			} {
				err := r.each(query, func(row sqlite.Row) error {
					ids[uint32(row.Int(0))] = true
					return nil
				}, to)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		list = slices.DeleteFunc(list, func(x long) bool {
			if older[x.id] && newer[x.id] {
				apart = append(apart, x)
			}
			return !older[x.id] || newer[x.id]
		})
	}
	seg.mu.Lock()
	defer seg.mu.Unlock()
	if changed = len(list)+len(apart) > 0; changed || free || again {
		_, scrubbed, err := h.rewrite(seg, func(w *writer, st stats) error {
			if err := w.shorten(list); err != nil {
				return err
			}
			return w.separate(apart, to, st)
		})
		if err == nil {
			err = scrubbed
		}
		h.mu.Lock()
		seg.sealed = false
		h.mu.Unlock()
		if err != nil {
			return false, err
		}
	}
	seg.shortTo = to
	return changed, nil
}

// longIn lists the hosts of a segment that are not shortened. free: there is room in the file in
// which there may be something that was removed before.
func (h *History) longIn(seg *segment, external func(netip.Addr) bool) (list []long, free bool, err error) {
	err = h.read(seg, func(r *reader) error {
		pages, _, err := r.c.Int("PRAGMA freelist_count")
		if err != nil {
			return err
		}
		free = pages > 0
		return r.eachHost(1, func(id uint32, x host) error {
			if x.addr.IsValid() && external(x.addr) && (x.name != "" || Network(x.addr) != x.addr) {
				list = append(list, long{id, x.addr})
			}
			return nil
		})
	})
	return list, free, err
}

// shorten shortens addresses in the dictionary, within a transaction.
func (w *writer) shorten(list []long) error {
	replace, err := w.c.Prepare("UPDATE hosts SET hash = 0, addr = ?, name = '' WHERE id = ?")
	if err != nil {
		return err
	}
	defer replace.Close()
	for _, x := range list {
		if _, err := replace.Exec(Network(x.addr).String(), int64(x.id)); err != nil {
			return err
		}
	}
	return nil
}

// separate gives the rows from before a time that have some hosts others, which are shortened, within a
// transaction; and makes ready that packs and blocks are built again.
func (w *writer) separate(list []long, to int64, st stats) error {
	all := []string{"DELETE FROM packs", "DELETE FROM columns WHERE id < 0", "UPDATE segment SET sealed = 0"}
	if len(list) > 0 {
		if err := w.c.Exec("CREATE TEMP TABLE apart (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)"); err != nil {
			return err
		}
		last := w.lastHost
		networks := make(map[netip.Addr]int64)
		for _, x := range list {
			n := Network(x.addr)
			id := networks[n]
			if id == 0 {
				last++
				id = last
				networks[n] = id
				if err := w.c.Exec("INSERT INTO hosts (id, hash, addr, name) VALUES (?, 0, ?, '')", id, n.String()); err != nil {
					return err
				}
			}
			if err := w.c.Exec("INSERT INTO apart (old, new) VALUES (?, ?)", int64(x.id), id); err != nil {
				return err
			}
		}
		for _, end := range [...]string{"src", "dst"} {
			if err := w.c.Exec("UPDATE log SET "+end+" = (SELECT new FROM apart WHERE old = "+end+") WHERE time < ? AND "+end+" IN (SELECT old FROM apart)", to); err != nil {
				return err
			}
		}
		if err := w.outdate(st.first, st.last); err != nil {
			return err
		}
		all = append(all, "DROP TABLE apart")
	}
	for _, text := range all {
		if err := w.c.Exec(text); err != nil {
			return err
		}
	}
	return nil
}

// repack makes the packs of hosts that are there anew, and what stands on them, within a transaction.
func (w *writer) repack() error {
	var packs []int64
	err := w.c.Each(func(row sqlite.Row) error {
		packs = append(packs, row.Int(0))
		return nil
	}, "SELECT pack FROM packs")
	for _, pack := range packs {
		if err != nil {
			break
		}
		var data []byte
		err = w.c.Each(func(row sqlite.Row) error {
			a, err := parseAddr(row.Text(0))
			if err == nil {
				data, err = appendHost(data, host{a, row.Text(1)})
			}
			return err
		}, "SELECT addr, name FROM hosts WHERE id BETWEEN ? AND ? ORDER BY id", pack*packSize+1, (pack+1)*packSize)
		if err == nil {
			err = w.c.Exec("UPDATE packs SET data = ? WHERE pack = ?", slices.Clip(data), pack)
		}
	}
	if err == nil {
		err = w.repeat()
	}
	return err
}

// ForgetNamesBefore removes the names that were not seen since a time, also from the room in the
// file that is free; with again also if there are none, see Shorten.
func (h *History) ForgetNamesBefore(before time.Time, again bool) error {
	n := h.names
	n.mu.Lock()
	old := int64(0)
	err := n.try(func() (err error) {
		old, _, err = n.c.Int("SELECT count(*) FROM names WHERE last < ?", nanoseconds(before))
		return err
	})
	n.mu.Unlock()
	if err != nil || old == 0 && !again {
		return err
	}
	if err := n.forgetBefore(before); err != nil {
		return fmt.Errorf("remove names: %w", err)
	}
	return h.ForgetNames(nil)
}
