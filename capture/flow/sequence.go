package flow

import "time"

const (
	// maxSessions is how many ports of an address count on their own: exporters that share
	// an address and a domain. One that was started anew has a new port as a rule.
	maxSessions = 4

	// maxGaps is how many runs of missing numbers are waited for.
	maxGaps = 8

	// reorderedWithin is how long a datagram may be overtaken before it is missing.
	reorderedWithin = int64(2 * time.Second)

	// maxMissing is how many may be missing at once: more is no number to believe.
	maxMissing = 1 << 24

	// maxLate is how many late datagrams may follow on each other until the exporter is
	// taken to count anew.
	maxLate = 8
)

// session is what one port of an exporter sends. Its datagrams are numbered: NetFlow 5
// counts the flows before them, NetFlow 9 datagrams, IPFIX records of data. The numbers
// begin again at 0 after 1<<32.
type session struct {
	port    uint16
	begun   bool
	used    uint64
	next    [3]uint32 // the number expected: as it should be, and by what some exporters count in its place
	way     uint8     // which of them came true
	unknown bool      // how many records the last datagram had
	clock   int32     // of the exporter, in the newest datagram: uptime, or time in seconds
	late    int       // datagrams, in a row
	gaps    [maxGaps]gap
	gapped  int    // how many gaps there are
	missing uint64 // what is to be told
	hashes  [16]uint64
	hashed  int
}

// gap is a run of numbers that did not come yet.
type gap struct {
	from, n uint32
	seen    int64 // when it was, in nanoseconds since 1970
}

// session finds that of a port.
func (s *source) session(port uint16, now uint64) *session {
	oldest := &s.sessions[0]
	for i := range s.sessions {
		c := &s.sessions[i]
		if c.used != 0 && c.port == port {
			c.used = now
			return c
		}
		if c.used < oldest.used {
			oldest = c
		}
	}
	*oldest = session{port: port, used: now}
	return oldest
}

// arrival is where a datagram stands among the others.
type arrival struct {
	sequence uint32
	late     bool
}

// arrived compares the number of a datagram with those of earlier ones. clock is the
// exporter's, and restart by how much it falls only when the exporter is started anew or
// its clock is set.
func (c *session) arrived(sequence uint32, clock int32, restart time.Duration, r *Report) arrival {
	a := arrival{sequence: sequence}
	fell := c.clock-clock > int32(restart)
	ahead := int32(sequence - c.next[c.way])
	switch {
	case !c.begun:
		c.begun = true
	case ahead == 0:
	case c.otherWay(sequence):
	case ahead < 0 && c.inGap(sequence):
		a.late = true
	case ahead < 0 && !fell && clock-c.clock <= 0 && c.late < maxLate:
		a.late = true
	case ahead < 0, ahead > maxMissing, fell:
		c.restart(r)
	case c.unknown: // of the last datagram's own records nobody knows the number
	default:
		c.missed(gap{c.next[c.way], uint32(ahead), 0})
	}
	if a.late {
		c.late++
		r.Late = true
		return a
	}
	c.late, c.clock = 0, clock
	return a
}

// otherWay finds out whether the exporter counts something else than it seemed to.
func (c *session) otherWay(sequence uint32) bool {
	for way, next := range c.next {
		if sequence == next {
			c.way = uint8(way)
			return true
		}
	}
	return false
}

// restart forgets what was expected; what is missing until here is.
func (c *session) restart(r *Report) {
	for c.gapped > 0 {
		c.told(0)
	}
	c.way = 0
	r.Restarted = true
}

// missed remembers a gap; of too many, the oldest is waited for no longer.
func (c *session) missed(g gap) {
	if c.gapped == maxGaps {
		c.told(0)
	}
	c.gaps[c.gapped] = g
	c.gapped++
}

// told makes a gap one that is to be told.
func (c *session) told(i int) {
	c.missing += uint64(c.gaps[i].n)
	c.remove(i)
}

func (c *session) remove(i int) {
	copy(c.gaps[i:], c.gaps[i+1:c.gapped])
	c.gapped--
}

func (c *session) inGap(sequence uint32) bool {
	for _, g := range c.gaps[:c.gapped] {
		if sequence-g.from < g.n {
			return true
		}
	}
	return false
}

// advance says how many numbers a datagram took, counted in three ways, the right one
// first. If it is not known, the number of the next one is believed.
func (c *session) advance(a arrival, known bool, counts [3]uint32) {
	if a.late {
		c.fill(a.sequence, max(counts[c.way], 1))
		return
	}
	c.unknown = !known
	for i, n := range counts {
		c.next[i] = a.sequence + n
	}
}

// fill takes the numbers of a late datagram out of the gap they are in.
func (c *session) fill(sequence, n uint32) {
	for i := range c.gaps[:c.gapped] {
		g := &c.gaps[i]
		before := sequence - g.from
		if before >= g.n {
			continue
		}
		n = min(n, g.n-before)
		after := gap{sequence + n, g.n - before - n, g.seen}
		switch {
		case before == 0 && after.n == 0:
			c.remove(i)
		case before == 0:
			*g = after
		default:
			g.n = before
			if after.n > 0 {
				c.missed(after)
			}
		}
		return
	}
}

// tell reports what is missing for certain. datagrams is the way in which those are counted.
func (c *session) tell(now int64, r *Report, datagrams uint8) {
	for i := 0; i < c.gapped; {
		g := &c.gaps[i]
		if g.seen == 0 {
			g.seen = now
		}
		if since := now - g.seen; since > reorderedWithin || since < 0 {
			c.told(i)
			continue
		}
		i++
	}
	if c.way != datagrams {
		r.MissingFlows += c.missing
	} else {
		r.MissingPackets += c.missing
	}
	c.missing = 0
}
