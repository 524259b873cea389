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

// TestMisdated: behind a date that never was, a line is read as behind any other.
func TestMisdated(t *testing.T) {
	for line, want := range map[string]Header{
		"<30>Feb 31 06:42:20 gw sshd[7]: hello":            {Priority: 30, Misdated: true, Host: "gw", Program: "sshd", Process: true, Text: "sshd[7]: hello", Message: "hello"},
		"<30>1 2026-02-31T06:42:20Z gw sshd 7 - - hello":   {Priority: 30, Misdated: true, Host: "gw", Program: "sshd", Process: true, Text: "hello", Message: "hello"},
		"Nov 28 24:00:00 gw kernel: [1.5] hello":           {Priority: -1, Misdated: true, Host: "gw", Program: "kernel", Text: "kernel: [1.5] hello", Message: "hello"},
		"Feb 2026 06:42:20 is no date":                     {Priority: -1, Text: "Feb 2026 06:42:20 is no date", Message: "Feb 2026 06:42:20 is no date"},
		"10.99.99.10 06:42:20 neither":                     {Priority: -1, Text: "10.99.99.10 06:42:20 neither", Message: "10.99.99.10 06:42:20 neither"},
		"100 6 tap0 31/Jun/2022:13:09:14 +0200 DROP: IN=a": {Priority: -1, Misdated: true, Text: "DROP: IN=a", Message: "DROP: IN=a"},
	} {
		if got := Parse(line); got != want {
			t.Errorf("%q\n got %+v\nwant %+v", line, got, want)
		}
		var r Reader
		for range 2 {
			var got Header
			if r.Parse(&got, line); got != want {
				t.Errorf("read: %q\n got %+v\nwant %+v", line, got, want)
			}
		}
	}
}
