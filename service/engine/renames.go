package engine

import (
	"net/netip"
	"sync"

	"linklog/service/book"
	"linklog/service/health"
)

// Rename tells that an address has another name than it had, as far as that
// concerns events that were shown already: those of the device that has it, if that is known
// by its hardware address.
type Rename struct {
	book.Address
	Name string // "": it lost its name
}

// renames holds the latest renames for those who follow. Who is slower than that
// asks anew for the names of what he shows.
type renames struct {
	mu      sync.Mutex
	latest  []Rename // the one at position p is in latest[p%len]
	head    uint64   // positions given so far
	changed chan struct{}
}

// keptRenames is the number of renames a follower may lag behind.
const keptRenames = 4096

func newRenames() *renames {
	return &renames{latest: make([]Rename, keptRenames), changed: make(chan struct{})}
}

func (r *renames) add(c Rename) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latest[r.head%keptRenames] = c
	r.head++
	close(r.changed)
	r.changed = make(chan struct{})
}

// Renamed is the position behind the latest rename: where a follower begins.
func (e *Engine) Renamed() uint64 {
	e.renames.mu.Lock()
	defer e.renames.mu.Unlock()
	return e.renames.head
}

// Renames copies the renames from a position on to buf. missed tells that some
// are lost, next is the position to go on with, and changed is closed when there
// are more.
func (e *Engine) Renames(from uint64, buf []Rename) (n int, next uint64, missed bool, changed <-chan struct{}) {
	r := e.renames
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head-from > keptRenames { // also when from is of another life
		from, missed = max(r.head, keptRenames)-keptRenames, true
	}
	for n < len(buf) && from < r.head {
		buf[n] = r.latest[from%keptRenames]
		n, from = n+1, from+1
	}
	return n, from, missed, r.changed
}

// named takes what reverse DNS found.
func (e *Engine) named(addr netip.Addr, name string) {
	who := e.book.Addresses(book.ByAddr(addr))
	before := e.namesOf(who)
	known := e.book.SetDNSName(addr, name)
	e.renamed(who, before)
	if known { // else it was forgotten after DNS was asked
		e.health.Check(health.NamesUnwritten, e.history.SetName(addr, name, e.clock.Calm()))
	}
}

// namesOf are the names of addresses.
func (e *Engine) namesOf(list []book.Address) []string {
	names := make([]string, len(list))
	for i, a := range list {
		_, names[i] = e.book.DeviceOf(a.Addr, a.MAC)
	}
	return names
}

// renamed tells followers of the addresses that have other names than before.
func (e *Engine) renamed(list []book.Address, before []string) {
	for i, name := range e.namesOf(list) {
		if name != before[i] {
			e.renames.add(Rename{list[i], name})
		}
	}
}

// SetLabel gives a host or a device a name of the user's own, which wins over all
// others; "" takes it away. Followers are told.
func (e *Engine) SetLabel(r book.Ref, label string) error {
	who := e.book.Addresses(r)
	before := e.namesOf(who)
	if err := e.book.SetLabel(r, label); err != nil {
		return err
	}
	e.renamed(who, before)
	return nil
}
