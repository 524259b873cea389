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
	var list []long
	free := int64(0) // room in which there may be something that was removed before
	err = h.read(seg, func(r *reader) error {
		var err error
		if free, _, err = r.c.Int("PRAGMA freelist_count"); err != nil {
			return err
		}
		return r.eachHost(1, func(id uint32, x host) error {
			if x.addr.IsValid() && external(x.addr) && (x.name != "" || Network(x.addr) != x.addr) {
				list = append(list, long{id, x.addr})
			}
			return nil
		})
	})
	if err != nil {
		return false, err
	}
	seg.mu.Lock()
	defer seg.mu.Unlock()
	if len(list) > 0 || free > 0 || again {
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
		return w.repack()
	})
	if err == nil {
		err = scrub(w.c)
	}
	return err
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
