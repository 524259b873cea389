package history

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"linklog/capture"
)

// Dimension is something that events are counted by.
type Dimension uint

// The dimensions. The remote end of an attempt is the one outside of the home
// network, the local one the device inside, by the direction of the attempt.
const (
	ByTime Dimension = 1 << iota
	ByKind
	ByReason
	ByDirection
	ByProtocol
	ByVerdict
	ByRouter
	ByRouterName
	ByNew
	BySource
	ByDest
	ByRemote
	ByLocal
	BySourcePort
	ByDestPort

	byShape = ByKind | ByReason | ByDirection | ByProtocol | ByVerdict | ByRouter | ByRouterName | ByNew
	byHosts = BySource | ByDest | ByRemote | ByLocal
)

// Grouping says how to count events.
type Grouping struct {
	By Dimension // one or several: ByTime | ByDirection

	// Bucket is the width of the buckets of ByTime, in whole seconds; they begin at
	// multiples of it since 1970, UTC. Days of other zones are best summed from
	// hours, as not all have 24.
	Bucket time.Duration

	// Class, if it is set, puts remote ends with the same class into one group: their Remote
	// has it as its Name, and no address. It is asked once for each host of a file.
	Class func(Host) string

	// Limit is the number of groups wanted, the largest; 0: all.
	Limit int

	// Volumes adds up how much was sent, too: where that is known of most events, counting them takes
	// about twice as long. ByBytes, too, takes those for the largest groups of which most bytes are known.
	Volumes, ByBytes bool

	// WithoutNames leaves names empty that the router did not send.
	WithoutNames bool
}

// Size is by what the largest groups are found, of one with so many events and so much sent.
func (g *Grouping) Size(count int64, sent Volume) uint64 {
	if g.ByBytes {
		return sent.Bytes()
	}
	return uint64(count)
}

// Group is a number of events that agree in what they were grouped by; the other
// fields are zero.
type Group struct {
	Time    time.Time // the beginning of the bucket
	Kind    capture.Kind
	Reason  capture.Reason
	Dir     capture.Direction
	Proto   capture.Protocol
	Verdict capture.Verdict
	Router  netip.Addr
	New     bool

	RouterName string // as events have it

	// Hosts without an address are told apart by the name the router sent. For
	// those with one Name is a name the router sent, else one from DNS, or empty. Devices
	// that are known by their hardware addresses are told apart by these, where Names of the
	// query says who had an address at the time: Addr is then the lowest that it had.
	Source, Dest, Remote, Local Host
	SourcePort, DestPort        uint16

	// Allowed and Blocked are those of Count of which the router said so.
	Count, Allowed, Blocked int64

	Volume Volume // if it was asked for
}

// Volume is how much was sent in Measured events, of others it is not known: up from home, and down
// to it. Between two ends at home, up is what the source sent.
type Volume struct {
	Measured int64
	Up, Down capture.Volume
}

// Add adds a volume.
func (v *Volume) Add(o Volume) {
	v.Measured += o.Measured
	v.Up.Add(o.Up)
	v.Down.Add(o.Down)
}

// Bytes are those of both ways.
func (v *Volume) Bytes() uint64 {
	all := v.Up
	all.Add(v.Down)
	return all.Bytes
}

// Host is an address with its name, or only a name, or a device.
type Host struct {
	Addr netip.Addr
	Name string
	MAC  capture.MAC
}

// Groups are the counts of a query.
type Groups struct {
	// List is by time if that is a dimension, and else the largest group first.
	List []Group

	// Rest is the number of events in groups that are not in List, and RestVolume theirs.
	Rest       int64
	RestVolume Volume

	// Exact is false if there were more than MaxGroups groups at a time: then the
	// smallest were given up on the way, counts may be too low, and List may lack
	// groups near its end.
	Exact bool
}

// MaxGroups is how many groups are kept at least: it bounds the memory, to about
// 30 MiB.
const MaxGroups = 50_000

// Group counts the events that match, by what grouping says. Limit, order and
// names of the query do not matter.
func (h *History) Group(ctx context.Context, q Query, g Grouping) (Groups, error) {
	if g.By&ByTime != 0 && (g.Bucket < time.Second || g.Bucket%time.Second != 0) {
		return Groups{}, errors.New("group events: the bucket must be one or more whole seconds")
	}
	q.Limit = 0
	names := q.Names
	s, err := h.search(ctx, q)
	if err != nil {
		return Groups{}, err
	}
	g.Volumes = g.Volumes || g.ByBytes
	c := counter{search: s, g: g, exact: true, all: newTotals()}
	if g.By&byHosts != 0 && names != nil {
		if c.owners.holders = s.holders; c.owners.holders == nil {
			c.owners.holders = holdersOf(names)
		}
		c.parted = c.owners.any()
	}
	if err := s.segments(c.segment); err != nil {
		return Groups{}, err
	}
	return c.result()
}

