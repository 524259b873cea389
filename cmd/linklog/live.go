package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/flow"
	"linklog/capture/receive"
	"linklog/capture/snmp"
	"linklog/filter"
	"linklog/format"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/book"
	"linklog/service/book/dns"
	"linklog/service/client"
	"linklog/service/datafile"
	"linklog/service/doctor"
	"linklog/service/flows"
	"linklog/service/install"
	"linklog/service/intake"
	"linklog/service/port"
	"linklog/when"
)

// liveOptions are the flags of linklog without a command.
type liveOptions struct {
	ports                  []uint16
	runAs                  string
	cacheDNS               bool
	resolver               string
	filter                 filter.Filter
	logFile                string
	noDNS                  bool
	noDNSDest, noDNSSource bool
	quiet                  bool
	portNumbers            bool
	template               string
	json, csv              bool
	color                  string
	system                 bool

	// For following the service.
	listens bool // a port was given: listen without it
	at      place
	since   string
	until   string
	after   int64 // -1: not given

	stored bool // what is shown comes from the history, with its names

	stdout, stderr *os.File
}

// live follows the service or listens itself, and prints until it is interrupted.
func live(ctx context.Context, o *liveOptions) error {
	now := time.Now()
	since, until, err := o.times(now)
	if err != nil {
		return usageError{err}
	}
	if until.After(now) {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		defer time.AfterFunc(until.Sub(now), stop).Stop() // as if it were interrupted
	}
	if !o.listens {
		host, socket, err := asks(ctx, o.at)
		switch {
		case err == nil && host.IsZero():
			o.at.socket = socket // while it is away, the history of a different service is not continued
			return followService(ctx, o, since, until)
		case !host.IsZero() && (err == nil || o.after >= 0 && errors.Is(err, client.ErrNoService)):
			return followService(ctx, o, since, until)
		case !host.IsZero():
			return err
		case !errors.Is(err, client.ErrNoService):
			return fmt.Errorf("%w\nTo listen without the service: linklog --port %s", err, instead(defaultPorts()[:2], capture.TrapPort))
		case o.after >= 0: // a follower that continues from a position can wait for it
			return followService(ctx, o, since, until)
		case o.at.socket != "":
			return err
		case o.needs() != "" && isDown(ctx):
			return fmt.Errorf("%s needs LinkLog's service, which is installed here, but is not running. To find out why: %s", o.needs(), typed("doctor"))
		case o.needs() != "":
			return fmt.Errorf("%s needs LinkLog's service, which is not running here; linklog service install installs it", o.needs())
		}
	}
	return listen(ctx, o)
}

// The ports to try if 162 and 514 cannot be opened.
const (
	otherPort       = capture.TrapPort + capture.Unprivileged
	otherSyslogPort = capture.SyslogPort + capture.Unprivileged
)

// defaultPorts are where routers send to: traps, system logs and flows.
func defaultPorts() []uint16 {
	return []uint16{capture.TrapPort, capture.SyslogPort, capture.FlowPort}
}

// elsewhere is a port to try if one is in use: the one that any user may open, or the next.
func elsewhere(taken uint16, wanted []uint16) (n uint16) {
	switch taken {
	case capture.SyslogPort:
		n = otherSyslogPort
	case otherPort, otherSyslogPort, capture.FlowPort:
		n = taken + 1
	default:
		n = otherPort
	}
	for slices.Contains(wanted, n) {
		n++
	}
	return n
}

// instead are ports to try if one of them cannot be opened. Where it is the first of the
// usual ones, the others hardly can.
func instead(ports []uint16, taken uint16) string {
	other := slices.Clone(ports)
	for i, p := range ports {
		if p == taken || taken == capture.TrapPort && p == capture.SyslogPort {
			other[i] = elsewhere(p, other)
		}
	}
	return (*portsFlag)(&other).String()
}

