package capture

import "testing"

func TestVerdictOf(t *testing.T) {
	for text, want := range map[string]Verdict{
		"DROP": Blocked, "reject wan in: ": Blocked, "[UFW BLOCK] ": Blocked, "ACCEPT forward: ": Allowed, "ACCESS FORWARD": Allowed, "FORWARD": Allowed,
		// The chain forward, where OpenWrt's firewall logs what it does not let through.
		"reject wan forward: ": Blocked, "FORWARD DROP": Blocked, "drop lan forward: ": Blocked,
		"": 0, "LinkLog-out": 0, "allow or deny": 0, "deny, then allow": 0, "forwarder": 0,
	} {
		if got := VerdictOf(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
