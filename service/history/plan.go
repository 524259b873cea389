package history

import (
	"net/netip"
	"slices"

	"linklog/capture"
	"linklog/filter"
)

// plan is a query's conditions for one segment: every pattern was tried on the
// segment's dictionaries, what is left is to look for numbers in columns. It never
// changes once it is made.
type plan struct {
	conditions []planned
	impossible bool    // the dictionaries have nothing that a condition asks for
	hosts      *bitset // if not nil, a block without any of these hosts holds no match,
	ports      *bitset // nor does one without any of these ports

	asked map[host]string // what Names calls the hosts that it was asked for, or one more than maxPlanned of them
}

// planned is one condition of a plan: sets of the ids in each column.
type planned struct {
	filter.Condition
	wants bool
	looks []look
}

// look is what a condition finds in one column.
type look struct {
	column      field
	wanted, not bitset

	// Hosts whose address changed hands, about which the verdict depends on the time: they are
	// in neither, and those that are wanted at some time in sometimes.
	parted    []parted
	sometimes bitset

	// The verdict on a port depends on the kind and protocol, too: wanted and not
	// are then of any of them, and classes, by id of the shape, tells which.
	classes []*ports

	// amount is of a look at how much was sent, which stands in no column.
	amount bool
}

// ports are the verdicts of one condition on all ports, for events of one kind
// and protocol.
type ports struct{ wanted, not bitset }

// portKey names the ports of a condition; a search keeps them from one segment to
// the next.
type portKey struct {
	condition int
	part      filter.Part
	kind      capture.Kind
	proto     capture.Protocol
}

// findNames finds the names that change what a condition says about an address. Only
// these are kept, and they have not to be looked up host by host in every segment.
func (s *search) findNames() (err error) {
	if len(s.conditions) == 0 {
		return nil
	}
	if s.q.Plans != nil && s.q.Plans.kept != nil {
		s.kept = s.q.Plans.kept
		s.foundNames = s.kept.names
		return nil
	}
	if s.q.Filter.NeedsNames() || s.q.Filter.NeedsDevices() {
		s.holders = holdersOf(s.q.Names)
	}
	if s.q.Filter.NeedsNames() {
		err = s.readNames()
	} else {
		s.q.Names = nil
	}
	if err == nil {
		s.kept = s.h.plans.of(s)
		if s.q.Plans != nil {
			s.q.Plans.kept = s.kept
		}
	}
	return err
}

func (s *search) readNames() (err error) {
	s.given, s.known, s.learned = make(map[netip.Addr]string), make(map[netip.Addr]string), make(map[netip.Addr]string)
	seen := 0
	keep := func(in map[netip.Addr]string, addr netip.Addr, name string) error {
		if s.matters(addr, name) {
			in[addr] = name
		}
		if seen++; seen%1024 == 0 {
			return s.ctx.Err()
		}
		return nil
	}
	if s.q.Names != nil {
		err = s.q.Names.EachName(func(addr netip.Addr, name string, wins bool) error {
			if wins {
				return keep(s.given, addr, name)
			}
			return keep(s.known, addr, name)
		})
	}
	if err == nil {
		err = s.h.names.each(s.ctx, func(addr netip.Addr, name string) error { return keep(s.learned, addr, name) })
	}
	return err
}

// matters reports whether a name changes what a condition says about an address.
func (s *search) matters(addr netip.Addr, name string) bool {
	without, with := &s.without, &s.with
	without.Src.Addr, without.Dst.Addr = addr, addr
	with.Src.Addr, with.Src.Name = addr, name
	with.Dst = with.Src
	for i := range s.conditions {
		c := &s.conditions[i]
		for _, p := range [...]filter.Part{filter.Source, filter.Dest} {
			if c.Verdict(p, without) != c.Verdict(p, with) {
				return true
			}
			if c.LooksAtEnds() {
				break
			}
		}
	}
	return false
}

// nameOf is what a host of a dictionary is called, if that makes a difference to the
// conditions; asked: Names was asked for that.
func (s *search) nameOf(h host) (name string, asked bool) {
	if name := s.given[h.addr]; name != "" {
		return name, false
	}
	name = h.name
	if name == "" {
		if name = s.known[h.addr]; name != "" {
			return name, false
		}
		name = s.learned[h.addr]
	}
	// One that makes no difference may stand in its place.
	if name != "" && s.q.Names != nil && h.addr.IsValid() && s.matters(h.addr, name) {
		asked = true
		if other, wins := s.q.Names.Called(h.addr); wins || other != "" && h.name == "" {
			name = other
		}
	}
	return name, asked
}