// needs names a flag that only the service can serve; "": there is none.
func (o *liveOptions) needs() string {
	switch {
	case o.filter.New:
		return "--filter-new"
	case o.filter.List != "":
		return "--filter-list"
	case o.since != "":
		return "--since"
	case o.after >= 0:
		return "--after"
	case o.at.socket != "":
		return "--socket"
	case !o.at.host.IsZero():
		return "--connect"
	}
	return ""
}

// times reads --since and --until, and whether what was asked for is there.
func (o *liveOptions) times(now time.Time) (since, until time.Time, err error) {
	if o.listens && o.needs() != "" {
		return since, until, fmt.Errorf("%s is for following the service, --port for listening without it", o.needs())
	}
	if o.since != "" {
		if o.after >= 0 {
			return since, until, errors.New("--since and --after cannot be combined")
		}
		if since, err = when.Time(o.since, now); err != nil {
			return since, until, fmt.Errorf("--since: %q: %w", o.since, err)
		}
	}
	if o.until == "" {
		return since, until, nil
	}
	if until, err = when.Time(o.until, now); err != nil {
		return since, until, fmt.Errorf("--until: %q: %w", o.until, err)
	}
	switch {
	case !since.IsZero() && !until.After(since):
		err = fmt.Errorf("--until (%s) is not after --since (%s)", until.Format(time.DateTime), since.Format(time.DateTime))
	case !until.After(now) && since.IsZero() && o.after < 0:
		err = fmt.Errorf("--until: %s is over; with --since, what was from then until then is shown", until.Format(time.DateTime))
	}
	return since, until, err
}

// writer is where lines go, with what makes them.
type writer struct {
	*printer
	tell func(string)
	o    *liveOptions
	log  *os.File // nil: none
	mode os.FileMode
}

// openWriter reads the options of the output and opens the log file.
func openWriter(o *liveOptions) (*writer, error) {
	p, err := newPrinter(o)
	if err != nil {
		return nil, usageError{err}
	}
	w := &writer{printer: p, tell: teller(o.stderr), o: o, mode: privateMode()}
	if o.quiet && o.logFile == "" {
		w.tell("--quiet without --log-file would write nothing")
	}
	if o.logFile != "" {
		if isGzip(o.logFile) { // a log is read while it is written, and goes on after a crash
			return nil, usageError{fmt.Errorf("--log-file: %s: a log is not compressed while it is written; leave out .gz, and let logrotate compress", o.logFile)}
		}
		if w.log, err = openLog(o.logFile, w.mode); err != nil {
			return nil, fmt.Errorf("open log file: %w", err)
		}
	}
	return w, nil
}

// start opens the outputs. The context ends when the program is to end: by a
// signal or, with the cause errQuiet, as no one reads any more.
func (w *writer) start(ctx context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	ignoreBrokenPipe()
	ctx, leave := context.WithCancelCause(ctx)
	broke := func(err error) { leave(errQuiet) }
	if !w.o.quiet {
		w.outputs = append(w.outputs, newOutput("standard output", w.o.stdout, 0, w.tell, broke))
		w.coloured = w.outputs[0]
	}
	release := func() {}
	if w.log != nil {
		out := newOutput("log file "+w.o.logFile, w.log, 100*time.Millisecond, w.tell, broke)
		w.outputs = append(w.outputs, out)
		release = reopenOnHangup(out, w.o.logFile, w.mode, w.tell)
		if trouble := cannotRotate(w.log, w.o.logFile); trouble != "" {
			w.tell(trouble)
		}
	}
	w.header(w.log)
	return ctx, sync.OnceFunc(func() { stop(); release() })
}

