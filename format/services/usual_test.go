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
	iana := IANA()
	lines, sourced := 0, false
	for line := range strings.Lines(usual) {
		if line[0] == '#' || line == "\n" || line[0] == '=' {
			sourced = sourced && line[0] != '=' || line[0] == '#'
			continue
		}
		if !sourced {
			t.Errorf("line %q has no source above it", line)
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
			if _, err := fmt.Sscan(last, &to); err != nil || to <= from || to-from > 100 {
				t.Fatalf("line %q: a range of up to 100 ports would be one", line)
			}
		}
		news := false
		for port := from; port <= to; port++ {
			for _, letter := range letters {
				proto, ok := map[rune]capture.Protocol{'t': capture.TCP, 'u': capture.UDP}[letter]
				if !ok {
					t.Fatalf("line %q: transport %c", line, letter)
				}
				news = news || name == nameless || system.Name(port, proto) == name && iana.Name(port, proto) != name
				if system.Category(port, proto) == "" {
					t.Errorf("line %q: no category", line)
				}
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

// Services are counted by what they are for, whatever they are called.
func TestCategory(t *testing.T) {
	tab := Default()
	for _, c := range []struct {
		port  uint16
		proto capture.Protocol
		want  string
	}{
		{443, capture.TCP, "web"}, {443, capture.UDP, "web"}, {443, 0, "web"}, {53, capture.UDP, "names and time"}, {993, capture.TCP, "mail"}, {5223, capture.TCP, "messages and push"},
		{7000, capture.TCP, "television and music"}, {7000, capture.UDP, "smart home"}, {7000, 0, ""}, {51820, capture.UDP, "tunnels"}, {51820, 0, "tunnels"}, {51820, capture.TCP, ""},
		{443, capture.ICMP, ""}, {0, 0, ""}, {65535, capture.TCP, ""}, {443, capture.SCTP, ""},
	} {
		if got := tab.Category(c.port, c.proto); got != c.want {
			t.Errorf("%d/%v: %q, want %q", c.port, c.proto, got, c.want)
		}
	}
	if got := (*Table)(nil).Category(443, capture.TCP); got != "" {
		t.Errorf("no table: %q", got)
	}
}

// Categories says of every port and protocol what Category says.
func TestCategories(t *testing.T) {
	table := Default()
	type at struct {
		port  uint16
		proto capture.Protocol
	}
	found := make(map[at]string)
	last := ""
	for category, ports := range table.Categories() {
		if category <= last {
			t.Errorf("%q comes after %q", category, last)
		}
		last = category
		for port, proto := range ports {
			if other, twice := found[at{port, proto}]; twice {
				t.Errorf("%d/%d is of %s and of %s", port, proto, other, category)
			}
			found[at{port, proto}] = category
		}
	}
	if len(found) < 500 {
		t.Errorf("%d ports", len(found))
	}
	for _, proto := range []capture.Protocol{0, capture.ICMP, capture.TCP, capture.UDP, capture.SCTP, dccp} {
		for port := range 1 << 16 {
			if got, want := found[at{uint16(port), proto}], table.Category(uint16(port), proto); got != want {
				t.Errorf("%d/%d: %q, want %q", port, proto, got, want)
			}
		}
	}
	for range (*Table)(nil).Categories() {
		t.Error("no table has categories")
	}
}
