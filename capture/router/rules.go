package router

import (
	"strings"

	"linklog/capture"
)

// rules remembers what the names and prefixes of rules say: a router has few of them, and
// each is in many lines. The zero value is empty.
type rules struct{ known map[string]rule }

// rule is what one says.
type rule struct {
	text    string
	verdict capture.Verdict
}

// maxRules bounds what is remembered of one dialect: more than the largest firewall has.
const maxRules = 2048

// add remembers what stands for a rule in its lines, unless it is too long to be one, and
// returns the rule.
func (r *rules) add(name string, known rule) rule {
	if len(name) > capture.MaxName {
		return known
	}
	if r.known == nil || len(r.known) == maxRules {
		r.known = make(map[string]rule) // what is in use comes back at once
	}
	r.known[strings.Clone(name)] = known
	return known
}
