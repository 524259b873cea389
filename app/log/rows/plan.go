package rows

import (
	"context"
	"math"
	"time"

	"linklog/capture"
	"linklog/filter"
)

// plan is a filter, tried on the dictionary: one byte for each entry and each port
// holds what up to three conditions say about it, and a row is decided by the OR
// of its bytes. More conditions take more passes over the rows.
type plan struct {
	passes     []pass
	from, to   int64  // time of the rows, both inclusive
	generation uint64 // of the dictionary
	renamed    uint64 // the last change of a name that it knows
}

// perPass conditions have a byte together, two bits each. The highest bit tells of
// a port that it was judged.
const (
	perPass = 3
	judged  = 1 << 7
)

type pass struct {
	conditions []filter.Condition
	wants, not uint8 // the bits to be there, and those not to be
	looks      [filter.Parts]bool

	// What the conditions say, by id.
	head, src, dst, text []uint8

	// Ports are judged with kind and protocol, when one is met first: by id of the
	// head, then by port.
	sport, dport   []*ports
	sports, dports map[portClass]*ports
}

type ports struct {
	ev      capture.Event // of the class
	verdict [1 << 16]uint8
}

type portClass struct {
	kind  capture.Kind
	proto capture.Protocol
}

func newPlan(m *filter.Matcher) *plan {
	p := &plan{from: math.MinInt64, to: math.MaxInt64}
	if m == nil {
		return p
	}
	since, until := m.Times()
	p.from = bound(since, math.MinInt64)
	if p.to = bound(until, math.MaxInt64); !until.IsZero() {
		p.to--
	}
	all := m.Conditions()
	for len(all) > 0 {
		n := min(len(all), perPass)
		ps := pass{conditions: all[:n:n], sports: map[portClass]*ports{}, dports: map[portClass]*ports{}}
		for i := range ps.conditions {
			c := &ps.conditions[i]
			ps.not |= uint8(filter.Excluded) << (2 * i)
			if c.Wants() {
				ps.wants |= uint8(filter.Wanted) << (2 * i)
			}
			for part := range filter.Part(filter.Parts) {
				ps.looks[part] = ps.looks[part] || c.LooksAt(part)
			}
		}
		p.passes = append(p.passes, ps)
		all = all[n:]
	}
	return p
}

