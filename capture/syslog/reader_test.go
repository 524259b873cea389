package syslog

import "testing"

// begins are lines in all forms that headers have, some of which could be taken for another.
var begins = [...]string{
	"<4>Nov 30 11:34:21 kernel: ACCEPT IN=br0", "<4>Nov 30 11:34:21 OpenWrt kernel: [12345.678901] ACCEPT", "<4>Nov 30 11:34:21 UDM-SE UDM-SE [WAN_LOCAL-D-2147483647] DESCR=",
	"<134>Nov 30 11:34:21 filterlog[12345]: 91,,,15", "<134>1 2026-11-30T11:34:21Z opnsense filterlog 69805 - [meta sequenceId=\"55165\"] 12,,,02f", "<134>1 2026-11-30T11:34:21Z - kernel - - - [1.5] IN=",
	"<134>1 2026-11-30T11:34:21.5Z host program 1 - - text", "<134>1 2026-11-30T11:34:21Z host program", "<134>1 Nov 30 11:34:21 host program: text", "<4>2026-11-30 11:34:21 +01:00 host program: text",
	"<4>Nov 30 11:34:21 UTC host program: text", "<4>Nov 30 11:34:21 2026 host program: text", "<4>Fri Nov 27 11:34:21 2026 kern.warn host program: text", "<4>Nov 30 11:34:21 host kern.warn kernel: [ 1.5] text",
	"<4>Nov 30 11:34:21 Local User administrator", "<4>Nov 30 11:34:21 Local program: text", "<4>Nov 30 11:34:21 Open port: 4", "<4>Nov 30 11:34:21 TCP packet dropped", "<4>Nov 30 11:34:21 last message repeated 2 times",
	"<4>kernel: DROP IN=", "<4>100 6 tap100i0-IN 20/Jun/2022:13:09:14 +0200 DROP: IN=", "<4>Nov 30 11:34:21 host", "<4>Nov 30 11:34:21 host  ", "<4>Nov 30 11:34:21 host program:", "<4>Nov 30 11:34:21 host host host program[1]: text",
	"<4>Nov 30 11:34:21 DROP IN=", "<4>*Nov 30 11:34:21: host program: text", "<4> Nov  1 11:34:21 fe80::1 program: x", "firewall,info A| forward: in:bridge", "Nov 30 11:34:21 kernel: text", "1 2026-11-30T11:34:21Z host program - - - text", "<4>", "", "\ufeff<4>Nov 30 11:34:21 host program: text", " \ufeff",
}

// readsAlike holds that what was read before changes nothing.
func readsAlike(t *testing.T, before, line string) {
	t.Helper()
	var r Reader
	var got Header
	for _, b := range [...]string{before, line, before, line} {
		r.Parse(&got, b)
		if want := Parse(b); got != want {
			t.Fatalf("%q behind %q: %+v, not %+v", b, before, got, want)
		}
	}
}

// Lines that begin like others are read as if they came first, wherever they begin to differ.
func TestReader(t *testing.T) {
	tails := [...]string{"", " ", ":", "x", " x", ": x", "x: y", " User a", " port: 1", " packet x", "1] y: z", "]: z", "[1]: z", "UTC x", " UTC x", " 2026 x", ".5 x", "\"] x", " kern.warn x: y", " - - - x", "\x00", "=x", "kernel: [1.5] x", " [2.5] x"}
	for _, before := range begins {
		for _, line := range begins {
			readsAlike(t, before, line)
		}
		for cut := range len(before) + 1 {
			for _, tail := range tails {
				readsAlike(t, before, before[:cut]+tail)
				readsAlike(t, before[:cut]+tail, before)
				readsAlike(t, before[:cut]+tail, before[:cut]+before[min(cut+1, len(before)):])
			}
		}
	}
}

// What was read is remembered, and more than is remembered is read, too.
func TestReaderRemembers(t *testing.T) {
	var r Reader
	var h Header
	for range 2 {
		for _, line := range begins {
			r.Parse(&h, line)
			if want := Parse(line); h != want {
				t.Errorf("%q: %+v, not %+v", line, h, want)
			}
		}
	}
	const line = "<4>Nov 30 11:34:21 host kernel: "
	r.Parse(&h, line+"first")
	next := r.next
	r.Parse(&h, line+"second")
	if r.next != next || h.Message != "second" || h.Text != "kernel: second" {
		t.Errorf("read as if it were new: %+v", h)
	}
}

func FuzzReader(f *testing.F) {
	for i, line := range begins {
		f.Add(line, begins[(i+1)%len(begins)])
	}
	f.Fuzz(func(t *testing.T, before, line string) {
		readsAlike(t, before, line)
		for cut := range min(len(before), 120) {
			readsAlike(t, before, before[:cut]+line)
		}
	})
}
