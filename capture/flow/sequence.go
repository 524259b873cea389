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
// counts the flows before them, NetFlow 9 datagrams, IPFIX records of data. Some exporters
// do it otherwise: softflowd's IPFIX counts flows, with those of the datagram itself. Which
// way it is, shows. The numbers begin again at 0 after 1<<32.
type session struct {
	port    uint16
	begun   bool
	used    uint64
	next    [ways]uint32 // the number expected, in each way of counting
	way     uint8        // the one that seems right
	other   [ways]uint8  // how often another was right and it was wrong, and never the reverse
	unknown bool         // how many records the last datagram had
	clock   int32        // of the exporter, in the newest datagram: uptime, or time in seconds
	late    int          // datagrams, in a row
	gaps    [maxGaps]gap
	gapped  int    // how many gaps there are
	missing uint64 // what is to be told
	hashes  [16]uint64
	hashed  int
}

const (
	ways = 4 // of counting

	// enough is how often another way of counting must be right, and the one that seemed
	// so wrong, until it is taken for that of the exporter. Once is chance, and until it is
	// known nothing is told to be missing.
	enough = 3
)

// counted is how many numbers a datagram took, in one way of counting.
type counted struct {
	n     uint32
	after bool // they are in its own number already
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

// arrived compares the number of a datagram with those of earlier ones. counts is how many
// numbers it took, the way that is right first; known is false if nobody knows how many
// records it has. clock is the exporter's, and restart by how much it falls only when the
// exporter is started anew or its clock is set.
func (c *session) arrived(sequence uint32, counts [ways]counted, known bool, clock int32, restart time.Duration, r *Report) {
	var start [ways]uint32
	var agrees [ways]bool
	inOrder := !c.begun
	for w, count := range counts {
		start[w] = sequence
		if count.after {
			start[w] -= count.n
		}
		agrees[w] = c.begun && !c.unknown && (known || !count.after) && start[w] == c.next[w]
		inOrder = inOrder || agrees[w]
	}
	fell := c.clock-clock > int32(restart)
	ahead := int32(start[c.way] - c.next[c.way])
	unsure := c.unknown || !known && counts[c.way].after
	switch {
	case !c.begun:
		c.begun = true
	case agrees[c.way]:
	case ahead < 0 && !inOrder && (c.inGap(start[c.way]) || !fell && clock-c.clock <= 0 && c.late < maxLate):
		c.late++
		r.Late = true
		if c.inGap(start[c.way]) {
			c.other = [ways]uint8{} // that it was missing was right
		}
		c.fill(start[c.way], max(counts[c.way].n, 1))
		return
	case !inOrder && (ahead < 0 || ahead > maxMissing || fell):
		c.restart(r)
	case !unsure && ahead > 0 && ahead <= maxMissing:
		c.missed(gap{c.next[c.way], uint32(ahead), 0})
	}
	for w, count := range counts {
		if !unsure {
			c.compare(uint8(w), agrees[c.way], agrees[w])
		}
		c.next[w] = start[w] + count.n
	}
	c.late, c.clock, c.unknown = 0, clock, !known
}

// compare takes note of whether the way of counting that seemed right, and another, were so.
func (c *session) compare(other uint8, right, otherRight bool) {
	switch {
	case !otherRight:
		c.other[other] = 0
	case !right:
		c.other[other]++
	}
	if c.other[other] == enough {
		// What was missing was so by the wrong way.
		c.way, c.other, c.gapped, c.missing = other, [ways]uint8{}, 0, 0
	}
}

// restart forgets what was expected; what is missing until here is.
func (c *session) restart(r *Report) {
	for c.gapped > 0 {
		c.told(0)
	}
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
	if c.other != [ways]uint8{} {
		return
	}
	if c.way != datagrams {
		r.MissingFlows += c.missing
	} else {
		r.MissingPackets += c.missing
	}
	c.missing = 0
}
