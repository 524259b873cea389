// Package book remembers who was seen: the external hosts, since when and how
// often, the own machines they talked to, and the names the user gave them; and
// it makes the alerts about what is new. All of it is in one small SQLite file,
// apart from the history, which is deleted month by month while this stays.
//
// # Who is who
//
// An address is external if it is global unicast, on none of the own networks and
// not the outer address of a router. The host of an attempt is the remote end by
// the direction (in: the source, out: the destination) if that is external; else
// the other end if that is; else the attempt has no host. Where both are external
// (an attempt at an outer address nobody told us), the remote end is the host and
// the other end is nothing. A remote end that is only a name (messages of the old
// form) is a host by that name. The device is the other end, if it is on an own
// network; of an attempt without a host it is the local end by the direction.
//
// A router tells its outer address by WAN messages and as WAN(address) at the
// local end of an attempt. The address is neither host nor device.
//
// # Exactly once
//
// Events come in the order of their Seq. What they change is kept in memory until
// it is written, in one transaction together with the highest Seq: after a crash
// the file is as after some event, which Committed tells, and the caller shows
// the events after it again. It may show earlier ones, too: these change nothing,
// but find the same New, since every host knows the Seq it began with. Alerts can
// be read only when they are written, and a host that is to be told about is marked
// so in the transaction that makes it known, until the one that has its alert.
// So each host is told once, whenever the process ends.
//
// # Bounds
//
// Anybody can invent addresses. In memory are Limits.Memory hosts, and in the
// file Limits.Hosts; then those are forgotten that were not seen for longest, such
// first that no device ever talked to. Who was forgotten is new when it comes back.
package book

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"time"

	"linklog/format/services"
)

// Options says what is new and to whom. The zero value takes the usual networks of
// homes for one's own, has no learning period and ignores nobody.
type Options struct {
	// OwnNetworks are the networks whose addresses are no hosts but devices. Empty:
	// DefaultOwnNetworks. Whoever has public addresses at home (IPv6) adds what is
	// on the link to those. Addresses that are not global unicast are never hosts.
	OwnNetworks []netip.Prefix

	// Learning is how long after the first Open of the file new hosts are
	// recorded, but not told. 0: not at all; DefaultLearning is usual.
	Learning time.Duration

	// Ignore are filters (see package filter). A new host is not told if its first
	// attempt matches one of them. One that is wrong is an error of Configure, but not
	// of Open: Ignores tells of it. The user's own ones are in the file; see
	// Store.Ignore.
	Ignore []string

	// Services gives the names of ports to alerts and to the filters. nil: none.
	Services *services.Table

	// NameWait is how long an alert waits for the name of its host; 0:
	// DefaultNameWait, negative: not at all (nobody looks names up).
	NameWait time.Duration

	// Delay is how long mere counts may wait before Commit writes them, so that a
	// busy host is not written ten times a second; 0: DefaultDelay, negative: not
	// at all. New hosts and alerts never wait.
	Delay time.Duration

	// Limits bounds memory and file.
	Limits Limits

	// Now is the clock, for times that are shown; nil: time.Now.
	Now func() time.Time

	// Steady is the time by which what lasts is measured: learning, mute, and how long
	// alerts wait for others. It should not be set to another year as a clock may be,
	// except by a call of Shift. nil: Now.
	Steady func() time.Time

	// Log gets what a maintainer would want to know; nil: nothing is logged.
	Log *slog.Logger
}

// The defaults of Options.
const (
	DefaultLearning = 24 * time.Hour
	DefaultNameWait = 3 * time.Second
	DefaultDelay    = 5 * time.Second
)

// Limits bounds what a Store keeps. 0 stands for the default of each.
type Limits struct {
	Memory  int // hosts in memory, about 260 bytes each; 16,384. Others are looked up in the file
	Hosts   int // hosts in the file, about 130 bytes each; 500,000
	Devices int // own machines, in memory and in the file; 1,024
	Alerts  int // alerts that can be read; 10,000. Older ones are deleted
}

// What a Store keeps for the user is bounded by these; more is refused with an
// error.
const (
	maxLabels  = 10_000
	maxIgnores = 1_000
	maxIgnore  = 4_096 // bytes of a filter to ignore
	maxCursors = 1_000
	maxLabel   = 200 // bytes of a name the user gives
)

