package main

import (
	"strings"
	"testing"
)

// TestSendPort: without a port messages go to where they usually do; of several kinds traps
// decide, then system logs.
func TestSendPort(t *testing.T) {
	for forms, want := range map[string]uint16{"new": 162, "asus": 514, "netflow5": 2055, "netflow9,ipfix": 2055, "ipfix,asus": 514, "ipfix,asus,old": 162} {
		o := sendOptions{forms: strings.Split(forms, ",")}
		if err := o.parseForms(); err != nil || o.port() != want {
			t.Errorf("%s: %d, %v, want %d", forms, o.port(), err, want)
		}
	}
}

// TestInstead proposes ports that differ from each other.
func TestInstead(t *testing.T) {
	for _, test := range []struct {
		ports []uint16
		taken uint16
		want  string
	}{
		{[]uint16{162, 514}, 162, "9162,9514"},
		{[]uint16{162, 514}, 514, "162,9514"},
		{[]uint16{162, 514, 2055}, 162, "9162,9514,2055"},
		{[]uint16{162, 514, 2055}, 2055, "162,514,2056"},
		{[]uint16{514, 9514}, 514, "9515,9514"},
		{[]uint16{9514, 514}, 9514, "9515,514"},
		{[]uint16{162, 514, 9162, 9514}, 162, "9163,9515,9162,9514"},
		{[]uint16{162, 9162, 9163}, 9162, "162,9164,9163"},
		{[]uint16{5000, 9162}, 5000, "9163,9162"},
		{[]uint16{7000, 9162}, 9162, "7000,9163"},
	} {
		if got := instead(test.ports, test.taken); got != test.want {
			t.Errorf("%v, %d taken: %s, want %s", test.ports, test.taken, got, test.want)
		}
	}
}
