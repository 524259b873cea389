package doctor

import (
	"strings"
	"testing"
)

// A rule that was made for other ports is said, with what to type.
func TestFirewallRuleLacksPort(t *testing.T) {
	const english = "\r\nRule Name:                            LinkLog (SNMP traps)\r\n----------------------------------------------------------------------\r\n" +
		"Enabled:                              Yes\r\nDirection:                            In\r\nProfiles:                             Domain,Private\r\nGrouping:                             \r\n" +
		"LocalIP:                              Any\r\nRemoteIP:                             LocalSubnet\r\nProtocol:                             UDP\r\n" +
		"LocalPort:                            162,514\r\nRemotePort:                           Any\r\nEdge traversal:                       No\r\nAction:                               Allow\r\nOk.\r\n\r\n"
	german := strings.NewReplacer("LocalPort: ", "Lokaler Port: ", "Any", "Beliebig", "162,514", "162,9000-9200").Replace(english)
	for _, test := range []struct {
		name, rules string
		ports       []uint16
		want        string // the ports of the command; "": nothing is said
	}{
		{"all are in it", english, []uint16{162, 514}, ""},
		{"one lacks", english, []uint16{162, 514, 9514}, "9514"},
		{"two lack", english, []uint16{9162, 9514, 162}, "9162,9514"},
		{"in German, with a range", german, []uint16{162, 9162, 514}, "514"},
		{"a second rule has it", english + german, []uint16{162, 514, 9162}, ""},
		{"a rule for all ports", strings.Replace(english, "162,514", "Any", 1), []uint16{162, 514}, ""},
	} {
		found := lacks(test.rules, test.ports)
		if test.want == "" {
			if len(found) > 0 {
				t.Errorf("%s: %q", test.name, found[0].Type)
			}
			continue
		}
		if want := `netsh advfirewall firewall add rule name="LinkLog (SNMP traps)" dir=in action=allow protocol=UDP localport=` + test.want + " remoteip=LocalSubnet profile=private,domain"; len(found) != 1 || found[0].Type != want {
			t.Errorf("%s: %+v", test.name, found)
		}
	}
}
