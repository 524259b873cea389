package guide

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/health"
)

// TestTable holds what is true of each router.
func TestTable(t *testing.T) {
	known := make(map[string]string)
	for _, r := range Routers() {
		for _, name := range append([]string{r.ID}, r.aliases...) {
			if other, there := known[name]; there && other != r.ID {
				t.Errorf("%q is %s and %s", name, other, r.ID)
			}
			known[name] = r.ID
			if found, ok := Find(" " + strings.ToUpper(name)); !ok || found.ID != r.ID || name != strings.ToLower(name) {
				t.Errorf("%q of %s is not found", name, r.ID)
			}
		}
		g := r.Guide("192.168.1.20", 9514, 12055)
		if g.About.IsZero() || (len(g.Steps) == 0) != (r.Sends == Nothing) || r.Name == "" {
			t.Errorf("%s: says nothing", r.ID)
		}
		all := ""
		for _, s := range slices.Concat(g.Steps, g.Names, g.Flows) {
			if s.Title.IsZero() || s.Text.IsZero() && s.Type == "" {
				t.Errorf("%s: %+v", r.ID, s)
			}
			all += s.Title.String() + s.Text.String() + s.Type
		}
		if r.Sends != Nothing && (!strings.Contains(all, "192.168.1.20") || !r.fixed && !strings.Contains(all, "9514")) {
			t.Errorf("%s: where does it send to? %s", r.ID, all)
		}
		if len(g.Flows) > 0 && !strings.Contains(all, "12055") {
			t.Errorf("%s: where does it send flows to? %s", r.ID, all)
		}
		for _, p := range append([]phrase.Phrase{g.About}, g.Notes...) {
			all += p.String()
		}
		for _, p := range r.why {
			all += p.String()
		}
		if strings.Contains(all, "{{") {
			t.Errorf("%s: a value is missing: %s", r.ID, all)
		}
	}
}

func TestFind(t *testing.T) {
	for typed, want := range map[string]string{
		"ASUS": "asus", "fritz!box": "fritzbox", "Fritzbox": "fritzbox", "Merlin": "asus", "FreshTomato": "tomato", "ddwrt": "dd-wrt", "EdgeRouter": "edgeos", "UDM Pro": "unifi",
	} {
		if r, ok := Find(typed); !ok || r.ID != want {
			t.Errorf("%q: %v", typed, r)
		}
	}
	for typed, want := range map[string]string{"asuss": "asus", "opnsens": "opnsense", "microtik": "mikrotik", "asus rt-ax58u": "asus", "fritzbox 7590": "fritzbox", "unfi": "unifi", "xyzzy": "", "": ""} {
		if r, ok := Find(typed); ok {
			t.Errorf("%q: %v", typed, r)
		}
		r, ok := Nearest(typed)
		if ok != (want != "") || ok && r.ID != want {
			t.Errorf("%q: %v", typed, r)
		}
	}
}

func TestPort(t *testing.T) {
	for _, c := range []struct {
		id        string
		listening []uint16
		port      uint16
		ok        bool
	}{
		{"asus", nil, 514, true}, {"linksys", nil, 162, true},
		{"asus", []uint16{162, 514}, 514, true}, {"linksys", []uint16{162, 514}, 162, true},
		{"asus", []uint16{9162, 9514}, 9514, true}, {"asus", []uint16{162}, 162, true}, {"asus", []uint16{5514}, 5514, true},
		{"linksys", []uint16{9162}, 162, false}, {"d-link", []uint16{162}, 514, false},
	} {
		r, _ := Find(c.id)
		if port, ok := r.Port(c.listening); port != c.port || ok != c.ok {
			t.Errorf("%s, listening on %v: %d %v", c.id, c.listening, port, ok)
		}
	}
}