// Plans keeps what a filter finds in dictionaries, and the names, from one query to the next, of the same
// Filter and Names on one History. All are to be bounded to events that were stored before the first.
type Plans struct{ kept *kept }

// plan tries the conditions on the dictionaries of a segment.
func (s *search) plan(r *reader) (*plan, error) {
	p := &plan{conditions: make([]planned, len(s.conditions))}
	if len(s.conditions) == 0 {
		return p, nil
	}
	heads, hosts, texts := p.begin(s.conditions)
	var shapes []shape // by id
	err := r.eachShape(func(id uint32, sh shape) error {
		for int(id) >= len(shapes) {
			shapes = append(shapes, shape{})
		}
		shapes[id] = sh
		ev := capture.Event{Router: sh.router, RouterName: sh.name, Kind: sh.kind, Dir: sh.dir, Proto: sh.proto, Verdict: sh.verdict, New: sh.fresh}
		s.try(p, heads, id, &ev)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(hosts) > 0 {
		if err := s.planHosts(r, p, hosts); err != nil {
			return nil, err
		}
	}
	if len(texts) > 0 {
		s.try(p, texts, 0, &capture.Event{})
		err := r.eachText(func(id uint32, text string) error {
			s.try(p, texts, id, &capture.Event{Text: text})
			if id%1024 == 0 {
				return s.ctx.Err()
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	s.planPorts(p, shapes)
	p.end()
	return p, nil
}

// place says which look of which condition a verdict belongs to.
type place struct {
	condition, look int
	part            filter.Part
}

// begin makes the looks, and lists those into the dictionaries.
func (p *plan) begin(conditions []filter.Condition) (heads, hosts, texts []place) {
	columns := [filter.Parts]field{
		filter.Head: fieldShape, filter.Source: fieldSrc, filter.Dest: fieldDst,
		filter.SourcePort: fieldSport, filter.DestPort: fieldDport, filter.Message: fieldText,
	}
	for i := range conditions {
		c := &conditions[i]
		p.conditions[i].Condition, p.conditions[i].wants = *c, c.Wants()
		for part := range filter.Part(filter.Parts) {
			if !c.LooksAt(part) {
				continue
			}
			if part == filter.Amount {
				p.conditions[i].looks = append(p.conditions[i].looks, look{amount: true})
				continue
			}
			at := place{i, len(p.conditions[i].looks), part}
			p.conditions[i].looks = append(p.conditions[i].looks, look{column: columns[part]})
			switch part {
			case filter.Head:
				heads = append(heads, at)
			case filter.Dest:
				if !c.LooksAtEnds() { // else see sameEnds
					hosts = append(hosts, at)
				}
			case filter.Source:
				hosts = append(hosts, at)
			case filter.Message:
				texts = append(texts, at)
			}
		}
	}
	return heads, hosts, texts
}

// try asks the conditions in places for their verdict on ev, which has the
// dictionary's entry id.
func (s *search) try(p *plan, places []place, id uint32, ev *capture.Event) {
	for _, at := range places {
		p.conditions[at.condition].looks[at.look].add(id, s.conditions[at.condition].Verdict(at.part, ev))
	}
}

// add notes a verdict on an id.
func (l *look) add(id uint32, v filter.Verdict) {
	if v&filter.Wanted != 0 {
		l.wanted.add(id)
	}
	if v&filter.Excluded != 0 {
		l.not.add(id)
	}
}

func (s *search) planHosts(r *reader, p *plan, places []place) error {
	var ev capture.Event
	s.try(p, places, 0, &ev)
	dest := slices.ContainsFunc(places, func(at place) bool { return at.part == filter.Dest })
	found := make([]filter.Verdict, len(places))
	try := func(h host) (some bool) {
		name, asked := s.nameOf(h)
		if asked && len(p.asked) <= maxPlanned {
			if p.asked == nil {
				p.asked = make(map[host]string)
			}
			p.asked[h] = name
		}
		ev.Src.Addr, ev.Src.Name = h.addr, name
		if dest {
			ev.Dst = ev.Src
		}
		for i, at := range places {
			found[i] = s.conditions[at.condition].Verdict(at.part, &ev)
			some = some || found[i] != 0
		}
		return some
	}
	add := func(id uint32) {
		for i, at := range places {
			p.conditions[at.condition].looks[at.look].add(id, found[i])
		}
	}
	defer p.sameEnds(s.conditions)

	// What the file has again and again is tried once.
	repeated, most, err := r.repeated()
	if err != nil {
		return err
	}
	ids := idsOf{r: r, most: most}
	for number := 0; len(repeated) > 0; number++ {
		h, rest, ok := nextHost(repeated)
		if !ok {
			return r.wrongRepeated()
		}
		repeated = rest
		if who := s.holders[h.addr]; who != nil {
			err = ids.each(number, func(id uint32) { s.tryHolders(p, places, id, h, who) })
		} else if try(h) {
			err = ids.each(number, add)
		}
		if err == nil && number%packSize == 0 {
			err = s.ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return r.eachHost(most+1, func(id uint32, h host) error {
		if who := s.holders[h.addr]; who != nil {
			s.tryHolders(p, places, id, h, who)
		} else if try(h) {
			add(id)
		}
		if id%packSize == 0 {
			return s.ctx.Err()
		}
		return nil
	})
}

// sameEnds gives the destination what was found for the source, where that makes no difference.
func (p *plan) sameEnds(conditions []filter.Condition) {
	for i := range p.conditions {
		if !conditions[i].LooksAtEnds() {
			continue
		}
		looks := p.conditions[i].looks
		source := looks[slices.IndexFunc(looks, func(l look) bool { return l.column == fieldSrc })]
		dest := &looks[slices.IndexFunc(looks, func(l look) bool { return l.column == fieldDst })]
		dest.wanted, dest.not = source.wanted, source.not
		dest.parted, dest.sometimes = source.parted, source.sometimes
	}
}

func (s *search) planPorts(p *plan, shapes []shape) {
	for i := range p.conditions {
		for j := range p.conditions[i].looks {
			l := &p.conditions[i].looks[j]
			part := filter.SourcePort
			switch {
			case l.amount:
				continue
			case l.column == fieldSport:
			case l.column == fieldDport:
				part = filter.DestPort
			default:
				continue
			}
			l.classes = make([]*ports, len(shapes))
			for id, sh := range shapes {
				set := s.portsOf(portKey{i, part, sh.kind, sh.proto})
				l.classes[id] = set
				l.wanted.union(&set.wanted)
				l.not.union(&set.not)
			}
		}
	}
}

// portsOf asks a condition about all ports.
func (s *search) portsOf(k portKey) *ports {
	if set := s.ports[k]; set != nil {
		return set
	}
	set := &ports{}
	ev := capture.Event{Kind: k.kind, Proto: k.proto}
	c := &s.conditions[k.condition]
	for port := range uint32(1 << 16) {
		ev.Src.Port, ev.Dst.Port = uint16(port), uint16(port)
		v := c.Verdict(k.part, &ev)
		if v&filter.Wanted != 0 {
			set.wanted.add(port)
		}
		if v&filter.Excluded != 0 {
			set.not.add(port)
		}
	}
	if s.ports == nil {
		s.ports = make(map[portKey]*ports)
	}
	s.ports[k] = set
	return set
}

// end finds what can be known before any block is read.
func (p *plan) end() {
	first, rank := 0, 0
	for i := range p.conditions {
		c := &p.conditions[i]
		if !c.wants {
			continue
		}
		some := false
		for j := range c.looks {
			some = some || c.looks[j].amount || !c.looks[j].wanted.empty() || !c.looks[j].sometimes.empty()
		}
		p.impossible = p.impossible || !some
		// The condition with the fewest hosts, or else ports, comes first: it leaves
		// the least for the others.
		if fewer(&p.ports, c.only(fieldSport, fieldDport)) && rank < 2 {
			first, rank = i, 1
		}
		if fewer(&p.hosts, c.only(fieldSrc, fieldDst)) {
			first, rank = i, 2
		}
	}
	p.conditions[0], p.conditions[first] = p.conditions[first], p.conditions[0]
}

// only gives what is wanted in two columns, nil if it may be in others, too.
func (c *planned) only(one, other field) *bitset {
	set := &bitset{}
	for i := range c.looks {
		l := &c.looks[i]
		if l.amount {
			return nil
		}
		if l.column == one || l.column == other {
			set.union(&l.wanted)
			set.union(&l.sometimes)
		} else if !l.wanted.empty() || !l.sometimes.empty() {
			return nil
		}
	}
	return set
}

// fewer replaces a set by one with fewer numbers.
func fewer(set **bitset, by *bitset) bool {
	if by == nil || *set != nil && by.count() >= (*set).count() {
		return false
	}
	*set = by
	return true
}
