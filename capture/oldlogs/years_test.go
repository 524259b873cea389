package oldlogs

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"linklog/phrase"
)

// TestYears finds the years of dates that have none.
func TestYears(t *testing.T) {
	noon := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC)
	}
	now := noon(2026, 11, 23)
	for _, test := range []struct {
		name  string
		dates string // "Sep 16" and so on, with commas
		file  time.Time
		want  string // as read from a file
		pipe  string // as read from a pipe; "": the same
	}{
		{"this year", "Mar  1, Nov 20", time.Time{}, "2026-03-01 2026-11-20", ""},
		{"today", "Nov 23", time.Time{}, "2026-11-23", ""},
		{"tomorrow by the wrong zone", "Nov 24", time.Time{}, "2026-11-24", ""},
		{"later than today is last year", "Nov 26, Dec  1", time.Time{}, "2025-11-26 2025-12-01", ""},
		{"over New Year", "Dec 31, Jan  1, Mar  1", time.Time{}, "2025-12-31 2026-01-01 2026-03-01", ""},
		{"the file's time", "Mar  1, Nov 20", noon(2019, 11, 21), "2019-03-01 2019-11-20", ""},
		{"a file from the future", "Mar  1, Nov 20", noon(2031, 1, 1), "2026-03-01 2026-11-20", ""},
		{"written in January", "Dec  1, Dec 30", noon(2020, 1, 2), "2019-12-01 2019-12-30", ""},
		{"several years", "Jun  1, Jan  1, Jun  1, Jan  1, Jun  1", time.Time{},
			"2024-06-01 2025-01-01 2025-06-01 2026-01-01 2026-06-01",
			"2026-06-01 2026-01-01 2026-06-01 2026-01-01 2026-06-01"},
		{"idle for months", "Sep 16, Apr  1", time.Time{}, "2025-09-16 2026-04-01", "2026-09-16 2026-04-01"},
		{"a line out of order", "Mar  2, Mar  1, Mar  2", time.Time{}, "2026-03-02 2026-03-01 2026-03-02", ""},
		{"out of order over New Year", "Dec 31, Jan  1, Dec 31, Jan  1", time.Time{}, "2025-12-31 2026-01-01 2025-12-31 2026-01-01", ""},
		{"months put together the wrong way", "Oct  1, Oct 31, Sep  1, Sep 30", time.Time{}, "2026-10-01 2026-10-31 2026-09-01 2026-09-30", ""},
		{"leap day", "Feb 28, Feb 29, Mar  1", time.Time{}, "2024-02-28 2024-02-29 2024-03-01", "2026-02-28 2024-02-29 2024-03-01"},
		{"leap day first", "Feb 29, Mar  1", time.Time{}, "2024-02-29 2024-03-01", ""},
		{"leap day two years ago", "Feb 29, May  1, Jan  1, Dec  1, Jan  1", time.Time{}, "2024-02-29 2024-05-01 2025-01-01 2025-12-01 2026-01-01", ""},
		{"a mangled leap day", "Aug  1, Feb 29, Aug  2, Nov 20", time.Time{}, "2026-08-01 - 2026-08-02 2026-11-20", ""},
		{"a mangled leap day over New Year", "Dec 31, Jan  1, May  1, Feb 29, May  2", time.Time{}, "2025-12-31 2026-01-01 2026-05-01 - 2026-05-02", ""},
		{"a mangled leap day, newest first", "Nov 20, Nov 18, Feb 29, Aug  2, Aug  1", time.Time{}, "2026-11-20 2026-11-18 - 2026-08-02 2026-08-01", ""},
		{"a leap day after months of silence", "Aug  1, Feb 29, Mar  1", time.Time{}, "2023-08-01 2024-02-29 2024-03-01", "2026-08-01 - 2026-03-01"},
		{"leap days in two years running", "Feb 28, Feb 29, Dec  1, Feb 28, Feb 29, Mar  1", time.Time{},
			"2025-02-28 - 2025-12-01 2026-02-28 - 2026-03-01", "2026-02-28 2024-02-29 2024-12-01 2025-02-28 2024-02-29 2024-03-01"},
		{"leap days that fit no year", "Feb 29, Feb  1, Dec 1, Jan 31, Feb 29", time.Time{}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			for _, date := range strings.Split(test.dates, ", ") {
				fmt.Fprintf(&log, "%s 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n", date)
			}
			o := Options{Location: time.UTC, Now: now, FileTime: test.file}
			for _, seekable := range []bool{true, false} {
				want := test.want
				var in io.Reader = strings.NewReader(log.String())
				if !seekable {
					in = pipe{in}
					if test.pipe != "" {
						want = test.pipe
					}
				}
				got, r := dates(t, in, o)
				if want != "" && got != want {
					t.Errorf("from a file (%v)\n got %s\nwant %s", seekable, got, want)
				}
				if notes := phrase.Lines(r.Notes()).String(); !strings.Contains(notes, "dates without a year: taken as 20") {
					t.Errorf("notes %q", notes)
				}
			}
		})
	}
}