func TestFlowPort(t *testing.T) {
	for _, c := range []struct {
		listening []uint16
		port      uint16
	}{{nil, 2055}, {[]uint16{162, 514, 2055}, 2055}, {[]uint16{9162, 9514, 2055}, 2055}, {[]uint16{162, 514}, 514}, {[]uint16{9162, 9514}, 9162}} {
		if port := FlowPort(c.listening); port != c.port {
			t.Errorf("listening on %v: %d", c.listening, port)
		}
	}
}

// TestLimit is that no usual traffic is taken for a limited one, and that a limit is seen.
func TestLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	traffic := func(mean float64) (minutes []int64) {
		for range 60 {
			busy, n := mean*random.ExpFloat64(), int64(0) // how busy it is changes from minute to minute
			for waited := random.ExpFloat64(); waited < busy; waited += random.ExpFloat64() {
				n++
			}
			minutes = append(minutes, n)
		}
		return minutes
	}
	steady := func(mean float64) (minutes []int64) {
		for range 60 {
			n := int64(0)
			for waited := random.ExpFloat64(); waited < mean; waited += random.ExpFloat64() {
				n++
			}
			minutes = append(minutes, n)
		}
		return minutes
	}
	wrong := 0
	for i := range 1000 {
		mean := 5 + float64(i%200)
		for _, minutes := range [][]int64{traffic(mean), steady(mean)} {
			if _, is := limit(minutes); is {
				wrong++
			}
		}
	}
	if wrong > 4 { // of 2,000
		t.Errorf("%d hours without a limit are taken for limited", wrong)
	}
	missed := 0
	for range 200 {
		minutes := traffic(90)
		for i, n := range minutes {
			if n > 60 { // as netfilter's limit does: 60 a minute, and 5 at once
				minutes[i] = 60 + random.Int64N(6)
			}
		}
		if at, is := limit(minutes); !is || at < 60 || at > 65 {
			missed++
		}
	}
	if missed > 4 {
		t.Errorf("%d of 200 limits are not seen", missed)
	}
	for _, minutes := range [][]int64{nil, {0}, {500}, slices.Repeat([]int64{3}, 60)} {
		if _, is := limit(minutes); is {
			t.Error(minutes)
		}
	}
}

