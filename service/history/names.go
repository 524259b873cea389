package history

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// names is the file of names by address. It is apart from the segments, for an
// address has its name in all of them, also when it was learned long after.
type names struct {
	path  string
	aside func(cause error) error // renames the file, which is not open, and reports it

	mu      sync.Mutex // of everything below
	how     sqlite.Mode
	limit   int64        // of the file, in bytes
	added   int          // names since the size was looked at
	crowded func()       // asks the background worker to look at the size
	c       *sqlite.Conn // nil: closed
	set     *sqlite.Stmt
	count   *sqlite.Stmt
	thin    *sqlite.Stmt
	find    *sqlite.Stmt
	fetched *sqlite.Stmt
	cached  *cache[netip.Addr, string] // the name now, "" for none
	kept    *keptNames                 // nil: not read, or too long ago
}

// cachedNames is how many addresses' names are kept in memory.
const cachedNames = 32768

// openNames opens names.db. One that is damaged or cannot be used is set aside: names
// can be looked up again. Where there is no room for one, names are kept in memory.
func (h *History) openNames(path string) {
	opened := false
	aside := func(cause error) error {
		i, err := h.moveAside(&segment{path: path}, cause)
		if err == nil && opened && h.o.Damaged != nil {
			h.o.Damaged(h.Report().Damaged[i])
		}
		return err
	}
	n := &names{path: path, aside: aside, cached: newCache[netip.Addr, string](cachedNames), limit: namesBytes, crowded: h.nudge}
	h.names = n
	err := sqlite.Usable(path, true)
	var cannot *datafile.Error
	if errors.As(err, &cannot) {
		err = aside(fmt.Errorf("%s %s; names are looked up again", filepath.Base(cannot.Path), cannot.Why()))
	}
	if err == nil {
		if err = n.open(); errors.Is(err, sqlite.ErrFull) {
			n.how = sqlite.Alone
			err = n.open()
		}
		if errors.Is(err, sqlite.ErrDamaged) {
			if err = aside(err); err == nil {
				err = n.open()
			}
		}
	}
	if err != nil {
		h.o.Log.Warn("names are kept in memory", "error", err)
		h.report.Refused = append(h.report.Refused, Refusal{File: filepath.Base(path), Err: err})
		n.path, n.how = sqlite.InMemory, sqlite.Usual
		_ = n.open() // or they are not kept at all: see try
	}
	opened = true
}

// try runs f. If the file turns out to be damaged, it is set aside and f runs once
// more, with an empty one: no query may fail for names, which can be looked up
// again. mu is held.
func (n *names) try(f func() error) error {
	if n.c == nil {
		return ErrClosed
	}
	err := f()
	if !errors.Is(err, sqlite.ErrDamaged) {
		return err
	}
	_ = n.c.Close() // of a damaged file
	n.c = nil
	n.cached.clear()
	n.forget()
	if err := n.aside(err); err != nil {
		return err
	}
	if err := n.open(); err != nil {
		return err
	}
	return f()
}

// open opens the file, which is made if there is none.
func (n *names) open() error {
	c, err := sqlite.Open(n.path, true, busyWriting, n.how)
	if err != nil {
		return err
	}
	err = func() error {
		have, err := sqlite.Version(c, namesID)
		if err != nil {
			return err
		}
		if known := namesMigrations(); have > len(known) {
			return sqlite.Newer(n.path, have, len(known))
		}
		if have == 0 { // it gives room back; see shrink
			if err := c.Exec("PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
				return err
			}
		}
		// NORMAL: no wait for the disk with every name. The log stays small, as the file.
		if err := c.Exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 250; PRAGMA journal_size_limit = 1048576"); err != nil {
			return err
		}
		if err := sqlite.Migrate(c, namesID, namesMigrations()); err != nil {
			return err
		}
		if n.set, err = c.Prepare(`INSERT INTO names (addr, name, first, last) VALUES (?1, ?2, ?3, ?3)
			ON CONFLICT (addr, name) DO UPDATE SET first = min(first, ?3), last = max(last, ?3)`); err != nil {
			return err
		}
		if n.count, err = c.Prepare("SELECT count(*) FROM names WHERE addr = ?"); err != nil {
			return err
		}
		if n.thin, err = c.Prepare(thinOut("addr = ?")); err != nil {
			return err
		}
		if n.find, err = c.Prepare("SELECT name, first, last FROM names WHERE addr = ? ORDER BY last DESC, name"); err != nil {
			return err
		}
		n.fetched, err = c.Prepare("SELECT addr, name FROM names WHERE addr IN (SELECT value FROM json_each(?)) ORDER BY addr, last, name DESC")
		return err
	}()
	if err != nil {
		c.Close()
		return err
	}
	n.c = c
	return nil
}

