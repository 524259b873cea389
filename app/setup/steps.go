package setup

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"linklog/app/ui"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/guide"
	"linklog/service/localsocket"
)

// mark says how far a step is.
type mark uint8

const (
	todo  mark = iota // the user's turn, or not known yet
	fine              // done
	doubt             // done, but maybe not enough
	wrong             // nothing can arrive like this
	info              // worth knowing
)

// action is what a step's button does.
type action uint8

const (
	noAction action = iota
	install
	details
	testAgain
)

// step is one line of the page.
type step struct {
	mark    mark
	title   phrase.Phrase
	text    phrase.Phrase
	why     phrase.Phrase // below the text
	command string        // to be typed into a terminal; "": none
	action  action
}

// trial is a message to this computer and what became of it.
type trial struct {
	running bool
	asked   bool // it ran once
	to      netip.AddrPort
	err     error
}

// facts are what is known, from which the steps follow.
type facts struct {
	asked    bool // the service was asked
	err      error
	status   api.Status
	came     guide.Facts // what came of the routers
	embedded bool        // the engine runs in this process
	engine   error       // why it does not, though it was tried

	kind      *guide.Router // the router that was chosen; nil: none
	addresses []netip.Addr
	taken     phrase.Phrase // who else has port 162, and what to do; zero: nobody
	firewalls []doctor.Finding
	examined  bool // the firewalls were looked at
	test      trial
	isOwn     func(netip.Addr) bool
}

// router is the computer that sent last and is not this one.
func (f *facts) router() (latest api.Source, found bool) {
	for _, r := range f.status.Routers {
		if !f.isOwn(r.Addr) && (!found || r.Last.After(latest.Last)) {
			latest, found = r, true
		}
	}
	return latest, found
}

// shutOut tells whether the service does not take messages of this computer, as
// settings may have it: then a test without an answer proves nothing.
func (f *facts) shutOut() bool {
	return errors.Is(f.test.err, doctor.ErrNoAnswer) && slices.ContainsFunc(f.status.Strangers, func(s api.Source) bool { return f.isOwn(s.Addr) })
}

// steps are what has to be so on this computer.
func (f *facts) steps() [3]step {
	return [3]step{f.listening(), f.firewall(), f.address()}
}

// port is the one that matters for the router that was chosen, and usual the one to which
// such a router sends.
func (f *facts) port() (port, usual uint16) {
	port, usual = f.status.Port, capture.TrapPort
	if f.kind == nil {
		if port != usual && slices.Contains(guide.Listening(&f.status), capture.SyslogPort) {
			return capture.SyslogPort, capture.SyslogPort
		}
		return port, usual
	}
	usual, _ = f.kind.Port(guide.Listening(&f.status))
	if slices.ContainsFunc(f.status.UDP(), func(p api.Port) bool { return p.Port == usual }) {
		port = usual
	}
	return port, usual
}

// closed is a port that matters for the router that was chosen and is closed, if one is.
func (f *facts) closed() (c guide.Closed, is bool) {
	list := guide.ClosedPorts(&f.status)
	if f.kind != nil {
		return f.kind.Closed(list)
	}
	i := slices.IndexFunc(list, func(c guide.Closed) bool { return c.Port != capture.FlowPort })
	if i < 0 {
		return c, false
	}
	return list[i], true
}

func (f *facts) listening() step {
	port, usual := f.port()
	open := guide.Listening(&f.status)
	only := strconv.Itoa(int(usual))
	if f.kind == nil {
		only = fmt.Sprintf("%d / %d", capture.SyslogPort, capture.TrapPort)
	}
	closed, isClosed := f.closed()
	var refused *api.Error
	s := step{mark: fine, title: phrase.Say("This computer is listening on UDP port {{.Port}}", "Port", ui.Ports(open)), action: details}
	if len(open) > 1 {
		s.title = phrase.Say("This computer is listening on UDP ports {{.Ports}}", "Ports", ui.Ports(open))
	}
	switch {
	case !f.asked:
		return step{title: phrase.Say("Checking what is listening on this computer…")}

	case errors.As(f.err, &refused):
		return step{
			mark: wrong, title: phrase.Say("LinkLog's service is running, but you have no access"),
			text: refused.Phrase(),
		}

	case errors.Is(f.err, localsocket.ErrNotTrusted):
		return step{
			mark: wrong, title: phrase.Say("The program that answers in place of LinkLog's service is not trusted"),
			text: phrase.Say("{{.Text}}", "Text", f.err),
		}

	case errors.Is(f.err, client.ErrNoService) && f.engine != nil:
		return step{
			mark: wrong, title: phrase.Say("Nothing is listening on this computer"), action: install,
			text: phrase.Say("LinkLog's service is not running, and this window cannot receive messages either: {{.Error}}", "Error", f.engine),
		}

	case errors.Is(f.err, client.ErrNoService):
		return step{
			mark: wrong, title: phrase.Say("Nothing is listening on this computer"), action: install,
			text: phrase.Say("LinkLog's service is not running on this computer, or is just starting."),
		}

	case f.err != nil:
		return step{
			mark: wrong, title: phrase.Say("Nothing is listening on this computer"), action: install,
			text: phrase.Say("LinkLog's service does not answer: {{.Error}}", "Error", f.err),
		}

	case !slices.Contains(open, port):
		s.mark, s.title = wrong, phrase.Say("LinkLog cannot use UDP port {{.Port}}", "Port", port)
		s.text = phrase.Say("LinkLog keeps trying.")
		for _, t := range f.status.Troubles {
			if t.Code.ClosesPort() && (t.Place == "" && port == f.status.Port || t.Place == strconv.Itoa(int(port))) {
				s.text = t.Phrase()
			}
		}
		if !f.taken.IsZero() && port == f.status.Port {
			s.text = f.taken
		}

	case isClosed:
		s.mark, s.text = doubt, closed.Phrase()

	case f.embedded && port == usual:
		s.text = phrase.Say("Only while LinkLog's window or tray icon is there. The background service always listens.")
		s.action = install

	case f.embedded && !f.taken.IsZero():
		s.mark = doubt
		s.text = phrase.Say("Some routers send only to port {{.Usual}}. {{.Text}}", "Usual", only, "Text", f.taken)

	case f.embedded:
		s.mark, s.action = doubt, install
		s.text = phrase.Say("Some routers send only to port {{.Usual}}: this program may not open it, the background service may.", "Usual", only)

	case port != usual:
		s.mark = doubt
		s.text = phrase.Say("Through the background service. Some routers send only to port {{.Usual}}; the port can be changed in the settings.", "Usual", only)

	default:
		s.text = phrase.Say("Through the background service, also when this window is closed")
	}
	return s
}

func (f *facts) firewall() step {
	s := step{mark: fine, title: phrase.Say("The firewall allows your network"), action: testAgain}
	listens := f.listens()
	router, came := f.router()
	switch {
	case f.test.running:
		s.mark, s.title = todo, phrase.Say("Checking the firewall…")

	case came:
		s.text = phrase.Say("Messages from {{.Address}} arrive.", "Address", router.Addr.String())

	case f.shutOut():
		s.text = phrase.Say("A message to {{.Address}} arrived, but messages from this computer are not accepted.", "Address", f.test.to.String())

	case errors.Is(f.test.err, doctor.ErrNoAnswer) && !f.came.Unstored.IsZero():
		s.text = doctor.NotStored(f.test.to, f.came.Unstored)

	case f.test.asked && f.test.err != nil && listens:
		s.mark, s.title = wrong, phrase.Say("Messages to this computer do not arrive")
		s.text = phrase.Say("{{.Address}}: {{.Error}}. Either a firewall on this computer blocks it, or a program other than LinkLog receives it.",
			"Address", f.test.to.String(), "Error", f.test.err)
		if len(f.firewalls) > 0 {
			s.command = f.firewalls[0].Type
		}

	case len(f.firewalls) > 0:
		s.mark = doubt
		s.title, s.text, s.command = f.firewalls[0].Title, f.firewalls[0].Do, f.firewalls[0].Type

	case !listens || !f.examined:
		s.mark, s.title = todo, phrase.Say("The firewall must allow your network")
		s.text = phrase.Say("This can be tested once this computer is listening.")
		if !listens {
			s.action = noAction
		}

	case f.test.asked:
		s.text = phrase.Say("No active firewall was found, and a message to {{.Address}} arrived.", "Address", f.test.to.Addr().String())

	default:
		s.text = phrase.Say("No active firewall was found.")
	}
	return s
}

func (f *facts) address() step {
	s := step{
		title: phrase.Say("Your router has to send to this address"),
		text:  phrase.Say("The steps below contain it. In the router, let this computer always have the same address."),
	}
	switch _, came := f.router(); {
	case came:
		s.mark = fine
	case f.status.OnlyLoopback():
		s.mark, s.text = wrong, guide.OnlyHere(f.status.Addresses[0])
	case len(f.addresses) == 0:
		s.mark, s.title = wrong, phrase.Say("This computer has no address in a local network")
		s.text = phrase.Say("Connect it to the router's network, by cable or Wi-Fi.")
	case len(f.addresses) > 1:
		s.title = phrase.Say("Your router has to send to one of these addresses")
		s.text = phrase.Say("Choose the one in the router's network; the steps below contain it. In the router, let this computer always have the same address.")
	}
	return s
}

// listens reports whether a test can arrive.
func (f *facts) listens() bool { return f.asked && f.err == nil && len(guide.Listening(&f.status)) > 0 }
