package flow

import (
	"math"
	"math/bits"
	"net/netip"
	"time"

	"linklog/capture"
)

// Attempt is a connection, or the attempt to make one, as flows show it.
type Attempt struct {
	// Received is when the first of its flows was reported, Exporter by whom, and Origin the
	// number of its datagram, see Record.
	Received time.Time
	Exporter netip.Addr
	Origin   uint64

	// First is when it began; zero: not known.
	First time.Time

	// Src is who began. Guessed tells that nothing but the ports says so.
	Src, Dst netip.AddrPort
	Guessed  bool

	Proto capture.Protocol
	ICMP  uint16 // type<<8 | code

	// Dir is the way from or to home; 0: both ends are there, or none.
	Dir     capture.Direction
	Verdict capture.Verdict

	// Out is what went from Src to Dst, and Back what came back; of sampled flows, as
	// much as is likely.
	Out, Back capture.Volume

	// Sampling is how many packets passed for each that was counted; 0: nothing is told.
	Sampling uint32

	// Last is the highest Origin of its flows.
	Last uint64

	// ID tells it apart; see Stored.
	ID ID

	// More tells that it is no new one: Out and Back are to be added to those of the one that was
	// told before with the same ID, which has the same Src and Dst. Of is what Stored or Know
	// said of that; 0: nothing yet.
	More bool
	Of   uint64
}

// ID tells attempts apart, of one Attempts.
type ID struct{ key, number uint64 }

// Counts says what became of flows: each is in one number but for Records, which are all,
// and those that are still held.
type Counts struct {
	Records  uint64
	Attempts uint64 // first of an attempt
	Joined   uint64 // another flow of one: the other way, or reported again
	Copies   uint64 // of one that was seen elsewhere too: another interface, before or behind translation
}

const (
	// joins is how long after the last packet of an attempt the same ends are the same.
	joins = time.Minute

	// holds is how long the first flow of an attempt waits for the one the other way, and
	// for that of which it is a copy. Exporters report both at the same time as a rule.
	holds = 5 * time.Second

	// holdsLogged is how long an attempt waits if its exporter logs attempts, too: what it logs may
	// come later than the flow.
	holdsLogged = 10 * time.Second

	// maxHeld is how many wait: of more, the oldest wait no longer.
	maxHeld = 1024

	// sameStart is how far apart the beginnings of a flow and its translated copy may be.
	sameStart = time.Second
)

// Attempts makes attempts of flows. What it remembers has a fixed size: 16,384 pairs of
// ends, of more those that were reported last. It must be used by one goroutine at a time.
type Attempts struct {
	// Logs tells that the exporter of the flows to come logs attempts, too: each waits for its line.
	Logs bool

	home   func(netip.Addr) bool
	router func(netip.Addr) bool
	known  [4096][4]conversation
	held   [maxHeld]held
	oldest int        // in held
	n      int        // how many are held
	inside [1024]view // attempts of devices at home, by the end outside
	number uint64     // of the last attempt
	hashes
	counts Counts
}

// NewAttempts returns Attempts that have seen nothing. home tells the addresses of devices
// at home, router those that a router has outside.
func NewAttempts(home, router func(netip.Addr) bool) *Attempts {
	return &Attempts{home: home, router: router, hashes: newHashes()}
}

// conversation is what is known of the flows between two ends, of one protocol.
type conversation struct {
	key      uint64 // 0: none
	last     int64  // its last packet, in nanoseconds since 1970
	used     int64  // when it was reported last
	held     int32  // its place in held, from 1; 0: it was told
	srcFirst bool   // Src is the first of the two ends in their order
	copied   bool   // all its flows are copies
	by       [2]uint32
	totals   [2]capture.Volume // of flows that are reported with all since they began
	number   uint64            // of its attempt
	stored   uint64            // what Stored said of it
	upTo     uint64            // flows of datagrams up to this one are in what Know said
	told     [2]bool           // by Know: the totals of this way are not known
}

