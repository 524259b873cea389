package intake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/capture/receive"
	"linklog/capture/snmp"
	"linklog/phrase"
	"linklog/service/health"
	"linklog/service/port"
	"linklog/service/settings"
	"linklog/service/spool"
)

// receiver receives on one port. Each opens it, waits for it and reports it on its own, so
// that one that cannot be had keeps no other back.
type receiver struct {
	in      *Intake
	port    uint16 // 0: a free one
	instead uint16 // the usual one that this user may not have; 0: this is what was asked for
	tcp     bool   // lines of system logs by TCP
	first   bool   // the port of the traps: the others are worth a warning only

	// The service manager's sockets: those for this port, and others that will do where it
	// may not be opened.
	given   []*net.UDPConn
	streams []*net.TCPListener
	held    []*net.UDPConn

	listener  atomic.Pointer[receive.Listener] // nil while the port is not ours
	holder    atomic.Pointer[string]           // who has it instead; nil: nobody, or not known
	refusal   health.Condition                 // why it is not ours
	taken     bool                             // something kept it from the manager, too: when that is over, a start helps
	takenBy   string                           // whose it was, as the text of a gap; "": nobody's since the start
	receiving atomic.Bool                      // and what is missing before is told
	stale     atomic.Bool                      // the file "alive" names other sockets: it could not be written
	answer    []byte                           // of the receive loop

	// Of sockets that others hold: which they are, "" for our own, how many drops of theirs
	// were told before we started, and how many since.
	sockets    string
	toldBefore uint64
	told       uint64
}

// place tells conditions of several ports apart.
func (r *receiver) place() string {
	switch {
	case r.tcp:
		return fmt.Sprintf("%d/TCP", r.port)
	case r.first:
		return ""
	}
	return strconv.Itoa(int(r.port))
}

// check reports an error about this port's files, or that there is none any more.
func (r *receiver) check(code health.Code, err error) { r.in.health.CheckAt(code, r.place(), err) }

// number is the port that is listened on, or will be.
func (r *receiver) number() uint16 {
	if l := r.listener.Load(); l != nil && !r.tcp {
		return l.Port()
	}
	return r.port
}

// wanted is what the settings ask for.
func (r *receiver) wanted() phrase.Phrase {
	a := r.in.o.Listen.Address
	at := netip.AddrPortFrom(a.Addr, r.port).String()
	switch {
	case r.tcp && a.IsValid():
		return phrase.Say("TCP {{.Address}}", "Address", at)
	case r.tcp:
		return phrase.Say("TCP port {{.Port}}", "Port", r.port)
	case a.IsValid():
		return phrase.Say("UDP {{.Address}}", "Address", at)
	}
	return phrase.Say("UDP port {{.Port}}", "Port", r.port)
}

// open opens the sockets, or takes those over that the service manager opened. Where
// another program has the port, or the address is not there yet, it leaves that to await
// and returns nil: the history can be looked at meanwhile, and the port may become free.
func (r *receiver) open(ctx context.Context) error {
	switch {
	case len(r.given) > 0:
		return r.takeOver(ctx)
	case len(r.held) > 0:
		return r.insteadOfHeld(ctx)
	}
	err := r.listen(ctx, nil)
	if other := r.other(); err != nil && other != 0 && (r.in.o.Instead || r.refused(err).Code == health.PortForbidden) {
		r.instead, r.port = r.port, other
		err = r.listen(ctx, nil)
	}
	return r.waits(err)
}

// other is the port to take where this user may not have the usual one; 0: none.
func (r *receiver) other() uint16 {
	switch {
	case r.in.o.Managed, r.in.o.Listen.Chosen(), r.first && r.in.o.NeedPort:
	case r.port == capture.SyslogPort, r.port == capture.TrapPort:
		return r.port + capture.Unprivileged
	}
	return 0
}

