package guide

import (
	"net/netip"
	"regexp"
	"slices"

	"linklog/capture"
	"linklog/phrase"
)

// look is how the texts of some routers look.
type look struct {
	text *regexp.Regexp
	of   []string // IDs of Router; the first is named
}

// looks are by what an event's text says which routers it can be from: the names that their
// firewalls give their rules. Others have names that anyone chose.
var looks = []look{
	{regexp.MustCompile(`^[a-z]+[0-9._a-z]* rule [0-9a-f]+$`), []string{"pfsense", "opnsense"}},
	{regexp.MustCompile(`\| (input|forward|output)$`), []string{"mikrotik"}},
	{regexp.MustCompile(`^\[[A-Za-z0-9_]+-[ADR]-[0-9]+\] DESCR=`), []string{"unifi"}},
	{regexp.MustCompile(`^\[[A-Za-z0-9_]+-([0-9]+|default)-[ADR]\]$`), []string{"edgeos", "vyos", "unifi"}},
	{regexp.MustCompile(`^\[(ipv4|ipv6)-[A-Za-z0-9_-]+-([0-9]+|default)-[ADR]\]$`), []string{"vyos"}},
	{regexp.MustCompile(`^(reject|drop|accept|REJECT|DROP|ACCEPT) [a-z0-9_]+ (in|out|forward)$`), []string{"openwrt"}},
	{regexp.MustCompile(`^(REJECT|DROP|ACCEPT)\((src|dest) [a-z0-9_]+\)$`), []string{"openwrt"}},
	{regexp.MustCompile(`^ACCEPT (forward|out)$`), []string{"openwrt"}}, // as its steps have it
	{regexp.MustCompile(`^(DROP|ACCEPT|REJECT)$`), []string{"asus", "tomato", "dd-wrt"}},
}

// looksOf are the routers that an event can be from; none: all.
func looksOf(ev *capture.Event) []string {
	if ev.Kind != capture.Traffic {
		return nil
	}
	for _, l := range looks {
		if l.text.MatchString(ev.Text) {
			return l.of
		}
	}
	return nil
}

// enough is how many connections of a router have to be known before it is said that they look
// like those of a different one.
const enough = 3

// other says that the newest connections cannot be from this router, and from which they look
// like; none: they can. One router's lines do, if most of its newest do: a line that somebody else
// sent in its name, or that a test left, does not change what is said.
func (r *Router) other(f *Facts) phrase.Phrase {
	if !slices.ContainsFunc(looks, func(l look) bool { return slices.Contains(l.of, r.ID) }) {
		return phrase.Phrase{} // how its lines look is not known, or it is any router
	}
	lines, likes := make(map[netip.Addr]int), make(map[netip.Addr]map[string]int)
	var senders []netip.Addr // the latest first
	for i := range f.Latest {
		ev := &f.Latest[i]
		if lines[ev.Router]++; lines[ev.Router] == 1 {
			senders = append(senders, ev.Router)
			likes[ev.Router] = make(map[string]int)
		}
		if of := looksOf(ev); len(of) > 0 && !slices.Contains(of, r.ID) {
			likes[ev.Router][of[0]]++
		}
	}
	var told phrase.Phrase
	for _, a := range senders {
		most, others := "", 0
		for id, n := range likes[a] {
			others += n
			if m := likes[a][most]; n > m || n == m && id < most {
				most = id
			}
		}
		if 2*others <= lines[a] {
			return phrase.Phrase{}
		}
		if like, known := Find(most); known && lines[a] >= enough && told.IsZero() {
			told = phrase.Say("You chose {{.Chosen}}, but what arrives looks like a log of {{.Other}}. Choose that, and follow its steps.", "Chosen", r.Name, "Other", like.Name)
		}
	}
	return told
}
