package flow

import (
	"encoding/binary"
	"slices"
)

const (
	// maxFields is how many fields a template may have. Of those seen, none had half.
	maxFields = 128

	// maxTemplates is how many templates a part of an exporter may have.
	maxTemplates = 64

	firstData = 256 // the lowest number of a template, and of a set of data
)

// template says what a record is made of.
type template struct {
	fields   []field // those we read; of records of variable length all
	size     int     // of a record; of variable length, the least
	variable bool    // records have fields whose length they say themselves
	refused  bool    // its records cannot be read
	options  bool    // its records are about the exporter
	flow     bool    // its records have both addresses
	samples  bool    // its records say something about sampling
	biflow   bool    // its records have both ways
	total    bool    // they have totals
	used     uint64  // when data came for it, see Decoder.used; 0: never
	told     uint64  // when it came last
	raw      []byte  // as it came
}

// same reports whether two templates say the same.
func (t *template) same(o *template) bool {
	return t.size == o.size && t.variable == o.variable && t.refused == o.refused && t.options == o.options && t.total == o.total && t.biflow == o.biflow && slices.Equal(t.fields, o.fields)
}

// templates reads a set of templates: of IPFIX or NetFlow 9, of flows or options.
func (d *Decoder) templates(s *source, b []byte, options bool) {
	ix := d.message.version == 10
	head := header
	if options {
		head = 6
	}
	for len(b) >= header {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		switch {
		case ix && n == 0 && id >= firstData:
			d.withdraw(s, id)
			b = b[header:]
			continue
		case ix && n == 0 && (id == 2 || id == 3):
			d.withdrawAll(s, id == 3)
			b = b[header:]
			continue
		case id == 0: // padding
			return
		case len(b) < head:
			d.report.Wrong[CutOff]++
			return
		case id < firstData:
			d.report.Wrong[BadTemplate]++
			return
		}
		scope := 0
		if options {
			if scope = int(binary.BigEndian.Uint16(b[4:])); !ix { // lengths in bytes: of the scope, of the rest
				scope, n = n, n+scope
				if n%4 != 0 || scope%4 != 0 {
					d.report.Wrong[BadTemplate]++
					return
				}
				scope, n = scope/4, n/4
			} else if scope > n {
				d.report.Wrong[BadTemplate]++
				return
			}
		}
		t := template{options: options}
		begin := b
		rest, ok := d.template(&t, b[head:], n, scope)
		if !ok {
			d.report.Wrong[CutOff]++
			return
		}
		b = rest
		t.raw = begin[:len(begin)-len(rest)]
		if t.refused {
			d.report.Wrong[BadTemplate]++
		}
		d.learn(s, id, &t)
	}
}

// template reads the n fields of a template, the first of which are its scope.
func (d *Decoder) template(t *template, b []byte, n, scope int) (rest []byte, ok bool) {
	version := d.message.version
	fields := d.fields[:0]
	var chosen [kinds]uint8 // by what is said: which of fields says it, from 1
	known := [kinds]bool{}
	for i := range n {
		if len(b) < header {
			return nil, false
		}
		element, length, enterprise := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), uint32(0)
		b = b[header:]
		if version == 10 && element&0x8000 != 0 {
			if len(b) < 4 {
				return nil, false
			}
			element, enterprise, b = element&0x7fff, binary.BigEndian.Uint32(b), b[4:]
		}
		if i >= maxFields {
			continue
		}
		f := field{kindOf(enterprise, element, length), uint16(min(t.size, variable)), length}
		switch {
		case version == 10 && length == variable:
			f.kind, t.variable = ignored, true // what we read has a length
			t.size++
		default:
			t.size += int(length)
		}
		if version == 9 && i < scope { // these are numbered apart
			f.kind = ignored
		}
		if f.kind != ignored {
			if at := chosen[f.kind.says()]; at == 0 || f.kind.better(fields[at-1].kind, version) {
				if at != 0 {
					known[fields[at-1].kind] = false
					fields[at-1].kind = ignored
				}
				chosen[f.kind.says()] = uint8(len(fields) + 1)
				known[f.kind] = true
			} else {
				f.kind = ignored
			}
		}
		fields = append(fields, f)
	}
	t.refused = n == 0 || n > maxFields || t.size == 0 || t.size > 0xffff
	if t.refused {
		t.variable, t.size = false, 0
		return b, true
	}
	if !t.variable {
		fields = slices.DeleteFunc(fields, func(f field) bool { return f.kind == ignored })
		slices.SortStableFunc(fields, func(a, b field) int { // when it was started is needed to read times
			return before(b) - before(a)
		})
	}
	t.fields = fields
	t.flow = !t.options && (known[src4] || known[src6]) && (known[dst4] || known[dst6])
	t.samples = known[interval] || known[sampler] || known[sampledPackets] || known[sampledOf] || known[probability]
	t.biflow = known[reverseBytes] || known[reversePackets] || known[reverseTotalBytes] || known[reverseTotalPackets]
	t.total = known[totalBytes] || known[totalPackets]
	return b, true
}

func before(f field) int {
	if f.kind == boot {
		return 1
	}
	return 0
}

// learn keeps a template. Data that waits for it is read when the datagram is.
func (d *Decoder) learn(s *source, id uint16, t *template) {
	if known := s.templates[id]; known != nil {
		if known.same(t) {
			known.told = d.used
			return
		}
	} else if len(s.templates) >= maxTemplates {
		s.forget()
	}
	kept := *t
	kept.fields, kept.raw, kept.told = slices.Clone(t.fields), slices.Clone(t.raw), d.used
	s.templates[id] = &kept
	d.report.Templates++
	s.learned = true
}

// forget removes the template that is needed least: one that no data came for, and of
// those, as of all others, the one that was used or told longest ago. A flood of templates
// so does not push out those in use.
func (s *source) forget() {
	var worst uint16
	var least *template
	for id, t := range s.templates {
		if least == nil || t.worse(least) {
			worst, least = id, t
		}
	}
	delete(s.templates, worst)
}

// worse reports whether a template is needed less than another.
func (t *template) worse(o *template) bool {
	if (t.used == 0) != (o.used == 0) {
		return t.used == 0
	}
	return max(t.used, t.told) < max(o.used, o.told)
}

func (d *Decoder) withdraw(s *source, id uint16) {
	if s.templates[id] != nil {
		delete(s.templates, id)
		d.report.Withdrawn++
	}
}

func (d *Decoder) withdrawAll(s *source, options bool) {
	for id, t := range s.templates {
		if t.options == options {
			d.withdraw(s, id)
		}
	}
}