// listen receives traps itself and prints them.
func listen(ctx context.Context, o *liveOptions) error {
	// All that needs rights is opened before they are dropped.
	w, err := openWriter(o)
	if err != nil {
		return err
	}
	listener, err := receive.Listen(ctx, receive.Options{Port: o.ports[0], More: o.ports[1:]})
	if err != nil {
		err = listenError(ctx, &intake.ListenError{Port: o.ports[0], Err: err}, o.ports, typed())
		if !o.listens && isDown(ctx) {
			err = fmt.Errorf("LinkLog's service is installed here, but is not running. To find out why: %s\nTo start it: %s\nWithout it: %w", typed("doctor"), doctor.AsAdministrator(typed("service", "start")), err)
		}
		return err
	}
	defer listener.Close()
	var failed []string // why is found out before the rights are dropped
	for _, f := range listener.Failed() {
		failed = append(failed, listenError(ctx, &intake.ListenError{Port: f.Port, Err: f.Err}, o.ports, typed()).Error())
	}
	w.decoder.Listens(listener.Ports()...)
	user, err := dropTo(o.runAs)
	if err != nil {
		return err
	}
	ctx, stop := w.start(ctx)
	defer stop()
	for _, f := range failed {
		w.tell(f)
	}
	w.tell(listening(listener, user))
	if bytes, traps := listener.Buffer(); traps < fewTraps {
		w.tell(bufferAdvice(bytes, traps))
	}
	stopWatch := watchDrops(ctx, listener, w.tell)
	receiveErr := listener.Receive(ctx, func(batch []capture.Datagram) { w.handle(listener, batch) })
	stop() // a second interrupt ends the program at once
	stopWatch()
	lost := w.end()
	if errors.Is(context.Cause(ctx), errQuiet) {
		return errQuiet
	}
	dropped, exact := listener.Dropped()
	w.tell(summary(&w.counts, dropped, exact, lost))
	switch {
	case receiveErr != nil:
		return receiveErr
	case lost > 0:
		return fmt.Errorf("%s could not be written", count(lost, "line"))
	}
	return nil
}

// printer makes lines of datagrams and gives them to the outputs.
type printer struct {
	decoder  *decode.Decoder
	repeats  *capture.Repeats
	flows    *flow.Decoder
	attempts *flow.Attempts // nil: no flows are received
	due      *time.Timer    // for flows that wait for others; nil: none came
	counts   capture.Counts
	matcher  *filter.Matcher
	late     bool // the filter can only be asked when names are known
	system   bool
	append   line
	outputs  []*output
	coloured *output // gets the lines in colour, if any does

	event [1]capture.Event // being decoded
	lines []byte
	n     int
	shown uint64 // lines since the start

	names   *dns.Resolver
	waiting *namer // nil: no line needs a name

	// Of whom routers tell: nil where a service did it already. Guarded by telling.
	telling   sync.Mutex
	household *book.Household
	answers   *book.Late // what waits for names that devices asked for
	patience  *time.Timer

	colour  bool
	painted []byte
	answer  []byte
	csv     bool
}