// TestGivenYear reads dates without a year by the year that the user says, and tells
// where the log contradicts it.
func TestGivenYear(t *testing.T) {
	const (
		bare = "%s 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
		full = "%s router kernel: IN=ppp0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=2\n"
	)
	for _, test := range []struct {
		name, line, dates string
		want, note        string
	}{
		{"as told", bare, "Mar  1, Nov 20", "2019-03-01 2019-11-20", "taken as 2019-03-01 to 2019-11-20"},
		{"over New Year", bare, "Dec 31, Jan  1", "2019-12-31 2020-01-01", "2019 is taken as the year of the first of them"},
		{"no leap year", bare, "Feb 28, Feb 29, Mar  1", "2019-02-28 - 2019-03-01", "taken as 2019"},
		{"lines with a year", full, "Mar  1 10:00:00, 2021-03-05T10:00:00Z", "2019-03-01 2021-03-05", "1 time with a year other than 2019: taken as written"},
		{"only such lines", full, "2021-03-05T10:00:00Z, 2021-03-05T10:00:00Z", "2021-03-05 2021-03-05", "the year 2019 was not needed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			for _, date := range strings.Split(test.dates, ", ") {
				fmt.Fprintf(&log, test.line, date)
			}
			o := Options{Location: time.UTC, Year: 2019, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
			for _, in := range []io.Reader{strings.NewReader(log.String()), pipe{strings.NewReader(log.String())}} {
				got, r := dates(t, in, o)
				if notes := phrase.Lines(r.Notes()).String(); got != test.want || !strings.Contains(notes, test.note) {
					t.Errorf("got %s\nwant %s\nnotes %q, want %q", got, test.want, notes, test.note)
				}
			}
		})
	}
	o := Options{Location: time.UTC, Year: 2019, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	newestFirst := fmt.Sprintf(strings.Repeat(bare, 4), "Feb  3", "Feb  1", "Dec 31", "Dec 30")
	if got, _ := dates(t, strings.NewReader(newestFirst), o); got != "2019-02-03 2019-02-01 2018-12-31 2018-12-30" {
		t.Errorf("newest first: %s", got)
	}
	o.Year, o.Now = 2026, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if _, r := dates(t, strings.NewReader(fmt.Sprintf(bare, "Nov 20")), o); !strings.Contains(phrase.Lines(r.Notes()).String(), "later than the file itself") {
		t.Errorf("notes %q", r.Notes())
	}
}

// dates gives the dates of all events, "-" for errors.
func dates(t *testing.T, in io.Reader, o Options) (string, *Reader) {
	t.Helper()
	r, err := Open(in, o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		ev, err := r.Next()
		switch {
		case err == io.EOF:
			return strings.Join(got, " "), r
		case err != nil:
			got = append(got, "-")
		default:
			got = append(got, ev.Time.Format(time.DateOnly))
		}
	}
}

// TestManyTurns must not leave the years that can be.
func TestManyTurns(t *testing.T) {
	line := "%s 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	log := strings.Repeat(fmt.Sprintf(line, "Jan  1")+fmt.Sprintf(line, "Jul  1"), 2000)
	o := Options{Location: time.UTC, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	r, err := Open(strings.NewReader(log), o)
	if err != nil {
		t.Fatal(err)
	}
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil || ev.Time.After(o.Now) || ev.Time.Year() < firstYear {
			t.Fatalf("%v, %v", ev.Time, err)
		}
	}
	if notes := phrase.Lines(r.Notes()).String(); !strings.Contains(notes, "a guess") {
		t.Errorf("notes %q", notes)
	}
}

// TestSeeksBack begins where the reader stood, not at the beginning of the file.
func TestSeeksBack(t *testing.T) {
	in := strings.NewReader("a header of the caller's\nSep 16 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n")
	in.Seek(25, io.SeekStart)
	results, r := all(t, in, Options{Location: time.UTC})
	if len(results) != 1 || !strings.HasPrefix(results[0], "{") || r.Offset() != int64(in.Size())-25 {
		t.Errorf("%v, offset %d", results, r.Offset())
	}
}

