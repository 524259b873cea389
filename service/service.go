// Package service is the daemon: it receives datagrams, keeps them on disk before
// anything else happens to them, makes events of them, stores these and gives
// them to whoever follows.
//
//	intake ─ spool ─ engine ─┬─ history
//	                         └─ followers
//
// It puts the parts together: intake takes batches from the sockets and appends them to
// the spool, and waits for nothing else; engine reads the spool behind it. What is wrong
// with any of them is in health.
package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linklog/assets/origin"
	"linklog/format/services"
	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/clock"
	"linklog/service/datafile"
	"linklog/service/engine"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/intake"
	"linklog/service/lists"
	"linklog/service/settings"
)

// Config is what a Service needs.
type Config struct {
	DataDir  string // spool, history and hosts; made if there is none
	Settings settings.Settings
	Conns    []*net.UDPConn     // sockets the service manager opened, if they are what Settings.Listen asks for
	Streams  []*net.TCPListener // and those for TCP
	Managed  bool               // there is a service manager that opens the sockets at each start, if it can
	Boot     string             // names the time since the computer started; "": the system is asked
	Log      *slog.Logger       // nil: nothing is logged
	Services *services.Table    // nil: the system's

	// See intake.Options.
	NeedPort, Instead bool

	// AlertNote is said with failures of the program of alerts: what it has to know of
	// where it runs.
	AlertNote string

	// Texts, if set, gives the texts of a language, for what the service itself says to people; nil:
	// there is only English.
	Texts func(language string) phrase.Words

	// Retry is how often a port that another program has is tried again; 0: every
	// ten seconds.
	Retry time.Duration

	// The clocks, for tests; nil: the computer's, and one that nobody can set.
	now    func() time.Time
	steady func() time.Duration
}

// Service is the daemon. Its methods may be called from any goroutine.
type Service struct {
	// Engine has the events, and all that is known of hosts.
	Engine *engine.Engine

	// Intake has the port, and what was lost.
	Intake *intake.Intake

	// Health is what is wrong now. What is wrong outside, such as with the settings file,
	// is to be reported there, too.
	Health *health.Health

	config  Config
	log     *slog.Logger
	started time.Time
	id      string
	clock   *clock.Clock
	program program
	origins atomic.Pointer[settings.Origin] // in use
	says    atomic.Pointer[phrase.Words]    // what is said to people, in the language of the settings

	// Outlets are told of alerts.
	Outlets *Outlets

	// Lists are those of addresses and names that the settings ask for.
	Lists *lists.Lists
}

// listsFolder is where lists are kept in the data folder.
const listsFolder = "lists"

// Open opens the folder and the sockets. Nothing is received before Run.
func Open(ctx context.Context, c Config) (_ *Service, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Services == nil {
		c.Services = services.Default()
	}
	if c.Retry <= 0 {
		c.Retry = 10 * time.Second
	}
	if err := datafile.OwnFolder(c.DataDir); err != nil {
		return nil, err
	}
	datafile.Sweep(c.DataDir)
	datafile.Sweep(filepath.Join(c.DataDir, listsFolder))
	s := &Service{config: c, log: c.Log, started: time.Now(), Health: health.NewHealth(c.Log), clock: clock.New(c.DataDir, c.now, c.steady)}
	gaps := gap.NewLog(s.clock.Wall, s.Health, c.Log)
	// What was opened is closed again if the rest fails.
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.readIdentity()
	s.useOrigins(c.Settings.Origin)
	// The sockets first: a port that is taken is told before anything else.
	if s.Intake, err = intake.Open(ctx, intake.Options{
		DataDir: c.DataDir, Listen: c.Settings.Listen, Sources: c.Settings.Sources, Conns: c.Conns, Streams: c.Streams, Managed: c.Managed, Boot: c.Boot,
		NeedPort: c.NeedPort, Instead: c.Instead, Retry: c.Retry, Clock: s.clock, Gaps: gaps, Health: s.Health, Log: c.Log,
		Newest: func() time.Time { return s.Engine.Newest() },
	}); err != nil {
		return s, err
	}
	var ports []uint16
	for _, p := range s.Intake.Ports() {
		if !slices.Contains(ports, p.Number) { // by UDP already
			ports = append(ports, p.Number)
		}
	}
	s.Engine, err = engine.Open(engine.Options{
		DataDir: c.DataDir, Settings: c.Settings, Services: c.Services, Networks: s.Intake.Networks, Ports: ports, Alive: s.Intake.LastAlive(),
		Named: s.Intake.NoteNames, Clock: s.clock, Gaps: gaps, Health: s.Health, Log: c.Log,
	})
	if err != nil {
		return s, err
	}
	s.speak(c.Settings.Alerts.Language)
	s.program = program{alerts: s.Engine.Alerts(), health: s.Health, log: c.Log, note: c.AlertNote, command: c.Settings.Alerts.Run, changed: make(chan struct{}, 1)}
	s.Lists = lists.New(lists.Options{
		Dir: filepath.Join(c.DataDir, listsFolder), Health: s.Health, Log: c.Log, Own: s.Engine.OwnNetworks,
		Changed: func() {
			origin.UseOwn(s.Engine.OwnNetworks())
			s.Engine.LooksChanged()
		},
	}, c.Settings.Lists)
	origin.UseOwn(s.Engine.OwnNetworks())
	beginReaders(s.Engine.Alerts(), &c.Settings, c.Log)
	s.Outlets = newOutlets(c.DataDir, s.id, s.Engine.Alerts(), s.Health, c.Log, c.Settings.Outlets, &s.program, s.presence, s.clock.Wall, s.words)
	return s, nil
}

