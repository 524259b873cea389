package router

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// lease lets a device ask for an address, as a host of that name; address is one that
// it would like, "" for any.
func (b *box) lease(ns, name, address string) {
	b.t.Helper()
	args := []string{"busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "20", "-T", "2", "-s", b.path("lease.sh"), "-x", "hostname:" + name}
	if address != "" {
		args = append(args, "-r", address)
	}
	b.must(ns, args...)
}

// fix has the router forget who has which address, and give a device a certain one.
func (b *box) fix(ns, address string) {
	b.t.Helper()
	end(b.dns)
	if err := os.Remove(b.path("leases")); err != nil {
		b.t.Fatal(err)
	}
	b.dns = b.start("router", "dnsmasq", "--keep-in-foreground", "--conf-file="+b.path("dnsmasq.conf"), "--dhcp-host="+b.mac(ns)+","+address)
}

// address is a device's in the home network, and mac that of its hardware.
func (b *box) address(ns string) string {
	b.t.Helper()
	found := b.addresses(ns, "-4")
	if len(found) != 1 {
		b.t.Fatalf("%s has the addresses %v", ns, found)
	}
	return found[0].String()
}

// addresses are those that a device can be reached at, of those that ip shows with
// certain options.
func (b *box) addresses(ns, family string, options ...string) (found []netip.Addr) {
	b.t.Helper()
	out, err := b.run(ns, append([]string{"ip", family, "-o", "addr", "show", "dev", "eth0", "scope", "global"}, options...)...)
	if err != nil {
		b.t.Fatalf("%s: %v: %s", ns, err, out)
	}
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) > 3 {
			prefix, err := netip.ParsePrefix(fields[3])
			if err != nil {
				b.t.Fatal(err)
			}
			found = append(found, prefix.Addr())
		}
	}
	return found
}

func (b *box) mac(ns string) string {
	b.t.Helper()
	out, err := b.run(ns, "cat", "/sys/class/net/eth0/address")
	if err != nil {
		b.t.Fatal(err, out)
	}
	return strings.TrimSpace(out)
}

// Variables by which this program, started once more in a namespace, is told what to do
// there: get a page, within a time, or ask DNS for a name.
const (
	visiting = "LINKLOG_ROUTER_VISIT"
	within   = "LINKLOG_ROUTER_WITHIN"
	asking   = "LINKLOG_ROUTER_ASK"
)

func TestMain(m *testing.M) {
	var err error
	switch url, name := os.Getenv(visiting), os.Getenv(asking); {
	case url != "":
		var d time.Duration
		if d, err = time.ParseDuration(os.Getenv(within)); err != nil {
			break
		}
		var answer *http.Response
		if answer, err = (&http.Client{Timeout: d}).Get(url); err == nil {
			answer.Body.Close()
		}
	case name != "":
		_, err = net.DefaultResolver.LookupIPAddr(context.Background(), name)
	default:
		failed := m.Run()
		if built.remove != nil {
			built.remove()
		}
		os.Exit(failed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// again starts this program once more, in a namespace.
func (b *box) again(ns string, variables ...string) error {
	cmd := b.in(ns, os.Args[0])
	cmd.Env = append(append(os.Environ(), "GODEBUG=netdns=go"), variables...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %v: %w: %s", ns, variables, err, out)
	}
	return nil
}

// fetch gets a page on a device.
func (b *box) fetch(ns, url string) {
	b.t.Helper()
	if err := b.again(ns, visiting+"="+url, within+"=30s"); err != nil {
		b.t.Fatal(err)
	}
}

// ask lets a device ask DNS for a host, and not connect to it.
func (b *box) ask(ns, host string) {
	b.t.Helper()
	if err := b.again(ns, asking+"="+host); err != nil {
		b.t.Fatal(err)
	}
}

// knock tries to connect where it is refused, or not answered.
func (b *box) knock(ns, address string, port int) {
	b.t.Helper()
	url := "http://" + netip.AddrPortFrom(addr(address), uint16(port)).String() + "/"
	if err := b.again(ns, visiting+"="+url, within+"=2s"); err == nil {
		b.t.Fatalf("%s may connect to %s, port %d", ns, address, port)
	}
}
