package flow

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// v9 reads NetFlow version 9 (RFC 3954).
func (d *Decoder) v9(from netip.AddrPort, b []byte, f func(*Record)) {
	d.report.Version = 9
	if len(b) < headerV9 {
		d.report.Wrong[CutOff]++
		return
	}
	m := &d.message
	m.version, m.uptime, m.domain = 9, binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[16:])
	m.exported(int64(binary.BigEndian.Uint32(b[8:])) * int64(time.Second))
	s := d.source(from)
	c := s.session(from.Port(), d.used)
	if d.again(c, b) {
		return
	}
	all := uint32(binary.BigEndian.Uint16(b[2:])) // records, of templates too
	records, _, _ := d.sets(s, b[headerV9:], f)
	c.arrived(binary.BigEndian.Uint32(b[12:]), [ways]counted{{n: 1}, {n: records}, {n: records, after: true}, {n: all}}, true, int32(m.uptime), time.Minute/time.Millisecond, &d.report)
	c.tell(m.now, &d.report, 0)
}

// ipfix reads IPFIX (RFC 7011).
func (d *Decoder) ipfix(from netip.AddrPort, b []byte, f func(*Record)) {
	d.report.Version = 10
	if len(b) < headerIX {
		d.report.Wrong[CutOff]++
		return
	}
	switch length := int(binary.BigEndian.Uint16(b[2:])); {
	case length < headerIX:
		d.report.Wrong[BadLength]++
		return
	case length < len(b):
		d.report.Wrong[BadLength]++
		b = b[:length]
	case length > len(b):
		d.report.Wrong[CutOff]++
	}
	m := &d.message
	m.version, m.domain = 10, binary.BigEndian.Uint32(b[12:])
	secondsSince1970 := binary.BigEndian.Uint32(b[4:])
	m.exported(int64(secondsSince1970) * int64(time.Second))
	s := d.source(from)
	c := s.session(from.Port(), d.used)
	if d.again(c, b) {
		return
	}
	m.boot = s.boot
	records, others, whole := d.sets(s, b[headerIX:], f)
	flows := records - uint32(others)
	c.arrived(binary.BigEndian.Uint32(b[8:]), [ways]counted{{n: records}, {n: flows}, {n: flows, after: true}, {n: 1}}, whole, int32(secondsSince1970), time.Minute/time.Second, &d.report)
	c.tell(m.now, &d.report, 3)
}

// sets reads the sets of a message, and then what waited for the templates in it. records
// is how many records of data there are, others how many of them are no flows; whole is
// false if nobody can tell.
func (d *Decoder) sets(s *source, b []byte, f func(*Record)) (records uint32, others int, whole bool) {
	m := &d.message
	whole = true
	m.sampling = s.sampling
	ix := m.version == 10
	for len(b) >= header {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n < header {
			if id|uint16(n) != 0 { // else it is padding
				d.report.Wrong[BadLength]++
				whole = false
			}
			break
		}
		if n > len(b) { // the records before the cut are good
			if d.report.Wrong[CutOff] == 0 {
				d.report.Wrong[CutOff]++
			}
			whole, n = false, len(b)
			if id < firstData {
				break
			}
		}
		set := b[header:n]
		b = b[n:]
		switch {
		case id >= firstData:
			count, known := d.data(s, id, set, f)
			records += count
			whole = whole && known
		case id == 0 && !ix || id == 2 && ix:
			d.templates(s, set, false)
		case id == 1 && !ix || id == 3 && ix:
			d.templates(s, set, true)
		default:
			d.report.Wrong[BadSet]++
		}
	}
	others = d.report.Others
	// What waited is of earlier messages, whose records are not counted here.
	if s.learned {
		s.learned = false
		d.release(s, f)
	}
	return records, others, whole
}

// data reads a set of data; known is false if its number of records is not.
func (d *Decoder) data(s *source, id uint16, b []byte, f func(*Record)) (records uint32, known bool) {
	t := s.templates[id]
	switch {
	case t == nil:
		d.wait(s, id, b)
		return 0, false
	case t.refused:
		d.report.Wrong[Unreadable]++
		return 0, false
	}
	t.used = d.used
	return d.records(s, t, b, f)
}

// records reads records of one template.
func (d *Decoder) records(s *source, t *template, b []byte, f func(*Record)) (records uint32, known bool) {
	for len(b) >= t.size { // what remains is padding
		size := t.size
		if !t.flow && !t.options && !t.variable {
			records += uint32(len(b) / t.size)
			d.report.Others += len(b) / t.size
			return records, true
		}
		m := &d.message
		boot := m.boot
		timesFit := true
		d.record = Record{Received: m.received, Origin: m.origin, Domain: m.domain, Version: m.version, Sampling: m.sampling, Biflow: t.biflow, Total: t.total}
		if t.samples {
			d.sample = sample{}
		}
		if t.variable {
			if size, timesFit = d.variable(t, b); size < 0 {
				d.report.Wrong[BadLength]++
				return records, false
			}
		} else {
			for _, f := range t.fields {
				timesFit = d.field(f.kind, b[f.offset:][:f.length]) && timesFit
			}
		}
		b = b[size:]
		records++
		switch {
		case t.options:
			d.options(s, t)
			d.report.Others++
		case !t.flow:
			d.report.Others++
		default:
			if t.samples {
				d.sampled(s)
			}
			d.tell(f, timesFit)
		}
		if !t.options {
			m.boot = boot
		}
	}
	return records, true
}

// variable reads a record that has fields of variable length; size is less than 0 if one
// of them ends outside.
func (d *Decoder) variable(t *template, b []byte) (size int, timesFit bool) {
	at := 0
	timesFit = true
	for _, f := range t.fields {
		n := int(f.length)
		if n == variable {
			if at >= len(b) {
				return -1, false
			}
			n = int(b[at])
			at++
			if n == 255 {
				if at+2 > len(b) {
					return -1, false
				}
				n = int(binary.BigEndian.Uint16(b[at:]))
				at += 2
			}
		}
		if at+n > len(b) {
			return -1, false
		}
		if f.kind != ignored {
			timesFit = d.field(f.kind, b[at:at+n]) && timesFit
		}
		at += n
	}
	return at, timesFit
}

// options keeps what a record says about the exporter.
func (d *Decoder) options(s *source, t *template) {
	s.boot = d.message.boot
	rate := uint32(0)
	if t.samples {
		rate = d.sample.rate()
	}
	if rate == 0 {
		return
	}
	s.sampling, d.message.sampling = rate, rate
	if d.sample.named {
		if known := s.samplerRate(d.sample.sampler); known != nil {
			known.rate = rate
			return
		}
		s.samplers[s.sampler%len(s.samplers)] = samplerRate{d.sample.sampler, rate}
		s.sampler++
	}
}

// sampled finds the sampling of a flow that says something about it.
func (d *Decoder) sampled(s *source) {
	if rate := d.sample.rate(); rate != 0 {
		d.record.Sampling = rate
	} else if d.sample.named {
		if known := s.samplerRate(d.sample.sampler); known != nil {
			d.record.Sampling = known.rate
		}
	}
}
