package router

import (
	"strings"

	"linklog/capture"
)

// rules remembers what the names and prefixes of rules say: a router has few of them, and
// each is in many lines. The zero value is empty.
type rules struct {
	known map[string]*rule
	often [16]*rule // of those the last that were asked for, which costs less than the map
}

// rule is what one says.
type rule struct {
	name    string // what stands for it in lines
	text    string
	verdict capture.Verdict
}

// maxRules bounds what is remembered of one dialect: more than the largest firewall has.
const maxRules = 2048

// of returns what is remembered of a rule, or nil.
func (r *rules) of(name string) *rule {
	n := len(name)
	if n == 0 {
		return r.known[name]
	}
	often := &r.often[(n+int(name[n-1])+int(name[n/2]))%len(r.often)]
	if *often == nil || (*often).name != name {
		*often = r.known[name]
	}
	return *often
}

// add remembers what stands for a rule in its lines, unless it is too long to be one, and
// returns the rule.
func (r *rules) add(name, text string, verdict capture.Verdict) *rule {
	if len(name) > capture.MaxName {
		return &rule{text: text, verdict: verdict}
	}
	if r.known == nil || len(r.known) == maxRules {
		r.known = make(map[string]*rule) // what is in use comes back at once
	}
	known := &rule{strings.Clone(name), text, verdict}
	r.known[known.name] = known
	return known
}