// bound is a time as rows have it; those that they cannot have become the nearest.
func bound(t time.Time, none int64) int64 {
	switch year := t.Year(); {
	case t.IsZero():
		return none
	case year < 1678:
		return math.MinInt64 + 1
	case year > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// verdict is what the conditions say about one part of an event.
func (ps *pass) verdict(part filter.Part, ev *capture.Event) (bits uint8) {
	for i := range ps.conditions {
		bits |= uint8(ps.conditions[i].Verdict(part, ev)) << (2 * i)
	}
	return bits
}

// learn tries the conditions on what is new in the dictionary. changed tells that
// an old entry is judged otherwise, as its host was given a name.
func (p *plan) learn(ctx context.Context, d *dictionary) (changed bool, err error) {
	if p.generation != d.generation {
		p.generation = d.generation
		for i := range p.passes {
			ps := &p.passes[i]
			ps.head, ps.src, ps.dst, ps.text = ps.head[:0], ps.src[:0], ps.dst[:0], ps.text[:0]
			ps.sport, ps.dport = ps.sport[:0], ps.dport[:0]
		}
		// What a name changed before the ids were renumbered is not known.
		changed = p.renamed != d.renamed
	}
	for i := range p.passes {
		again, err := p.passes[i].learn(ctx, d, p.renamed)
		if err != nil {
			return true, err
		}
		changed = changed || again
	}
	p.renamed = d.renamed
	return changed, nil
}

func (ps *pass) learn(ctx context.Context, d *dictionary, renamed uint64) (changed bool, err error) {
	if ps.looks[filter.Source] {
		changed, err = ps.learnHosts(ctx, filter.Source, &ps.src, d, renamed)
	}
	if ps.looks[filter.Dest] && err == nil {
		var again bool
		again, err = ps.learnHosts(ctx, filter.Dest, &ps.dst, d, renamed)
		changed = changed || again
	}
	if err != nil {
		return true, err
	}
	var ev capture.Event
	if ps.looks[filter.Message] {
		for id := len(ps.text); id < len(d.strings); id++ {
			if id&4095 == 4095 && ctx.Err() != nil {
				return true, ctx.Err()
			}
			ev.Text = d.strings[id]
			ps.text = append(ps.text, ps.verdict(filter.Message, &ev))
		}
	}
	for id := len(ps.head); ps.looks[filter.Head] && id < len(d.heads); id++ {
		h := &d.heads[id]
		ev = capture.Event{Router: h.router, RouterName: h.name, Kind: h.kind, Dir: h.dir, Proto: h.proto, Verdict: h.verdict, New: h.fresh}
		ps.head = append(ps.head, ps.verdict(filter.Head, &ev))
	}
	for id := len(ps.sport); ps.looks[filter.SourcePort] && id < len(d.heads); id++ {
		ps.sport = append(ps.sport, ps.ports(ps.sports, &d.heads[id]))
	}
	for id := len(ps.dport); ps.looks[filter.DestPort] && id < len(d.heads); id++ {
		ps.dport = append(ps.dport, ps.ports(ps.dports, &d.heads[id]))
	}
	return changed, nil
}

// learnHosts judges hosts that are new, and those that got a name since renamed.
func (ps *pass) learnHosts(ctx context.Context, part filter.Part, list *[]uint8, d *dictionary, renamed uint64) (changed bool, err error) {
	var ev capture.Event
	look := func(h *host) uint8 {
		ev.Src.Addr, ev.Src.MAC, ev.Src.Name = h.Addr, h.MAC, h.name
		ev.Dst = ev.Src
		return ps.verdict(part, &ev)
	}
	known := len(*list)
	if renamed != d.renamed {
		for id := range known {
			if h := &d.hosts[id]; h.renamed > renamed {
				v := look(h)
				changed = changed || v != (*list)[id]
				(*list)[id] = v
			}
		}
	}
	for id := known; id < len(d.hosts); id++ {
		if id&4095 == 4095 && ctx.Err() != nil {
			return true, ctx.Err()
		}
		*list = append(*list, look(&d.hosts[id]))
	}
	return changed, nil
}

// ports finds the verdicts on ports for the kind and protocol of a head.
func (ps *pass) ports(known map[portClass]*ports, h *head) *ports {
	class := portClass{h.kind, h.proto}
	t := known[class]
	if t == nil {
		t = &ports{ev: capture.Event{Kind: h.kind, Proto: h.proto}}
		known[class] = t
	}
	return t
}

// judgePort judges a port that was not met before.
func (ps *pass) judgePort(part filter.Part, t *ports, port uint16) uint8 {
	t.ev.Src.Port, t.ev.Dst.Port = port, port
	v := ps.verdict(part, &t.ev) | judged
	t.verdict[port] = v
	return v
}

// block is how many rows are judged at once, column after column.
const block = 1024

// judge sets the bits of the rows from low up to high, both within one block, that
// pass; words are the bits of the chunk. A bit that is set is not cleared.
func (p *plan) judge(c *chunk, low, high int, acc *[block]uint8, words *[chunkSize / 64]uint64) {
	base := low &^ (block - 1)
	var passed [block / 64]uint64
	fill(&passed, low-base, high-base)
	if p.from > math.MinInt64 || p.to < math.MaxInt64 {
		for i, t := range c.time[low:high] {
			if t < p.from || t > p.to {
				passed[(low-base+i)/64] &^= 1 << ((low - base + i) & 63)
			}
		}
	}
	for i := range p.passes {
		ps := &p.passes[i]
		ps.collect(c, low, high, acc)
		mask := ps.wants | ps.not
		for w := range passed {
			if passed[w] == 0 {
				continue
			}
			// Without a branch: which rows pass is hard to guess.
			var bits uint64
			for k, v := range acc[w*64 : w*64+64] {
				wrong := uint32(v&mask ^ ps.wants)
				bits |= uint64((wrong-1)>>31) << k
			}
			passed[w] &= bits
		}
	}
	for w, bits := range passed {
		words[base/64+w] |= bits
	}
}

// collect ORs what a pass says about the parts of the rows; acc begins at the
// block's first row.
func (ps *pass) collect(c *chunk, low, high int, acc *[block]uint8) {
	clear(acc[:])
	base := low &^ (block - 1)
	out := acc[low-base : high-base]
	if ps.looks[filter.Head] {
		for i, id := range c.head[low:high] {
			out[i] |= ps.head[id]
		}
	}
	if ps.looks[filter.Source] {
		for i, id := range c.src[low:high] {
			out[i] |= ps.src[id]
		}
	}
	if ps.looks[filter.Dest] {
		for i, id := range c.dst[low:high] {
			out[i] |= ps.dst[id]
		}
	}
	if ps.looks[filter.SourcePort] {
		ps.collectPorts(filter.SourcePort, c.head[low:high], ps.sport, c.sport[low:high], out)
	}
	if ps.looks[filter.DestPort] {
		ps.collectPorts(filter.DestPort, c.head[low:high], ps.dport, c.dport[low:high], out)
	}
	if ps.looks[filter.Amount] {
		var ev capture.Event
		for _, x := range c.sentWithin(low, high) { // of the others nothing is known
			ev.Src.Sent, ev.Dst.Sent = x.src, x.dst
			out[int(x.row)-low] |= ps.verdict(filter.Amount, &ev)
		}
	}
	if !ps.looks[filter.Message] {
		return
	}
	if empty := ps.text[0]; empty != 0 {
		for i := range out {
			if c.extra(low+i) == nil {
				out[i] |= empty
			}
		}
	}
	for _, x := range c.within(low, high) {
		out[int(x.row)-low] |= ps.text[x.text]
	}
}

func (ps *pass) collectPorts(part filter.Part, heads []uint32, byHead []*ports, list []uint16, out []uint8) {
	for i, id := range heads {
		t, port := byHead[id], list[i]
		v := t.verdict[port]
		if v == 0 {
			v = ps.judgePort(part, t, port)
		}
		out[i] |= v
	}
}

// fill sets the bits from low up to high.
func fill(words *[block / 64]uint64, low, high int) {
	for i := low; i < high; {
		if i&63 == 0 && i+64 <= high {
			words[i/64] = ^uint64(0)
			i += 64
			continue
		}
		words[i/64] |= 1 << (i & 63)
		i++
	}
}
