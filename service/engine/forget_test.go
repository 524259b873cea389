package engine

import (
	"context"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/format/services"
	"linklog/service/history"
)

// What is forgotten is no loss at the next start: neither when nothing came since, nor when all that
// came is only counted.
func TestForgottenIsNotLost(t *testing.T) {
	for _, test := range []struct {
		name, query string
		since       bool // something came that is only counted
		left        int  // attempts
	}{
		{"the last", "ip:192.168.1.50", false, 1},
		{"the last, with something since", "ip:192.168.1.50", true, 1},
		{"the first", "ip:192.168.1.20", false, 1},
		{"all", "dir:out", false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			e := newEngine(t, folder)
			attempts(t, e, 1)
			put(t, e, time.Now().UTC(), "<4>kernel: ACCEPT IN=br0 OUT=eth0 SRC=192.168.1.50 DST=93.184.216.35 LEN=60 PROTO=TCP SPT=4000 DPT=443")
			query, err := filter.Parse(test.query)
			if err != nil {
				t.Fatal(err)
			}
			m, err := query.Compile(services.IANA(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Run(t.Context(), func(ctx context.Context) error {
				if _, err := e.Forget(ctx, m, false); err != nil {
					return err
				}
				for e.Forgetting().Running && ctx.Err() == nil {
					time.Sleep(time.Millisecond)
				}
				if test.since {
					put(t, e, time.Now().UTC(), "<30>dnsmasq[411]: query[A] www.example.com from 192.168.1.10")
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for range 2 { // starts
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				e = newEngine(t, folder)
				if read, last := e.reading.Load(), e.Spool().Last(); read < last && !test.since {
					t.Errorf("the end waits for %d to %d, which are no longer there", read+1, last)
				}
				if err := e.Run(t.Context(), func(context.Context) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			var told []string
			left := 0
			if err := e.History().Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
				if ev.Kind == capture.Gap {
					told = append(told, ev.Text)
				} else {
					left++
				}
				return nil
			}); err != nil || len(told) > 0 || left != test.left {
				t.Errorf("told: %q; %d left, %v", told, left, err)
			}
		})
	}
}
