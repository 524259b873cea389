package rows

import (
	"net/netip"
	"slices"

	"linklog/capture"
)

// maxTexts bounds the different texts and datagrams, in bytes: whoever sends many
// shall not fill the memory. Beyond it the datagram is not kept, which history has,
// and of a text only the beginning.
const (
	maxTexts = 64 << 20
	cutText  = 128
)

// dictionary has once what many events have in common, by id. Id 0 is the empty
// host and the empty text. Entries do not change but for the name of a host, and a
// Snapshot that knows the list is not to see that: see share.
type dictionary struct {
	hosts   []host
	hostIDs map[hostKey]uint32
	byAddr  map[netip.Addr]uint32 // the newest host with the address; host.more leads to the others
	named   map[Owner]string      // by SetName

	heads   []head
	headIDs map[head]uint32

	strings   []string
	stringIDs map[string]uint32
	bytes     int

	shared     bool   // a Snapshot knows hosts
	renamed    uint64 // how often a name was changed
	generation uint64 // how often ids were renumbered
	nextSweep  int    // the number of entries from which on compact has something to do
}

// Owner is an address while it is that of a device with a hardware address, zero: of nobody
// who is known by one.
type Owner struct {
	Addr netip.Addr
	MAC  capture.MAC
}

// host is one end of an attempt, but for its port.
type host struct {
	Owner
	name    string // as shown
	sent    string // as it came with the event
	renamed uint64 // when the name was changed last
	more    uint32 // another host with the same address; 0: none
}

type hostKey struct {
	Owner
	sent string
}

// head is what filters look at as filter.Head, and the reason.
type head struct {
	router  netip.Addr
	name    string // that the router has for itself
	kind    capture.Kind
	reason  capture.Reason
	dir     capture.Direction
	proto   capture.Protocol
	verdict capture.Verdict
	fresh   bool
}

const sweepFrom = 1 << 16

func (d *dictionary) reset() {
	d.hosts, d.heads, d.strings = []host{{}}, nil, []string{""}
	d.hostIDs = map[hostKey]uint32{{}: 0}
	d.byAddr = make(map[netip.Addr]uint32)
	d.headIDs = make(map[head]uint32)
	d.stringIDs = map[string]uint32{"": 0}
	d.bytes, d.shared, d.nextSweep = 0, false, sweepFrom
	if d.named == nil {
		d.named = make(map[Owner]string)
	}
}

func (d *dictionary) host(e *capture.Endpoint) uint32 {
	key := hostKey{Owner{e.Addr, e.MAC}, e.Name}
	if id, ok := d.hostIDs[key]; ok {
		return id
	}
	h := host{Owner: key.Owner, name: e.Name, sent: e.Name}
	if h.name == "" {
		h.name = d.named[key.Owner]
	}
	return d.addHost(key, h)
}

func (d *dictionary) addHost(key hostKey, h host) uint32 {
	id := uint32(len(d.hosts))
	if h.Addr.IsValid() {
		h.more = d.byAddr[h.Addr]
		d.byAddr[h.Addr] = id
	}
	d.hosts = append(d.hosts, h)
	d.hostIDs[key] = id
	return id
}

func (d *dictionary) head(ev *capture.Event) uint32 {
	h := head{ev.Router, ev.RouterName, ev.Kind, ev.Reason, ev.Dir, ev.Proto, ev.Verdict, ev.New}
	// Most events have the same as one before.
	if id, ok := d.headIDs[h]; ok {
		return id
	}
	id := uint32(len(d.heads))
	d.heads = append(d.heads, h)
	d.headIDs[h] = id
	return id
}

func (d *dictionary) texts(ev *capture.Event) (text, raw uint32) {
	t, r := ev.Text, ev.Raw
	if d.bytes+len(t)+len(r) > maxTexts {
		r = ""
		if len(t) > cutText {
			t = capture.Clean(t[:cutText])
		}
	}
	return d.text(t), d.text(r)
}

func (d *dictionary) text(s string) uint32 {
	if id, ok := d.stringIDs[s]; ok {
		return id
	}
	id := uint32(len(d.strings))
	d.strings = append(d.strings, s)
	d.stringIDs[s] = id
	d.bytes += len(s)
	return id
}

// SetName gives an address a name: to all its events that are here of this owner, whatever
// they came with, and to later ones that come without; unknown: also to those of which it was
// not known whose the address was, and whose it now is. It reports whether an event here
// changed.
func (s *Store) SetName(who Owner, unknown bool, name string) (changed bool) {
	d := &s.dict
	if !who.Addr.IsValid() {
		return false
	}
	if name == "" {
		delete(d.named, who)
	} else if d.named[who] != name {
		d.named[who] = name
	}
	for id := d.byAddr[who.Addr]; id != 0; id = d.hosts[id].more {
		h := &d.hosts[id]
		if h.MAC != who.MAC && !(unknown && h.MAC == (capture.MAC{})) || h.MAC == who.MAC && h.name == name {
			continue
		}
		if d.shared {
			d.hosts, d.shared = slices.Clone(d.hosts), false
		}
		if !changed {
			changed = true
			d.renamed++
		}
		h = &d.hosts[id] // of a copy, perhaps
		h.name, h.MAC, h.renamed = name, who.MAC, d.renamed
	}
	return changed
}

// clear forgets all but the names, after the last event is gone.
func (d *dictionary) clear() {
	d.reset()
	d.generation++
}

// compact renumbers ids if many no longer belong to an event: a program that runs
// for months meets many hosts. Chunks are copied for it, for a Snapshot may be
// reading them.
func (d *dictionary) compact(chunks []*chunk, first, next int64) {
	if len(d.hosts)+len(d.heads)+len(d.strings) < d.nextSweep {
		return
	}
	old := *d
	d.reset()
	d.generation++
	hosts, heads, texts := make([]uint32, len(old.hosts)), make([]uint32, len(old.heads)), make([]uint32, len(old.strings))
	moveHost := func(id uint32) uint32 {
		if id != 0 && hosts[id] == 0 {
			h := old.hosts[id]
			hosts[id] = d.addHost(hostKey{h.Owner, h.sent}, h)
		}
		return hosts[id]
	}
	moveText := func(id uint32) uint32 {
		if id != 0 && texts[id] == 0 {
			texts[id] = d.text(old.strings[id])
		}
		return texts[id]
	}
	for n, c := range chunks {
		moved := *c
		moved.columns = new(columns)
		*moved.columns = *c.columns
		base := first>>chunkBits<<chunkBits + int64(n)<<chunkBits
		for i := max(first-base, 0); i < min(next-base, chunkSize); i++ {
			moved.src[i], moved.dst[i] = moveHost(c.src[i]), moveHost(c.dst[i])
			id := c.head[i]
			if heads[id] == 0 { // 0 is unknown: ids are kept one higher here
				h := old.heads[id]
				d.headIDs[h] = uint32(len(d.heads))
				d.heads = append(d.heads, h)
				heads[id] = uint32(len(d.heads))
			}
			moved.head[i] = heads[id] - 1
		}
		moved.side = slices.Clone(c.side)
		for k := range moved.side {
			x := &moved.side[k]
			x.text, x.raw = moveText(x.text), moveText(x.raw)
		}
		chunks[n] = &moved
	}
	// Names of addresses without events could come back; those beyond a bound go.
	if len(d.named) > 4*len(d.byAddr)+sweepFrom {
		for who := range d.named {
			if _, here := d.byAddr[who.Addr]; !here {
				delete(d.named, who)
			}
		}
	}
	d.nextSweep = max(sweepFrom, 2*(len(d.hosts)+len(d.heads)+len(d.strings)))
}
