package history

import (
	"context"
	"math"
	"net/netip"
	"time"

	"linklog/service/sqlite"
)

// keptNames are all names as they were read from the file: to read half a million takes a
// second, and whoever types a search text asks with each key. They are read a part at a time: who does not
// want to know any more leaves the rest to the next.
type keptNames struct {
	list    []named
	last    string // the address as it is in the file up to which they were read
	whole   bool
	changed map[netip.Addr]bool // since they were read: these are looked up
	unused  *time.Timer
}

type named struct {
	addr netip.Addr
	name string
}

// How long names stay in memory after they were asked for, how many may change until they
// are read anew, and how many are read at a time, or a few more.
const (
	keepNames  = time.Minute
	maxChanged = 10_000
	namesPart  = 4096
)

// each calls f with every address and the name it had last. f must be quick
// and must not ask for names.
func (n *names) each(ctx context.Context, f func(addr netip.Addr, name string) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if whole, err := n.part(f); whole || err != nil {
			return err
		}
	}
}

// part reads a part of the names, or calls f with all, once they are there.
func (n *names) part(f func(addr netip.Addr, name string) error) (whole bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kept
	if k == nil {
		k = &keptNames{changed: make(map[netip.Addr]bool)}
		k.unused = time.AfterFunc(keepNames, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.kept == k {
				n.kept = nil
			}
		})
		n.kept = k
	}
	k.unused.Reset(keepNames)
	if !k.whole {
		if err := n.try(func() error { return n.read(k) }); err != nil {
			n.forget()
			return false, err
		}
		return false, nil
	}
	for i := range k.list {
		if a := &k.list[i]; !k.changed[a.addr] {
			if err := f(a.addr, a.name); err != nil {
				return false, err
			}
		}
	}
	for a := range k.changed {
		name, err := n.name(a)
		if err == nil && name != "" {
			err = f(a, name)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// read reads a part of the names. mu is held.
func (n *names) read(k *keptNames) error {
	if n.kept != k { // the file was damaged, and another is there
		return nil
	}
	rows, name, seen := 0, "", int64(math.MinInt64)
	flush := func() error {
		if name == "" {
			return nil
		}
		addr, err := netip.ParseAddr(k.last)
		if err != nil {
			return sqlite.Damaged(n.path, "the address %q", k.last)
		}
		k.list = append(k.list, named{addr, name})
		return nil
	}
	whole := true
	err := n.c.Each(func(row sqlite.Row) error {
		if a := row.Text(0); a != k.last {
			if err := flush(); err != nil {
				return err
			}
			name = ""
			if rows >= namesPart {
				whole = false
				return sqlite.ErrStop
			}
			k.last, seen = a, math.MinInt64
		}
		// Of names seen last at the same time the first by name, as in Name.
		if t := row.Int(2); name == "" || t > seen {
			name, seen = row.Text(1), t
		}
		rows++
		return nil
	}, "SELECT addr, name, last FROM names WHERE addr > ? ORDER BY addr, name", k.last)
	if err == nil {
		err = flush()
	}
	k.whole = err == nil && whole
	return err
}

// change notes that an address may have another name than was read. mu is held.
func (n *names) change(addr netip.Addr) {
	if n.kept == nil {
		return
	}
	if n.kept.changed[addr] = true; len(n.kept.changed) > maxChanged {
		n.forget()
	}
}

// forget lets all names be read anew. mu is held.
func (n *names) forget() {
	if n.kept != nil {
		n.kept.unused.Stop()
		n.kept = nil
	}
}
