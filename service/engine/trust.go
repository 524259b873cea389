package engine

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/health"
)

// trust decides whose leases and answers of DNS name devices and hosts: anyone in the network can
// send such lines. The router's are believed, which is who sends connections; of leases and of
// answers also those of who sent the first, as a DHCP server or Pi-hole beside the router does.
// Others are counted, and told, until the user says in the settings whose names count: then it is
// only those. Who is silent for long makes room for another.
type trust struct {
	path   string // of the file in which the roles are
	router atomic.Pointer[role]

	mu      sync.Mutex
	chosen  []netip.Prefix // by the settings; none: as above
	roles   [roles]role
	saved   [roles]role
	refused uint64
	told    time.Time // the last one was
}

// What somebody is the first to send.
const (
	connections = iota
	leases
	answers
	roles
)

// role is who was the first to send something.
type role struct {
	Addr  netip.Addr `json:"addr"`
	First time.Time  `json:"first"`
	Last  time.Time  `json:"last"`
}

const (
	// silent is how long who has a role must be silent until somebody else gets it: a household
	// has another router then.
	silent = 7 * 24 * time.Hour

	// What this computer itself sends is a test, after which anybody else gets the role, unless it
	// goes on for a day: then a program here passes on what the router sends.
	settled    = 24 * time.Hour
	silentHere = time.Hour

	// noted is how exact Last is: most lines change nothing.
	noted = time.Minute

	// refusedFor is how long it is said of somebody that his names are not used.
	refusedFor = time.Hour
)

// open reads who had the roles before this start. Without that they are given anew.
func (t *trust) open(path string) error {
	t.path = path
	text, err := datafile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var list []role
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		return err
	}
	copy(t.roles[:], list)
	t.saved = t.roles
	return nil
}

// write keeps who has the roles.
func (t *trust) write() error {
	t.mu.Lock()
	now := t.roles
	t.mu.Unlock()
	changed := false
	for i := range now {
		changed = changed || now[i].Addr != t.saved[i].Addr || now[i].Last.Sub(t.saved[i].Last).Abs() >= silentHere/2
	}
	if !changed {
		return nil
	}
	text, err := json.Marshal(now)
	if err == nil {
		err = datafile.Replace(t.path, text, 0o600)
	}
	if err == nil {
		t.saved = now
	}
	return err
}

// configure takes the networks of the settings whose names count; none: as it is by itself.
func (t *trust) configure(chosen []netip.Prefix) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.chosen = chosen
}

// connected notes who sent a connection.
func (t *trust) connected(from netip.Addr, at time.Time) {
	if r := t.router.Load(); r != nil && r.Addr == from && at.Sub(r.Last).Abs() < noted {
		return // nearly always
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.roles[connections].has(from, at) {
		t.router.Store(&role{Addr: from, Last: at})
	}
}

// has reports whether somebody has a role, which is given if nobody has.
func (r *role) has(who netip.Addr, at time.Time) bool {
	limit, held := silent, r.Addr.IsValid()
	if r.Addr.IsLoopback() {
		limit, held = silentHere, r.Last.Sub(r.First) >= settled
	}
	switch {
	case r.Addr == who:
		if at.After(r.Last) {
			r.Last = at
		}
	case held && at.Sub(r.Last) <= limit:
		return false
	default:
		*r = role{who, at, at}
	}
	return true
}

// believes reports whether a sighting counts.
func (t *trust) believes(s *capture.Sighting) bool {
	if s.Kind != capture.Lease && s.Kind != capture.Answer {
		return true // it comes with a connection
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.chosen) > 0 {
		from := s.Router.WithZone("")
		return slices.ContainsFunc(t.chosen, func(p netip.Prefix) bool { return p.Contains(from) }) || t.refuse()
	}
	return t.roleFor(s).has(s.Router, s.Time) || t.roles[connections].Addr == s.Router || t.refuse()
}

// roleFor is the role of who is believed in what a sighting is of. mu is held.
func (t *trust) roleFor(s *capture.Sighting) *role {
	if s.Kind == capture.Answer {
		return &t.roles[answers]
	}
	return &t.roles[leases]
}

func (t *trust) refuse() bool {
	t.refused++
	return false
}

// sawStranger reports that somebody sends names that are not used, if the user did not choose so.
func (e *Engine) sawStranger(s *capture.Sighting) {
	t := &e.trust
	t.mu.Lock()
	now := time.Now()
	quiet := len(t.chosen) > 0 || now.Sub(t.told) < time.Second
	if !quiet {
		t.told = now
	}
	believed, refused := t.roleFor(s).Addr, t.refused
	t.mu.Unlock()
	if !quiet {
		e.health.Report(health.New(health.NamesRefused, "", "Address", s.Router.String(), "Believed", believed.String(), "Count", refused))
	}
}

// lookForStrangers finds out whether none has come for a while, and keeps who is believed.
func (e *Engine) lookForStrangers(now time.Time) {
	t := &e.trust
	t.mu.Lock()
	over := len(t.chosen) > 0 || now.Sub(t.told) > refusedFor
	t.mu.Unlock()
	if over {
		e.health.Over(health.NamesRefused, "")
	}
	e.health.Check(health.TrustUnwritten, t.write())
}