func (n *names) close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.c == nil {
		return nil
	}
	n.forget()
	err := n.c.Close()
	n.c = nil
	return err
}

// NameSeen is a name that reverse DNS gave to an address, and when it was given
// first and last, UTC.
type NameSeen struct {
	Name        string
	First, Last time.Time
}

// SetName remembers that an address had a name at a time. Queries know it at
// once, for events of any age whose router sent no name of its own; of several
// names the one seen last counts. An empty name is not remembered, and of very many
// only those that an address had first and last.
func (h *History) SetName(addr netip.Addr, name string, when time.Time) error {
	if !addr.IsValid() || name == "" {
		return nil
	}
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	n.change(addr) // also if it fails half way
	err := n.try(func() error { return n.keep(addr.String(), name, nanoseconds(when)) })
	if err != nil {
		return fmt.Errorf("remember a name: %w", err)
	}
	if n.how != sqlite.Usual {
		n.meet()
	}
	if n.added++; n.added == lookEvery {
		n.added = 0
		n.crowded()
	}
	// Not put: an older name than the one there does not win.
	delete(n.cached.young, addr)
	delete(n.cached.old, addr)
	return nil
}

// keep writes a name; mu is held.
func (n *names) keep(addr, name string, when int64) error {
	if _, err := n.set.Exec(addr, name, when); err != nil {
		return err
	}
	many := false
	err := n.count.Each(func(row sqlite.Row) error {
		many = row.Int(0) > firstNames+lastNames
		return nil
	}, addr)
	if err == nil && many {
		_, err = n.thin.Exec(addr)
	}
	return err
}

// meet opens the file as others can open it, too, now that there is room; mu is held.
func (n *names) meet() {
	_ = n.c.Close() // what was written is written
	n.c, n.how = nil, sqlite.Usual
	if n.open() != nil {
		n.how = sqlite.Alone
		_ = n.open() // see try
	}
}

// Name gives the name an address had last, "" if it never had one.
func (h *History) Name(addr netip.Addr) (string, error) {
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.name(addr)
}

// name is Name for a caller that holds mu.
func (n *names) name(addr netip.Addr) (string, error) {
	if name, ok := n.cached.get(addr); ok {
		return name, nil
	}
	name := ""
	err := n.try(func() error {
		return n.find.Each(func(row sqlite.Row) error {
			name = row.Text(0)
			return sqlite.ErrStop
		}, addr.String())
	})
	if err != nil {
		return "", fmt.Errorf("look up a name: %w", err)
	}
	n.cached.put(addr, name)
	return name, nil
}

// fill gives ends without a name the name of their address.
func (n *names) fill(events []capture.Event) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.try(func() error { return n.fetch(events) }); err != nil {
		return err
	}
	for i := range events {
		for _, end := range [...]*capture.Endpoint{&events[i].Src, &events[i].Dst} {
			if end.Name == "" && end.Addr.IsValid() {
				var err error
				if end.Name, err = n.name(end.Addr); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fetch reads the names of addresses that are not cached in one go: a query for
// each takes several times as long.
func (n *names) fetch(events []capture.Event) error {
	var addrs []byte // as JSON; addresses have nothing to escape but in their zone
	for i := range events {
		for _, end := range [...]*capture.Endpoint{&events[i].Src, &events[i].Dst} {
			if end.Name != "" || !end.Addr.IsValid() || end.Addr.Zone() != "" {
				continue
			}
			if _, ok := n.cached.get(end.Addr); !ok {
				addrs = append(end.Addr.AppendTo(append(addrs, ",\""...)), '"')
				n.cached.put(end.Addr, "")
			}
		}
	}
	if len(addrs) == 0 {
		return nil
	}
	addrs[0] = '['
	err := n.fetched.Each(func(row sqlite.Row) error {
		addr, err := netip.ParseAddr(row.Text(0))
		if err != nil {
			return sqlite.Damaged(n.path, "the address %q", row.Text(0))
		}
		n.cached.put(addr, row.Text(1)) // the one seen last comes last
		return nil
	}, string(append(addrs, ']')))
	if err != nil {
		n.cached.clear()
	}
	return err
}

// Names gives all names an address ever had, the one seen last first.
func (h *History) Names(addr netip.Addr) (all []NameSeen, err error) {
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	err = n.try(func() error {
		all = nil
		return n.find.Each(func(row sqlite.Row) error {
			all = append(all, NameSeen{row.Text(0), time.Unix(0, row.Int(1)).UTC(), time.Unix(0, row.Int(2)).UTC()})
			return nil
		}, addr.String())
	})
	return all, err
}

// forgetBefore drops names that were not seen since a time.
func (n *names) forgetBefore(t time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cached.clear()
	n.forget()
	return n.try(func() error { return n.c.Exec("DELETE FROM names WHERE last < ?", nanoseconds(t)) })
}
