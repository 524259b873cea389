// Package doctor finds out why nothing arrives from the router: it looks at all
// that stands between the router and a line on the screen, and says what was found
// and what to do.
package doctor

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/guide"
	"linklog/service/install"
	"linklog/service/port"
)

// Kind says how good or bad a Finding is.
type Kind uint8

// The kinds.
const (
	OK    Kind = iota + 1 // as it should be
	Note                  // worth knowing; may be the reason
	Wrong                 // it cannot work like this
)

// String returns the kind as the command prints it.
func (k Kind) String() string {
	switch k {
	case OK:
		return "ok"
	case Note:
		return "note"
	case Wrong:
		return "WRONG"
	}
	return ""
}

// About says what a Finding is about.
type About uint8

// What findings are about.
const (
	Address  About = iota + 1 // this computer's address
	Port                      // who listens
	Trap                      // a message to itself
	Firewall                  // what may keep messages out
	Routers                   // who sent something, and who was not let in
	Service                   // the service and its troubles
	Files                     // settings, history and their disk
	Advice                    // what cannot be seen from here
)

// Finding is one thing that was found out.
type Finding struct {
	Kind  Kind
	About About
	Title phrase.Phrase // in a few words
	Text  phrase.Phrase // more of it, or none
	Do    phrase.Phrase // what to do, or none
	Type  string        // what to type into a terminal or the settings, or ""
}

// Options says what to examine.
type Options struct {
	// Port is the UDP port the router sends to; 0: those of the service if one answers,
	// else the usual ones.
	Port uint16

	// Status asks the service how it is; nil: it is not asked. An error that wraps
	// client.ErrNoService means that none answers.
	Status func(context.Context) (api.Status, error)

	// Manager asks the service manager, install.GetStatus; nil: the service that is
	// meant is not the installed one.
	Manager func(context.Context) (install.Status, error)

	// Router is the ID of the router there is, as guide.Find knows it: what is missing is said
	// with the reason it has there. "" or unknown: none in particular.
	Router string

	// Came asks the service what came of the routers, see Came; nil: it is not asked.
	Came func(context.Context) guide.Facts

	// Program is how linklog is called in a terminal; "": linklog.
	Program string
}

// Came asks a service for what Options.Came is: with a router for what its check list is about, as
// the page Setup does, else for what came in the last day.
func Came(c *client.Client, router string) func(context.Context) guide.Facts {
	return func(ctx context.Context) guide.Facts {
		if r, known := guide.Find(router); !known || r.Sends == guide.Nothing {
			return guide.LastDay(ctx, c, IsOwn)
		}
		_, f := guide.Look(ctx, c, guide.Question{IsOwn: IsOwn})
		return f
	}
}

// How long may be waited for the service manager and for the service. Whoever asks
// why nothing arrives has waited enough.
const (
	managerWithin = 2 * time.Second
	statusWithin  = 3 * time.Second
)

// examination is what Examine knows while it goes on.
type examination struct {
	Options
	managed    install.Status // what the service manager says; the zero Status: nothing
	hasManager bool           // there is one, and it answers
	status     *api.Status    // what the service says; nil: nothing
	mute       bool           // it runs, and says nothing
	fresh      bool           // a router sent something a short while ago: what is in between lets it through
	found      []Finding

	ports  []uint16     // to examine; others than the first are worth a note only, unless the service wants them
	closed []uint16     // those of which it is said why they are not the service's
	bound  []netip.Addr // what the service listens on, or will; none: all addresses
}

// asAdministrator is a command of linklog as it is typed with the rights of one.
func (x *examination) asAdministrator(command string) string {
	return AsAdministrator(x.Program + " " + command)
}

func (x *examination) add(f ...Finding) { x.found = append(x.found, f...) }

// is reports whether something of a kind was found; about 0: about whatever.
func (x *examination) is(about About, k Kind) bool {
	return slices.ContainsFunc(x.found, func(f Finding) bool { return f.Kind == k && (about == 0 || f.About == about) })
}