// takeOver takes the service manager's sockets. It opens others at the next start, if the
// settings ask for more room.
func (r *receiver) takeOver(ctx context.Context) error {
	err := r.listen(ctx, r.given)
	want := r.in.o.Listen.Buffer
	if l := r.listener.Load(); err == nil && want > settings.Defaults().Listen.Buffer {
		if have, _ := l.Buffer(); have < int(want) {
			r.in.health.Report(health.New(health.PortBuffer, r.place(), "Wanted", want.String(), "Port", l.Port(), "Have", settings.Size(have).String()))
		}
	}
	return err
}

// insteadOfHeld opens what the settings ask for instead of what the service manager opened,
// if it may. Either way it is told how to make both the same.
func (r *receiver) insteadOfHeld(ctx context.Context) error {
	held := r.held[0].LocalAddr().String()
	err := r.listen(ctx, nil)
	if errors.Is(err, errAccess) {
		r.in.health.Report(health.New(health.PortHeld, r.place(), "Wanted", r.wanted(), "Held", held))
		return r.listen(ctx, r.held)
	}
	for _, c := range r.held {
		c.Close() // ours; the manager keeps its own
	}
	if err == nil {
		r.in.health.Report(health.New(health.PortElsewhere, r.place(), "Wanted", r.wanted(), "Held", held))
	}
	return r.waits(err)
}

// listen opens sockets, or takes those that are open.
func (r *receiver) listen(ctx context.Context, conns []*net.UDPConn) error {
	s := &r.in.o.Listen
	o := receive.Options{Address: s.Address.Addr, Port: r.port, Buffer: int(s.Buffer), Conns: conns}
	open := receive.Listen
	if r.tcp {
		o.TCP, o.Listeners, open = []uint16{r.port}, r.streams, receive.ListenTCP
		o.Allow = func(from netip.Addr, lines int) (int, time.Duration) {
			return r.in.sources.allow(from, lines, time.Now())
		}
	}
	l, err := open(ctx, o)
	if err != nil {
		return &ListenError{Port: r.port, TCP: r.tcp, Err: err}
	}
	r.sockets = cookies(conns, r.in.o.Boot)
	r.listener.Store(l)
	return nil
}

// waits reports an error that time or other settings can mend, and returns one that
// somebody has to hear at once.
func (r *receiver) waits(err error) error {
	if err == nil {
		return nil
	}
	why := r.refused(err)
	if r.first && r.in.o.NeedPort && why.Code == health.PortForbidden {
		return err
	}
	r.closed(why)
	return nil
}

// closed reports why the port is not ours.
func (r *receiver) closed(why health.Condition) {
	r.taken = r.taken || !unopened(why)
	if r.refusal.Code != why.Code {
		r.opened()
	}
	r.refusal = why
	r.in.health.Report(why)
}

// opened ends what closed reported.
func (r *receiver) opened() {
	if r.refusal.Code != "" {
		r.in.health.Over(r.refusal.Code, r.refusal.Place)
	}
	r.refusal = health.Condition{}
}

// refused says why the port cannot be had now. Without the right to a port the system
// may say so before it looks whether anybody has it.
func (r *receiver) refused(err error) health.Condition {
	s := &r.in.o.Listen
	n, retry := r.port, r.in.o.Retry.String()
	var by *string
	defer func() { r.holder.Store(by) }()
	switch {
	case isNoAddress(err), s.Address.Zone() != "" && !isInUse(err) && !errors.Is(err, errAccess): // or there is no such network interface; all ports lack it
		return health.New(health.PortNoAddress, "", "Address", s.Address.String(), "Retry", retry)
	case !isInUse(err) && !errors.Is(err, errAccess):
		return health.New(health.PortFailed, r.place(), "Error", err.Error(), "Retry", retry)
	}
	find := port.Holder
	if r.tcp {
		find = port.HolderTCP
	}
	holder, held := find(n) // unknown: Advice says how to find out
	switch {
	case isInUse(err), !errors.Is(held, port.ErrFree):
		name := holder.String()
		by = &name
		if r.tcp {
			return health.New(health.PortTakenTCP, r.place(), "Port", n, "Retry", retry, "Advice", port.Advice(holder, n))
		}
		if held == nil || r.takenBy == "" { // who let it go while it was looked for is not known any more
			r.takenBy = capture.GapText(capture.GapPortTaken, "Port", n, "By", name)
		}
		return health.New(health.PortTaken, r.place(), "Port", n, "Retry", retry, "Advice", port.Advice(holder, n))
	case r.in.o.Managed && r.unit() == "": // it is made on request
		return health.New(health.PortUnhanded, r.place(), "Wanted", r.wanted())
	case r.in.o.Managed:
		return health.New(health.PortUnopened, r.place(), "Port", n, "Unit", r.unit())
	}
	if r.tcp {
		return health.New(health.PortFailed, r.place(), "Error", err.Error(), "Retry", retry)
	}
	return health.New(health.PortForbidden, r.place(), "Port", n, "Error", errAccess, "Retry", retry)
}

