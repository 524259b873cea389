package book

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// home is who is who in a household, as sightings and attempts tell it: in memory, without
// the hosts outside. It is used by one goroutine at a time.
type home struct {
	own        ownNetworks // those given, and learned
	given      ownNetworks
	learned    []netip.Prefix // of IPv6, the one that was learned last comes last
	learnedAt  time.Time
	answers    answers
	devices    devices
	holdings   holdings
	labels     map[Ref]string
	notes      map[Ref]string
	relabelled [][2]string // to be written: from which text of a Ref to which
	routers    []Router
	found      found // of the attempt that is taken in
	changed    bool  // there is something to write
	steady     func() time.Time
	log        *slog.Logger
}

// found is the device of an address that was just looked for, nil: there is none.
type found struct {
	at     netip.Addr
	device *device
}

func newHome(own []netip.Prefix, devices int, steady func() time.Time, log *slog.Logger) home {
	given := newOwnNetworks(own)
	return home{
		own: given, given: given, devices: newDevices(devices), labels: make(map[Ref]string), notes: make(map[Ref]string),
		steady: steady, log: log,
	}
}

// classify notes who is on an own network, after these have changed.
func (s *home) classify() {
	s.own = s.given.and(s.learned)
	for _, v := range s.devices.byID {
		v.foreign = !s.own.contains(v.addr)
	}
}

// Household is who is who in a household for those who show events and keep none: the names
// and directions that a Store gives to events, without hosts, labels and a file. It is used
// by one goroutine at a time.
type Household struct {
	home
	sighted bool
}

// NewHousehold returns a Household that knows nobody. own are the networks at home; none:
// DefaultOwnNetworks.
func NewHousehold(own []netip.Prefix) *Household {
	return &Household{home: newHome(own, defaultDevices, time.Now, slog.New(slog.DiscardHandler))}
}

// Then returns a Household of the same networks that knows nobody: for events of another time,
// whose names those of the present are not.
func (s *Store) Then() *Household {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := NewHousehold(nil)
	h.given, h.learned = s.given, slices.Clone(s.learned)
	h.classify()
	return h
}

// Sight takes in what a router's log says about who is who; see Store.Sight.
func (h *Household) Sight(x *capture.Sighting) {
	h.sighted, h.found = true, found{}
	h.sight(x)
	h.unmark()
}

// Knows reports whether an attempt's line can tell nothing about who is who that is not
// known: most are of devices whose hardware address was told, and is not in doubt. It is asked
// before Observe.
func (h *Household) Knows(ev *capture.Event) bool {
	h.found = found{}
	if ev.Kind != capture.Traffic || !ev.Src.Addr.Is4() {
		return false
	}
	if ev.Dir != capture.Out { // the hardware address is not one of a device at home
		return true
	}
	v := h.devices.byAddr[ev.Src.Addr]
	h.found = found{ev.Src.Addr, v}
	return v != nil && v.mac != (capture.MAC{}) && !v.rival.IsValid()
}

// Observe takes an event in: it adds the names that device and host have at that time, and
// the direction where only networks tell it. Events come in the order in which they
// happened. Before the first sighting there is nothing to add.
func (h *Household) Observe(ev *capture.Event) {
	if ev.Kind == capture.WAN {
		h.public(ev, ev.Dst.Addr)
	}
	if ev.Kind != capture.Traffic || !h.sighted {
		return
	}
	h.orient(ev)
	local := &ev.Dst
	if ev.Dir == capture.Out {
		local = &ev.Src
	}
	if local.Name == outerName {
		h.public(ev, local.Addr)
	}
	p := h.parties(ev)
	h.found = found{} // the next may be a different one
	if p.host != nil {
		h.nameHost(ev)
	}
	if p.device == nil {
		return
	}
	h.nameDevice(p)
	t := ev.Time.UnixNano()
	v := p.known
	if v == nil {
		v = h.newDevice(p.device.Addr, 0, t)
		h.unmark()
	}
	v.seen(p.device.Addr, t)
}

// Again looks once more for the name that the device asked for; see Store.Again.
func (h *Household) Again(ev *capture.Event) (waits bool) {
	if !h.awaitsAnswer(ev) {
		return false
	}
	h.nameHost(ev)
	return ev.Dst.Name == ""
}

// Asked is the name for which anyone asked when an event's host was the answer, for one
// that has no better name; "": there is none.
func (h *Household) Asked(ev *capture.Event) string {
	if !h.awaitsAnswer(ev) {
		return ""
	}
	return h.answers.anyone.name(ev.Dst.Addr, ev.Time)
}

// unmark forgets what a Store would write.
func (h *Household) unmark() {
	for _, v := range h.devices.dirty {
		v.dirty = false
	}
	h.devices.dirty = h.devices.dirty[:0]
	clear(h.holdings.dirty)
	h.holdings.all = false
}
