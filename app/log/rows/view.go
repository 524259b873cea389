package rows

import (
	"context"
	"math/bits"
	"sort"

	"linklog/capture"
	"linklog/filter"
)

// View is the events of a Store that pass a filter, by index from 0, oldest first.
// Like the Store it belongs to one goroutine. It follows the Store when Update is
// called; until then, after a change of the Store, its events must not be asked
// for.
type View struct {
	store *Store
	plan  *plan
	list  []*marks // by chunk, beside store.chunks
	first int64    // positions that are judged
	next  int64
	count int
	acc   [block]uint8
}

// marks are the rows of a chunk that pass.
type marks struct {
	words [chunkSize / 64]uint64
	count int
	below [chunkSize / block]uint16 // rows that pass in the blocks before
}

// Snapshot is the Store as it was, for another goroutine to run a filter on.
type Snapshot struct {
	store  *Store
	first  int64
	next   int64
	chunks []*chunk
	dict   dictionary // hosts, heads, strings only
}

// Snapshot takes what is there now. It costs about a microsecond.
func (s *Store) Snapshot() *Snapshot {
	sn := &Snapshot{store: s, first: s.first, next: s.next, chunks: make([]*chunk, len(s.chunks))}
	headers := make([]chunk, len(s.chunks))
	for i, c := range s.chunks {
		headers[i] = *c // its sparse lists grow
		sn.chunks[i] = &headers[i]
	}
	s.dict.shared = true
	sn.dict = dictionary{
		hosts: s.dict.hosts, heads: s.dict.heads, strings: s.dict.strings,
		renamed: s.dict.renamed, generation: s.dict.generation,
	}
	return sn
}

// Select finds the events that pass; m may be nil: all. It may run in any
// goroutine. The View is for the Store's: call Update there first. The error is
// that of ctx.
func (sn *Snapshot) Select(ctx context.Context, m *filter.Matcher) (*View, error) {
	v := &View{store: sn.store, plan: newPlan(m), first: sn.first, next: sn.first}
	v.plan.generation, v.plan.renamed = sn.dict.generation, sn.dict.renamed
	if _, err := v.plan.learn(ctx, &sn.dict); err != nil {
		return nil, err
	}
	for range sn.chunks {
		v.list = append(v.list, &marks{})
	}
	for n, c := range sn.chunks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		base := sn.first>>chunkBits<<chunkBits + int64(n)<<chunkBits
		v.judge(c, v.list[n], max(sn.first-base, 0), min(sn.next-base, chunkSize))
	}
	v.next = sn.next
	return v, nil
}

// Select is Snapshot and Select for a Store that no one else uses meanwhile.
func (s *Store) Select(ctx context.Context, m *filter.Matcher) (*View, error) {
	return s.Snapshot().Select(ctx, m)
}

// Update follows the Store: events that were added, dropped, or whose names
// changed. It reports whether the View is different from before.
func (v *View) Update() (changed bool) {
	s := v.store
	if v.first == s.first && v.next == s.next && v.plan.renamed == s.dict.renamed && v.plan.generation == s.dict.generation {
		return false
	}
	before, first := v.count, v.first
	again, _ := v.plan.learn(context.Background(), &s.dict)
	if again || s.first >= v.next {
		v.list, v.count, v.first, v.next = nil, 0, s.first, s.first
	}
	v.forget(s.first)
	for len(v.list) < len(s.chunks) {
		v.list = append(v.list, &marks{})
	}
	for n, m := range v.list {
		base := s.first>>chunkBits<<chunkBits + int64(n)<<chunkBits
		v.judge(s.chunks[n], m, max(s.first-base, v.next-base, 0), min(s.next-base, chunkSize))
	}
	v.first, v.next = s.first, s.next
	return again || v.count != before || v.first != first
}

// forget lets go of events that the store dropped, those below first.
func (v *View) forget(first int64) {
	for len(v.list) > 0 && v.first < first {
		m := v.list[0]
		end := (v.first | chunkMask) + 1
		v.count -= m.count
		if end <= first {
			v.list, v.first = v.list[1:], end
			continue
		}
		v.first = first
		m.clear(int(first & chunkMask))
		v.count += m.count
	}
	v.first = max(v.first, first)
	v.next = max(v.next, v.first)
}

// judge adds rows of a chunk.
func (v *View) judge(c *chunk, m *marks, low, high int64) {
	if low >= high {
		return
	}
	for from := int(low); from < int(high); {
		to := min(from&^(block-1)+block, int(high))
		v.plan.judge(c, from, to, &v.acc, &m.words)
		from = to
	}
	v.count -= m.count
	m.sum()
	v.count += m.count
}

// sum counts the bits.
func (m *marks) sum() {
	m.count = 0
	for b := range m.below {
		m.below[b] = uint16(m.count)
		for _, w := range m.words[b*block/64 : (b+1)*block/64] {
			m.count += bits.OnesCount64(w)
		}
	}
}

// clear takes away the rows below one.
func (m *marks) clear(low int) {
	for i := range low {
		m.words[i/64] &^= 1 << (i & 63)
	}
	m.sum()
}

// at is the row of an index, which is below count.
func (m *marks) at(i int) int {
	b := sort.Search(len(m.below), func(b int) bool { return int(m.below[b]) > i }) - 1
	i -= int(m.below[b])
	for w := b * block / 64; ; w++ {
		word := m.words[w]
		if ones := bits.OnesCount64(word); i >= ones {
			i -= ones
			continue
		}
		for ; i > 0; i-- {
			word &= word - 1
		}
		return w*64 + bits.TrailingZeros64(word)
	}
}

// find is the index of the first row that is not below one.
func (m *marks) find(row int) int {
	i := int(m.below[row/block])
	for w := row &^ (block - 1) / 64; w < row/64; w++ {
		i += bits.OnesCount64(m.words[w])
	}
	return i + bits.OnesCount64(m.words[row/64]&(1<<(row&63)-1))
}

// Len is the number of events that pass.
func (v *View) Len() int { return v.count }

// ID is the position of an event in the Store, which stays the same whatever the
// filter and whatever is added or dropped. i is 0 to Len-1.
func (v *View) ID(i int) int64 {
	base := v.first >> chunkBits << chunkBits
	for n, m := range v.list {
		if i >= m.count {
			i -= m.count
			continue
		}
		return base + int64(n)<<chunkBits + int64(m.at(i))
	}
	return v.next
}

// Find is the index of the first event whose position is id or higher; Len if
// there is none.
func (v *View) Find(id int64) int {
	if id <= v.first {
		return 0
	}
	if id >= v.next {
		return v.count
	}
	n := int(id>>chunkBits - v.first>>chunkBits)
	i := 0
	for _, m := range v.list[:n] {
		i += m.count
	}
	return i + v.list[n].find(int(id&chunkMask))
}

// Event rebuilds an event; false if i is not 0 to Len-1.
func (v *View) Event(i int, ev *capture.Event) bool {
	if i < 0 || i >= v.count {
		*ev = capture.Event{}
		return false
	}
	return v.store.Event(v.ID(i), ev)
}