// TestHeard is whose messages count, of what a status says.
func TestHeard(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	own, router, before, stranger := netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("192.168.1.2"), netip.MustParseAddr("203.0.113.9")
	s := api.Status{
		Now: now, Open: true, Strangers: []api.Source{{Addr: own, Last: now}, {Addr: stranger, Last: now}},
		Routers: []api.Source{{Addr: own, Last: now}, {Addr: router, Last: now.Add(-time.Minute)}}, Before: []api.Source{{Addr: before, Last: now.Add(-2 * time.Hour)}},
	}
	isOwn := func(a netip.Addr) bool { return a == own }
	for name, c := range map[string]struct {
		q              Question
		last, stranger netip.Addr
		fresh, tests   bool
		others         []netip.Addr
	}{
		"all":             {q: Question{IsOwn: isOwn}, last: router, stranger: stranger, fresh: true, tests: true},
		"own counts":      {q: Question{}, last: own, stranger: own, fresh: true},
		"one":             {q: Question{Router: before, IsOwn: isOwn}, last: before, tests: true, others: []netip.Addr{router}},
		"one, and a span": {q: Question{Router: before, Since: 3 * time.Hour}, last: before, fresh: true, others: []netip.Addr{own, router}},
		"another":         {q: Question{Router: netip.MustParseAddr("192.168.1.3")}, others: []netip.Addr{own, router, before}},
	} {
		if f := heard(&s, c.q); f.Last.Addr != c.last || f.Stranger.Addr != c.stranger || f.Fresh != c.fresh || f.Tests != c.tests || !slices.Equal(f.Others, c.others) || !f.Open {
			t.Errorf("%s: %+v", name, f)
		}
	}
	s.Troubles = []api.Trouble{{Code: health.DNSSilent, Text: "no"}, {Code: health.NamesRefused, Text: "not used"}}
	if f := heard(&s, Question{}); f.Refused.String() != "not used" {
		t.Error(f.Refused)
	}
	for _, code := range []health.Code{health.SpoolUnwritten, health.HistoryUnwritten} {
		s.Troubles = []api.Trouble{{Code: health.DNSSilent, Text: "no"}, {Code: code, Text: "no room"}}
		if f := heard(&s, Question{}); f.Unstored.String() != "no room" {
			t.Errorf("%s: %q", code, f.Unstored)
		}
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	for _, c := range []struct{ listens, only []netip.Addr }{{nil, nil}, {[]netip.Addr{own}, nil}, {[]netip.Addr{loopback, own}, nil}, {[]netip.Addr{loopback}, []netip.Addr{loopback}}} {
		s.Addresses = c.listens
		if f := heard(&s, Question{}); f.Only.IsValid() != (c.only != nil) || c.only != nil && f.Only != c.only[0] {
			t.Errorf("listening on %v: %v", c.listens, f.Only)
		}
	}
}

func TestCheck(t *testing.T) {
	router := netip.MustParseAddr("192.168.1.1")
	lan, wan := capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 5000}, capture.Endpoint{Addr: netip.MustParseAddr("2001:db8::1"), Name: "www.example.com", Port: 443}
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	out := capture.Event{Time: now, Src: lan, Dst: wan}
	full, taken := phrase.Say("the disk is full"), []Closed{{514, phrase.Say("rsyslogd has it."), now}}
	flow := out
	flow.Src.Sent = capture.Volume{Bytes: 1200, Packets: 4}
	for _, c := range []struct {
		name   string
		id     string
		facts  Facts
		states [5]State // up to Unlimited
		says   string
		done   bool
	}{
		{"nobody to ask", "asus", Facts{Err: errors.New("no service")}, [5]State{Missing}, "no service", false},
		{"no port", "asus", Facts{}, [5]State{Missing}, "does not have its port", false},
		{"no port, after an hour with all", "asus", Facts{Fresh: true, Last: api.Source{Addr: router, Last: now}, Closed: taken, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Missing, Seen, Seen, Seen, Seen}, "LinkLog cannot use UDP port 514: what a router sends there does not arrive. rsyslogd has it.", false},
		{"not its port, since what came", "asus", Facts{Open: true, Fresh: true, Last: api.Source{Addr: router, Last: now.Add(-time.Second)}, Closed: taken, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Missing, Seen, Seen, Seen, Seen}, "LinkLog cannot use UDP port 514: what a router sends there does not arrive. rsyslogd has it.", false},
		{"it uses a different port", "asus", Facts{Open: true, Fresh: true, Last: api.Source{Addr: router, Last: now.Add(time.Second)}, Closed: taken, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Seen, Seen, Seen, Seen, Seen}, "3 in the last hour", true},
		{"not its port either", "other", Facts{Fresh: true, Last: api.Source{Addr: router, Last: now}, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Missing, Seen, Seen, Seen, Seen}, "does not have its port", false},
		{"a full disk", "asus", Facts{Open: true, Fresh: true, Unstored: full, Last: api.Source{Addr: router, Last: now}, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Missing, Seen, Seen, Seen, Seen}, "What arrives cannot be stored: the disk is full", false},
		{"a full disk, and nothing came", "asus", Facts{Open: true, Unstored: full}, [5]State{Missing}, "What arrives cannot be stored: the disk is full", false},
		{"nothing", "asus", Facts{Open: true}, [5]State{Missing}, "Apply on the page Firewall", false},
		{"only a test", "asus", Facts{Open: true, Tests: true}, [5]State{Missing}, "(a test)", false},
		{"only this computer can reach it", "asus", Facts{Open: true, Tests: true, Only: netip.MustParseAddr("127.0.0.1"), Last: api.Source{Addr: router, Last: now}}, [5]State{Missing}, "LinkLog listens only on 127.0.0.1, which no router can reach.", false},
		{"another router", "asus", Facts{Open: true, Tests: true, Asked: router.String(), Others: []netip.Addr{wan.Addr}}, [5]State{Missing}, "Nothing has come from 192.168.1.1 yet. Others have sent something: 2001:db8::1.", false},
		{"many others", "asus", Facts{Open: true, Asked: router.String(), Others: slices.Repeat([]netip.Addr{lan.Addr}, 5)}, [5]State{Missing}, "192.168.1.10, 192.168.1.10, 192.168.1.10, 192.168.1.10, ….", false},
		{"a test, but not the router", "asus", Facts{Open: true, Tests: true, Asked: router.String()}, [5]State{Missing}, "Nothing has come from 192.168.1.1 yet. Only this computer itself", false},
		{"not the router", "asus", Facts{Open: true, Asked: router.String()}, [5]State{Missing}, "Nothing has come from 192.168.1.1 yet, and nothing from any other address.", false},
		{"only inside", "asus", Facts{Open: true, Messages: 3, Traffic: 3, Latest: []capture.Event{out}}, [5]State{Seen, Seen, Missing, Missing, Seen}, "No connection from your network to the internet arrived.", false},
		{"a stranger", "asus", Facts{Open: true, Stranger: api.Source{Addr: router}}, [5]State{Missing}, "Messages from 192.168.1.1 are not accepted", false},
		{"silent since", "asus", Facts{Open: true, Last: api.Source{Addr: router, Last: now}}, [5]State{Missing}, "Nothing came in the last hour", false},
		{"only about itself", "openwrt", Facts{Open: true, Last: api.Source{Addr: router}, Messages: 3, System: 3}, [5]State{Seen, Missing}, "fw4 check", false},
		{"only who has which address", "openwrt", Facts{Open: true, Last: api.Source{Addr: router}, Fresh: true}, [5]State{Seen, Missing}, "about the router itself", false},
		{"not understood", "other", Facts{Open: true, Last: api.Source{Addr: router}, Messages: 3, Other: 2, System: 1}, [5]State{Seen, Missing}, "Not understood: 2.", false},
		{"only incoming", "asus", Facts{Open: true, Messages: 3, Traffic: 3, Blocked: 3, Decided: 3, Latest: []capture.Event{out}}, [5]State{Seen, Seen, Missing, Missing, Seen}, "Network Services Filter has to be on", false},
		{"only blocked", "pfsense", Facts{Open: true, Messages: 3, Traffic: 3, Blocked: 3, Decided: 3, Latest: []capture.Event{out}, AnyOut: out}, [5]State{Seen, Seen, Seen, Missing, Seen}, "logs only blocked connections", false},
		{"undecided", "mikrotik", Facts{Open: true, Messages: 3, Traffic: 3, AnyOut: out}, [5]State{Seen, Seen, Seen, Missing, Seen}, `log-prefix="A|"`, false},
		{"all", "asus", Facts{Open: true, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out}, [5]State{Seen, Seen, Seen, Seen, Seen}, "192.168.1.10:5000 → www.example.com:443", true},
		{"traps", "linksys", Facts{Open: true, Messages: 3, Traffic: 3, AnyOut: out}, [5]State{Seen, Seen, Seen, Never, Seen}, "does not report whether", true},
		{"traps, and nobody said which router it is", "other", Facts{Open: true, Messages: 3, Traffic: 3, Latest: []capture.Event{out}, AnyOut: out}, [5]State{Seen, Seen, Seen, Never, Seen}, "None of the connections says", true},
		{"blocked ones, and nobody said which router it is", "other", Facts{Open: true, Messages: 3, Traffic: 3, Decided: 1, Blocked: 1, AnyOut: out}, [5]State{Seen, Seen, Seen, Missing, Seen}, "as allowed", false},
		{"flows", "openwrt", Facts{Open: true, Messages: 3, Traffic: 3, Latest: []capture.Event{flow}, AnyOut: out}, [5]State{Seen, Seen, Seen, Never, Seen}, "None of the connections says", true},
		{"flows and a log", "openwrt", Facts{Open: true, Messages: 3, Traffic: 3, Latest: []capture.Event{flow, out}, AnyOut: out}, [5]State{Seen, Seen, Seen, Missing, Seen}, "as allowed", false},
		{"cannot", "lancom", Facts{Open: true, Messages: 3, Traffic: 3, Blocked: 3, Decided: 3}, [5]State{Seen, Seen, Never, Never, Seen}, "logs only what it blocks.", true},
		{"limited", "tomato", Facts{Open: true, Messages: 3, Traffic: 3, AnyOut: out, AnyAllowed: out, Minutes: []int64{60, 61, 62, 62, 60, 61, 3}}, [5]State{Seen, Seen, Seen, Seen, Missing}, "0 is no limit", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := Find(c.id)
			results := r.Check(&c.facts)
			said := ""
			for i, x := range results {
				if i < len(c.states) && x.State != c.states[i] || i >= len(c.states) && x.State != map[bool]State{true: Never, false: Optional}[len(r.names) == 0 && !r.InWords] {
					t.Errorf("%s: %d", x.Title, x.State)
				}
				said += x.Title.String() + "\n" + x.Text.String() + "\n" + x.Why.String() + "\n"
			}
			if first := results[Arrives]; (!c.facts.Open || !c.facts.Unstored.IsZero()) && !first.Why.IsZero() {
				t.Errorf("the router is blamed: %s", first.Why)
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("%q is not in\n%s", c.says, said)
			}
			if Done(results) != c.done {
				t.Error("done:", !c.done)
			}
		})
	}
}

