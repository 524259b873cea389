// Package engine is the way of an event inside the service: from the spool, where it
// was received, through the decoder and a ring in memory to the history and to whoever
// follows.
//
//	spool ─ decoder ─ book ─ ring ─┬─ history
//	                               └─ followers
//
// One goroutine reads the spool and owns the order of events, another stores what is in
// the ring.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/format/services"
	"linklog/service/alerts"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/book/dns"
	"linklog/service/clock"
	"linklog/service/flows"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/settings"
	"linklog/service/spool"
)

// Options is what an Engine needs.
type Options struct {
	DataDir  string
	Settings settings.Settings
	Services *services.Table
	Networks func() []netip.Prefix   // this computer is in, for settings without own networks
	Ports    []uint16                // of this computer that messages come to
	Named    func(*capture.Sighting) // is told who is who, as routers say it; nil: nobody is
	Alive    time.Time               // the service ran last; zero: that is not known
	Clock    *clock.Clock
	Gaps     *gap.Log
	Health   *health.Health
	Log      *slog.Logger
}

// Engine is the pipeline, with the files it works on. Its methods may be called from any
// goroutine.
type Engine struct {
	o       Options
	log     *slog.Logger
	health  *health.Health
	gaps    *gap.Log
	clock   *clock.Clock
	spool   *spool.Spool
	history *history.History
	archive *archive.Archive // what was imported
	book    *book.Store
	alerts  *alerts.Alerts
	flows   *flows.Maker
	later   laters
	names   *dns.Resolver // nil: no names are looked up
	ring    *ring
	opened  uint64 // the last Seq in the spool when it was opened
	steps   steps
	renames *renames
	ownLog  ownLog
	trust   trust
	private private

	forgets forgets

	shortenAfter atomic.Int64  // a time.Duration; 0: never
	shortenNow   chan struct{} // holds a token when that has changed

	patience time.Duration // how long events wait for names when nothing else comes

	importing sync.Mutex // while imported hosts are counted
	imported  uint64     // the state of the archive that was

	mu      sync.Mutex
	keep    settings.History
	counts  capture.Counts // of what was decoded
	gapped  uint64
	rate    rate
	removed Removed // from the history

	reading atomic.Uint64 // Seq the decoder has come to
	trimmed atomic.Uint64 // Seq up to which events were removed

	holes chan history.Hole // of the history, to be filled from the spool
}

// Open opens the files. Nothing happens before Run.
func Open(o Options) (_ *Engine, err error) {
	e := &Engine{
		o: o, log: o.Log, health: o.Health, gaps: o.Gaps, clock: o.Clock, keep: o.Settings.History,
		renames: newRenames(), holes: make(chan history.Hole, maxHoles), patience: book.LateWithin,
		forgets: forgets{begun: make(chan struct{}, 1)}, shortenNow: make(chan struct{}, 1),
	}
	// What was opened is closed again if the rest fails.
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if e.history, err = history.Open(filepath.Join(o.DataDir, "history"), history.Options{Log: o.Log, Damaged: e.damaged, Latest: e.clock.Latest}); err != nil {
		return e, err
	}
	e.startClock()
	e.trust.configure(o.Settings.Sources.Believed())
	e.private.configure(&o.Settings, o.Services)
	e.shortenAfter.Store(int64(o.Settings.Privacy.ShortenAfter))
	if err := e.trust.open(filepath.Join(o.DataDir, "namers")); err != nil {
		e.log.Warn("who reports names cannot be read; whoever is the first now is believed", "error", err)
	}
	var imported error // what was imported once must not keep the rest down
	e.archive, imported = archive.Open(filepath.Join(o.DataDir, "imported"), archive.Options{Log: o.Log, Received: e.history, Damaged: e.damagedImport, NotRecorded: e.notImported, Old: e.old})
	e.health.Check(health.ImportUnusable, imported)
	if e.book, e.alerts, err = alerts.Open(filepath.Join(o.DataDir, "state.db"), e.bookOptions(&o.Settings), e.alertOptions(&o.Settings)); err != nil {
		return e, err
	}
	if e.history.Blind() {
		e.history.Assume(e.book.Committed())
	}
	var report spool.Report
	known := max(e.history.LastSeq(), e.book.Committed())
	if e.spool, report, err = spool.Open(filepath.Join(o.DataDir, "spool"), spool.Options{
		MinSeq: known, Expected: known > 0 || e.history.Blind(), Blind: e.history.Blind(),
	}); err != nil {
		return e, fmt.Errorf("spool: %w", err)
	}
	settled, err := e.beginForgetting()
	if err != nil {
		e.log.Error("what is to be forgotten may be stored again from the spool", "error", err)
	}
	e.opened = e.spool.Last()
	e.gaps.Begin(e.spool)
	var unread error
	e.flows, unread = flows.Open(flows.Options{
		Spool: e.spool, File: filepath.Join(o.DataDir, "flows"), Home: e.book.AtHome, Router: e.book.OfRouter,
		Lines: e.logged, Private: e.private.some, Settled: settled, Now: e.clock.Wall, Gaps: e.gaps, Health: e.health,
	}, e.from()-1)
	if unread != nil {
		e.log.Warn("what routers said of their flows cannot be read; they say it again", "error", unread)
	}
	// Without names, or with an ignore list that is not whole, the rest works.
	if o.Settings.Names.DNS {
		var wrong error
		silent := func(err error) { e.health.Check(health.DNSSilent, err) }
		e.names, wrong = dns.New(dns.Options{Server: o.Settings.Names.Resolver, Done: e.named, Trouble: silent})
		e.health.Check(health.DNSWrong, wrong)
	}
	e.health.Check(health.IgnoreWrong, e.wrongIgnores())
	e.health.Check(health.RuleWrong, e.wrongRules())
	e.tellReports(report)
	e.ring = newRing(ringSize, max(e.from(), 1)-1)
	// What was forgotten is not in the spool either, and is not waited for.
	e.reading.Store(max(min(e.history.LastSeq(), e.book.Committed()), e.spool.First()-1))
	e.learnRules()
	return e, nil
}