// Examine examines one thing after another. It takes some seconds at most, in
// whatever state the service is, and sends a message to each of this computer's
// addresses; if ctx ends it gives what was found so far. It never starts the
// service.
func Examine(ctx context.Context, o Options) []Finding {
	x := &examination{Options: o}
	if x.Program == "" {
		x.Program = "linklog"
	}
	if x.Manager != nil {
		bounded, cancel := context.WithTimeout(ctx, managerWithin)
		s, err := x.Manager(bounded)
		cancel()
		x.managed, x.hasManager = s, err == nil
	}
	if x.Status != nil {
		err := x.ask(ctx)
		x.files()
		x.service(ctx, err)
		if isRefusal(err) {
			return x.found // the rest is not for this user to see
		}
	}
	switch {
	case x.Port != 0:
		x.ports = []uint16{x.Port}
	case x.status != nil:
		for _, p := range x.status.UDP() {
			x.ports = append(x.ports, p.Port)
		}
	default:
		x.ports = usual
	}
	own := Reachable(x.bound)
	switch {
	case len(own) > 0:
		x.add(Finding{
			Kind: OK, About: Address, Title: phrase.Say("This computer's address is {{.Address}}.", "Address", list(own)),
			Text: phrase.Say("Enter it as the log address in the router's settings."),
		})
	case api.OnlyLoopback(x.bound):
		own = x.bound
		x.add(Finding{
			Kind: Wrong, About: Address, Title: phrase.Say("LinkLog listens only on {{.Address}}, which no router can reach.", "Address", list(x.bound)),
			Text: phrase.Say("That is right only if a program on this computer passes on what the router sends."),
			Do:   phrase.Say("Remove address from [listen] in the settings of the service, then run:"), Type: x.asAdministrator("service restart"),
		})
	case len(x.bound) == 0:
		x.add(Finding{
			Kind: Wrong, About: Address, Title: phrase.Say("This computer has no address in a local network."),
			Do: phrase.Say("Connect it to the router's network, by cable or Wi-Fi."),
		})
		x.arrived(ctx)
		return x.found
	}
	if !slices.ContainsFunc(x.ports, isUsual) && !x.fresh {
		x.add(otherPort(x.ports[0]))
	}
	for _, n := range x.ports {
		if x.listener(n) {
			x.add(x.traps(ctx, own, n)...)
		}
	}
	x.arrived(ctx)
	if !x.fresh {
		x.add(Firewalls(ctx, x.ports...)...)
	}
	switch {
	case x.is(0, Wrong):
	case x.fresh && !x.is(0, Note):
		x.add(Finding{Kind: OK, About: Advice, Title: phrase.Say("No problems found.")})
	case !x.fresh:
		x.add(Finding{
			Kind: Note, About: Advice, Title: phrase.Say("Nothing else can be checked from this computer."),
			Do: phrase.Say("In the router: is the log turned on, and is the log address the one above? Some routers need a restart after a change."),
		})
	}
	return x.found
}

// traps sends a message to each address, all at once: one that is not answered
// takes seconds.
func (x *examination) traps(ctx context.Context, own []netip.Addr, n uint16) []Finding {
	out := make([]Finding, len(own))
	var wait sync.WaitGroup
	for i, a := range own {
		wait.Go(func() { out[i] = trap(ctx, netip.AddrPortFrom(a, n), x.Status) })
	}
	wait.Wait()
	return out
}

// usual are the ports on which LinkLog listens unless it is told otherwise.
var usual = []uint16{capture.TrapPort, capture.SyslogPort, capture.FlowPort}

// isUsual reports whether routers send to a port unless they are told otherwise. Flows are sent
// only by those that are told where to.
func isUsual(n uint16) bool { return n == capture.TrapPort || n == capture.SyslogPort }

func otherPort(n uint16) Finding {
	return Finding{
		Kind: Note, About: Port, Title: phrase.Say("A router sends to port {{.Syslog}} (syslog) or {{.Traps}} (traps) unless it is set to {{.Port}}.",
			"Syslog", uint16(capture.SyslogPort), "Traps", uint16(capture.TrapPort), "Port", n),
	}
}

// isOurs reports whether systemd holds a port for the installed service, or lets it
// start just now: until then the process is systemd's.
func isOurs(p port.Process) bool {
	return p.IsSocketUnit() || p.Service == "linklog.service"
}

