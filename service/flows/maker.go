// Package flows makes connection attempts of datagrams of flows that are in the spool, and puts
// them there, too: an attempt is certain only some seconds after its flows came, and as a record
// of its own it has a place among the events, which it keeps over a restart.
//
// The end of the process, kill -9 included, loses none and makes none twice. Those that are not
// in the spool by then are made again of their datagrams, which the spool must keep: see Settled.
package flows

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/capture/flow"
	"linklog/service/datafile"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/spool"
)

// Options is what a Maker needs.
type Options struct {
	Spool *spool.Spool
	File  string // where what exporters said once is kept over a restart

	// Home tells the addresses of devices at home, Router those that a router has outside.
	Home, Router func(netip.Addr) bool

	// Lines calls a function with the attempts that routers logged in records before one, as Logged takes
	// them: it is called when flows come for the first time. nil: none is known.
	Lines func(before uint64, f func(ev *capture.Event, again bool))

	// Private reports whether some attempts are not to be recorded. Then no record has the ends of one
	// that is part of an event of a log, as that may be one of them. nil: none is.
	Private func() bool

	// Settled is a Seq before which nothing is to be made of any datagram, whatever the file says.
	Settled uint64

	Now    func() time.Time // this computer's clock
	Gaps   *gap.Log
	Health *health.Health
	Log    *slog.Logger
}

// Maker makes attempts. Take, Due and Write are for the one goroutine that reads the spool; the
// others may be called from any.
type Maker struct {
	o Options

	mu       sync.Mutex
	decoder  *flow.Decoder
	attempts *flow.Attempts // nil: no flows came, as in most households
	lines    *flow.Lines    // nil: nobody ever sent flows
	pending  []attempt      // certain, and not in the spool yet
	missing  map[netip.Addr]*missing
	sampled  map[netip.Addr]uint32
	slow     map[netip.Addr]bool // templates that are waited for are told
	looked   time.Time           // when it was looked last for what is to be told
	before   time.Time           // when the last flows came
	next     uint64              // behind the last record that was read

	// Of earlier runs: what was made of datagrams before settled need not be made again, nor what
	// is made, which has all that was written after.
	settled uint64
	made    map[identity]uint64 // as which record
	opened  uint64              // the last Seq in the spool by then

	// What write writes at once, and room for their data.
	records [batch]spool.Record
	data    [batch * usualRecord]byte

	saving sync.Mutex
	saved  []byte
	wrote  time.Time
}

// identity tells what is made of one datagram apart: an attempt by its ends, in their order, what was
// reported of one later by its record, and what is missing by the router alone.
type identity struct {
	origin    uint64
	of        uint64
	low, high netip.AddrPort
	proto     capture.Protocol
}

func identify(a *flow.Attempt) identity {
	if a.More {
		return identity{origin: a.Origin, of: a.Of}
	}
	low, high := a.Src, a.Dst
	if low.Compare(high) > 0 {
		low, high = high, low
	}
	return identity{origin: a.Origin, low: low, high: high, proto: a.Proto}
}

const (
	// maxPending bounds the attempts that wait for room in the spool; of more, the oldest are lost.
	maxPending = 16384

	// maxExporters bounds those of which something is to be told.
	maxExporters = 64

	// lookEvery is how often it is told what is missing, and so on.
	lookEvery = 10 * time.Second

	// slowly is how long data may wait for its template until that is told.
	slowly = time.Minute

	// unnoted is how many records before those that were not read earlier runs may have left
	// something of, if there is no file that tells.
	unnoted = 16384

	// farthest is how many records may come while data waits for its template: they are kept as
	// long as it does, and the spool has no room for all that may come in half an hour.
	farthest = 1 << 18

	// saveEvery is how often what exporters said once is kept.
	saveEvery = time.Minute
)

// state is what the file has.
type state struct {
	Settled uint64       `json:"settled"`
	Known   []flow.Known `json:"known"`
}