// newPrinter reads the options; its errors are mistakes on the command line.
func newPrinter(o *liveOptions) (*printer, error) {
	table := services.Default()
	matcher, err := o.filter.Compile(table, time.Now())
	if err != nil {
		return nil, flagError(err)
	}
	p := &printer{decoder: new(decode.Decoder), repeats: capture.NewRepeats(), matcher: matcher, system: o.system, csv: o.csv}
	switch o.color {
	case "auto":
		p.colour = isTerminal(o.stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "always":
		p.colour = true
	case "never":
	default:
		return nil, fmt.Errorf("--color: %q is not one of auto, always, never", o.color)
	}
	options := format.Options{
		Services: table, PortNumbers: o.portNumbers,
		NoNamesSource: o.noDNS || o.noDNSSource, NoNamesDest: o.noDNS || o.noDNSDest, Origins: o.json || o.csv,
	}
	needSource, needDest := true, true
	switch {
	case o.json && o.csv:
		return nil, errors.New("--json and --csv cannot be combined")
	case (o.json || o.csv) && o.template != format.Default:
		return nil, errors.New("--template has no effect with --json or --csv")
	case o.json:
		p.append, p.colour = asJSON(&options), false
	case o.csv:
		p.append, p.colour = asCSV(&options), false
	default:
		template, err := format.Compile(o.template)
		if err != nil {
			return nil, fmt.Errorf("--%w", err) // begins with "template, column"
		}
		needSource, needDest = template.NeedsSourceNames(), template.NeedsDestNames()
		if p.append, err = asLines(template, options); err != nil {
			return nil, err
		}
	}
	if !o.stored {
		p.household = book.NewHousehold(nil)
		p.flows, p.attempts = flow.New(), flow.NewAttempts(p.household.AtHome, p.household.OfRouter)
		p.answers = book.NewLate(p.household.Again)
	}
	needSource = needSource && !options.NoNamesSource || matcher.NeedsSourceNames()
	needDest = needDest && !options.NoNamesDest || matcher.NeedsDestNames()
	p.late = matcher.NeedsSourceNames() || matcher.NeedsDestNames()
	if (needSource || needDest) && !o.stored {
		p.names, err = dns.New(resolverOptions(o))
		if err == nil {
			err = findResolver(o.resolver)
		}
		if err != nil {
			return nil, fmt.Errorf("--resolver: %w", err)
		}
		p.waiting = newNamer(p.names, needSource, needDest, p.print, p.flush)
	}
	return p, nil
}

// line appends an event to a buffer in one of the forms of output.
type line func([]byte, *capture.Event) []byte

func asJSON(o *format.Options) line {
	return func(dst []byte, ev *capture.Event) []byte { return format.AppendJSON(dst, ev, o) }
}

func asCSV(o *format.Options) line {
	return func(dst []byte, ev *capture.Event) []byte { return format.AppendCSV(dst, ev, o) }
}

// asLines shows traffic by the template, and all else by one of its own unless
// the template provides for it.
func asLines(template *format.Template, o format.Options) (line, error) {
	traffic := format.NewFormatter(template, o)
	if template.ShowsSystem() {
		return traffic.Append, nil
	}
	template, err := format.Compile(format.SystemDefault)
	if err != nil {
		return nil, fmt.Errorf("the template of system messages: %w", err)
	}
	other := format.NewFormatter(template, o)
	return func(dst []byte, ev *capture.Event) []byte {
		if ev.Kind == capture.Traffic {
			return traffic.Append(dst, ev)
		}
		return other.Append(dst, ev)
	}, nil
}

// resolverOptions remember for minutes, or with --cache-dns for the whole run.
func resolverOptions(o *liveOptions) dns.Options {
	options := dns.Options{Server: o.resolver}
	if o.cacheDNS {
		options.TTL, options.NegativeTTL = dns.Forever, dns.Forever
	}
	return options
}

// findWithin is how long it may take to find the address of a DNS server.
const findWithin = 5 * time.Second

// findResolver reports whether a DNS server that was named by its host can be asked: without its
// address no name would ever come.
func findResolver(server string) error {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		host = server
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), findWithin)
	defer cancel()
	if _, err = net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return fmt.Errorf("the address of %q was not found: give an IP address, such as 192.168.1.1", host)
	}
	return nil
}

// flagError names the flag in the error of a filter.
func flagError(err error) error {
	var e *filter.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s%w", flagOf(e.Field), err)
	}
	return err
}

// flagOf is what stands before the name of a field in the flag for it.
func flagOf(field string) string {
	switch field {
	case "since", "until":
		return "--"
	case "date": // only of the search text
		return ""
	}
	return "--filter-"
}

// handle takes a batch from the listener: it must be quick and never wait.
func (p *printer) handle(l *receive.Listener, batch []capture.Datagram) {
	p.telling.Lock()
	defer p.telling.Unlock()
	for i := range batch {
		ev := &p.event[0]
		if p.decoder.Decode(&batch[i], ev) {
			var ok bool
			if p.answer, ok = snmp.AppendInformResponse(p.answer[:0], batch[i].Data); ok {
				l.Answer(batch[i].From, p.answer)
			}
		}
		if p.decoder.Language() == decode.Syslog {
			if p.repeats.Again(ev) {
				p.counts.Repeats++
				continue
			}
			if !p.household.Knows(ev) {
				if s, found := p.decoder.Sighting(ev); found {
					p.household.Sight(&s)
				}
			}
		}
		p.decoder.Count(&p.counts, ev)
		if p.decoder.Language() == decode.Flows {
			p.takeFlows(&batch[i])
			continue
		}
		p.household.Observe(ev)
		p.show(p.event[:])
	}
	p.flushAll()
	if p.answers.Oldest() != nil {
		p.waitForAnswers()
	}
}

