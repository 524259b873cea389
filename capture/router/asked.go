package router

import (
	"net/netip"
	"time"
)

// asked remembers for a moment who asked which router for which name: the log of an
// answer does not say it. All of it is bounded.
type asked struct {
	routers map[netip.Addr]*questions
}

const (
	maxAskedRouters = 16
	maxQuestions    = 1024             // twice as many are remembered, of a router
	questionsLast   = 10 * time.Second // DNS servers give up after that; at most twice as long
)

// of gives the questions that a router was asked.
func (a *asked) of(router netip.Addr, at time.Time) *questions {
	q := a.routers[router]
	if q == nil {
		if a.routers == nil || len(a.routers) == maxAskedRouters {
			a.routers = make(map[netip.Addr]*questions) // those that go on come back at once
		}
		q = &questions{begun: at, byName: make(map[string]question), byNumber: make(map[uint64]question)}
		a.routers[router] = q
	}
	if past := at.Sub(q.begun); len(q.byName) >= maxQuestions || len(q.byNumber) >= maxQuestions || past > questionsLast || past < 0 {
		q.oldByName, q.byName = q.byName, emptied(q.oldByName)
		q.oldByNumber, q.byNumber = q.byNumber, emptied(q.oldByNumber)
		if past > 2*questionsLast || past < 0 {
			clear(q.oldByName)
			clear(q.oldByNumber)
		}
		q.begun = at
	}
	return q
}

func emptied[K comparable](m map[K]question) map[K]question {
	if m == nil {
		return make(map[K]question)
	}
	clear(m)
	return m
}

// questions are those to one router, and where in its log we are.
type questions struct {
	begun                 time.Time
	byName, oldByName     map[string]question // dnsmasq
	byNumber, oldByNumber map[uint64]question // RouterOS

	last question // the line before was this question
	run  answers  // the line before was one of this answer
}

// question is who asked for a name.
type question struct {
	name     string
	client   netip.Addr // invalid: several
	answered bool
}

// answers are lines that follow each other and make up one answer: to "www.example.com"
// the alias "cdn.example.net", to that an address, and one more.
type answers struct {
	question
	tail  string // the name in the line before
	alias bool   // which leads to the name of the next line
}

// ask notes a question. Who asks for what somebody else still waits for makes it unknown
// whose the answer is.
func (q *questions) ask(name string, client netip.Addr) {
	next := question{name: name, client: client}
	if before, ok := q.named(name); ok && !before.answered && before.client != client {
		next.client = netip.Addr{}
	}
	q.byName[name] = next
	q.last, q.run = question{name: name, client: client}, answers{}
}

func (q *questions) named(name string) (question, bool) {
	if found, ok := q.byName[name]; ok {
		return found, true
	}
	found, ok := q.oldByName[name]
	return found, ok
}

// answer gives the question to which a line with name belongs. waited tells that another
// server was asked, so that there may be other lines between question and answer; client
// is who asked, if the line says so.
func (q *questions) answer(name string, client netip.Addr, waited bool) question {
	switch {
	case q.run.tail != "" && (q.run.alias || q.run.tail == name): // goes on
	case client.IsValid():
		q.run.question = question{name: name, client: client}
	case !waited && q.last.name == name:
		q.run.question = q.last
	case waited:
		q.run.question = question{name: name}
		if asked, ok := q.named(name); ok {
			q.run.question = asked
			asked.answered = true
			q.byName[name] = asked
		}
	default:
		q.run.question = question{name: name}
	}
	q.run.tail, q.last = name, question{}
	return q.run.question
}