// Reload takes other settings: whose datagrams are taken, what is kept, who is
// new, and the program of alerts. The rest (port, DNS) counts from the next start. An
// error changes nothing.
func (s *Service) Reload(next settings.Settings) error {
	if err := s.Engine.Configure(&next); err != nil {
		return err
	}
	beginReaders(s.Engine.Alerts(), &next, s.log)
	s.useOrigins(next.Origin)
	s.Engine.LooksChanged()
	s.Lists.Configure(next.Lists)
	s.Intake.Configure(next.Sources)
	s.speak(next.Alerts.Language)
	s.program.configure(next.Alerts.Run)
	s.Outlets.configure(next.Outlets)
	return nil
}

// speak takes the language of what is said to people.
func (s *Service) speak(language string) {
	var words phrase.Words
	if s.config.Texts != nil {
		words = s.config.Texts(language)
	}
	s.says.Store(&words)
}

// words are those of the language of the settings.
func (s *Service) words() phrase.Words { return *s.says.Load() }

// useOrigins has owners and countries come from the files of the settings. If one cannot be
// used all stays as it is: it may come back, and nothing that is received depends on it.
func (s *Service) useOrigins(from settings.Origin) {
	files, err := origin.Open(from.ASN, from.Country)
	if err == nil {
		origin.Use(files)
		s.origins.Store(&from)
	}
	s.Health.Check(health.OriginWrong, err)
}

// Origins are the files that owners and countries come from.
func (s *Service) Origins() settings.Origin {
	if from := s.origins.Load(); from != nil {
		return *from
	}
	return settings.Origin{}
}

// WrongSettings reports what is wrong with the settings file; nil: nothing any more.
func (s *Service) WrongSettings(err error) { s.Health.Check(health.SettingsWrong, err) }

// WaitingSettings reports settings that are in effect from the next start, and when that
// is. With none, nothing waits any more.
func (s *Service) WaitingSettings(changed []string, when phrase.Phrase) {
	if len(changed) == 0 {
		s.Health.Over(health.SettingsWait, "")
		return
	}
	s.Health.Report(health.New(health.SettingsWait, "", "Settings", strings.Join(changed, ", "), "When", when))
}

// Close closes everything; Run must have returned.
func (s *Service) Close() (err error) {
	if s.Intake != nil {
		err = s.Intake.Close()
	}
	if s.Engine != nil {
		err = errors.Join(err, s.Engine.Close())
	}
	return err
}

// Run receives, decodes and stores until ctx ends, then stores what was received
// and returns nil; ready is called when it receives. An error means that the
// sockets failed, or is intake.ErrStartAgain.
func (s *Service) Run(ctx context.Context, ready func()) error {
	s.Intake.NoteBreak()
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	var background sync.WaitGroup
	background.Go(func() { s.watch(working) })
	background.Go(func() { s.Lists.Run(working) })
	background.Go(func() { s.Intake.ReadRouters(working, s.Engine.History()) })
	alerting, stopAlerts := context.WithCancel(ctx) // what ends without being asked to ends them, too
	defer stopAlerts()
	background.Go(func() { s.program.run(alerting) })
	background.Go(func() { s.Outlets.run(alerting) })
	background.Go(func() { s.tellDays(alerting) })
	err := s.Engine.Run(ctx, func(ctx context.Context) error {
		if ready != nil {
			ready()
		}
		err := s.Intake.Receive(ctx, s.Engine.Spool())
		stopAlerts()
		s.Intake.NoteLosses(time.Now())
		return err
	})
	finish()
	background.Wait()
	s.Intake.NoteAlive()
	s.saveClock(true)
	s.Intake.WriteRouters()
	return err
}

const (
	watchEvery = time.Second
	aliveEvery = 30 * time.Second
	trimEvery  = time.Minute // a flood fills a disk in less than an hour
)

// watch does what comes round with the clock: it looks for losses, lets alerts out
// that are due, and removes what is too old.
func (s *Service) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var alive, trimmed, heard time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.Engine.LookAtClock()
			s.Intake.Watch(now)
			s.lookForProblems()
			if now.Sub(heard) >= time.Minute {
				heard = now
				s.lookForSilence()
			}
			s.Engine.Tick()
			if now.Sub(alive) >= aliveEvery {
				alive = now
				s.Intake.NoteAlive()
				s.saveClock(false)
				s.Intake.WriteRouters()
			}
			if now.Sub(trimmed) >= trimEvery {
				trimmed = now
				s.Engine.Trim()
			}
		}
	}
}

// lookForProblems lets alerts see what may lose something.
func (s *Service) lookForProblems() {
	var list []alerts.Problem
	for _, c := range s.Health.List() {
		if c.Code.Endangers() {
			list = append(list, alerts.Problem{What: string(c.Code) + " " + c.Place, Text: c.In(s.words())})
		}
	}
	s.Engine.Alerts().Problems(list)
}

// lookForSilence lets alerts see when routers were heard.
func (s *Service) lookForSilence() {
	var list []alerts.Heard
	for _, r := range s.Intake.Status().Routers {
		list = append(list, alerts.Heard{Addr: r.Addr, Last: r.Last})
	}
	s.Engine.Alerts().Routers(list)
}

// saveClock keeps what is known of the clock for the next start.
func (s *Service) saveClock(end bool) { s.Health.Check(health.ClockUnkept, s.clock.Save(end)) }