// Open returns a Maker for a spool from whose records up to a Seq, included, all attempts were
// made by earlier runs but for those that were not certain. It reads what earlier runs left. An
// error says that the file cannot be used: the Maker can.
func Open(o Options, read uint64) (*Maker, error) {
	m := &Maker{
		o: o, decoder: flow.New(), opened: o.Spool.Last(), made: make(map[identity]uint64),
		missing: make(map[netip.Addr]*missing), sampled: make(map[netip.Addr]uint32), slow: make(map[netip.Addr]bool),
	}
	var s state
	text, err := datafile.Read(o.File)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if m.settled = o.Spool.Before(read+1, unnoted); 0 < s.Settled && s.Settled <= m.opened+1 {
		m.settled = s.Settled
	}
	m.settled = max(m.settled, o.Settled)
	m.decoder.Learn(s.Known, o.Now())
	if len(s.Known) > 0 {
		m.begin()
	}
	m.saved = text
	m.lookBack()
	m.next = m.settled
	return m, err
}

// lookBack finds what earlier runs made and wrote after what the file tells.
func (m *Maker) lookBack() {
	// Also before what was settled: connections that are reported again are known by their attempts.
	from := min(m.settled, m.o.Spool.Before(m.opened+1, unnoted))
	reader, err := m.o.Spool.Reader(max(from, m.o.Spool.First()))
	if err != nil {
		return // nothing is there any more of which anything would be made again
	}
	defer reader.Close()
	told := make(map[uint64]*flow.Attempt)
	records := make([]spool.Record, 256)
	for reader.Seq() <= m.opened {
		n, err := reader.Next(context.Background(), records)
		if n == 0 && err != nil && !lost(err) {
			return
		}
		for i := range records[:n] {
			switch r := &records[i]; r.Kind {
			case Kind:
				if a, ok := read(r); ok {
					m.made[identify(&a.Attempt)] = r.Seq
					m.settled = max(m.settled, a.settled)
					if told[r.Seq] = &a.Attempt; a.Last > 0 {
						m.know(&a.Attempt, r.Seq)
					}
				}
			case More:
				a, ok := readMore(r)
				switch {
				case ok && a.ends:
					m.settled = max(m.settled, a.settled)
					told[a.Of] = &a.Attempt
					m.know(&a.Attempt, a.Of)
					a.More = false
					m.made[identify(&a.Attempt)] = a.Of
				case ok:
					m.made[identify(&a.Attempt)] = r.Seq
					m.settled = max(m.settled, a.settled)
					if of := told[a.Of]; of != nil {
						of.Received, of.Last = a.Received, max(of.Last, a.Last)
						m.know(of, a.Of)
					}
				}
			case spool.Gap:
				if of, router := gap.Of(r); of != 0 {
					m.made[identity{origin: of, low: netip.AddrPortFrom(router, 0)}] = r.Seq
				}
			}
		}
	}
}

// know tells of an attempt that an earlier run stored.
func (m *Maker) know(a *flow.Attempt, seq uint64) {
	m.begin()
	m.attempts.Know(a, seq)
}

// begin makes room for what is known of flows, and reports whether there was none.
func (m *Maker) begin() bool {
	if m.attempts != nil {
		return false
	}
	m.attempts, m.lines = flow.NewAttempts(m.o.Home, m.o.Router), flow.NewLines(m.o.Home)
	return true
}

// Logged takes what a router logged: flows of the same connection add to an attempt. again: it is a repeat,
// and no event. It is for the goroutine that reads the spool.
func (m *Maker) Logged(ev *capture.Event, again bool) {
	if m.lines == nil { // it is made by Take, which runs where this does
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines.Add(ev, again)
}

// lost reports whether a reader of the spool goes on after an error.
func lost(err error) bool {
	var gone *spool.GoneError
	var damaged *spool.DamagedError
	return errors.As(err, &gone) || errors.As(err, &damaged)
}

// From is the Seq of the first record that must be read once more.
func (m *Maker) From() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settled
}

