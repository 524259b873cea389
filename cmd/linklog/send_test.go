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
