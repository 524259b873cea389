package reports

import (
	"fmt"
	"testing"
	"time"

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
