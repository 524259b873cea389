package guide

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/phrase"
)

// Check is something that is so once a router is set up.
type Check uint8

// The checks, in the order in which they are shown.
const (
	Arrives Check = iota
	Connection
	Outgoing
	Allowed
	Unlimited
	Devices // names of devices, from DHCP
	Lookups // names of hosts, from what devices ask DNS for
	checks
)

// State is how a check stands.
type State uint8

// The states.
const (
	Waiting  State = iota // another one comes first
	Seen                  // as it should be
	Missing               // it should be so, and is not
	Optional              // not seen; it need not be
	Never                 // this router cannot
)

// Result is how a check stands, and why.
type Result struct {
	Check Check
	State State
	Title phrase.Phrase
	Text  phrase.Phrase // what is the case, or none
	Why   phrase.Phrase // of one that is Missing: what the reason is with this router, or none
}

// Done reports whether all is as it should be.
func Done(results []Result) bool {
	for _, r := range results {
		if r.State == Missing || r.State == Waiting {
			return false
		}
	}
	return true
}

// What is told of a router that does not report all, also where it is not known which one it is.
var (
	OnlySystem             = say("Only messages about the router itself arrive: it sends its log, but its firewall does not log connections yet.")
	OnlyBlockedConnections = say("Your router logs only blocked connections; those that it allows are not seen.")
)

// OnlyHere says why nothing arrives at a service that listens on a loopback address alone.
func OnlyHere(a netip.Addr) phrase.Phrase {
	return phrase.Say("LinkLog listens only on {{.Address}}, which no router can reach. Remove address from [listen] in the settings of the service, and restart it.", "Address", a.String())
}

// NotStored says that what arrives cannot be stored, and why.
func NotStored(why phrase.Phrase) phrase.Phrase {
	return phrase.Say("What arrives cannot be stored: {{.Why}}", "Why", why)
}

// Check says of facts what is as it should be with this router.
func (r *Router) Check(f *Facts) []Result {
	out := make([]Result, checks)
	_, closed := r.Closed(f.Closed)
	for c := range out {
		x := &out[c]
		x.Check = Check(c)
		x.Title = [checks]phrase.Phrase{
			say("Something arrives"), say("A connection"), say("An outgoing connection"), say("An allowed connection"),
			say("Complete even in busy minutes"), say("Names of devices (DHCP)"), say("Names of hosts (DNS queries)"),
		}[c]
		x.State, x.Text = r.check(Check(c), f)
		if x.State == Missing && f.Err == nil && (x.Check != Arrives || f.Open && f.Unstored.IsZero() && !closed) { // else it is not the router
			x.Why = r.why[x.Check]
		}
		if x.Check == Connection && x.State == Seen {
			x.Why = r.other(f)
		}
	}
	return out
}

func (r *Router) check(c Check, f *Facts) (State, phrase.Phrase) {
	switch {
	case c == Arrives:
		return r.arrives(f)
	case c == Devices:
		return r.named(f, &f.Device, c, leases)
	case c == Lookups:
		return r.named(f, &f.Host, c, lookups)
	case f.Messages == 0 && !f.Fresh:
		return Waiting, phrase.Phrase{}
	case c == Connection:
		return connection(f)
	case f.Traffic == 0:
		return Waiting, phrase.Phrase{}
	case c == Outgoing:
		switch {
		case !f.AnyOut.Time.IsZero():
			return Seen, example(&f.AnyOut)
		case r.Logs == OnlyBlocked:
			return Never, say("This router logs only what it blocks.")
		}
		return Missing, say("No connection from your network to the internet arrived. Open any web page on any device.")
	case c == Allowed:
		return r.allowed(f)
	}
	if n, is := limit(f.Minutes); is {
		return Missing, phrase.Say("The busiest minutes all have about {{.Count}} connections: a limit in the router may drop the rest.", "Count", n)
	}
	return Seen, say("No limit suspected")
}

