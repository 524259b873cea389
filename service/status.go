package service

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"linklog/service/deliver"
	"linklog/service/engine"
	"linklog/service/health"
	"linklog/service/intake"
)

// Status is how things stand. Numbers are of the time since the service started
// unless they say otherwise.
type Status struct {
	Started  time.Time
	Used     int64 // bytes of the data folder
	Troubles []health.Condition

	intake.Status
	engine.Stats
}

// Status tells how things stand.
func (s *Service) Status() Status {
	st := Status{Started: s.clock.Started(s.started), Used: used(s.config.DataDir), Status: s.Intake.Status(), Stats: s.Engine.Stats()}
	st.Troubles = s.Health.List() // last: Stats may find some
	return st
}

// presence is how things stand, for outlets that say so all the time.
func (s *Service) presence() deliver.Presence {
	e := s.Engine.Stats()
	open, _ := s.Intake.InWords()
	return deliver.Presence{
		Receiving: open != "", NewHosts: e.NewHosts, PerMinute: e.PerMinute, Lost: s.Intake.Lost(), Muted: e.Muted, Problems: len(s.Health.List()),
	}
}

// Summary says in a few words how things stand, for the status line of a service
// manager: "UDP 162, UDP 514: 1234 received, 5 in the last minute, 0 lost".
func (s *Service) Summary() string {
	received, perMinute := s.Engine.Decoded()
	open, _ := s.Intake.InWords()
	text := fmt.Sprintf("%s: %d received, %d in the last minute, %d lost", cmp.Or(open, "no port open"), received, perMinute, s.Intake.Lost())
	for _, c := range s.Health.List() {
		return text + "; " + c.Where() + ": " + c.Reason().String() // one is enough to look into the log
	}
	return text
}

// answerWithin is how long the service may take to say how it is.
const answerWithin = 10 * time.Second

// Alive reports whether the service still works: every lock can be had, and what is
// received is decoded and stored, unless it is known why not.
func (s *Service) Alive() bool {
	return answers(answerWithin, func() bool {
		s.Summary()
		return !s.Engine.IsStuck()
	})
}

// answers asks a question; no answer in time is no.
func answers(limit time.Duration, question func() bool) bool {
	answer := make(chan bool, 1)
	go func() { answer <- question() }()
	select {
	case yes := <-answer:
		return yes
	case <-time.After(limit):
		return false
	}
}

// used is how many bytes the data folder has: history, imports, spool, and the small
// files beside them.
func used(folder string) (total int64) {
	dir, err := filepath.EvalSymlinks(folder) // systemd makes it a link, and a link is not walked into
	if err != nil {
		return 0
	}
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be read is not ours to complain of here
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
