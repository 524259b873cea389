package reports

import (
	"fmt"
	"testing"
	"time"

	"linklog/app/ui"
	"linklog/filter"
	"linklog/format/services"
)

func TestWish(t *testing.T) {
	now := time.Date(2026, 11, 29, 16, 30, 0, 0, time.UTC)
	oldest := now.AddDate(0, -3, 0)
	for _, c := range []struct {
		text           string
		preset         preset
		dir            string
		from, to       string
		asked, matches string
		log            string // of host 203.0.113.7 in it
	}{
		{"", day, "", "2026-11-28 16:30", "2026-11-29 16:30", "dir:in,out", "", "ip:203.0.113.7 since:24h"},
		{"", always, "out", "2026-08-29 16:30", "2026-11-29 16:30", "dir:out", "", "dir:out ip:203.0.113.7"},
		{"dir:in tv", week, "out", "2026-11-22 16:30", "2026-11-29 16:30", "dir:in tv", "dir:in tv", "dir:in ip:203.0.113.7 since:7d tv"},
		{"date:2026-11-20 ip:192.168.1.10", day, "", "2026-11-20 00:00", "2026-11-21 00:00", "dir:in,out ip:192.168.1.10", "ip:192.168.1.10", "ip:192.168.1.10 since:2026-11-20 until:2026-11-21 203.0.113.7"},
		{"since:2026-11-20", hour, "", "2026-11-20 00:00", "2026-11-29 16:30", "dir:in,out", "", "ip:203.0.113.7 since:2026-11-20"},
		{"until:2026-11-20", hour, "", "2026-08-29 16:30", "2026-11-20 00:00", "dir:in,out", "", "ip:203.0.113.7 until:2026-11-20"},
		{"until:2026-01-01", hour, "", "2025-12-31 23:00", "2026-01-01 00:00", "dir:in,out", "", "ip:203.0.113.7 until:2026-01-01"}, // before the history
	} {
		w, err := newWish(c.text, c.preset, c.dir, services.IANA(), now)
		if err != nil {
			t.Fatal(c.text, err)
		}
		from, to := w.span(now, oldest)
		const form = "2006-01-02 15:04"
		if got, want := fmt.Sprint(from.Format(form), to.Format(form), w.filter, w.matching), fmt.Sprint(c.from, c.to, c.asked, c.matches); got != want {
			t.Errorf("%q: %s, want %s", c.text, got, want)
		}
		if got := w.query(filter.Filter{IP: "203.0.113.7"}, now); got != c.log {
			t.Errorf("%q: the log with %q, want %q", c.text, got, c.log)
		}
	}
	if _, err := newWish("dst:300.1.1.1", day, "", services.IANA(), now); err == nil {
		t.Error("wrong, but no error")
	}
}

// A line of each list leads to what it counts, whatever the report is of.
func TestNarrow(t *testing.T) {
	now := time.Date(2026, 11, 29, 16, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		also filter.Filter
		log  string
	}{
		{"", filter.Filter{Owner: "=Apple"}, "owner:=Apple since:24h"},
		{"owner:apple,google", filter.Filter{Owner: "=Apple"}, "owner:=Apple since:24h"},
		{"country:!DE", filter.Filter{Country: "US"}, "country:US since:24h"},
		{"dport:443", filter.Filter{Country: "US"}, "country:US dport:443 since:24h"},
		{"", filter.Filter{MAC: "02:00:5e:10:00:22"}, "mac:02:00:5e:10:00:22 since:24h"},
		{"category:*", filter.Filter{Category: "smart home"}, `category:"smart home" since:24h`},
		{"", filter.Filter{PortDest: "53", Protocol: "UDP"}, "proto:UDP dport:53 since:24h"},
		{"", ui.ClassOf("domain", "example.com").Only, "host:example.com,*.example.com since:24h"},
		{"host:*.net,*.com", ui.ClassOf("domain", "example.com").Only, "host:*.net,*.com since:24h example.com"},
		{"", ui.ClassOf("owner", "").Only, "!owner:* since:24h"},
		{"", ui.ClassOf("category", "").Only, "!category:* since:24h"},
		{"category:games,web", ui.ClassOf("category", "names and time").Only, `category:"names and time" since:24h`},
		{"", ui.ClassOf("country", "").Only, "!country:* since:24h"},
		{"", ui.ClassOf("owner", "Example, Inc.").Only, `owner:"=Example* Inc." since:24h`},
		{"host:*.com", filter.Filter{Host: "example.com"}, "host:*.com since:24h example.com"},
	} {
		w, err := newWish(c.text, day, "", services.Default(), now)
		if err != nil {
			t.Fatal(c.text, err)
		}
		if got := w.query(c.also, now); got != c.log {
			t.Errorf("%q with %q: %q, want %q", c.text, c.also, got, c.log)
		}
	}
}
