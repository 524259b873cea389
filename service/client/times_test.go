package client

import (
	"strings"
	"testing"
	"time"

	"linklog/filter"
)

// Whatever is asked with a filter, its times leave this computer in full: what a day is
// depends on the time zone of whoever asks, not on the service's.
func TestTimesAreThoseOfTheCaller(t *testing.T) {
	year, month, day := time.Now().Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.Local)
	const text = "dir:in since:today until:2999-01-01"
	events, hosts := (&Query{Filter: text}).values(), values{}
	(&HasEvents{Filter: text}).values(hosts)
	for what, sent := range map[string]string{"events": events.Get("filter"), "hosts": strings.Join(hosts["filter"], "")} {
		f, err := filter.Parse(sent)
		since, err2 := time.Parse(time.RFC3339, f.Since)
		if err != nil || err2 != nil || !since.Equal(midnight) || !strings.HasSuffix(f.Until, "Z") || f.Direction != "in" {
			t.Errorf("%s: asked for %s", what, sent)
		}
	}
	for _, same := range []string{"", "dir:in", "since:soon", `"`} {
		if got := asked(same); got != same {
			t.Errorf("%s became %s", same, got)
		}
	}
}