// listener finds out who listens on a port; false: no one whom a message could
// reach, or a service that does not answer as it is.
func (x *examination) listener(n uint16) bool {
	f := Finding{Kind: Wrong, About: Port}
	wants, has := false, false // the service
	first := n == x.ports[0]
	defer func() {
		if f.Kind == Wrong {
			x.closed = append(x.closed, n)
			if !first && !wants {
				f.Kind = Note
			}
		}
		x.add(f)
	}()
	var others []uint16 // of the service
	if x.status != nil {
		open, closed := api.OpenPorts(x.status.UDP())
		has = slices.Contains(open, n)
		wants, others = has || slices.Contains(closed, n), open
	}
	if has {
		f.Kind, f.Title = OK, phrase.Say("LinkLog is listening on UDP port {{.Port}}.", "Port", n)
		return true
	}
	open := !wants // the unit; of further ports only the service knows, which does not have it
	switch {
	case first:
		open = x.managed.TrapSocket.Open
	case n == capture.SyslogPort:
		open = x.managed.SyslogSocket.Open
	case n == capture.FlowPort:
		open = x.managed.FlowSocket.Open
	}
	p, err := port.Holder(n)
	if err == nil && p.PID == 0 && isOurs(p) && !open {
		err = port.ErrUnknown // the unit should have it; whoever has it cannot be seen
	}
	switch {
	case err == nil && isOurs(p) && x.managed.Running:
		f.Kind, f.Title = OK, phrase.Say("LinkLog is listening on UDP port {{.Port}}.", "Port", n)
		return !x.mute
	case err == nil && isOurs(p): // what is wrong with the service is said already
		f.Kind, f.Title = Note, phrase.Say("The system keeps UDP port {{.Port}} open for LinkLog's service; messages wait there until it starts.", "Port", n)
		return false
	case errors.Is(err, port.ErrFree) && wants:
		if t, refused := x.refusal(n); refused {
			f.Title, f.Text = phrase.Say("LinkLog's service cannot listen on UDP port {{.Port}}.", "Port", n), t.Phrase()
			return false
		}
		x.closed = append(x.closed, n)
		f.Kind, f.Title = Note, phrase.Say("UDP port {{.Port}} is free; LinkLog's service will try again in a few seconds.", "Port", n)
		return false
	case errors.Is(err, port.ErrFree):
		f.Title = phrase.Say("Nothing is listening on UDP port {{.Port}}.", "Port", n)
		if first && x.status == nil && !x.is(Service, Wrong) { // else that is what to mend first
			f.Do, f.Type = x.howToStart()
		}
		return false
	case errors.Is(err, port.ErrUnknown):
		f.Title = phrase.Say("UDP port {{.Port}} is in use; run as administrator to see by which program.", "Port", n)
		f.Type = x.asAdministrator("doctor")
		if wants { // so it is not the service
			return false
		}
		f.Kind = Note
	case err != nil:
		f.Kind, f.Title = Note, phrase.Say("Cannot find out which program is using UDP port {{.Port}}: {{.Error}}", "Port", n, "Error", err)
	case strings.HasPrefix(p.Name, "linklog"):
		f.Kind, f.Title = OK, phrase.Say("LinkLog is listening on UDP port {{.Port}}: {{.Program}}.", "Port", n, "Program", p.Phrase())
	default:
		f.Title = phrase.Say("A different program is using UDP port {{.Port}}: {{.Program}}.", "Port", n, "Program", p.Phrase())
		f.Do = port.Remedy(p, n)
		if wants && len(others) > 0 {
			f.Text = phrase.Say("If no router sends there, leave it out under [listen] in the settings of the service: ports = [{{.Ports}}]", "Ports", port.List(others, ", "))
		}
		return false
	}
	return !x.mute
}

// testWithin is how long a message to ourselves may take.
const testWithin = 3 * time.Second

// ErrNoAnswer says that a test was sent and not answered.
var ErrNoAnswer error = &noAnswer

var noAnswer = phrase.Say("it was not answered within {{.Time}}", "Time", testWithin)

