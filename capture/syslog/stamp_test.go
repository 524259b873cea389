package syslog

import "testing"

// FuzzStamp holds that the short ways find what the long ones do.
func FuzzStamp(f *testing.F) {
	for _, s := range [...]string{
		"Jan 16 23:29:58 host", "Feb  3 00:00:00 host", "dEC 31 23:59:60 kernel: x", "Mar 32 10:00:00 host", "Jun 1  10:00:00 host",
		"Apr 21 14:56:16 2017 host", "Apr 21 14:56:16 GMT host", "Apr 21 14:56:16 +0100 host", "Apr 21 14:56:16.250 host", "Apr 21 24:00:00 host",
		"2026-11-29T16:28:00Z", "2026-11-29 16:28:00.5+01:00", "2024-02-29T23:59:60Z", "2023-02-29T10:00:00Z", "2026-11-29T16:28:000", "2026-1-9 6:28:00", "2026-00-10 10:00:00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var short Stamp
		if short.usualBSD(s) {
			if long, rest, ok := BSD(s); !ok || long != short || rest != s[len("Jan 16 23:29:58"):] {
				t.Errorf("%q is %+v before %q, %v; not %+v", s, long, rest, ok, short)
			}
		} else if short != (Stamp{}) {
			t.Errorf("%q is no usual time, and left %+v", s, short)
		}
		if short.usualISO(s) {
			long, rest, ok := ISODate(s)
			if ok {
				rest, ok = long.Clock(rest[1:])
			}
			if !ok || long != short || rest != s[len("2003-01-16T23:29:58"):] {
				t.Errorf("%q is %+v before %q, %v; not %+v", s, long, rest, ok, short)
			}
		}
	})
}

// TestUsualStamps: what nearly all lines have goes the short way.
func TestUsualStamps(t *testing.T) {
	for _, s := range [...]string{"Jan 16 23:29:58 host", "Feb  3 00:00:00 kernel: x", "nov 30 23:59:60 x"} {
		if !new(Stamp).usualBSD(s) {
			t.Errorf("%q goes the long way", s)
		}
	}
	for _, s := range [...]string{"2026-11-29T16:28:00Z", "2026-11-29 16:28:00.5+01:00", "2024-02-29T23:59:60"} {
		if !new(Stamp).usualISO(s) {
			t.Errorf("%q goes the long way", s)
		}
	}
}
