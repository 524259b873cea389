package history

import (
	"math"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/filter"
)

// holder is who had an address from a time on, as Names says.
type holder struct {
	since int64 // ns since 1970
	mac   capture.MAC
	name  string
	wins  bool
}

// holdersOf reads who had the addresses of devices when.
func holdersOf(names Names) map[netip.Addr][]holder {
	all := make(map[netip.Addr][]holder)
	if names != nil {
		names.EachHolder(func(addr netip.Addr, since int64, mac capture.MAC, name string, wins bool) {
			all[addr] = append(all[addr], holder{since, mac, name, wins})
		})
	}
	return all
}

// nameOf is what a host of a dictionary is called while somebody has its address; only: nobody
// else ever had it.
func (w *holder) nameOf(s *search, h host, only bool) string {
	switch {
	case w.wins || w.name != "" && h.name == "":
		return w.name
	case h.name == "" && only:
		return s.learned[h.addr]
	}
	return h.name
}

// parted is a host of a dictionary that a condition says different things about, by the
// time, as its address changed hands.
type parted struct {
	id    uint32
	parts []part
}

// part is a verdict from a time on.
type part struct {
	since   int64
	verdict filter.Verdict
}

// tryHolders asks the conditions in places for their verdicts on a host that others had before.
func (s *search) tryHolders(p *plan, places []place, id uint32, h host, who []holder) {
	var ev capture.Event
	for _, at := range places {
		l := &p.conditions[at.condition].looks[at.look]
		var parts []part
		for i := range who {
			w := &who[i]
			ev.Src = capture.Endpoint{Addr: h.addr, MAC: w.mac, Name: w.nameOf(s, h, len(who) == 1)}
			ev.Dst = ev.Src
			v := s.conditions[at.condition].Verdict(at.part, &ev)
			if n := len(parts); n == 0 || parts[n-1].verdict != v {
				parts = append(parts, part{w.since, v})
			}
		}
		if len(parts) == 1 {
			l.add(id, parts[0].verdict)
			continue
		}
		l.parted = append(l.parted, parted{id, parts})
		for _, of := range parts {
			if of.verdict&filter.Wanted != 0 {
				l.sometimes.add(id)
			}
		}
	}
}

// at is the place of the part that a time is in.
func (h *parted) at(t int64) int {
	for i := len(h.parts) - 1; i > 0; i-- {
		if h.parts[i].since <= t {
			return i
		}
	}
	return 0
}

// testParted marks the slots of hosts about which a look says different things by the time.
// Nearly always a block is from a time in which it says one.
func (s *search) testParted(r *reader, l *look, b *block, m, wanted, not *bitmap) error {
	column, err := s.column(r, b, l.column)
	if err != nil {
		return err
	}
	var found [2]bitset // by the time of the whole block
	var doubtful bitset
	for i := range l.parted {
		h := &l.parted[i]
		first := h.at(b.start)
		if first != h.at(b.end) {
			doubtful.add(h.id)
			continue
		}
		v := h.parts[first].verdict
		if v&filter.Wanted != 0 {
			found[0].add(h.id)
		}
		if v&filter.Excluded != 0 {
			found[1].add(h.id)
		}
	}
	wanted.mark(column, &found[0])
	not.mark(column, &found[1])
	if doubtful.empty() {
		return nil
	}
	var some bitmap
	some.mark(column, &doubtful)
	some.and(m)
	slots := some.list()
	times, err := timesOf(r, b, slots)
	if err != nil {
		return err
	}
	for i, slot := range slots {
		for k := range l.parted {
			h := &l.parted[k]
			if h.id != column[slot] {
				continue
			}
			v := h.parts[h.at(times[i])].verdict
			if v&filter.Wanted != 0 {
				wanted[slot>>6] |= 1 << (slot & 63)
			}
			if v&filter.Excluded != 0 {
				not[slot>>6] |= 1 << (slot & 63)
			}
		}
	}
	return nil
}

// timesOf reads the times of the rows in slots of a block.
func timesOf(r *reader, b *block, slots []int) ([]int64, error) {
	seqs, times, all := make([]uint64, len(slots)), make([]time.Time, len(slots)), make([]int64, len(slots))
	for i, slot := range slots {
		seqs[i] = b.base + uint64(slot)
	}
	err := r.times(seqs, times)
	for i, t := range times {
		if all[i] = math.MinInt64; !t.IsZero() {
			all[i] = t.UnixNano()
		}
	}
	return all, err
}

// owners tells the devices apart that hosts of a segment were at different times.
type owners struct {
	holders map[netip.Addr][]holder
	of      map[uint32]owned // the hosts that were several, by id
	most    uint32           // the highest id that was looked at
}

// owned is a host with those it was.
type owned struct {
	host
	who []holder
}

// An id of a host that was several has the place of the one it was, plus one, above these bits.
// There are at most 32 of them, and no file has so many hosts.
const (
	ownerShift = 27
	hostMask   = 1<<ownerShift - 1
	maxOwners  = 1<<(32-ownerShift) - 1
)

// several reports whether an address was that of different ones.
func several(who []holder) bool { return len(who) > 1 && len(who) <= maxOwners }

// learn finds the hosts of a segment that were several.
func (o *owners) learn(r *reader) error {
	o.of, o.most = make(map[uint32]owned), 0
	return r.eachHost(1, func(id uint32, h host) error {
		if who := o.holders[h.addr]; several(who) && id <= hostMask {
			o.of[id] = owned{h, who}
		}
		o.most = id
		return nil
	})
}

// any reports whether one of the addresses was that of several.
func (o *owners) any() bool {
	for _, who := range o.holders {
		if several(who) {
			return true
		}
	}
	return false
}

// mark notes in the ids of columns of a block whose a host was at the time of a match.
func (o *owners) mark(r *reader, b *block, m *bitmap, columns ...[]uint32) ([][]uint32, error) {
	var ids bitset
	for id := range o.of {
		ids.add(id)
	}
	var some bitmap
	for _, column := range columns {
		some.mark(column, &ids)
	}
	some.and(m)
	slots := some.list()
	if len(slots) == 0 {
		return columns, nil
	}
	var times []int64
	marked := make([][]uint32, len(columns))
	for i, column := range columns {
		marked[i] = append([]uint32(nil), column...)
	}
	for i, slot := range slots {
		for _, column := range marked {
			if len(column) == 0 {
				continue
			}
			id := column[slot]
			of, is := o.of[id]
			if !is {
				continue
			}
			at := holderAt(of.who, b.start)
			if at != holderAt(of.who, b.end) {
				if times == nil {
					var err error
					if times, err = timesOf(r, b, slots); err != nil {
						return nil, err
					}
				}
				at = holderAt(of.who, times[i])
			}
			column[slot] = id | uint32(at+1)<<ownerShift
		}
	}
	return marked, nil
}

// holderAt is the place of who had an address at a time.
func holderAt(who []holder, t int64) int {
	for i := len(who) - 1; i > 0; i-- {
		if who[i].since <= t {
			return i
		}
	}
	return 0
}