// held is an attempt that waits to be told.
type held struct {
	attempt Attempt
	first   [2]int64 // the first packet of each way; 0: not known
	syn     [2]bool  // it has the beginning of a TCP connection
	seen    [2]bool
	records uint64
	since   int64
	holds   time.Duration
	owner   *conversation // nil: the place is free
}

// view is an attempt of a device, which may come again with the router's address.
type view struct {
	key uint64
	at  int64
}

// Stored says as what an attempt was stored that was told; 0: it was not.
func (a *Attempts) Stored(id ID, as uint64) {
	if c := a.byID(id); c != nil {
		c.stored = as
	}
}

// Turn says that in truth the other end of an attempt began.
func (a *Attempts) Turn(t *Attempt) {
	if c := a.byID(t.ID); c != nil {
		c.srcFirst = !c.srcFirst
	}
	t.turn()
	t.Dir = a.direction(t)
}

// StoredAs is what Stored said of an attempt, 0 if it was forgotten.
func (a *Attempts) StoredAs(id ID) uint64 {
	if c := a.byID(id); c != nil {
		return c.stored
	}
	return 0
}

func (a *Attempts) byID(id ID) *conversation {
	if c := a.place(id.key); c.key == id.key && c.number == id.number {
		return c
	}
	return nil
}

// Know takes an attempt that an earlier process was told and stored, before any flow is added: what
// is reported of it from now on is more of it. Of datagrams up to its Last, all is in it.
func (a *Attempts) Know(t *Attempt, as uint64) {
	key, way := a.pair(t.Src, t.Dst, t.Proto)
	a.number++
	at := t.Received.UnixNano()
	*a.place(key) = conversation{key: key, number: a.number, last: at, used: at, srcFirst: way == 0, stored: as, upTo: t.Last, told: [2]bool{true, true}}
}

// Counts says what became of the flows so far.
func (a *Attempts) Counts() Counts { return a.counts }

// Add takes a flow of an exporter, and calls tell for each Attempt that is certain now,
// which may be another than that of the flow.
func (a *Attempts) Add(exporter netip.Addr, r *Record, tell func(*Attempt)) {
	a.Due(r.Received, tell)
	a.counts.Records++
	src, dst := a.inner(r.Src, r.PostSrc), a.inner(r.Dst, r.PostDst)
	key, way := a.pair(src, dst, r.Proto)
	c, is := a.find(key, r, tell)
	by := a.reporter(exporter, r)
	switch {
	case is && c.upTo != 0 && r.Origin <= c.upTo:
		a.counts.Joined++
		return
	case is && c.copied:
		a.counts.Copies++
		c.seen(r)
		return
	case is && c.by[way] != 0 && c.by[way] != by:
		a.counts.Copies++
		return
	case !is:
		a.number++
		*c = conversation{key: key, number: a.number}
		a.hold(c, exporter, r, src, dst, way, tell)
	default:
		a.counts.Joined++
		if c.held != 0 {
			a.held[c.held-1].records++
		}
	}
	c.seen(r)
	c.by[way] = by
	out, back := c.volume(way, r.Bytes, r.Packets, r), capture.Volume{}
	if r.Biflow {
		c.by[1-way] = by
		back = c.volume(1-way, r.Reverse.Bytes, r.Reverse.Packets, r)
	}
	if c.held == 0 {
		m := Attempt{Received: r.Received, Exporter: exporter, Origin: r.Origin, First: r.First, Src: src, Dst: dst, Proto: r.Proto, ICMP: r.ICMP, Verdict: verdict(r), Out: out, Back: back, Sampling: r.Sampling, Last: r.Origin, ID: ID{c.key, c.number}, Of: c.stored, More: true}
		if c.srcFirst != (way == 0) {
			m.turn()
		}
		m.Dir = a.direction(&m)
		tell(&m)
		return
	}
	h := &a.held[c.held-1]
	h.add(r, way, out, back)
	if h.whole(r) && !a.mayBeCopy(&h.attempt) && h.holds == holds {
		a.tell(h, tell)
	}
}

