// Package book remembers who is who: the external hosts, since when and how often
// they were seen, the own machines they talked to, and the names of both. All of it is
// in one small SQLite file, apart from the history, which is deleted month by month
// while this stays. What is new in it, it shows to package alerts.
//
// # Who is who
//
// An address is external if it is global unicast, on none of the own networks and
// not the public address of a router. The host of an attempt is the remote end by
// the direction (in: the source, out: the destination) if that is external; else
// the other end if that is; else the attempt has no host. Where both are external
// (an attempt at a public address nobody told us), the remote end is the host and
// the other end is nothing. A remote end that is only a name (messages of the old
// form) is a host by that name. The device is the other end, if it is on an own
// network; of an attempt without a host it is the local end by the direction.
//
// A device is known by its hardware address where a log tells that, and who had which
// address when is kept: an event is about the device that had the address at its time. Before
// the first that is known it is that one, unless it had a different address of IPv4 before:
// then nobody knows.
//
// A router tells its public address by WAN messages and as WAN(address) at the
// local end of an attempt. The address is neither host nor device.
//
// # Exactly once
//
// Events come in the order of their Seq. What they change is kept in memory until
// it is written, in one transaction together with the highest Seq: after a crash
// the file is as after some event, which Committed tells, and the caller shows
// the events after it again. It may show earlier ones, too: these change nothing,
// but find the same New, since every host knows the Seq it began with. What package
// alerts keeps is written in the same transactions.
//
// # Bounds
//
// Anybody can invent addresses. In memory are Limits.Memory hosts, and in the
// file Limits.Hosts; then those are forgotten that were not seen for longest, such
// first that no device ever talked to. Who was forgotten is new when it comes back.
package book

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"time"

	"linklog/format/services"
	"linklog/service/sqlite"
)

// Options says who is who. The zero value, but for Alerts, takes the usual networks of
// homes for one's own.
type Options struct {
	// OwnNetworks are the networks whose addresses are no hosts but devices. Empty:
	// DefaultOwnNetworks. Whoever has public addresses at home (IPv6) adds what is
	// on the link to those. Addresses that are not global unicast are never hosts.
	OwnNetworks []netip.Prefix

	// Services gives the names of ports. nil: none.
	Services *services.Table

	// Delay is how long mere counts may wait before Commit writes them, so that a
	// busy host is not written ten times a second; 0: DefaultDelay, negative: not
	// at all. New hosts and alerts never wait.
	Delay time.Duration

	// Limits bounds memory and file.
	Limits Limits

	// Alerts is shown what is new; see alerts.Open.
	Alerts Alerts

	// Now is the clock, for times that are shown; nil: time.Now.
	Now func() time.Time

	// Steady is the time by which what lasts is measured: learning, mute, and how long
	// alerts wait for others. It should not be set to another year as a clock may be,
	// except by a call of alerts.Shift. nil: Now.
	Steady func() time.Time

	// Log gets what a maintainer would want to know; nil: nothing is logged.
	Log *slog.Logger
}

// DefaultDelay is that of Options.
const DefaultDelay = 5 * time.Second

// Limits bounds what a Store keeps. 0 stands for the default of each.
type Limits struct {
	Memory  int // hosts in memory, about 260 bytes each; 16,384. Others are looked up in the file
	Hosts   int // hosts in the file, about 130 bytes each; 500,000
	Devices int // own machines, in memory and in the file; 1,024
}

// defaultDevices is the default of Limits.Devices.
const defaultDevices = 1_024

// What a Store keeps for the user is bounded by these; more is refused with an
// error.
const (
	maxLabels = 10_000
	maxLabel  = 200 // bytes of a name the user gives
	maxNotes  = 1_000
	maxNote   = 2_000 // bytes
)