// counter counts first by the numbers of a segment, then by its own.
type counter struct {
	*search
	g      Grouping
	ids    map[ids]int64
	sent   map[ids]Volume // of those of which some is known
	slots  []slotVolume   // of a block
	shapes []shape        // of the segment, by id
	same   []uint32       // the first id that agrees in what counts
	owners owners
	parted bool // addresses changed hands

	all        totals
	rest       int64
	restVolume Volume
	exact      bool
}

// slotVolume is what is known of a slot of a block.
type slotVolume struct {
	slot     int
	src, dst capture.Volume
}

// ids are the numbers of a group; those that do not count are 0.
type ids struct {
	bucket                  int64
	shape                   uint32
	src, dst, remote, local uint32
	srcPort, dstPort        uint16
}

// totals are counts over several segments. What they refer to is by number here,
// too: a Group is ten times as large.
type totals struct {
	counts map[ids]int64
	sent   map[ids]Volume
	hosts  dictionary[party]
	heads  dictionary[shape]
	named  map[uint32]string     // names that the router sent, by host
	addrs  map[uint32]netip.Addr // the lowest of a device
}

// party is a host or, by its hardware address alone, a device.
type party struct {
	host
	mac capture.MAC
}

func newTotals() totals {
	t := totals{counts: make(map[ids]int64), sent: make(map[ids]Volume), named: make(map[uint32]string), addrs: make(map[uint32]netip.Addr)}
	t.hosts.id(party{}) // 0 is none
	return t
}

// dictionary numbers values from 0.
type dictionary[T comparable] struct {
	values []T
	ids    map[T]uint32
}

func (d *dictionary[T]) id(v T) uint32 {
	id, ok := d.ids[v]
	if !ok {
		if d.ids == nil {
			d.ids = make(map[T]uint32)
		}
		id = uint32(len(d.values))
		d.values = append(d.values, v)
		d.ids[v] = id
	}
	return id
}

func (c *counter) segment(seg *segment) error {
	c.ids, c.sent = make(map[ids]int64), make(map[ids]Volume)
	c.shapes, c.same = nil, nil
	c.owners.of = nil
	err := c.scan(seg, c.block, nil)
	if err == nil || err == errGone {
		if e := c.h.read(seg, c.translate); e != errGone {
			err = errors.Join(err, e)
		}
	}
	return err
}

// block counts the matches in a block.
func (c *counter) block(r *reader, b *block, m *bitmap) error {
	needs := [fields]bool{
		fieldSecond: c.g.By&ByTime != 0,
		fieldShape:  true, // the verdict is in it
		fieldSrc:    c.g.By&(BySource|ByRemote|ByLocal) != 0,
		fieldDst:    c.g.By&(ByDest|ByRemote|ByLocal) != 0,
		fieldSport:  c.g.By&BySourcePort != 0,
		fieldDport:  c.g.By&ByDestPort != 0,
	}
	var columns [fields][]uint32
	for f, need := range needs {
		if need {
			var err error
			if columns[f], err = c.column(r, b, field(f)); err != nil {
				return err
			}
		}
	}
	if err := c.needShapes(r, columns[fieldShape]); err != nil {
		return err
	}
	if c.parted {
		if err := c.markOwners(r, b, m, &columns); err != nil {
			return err
		}
	}
	if err := c.readVolumes(r, b, m); err != nil {
		return err
	}
	volumes := c.slots
	from, bucket := floorSecond(b.start), int64(c.g.Bucket/time.Second)
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			slot := i<<6 + bits.TrailingZeros64(w)
			k := ids{shape: c.same[columns[fieldShape][slot]]}
			if needs[fieldSecond] {
				k.bucket = floor(from+int64(columns[fieldSecond][slot]), bucket)
			}
			if c.g.By&byHosts != 0 {
				c.hosts(&k, &columns, slot)
			}
			if needs[fieldSport] {
				k.srcPort = uint16(columns[fieldSport][slot])
			}
			if needs[fieldDport] {
				k.dstPort = uint16(columns[fieldDport][slot])
			}
			c.ids[k]++
			if len(volumes) > 0 && volumes[0].slot == slot {
				v := c.sent[k]
				v.Add(volumes[0].of(c.shapes[columns[fieldShape][slot]].dir))
				c.sent[k], volumes = v, volumes[1:]
			}
		}
	}
	if len(c.ids) > MaxGroups {
		return c.translate(r)
	}
	return nil
}

