package listed

import "time"

// Source is where a list comes from that LinkLog knows.
type Source struct {
	Name  string // as in filters
	URL   string
	About string // what is on it
	Terms string // of who makes it
	Page  string // where these are

	// Least is the time between two requests that the terms ask for.
	Least time.Duration

	// Quiet: see List.
	Quiet bool
}

// Known are the lists that LinkLog offers; none is used before the user says so.
func Known() []Source {
	const drop = "Networks that were stolen, or are leased by criminals: no traffic with them is wanted."
	const dropTerms = "Free, with credit to Spamhaus; at most once an hour."
	return []Source{
		{"spamhaus-drop", "https://www.spamhaus.org/drop/drop_v4.json", drop, dropTerms, "https://www.spamhaus.org/blocklists/do-not-route-or-peer/", time.Hour, false},
		{"spamhaus-drop-v6", "https://www.spamhaus.org/drop/drop_v6.json", drop, dropTerms, "https://www.spamhaus.org/blocklists/do-not-route-or-peer/", time.Hour, false},
		{"et-compromised", "https://rules.emergingthreats.net/blockrules/compromised-ips.txt", "Computers that were broken into, seen by Emerging Threats.", "BSD licence.", "https://rules.emergingthreats.net/OPEN_download_instructions.html", time.Hour, false},
		{"tor-exits", "https://check.torproject.org/torbulkexitlist", "Computers where traffic leaves the Tor network. To be on it is no danger: it is marked, without an alert.", "CC0, public domain.", "https://metrics.torproject.org/collector.html", time.Hour, true},
	}
}