// Due tells what waited long enough. It is for those that have no flow to Add.
func (a *Attempts) Due(now time.Time, tell func(*Attempt)) {
	for a.n > 0 {
		if h := &a.held[a.oldest]; h.owner != nil {
			// What waited for a template is older, but a clock that was set back must not stop all.
			if since := now.UnixNano() - h.since; -int64(waitsFor) <= since && since < int64(h.holds) {
				return
			}
		}
		a.tellOldest(tell)
	}
}

// Oldest is the lowest Origin of those that wait; waits is false if none does.
func (a *Attempts) Oldest() (origin uint64, waits bool) {
	for i := range a.n {
		h := &a.held[(a.oldest+i)%maxHeld]
		if h.owner != nil && (!waits || h.attempt.Origin < origin) {
			origin, waits = h.attempt.Origin, true
		}
	}
	return origin, waits
}

// Flush tells all that waits.
func (a *Attempts) Flush(tell func(*Attempt)) {
	for a.n > 0 {
		a.tellOldest(tell)
	}
}

// tellOldest takes out what is held longest, and tells it if it was not told before its turn.
func (a *Attempts) tellOldest(tell func(*Attempt)) {
	if h := &a.held[a.oldest]; h.owner != nil {
		a.tell(h, tell)
	}
	a.oldest = (a.oldest + 1) % maxHeld
	a.n--
}

// inner is an end as devices know it: of its forms before and behind translation, the one
// at home.
func (a *Attempts) inner(end, post netip.AddrPort) netip.AddrPort {
	if post.Addr().IsValid() && a.home(post.Addr()) && !a.home(end.Addr()) {
		return post
	}
	return end
}

// find looks for what is known of two ends; is tells whether the flow belongs to it, else
// it is a place for it.
func (a *Attempts) find(key uint64, r *Record, tell func(*Attempt)) (c *conversation, is bool) {
	c = a.place(key)
	if c.key == key && first(r)-c.last <= int64(joins) {
		return c, true
	}
	if c.held != 0 {
		a.tell(&a.held[c.held-1], tell)
	}
	return c, false
}

// place is where what is known of two ends stands or, if nothing is, where it is to: there stands
// then what was used least lately of those that could, or nothing.
func (a *Attempts) place(key uint64) *conversation {
	set := &a.known[key>>32%uint64(len(a.known))]
	c := &set[0]
	for i := range set {
		k := &set[i]
		if k.key == key {
			return k
		}
		if k.used < c.used {
			c = k
		}
	}
	return c
}

// first is when the first packet passed, as well as it is known, and last the last.
func first(r *Record) int64 {
	if r.First.IsZero() {
		return r.Received.UnixNano()
	}
	return r.First.UnixNano()
}

func last(r *Record) int64 {
	if r.Last.IsZero() {
		return r.Received.UnixNano()
	}
	return r.Last.UnixNano()
}

func (c *conversation) seen(r *Record) {
	c.last, c.used = max(c.last, last(r)), r.Received.UnixNano()
}

// volume is what a flow adds to one way.
func (c *conversation) volume(way int, bytes, packets uint64, r *Record) capture.Volume {
	v := capture.Volume{Bytes: bytes, Packets: packets}
	if r.Total && c.told[way] { // how much of it is new cannot be known
		c.totals[way], c.told[way] = v, false
		return capture.Volume{}
	}
	if r.Total {
		before := c.totals[way]
		if c.totals[way] = v; before.Bytes <= v.Bytes && before.Packets <= v.Packets {
			v.Bytes -= before.Bytes
			v.Packets -= before.Packets
		}
	}
	return capture.Volume{Bytes: times(v.Bytes, r.Sampling), Packets: times(v.Packets, r.Sampling)}
}

