package faults

import (
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAddressGone takes the address that the service listens on away from the
// machine, as a network cable or a lost lease does, and gives it back: the service
// runs on, tells it, and receives again. It does so in a network of its own.
func TestAddressGone(t *testing.T) {
	t.Parallel()
	// This thread, and what is started from it, leaves the network of the others.
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Skip(err)
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		t.Skip("no network of its own can be had here: ", err)
	}
	t.Cleanup(func() {
		if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil { // else the thread ends with the test
			runtime.UnlockOSThread()
		}
		home.Close()
	})
	const address = "198.51.100.77" // for documentation (RFC 5737)
	ip := func(args string) {
		t.Helper()
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Skipf("ip %s: %v: %s", args, err, out)
		}
	}
	ip("link set lo up")
	ip("link add v0 type veth peer name v1")
	ip("link set v1 up")
	ip("link set v0 up")
	ip("address add " + address + "/24 dev v0")

	d := serve(t, setup{settings: "[names]\ndns = false\n[listen]\naddress = \"" + address + "\"\n"})
	to := netip.AddrPortFrom(netip.MustParseAddr(address), uint16(d.port)).String()
	const n = 100
	sendNumbered(t, to, 0, n, 0)
	d.await(t, n-1)
	for round, fault := range []struct{ gone, back string }{
		{"address del " + address + "/24 dev v0", "address add " + address + "/24 dev v0"},
		{"link set v0 down", "link set v0 up"},
		{"link del v0", ""},
	} {
		before := len(account(t, d.events(t)).gaps)
		ip(fault.gone)
		eventually(t, "the status tells it", func() bool { return strings.Contains(d.trouble(t, "address"), address) })
		if out, code := d.linklog(t, "status"); code != 1 || !strings.Contains(out, "does not have the address "+address) {
			t.Errorf("status: %d, %s", code, out)
		}
		if fault.back == "" { // another interface, as of another network adapter
			ip("link add v2 type veth peer name v3")
			ip("link set v2 up")
			fault.back = "address add " + address + "/24 dev v2"
		}
		ip(fault.back)
		eventually(t, "it is over", func() bool { return d.trouble(t, "address") == "" })
		sendNumbered(t, to, (round+1)*n, n, 0)
		d.await(t, (round+2)*n-1)
		var l *ledger
		eventually(t, "a gap tells it", func() bool {
			l = account(t, d.events(t))
			return len(l.gaps) == before+1 && strings.Contains(l.gaps[before], address)
		})
		if missing := l.missing(0, (round+2)*n); missing > 0 || l.doubled > 0 {
			t.Errorf("%s: %d missing, %d doubled", fault.gone, missing, l.doubled)
		}
	}
}