func (o *Options) complete() error {
	for _, p := range o.OwnNetworks {
		if !p.IsValid() {
			return fmt.Errorf("own_networks: not a valid network")
		}
	}
	l := &o.Limits
	if min(l.Memory, l.Hosts, l.Devices) < 0 {
		return fmt.Errorf("the limits must not be negative, are %+v", *l)
	}
	l.Memory, l.Hosts, l.Devices = cmp.Or(l.Memory, 16_384), cmp.Or(l.Hosts, 500_000), cmp.Or(l.Devices, defaultDevices)
	o.Delay = cmp.Or(o.Delay, DefaultDelay)
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

	writer  *sql.DB // one connection, under writing
	reader  *sql.DB // for queries
	finder  *sql.DB // under mu: no query may hold up Observe
	findOne *sql.Stmt

	writing sync.Mutex
	shut    bool // no more transactions

	naming sync.Mutex // while the names in the file are read

	mu sync.Mutex
	home
	hosts     table
	known     known
	fileNames *fileNames // nil: not read, or too long ago
	imported  *imported  // nil: nothing
	seq       uint64     // the highest that was observed
	mark      uint64     // hosts that began after this Seq are new to the user
	urgent    bool       // and it must not wait for Options.Delay
	stats     Stats
	report    Report
	wroteAt   time.Time // when the last transaction ended
	failing   bool      // it failed
	committed uint64
}

// Stats tells how things stand.
type Stats struct {
	Known    int // hosts in the file, or about to be
	InMemory int // of these in memory
	Devices  int

	Forgotten  uint64 // hosts forgotten for want of room, ever
	Unrecorded uint64 // attempts whose host found no room, as nothing could be written; since Open
	Lookups    uint64 // hosts looked up in the file by Observe; since Open
	Failed     uint64 // of these failed: the attempt was not counted
}

// Report says what Open found.
type Report struct {
	Created bool // there was no file, or an empty one

	// SetAside is the name the damaged file got, and Err what was wrong with it.
	// Hosts and devices are forgotten and will be learned again, for as long as the
	// learning period; Salvaged of the user's own names and filters to ignore were saved.
	SetAside string
	Err      error
	Salvaged int
}

// Open opens the file, which it creates if need be, readable for its owner alone.
// One Store at a time may have the file open. A damaged file is set aside, see
// Report; one of a newer LinkLog is left alone and the error is sqlite.ErrNewer; one that
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
	if o.Alerts == nil {
		return nil, errors.New("no alerts were given")
	}
	info, err := os.Stat(path)
	report := Report{Created: os.IsNotExist(err) || err == nil && info.Size() == 0}
	s, err := load(path, o)
	if errors.Is(err, sqlite.ErrDamaged) {
		report.Err = err
		var saved salvage
		if report.SetAside, saved, err = setAside(path, o); err != nil {
			return nil, err
		}
		o.Log.Error("the hosts file is damaged and was set aside", "file", report.SetAside, "error", report.Err)
		if s, err = load(path, o); err == nil {
			report.Salvaged = s.keep(saved)
		}
	}
	if err != nil {
		return nil, err
	}
	s.report = report
	return s, nil
}

// Report says what Open found.
func (s *Store) Report() Report { return s.report }

// Configure changes OwnNetworks and Services to those of o; the rest of o is not looked
// at. An error changes nothing.
func (s *Store) Configure(o Options) error {
	if err := o.complete(); err != nil {
		return fmt.Errorf("configure hosts: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Services = o.Services
	s.given = newOwnNetworks(o.OwnNetworks)
	s.classify()
	return nil
}

// classify notes who is on an own network, after these have changed. The caller holds mu.
func (s *Store) classify() {
	s.home.classify()
	s.hosts.each(func(e *entry) { e.own = e.Addr.IsValid() && !s.own.external(e.Addr) })
}

// Stats tells how things stand.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.InMemory, st.Devices = s.hosts.n(), s.devices.n()
	s.countOnly(&st)
	return st
}

// Close writes what is left and closes the file. An alert that waits for its name or
// for others of its kind comes after the next Open.
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
		return fmt.Errorf("close hosts: %w", sqlite.Classify(err))
	}
	return nil
}

func (s *Store) closeFiles() {
	for _, db := range []*sql.DB{s.finder, s.reader, s.writer} { // the writer last: it takes the write-ahead log into the file
		if db != nil {
			_ = db.Close()
		}
	}
}