func times(n uint64, sampling uint32) uint64 {
	high, low := bits.Mul64(n, uint64(max(sampling, 1)))
	if high != 0 {
		return math.MaxUint64
	}
	return low
}

// hold begins an attempt.
func (a *Attempts) hold(c *conversation, exporter netip.Addr, r *Record, src, dst netip.AddrPort, way int, tell func(*Attempt)) {
	if a.n == maxHeld {
		a.tellOldest(tell)
	}
	at := (a.oldest + a.n) % maxHeld
	a.n++
	a.held[at] = held{
		attempt: Attempt{Received: r.Received, Exporter: exporter, Origin: r.Origin, Src: src, Dst: dst, Proto: r.Proto, ICMP: r.ICMP, Guessed: true, ID: ID{c.key, c.number}},
		since:   r.Received.UnixNano(), holds: holds, owner: c, records: 1,
	}
	if a.Logs {
		a.held[at].holds = holdsLogged
	}
	c.held, c.srcFirst = int32(at+1), way == 0
	a.note(src, dst, r)
}

// add takes what a flow says.
func (h *held) add(r *Record, way int, out, back capture.Volume) {
	at := &h.attempt
	at.Last = max(at.Last, r.Origin)
	if (way == 0) != h.owner.srcFirst {
		out, back = back, out
	}
	at.Out.Add(out)
	at.Back.Add(back)
	at.Sampling = max(at.Sampling, r.Sampling)
	if v := verdict(r); v > at.Verdict { // what was blocked on one of its ways was so
		at.Verdict = v
	}
	note := func(way int, first time.Time, flags uint8) {
		h.seen[way] = true
		h.syn[way] = h.syn[way] || flags&tcpSYN != 0
		if !first.IsZero() && (h.first[way] == 0 || first.UnixNano() < h.first[way]) {
			h.first[way] = first.UnixNano()
		}
		if !first.IsZero() && (at.First.IsZero() || first.Before(at.First)) {
			at.First = first
		}
	}
	note(way, r.First, r.Flags)
	if r.Biflow {
		note(1-way, r.Reverse.First, r.Reverse.Flags)
	}
	if began := began(r); began != UnknownInitiator {
		h.begins((way == 0) == (began == SrcBegan), false)
		if began == SrcBegan {
			at.ICMP = r.ICMP
		}
	}
}

const (
	tcpSYN = 0x02
	tcpACK = 0x10
)

// began says who began if one flow alone shows it.
func began(r *Record) Initiator {
	switch {
	case r.Initiator == SrcBegan || r.Initiator == DstBegan:
		return r.Initiator
	case r.Biflow: // the way of the record is that of who began (RFC 5103, 4.3)
		return SrcBegan
	case r.Proto == capture.TCP && r.Flags&(tcpSYN|tcpACK) == tcpSYN: // nothing came back
		return SrcBegan
	case r.Proto == capture.ICMP && r.ICMP>>8 == 8, r.Proto == capture.ICMPv6 && r.ICMP>>8 == 128: // echo request
		return SrcBegan
	case r.Proto == capture.ICMPv6 && r.ICMP>>8 == 129: // its answer; of IPv4 that is 0, as what is not told
		return DstBegan
	}
	return UnknownInitiator
}

// begins says that the lower end began, or the higher.
func (h *held) begins(lower, guessed bool) {
	if h.owner.srcFirst != lower {
		h.attempt.turn()
		h.owner.srcFirst = lower
	}
	h.attempt.Guessed = guessed
}

// turn makes the other end the one that began.
func (t *Attempt) turn() {
	t.Src, t.Dst = t.Dst, t.Src
	t.Out, t.Back = t.Back, t.Out
}

// whole reports whether nothing that comes can tell more about who began.
func (h *held) whole(r *Record) bool { return !h.attempt.Guessed || h.seen[0] && h.seen[1] }