// TestClockChanges reads times that the clocks of Berlin skip or show twice.
func TestClockChanges(t *testing.T) {
	for _, test := range []struct{ name, times, want, note string }{
		{"skipped", "2025-03-30 01:59:59, 2025-03-30 02:30:00, 2025-03-30 03:00:00",
			"00:59:59 01:30:00 01:00:00", "1 time in the hour that is skipped"},
		{"twice", "2025-10-26 01:59:59, 2025-10-26 02:30:00, 2025-10-26 02:59:59, 2025-10-26 02:00:00, 2025-10-26 02:30:00, 2025-10-26 03:00:00",
			"23:59:59 00:30:00 00:59:59 01:00:00 01:30:00 02:00:00", "4 times in the hour that comes twice"},
		{"a second out of order", "2025-10-26 02:30:01, 2025-10-26 02:30:00", "00:30:01 00:30:00", "2 times in the hour that comes twice"},
		{"the days around", "2025-03-29 12:00:00, 2025-03-31 12:00:00, 2025-10-25 12:00:00, 2025-10-27 12:00:00", "11:00:00 10:00:00 10:00:00 11:00:00", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			for _, s := range strings.Split(test.times, ", ") {
				log.WriteString(s + ",in,203.0.113.9,1,192.168.1.10,2\n")
			}
			r, err := Open(strings.NewReader(log.String()), Options{Location: berlin(t)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for {
				ev, err := r.Next()
				if err != nil {
					break
				}
				got = append(got, ev.Time.Format(time.TimeOnly))
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("\n got %s\nwant %s", s, test.want)
			}
			if notes := phrase.Lines(r.Notes()).String(); !strings.Contains(notes, test.note) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// TestInstant compares with the library for every half hour of a year: an instant
// that the library gives must come back unless its clock time is shown twice.
func TestInstant(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"} {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		c := clock{location: l}
		for at := time.Date(2025, 1, 1, 0, 0, 0, 0, l); at.Year() == 2025; at = at.Add(30 * time.Minute) {
			wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC).Unix()
			got := c.instant(wall)
			if again := time.Unix(got, 0).In(l).Format(time.DateTime); again != at.Format(time.DateTime) {
				t.Fatalf("%v became %s", at, again)
			}
			c.previous = got
			if got != at.Unix() && c.repeated == 0 {
				t.Fatalf("%v became %v", at, time.Unix(got, 0).In(l))
			}
		}
	}
}

// TestStamps reads times in all their spellings.
func TestStamps(t *testing.T) {
	for _, test := range []struct{ in, want, rest string }{
		{"Jan 16 23:29:58 host", "2025-01-16T22:29:58Z", " host"},
		{"Jan  6 23:29:58", "2025-01-06T22:29:58Z", ""},
		{"jan 06 3:29:58 x", "2025-01-06T02:29:58Z", " x"},
		{"Fri Apr 21 14:56:16 2017 x", "2017-04-21T12:56:16Z", " x"},
		{"2021 Jan  8 12:29:14 x", "2021-01-08T11:29:14Z", " x"},
		{"Jan  8 2021 12:29:14 x", "2021-01-08T11:29:14Z", " x"},
		{"<34>Jan 16 23:29:58 host", "2025-01-16T22:29:58Z", " host"},
		{"<34>1 2003-10-11T22:14:15.003Z host", "2003-10-11T22:14:15.003Z", " host"},
		{"2003-10-11T22:14:15.123456789123+02:00 host", "2003-10-11T20:14:15.123456789Z", " host"},
		{"2003-10-11T22:14:15-0530 host", "2003-10-12T03:44:15Z", " host"},
		{"2003-10-11 22:14:15 host", "2003-10-11T20:14:15Z", " host"},
		{"2016-12-31T23:59:60Z host", "2017-01-01T00:00:00Z", " host"},
		{"kern.warn Jan 16 23:29:58 host", "2025-01-16T22:29:58Z", " host"},
		{"Jan 16 23:29:58 2 host", "2025-01-16T22:29:58Z", " 2 host"},
		{"2026-03-05 19:07:22 UTC host", "2026-03-05T19:07:22Z", "host"},
		{"2026-03-05 19:07:22.304 UTC host", "2026-03-05T19:07:22.304Z", "host"},
		{"2026-03-05 19:07:22 +0000 host", "2026-03-05T19:07:22Z", "host"},
		{"Thu 2026-03-05 19:07:22 UTC host", "2026-03-05T19:07:22Z", "host"},
		{"Mar  5 2026 19:07:22 GMT host", "2026-03-05T19:07:22Z", "host"},
		{"20/Jun/2022:13:09:14 +0200 host", "2022-06-20T11:09:14Z", "host"},
		{"[Sat Oct 24 16:55:00 2020] text", "2020-10-24T14:55:00Z", "text"},
		{"*Nov 28 2025 06:42:10: text", "2025-11-28T05:42:10Z", "text"},
		{"messages.1:Jan 16 23:29:58 host", "2025-01-16T22:29:58Z", "host"},
		{"Jan 16 23:29:58 UTCx host", "2025-01-16T22:29:58Z", "UTCx host"},
		{"Jan 32 23:29:58 host", "", ""},
		{"Feb 30 23:29:58 host", "", ""},
		{"Jan 16 24:00:00 host", "", ""},
		{"Jan 16 23:60:00 host", "", ""},
		{"Jan 16", "", ""},
		{"2003-02-29 00:00:00", "", ""},
		{"2003-13-01 00:00:00", "", ""},
		{"", "", ""},
	} {
		o := options(t)
		c := clock{location: o.Location, years: newYears(&o)}
		h := header(test.in)
		rest := strings.TrimSpace(h.Host + " " + h.Text)
		if !h.Stamped {
			if test.want != "" {
				t.Errorf("%q: not read", test.in)
			}
			continue
		}
		at, err := c.at(h.Stamp)
		if got := at.Format(time.RFC3339Nano); err != nil || got != test.want || rest != strings.TrimSpace(test.rest) {
			t.Errorf("%q: %s, rest %q, %v", test.in, got, rest, err)
		}
	}
}
