package doctor

import (
	"context"
	"os/exec"
	"time"
)

// firewallWithin bounds what a firewall is asked: some wait for a bus that is not there.
const firewallWithin = 5 * time.Second

// Firewalls says what the usual firewalls of this system may have against UDP on some
// ports, as far as anyone may ask them, and what lets it in. None: no firewall is
// known to be on.
func Firewalls(ctx context.Context, ports ...uint16) []Finding {
	ctx, cancel := context.WithTimeout(ctx, firewallWithin)
	defer cancel()
	return firewalls(ctx, ports)
}

// says runs a program and gives what it says; false: it failed, or is not there.
func says(ctx context.Context, program string, args ...string) (string, bool) {
	cmd := exec.CommandContext(ctx, program, args...)
	quiet(cmd)
	out, err := cmd.Output()
	return string(out), err == nil
}