// unit is the unit of systemd that opens the port in any installation; "": there is none.
func (r *receiver) unit() string {
	switch {
	case r.tcp:
	case r.first:
		return "linklog-trap.socket"
	case r.port == capture.SyslogPort:
		return "linklog-syslog.socket"
	case r.port == capture.FlowPort:
		return "linklog-flow.socket"
	}
	return ""
}

// receive receives into a spool, as soon as the port is ours, until ctx ends.
func (r *receiver) receive(ctx context.Context, into *spool.Spool) error {
	l, err := r.await(ctx)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.Receive(ctx, func(batch []capture.Datagram) { r.take(batch, into) })
}

// await returns the listener as soon as there is one. ErrStartAgain says that the
// service manager has to open the port, now that it is free.
func (r *receiver) await(ctx context.Context) (*receive.Listener, error) {
	for {
		if l := r.listener.Load(); l != nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(r.in.o.Retry):
		}
		err := r.listen(ctx, nil)
		if err == nil {
			r.holder.Store(nil)
			r.in.o.Log.Info("the port is free now", "port", r.number(), "after", time.Since(r.in.started).Round(time.Second))
			r.in.noteBreak(r)
			r.opened()
			continue
		}
		why := r.refused(err)
		if unopened(why) && (r.taken || r.first && time.Since(r.in.started) > unopenedFor) {
			return nil, ErrStartAgain
		}
		r.closed(why)
	}
}

// unopened tells whether nothing keeps a port from the service manager, which has not
// opened it.
func unopened(why health.Condition) bool {
	return why.Code == health.PortUnopened || why.Code == health.PortUnhanded
}

// unopenedFor is how long the port of the traps may be free, but not opened by the service
// manager, until the service starts again to have it opened: seldom, where that does not
// help.
const unopenedFor = 10 * time.Minute

// take takes a batch from the sockets into a spool.
func (r *receiver) take(batch []capture.Datagram, into *spool.Spool) {
	in := r.in
	now := time.Now()
	isTaken := in.sources.take
	if r.tcp {
		isTaken = in.sources.takeLine
	}
	taken := batch[:0] // in the same memory: the batch is ours
	for i := range batch {
		if isTaken(batch[i].From.Addr(), now) {
			taken = append(taken, batch[i])
		}
	}
	if len(taken) == 0 {
		return
	}
	if _, err := into.AppendDatagrams(taken); err != nil {
		in.lostSpool.Add(uint64(len(taken)))
		in.health.Check(health.SpoolUnwritten, err)
		return
	}
	in.accepted.Add(uint64(len(taken)))
	if r.tcp {
		return // nobody there waits for an answer
	}
	for i := range taken {
		var ok bool
		if r.answer, ok = snmp.AppendInformResponse(r.answer[:0], taken[i].Data); ok {
			r.listener.Load().Answer(taken[i].From, r.answer)
		}
	}
}

// dropped counts the datagrams the system dropped, where it counts ours apart
// from those of other programs.
func (r *receiver) dropped() (n uint64, exact bool) {
	l := r.listener.Load()
	if l == nil || r.tcp {
		return 0, true
	}
	if n, exact = l.Dropped(); !exact {
		return 0, false
	}
	return n - min(n, r.toldBefore), true
}
