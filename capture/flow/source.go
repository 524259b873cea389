package flow

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"time"
)

const (
	// maxSources is how many parts of exporters are remembered; maxDomains, how many of
	// one address, so that it alone cannot push out all others.
	maxSources = 64
	maxDomains = 16

	// maxSamplers is how many ways of sampling a source may tell about.
	maxSamplers = 16

	// waitingBytes is how much data without a template is kept of one source, and
	// allWaiting of all; the set itself costs waitingSet beside.
	waitingBytes = 256 << 10
	allWaiting   = 1 << 20
	waitingSet   = 160

	// waitsFor is how long: the usual time after which templates are sent again is half
	// an hour.
	waitsFor = 31 * time.Minute

	sweepEvery = time.Minute
)

// key is who sent a datagram: templates are known to it alone.
type key struct {
	addr    netip.Addr
	domain  uint32
	version uint8
}

// source is a part of an exporter that has its own templates.
type source struct {
	key       key
	templates map[uint16]*template
	learned   bool // a template, in the datagram at hand
	sessions  [maxSessions]session
	used      uint64

	boot     int64  // milliseconds since 1970; 0: not told
	sampling uint32 // 0: not told
	samplers [maxSamplers]samplerRate
	sampler  int // which of them is replaced next

	waiting []waiting // the oldest first
	bytes   int       // of waiting
}

type samplerRate struct {
	id   uint64
	rate uint32 // 0: none
}

// samplerRate finds what was told about a sampler; nil: nothing.
func (s *source) samplerRate(id uint64) *samplerRate {
	for i := range s.samplers {
		if known := &s.samplers[i]; known.rate != 0 && known.id == id {
			return known
		}
	}
	return nil
}

// waiting is a set of data whose template is not known.
type waiting struct {
	message message
	id      uint16
	data    []byte
}

func (w *waiting) size() int { return len(w.data) + waitingSet }

// source finds who sent the message.
func (d *Decoder) source(from netip.AddrPort) *source {
	k := key{from.Addr().Unmap(), d.message.domain, d.message.version}
	d.used++
	s := d.last
	if s == nil || s.key != k {
		if s = d.sources[k]; s == nil {
			d.makeRoom(k.addr)
			s = &source{key: k, templates: make(map[uint16]*template)}
			d.sources[k] = s
		}
		d.last = s
	}
	s.used = d.used
	return s
}

// makeRoom forgets a source if there are too many: of the address, or of all.
func (d *Decoder) makeRoom(addr netip.Addr) {
	var ofAddr, ofAll *source
	n := 0
	for _, s := range d.sources {
		if ofAll == nil || s.used < ofAll.used {
			ofAll = s
		}
		if s.key.addr == addr {
			if n++; ofAddr == nil || s.used < ofAddr.used {
				ofAddr = s
			}
		}
	}
	oldest := ofAddr
	if n < maxDomains {
		if oldest = ofAll; len(d.sources) < maxSources {
			return
		}
	}
	for len(oldest.waiting) > 0 {
		d.giveUp(oldest)
	}
	delete(d.sources, oldest.key)
	if d.last == oldest {
		d.last = nil
	}
}

// wait keeps a set of data until its template comes.
func (d *Decoder) wait(s *source, id uint16, data []byte) {
	w := waiting{message: d.message, id: id, data: append([]byte(nil), data...)}
	for s.bytes+w.size() > waitingBytes && len(s.waiting) > 0 {
		d.giveUp(s)
	}
	for d.waiting+w.size() > allWaiting {
		most := s
		for _, o := range d.sources {
			if o.bytes > most.bytes {
				most = o
			}
		}
		d.giveUp(most)
	}
	s.waiting = append(s.waiting, w)
	s.bytes += w.size()
	d.waiting += w.size()
	d.report.Waiting++
}

// giveUp drops the set that waited longest.
func (d *Decoder) giveUp(s *source) {
	w := &s.waiting[0]
	s.bytes -= w.size()
	d.waiting -= w.size()
	*w = waiting{}
	if s.waiting = s.waiting[1:]; len(s.waiting) == 0 {
		s.waiting = nil
	}
	d.report.GivenUp++
}

// release reads what waited for a template that came.
func (d *Decoder) release(s *source, f func(*Record)) {
	if len(s.waiting) == 0 {
		return
	}
	now := d.message
	sets := s.waiting
	s.waiting = nil
	keep := sets[:0]
	for _, w := range sets {
		t := s.templates[w.id]
		if t == nil {
			keep = append(keep, w)
			continue
		}
		s.bytes -= w.size()
		d.waiting -= w.size()
		if t.refused {
			d.report.Wrong[Unreadable]++
			continue
		}
		d.message = w.message
		d.message.boot = cmp.Or(d.message.boot, s.boot)
		d.message.sampling = cmp.Or(d.message.sampling, s.sampling)
		t.used = d.used
		d.records(s, t, w.data, f)
	}
	d.message = now
	clear(sets[len(keep):])
	s.waiting = keep
}

// sweep gives up what waited too long. Nobody may send again, so it looks at all.
func (d *Decoder) sweep(now time.Time) {
	if since := now.Sub(d.swept); since >= 0 && since < sweepEvery {
		return
	}
	d.swept = now
	for _, s := range d.sources {
		for len(s.waiting) > 0 && now.Sub(s.waiting[0].message.received) > waitsFor {
			d.giveUp(s)
		}
	}
}

// again reports whether a datagram came before, not long ago.
func (d *Decoder) again(c *session, b []byte) bool {
	h := maphash.Bytes(d.hash, b)
	for _, known := range c.hashes {
		if known == h {
			d.report.Duplicate = true
			return true
		}
	}
	c.hashes[c.hashed%len(c.hashes)] = h
	c.hashed++
	return false
}