// SendTest sends a message to an address of this computer, as the router would, but
// one that LinkLog answers when it has received it. The error wraps
// send.ErrNobodyListens if it was refused, ErrNoAnswer if nothing came back.
func SendTest(ctx context.Context, to netip.AddrPort, text string) error {
	s, err := send.Dial(ctx, to.String(), send.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, testWithin, ErrNoAnswer)
	defer cancel()
	if _, err = s.Inform(ctx, &send.Encoding{RequestID: 1}, text); err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// trap reports whether a message to one of our own addresses arrives.
func trap(ctx context.Context, to netip.AddrPort, status func(context.Context) (api.Status, error)) Finding {
	f := Finding{Kind: Wrong, About: Trap}
	err := SendTest(ctx, to, "LinkLog doctor: a message to find out whether messages arrive")
	var stranger bool
	var unstored phrase.Phrase
	if errors.Is(err, ErrNoAnswer) {
		stranger, unstored = unanswered(ctx, to.Addr(), status)
	}
	switch {
	case err == nil:
		f.Kind, f.Title = OK, phrase.Say("A message to {{.Address}} arrived.", "Address", to.String())
	case errors.Is(err, send.ErrNobodyListens):
		f.Title = phrase.Say("A message to {{.Address}} was refused: nothing is listening there.", "Address", to.String())
	case stranger:
		f.Kind, f.Title = Note, phrase.Say("A message to {{.Address}} arrived, but messages from this computer are not accepted.", "Address", to.String())
		f.Text = phrase.Say("The settings of the service accept routers only from certain networks ([sources]).")
	case !unstored.IsZero():
		f.Title = NotStored(to, unstored)
	case errors.Is(err, ErrNoAnswer):
		f.Title = phrase.Say("A message to {{.Address}} was sent, but not answered.", "Address", to.String())
		f.Text = phrase.Say("Either a firewall on this computer blocks it, or a program other than LinkLog receives it.")
	default:
		f.Title = phrase.Say("A message to {{.Address}} could not be sent: {{.Error}}", "Address", to.String(), "Error", err)
	}
	return f
}

// NotStored says that a message to an address of this computer arrived in vain, and why. Only what is
// stored is answered.
func NotStored(to netip.AddrPort, why phrase.Phrase) phrase.Phrase {
	return phrase.Say("A message to {{.Address}} arrived, but could not be stored: {{.Why}}", "Address", to.String(), "Why", why)
}

// unanswered asks the service why it does not answer messages of an address: as it does not let the
// address in, or cannot store what arrives.
func unanswered(ctx context.Context, a netip.Addr, status func(context.Context) (api.Status, error)) (stranger bool, unstored phrase.Phrase) {
	if status == nil {
		return false, unstored
	}
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	s, err := status(ctx)
	if err != nil {
		return false, unstored
	}
	return slices.ContainsFunc(s.Strangers, func(x api.Source) bool { return x.Addr == a }), guide.Unstored(&s)
}

// freshFor is how long a message of the router shows that all works: in a household
// hardly an hour goes by without an attempt.
const freshFor = time.Hour

func isFresh(s *api.Status, r api.Source) bool { return s.Now.Sub(r.Last) < freshFor }

// arrived says what the service received and what is wrong with it.
func (x *examination) arrived(ctx context.Context) {
	s := x.status
	if s == nil {
		return
	}
	came := false
	for _, r := range s.Routers {
		if IsOwn(r.Addr) {
			continue
		}
		came = true
		f := Finding{
			Kind: OK, About: Routers, Title: phrase.Say("{{.Address}} sends messages: {{.Count}} so far, the last at {{.Time}}.",
				"Address", r.Addr.String(), "Count", r.Count, "Time", local(r.Last)),
		}
		if !isFresh(s, r) {
			f.Kind, f.Title = Note, phrase.Say("{{.Address}} sent {{.Count}} messages, but none since {{.Time}}.", "Address", r.Addr.String(), "Count", r.Count, "Time", local(r.Last))
		}
		x.add(f)
	}
	before := slices.DeleteFunc(slices.Clone(s.Before), func(r api.Source) bool { return IsOwn(r.Addr) })
	came = came || len(before) > 0
	if s.Now.Sub(s.Started) >= quietFor {
		x.silent(before)
	}
	x.connections(ctx, came)
	for _, r := range s.Strangers {
		if IsOwn(r.Addr) {
			continue
		}
		x.add(Finding{
			Kind: Note, About: Routers, Title: phrase.Say("Messages from {{.Address}} are not accepted.", "Address", r.Addr.String()),
			Text: phrase.Say("It is not in any of this computer's networks."),
			Do:   phrase.Say("If it is your router, add its address to the routers in the settings of the service."),
			Type: "[sources]\nrouters = [\"" + r.Addr.String() + "\"]",
		})
	}
	for _, t := range s.Troubles {
		if !x.isSaid(t) {
			x.add(x.trouble(t))
		}
	}
}

// quietFor is how long after the start of the service nobody wonders that a router has not sent anything.
const quietFor = 10 * time.Minute

// silent notes routers that have sent nothing since the service started.
func (x *examination) silent(routers []api.Source) {
	const shown = 4
	var all []netip.Addr
	for _, r := range routers {
		all = append(all, r.Addr)
	}
	f := Finding{Kind: Note, About: Routers}
	switch n := len(all); {
	case n == 0:
		return
	case n == 1:
		f.Title = phrase.Say("{{.Address}} has sent nothing since the service started; its last message came at {{.Time}}.", "Address", all[0].String(), "Time", local(routers[0].Last))
	case n <= shown:
		f.Title = phrase.Say("{{.Count}} routers have sent nothing since the service started: {{.Addresses}}.", "Count", n, "Addresses", list(all))
	default:
		f.Title = phrase.Say("{{.Count}} routers have sent nothing since the service started: {{.Addresses}}.", "Count", n, "Addresses", list(all[:shown])+" / …")
	}
	x.add(f)
}

// enough is how many connections a router has to have blocked, and allowed none, until that is
// taken for the way it is set up.
const enough = 20

// connections tells which connections the routers do not report, or that none sent anything.
func (x *examination) connections(ctx context.Context, came bool) {
	r, known := guide.Find(x.Router)
	how := x.Program + " setup"
	if known {
		how += " " + r.ID
	}
	none := Finding{
		Kind: Note, About: Routers, Title: phrase.Say("No router has sent anything yet."),
		Do: phrase.Say("To see how yours is set up:"), Type: how,
	}
	note := Finding{Kind: Note, About: Routers, Do: phrase.Say("To see how yours is set up to report all:"), Type: how}
	if !came && known && r.Sends == guide.Nothing {
		none.Text, none.Do = r.Guide("", 0, 0).About, phrase.Say("What helps:")
	}
	if x.Came == nil {
		if !came {
			x.add(none)
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	switch f := x.Came(ctx); {
	case known && r.Sends != guide.Nothing:
		x.missing(r.Check(&f), came, none, note)
	case !came:
		x.add(none)
	case f.Err != nil:
	case f.Messages > 0 && f.Traffic+f.Other == 0:
		note.Title = guide.OnlySystem
		x.add(note)
	case f.Traffic >= enough && f.OnlyBlocked():
		note.Title = guide.OnlyBlockedConnections
		x.add(note)
	}
}

// missing says what is not as it should be with the router there is, and why; the way to set it
// up once, below the last.
func (x *examination) missing(results []guide.Result, came bool, none, note Finding) {
	var found []Finding
	for _, c := range results {
		switch f := (Finding{Kind: note.Kind, About: note.About, Title: c.Text, Text: c.Why}); {
		case c.Check == guide.Arrives && c.State == guide.Missing && !came:
			none.Text = c.Why
			x.add(none)
		case c.Check == guide.Arrives && c.Why.IsZero(): // when it sent its last is said above
		case c.Check == guide.Arrives && c.State == guide.Missing: // likewise
			f.Title, f.Text = c.Why, phrase.Phrase{}
			found = append(found, f)
		case c.State == guide.Missing:
			found = append(found, f)
		case c.State == guide.Seen && !c.Why.IsZero(): // it looks like a different router
			f.Title, f.Text = c.Why, phrase.Phrase{}
			found = append(found, f)
		}
	}
	if n := len(found); n > 0 {
		found[n-1].Do, found[n-1].Type = note.Do, note.Type
	}
	x.add(found...)
}

func local(t time.Time) string { return t.Local().Format(time.DateTime) }
