package history

import (
	"net/netip"
	"time"
)

// keptNames are all names as they were read from the file: to read half a million takes a
// second, and whoever types a search text asks with each key.
type keptNames struct {
	list    []named
	changed map[netip.Addr]bool // since they were read: these are looked up
	unused  *time.Timer
}

type named struct {
	addr netip.Addr
	name string
}

// How long names stay in memory after they were asked for, and how many may change until they
// are read anew.
const (
	keepNames  = time.Minute
	maxChanged = 10_000
)

// each calls f with every address and the name it had last. f must be quick
// and must not ask for names; it gets an address again if the file is damaged.
func (n *names) each(f func(addr netip.Addr, name string) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kept
	if k == nil {
		k = &keptNames{changed: make(map[netip.Addr]bool)}
		if err := n.try(func() error {
			k.list = k.list[:0]
			return n.all(func(addr netip.Addr, name string) error {
				k.list = append(k.list, named{addr, name})
				return nil
			})
		}); err != nil {
			return err
		}
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
	for i := range k.list {
		if a := &k.list[i]; !k.changed[a.addr] {
			if err := f(a.addr, a.name); err != nil {
				return err
			}
		}
	}
	for a := range k.changed {
		name, err := n.name(a)
		if err == nil && name != "" {
			err = f(a, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