// Take reads a datagram of flows.
func (m *Maker) Take(r *spool.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begin() && m.o.Lines != nil {
		m.o.Lines(r.Seq, m.lines.Add)
	}
	m.decoder.Origin = r.Seq
	m.attempts.Logs = m.lines.Log(r.From.Addr(), r.Time)
	waited, _ := m.decoder.Oldest()
	report := m.decoder.Decode(r.From, r.Data, r.Time, func(f *flow.Record) { m.attempts.Add(r.From.Addr(), f, m.tell) })
	m.next = r.Seq + 1
	if r.Seq < m.settled {
		m.decoder.GiveUp(r.Seq, r.Time) // nothing is to be made of it
	} else {
		m.note(r, &report, waited)
	}
	m.before = r.Time
	if m.opened != 0 && m.unsettled() > m.opened {
		m.opened, m.made = 0, nil // nothing that was made before can be made again
	}
}

// tell takes an attempt that is certain.
func (m *Maker) tell(a *flow.Attempt) {
	if a.More {
		m.tellMore(a)
		return
	}
	seq := m.made[identify(a)]
	if seq != 0 {
		m.attempts.Stored(a.ID, seq)
	}
	if seq != 0 || a.Origin < m.settled {
		return
	}
	if a.Sampling > 1 {
		m.tellSampling(a)
	}
	p := attempt{Attempt: *a}
	if of, turned := m.lines.Find(a); of != 0 {
		if turned {
			m.attempts.Turn(&p.Attempt)
		}
		m.attempts.Stored(a.ID, of)
		p.More, p.Of, p.ends = true, of, m.o.Private == nil || !m.o.Private()
		if !p.ends && m.made[identify(&p.Attempt)] != 0 {
			return
		}
	}
	m.pending = append(m.pending, p)
}

// tellMore takes what was reported of an attempt later. All of one datagram is one.
func (m *Maker) tellMore(a *flow.Attempt) {
	if a.Origin < m.settled || a.Of != 0 && m.made[identify(a)] != 0 || a.Out == (capture.Volume{}) && a.Back == (capture.Volume{}) {
		return
	}
	for i := len(m.pending) - 1; i >= 0 && m.pending[i].Origin == a.Origin; i-- {
		if p := &m.pending[i]; p.More && p.ID == a.ID {
			p.Out.Add(a.Out)
			p.Back.Add(a.Back)
			return
		}
	}
	m.pending = append(m.pending, attempt{Attempt: *a})
}

// Due tells what waited long enough at a time. next is the Seq behind the last record that was read.
func (m *Maker) Due(now time.Time, next uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = max(m.next, next)
	if m.attempts == nil {
		return
	}
	m.attempts.Due(now, m.tell)
	m.giveUp(m.o.Spool.Before(m.next, farthest)-1, now)
	m.look(now)
}

// giveUp gives up data that waits for its template for too long, or is of records up to a Seq.
func (m *Maker) giveUp(upTo uint64, now time.Time) {
	if sets, first := m.decoder.GiveUp(upTo, now); sets > 0 {
		if x := m.missingOf(netip.Addr{}, first, now); x != nil {
			x.sets += uint64(sets)
		}
	}
}

// GiveUp gives up what waits of records up to a Seq for its template, so that they need not be kept.
func (m *Maker) GiveUp(upTo uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.giveUp(upTo, m.before)
	m.tellMissing()
}

// Finish lets nothing wait of the records that were read: attempts are certain as they are, and data
// without a template is given up. Then all that was made of records before settled is in records up to
// a Seq, through, and what will be made of the others is behind that.
func (m *Maker) Finish() (settled, through uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.attempts != nil {
		m.attempts.Flush(m.tell)
		m.giveUp(m.next, m.before)
		m.tellMissing()
		err = m.write()
	}
	return max(m.next, m.settled), m.o.Spool.Last(), err
}