func (r *Router) arrives(f *Facts) (State, phrase.Phrase) {
	closed, isClosed := r.Closed(f.Closed)
	switch {
	case f.Err != nil:
		return Missing, phrase.Of(f.Err)
	case !f.Unstored.IsZero(): // whatever came before
		return Missing, NotStored(f.Unstored)
	case isClosed && (!f.Open || f.Last.Last.Before(closed.Since)): // likewise
		return Missing, closed.lost()
	case !f.Open:
		return Missing, say("LinkLog is not listening: it does not have its port.")
	case f.Fresh && f.Messages == 0:
		return Seen, phrase.Say("{{.Address}}, the last at {{.Time}}", "Address", f.Last.Addr.String(), "Time", clock(f.Last.Last))
	case f.Fresh:
		return Seen, phrase.Say("{{.Address}}, {{.Count}} in the last hour, the last at {{.Time}}",
			"Address", f.Last.Addr.String(), "Count", f.Messages, "Time", clock(f.Last.Last))
	case f.Messages > 0:
		return Seen, phrase.Phrase{}
	case isClosed:
		return Missing, closed.lost()
	case f.Only.IsValid():
		return Missing, OnlyHere(f.Only)
	case f.Stranger.Addr.IsValid():
		return Missing, phrase.Say("Messages from {{.Address}} are not accepted. If it is your router, add it to the routers in the settings.", "Address", f.Stranger.Addr.String())
	case f.Asked != "" && !f.Last.Addr.IsValid():
		return Missing, f.otherSenders()
	case f.Last.Addr.IsValid():
		return Missing, phrase.Say("Nothing came in the last hour. {{.Address}} sent its last message on {{.Time}}.",
			"Address", f.Last.Addr.String(), "Time", f.Last.Last.Local().Format(time.DateTime))
	case f.Tests:
		return Missing, say("Only this computer itself has sent something (a test); no router has.")
	}
	return Missing, say("No router has sent anything yet. Is its log on, and are the address and the port those of its steps? Some routers need a restart after that.")
}

// otherSenders says who sent something while the only one who was asked for never did.
func (f *Facts) otherSenders() phrase.Phrase {
	const shown = 4
	var others []string
	for _, a := range f.Others[:min(len(f.Others), shown)] {
		others = append(others, a.String())
	}
	all := strings.Join(others, ", ")
	if len(f.Others) > shown {
		all += ", …"
	}
	switch {
	case len(others) > 0:
		return phrase.Say("Nothing has come from {{.Address}} yet. Others have sent something: {{.Others}}.", "Address", f.Asked, "Others", all)
	case f.Tests:
		return phrase.Say("Nothing has come from {{.Address}} yet. Only this computer itself has sent something (a test).", "Address", f.Asked)
	}
	return phrase.Say("Nothing has come from {{.Address}} yet, and nothing from any other address.", "Address", f.Asked)
}

func connection(f *Facts) (State, phrase.Phrase) {
	switch {
	case f.Traffic > 0:
		if len(f.Latest) == 0 {
			return Seen, phrase.Phrase{}
		}
		return Seen, example(&f.Latest[0])
	case f.Other > 0:
		return Missing, phrase.Say("Not understood: {{.Count}}. linklog log --system shows these messages, with the reason.", "Count", f.Other)
	}
	return Missing, OnlySystem
}

func (r *Router) allowed(f *Facts) (State, phrase.Phrase) {
	switch {
	case !f.AnyAllowed.Time.IsZero():
		return Seen, example(&f.AnyAllowed)
	case r.Logs == OnlyBlocked:
		return Never, say("This router logs only what it blocks.")
	case r.Logs == Undecided:
		return Never, say("This router does not report whether connections were allowed.")
	case f.Decided == 0 && (r.InWords || f.flows()):
		return Never, say("None of the connections says whether it was allowed: not every router reports that, and flows hardly ever do.")
	case f.OnlyBlocked():
		return Missing, OnlyBlockedConnections
	}
	return Missing, say("The router has not reported any connection to the internet as allowed.")
}

