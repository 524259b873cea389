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
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service/api"
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

// String gives the kind as the command prints it.
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
	Address  About = iota + 1 // this machine's address
	Port                      // who listens
	Trap                      // a message to itself
	Firewall                  // what may keep messages out
	Routers                   // who sent something, and who was not let in
	Service                   // troubles of the service
	Advice                    // what cannot be seen from here
)

// Finding is one thing that was found out.
type Finding struct {
	Kind  Kind
	About About
	Title Phrase // in a few words
	Text  Phrase // more of it, or none
	Do    Phrase // what to do, or none
	Type  string // what to type into a terminal or the settings, or ""
}

// Options says what to examine.
type Options struct {
	// Port is the UDP port the router sends to; 0: capture.TrapPort.
	Port uint16

	// Status asks the service how it is; nil: it is not asked. An error means that
	// none answers.
	Status func(context.Context) (api.Status, error)
}

// Examine examines one thing after another. It takes some seconds at most, and
// sends a message to each of this machine's addresses; if ctx ends it gives what
// was found so far.
func Examine(ctx context.Context, o Options) []Finding {
	if o.Port == 0 {
		o.Port = capture.TrapPort
	}
	own := LANAddresses()
	if len(own) == 0 {
		return []Finding{{
			Kind: Wrong, About: Address, Title: Say("This machine has no address in a local network."),
			Do: Say("Connect it to the network of the router, by cable or wireless."),
		}}
	}
	out := []Finding{{
		Kind: OK, About: Address, Title: Say("This machine's address is {{.Address}}.", "Address", list(own)),
		Text: Say("That is what to enter as the log address in the settings of the router."),
	}}
	if o.Port != capture.TrapPort {
		out = append(out, otherPort(o.Port))
	}
	var status *api.Status
	if o.Status != nil {
		if s, err := o.Status(ctx); err == nil {
			status = &s
		}
	}
	listens, found := Listener(o.Port, status)
	out = append(out, found)
	if listens {
		for _, a := range own {
			out = append(out, trap(ctx, netip.AddrPortFrom(a, o.Port), o.Status))
		}
	}
	out = append(out, Firewalls(ctx, o.Port)...)
	if status != nil {
		out = append(out, arrived(status)...)
	}
	return append(out, Finding{
		Kind: Note, About: Advice, Title: Say("Nothing more to be seen from here."),
		Do: Say("In the router: is its log turned on, and is the address the one above? Some routers need a restart after that is changed."),
	})
}

func otherPort(n uint16) Finding {
	return Finding{
		Kind: Note, About: Port, Title: Say("Most routers send to port {{.Usual}} only, not to {{.Port}}.", "Usual", uint16(capture.TrapPort), "Port", n),
	}
}

// Listener says who listens on a UDP port; false: nobody whom a message could
// reach. status is that of the service, nil if none answers.
func Listener(n uint16, status *api.Status) (bool, Finding) {
	f := Finding{Kind: Wrong, About: Port}
	if status != nil && status.Open && status.Port == n {
		f.Kind, f.Title = OK, Say("LinkLog listens on UDP port {{.Port}}.", "Port", n)
		return true, f
	}
	p, err := port.Holder(n)
	switch {
	case errors.Is(err, port.ErrFree):
		f.Title = Say("Nobody listens on UDP port {{.Port}}.", "Port", n)
		f.Do, f.Type = Say("Start LinkLog's service."), AsAdministrator("linklog service start")
		return false, f
	case errors.Is(err, port.ErrUnknown):
		f.Kind, f.Title = Note, Say("UDP port {{.Port}} is taken, by whom only an administrator may see.", "Port", n)
		f.Type = AsAdministrator("linklog doctor")
	case err != nil:
		f.Kind, f.Title = Note, Say("Who holds UDP port {{.Port}} could not be found out: {{.Error}}", "Port", n, "Error", err.Error())
	case strings.HasPrefix(p.Name, "linklog"):
		f.Kind, f.Title = OK, Say("LinkLog listens on UDP port {{.Port}}: {{.Program}}.", "Port", n, "Program", p.String())
	default:
		f.Title = Say("Another program has UDP port {{.Port}}: {{.Program}}.", "Port", n, "Program", p.String())
		f.Do = Say("{{.Advice}}", "Advice", port.Advice(p, n))
		return false, f
	}
	return true, f
}

