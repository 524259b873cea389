package attack

import (
	"fmt"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
)

// filters are such that each event is found by one of a pair and not by the other.
type filters struct {
	pairs [][2]*filter.Matcher
	odd   []*filter.Matcher // only run
}

func newFilters(t testing.TB) *filters {
	t.Helper()
	compile := func(text string) *filter.Matcher {
		f, err := filter.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		m, err := f.Compile(services.IANA(), time.Now())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return m
	}
	f := &filters{}
	for _, pair := range [][2]string{
		{"ip:203.0.113.0/24", "!ip:203.0.113.0/24"},
		{"port:1-1000,https", "!port:1-1000,https"},
		{"host:*e*x*a*m*p*l*e*", "!host:*e*x*a*m*p*l*e*"},
		{"text:a", "!text:a"},
		{"dir:in", "!dir:in"},
		{"proto:TCP,99", "!proto:TCP,99"},
		{"router:192.168.*", "!router:192.168.*"},
	} {
		f.pairs = append(f.pairs, [2]*filter.Matcher{compile(pair[0]), compile(pair[1])})
	}
	for _, text := range []string{`@ "two words"`, "*a*b*c*d* src:2001:db8::/32", "service:ssh* dst:10.0.0.1-9"} {
		f.odd = append(f.odd, compile(text))
	}
	return f
}

func (f *filters) check(ev *capture.Event) error {
	for i, pair := range f.pairs {
		if pair[0].Match(ev) == pair[1].Match(ev) {
			return fmt.Errorf("filter %d and its opposite agree about %+v", i, *ev)
		}
	}
	for _, m := range f.odd {
		m.Match(ev)
	}
	return nil
}