// tell tells an attempt that was held.
func (a *Attempts) tell(h *held, tell func(*Attempt)) {
	at, c := &h.attempt, h.owner
	if at.Guessed {
		h.judge(a.ours)
	}
	h.owner, c.held = nil, 0
	if a.mayBeCopy(at) && a.isCopy(at) {
		c.copied = true
		a.counts.Copies += h.records
		a.counts.Joined -= h.records - 1
		return
	}
	at.Dir = a.direction(at)
	a.counts.Attempts++
	tell(at)
}

// judge finds out who began, by what both ways show.
func (h *held) judge(ours func(netip.Addr) bool) {
	at := &h.attempt
	// Which packet was first says nothing where it is in an earlier report, or not sampled.
	fromStart := at.Proto != capture.TCP || h.syn[0] && h.syn[1]
	if fromStart && at.Sampling <= 1 && h.first[0] != 0 && h.first[1] != 0 && h.first[0] != h.first[1] {
		h.begins(h.first[0] < h.first[1], false)
		return
	}
	src, dst := at.Src.Port(), at.Dst.Port()
	if src < dst || src == dst && ours(at.Dst.Addr()) && !ours(at.Src.Addr()) {
		h.begins(!h.owner.srcFirst, true)
	}
}

// direction is the way from or to home.
func (a *Attempts) direction(t *Attempt) capture.Direction {
	src, dst := a.ours(t.Src.Addr()), a.ours(t.Dst.Addr())
	switch {
	case src && !dst:
		return capture.Out
	case dst && !src:
		return capture.In
	}
	return 0
}

func (a *Attempts) ours(addr netip.Addr) bool { return a.home(addr) || a.router(addr) }

func verdict(r *Record) capture.Verdict {
	switch {
	case r.Firewall == Denied, r.Forwarding.Status() == Dropped:
		return capture.Blocked
	case r.Firewall == Created, r.Firewall == Deleted, r.Firewall == Update, r.Forwarding.Status() == Forwarded:
		return capture.Allowed
	}
	return 0
}

// mayBeCopy reports whether an attempt may be that of a device at home with the router's
// address in place of its own. The one of the device can come later.
func (a *Attempts) mayBeCopy(t *Attempt) bool {
	return t.Src.Addr().Is4() && !a.home(t.Src.Addr()) && !a.home(t.Dst.Addr())
}

// isCopy reports whether a device at home has an attempt with one of the two ends, with the
// same protocol and beginning. Each of a device excuses one.
func (a *Attempts) isCopy(t *Attempt) bool {
	at := t.First
	if at.IsZero() {
		at = t.Received
	}
	for _, end := range [...]netip.AddrPort{t.Src, t.Dst} {
		key := a.end(end, t.Proto)
		for i := range uint64(4) {
			v := &a.inside[(key+i)%uint64(len(a.inside))]
			if v.key == key && time.Duration(at.UnixNano()-v.at).Abs() <= sameStart {
				*v = view{}
				return true
			}
		}
	}
	return false
}

// note remembers an attempt of a device at home with an end outside.
func (a *Attempts) note(src, dst netip.AddrPort, r *Record) {
	outer := dst
	switch home := a.home(src.Addr()); {
	case home == a.home(dst.Addr()) || !src.Addr().Is4():
		return
	case !home:
		outer = src
	}
	key := a.end(outer, r.Proto)
	oldest := &a.inside[key%uint64(len(a.inside))]
	for i := range uint64(4) {
		if v := &a.inside[(key+i)%uint64(len(a.inside))]; v.at < oldest.at {
			oldest = v
		}
	}
	*oldest = view{key, first(r)}
}

// reporter is a number for who counted, never 0.
func (a *Attempts) reporter(exporter netip.Addr, r *Record) uint32 {
	egress := uint64(0)
	if r.Egress {
		egress = 1 << 32
	}
	return uint32(a.mix(a.end(netip.AddrPortFrom(exporter, 0), 0), uint64(r.Domain)|egress)>>32) | 1
}