// takeFlows makes attempts of the flows in a datagram. The caller holds telling.
func (p *printer) takeFlows(d *capture.Datagram) {
	p.flows.Decode(d.From, d.Data, d.Time, func(r *flow.Record) { p.attempts.Add(d.From.Addr(), r, p.attempt) })
	if p.due == nil {
		p.due = time.AfterFunc(flowsEvery, p.dueFlows)
	}
}

// flowsEvery is how often it is looked for flows that waited long enough for others.
const flowsEvery = time.Second

// dueFlows shows the attempts that became certain as nothing more came.
func (p *printer) dueFlows() {
	p.telling.Lock()
	defer p.telling.Unlock()
	if p.due == nil {
		return // the end came first
	}
	p.attempts.Due(time.Now(), p.attempt)
	p.flushAll()
	if _, waits := p.attempts.Oldest(); waits {
		p.due.Reset(flowsEvery)
	} else {
		p.due = nil
	}
}

// attempt shows one that was made of flows. The caller holds telling.
func (p *printer) attempt(a *flow.Attempt) {
	if a.More {
		return
	}
	ev := &p.event[0]
	flows.Event(a, ev)
	p.counts.Add(ev)
	p.counts.Made++
	p.household.Observe(ev)
	p.show(p.event[:])
}

// noMoreFlows shows the attempts that wait for other flows.
func (p *printer) noMoreFlows() {
	p.telling.Lock()
	defer p.telling.Unlock()
	if p.due != nil {
		p.due.Stop()
		p.due = nil
		p.attempts.Flush(p.attempt)
		p.flushAll()
	}
}

// waitForAnswers lets what waits go on if nothing more comes in time. The caller holds
// telling.
func (p *printer) waitForAnswers() {
	if p.patience != nil {
		p.patience.Reset(book.LateWithin)
		return
	}
	p.patience = time.AfterFunc(book.LateWithin, func() {
		p.noMoreAnswers()
		p.flushAll()
	})
}

// noMoreAnswers lets what waits go on.
func (p *printer) noMoreAnswers() {
	p.telling.Lock()
	defer p.telling.Unlock()
	if p.waiting != nil {
		p.push(p.answers.All())
	}
}

// show prints an event, all of one, if it is to be shown, as soon as its names are known.
func (p *printer) show(one []capture.Event) {
	ev := &one[0]
	switch {
	case ev.Kind != capture.Traffic && !p.system, ev.Reason.CountOnly():
	case !p.late && !p.matcher.Match(ev):
	case p.waiting == nil:
		p.print(ev)
	default:
		p.push(p.answers.Pass(one, ev.Time))
	}
}

// push has the names of events looked up that routers do not tell.
func (p *printer) push(events []capture.Event) {
	for i := range events {
		p.waiting.push(&events[i], p.household.Asked(&events[i]))
	}
}

// flushAll lets the lines go out that are ready.
func (p *printer) flushAll() {
	if p.waiting != nil {
		p.waiting.flush()
	} else {
		p.flush()
	}
}

// crowded says that so much waits, for names or for a slow output, that whoever
// can wait should.
func (p *printer) crowded() bool {
	if p.waiting != nil && p.waiting.size.Load() >= crowded {
		return true
	}
	for _, o := range p.outputs {
		if o.crowded() {
			return true
		}
	}
	return false
}

// room waits until there is room for another event.
func (p *printer) room(ctx context.Context) error { return p.waitWhile(ctx, p.crowded) }

// settle waits until nothing waits for names any more.
func (p *printer) settle(ctx context.Context) error {
	return p.waitWhile(ctx, func() bool { return p.waiting != nil && p.waiting.size.Load() > 0 })
}

