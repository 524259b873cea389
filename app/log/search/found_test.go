package search

import (
	"slices"
	"testing"

	"linklog/format/services"
)

func TestFound(t *testing.T) {
	for _, c := range []struct {
		query string
		want  []Found
	}{
		{"", nil},
		{"apple !tv", []Found{{"apple", Anywhere}}},
		{`"two words" a*b,!c`, []Found{{"two words", Anywhere}, {"a", Anywhere}, {"b", Anywhere}}},
		{"host:*.apple.com dst:17.*,10.0.0.0/8,2001:DB8::0", []Found{{".apple.com", InWords}, {"17.", InAddresses}, {"2001:db8::", InAddresses}}},
		{"port:443,8000-8999,ssh* !dport:22 dir:in is:new", []Found{{"443", InPorts}, {"ssh", InWords}}},
		{"apple dst:300.1.1.1", []Found{{"apple", Anywhere}}},
	} {
		q := Read(c.query, services.IANA())
		if got := q.Found(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.query, got, c.want)
		}
	}
}