// Close closes the files; Run must have returned.
func (e *Engine) Close() error {
	var errs []error
	if e.names != nil {
		e.names.Close()
	}
	if e.flows != nil {
		errs = append(errs, e.flows.Save(true))
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
	if e.book != nil {
		errs = append(errs, e.book.Close())
	}
	return errors.Join(errs...)
}

func (e *Engine) alertOptions(s *settings.Settings) alerts.Options {
	o := alerts.Options{Learning: time.Duration(s.Hosts.Learning), Ignore: s.Hosts.Ignore, Services: e.o.Services, Rules: s.Rules, Alive: e.o.Alive}
	if !s.Names.DNS {
		o.NameWait = -1
	}
	return o
}

func (e *Engine) bookOptions(s *settings.Settings) book.Options {
	o := book.Options{Services: e.o.Services, Log: e.log, Now: e.clock.Wall, Steady: e.clock.Calm}
	for _, p := range s.Hosts.OwnNetworks {
		o.OwnNetworks = append(o.OwnNetworks, p.Prefix)
	}
	if len(o.OwnNetworks) == 0 {
		o.OwnNetworks = append(book.DefaultOwnNetworks(), e.o.Networks()...)
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

// Configure takes other settings: what is kept, and who is new. An error changes nothing.
func (e *Engine) Configure(s *settings.Settings) error {
	err := e.alerts.Configure(e.alertOptions(s))
	if err == nil {
		err = e.book.Configure(e.bookOptions(s)) // of networks that are checked
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	e.health.Over(health.IgnoreWrong, "")
	e.health.Over(health.RuleWrong, "")
	e.learnRules()
	e.trust.configure(s.Sources.Believed())
	e.private.configure(s, e.o.Services)
	if after := int64(s.Privacy.ShortenAfter); e.shortenAfter.Swap(after) != after {
		select {
		case e.shortenNow <- struct{}{}:
		default:
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keep = s.History
	return nil
}

// LooksChanged tells that filters find other things in the same events: owners or lists of
// addresses are others than before.
func (e *Engine) LooksChanged() {
	e.history.LooksChanged()
	if e.archive != nil {
		e.archive.LooksChanged()
	}
}

// OwnNetworks are the user's networks, and the public addresses of routers.
func (e *Engine) OwnNetworks() []netip.Prefix { return e.book.OwnNetworks() }

// Run makes events of what receive appends to the spool, and stores them, until receive
// returns; then it stores, for a while, what is left. The error is that of receive, or says
// that the spool could not be read.
func (e *Engine) Run(ctx context.Context, receive func(context.Context) error) error {
	// What is received goes on to the history after the end was asked for, so
	// the stages end one after another.
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	var background sync.WaitGroup
	background.Go(func() {
		e.spool.SyncEvery(working, syncEvery, func(err error) { e.health.Check(health.SpoolUnsynced, err) })
	})
	background.Go(func() { e.refill(working) })
	background.Go(func() { e.keepImports(working) })
	background.Go(func() { e.keepForgetting(working) })
	background.Go(func() { e.keepShort(working) })
	receiving, stopReceiving := context.WithCancel(ctx)
	defer stopReceiving()
	decoded := make(chan error, 1)
	go func() {
		err := e.decode(working)
		if err != nil {
			stopReceiving() // what nobody reads is better read after a new start
		}
		decoded <- err
	}()
	storing, stopStoring := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStoring()
	stored := make(chan struct{})
	go func() { defer close(stored); e.store(storing) }()

	err := receive(receiving)
	e.drain(endWithin)
	finish()
	err = errors.Join(err, <-decoded)
	stopStoring()
	<-stored
	e.health.Check(health.SpoolUnerased, e.erase())
	background.Wait()
	return err
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

// decode reads the spool from where history and book are, and makes events.
func (e *Engine) decode(ctx context.Context) error {
	from := e.from()
	reader, err := e.reread(from, e.flows.From())
	if err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	defer reader.Close()
	d := e.newDecoding()
	d.flows, d.logged = e.flows, e.flows.Logged
	records := make([]spool.Record, 256)
	events := make([]capture.Event, len(records))
	late := book.NewLate(e.book.Again)
	for {
		n, err := e.next(ctx, reader, records, late)
		fresh := records[:n]
		for len(fresh) > 0 && fresh[0].Seq < from {
			e.remember(d, &fresh[0])
			fresh = fresh[1:]
		}
		made := e.events(d, fresh, events)
		e.makeAttempts(records[:n], reader.Seq())
		if len(fresh) > 0 {
			newest := &fresh[len(fresh)-1]
			if err := e.pass(ctx, late, late.Pass(made, newest.Time), newest.Seq); err != nil {
				return nil // ctx ended
			}
		} else if err != nil && late.Oldest() != nil { // nothing more came in time, or can be read
			if err := e.pass(ctx, late, late.All(), reader.Seq()-1); err != nil {
				return nil
			}
		}
		missing, is := missingIn(err)
		lost := uint64(0)
		if is {
			missing.From = max(missing.From, from)
			lost = e.lacks(missing)
		}
		var gone *spool.GoneError
		switch {
		case err == nil, errors.Is(err, context.DeadlineExceeded), is && lost == 0: // it was read, or stored, before
		case errors.As(err, &gone):
			e.gaps.Add(lostReceived(missing))
		case is:
			e.gaps.Add(gap.Gap{Since: time.Now(), Lost: lost, Text: capture.GapText(capture.GapSpoolDamaged)})
		case errors.Is(err, context.Canceled):
			return nil
		default:
			return fmt.Errorf("read spool: %w", err)
		}
	}
}

// next reads the next records, and waits no longer for them than events wait for names, or flows
// for others.
func (e *Engine) next(ctx context.Context, reader *spool.Reader, records []spool.Record, late *book.Late) (int, error) {
	patience := time.Duration(0)
	switch {
	case late.Oldest() != nil:
		patience = e.patience
	case e.flows.Waits():
		patience = flowsEvery
	}
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	return reader.Next(ctx, records)
}

// flowsEvery is how often it is looked for flows that waited long enough for others, when nothing comes.
const flowsEvery = time.Second

// makeAttempts puts the attempts that are certain now, after records, behind all others. next is the
// Seq of the record to come.
func (e *Engine) makeAttempts(records []spool.Record, next uint64) {
	now := e.clock.Wall() // nothing came in time
	if n := len(records); n > 0 {
		now = records[n-1].Time
	}
	e.flows.Due(now, next)
	e.flows.Write()
}

// pass passes events on, after which all is read up to a record but for what is late.
func (e *Engine) pass(ctx context.Context, late *book.Late, events []capture.Event, read uint64) error {
	events = e.leaveOutNamed(events)
	if err := e.ring.put(ctx, events); err != nil {
		return err
	}
	if first := late.Oldest(); first != nil {
		read = first.Seq - 1
	}
	e.reading.Store(read)
	return nil
}

// from is the Seq to go on with: behind what both history and book have or, if a
// file of the history was lost, from where it began, as far as the spool reaches.
// What they have already, they know.
func (e *Engine) from() uint64 {
	from := min(e.history.LastSeq(), e.book.Committed()) + 1
	for _, d := range e.history.Report().Damaged {
		if d.First > 0 {
			from = min(from, d.First)
		}
	}
	return max(from, e.spool.First())
}

// decoding is what is remembered of records for those to come.
type decoding struct {
	decode.Decoder
	repeats  *capture.Repeats
	flows    *flows.Maker                        // nil: what was made of flows has records of its own, and that is enough
	logged   func(ev *capture.Event, again bool) // takes what was logged; nil: nobody asks
	datagram bool                                // the last record was one
}

func (e *Engine) newDecoding() *decoding {
	d := &decoding{repeats: capture.NewRepeats()}
	d.Listens(e.o.Ports...)
	return d
}

// events makes events of records in buf, lets book and names see them, and gives those to
// be stored.
func (e *Engine) events(d *decoding, records []spool.Record, buf []capture.Event) []capture.Event {
	var counts capture.Counts
	gaps, later := uint64(0), 0
	n := 0
	for i := range records {
		if records[i].Kind == flows.More {
			e.later.add(&records[i])
			later++
			continue
		}
		if records[i].Kind == spool.Erased {
			counts.Unrecorded++
			continue
		}
		ev := &buf[n]
		kept := d.read(&records[i], ev, &counts)
		if ev.Kind != capture.Gap {
			e.sight(d, records[i].Seq, ev)
		}
		if ev.Reason == capture.FlowReport {
			e.private.leaveOutFlows(records[i].Seq)
		}
		if ev.Kind == capture.Traffic {
			if by := e.isPrivate(ev, false); by != nil {
				if e.private.leaveOut(records[i].Seq); kept {
					counts.LeaveOut(ev)
					by.count()
				}
				continue
			}
		}
		if !kept {
			if ev.Reason == capture.OwnLog {
				e.sawOwnLog(ev.Router)
			}
			continue
		}
		n++
		e.book.Observe(ev)
		if ev.Kind == capture.Gap {
			gaps++
		}
		if e.names != nil && ev.Kind == capture.Traffic {
			e.ask(&ev.Src)
			e.ask(&ev.Dst)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.Merge(&counts)
	e.gapped += gaps
	e.rate.add(e.clock.Second(), len(records)-int(gaps)-int(counts.Made)-later)
	return buf[:n]
}

// logged calls f with the attempts that routers logged in records before one, as far as they are still in
// the spool, and again for those that are repeats.
func (e *Engine) logged(before uint64, f func(ev *capture.Event, again bool)) {
	reader, err := e.reread(before, before)
	if err != nil {
		return // those attempts are events apart from their flows
	}
	defer reader.Close()
	d := e.newDecoding()
	d.logged = f
	records := make([]spool.Record, 256)
	var counts capture.Counts
	for reader.Seq() < before {
		n, err := reader.Next(context.Background(), records)
		for i := range records[:n] {
			if r := &records[i]; r.Seq < before && r.Kind == spool.Datagram {
				d.read(r, new(capture.Event), &counts)
			}
		}
		if _, is := missingIn(err); err != nil && !is {
			return
		}
	}
}

// rereadMost are the records that are read once more before others, as far as the spool
// has them: what they say of those to come is not kept elsewhere.
const rereadMost = 16384

// reread returns a reader of the spool that begins so many records before one, or at another that is
// before.
func (e *Engine) reread(from, also uint64) (*spool.Reader, error) {
	for {
		reader, err := e.spool.Reader(max(min(e.spool.Before(from, rereadMost), also), e.spool.First()))
		if gone := (*spool.GoneError)(nil); !errors.As(err, &gone) {
			return reader, err
		} // the oldest were removed meanwhile
	}
}

// missingIn are the records of which an error of a reader says that they cannot be read.
func missingIn(err error) (missing spool.Range, is bool) {
	var gone *spool.GoneError
	var damaged *spool.DamagedError
	switch {
	case errors.As(err, &gone):
		return gone.Range, true
	case errors.As(err, &damaged):
		return damaged.Range, true
	}
	return missing, false
}

// remember takes in what a record that was read before says of those to come: which
// attempts are repeats, and who asked DNS for what.
func (e *Engine) remember(d *decoding, r *spool.Record) {
	var ev capture.Event
	if r.Kind == spool.Erased {
		return
	}
	if d.read(r, &ev, new(capture.Counts)); ev.Kind != capture.Gap {
		e.sight(d, r.Seq, &ev)
	}
	if ev.Reason == capture.FlowReport {
		e.private.leaveOutFlows(r.Seq)
	}
}

// sight lets the book see what the last record says about who is who.
func (e *Engine) sight(d *decoding, seq uint64, ev *capture.Event) {
	if ev.Kind == capture.Traffic {
		e.trust.connected(ev.Router, ev.Time)
	}
	s, found := d.Sighting(ev)
	if !found {
		if ev.Reason == capture.Sighted && e.private.rules.Load() != nil {
			e.private.leaveOut(seq) // a question: it only leads to answers, and has done so when it was read
		}
		return
	}
	if !e.trust.believes(&s) {
		e.sawStranger(&s)
		return
	}
	private, known := e.ofPrivate(&s)
	if private {
		e.private.leaveOut(seq)
	}
	if !known {
		return
	}
	if e.o.Named != nil {
		e.o.Named(&s)
	}
	if e.book.Sight(&s) {
		who := e.book.Addresses(book.ByAddr(s.Addr))
		for i, name := range e.namesOf(who) {
			e.renames.add(Rename{who[i], name})
		}
	}
}

// read makes an event of a record, and counts it unless it is a gap. kept is false for what
// is only counted: it is no event, for all others.
func (d *decoding) read(r *spool.Record, ev *capture.Event, counts *capture.Counts) (kept bool) {
	d.datagram = false
	switch r.Kind {
	case spool.Gap:
		gap.Read(r, ev)
		return true
	case flows.Kind:
		flows.Read(r, ev)
		counts.Add(ev)
		counts.Made++
		return true
	case flows.More:
		*ev = capture.Event{Seq: r.Seq}
		return false
	}
	d.datagram = true
	d.Decode(&capture.Datagram{Data: r.Data, From: r.From, Time: r.Time, Truncated: r.Truncated}, ev)
	ev.Seq = r.Seq
	if d.Language() == decode.Flows && d.flows != nil {
		d.flows.Take(r)
	}
	again := d.Language() == decode.Syslog && d.repeats.Again(ev)
	if d.logged != nil {
		d.logged(ev, again)
	}
	if again {
		counts.Repeats++
		return false
	}
	d.Count(counts, ev)
	return !ev.Reason.CountOnly()
}

// Sighting is that of the last record; see decode.Decoder.
func (d *decoding) Sighting(ev *capture.Event) (s capture.Sighting, found bool) {
	if !d.datagram {
		return s, false
	}
	return d.Decoder.Sighting(ev)
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
	e.health.Check(health.HistoryUnwritten, err)
	if err != nil {
		return false
	}
	e.commit()
	return true
}

// commit writes what is new in the book, and lets the spool go of what is safe
// in both files.
func (e *Engine) commit() {
	done := e.storeLater(e.done())
	// Before the book is said to be done with it: what is not erased then is when the service
	// comes by again.
	e.health.Check(health.SpoolUnerased, e.erase())
	err := e.book.Commit(done)
	e.health.Check(health.HostsUnwritten, err)
	if err == nil {
		err = e.spool.Release(min(done, e.book.Committed(), e.flows.Settled()-1))
		e.health.Check(health.SpoolUnreleased, err)
	}
}

// done is the Seq up to which all was read, and is in the history but for what is only counted. What
// the history has from before a crash the book may still have to see: it is not done before it is read.
func (e *Engine) done() uint64 {
	read := e.reading.Load() // before it is known that nothing waits
	if e.ring.pending() == 0 {
		return read
	}
	return min(read, e.history.LastSeq())
}

// drain waits, for a while, until what was received is stored.
func (e *Engine) drain(limit time.Duration) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) && (e.reading.Load() < e.spool.Last() && e.spool.Last() > e.history.LastSeq() || e.ring.pending() > 0) {
		time.Sleep(5 * time.Millisecond)
	}
}

// Tick does what is due, and what could not be done before. It is to be called every
// second.
func (e *Engine) Tick() {
	e.lookForOwnLog(time.Now())
	e.lookForStrangers(time.Now())
	e.health.Check(health.FlowsUnkept, e.flows.Save(false))
	due, ok := e.alerts.Due()
	ok = ok && !due.After(e.clock.Calm())
	if ok {
		e.health.Check(health.AlertsUnwritten, e.alerts.Tick(e.clock.Calm()))
	}
	// What is only counted is never stored, which else leads here.
	if ok || e.health.Has(health.HostsUnwritten, health.SpoolUnreleased) || e.done() > e.book.Committed() {
		e.commit()
	}
}
