package router

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// besidePort is where linklog alone listens, as the service has the usual ports.
const besidePort = 9514

// TestHousehold is of two devices that ask for different names of the same address, and of
// IPv6 addresses that come and go, as devices use them for privacy or as the router gives
// them. The service, and linklog alone beside it, show each connection once, by whose it is
// and what this device asked for.
func TestHousehold(t *testing.T) {
	b := build(t, logPort, "enable-ra", "dhcp-range=2001:db8:50::1000,2001:db8:50::1fff,slaac,64,1h")
	program := linklog(t)
	service := serve(b, program, "")
	beside := b.start("own", program, "--port", strconv.Itoa(besidePort), "--run-as=root", "--quiet", "--template", template, "--log-file", b.path("beside.log"))
	b.logBy("busybox", "syslogd", "-n", "-R", net.JoinHostPort(ownIP, strconv.Itoa(logPort)), "-R", net.JoinHostPort(ownIP, strconv.Itoa(besidePort)), "-L", "-O", b.path("messages"))

	var want []string
	// connects has a device get a page from an address, and says what is to be shown of it.
	connects := func(ns, name string, from netip.Addr, host, to string, port uint16) {
		t.Helper()
		at := netip.AddrPortFrom(addr(to), port)
		b.fetch(ns, "http://"+at.String()+"/")
		want = append(want, fmt.Sprintf("out allowed %s %v -> %s %s %d", name, from, host, to, port))
	}
	b.lease("device", "tv-living", "")
	b.lease("guest", "tablet", "")
	tv, tablet := addr(b.address("device")), addr(b.address("guest"))
	b.ask("device", "www.shop.example")
	b.ask("guest", "www.example.com")
	connects("device", "tv-living", tv, "www.shop.example", hostIP, 80)
	connects("guest", "tablet", tablet, "www.example.com", hostIP, 80)
	b.ask("guest", "www.shop.example")
	b.ask("device", "www.example.com")
	connects("guest", "tablet", tablet, "www.shop.example", hostIP, 443)
	connects("device", "tv-living", tv, "www.example.com", hostIP, 443)

	if err := b.set("device", "ipv6/conf/eth0/use_tempaddr", "2"); err != nil {
		t.Fatal(err)
	}
	first := b.private("device")
	connects("device", "tv-living", first, "www.example.com", hostIPv6, 8080)
	second := b.private("device")
	connects("device", "tv-living", second, "www.example.com", hostIPv6, 8080)
	if first == second {
		t.Fatalf("the device keeps %v", first)
	}
	if given, ok := b.leaseIPv6("guest", "tablet"); ok {
		b.ask("guest", "www.example.com")
		connects("guest", "tablet", given, "www.example.com", hostIPv6, 8080)
	}

	b.showsAll(service, want)
	devices, err := service.Devices(t.Context())
	if err != nil || len(devices) != 2 {
		t.Fatalf("%+v, %v", devices, err)
	}
	attempts := map[string]int64{}
	for _, d := range devices {
		attempts[d.Name+" "+d.MAC] = int64(d.Out)
	}
	tvs, tablets := 0, 0
	for _, line := range want {
		if strings.Contains(line, " tablet ") {
			tablets++
		} else {
			tvs++
		}
	}
	if tv := "tv-living " + b.mac("device"); attempts[tv] != int64(tvs) {
		t.Errorf("%s: %d of %d", tv, attempts[tv], tvs)
	}
	if tablet := "tablet " + b.mac("guest"); attempts[tablet] != int64(tablets) {
		t.Errorf("%s: %d of %d", tablet, attempts[tablet], tablets)
	}

	count := map[string]int{}
	b.eventually("linklog alone shows the last connection", func() bool {
		clear(count)
		file, err := os.Open(b.path("beside.log"))
		if err != nil {
			return false
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); {
			count[lines.Text()]++
		}
		return count[want[len(want)-1]] > 0
	})
	b.each(count, want)
	end(beside)
	if state := beside.ProcessState; !state.Success() {
		t.Errorf("linklog alone: %v", state)
	}
}

// private has a device give itself a new IPv6 address, which tells nothing about its
// hardware.
func (b *box) private(ns string) netip.Addr {
	b.t.Helper()
	before := b.addresses(ns, "-6", "temporary")
	b.must(ns, "ip", "link", "set", "eth0", "down")
	b.must(ns, "ip", "link", "set", "eth0", "up")
	var now []netip.Addr
	b.eventually("the device has a new private address", func() bool {
		now = slices.DeleteFunc(b.addresses(ns, "-6", "temporary", "-tentative"), func(a netip.Addr) bool { return slices.Contains(before, a) })
		return len(now) == 1
	})
	return now[0]
}

// leaseIPv6 lets a device ask for an IPv6 address; ok is false where there is no program
// for that.
func (b *box) leaseIPv6(ns, name string) (given netip.Addr, ok bool) {
	b.t.Helper()
	root, ok := unpacked("isc-dhcp-client", "sbin/dhclient")
	if !ok {
		b.t.Log("isc-dhcp-client is not here: addresses given by DHCPv6 are not tried (scripts/setup test fetches it, on Debian and Ubuntu)")
		return given, false
	}
	// Without an address of its own making it uses the one it is given.
	if err := b.set(ns, "ipv6/conf/eth0/autoconf", "0"); err != nil {
		b.t.Fatal(err)
	}
	b.must(ns, "ip", "-6", "addr", "flush", "dev", "eth0", "scope", "global")
	for name, text := range map[string]string{
		"lease6.conf": fmt.Sprintf("send fqdn.fqdn %q;\nsend fqdn.server-update on;\n", name+"."),
		"lease6.sh": `#!/bin/sh
case $reason in BOUND6 | RENEW6 | REBIND6) ip -6 addr replace "$new_ip6_address/64" dev "$interface" nodad ;; esac
`,
	} {
		if err := os.WriteFile(b.path(name), []byte(text), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	b.must(ns, filepath.Join(root, "sbin/dhclient"), "-6", "-1", "-cf", b.path("lease6.conf"), "-sf", b.path("lease6.sh"), "-lf", b.path("leases6"), "-pf", b.path("dhclient.pid"), "eth0")
	b.t.Cleanup(func() { _, _ = b.run(ns, "sh", "-c", "kill $(cat "+b.path("dhclient.pid")+")") }) // it stays, to renew it
	found := b.addresses(ns, "-6")
	if len(found) != 1 {
		b.t.Fatalf("%s is given %v", ns, found)
	}
	return found[0], true
}