// readVolumes reads how much was sent in the slots that are set, if that is asked for.
func (c *counter) readVolumes(r *reader, b *block, m *bitmap) error {
	if c.slots = c.slots[:0]; !c.g.Volumes {
		return nil
	}
	return r.eachVolume(b.base+uint64(b.first), b.base+uint64(b.slots)-1, func(seq uint64, src, dst capture.Volume) error {
		if slot := seq - b.base; m[slot>>6]>>(slot&63)&1 != 0 {
			c.slots = append(c.slots, slotVolume{int(slot), src, dst})
		}
		return nil
	})
}

// of is a Volume of one event, by its direction.
func (s *slotVolume) of(dir capture.Direction) Volume {
	if dir == capture.In {
		return Volume{1, s.dst, s.src}
	}
	return Volume{1, s.src, s.dst}
}

// markOwners notes in the columns of ends which device a host was at the time.
func (c *counter) markOwners(r *reader, b *block, m *bitmap, columns *[fields][]uint32) error {
	most := uint32(0)
	for _, f := range [...]field{fieldSrc, fieldDst} {
		if len(columns[f]) > 0 {
			most = max(most, slices.Max(columns[f]))
		}
	}
	if c.owners.of == nil || most > c.owners.most {
		if err := c.owners.learn(r); err != nil {
			return err
		}
	}
	if len(c.owners.of) == 0 {
		return nil
	}
	marked, err := c.owners.mark(r, b, m, columns[fieldSrc], columns[fieldDst])
	if err == nil {
		columns[fieldSrc], columns[fieldDst] = marked[0], marked[1]
	}
	return err
}

func (c *counter) hosts(k *ids, columns *[fields][]uint32, slot int) {
	if c.g.By&BySource != 0 {
		k.src = columns[fieldSrc][slot]
	}
	if c.g.By&ByDest != 0 {
		k.dst = columns[fieldDst][slot]
	}
	if c.g.By&(ByRemote|ByLocal) == 0 {
		return
	}
	remote, local := columns[fieldSrc][slot], columns[fieldDst][slot]
	switch c.shapes[columns[fieldShape][slot]].dir {
	case capture.In:
	case capture.Out:
		remote, local = local, remote
	default:
		return
	}
	if c.g.By&ByRemote != 0 {
		k.remote = remote
	}
	if c.g.By&ByLocal != 0 {
		k.local = local
	}
}

// floor rounds down to a multiple of d, also below 0.
func floor(n, d int64) int64 {
	if r := n % d; r < 0 {
		return n - r - d
	}
	return n - n%d
}

// needShapes reads the shapes, if one of the ids is not known yet, and finds those
// that are the same as far as they count.
func (c *counter) needShapes(r *reader, column []uint32) error {
	if len(column) == 0 || int(slices.Max(column)) < len(c.shapes) {
		return nil
	}
	c.shapes, c.same = nil, nil
	first := make(map[shape]uint32)
	return r.eachShape(func(id uint32, sh shape) error {
		for int(id) >= len(c.shapes) {
			c.shapes, c.same = append(c.shapes, shape{}), append(c.same, 0)
		}
		c.shapes[id] = sh
		head := c.head(sh)
		if _, ok := first[head]; !ok {
			first[head] = id
		}
		c.same[id] = first[head]
		return nil
	})
}

// head is the part of a shape that counts, and the verdict.
func (c *counter) head(sh shape) (head shape) {
	head.verdict = sh.verdict
	if c.g.By&ByKind != 0 {
		head.kind = sh.kind
	}
	if c.g.By&ByReason != 0 {
		head.reason = sh.reason
	}
	if c.g.By&ByDirection != 0 {
		head.dir = sh.dir
	}
	if c.g.By&ByProtocol != 0 {
		head.proto = sh.proto
	}
	if c.g.By&ByRouter != 0 {
		head.router = sh.router
	}
	if c.g.By&ByRouterName != 0 {
		head.name = sh.name
	}
	if c.g.By&ByNew != 0 {
		head.fresh = sh.fresh
	}
	return head
}