func (o *Options) complete() error {
	if o.Learning < 0 {
		return fmt.Errorf("the learning period must not be negative, is %v", o.Learning)
	}
	for _, p := range o.OwnNetworks {
		if !p.IsValid() {
			return fmt.Errorf("an own network is no network")
		}
	}
	if o.NameWait == 0 {
		o.NameWait = DefaultNameWait
	}
	if o.Delay == 0 {
		o.Delay = DefaultDelay
	}
	for _, l := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"Memory", &o.Limits.Memory, 16_384}, {"Hosts", &o.Limits.Hosts, 500_000},
		{"Devices", &o.Limits.Devices, 1_024}, {"Alerts", &o.Limits.Alerts, 10_000},
	} {
		if *l.value < 0 {
			return fmt.Errorf("the limit %s must not be negative, is %d", l.name, *l.value)
		}
		if *l.value == 0 {
			*l.value = l.fallback
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Steady == nil {
		o.Steady = o.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Store is an open file of hosts. Its methods may be called from any goroutine, but
// Observe from one, in the order of Seq.
//
// Of the two locks, writing is taken before mu. It is held while a transaction
// takes place, mu for a few instructions, so that a slow disk holds up neither
// Observe nor readers. The exception is a host that is not in memory: it is looked
// up in the file under mu, unless the filter of known hosts says that it is new.
type Store struct {
	o    Options
	path string

	writer *sql.DB // one connection, under writing
	reader *sql.DB // for queries
	finder *finder // under mu

	writing sync.Mutex
	shut    bool // no more transactions

	mu         sync.Mutex
	own        ownNetworks
	hosts      table
	text       []byte // of a Ref; see textOf
	known      bloom
	devices    devices
	labels     map[Ref]string
	rules      rules
	wan        []wan
	outerTold  [outerMost]time.Time // when the last alerts about outer addresses were made, the oldest first
	waiting    []waiting            // hosts to be told that may still get a name, the longest waiting first
	coalescing coalescing
	outbox     []Alert // made, not yet written
	seq        uint64  // the highest that was observed
	changed    bool    // there is something to write
	urgent     bool    // and it must not wait for Options.Delay
	stats      Stats
	state      state
	subscriber map[*subscriber]struct{}
	report     Report

	wroteAt   time.Time // when the last transaction ended
	failing   bool      // it failed
	committed uint64
	lastAlert uint64 // the newest that can be read
}

// state are the single values in the file that are not kept elsewhere. Times are steady
// ones, ns since 1970, 0 for never.
type state struct {
	installed  int64
	mark       uint64
	muted      int64
	nextAlert  uint64
	nextDevice int64
}

// Stats tells how things stand.
type Stats struct {
	Known    int // hosts in the file, or about to be
	InMemory int // of these in memory
	Devices  int
	Waiting  int // new hosts that are about to be told

	Forgotten  uint64 // hosts forgotten for want of room, ever
	Unrecorded uint64 // attempts whose host found no room, as nothing could be written; since Open
	Lookups    uint64 // hosts looked up in the file by Observe; since Open
	Failed     uint64 // of these failed: the attempt was not counted

	LearningUntil time.Time // zero: there is no learning period
}

// Report says what Open found.
type Report struct {
	Created bool // there was no file, or an empty one

	// SetAside is the name the damaged file got, and Err what was wrong with it.
	// Hosts and devices are forgotten and will be learned again, for as long as
	// the learning period; Salvaged of the user's own names and filters were saved.
	SetAside string
	Err      error
	Salvaged int
}

// Open opens the file, which it creates if need be, readable for its owner alone.
// One Store at a time may have the file open. A damaged file is set aside, see
// Report; one of a newer LinkLog is left alone and the error is ErrNewer; one that
// cannot be read or written is a *datafile.Error and is left alone, too.
func Open(path string, o Options) (*Store, error) {
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open hosts: %w", err)
	}
	return s, nil
}

func open(path string, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	rules, _ := newRules(o.Ignore, o.Services) // a wrong one is no reason to forget all others: see Ignores
	info, err := os.Stat(path)
	report := Report{Created: os.IsNotExist(err) || err == nil && info.Size() == 0}
	s, err := load(path, o)
	if isDamaged(err) {
		report.Err = err
		var saved salvage
		if report.SetAside, saved, err = setAside(path, o); err != nil {
			return nil, err
		}
		o.Log.Error("the file of hosts is damaged and was set aside", "file", report.SetAside, "error", report.Err)
		if s, err = load(path, o); err == nil {
			report.Salvaged = s.keep(saved)
		}
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = report
	rules.user = s.rules.user
	rules.compile(o.Services)
	s.rules = rules
	s.notFromTheFuture(s.o.Steady())
	return s, nil
}

// Report says what Open found.
func (s *Store) Report() Report { return s.report }

// Configure changes OwnNetworks, Learning, Ignore and Services to those of o; the
// rest of o is not looked at. An error changes nothing.
func (s *Store) Configure(o Options) error {
	if err := o.complete(); err != nil {
		return fmt.Errorf("configure hosts: %w", err)
	}
	rules, err := newRules(o.Ignore, o.Services)
	if err != nil {
		return fmt.Errorf("configure hosts: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rules.user = s.rules.user
	rules.compile(o.Services)
	s.rules = rules
	s.o.Learning, s.o.Services = o.Learning, o.Services
	s.own = newOwnNetworks(o.OwnNetworks)
	s.hosts.each(func(e *entry) { e.own = e.Addr.IsValid() && !s.own.external(e.Addr) })
	for _, v := range s.devices.byAddr {
		v.foreign = !s.own.contains(v.addr)
	}
	return nil
}

// Stats tells how things stand.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.InMemory, st.Devices = s.hosts.n, s.devices.n()
	st.Waiting = len(s.waiting)
	if s.o.Learning > 0 {
		st.LearningUntil = s.learningUntil().Add(-s.steadier())
	}
	return st
}

// Close writes what is left and closes the file. An alert that waits for its
// name or for others of its kind comes after the next Open.
func (s *Store) Close() error {
	err := s.flush()
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.shut {
		return nil
	}
	s.shut = true
	if err == nil {
		_, err = s.writer.Exec("UPDATE state SET opened = 0")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeFiles()
	if err != nil {
		return fmt.Errorf("close hosts: %w", classify(err))
	}
	return nil
}

func (s *Store) closeFiles() {
	s.finder.close()
	_ = s.reader.Close()
	_ = s.writer.Close() // last: it takes the write-ahead log into the file
}

func (s *Store) learningUntil() time.Time {
	return time.Unix(0, s.state.installed).Add(s.o.Learning).UTC()
}