// Waits reports whether Due has something to do though nothing comes.
func (m *Maker) Waits() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.attempts == nil {
		return false
	}
	_, held := m.attempts.Oldest()
	_, waits := m.decoder.Oldest()
	return held || waits || len(m.pending) > 0 || len(m.missing) > 0
}

// Write writes the attempts that are certain to the spool. Those that find no room wait for the
// next time.
func (m *Maker) Write() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pending) == 0 {
		return
	}
	if m.write() == nil {
		return
	}
	if n := len(m.pending) - maxPending; n > 0 {
		m.o.Gaps.Add(gap.Gap{Since: m.pending[0].Received, Lost: uint64(n), Text: capture.GapText(capture.GapUnwritten)})
		m.pending = slices.Delete(m.pending, 0, n)
	}
}

// batch is how many attempts are written at once.
const batch = 256

func (m *Maker) write() error {
	now, room := m.o.Now().UTC().Round(0), m.pending[:0]
	for len(m.pending) > 0 {
		// That all of them are there by then is true only when they are.
		settled := m.unsettled()
		records := m.take(settled, now)
		if len(records) == 0 {
			break
		}
		first, err := m.o.Spool.Append(records)
		m.o.Health.Check(health.SpoolUnwritten, err)
		if err != nil {
			return err
		}
		for i := range records {
			if p := &m.pending[i]; !p.More {
				m.attempts.Stored(p.ID, first+uint64(i))
			}
		}
		m.pending = m.pending[len(records):]
	}
	m.pending = nil
	if cap(room) <= 2*batch { // as many as come at once
		m.pending = room
	}
	return nil
}

// take makes records of the pending attempts that can be written at once: before one of which more is
// among them has its Seq, that cannot.
func (m *Maker) take(settled uint64, now time.Time) []spool.Record {
	records := m.records[:0]
	for i := 0; i < min(batch, len(m.pending)); i++ {
		p := &m.pending[i]
		if p.More && p.Of == 0 {
			if p.Of = m.attempts.StoredAs(p.ID); p.Of == 0 {
				if slices.ContainsFunc(m.pending[:i], func(of attempt) bool { return !of.More && of.ID == p.ID }) {
					return records
				}
				m.pending = slices.Delete(m.pending, i, i+1) // of one that is not known any more
				i--
				continue
			}
		}
		p.settled = settled
		at := i * usualRecord
		records = append(records, p.record(now, m.data[at:at:at+usualRecord]))
	}
	return records
}

// Settled is the Seq of the first record of which something is still to be made: those before
// need not be kept for that.
func (m *Maker) Settled() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unsettled()
}

func (m *Maker) unsettled() uint64 {
	if m.attempts == nil {
		return max(m.next, m.settled)
	}
	first := m.next
	if o, waits := m.attempts.Oldest(); waits {
		first = min(first, o)
	}
	if o, waits := m.decoder.Oldest(); waits {
		first = min(first, o)
	}
	for i := range m.pending {
		first = min(first, m.pending[i].Origin)
	}
	for _, x := range m.missing {
		first = min(first, x.origin)
	}
	return max(first, m.settled)
}

// Save keeps what exporters said once, if it is time to, or at the end.
func (m *Maker) Save(end bool) error {
	m.saving.Lock()
	defer m.saving.Unlock()
	if now := m.o.Now(); !end && now.Sub(m.wrote).Abs() < saveEvery {
		return nil
	} else {
		m.wrote = now
	}
	m.mu.Lock()
	if m.attempts == nil { // nobody sends flows, and what is known of earlier runs is still all
		m.mu.Unlock()
		return nil
	}
	s := state{m.unsettled(), m.decoder.Known()}
	m.mu.Unlock()
	text, err := json.Marshal(s)
	if err != nil || string(text) == string(m.saved) {
		return err
	}
	// What it calls settled must be on the disk before.
	if err = m.o.Spool.Sync(); err == nil {
		err = datafile.Replace(m.o.File, text, 0o600)
	}
	if err == nil {
		m.saved = text
	}
	return err
}