func (p *printer) waitWhile(ctx context.Context, so func() bool) error {
	for so() {
		p.flushAll()
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// print adds the line of an event whose names are known.
func (p *printer) print(ev *capture.Event) {
	if p.late && !p.matcher.Match(ev) {
		return
	}
	begin := len(p.lines)
	p.shown++
	p.lines = append(p.append(p.lines, ev), '\n')
	if p.colour && p.coloured != nil {
		p.painted = paint(p.painted, ev, p.lines[begin:len(p.lines)-1])
	}
	if p.n++; len(p.lines) >= flushSize {
		p.flush()
	}
}

// Colours of lines: what comes in stands out, what is no connection steps back.
const (
	colourIn     = "\x1b[33m" // yellow
	colourSystem = "\x1b[2m"  // faint
	colourOff    = "\x1b[0m"
)

func paint(dst []byte, ev *capture.Event, line []byte) []byte {
	colour := ""
	switch {
	case ev.Kind != capture.Traffic:
		colour = colourSystem
	case ev.Dir == capture.In:
		colour = colourIn
	default:
		return append(append(dst, line...), '\n')
	}
	dst = append(append(dst, colour...), line...)
	return append(append(dst, colourOff...), '\n')
}

// flush passes the lines made so far to the outputs.
func (p *printer) flush() {
	if p.n == 0 {
		return
	}
	for _, o := range p.outputs {
		if p.colour && o == p.coloured {
			o.write(p.painted, p.n)
		} else {
			o.write(p.lines, p.n)
		}
	}
	p.lines, p.painted, p.n = p.lines[:0], p.painted[:0], 0
}

// header begins CSV: on standard output always, in a log file when it is empty.
func (p *printer) header(log *os.File) {
	if !p.csv {
		return
	}
	line := append(format.AppendCSVHeader(nil), '\n')
	for _, o := range p.outputs {
		if o != p.coloured {
			if info, err := log.Stat(); err != nil || info.Size() > 0 {
				continue
			}
		}
		o.write(line, 1)
	}
}

// end passes on what still waits and ends the outputs; it returns how many
// lines were lost.
func (p *printer) end() (lost uint64) {
	p.noMoreFlows()
	p.noMoreAnswers()
	if p.waiting != nil {
		p.waiting.end()
		lost = p.waiting.lost.Load()
		p.names.Close()
	}
	for _, o := range p.outputs {
		lost += o.end()
	}
	return lost
}

// teller returns a function that writes messages for a person to stderr, from
// any goroutine.
func teller(stderr io.Writer) func(string) {
	var mu sync.Mutex
	return func(message string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(stderr, "linklog: %s\n", message)
	}
}

func listening(l *receive.Listener, user string) string {
	ports := l.Ports()
	s := "listening on UDP " + portsText(ports)
	if user != "" {
		s += " as user " + user
	}
	if own := ownAddresses(); len(own) > 0 {
		s += "; the router's log address: " + strings.Join(own, " or ")
	}
	if !slices.Contains(ports, capture.TrapPort) && !slices.Contains(ports, capture.SyslogPort) {
		s += fmt.Sprintf(" (most routers send only to %s)", portsText(defaultPorts()[:2]))
	}
	return s
}

// portsText is "port 162", or "ports 162 and 514".
func portsText(ports []uint16) string {
	if len(ports) == 1 {
		return fmt.Sprintf("port %d", ports[0])
	}
	last := len(ports) - 1
	return fmt.Sprintf("ports %s and %d", port.List(ports[:last], ", "), ports[last])
}

// ownAddresses are the IPv4 addresses of this computer that a router at home can
// reach.
func ownAddresses() (own []string) {
	for _, addr := range doctor.LANAddresses() {
		own = append(own, addr.String())
	}
	return own
}

// fewTraps is the size of receive buffer, in traps, below which it is worth
// telling how to get a larger one: a port scan of the home makes as many.
const fewTraps = 1000

func bufferAdvice(bytes, traps int) string {
	if traps == 0 {
		return "the system does not report the size of the receive buffer"
	}
	return fmt.Sprintf("the receive buffer holds only about %d traps (%d KiB): a burst may lose some; %s", traps, bytes/1024, raiseBuffer)
}

// dropsEvery is how often drops are looked for while linklog runs.
const dropsEvery = 10 * time.Second

// watchDrops says when the kernel had to throw datagrams away.
func watchDrops(ctx context.Context, l *receive.Listener, tell func(string)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		told := uint64(0)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(dropsEvery):
			}
			if n, exact := l.Dropped(); exact && n > told {
				tell(fmt.Sprintf("lost %s, as more arrived than could be read", count(n-told, "datagram")))
				told = n
			}
		}
	}()
	return func() { cancel(); <-done }
}

