package services

import (
	"fmt"
	"strings"
	"testing"

	"linklog/capture"
)

// TestUsual holds that every line of our own table is read and says something, and that the
// system's file comes before it, and IANA's names behind.
func TestUsual(t *testing.T) {
	system, err := Read(strings.NewReader("mine 8883/tcp\n"))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(usual) {
		if line[0] == '#' || line == "\n" {
			continue
		}
		lines++
		var ports, letters, name string
		if _, err := fmt.Sscan(line, &ports, &letters, &name); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		first, last, isRange := strings.Cut(ports, "-")
		var from, to uint16
		if _, err := fmt.Sscan(first, &from); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if to = from; isRange {
			if _, err := fmt.Sscan(last, &to); err != nil || to <= from || to-from > 40 {
				t.Fatalf("line %q: a range of up to 40 ports would be one", line)
			}
		}
		news := false
		for port := from; port <= to; port++ {
			for _, letter := range letters {
				proto, ok := map[rune]capture.Protocol{'t': capture.TCP, 'u': capture.UDP}[letter]
				if !ok {
					t.Fatalf("line %q: transport %c", line, letter)
				}
				news = news || system.Name(port, proto) == name
			}
		}
		if !news && name != "mqtt-tls" {
			t.Errorf("line %q says nothing that is not said before", line)
		}
	}
	if lines < 300 {
		t.Errorf("only %d lines", lines)
	}
	for _, c := range []struct {
		port  uint16
		proto capture.Protocol
		want  string
	}{
		{8883, capture.TCP, "mine"}, {8883, capture.UDP, "secure-mqtt"}, {5223, capture.TCP, "apple-push"}, {5228, capture.TCP, "google-push"},
		{51820, capture.UDP, "wireguard"}, {51820, capture.TCP, ""}, {3478, capture.UDP, "stun"}, {443, capture.TCP, "https"}, {3424, capture.TCP, "xtrms"},
	} {
		if got := system.Name(c.port, c.proto); got != c.want {
			t.Errorf("%d/%v: %q, want %q", c.port, c.proto, got, c.want)
		}
	}
}

// The port of a client has no name by chance.
func TestClient(t *testing.T) {
	system, err := Read(strings.NewReader("mine 8883/tcp\nshared 5000/tcp\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		port  uint16
		proto capture.Protocol
		want  string
	}{
		{3424, capture.TCP, ""}, {51820, capture.UDP, ""}, {8883, capture.TCP, "mine"}, {8883, capture.UDP, ""}, {8883, 0, ""},
		{123, capture.UDP, "ntp"}, {443, capture.TCP, "https"}, {0, capture.TCP, ""}, {65535, capture.UDP, ""}, {123, capture.ICMP, ""},
	} {
		if got := system.Client(c.port, c.proto); got != c.want {
			t.Errorf("%d/%v: %q, want %q", c.port, c.proto, got, c.want)
		}
	}
	if got := IANA().Client(3424, capture.TCP); got != "" {
		t.Errorf("IANA alone: 3424/TCP is %q", got)
	}
	var none *Table
	if got := none.Client(123, capture.UDP); got != "" {
		t.Errorf("%q", got)
	}
}