// What a router cannot report is not shown as if it were still to come.
func TestNamesThatCannotCome(t *testing.T) {
	for id, want := range map[string]struct {
		state State
		text  string
	}{
		"openwrt":  {Optional, "Optional; not seen yet."},
		"pfsense":  {Optional, "Optional; not seen yet. Unbound logs what devices ask for, but not the answers: names come only from dnsmasq."},
		"opnsense": {Optional, "Optional; not seen yet. Unbound logs what devices ask for, but not the answers: names come only from dnsmasq."},
		"vyos":     {Never, "As far as known, this router does not report them."},
		"other":    {Optional, "Optional; not seen yet."},
		"draytek":  {Never, "As far as known, this router does not report them."},
		"linksys":  {Never, "As far as known, this router does not report them."},
	} {
		r, _ := Find(id)
		if got := r.Check(&Facts{})[Lookups]; got.State != want.state || got.Text.String() != want.text {
			t.Errorf("%s: %+v", id, got)
		}
		last := Facts{Host: Names{Last: time.Date(2026, 11, 29, 12, 0, 0, 0, time.Local)}}
		if got := r.Check(&last)[Lookups]; got.State != Seen || got.Text.String() != "The last at 2026-11-29 12:00:00" {
			t.Errorf("%s, seen once: %+v", id, got)
		}
		refused := Facts{Refused: phrase.Say("{{.Address}} reports names, which are not used", "Address", "192.168.1.2"), Host: Names{Other: netip.MustParseAddr("127.0.0.1"), Own: true}}
		if got := r.Check(&refused)[Lookups]; got.State != Optional || got.Text.String() != "192.168.1.2 reports names, which are not used" {
			t.Errorf("%s, refused: %+v", id, got)
		}
		named := Facts{Host: Names{One: api.NamedIP{Name: "www.example.com"}}}
		if got := r.Check(&named)[Lookups]; got.State != Seen || got.Text.String() != "www.example.com" {
			t.Errorf("%s, seen: %+v", id, got)
		}
	}
}
