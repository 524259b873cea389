// Package service is the daemon: it receives datagrams, keeps them on disk before
// anything else happens to them, makes events of them, stores these and gives
// them to whoever follows.
//
//	listener ─ sources ─ spool ─ decoder ─ hosts ─ ring ─┬─ history
//	                                                      └─ followers
//
// Two goroutines do the work. One takes batches from the sockets and appends
// them to the spool; it waits for nothing else. The other reads the spool behind it
// and owns the order of events. A third stores what is in the ring.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/receive"
	"linklog/capture/snmp"
	"linklog/format/services"
	"linklog/service/alerts"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/book/dns"
	"linklog/service/datafile"
	"linklog/service/deliver"
	"linklog/service/history"
	"linklog/service/settings"
	"linklog/service/spool"
)

// Config is what an Engine needs.
type Config struct {
	DataDir  string // spool, history and hosts; made if there is none
	Settings settings.Settings
	Conns    []*net.UDPConn  // sockets the service manager opened, if they are what Settings.Listen asks for
	Managed  bool            // there is a service manager that opens the sockets at each start, if it can
	Boot     string          // names the time since the computer started; "": the system is asked
	Log      *slog.Logger    // nil: nothing is logged
	Services *services.Table // nil: the system's

	// NeedPort: Open fails if this user has no right to the port. Else that is told, as all
	// is that keeps the port from us, and it is tried again.
	NeedPort bool

	// AlertNote is said with failures of the program of alerts: what it has to know of
	// where it runs.
	AlertNote string

	// Retry is how often a port that another program has is tried again; 0: every
	// ten seconds.
	Retry time.Duration

	// The clocks, for tests; nil: the computer's, and one that nobody can set.
	now    func() time.Time
	steady func() time.Duration
}

// Engine is the running service. Its methods may be called from any goroutine.
type Engine struct {
	config   Config
	services *services.Table
	log      *slog.Logger
	started  time.Time
	id       string

	listener  atomic.Pointer[receive.Listener] // nil while the port is not ours
	taken     bool                             // the port was seen to be another program's
	takenBy   string                           // says whose, for the gap; "": nobody's since the start
	receiving atomic.Bool                      // and noteBreak has said what is missing before
	sources   *sources
	spool     *spool.Spool
	history   *history.History
	archive   *archive.Archive // what was imported
	hosts     *book.Store
	alerts    *alerts.Alerts
	names     *dns.Resolver // nil: no names are looked up
	ring      *ring
	renames   *renames
	heard     heard
	clock     *clock

	mu       sync.Mutex
	settings settings.Settings
	program  chan struct{}  // the program of alerts changed
	counts   capture.Counts // of what was decoded
	gaps     uint64
	troubles map[string]string // what is wrong now, by where
	rate     rate
	removed  Removed // from the history

	lostSpool atomic.Uint64 // datagrams the spool could not take
	accepted  atomic.Uint64 // datagrams appended to the spool
	reading   atomic.Uint64 // Seq the decoder has come to
	trimmed   atomic.Uint64 // Seq up to which events were removed

	lossMu sync.Mutex
	losses losses

	// Of sockets that others hold: which they are, "" for our own, and how many drops of
	// theirs were told before we started.
	sockets    string
	toldBefore uint64

	gapMu     sync.Mutex
	unwritten []gap // that found no room in the spool

	holes chan history.Hole // of the history, to be filled from the spool

	answer []byte // of the receive loop
}

// Open opens the folder and the sockets. Nothing is received before Run.
func Open(ctx context.Context, c Config) (_ *Engine, err error) {
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
	e := &Engine{
		config: c, settings: c.Settings, services: c.Services, log: c.Log, started: time.Now(),
		sources: newSources(c.Settings.Sources), troubles: make(map[string]string), renames: newRenames(),
		holes: make(chan history.Hole, maxHoles), program: make(chan struct{}, 1), clock: newClock(&c),
	}
	// What was opened is closed again if the rest fails.
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	e.readIdentity()
	// The sockets first: a port that is taken is told before anything else.
	if err = e.listen(ctx); err != nil {
		return e, err
	}
	e.readDropped()
	if e.history, err = history.Open(filepath.Join(c.DataDir, "history"), history.Options{Log: c.Log, Damaged: e.damaged, Latest: e.clock.Latest}); err != nil {
		return e, err
	}
	e.startClock()
	var imported error // what was imported once must not keep the rest down
	e.archive, imported = archive.Open(filepath.Join(c.DataDir, "imported"), archive.Options{Log: c.Log, Damaged: e.damagedImport})
	e.trouble("imported events", imported)
	if e.hosts, e.alerts, err = alerts.Open(filepath.Join(c.DataDir, "state.db"), e.bookOptions(c.Settings), e.alertOptions(c.Settings)); err != nil {
		return e, err
	}
	if e.history.Blind() {
		e.history.Assume(e.hosts.Committed())
	}
	var report spool.Report
	known := max(e.history.LastSeq(), e.hosts.Committed())
	if e.spool, report, err = spool.Open(filepath.Join(c.DataDir, "spool"), spool.Options{
		MinSeq: known, Expected: known > 0 || e.history.Blind(), Blind: e.history.Blind(),
	}); err != nil {
		return e, fmt.Errorf("spool: %w", err)
	}
	// Without names, or with an ignore list that is not whole, the rest works.
	if c.Settings.Names.DNS {
		tell := func(err error) { e.trouble("DNS", err) }
		var wrong error
		e.names, wrong = dns.New(dns.Options{Server: c.Settings.Names.Resolver, Done: e.named, Trouble: tell})
		tell(wrong)
	}
	e.trouble("ignore list", e.wrongIgnores())
	e.tellReports(report)
	e.ring = newRing(ringSize, e.from()-min(1, e.from()))
	return e, nil
}

func (e *Engine) alertOptions(s settings.Settings) alerts.Options {
	o := alerts.Options{Learning: time.Duration(s.Hosts.Learning), Ignore: s.Hosts.Ignore, Services: e.services}
	if !s.Names.DNS {
		o.NameWait = -1
	}
	return o
}

func (e *Engine) bookOptions(s settings.Settings) book.Options {
	o := book.Options{Services: e.services, Log: e.log, Now: e.clock.wall, Steady: e.clock.calm}
	for _, p := range s.Hosts.OwnNetworks {
		o.OwnNetworks = append(o.OwnNetworks, p.Prefix)
	}
	if len(o.OwnNetworks) == 0 {
		o.OwnNetworks = append(book.DefaultOwnNetworks(), e.sources.onLinkNetworks(time.Now())...)
	}
	return o
}

// wrongIgnores tells of filters of the settings that cannot be used any more.
func (e *Engine) wrongIgnores() (err error) {
	for _, rule := range e.alerts.Ignores() {
		if rule.Settings {
			err = errors.Join(err, rule.Err)
		}
	}
	return err
}

// Reload takes other settings: whose datagrams are taken, what is kept, who is
// new, and the program of alerts. The rest (port, DNS) counts from the next start. An
// error changes nothing.
func (e *Engine) Reload(s settings.Settings) error {
	err := e.alerts.Configure(e.alertOptions(s))
	if err == nil {
		err = e.hosts.Configure(e.bookOptions(s)) // of networks that are checked
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	e.trouble("ignore list", nil)
	e.sources.configure(s.Sources)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(s.Alerts.Run, e.settings.Alerts.Run) {
		select {
		case e.program <- struct{}{}:
		default: // it will see the newest
		}
	}
	e.settings = s
	return nil
}

// runAlerts runs the program of the settings for alerts, whichever that is, until ctx
// ends.
func (e *Engine) runAlerts(ctx context.Context) {
	for ctx.Err() == nil {
		e.mu.Lock()
		command := e.settings.Alerts.Run
		e.mu.Unlock()
		running, end := context.WithCancel(ctx)
		var program sync.WaitGroup
		program.Go(func() { e.runProgram(running, command) })
		select {
		case <-e.program:
		case <-ctx.Done():
		}
		end()
		program.Wait()
	}
}

func (e *Engine) runProgram(ctx context.Context, command []string) {
	tell := func(err error) { e.trouble("on_alert", err) }
	tell(nil)
	if len(command) == 0 {
		return
	}
	r, err := deliver.NewProgram(e.alerts, deliver.ProgramOptions{Command: command, Log: e.log, Trouble: tell, Note: e.config.AlertNote})
	if err != nil {
		tell(err)
		return
	}
	r.Run(ctx)
}

// Summary says in a few words how things stand, for the status line of a service
// manager: "UDP port 162: 1234 received, 5 in the last minute, 0 lost".
func (e *Engine) Summary() string {
	dropped, _ := e.dropped()
	_, _, refused, _ := e.sources.snapshot()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := fmt.Sprintf("UDP port %d: %d received, %d in the last minute, %d lost", e.Port(), e.counts.Received(), e.rate.perMinute(e.clock.second.Load()), dropped+refused+e.lostSpool.Load())
	for where, text := range e.troubles {
		return s + "; " + where + ": " + text // one is enough to look into the log
	}
	return s
}

// Close closes everything; Run must have returned.
func (e *Engine) Close() error {
	var errs []error
	if l := e.listener.Load(); l != nil {
		errs = append(errs, l.Close())
	}
	if e.names != nil {
		e.names.Close()
	}
	if e.spool != nil {
		errs = append(errs, e.spool.Close())
	}
	if e.history != nil {
		errs = append(errs, e.history.Close())
	}
	if e.archive != nil {
		errs = append(errs, e.archive.Close())
	}
	if e.hosts != nil {
		errs = append(errs, e.hosts.Close())
	}
	return errors.Join(errs...)
}

// Run receives, decodes and stores until ctx ends, then stores what was received
// and returns nil; ready is called when it receives. An error means that the
// sockets failed, or is ErrStartAgain.
func (e *Engine) Run(ctx context.Context, ready func()) error {
	e.noteBreak()
	// What is received goes on to the history after the end was asked for, so
	// the stages end one after another.
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	var background sync.WaitGroup
	background.Go(func() {
		e.spool.SyncEvery(working, syncEvery, func(err error) { e.trouble("spool on disk", err) })
	})
	background.Go(func() { e.watch(working) })
	background.Go(func() { e.refill(working) })
	background.Go(func() { e.readRouters(working) })
	alerting, stopAlerts := context.WithCancel(ctx) // what ends without being asked to ends them, too
	defer stopAlerts()
	background.Go(func() { e.runAlerts(alerting) })
	decoded := make(chan error, 1)
	go func() { decoded <- e.decode(working) }()
	storing, stopStoring := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStoring()
	stored := make(chan struct{})
	go func() { defer close(stored); e.store(storing) }()

	if ready != nil {
		ready()
	}
	err := e.listenAndReceive(ctx)
	stopAlerts()
	e.noteLosses(time.Now())
	e.drain(endWithin)
	finish()
	err = errors.Join(err, ignoreCancel(<-decoded))
	stopStoring()
	<-stored
	background.Wait()
	e.noteAlive()
	e.saveClock(true)
	e.writeRouters()
	return err
}

// listenAndReceive receives as soon as the port is ours.
func (e *Engine) listenAndReceive(ctx context.Context) error {
	l, err := e.await(ctx)
	if err != nil {
		return ignoreCancel(err)
	}
	return l.Receive(ctx, e.receive)
}

const (
	// syncEvery bounds what power loss can take of what was received.
	syncEvery = 100 * time.Millisecond

	// endWithin is how long the end may wait for the history: the spool has it all.
	endWithin = 5 * time.Second

	// A transaction of the history waits until batchRows are there or batchWait is
	// over, so that few write much. One that is late takes up to batchMost: it waits for
	// the disk once, and writes a page of an index once, for all of them. Meanwhile the
	// other half of the ring is filled.
	batchRows = 1000
	batchWait = 100 * time.Millisecond
	batchMost = ringSize / 2
)

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// receive takes a batch from the sockets. It must be quick: nothing is received
// meanwhile.
func (e *Engine) receive(batch []capture.Datagram) {
	now := time.Now()
	taken := batch[:0] // in the same memory: the batch is ours
	for i := range batch {
		if e.sources.take(batch[i].From.Addr(), now) {
			taken = append(taken, batch[i])
		}
	}
	if len(taken) == 0 {
		return
	}
	if _, err := e.spool.AppendDatagrams(taken); err != nil {
		e.lostSpool.Add(uint64(len(taken)))
		e.trouble("spool", err)
		return
	}
	e.accepted.Add(uint64(len(taken)))
	for i := range taken {
		var ok bool
		if e.answer, ok = snmp.AppendInformResponse(e.answer[:0], taken[i].Data); ok {
			e.listener.Load().Answer(taken[i].From, e.answer)
		}
	}
}

// decode reads the spool from where history and hosts are, and makes events.
func (e *Engine) decode(ctx context.Context) error {
	reader, err := e.spool.Reader(e.from())
	if err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	defer reader.Close()
	decoder := new(decode.Decoder)
	records := make([]spool.Record, 256)
	events := make([]capture.Event, len(records))
	for {
		n, err := reader.Next(ctx, records)
		if n > 0 {
			e.events(decoder, records[:n], events[:n])
			if err := e.ring.put(ctx, events[:n]); err != nil {
				return err
			}
			e.reading.Store(events[n-1].Seq)
		}
		var gone *spool.GoneError
		var damaged *spool.DamagedError
		switch {
		case err == nil:
		case errors.As(err, &gone):
			e.appendGap(lostReceived(gone))
		case errors.As(err, &damaged):
			e.appendGap(gap{Since: time.Now(), Lost: damaged.To - damaged.From + 1, Text: "a part of the spool is damaged"})
		default:
			return err
		}
	}
}

// from is the Seq to go on with: behind what both history and hosts have or, if a
// file of the history was lost, from where it began, as far as the spool reaches.
// What they have already, they know.
func (e *Engine) from() uint64 {
	from := min(e.history.LastSeq(), e.hosts.Committed()) + 1
	for _, d := range e.history.Report().Damaged {
		if d.First > 0 {
			from = min(from, d.First)
		}
	}
	return max(from, e.spool.First())
}

// events makes events of records and lets hosts and names see them.
func (e *Engine) events(decoder *decode.Decoder, records []spool.Record, events []capture.Event) {
	var counts capture.Counts
	gaps := uint64(0)
	for i := range records {
		ev := &events[i]
		e.event(decoder, &records[i], ev)
		if ev.Kind == capture.Gap {
			gaps++
		} else {
			counts.Add(ev)
		}
		if e.names != nil && ev.Kind == capture.Traffic {
			e.ask(&ev.Src)
			e.ask(&ev.Dst)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Merge(&counts)
	e.gaps += gaps
	e.rate.add(e.clock.second.Load(), len(records)-int(gaps))
}

// event makes an event of a record. It may be one that was made before.
func (e *Engine) event(decoder *decode.Decoder, r *spool.Record, ev *capture.Event) {
	if r.Kind == spool.Gap {
		gapEvent(r, ev)
	} else {
		decoder.Decode(&capture.Datagram{Data: r.Data, From: r.From, Time: r.Time, Truncated: r.Truncated}, ev)
		ev.Seq = r.Seq
	}
	e.hosts.Observe(ev)
}

func (e *Engine) ask(end *capture.Endpoint) {
	if end.Name == "" && end.Addr.IsValid() {
		e.names.Ask(end.Addr)
	}
}

// store puts what is in the ring into the history, in batches.
func (e *Engine) store(ctx context.Context) {
	buf := make([]capture.Event, batchMost)
	for {
		n, changed := e.ring.unstored(buf)
		if n == 0 {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
			// The first of more to come: let a batch gather.
			if e.ring.pending() < batchRows {
				select {
				case <-time.After(batchWait):
				case <-ctx.Done(): // the rest is stored without waiting
				}
			}
			continue
		}
		for !e.storeBatch(buf[:n]) {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return // the spool keeps it
			}
		}
		e.ring.store(n)
	}
}

func (e *Engine) storeBatch(events []capture.Event) bool {
	err := e.history.Append(context.Background(), events)
	e.trouble("history", err)
	if err != nil {
		return false
	}
	e.commitHosts()
	return true
}

// commitHosts writes what is new of hosts, and lets the spool go of what is safe
// in both files.
func (e *Engine) commitHosts() {
	err := e.hosts.Commit(e.history.LastSeq())
	e.trouble("hosts", err)
	if err == nil {
		err = e.spool.Release(min(e.history.LastSeq(), e.hosts.Committed()))
		e.trouble("spool files", err)
	}
}

// drain waits, for a while, until what was received is stored.
func (e *Engine) drain(limit time.Duration) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) && (e.reading.Load() < e.spool.Last() && e.spool.Last() > e.history.LastSeq() || e.ring.pending() > 0) {
		time.Sleep(5 * time.Millisecond)
	}
}

// Waiting is the place of settings that count from the next start: nothing is wrong
// with them.
const Waiting = "restart"

// SetTrouble is for what is wrong outside the engine, such as with the settings file:
// it is told with all else that is wrong at a place, until it is nil.
func (e *Engine) SetTrouble(where string, err error) {
	if err != nil {
		err = errors.New(strings.TrimPrefix(err.Error(), where+": "))
	}
	e.trouble(where, err)
}

// inTrouble tells whether something is wrong at a place.
func (e *Engine) inTrouble(where string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.troubles[where] != ""
}

// trouble remembers what is wrong at a place, nil: nothing any more. It is logged
// once when it begins and once when it is over.
func (e *Engine) trouble(where string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	e.mu.Lock()
	before := e.troubles[where]
	if text == "" {
		delete(e.troubles, where)
	} else {
		e.troubles[where] = text
	}
	e.mu.Unlock()
	switch {
	case text != "" && before == "":
		if where == Waiting {
			e.log.Warn("settings wait for a restart", "which", text)
			break
		}
		e.log.Error("trouble", "with", where, "error", text)
	case text == "" && before != "" && where == Waiting:
		e.log.Info("no settings wait for a restart any more")
	case text == "" && before != "":
		e.log.Info("trouble is over", "with", where)
	}
}