// translate adds the counts of a segment to those of all.
func (c *counter) translate(r *reader) error {
	// All hosts in one go: one by one each takes ten times as long.
	var need bitset
	for k := range c.ids {
		for _, id := range [...]uint32{k.src, k.dst, k.remote, k.local} {
			need.add(c.hostID(id))
		}
	}
	number := make([]uint32, len(need.words)*64) // of ours, by that of the segment
	remote := number
	if c.g.Class != nil {
		remote = make([]uint32, len(number))
	}
	if c.g.By&byHosts != 0 {
		err := r.eachHost(1, func(id uint32, h host) error {
			if !need.has(id) {
				return nil
			}
			if c.g.Class != nil {
				remote[id] = c.all.host(host{name: c.g.Class(Host{Addr: h.addr, Name: h.name})}, capture.MAC{})
			}
			mac := capture.MAC{}
			if who := c.owners.holders[h.addr]; len(who) == 1 {
				mac = who[0].mac
			}
			number[id] = c.all.host(h, mac)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for k, n := range c.ids {
		sent, measured := c.sent[k]
		k.shape = c.all.heads.id(c.head(c.shapes[k.shape]))
		for _, id := range [...]*uint32{&k.src, &k.dst, &k.local} {
			*id = c.party(*id, number)
		}
		if c.g.Class != nil {
			k.remote = remote[c.hostID(k.remote)]
		} else {
			k.remote = c.party(k.remote, number)
		}
		c.all.add(k, n, sent, measured)
	}
	if len(c.all.counts) > 2*MaxGroups {
		c.shrink() // numbers anew, so not in between
	}
	clear(c.ids)
	clear(c.sent)
	return nil
}

// add adds to a group.
func (t *totals) add(k ids, n int64, sent Volume, measured bool) {
	t.counts[k] += n
	if measured {
		sent.Add(t.sent[k])
		t.sent[k] = sent
	}
}

// hostID is the number in the segment of a host that may have a mark of who it was.
func (c *counter) hostID(id uint32) uint32 {
	if c.parted {
		return id & hostMask
	}
	return id
}

// party is our number of a host of the segment, of which number has those that were one.
func (c *counter) party(id uint32, number []uint32) uint32 {
	if c.parted && id>>ownerShift > 0 {
		of := c.owners.of[id&hostMask]
		return c.all.host(of.host, of.who[id>>ownerShift-1].mac)
	}
	return number[id]
}

// host numbers a host: by the device that it was, if that is known, else by its address
// alone, if it has one.
func (t *totals) host(h host, mac capture.MAC) uint32 {
	p := party{h, mac}
	switch {
	case mac != (capture.MAC{}):
		p.host = host{}
	case h.addr.IsValid():
		p.name = ""
	}
	id := t.hosts.id(p)
	if p.mac != (capture.MAC{}) {
		if a, known := t.addrs[id]; !known || h.addr.Less(a) {
			t.addrs[id] = h.addr
		}
	}
	if h.addr.IsValid() && h.name != "" {
		t.named[id] = h.name
	}
	return id
}

// shrink gives up the smallest groups.
func (c *counter) shrink() {
	old := c.all
	counts := make([]uint64, 0, len(old.counts))
	for k, n := range old.counts {
		counts = append(counts, c.g.Size(n, old.sent[k]))
	}
	slices.Sort(counts)
	limit := counts[len(counts)-MaxGroups]
	spare, _ := slices.BinarySearch(counts, limit) // those below it go
	spare = len(counts) - MaxGroups - spare        // and of those that have it, these
	c.all = newTotals()
	c.all.heads = old.heads
	for k, n := range old.counts {
		sent, measured := old.sent[k]
		if s := c.g.Size(n, sent); s < limit || s == limit && spare > 0 {
			c.rest += n
			c.restVolume.Add(sent)
			if s == limit {
				spare--
			}
			continue
		}
		for _, id := range [...]*uint32{&k.src, &k.dst, &k.remote, &k.local} {
			h := old.partyOf(*id)
			*id = c.all.host(host{h.Addr, h.Name}, h.MAC)
		}
		c.all.add(k, n, sent, measured)
	}
	c.exact = false
}

// group says what the numbers of a group mean.
func (c *counter) group(k *counted) Group {
	g := Group{SourcePort: k.srcPort, DestPort: k.dstPort, Count: k.n, Allowed: k.allowed, Blocked: k.blocked, Volume: k.volume}
	if c.g.By&ByTime != 0 {
		g.Time = time.Unix(k.bucket, 0).UTC()
	}
	sh := c.all.heads.values[k.shape]
	g.Kind, g.Reason, g.Dir, g.Proto, g.Verdict, g.Router, g.RouterName, g.New = sh.kind, sh.reason, sh.dir, sh.proto, sh.verdict, sh.router, sh.name, sh.fresh
	g.Source, g.Dest, g.Remote, g.Local = c.all.partyOf(k.src), c.all.partyOf(k.dst), c.all.partyOf(k.remote), c.all.partyOf(k.local)
	return g
}

// partyOf says what a number means.
func (t *totals) partyOf(id uint32) Host {
	p := t.hosts.values[id]
	h := Host{p.addr, p.name, p.mac}
	if h.MAC != (capture.MAC{}) {
		h.Addr = t.addrs[id]
	}
	if name := t.named[id]; name != "" {
		h.Name = name
	}
	return h
}

// counted is a group before it has names.
type counted struct {
	ids
	n, allowed, blocked int64
	volume              Volume
}

// groups are the groups, those that differ only in a verdict that does not count as one.
func (c *counter) groups() []counted {
	list := make([]counted, 0, len(c.all.counts))
	at := make(map[ids]int, len(c.all.counts))
	for k, n := range c.all.counts {
		sent := c.all.sent[k]
		head := c.all.heads.values[k.shape]
		verdict := head.verdict
		if c.g.By&ByVerdict == 0 {
			head.verdict = 0
			k.shape = c.all.heads.id(head)
		}
		i, known := at[k]
		if !known {
			i = len(list)
			at[k] = i
			list = append(list, counted{ids: k})
		}
		g := &list[i]
		g.n += n
		g.volume.Add(sent)
		switch verdict {
		case capture.Allowed:
			g.allowed += n
		case capture.Blocked:
			g.blocked += n
		}
	}
	return list
}

// result puts the groups in order and gives hosts their names.
func (c *counter) result() (Groups, error) {
	list := c.groups()
	slices.SortFunc(list, func(a, b counted) int {
		return cmp.Or(cmp.Compare(c.g.Size(b.n, b.volume), c.g.Size(a.n, a.volume)), cmp.Compare(b.n, a.n), cmp.Compare(a.bucket, b.bucket), c.compare(&a.ids, &b.ids))
	})
	groups := Groups{Rest: c.rest, RestVolume: c.restVolume, Exact: c.exact}
	if c.g.Limit > 0 && len(list) > c.g.Limit {
		for _, g := range list[c.g.Limit:] {
			groups.Rest += g.n
			groups.RestVolume.Add(g.volume)
		}
		list = list[:c.g.Limit]
	}
	if c.g.By&ByTime != 0 {
		slices.SortStableFunc(list, func(a, b counted) int { return cmp.Compare(a.bucket, b.bucket) })
	}
	groups.List = make([]Group, len(list))
	for i := range list {
		g := &groups.List[i]
		*g = c.group(&list[i])
		for _, h := range [...]*Host{&g.Source, &g.Dest, &g.Remote, &g.Local} {
			if h.Name == "" && h.Addr.IsValid() && !c.g.WithoutNames && !several(c.owners.holders[h.Addr]) {
				var err error
				if h.Name, err = c.h.Name(h.Addr); err != nil {
					return Groups{}, err
				}
			}
		}
	}
	return groups, nil
}

// compare puts groups of the same size in an order that is the same every time.
func (c *counter) compare(a, b *ids) int {
	host := func(a, b uint32) int {
		x, y := c.all.hosts.values[a], c.all.hosts.values[b]
		return cmp.Or(x.addr.Compare(y.addr), cmp.Compare(x.name, y.name), bytes.Compare(x.mac[:], y.mac[:]))
	}
	later := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return 1
		}
		return -1
	}
	// Shapes are numbered as they come, and so which comes first would be chance.
	shapes := func(x, y *shape) int {
		return cmp.Or(
			cmp.Compare(x.dir, y.dir), cmp.Compare(x.proto, y.proto), cmp.Compare(x.verdict, y.verdict),
			cmp.Compare(x.kind, y.kind), cmp.Compare(x.reason, y.reason), x.router.Compare(y.router),
			later(x.fresh, y.fresh),
		)
	}
	return cmp.Or(
		shapes(&c.all.heads.values[a.shape], &c.all.heads.values[b.shape]),
		host(a.src, b.src), host(a.dst, b.dst), host(a.remote, b.remote), host(a.local, b.local),
		cmp.Compare(a.srcPort, b.srcPort), cmp.Compare(a.dstPort, b.dstPort),
	)
}