// testWithin is how long a message to ourselves may take.
const testWithin = 3 * time.Second

// ErrNoAnswer says that a test was sent and that nobody said he got it.
var ErrNoAnswer = errors.New("it was not answered within 3 seconds")

// SendTest sends a message to an address of this machine, as the router would, but
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

// trap tells whether a message to one of our own addresses arrives.
func trap(ctx context.Context, to netip.AddrPort, status func(context.Context) (api.Status, error)) Finding {
	f := Finding{Kind: Wrong, About: Trap}
	err := SendTest(ctx, to, "LinkLog doctor: a message to find out whether messages arrive")
	switch {
	case err == nil:
		f.Kind, f.Title = OK, Say("A message to {{.Address}} arrived.", "Address", to.String())
	case errors.Is(err, send.ErrNobodyListens):
		f.Title = Say("A message to {{.Address}} was refused: nobody listens there.", "Address", to.String())
	case errors.Is(err, ErrNoAnswer) && isStranger(ctx, to.Addr(), status):
		f.Kind, f.Title = Note, Say("A message to {{.Address}} arrived, but messages of this machine are not let in.", "Address", to.String())
		f.Text = Say("The settings of the service take routers only from some networks ([sources]).")
	case errors.Is(err, ErrNoAnswer):
		f.Title = Say("A message to {{.Address}} was sent and not answered.", "Address", to.String())
		f.Text = Say("Either a firewall on this machine keeps it out, or another program than LinkLog takes it.")
	default:
		f.Title = Say("A message to {{.Address}} could not be sent: {{.Error}}", "Address", to.String(), "Error", err.Error())
	}
	return f
}

// isStranger tells whether the service got messages of an address that it does not
// let in.
func isStranger(ctx context.Context, a netip.Addr, status func(context.Context) (api.Status, error)) bool {
	if status == nil {
		return false
	}
	s, err := status(ctx)
	return err == nil && slices.ContainsFunc(s.Strangers, func(x api.Source) bool { return x.Addr == a })
}

// arrived tells what the service received, and from whom.
func arrived(s *api.Status) (out []Finding) {
	came := false
	for _, r := range s.Routers {
		if IsOwn(r.Addr) {
			continue
		}
		came = true
		out = append(out, Finding{
			Kind: OK, About: Routers, Title: Say("{{.Address}} sends: {{.Count}} messages, the last at {{.Time}}.",
				"Address", r.Addr.String(), "Count", r.Count, "Time", r.Last.Local().Format("2006-01-02 15:04:05")),
		})
	}
	if !came {
		out = append(out, Finding{Kind: Note, About: Routers, Title: Say("No other machine has sent anything since the service started.")})
	}
	for _, r := range s.Strangers {
		if IsOwn(r.Addr) {
			continue
		}
		out = append(out, Finding{
			Kind: Note, About: Routers, Title: Say("{{.Address}} sends messages, but is not let in.", "Address", r.Addr.String()),
			Text: Say("It is in no network of this machine."),
			Do:   Say("If it is your router, add its address to the routers in the settings of the service."),
			Type: "[sources]\nrouters = [\"" + r.Addr.String() + "\"]",
		})
	}
	for _, t := range s.Troubles {
		out = append(out, Finding{
			Kind: Wrong, About: Service, Title: Say("The service has trouble with: {{.What}}", "What", t.Where), Text: Say("{{.Error}}", "Error", t.Text),
		})
	}
	return out
}