// plain is count without commas in the number, for what programs read, too.
func plain(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// summary accounts for everything that was received.
func summary(c *capture.Counts, dropped uint64, exact bool, lost uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d received", c.Received())
	if c.Made > 0 {
		fmt.Fprintf(&b, " and %s made of flows", plain(c.Made, "attempt"))
	}
	fmt.Fprintf(&b, " = %s + ", plain(c.Events(), "event"))
	if c.Repeats > 0 {
		fmt.Fprintf(&b, "%s + ", plain(c.Repeats, "repeat"))
	}
	fmt.Fprintf(&b, "%d other + %d rejected", c.Kinds[capture.Other], c.Kinds[capture.Rejected])
	var reasons []string
	for reason, n := range c.Reasons {
		if n > 0 && reason > 0 {
			reasons = append(reasons, fmt.Sprintf("%s %d", capture.Reason(reason), n))
		}
	}
	if len(reasons) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(reasons, ", "))
	}
	fmt.Fprintf(&b, "; %d dropped by the system", dropped)
	if !exact {
		b.WriteString(" (all its programs together)")
	}
	if lost > 0 {
		fmt.Fprintf(&b, "; %s lost", plain(lost, "line"))
	}
	return b.String()
}

func openLog(name string, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, mode)
}

// isDown reports whether the service is installed and does not run: then that is what
// to mend first.
func isDown(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s, err := install.GetStatus(ctx)
	return err == nil && s.Installed && !s.Running
}

// listenError says what to do about one of some ports that cannot be opened. command is what
// was typed, without the ports.
func listenError(ctx context.Context, err *intake.ListenError, ports []uint16, command string) error {
	n, others := err.Port, instead(ports, err.Port)
	if !isPermission(err) && !isInUse(err) {
		return err
	}
	running, has := serviceHas(ctx, n)
	switch {
	case has:
		return fmt.Errorf("UDP port %d is in use by LinkLog's service. To see what it receives: %s\n  Or listen on a different port: %s --port %s", n, typed(), command, others)
	case isPermission(err):
		return fmt.Errorf("UDP port %d: permission denied\n  %s", n, indent(port.Denied(n, command, (*portsFlag)(&ports).String(), others, running || isDown(ctx))))
	}
	holder, _ := port.Holder(n) // unknown: Advice says how to find out
	return fmt.Errorf("UDP port %d is in use by a different program\n  %s\n  Or listen on a different port: %s --port %s", n, indent(port.Advice(holder, n).String()), command, others)
}

// serviceHas reports whether LinkLog's service runs here, as it says itself, and whether
// it has a port.
func serviceHas(ctx context.Context, n uint16) (running, has bool) {
	c := newClient("")
	defer c.Close()
	h, err := c.Hello(ctx)
	open, _ := api.OpenPorts(h.UDP())
	return err == nil, err == nil && slices.Contains(open, n)
}

func indent(lines string) string { return strings.ReplaceAll(lines, "\n", "\n  ") }

// typed is what a person types to run this program with some arguments: its name
// where that is enough.
func typed(args ...string) string {
	name := "linklog"
	if self, err := os.Executable(); err == nil {
		found, err := exec.LookPath(name)
		if err == nil {
			found, err = filepath.EvalSymlinks(found)
		}
		if real, _ := filepath.EvalSymlinks(self); err != nil || found != real {
			name = datafile.Quote(self)
		}
	}
	return strings.Join(append([]string{name}, args...), " ")
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) && enableColour(f) }
