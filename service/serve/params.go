package serve

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/filter"
	"linklog/phrase"
	"linklog/service/history"
)

// params reads the parameters of a request: each once, no unknown ones, so that a
// typing mistake is an error and not another answer.
type params struct {
	values url.Values
	known  []string
	err    error
	wrong  error // the filter; told when nothing else is wrong
}

func readParams(r *http.Request) *params {
	values, err := url.ParseQuery(r.URL.RawQuery)
	p := &params{values: values}
	if err != nil {
		p.err = badRequest(phrase.Say("parameters: {{.Reason}}", "Reason", err))
	}
	return p
}

func (p *params) text(name string) string {
	p.known = append(p.known, name)
	if v := p.values[name]; len(v) > 1 {
		p.fail(name, phrase.Say("appears more than once"))
	}
	return p.values.Get(name)
}

func (p *params) fail(name string, reason phrase.Phrase) {
	if p.err == nil {
		p.err = badRequest(phrase.Say("parameter {{.Name}}: {{.Reason}}", "Name", name, "Reason", reason))
	}
}

func (p *params) has(name string) bool { return p.values.Has(name) }

// count is a number of things to give, or to pass over.
func (p *params) count(name string, otherwise int) int {
	return int(min(p.number(name, uint64(otherwise)), math.MaxInt))
}

func (p *params) number(name string, otherwise uint64) uint64 {
	text := p.text(name)
	if !p.has(name) {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		p.fail(name, phrase.Say("{{.Value}} is not a valid number, from 0 to {{.Max}}", "Value", strconv.Quote(text), "Max", math.MaxInt64))
	}
	return n
}

func (p *params) yes(name string) bool {
	text := p.text(name)
	b, err := strconv.ParseBool(text)
	if err != nil && p.has(name) {
		p.fail(name, phrase.Say("{{.Value}} is neither true nor false", "Value", strconv.Quote(text)))
	}
	return b
}

func (p *params) time(name string) time.Time {
	text := p.text(name)
	if !p.has(name) {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.fail(name, phrase.Say("{{.Value}} is not a valid time, such as 2026-11-23T20:14:03Z", "Value", strconv.Quote(text)))
	}
	if t.IsZero() { // elsewhere that is no bound
		t = t.Add(1)
	}
	return t
}

// choice is one of several words, the first if none is given.
func (p *params) choice(name string, words ...string) int {
	text := p.text(name)
	if text == "" {
		return 0
	}
	i := slices.Index(words, text)
	if i < 0 {
		p.fail(name, phrase.Say("{{.Value}} is none of {{.Names}}", "Value", strconv.Quote(text), "Names", strings.Join(words, ", ")))
		return 0
	}
	return i
}

// end is called when all parameters were read.
func (p *params) end() error {
	for name := range p.values {
		if p.err == nil && !slices.Contains(p.known, name) {
			p.err = badRequest(phrase.Say("unknown parameter {{.Name}}: the parameters are {{.Names}}", "Name", strconv.Quote(name), "Names", strings.Join(p.known, ", ")))
		}
	}
	p.err = cmp.Or(p.err, p.wrong)
	return p.err
}

// matcher compiles the filter of a request; nil: it has none.
func (s *Server) matcher(p *params) (m *filter.Matcher) {
	text := p.text("filter")
	if text == "" {
		return nil
	}
	f, err := filter.Parse(text)
	if err == nil {
		m, err = f.Compile(s.config.Services, time.Now())
	}
	p.wrong = err
	return m
}

// query reads which events of the history are wanted.
func (s *Server) query(p *params) (q history.Query) {
	q.Filter = s.matcher(p)
	q.After, q.Before = p.number("after", 0), p.number("before", 0)
	if p.has("before") && q.Before == 0 { // to history.Query that is no bound
		p.fail("before", phrase.Say("events are counted from 1"))
	}
	q.Since, q.Until = p.time("since"), p.time("until")
	return q
}