var onlyOwnNames = say("So far only from this computer itself: a test, or a DHCP or DNS server on it.")

// named shows what has its name from the router's log, which stays so once it was seen; step is the
// one that leads there.
func (r *Router) named(f *Facts, n *Names, c Check, step phrase.Phrase) (State, phrase.Phrase) {
	x, never := n.One, n.One.Name == "" && n.Last.IsZero()
	last := moment(n.Last)
	switch why, can := r.why[c]; {
	case never && n.Other.IsValid() && !n.Own:
		return Optional, phrase.Say("Not from {{.Router}}, but {{.Address}} reports them.", "Router", f.Asked, "Address", n.Other.String())
	case never && !f.Refused.IsZero():
		return Optional, f.Refused
	case never && n.Own:
		return Optional, onlyOwnNames
	case never && can:
		return Optional, why
	case never && (!r.InWords && !slices.ContainsFunc(r.names, func(s Step) bool { return s.Title.Format == step.Format })):
		return Never, say("As far as known, this router does not report them.")
	case never:
		return Optional, say("Optional; not seen yet.")
	case x.Name == "":
		return Seen, phrase.Say("The last at {{.Time}}", "Time", last)
	case !n.Last.IsZero() && x.Addr.IsValid():
		return Seen, phrase.Say("{{.Name}}, {{.Address}}; the last at {{.Time}}", "Name", x.Name, "Address", x.Addr.String(), "Time", last)
	case !x.Addr.IsValid():
		return Seen, phrase.Say("{{.Name}}", "Name", x.Name)
	}
	return Seen, phrase.Say("{{.Name}}, {{.Address}}", "Name", x.Name, "Address", x.Addr.String())
}

// OnlyBlocked reports whether all connections are ones that a router blocked.
func (f *Facts) OnlyBlocked() bool { return f.Traffic > 0 && f.Blocked == f.Traffic }

// flows reports whether the newest connections are all known from flows: only these say how much was
// sent.
func (f *Facts) flows() bool {
	return len(f.Latest) > 0 && !slices.ContainsFunc(f.Latest, func(ev capture.Event) bool { return ev.Volume() == capture.Volume{} })
}

// limit tells whether something lets only so many connections through in a minute: then the
// busiest minutes are all alike, as they never are by themselves, where the busier a minute is
// the rarer it is.
func limit(minutes []int64) (at int64, suspected bool) {
	const (
		least = 30 // connections: below that nobody sets a limit, and minutes are alike by chance
		often = 5  // minutes
	)
	var most int64
	for _, n := range minutes {
		most = max(most, n)
	}
	if most < least {
		return 0, false
	}
	width := 2 + most/20 // a limit lets a few more through at its beginning
	top, below := 0, 0
	for _, n := range minutes {
		switch {
		case n >= most-width:
			top++
			at += n
		case n >= most-2*width:
			below++
		}
	}
	return at / int64(max(top, 1)), top >= often && top >= 3*below
}

// example shows a connection.
func example(ev *capture.Event) phrase.Phrase {
	if ev.Time.IsZero() {
		return phrase.Phrase{}
	}
	return phrase.Say("{{.Source}} → {{.Destination}}, {{.Time}}", "Source", called(ev.Src), "Destination", called(ev.Dst), "Time", clock(ev.Time))
}

func called(e capture.Endpoint) string {
	name := e.Name
	if name == "" {
		name = e.Addr.String()
	}
	if e.Port == 0 {
		return name
	}
	return net.JoinHostPort(name, strconv.Itoa(int(e.Port)))
}

// moment is clock with the date of what is not of today.
func moment(t time.Time) string {
	if now := time.Now(); now.Sub(t) < 24*time.Hour && now.YearDay() == t.Local().YearDay() {
		return clock(t)
	}
	return t.Local().Format(time.DateTime)
}

func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }
