package history

import (
	"strings"
	"testing"
	"time"

	"linklog/capture"
)

// An event that says it is from a time that has not come begins no segment and does not
// keep its own, and those behind it, until that time has come.
func TestFromTheFuture(t *testing.T) {
	at := func(date string, first, last int) []capture.Event {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		events := attempts(first, last)
		for i := range events {
			events[i].Time = day.Add(time.Duration(i) * time.Second)
		}
		return events
	}
	day := func(date string) time.Time { return at(date, 1, 1)[0].Time }
	for _, test := range []struct {
		name    string
		events  [][]capture.Event
		earlier bool // stored by a LinkLog that took any time for true
		files   string
		removed map[string]string // by the time before which all is removed
	}{
		{
			"ahead for one message", [][]capture.Event{at("2026-10-05", 1, 300), at("2026-11-05", 301, 600), at("2028-11-20", 601, 601), at("2026-11-20", 602, 700), at("2026-12-05", 701, 710)}, false,
			"2026-10-000001 2026-11-000002 2026-12-000003",
			map[string]string{"2026-09-30": "", "2026-11-01": "2026-10-000001", "2026-11-20": "2026-10-000001", "2026-12-01": "2026-10-000001 2026-11-000002"},
		}, {
			"with the file that an earlier LinkLog began", [][]capture.Event{at("2026-10-05", 1, 300), at("2028-11-20", 301, 301), at("2026-10-20", 302, 400), at("2026-11-20", 401, 500), at("2026-12-05", 501, 510)}, true,
			"2026-10-000001 2028-11-000002 2026-10-000003 2026-11-000004 2026-12-000005",
			map[string]string{"2026-10-19": "2026-10-000001", "2026-11-01": "2026-10-000001 2028-11-000002 2026-10-000003", "2026-12-01": "2026-10-000001 2028-11-000002 2026-10-000003 2026-11-000004"},
		}, {
			"installed with a wrong clock", [][]capture.Event{at("2028-10-05", 1, 300), at("2026-11-05", 301, 600), at("2026-12-05", 601, 610)}, true,
			"2028-10-000001 2026-11-000002 2026-12-000003",
			map[string]string{"2026-11-04": "", "2026-12-01": "2028-10-000001 2026-11-000002"},
		}, {
			"ahead to the end of time, in a new file", [][]capture.Event{at("2260-10-05", 1, 10), at("2026-11-05", 11, 20), at("2026-12-05", 21, 30)}, false,
			"2026-12-000001 2026-11-000002 2026-12-000003",
			map[string]string{"2026-12-01": "2026-12-000001 2026-11-000002"},
		}, {
			"installed before the clock was set", [][]capture.Event{at("1970-01-01", 1, 10), at("2026-10-05", 11, 20), at("2026-11-05", 21, 30)}, false,
			"1970-01-000001 2026-10-000002 2026-11-000003",
			map[string]string{"2026-10-01": "", "2026-11-01": "1970-01-000001 2026-10-000002"},
		}, {
			"not set yet", [][]capture.Event{at("2026-10-05", 1, 10), at("1970-01-01", 11, 20), at("2026-11-05", 21, 30)}, false,
			"2026-10-000001 2026-11-000002",
			map[string]string{"2026-10-01": "", "2026-11-01": "2026-10-000001"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			master := t.TempDir()
			h, err := Open(master, Options{Latest: latest(test.earlier, day("2026-12-31"))})
			if err != nil {
				t.Fatal(err)
			}
			for _, events := range test.events {
				mustAppend(t, h, events)
			}
			settle(t, h)
			if err := h.SetName(attempt(1).Dst.Addr, "nas", day("2026-12-06")); err != nil {
				t.Fatal(err)
			}
			if got := fileNames(h.Segments()); got != test.files {
				t.Errorf("files %s, want %s", got, test.files)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			for before, want := range test.removed {
				h := mustOpen(t, copyDir(t, master), Options{Latest: latest(false, day("2026-12-31"))})
				removed, err := h.Trim(day(before), 0)
				if err != nil {
					t.Fatal(err)
				}
				if got := fileNames(removed); got != want {
					t.Errorf("before %s: %q removed, want %q", before, got, want)
				}
				if name, err := h.Name(attempt(1).Dst.Addr); name != "nas" || err != nil {
					t.Errorf("before %s: the name is %q, %v", before, name, err)
				}
			}
		})
	}
}

// latest gives Options.Latest.
func latest(any bool, limit time.Time) func() time.Time {
	if any {
		return nil
	}
	return func() time.Time { return limit }
}

func fileNames(infos []SegmentInfo) string {
	var list []string
	for _, info := range infos {
		list = append(list, strings.TrimSuffix(strings.TrimPrefix(info.File, "history-"), ".db"))
	}
	return strings.Join(list, " ")
}
