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
		{"apple !tv", []Found{{"apple", Anywhere, Either}}},
		{`"two words" a*b,!c`, []Found{{"two words", Anywhere, Either}, {"a", Anywhere, Either}, {"b", Anywhere, Either}}},
		{"host:*.apple.com dst:17.*,10.0.0.0/8,2001:DB8::0", []Found{{".apple.com", InWords, Either}, {"17.", InAddresses, OfDestination}, {"2001:db8::", InAddresses, OfDestination}}},
		{"port:443,8000-8999,ssh* !dport:22 dir:in is:new", []Found{{"443", InPorts, Either}, {"ssh", InWords, Either}}},
		{"dport:22 sport:123 srchost:nas ip:10.0.0.1", []Found{{"22", InPorts, OfDestination}, {"123", InPorts, OfSource}, {"nas", InWords, OfSource}, {"10.0.0.1", InAddresses, Either}}},
		{"apple dst:300.1.1.1", []Found{{"apple", Anywhere, Either}}},
	} {
		q := Read(c.query, services.IANA())
		if got := q.Found(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.query, got, c.want)
		}
	}
}
