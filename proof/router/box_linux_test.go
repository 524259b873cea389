package router

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linklog/proof/real"
	"linklog/service/guide"
)

// Addresses in the box. The pool of the router's DHCP server lies within its home network.
const (
	routerIP  = "192.168.50.1"
	ownIP     = "192.168.50.2" // this computer, which the router's log is sent to
	outsideIP = "198.51.100.7" // the router's own on the internet
	hostIP    = "203.0.113.9"  // www.example.com and, by way of an alias, www.shop.example
	hostIPv6  = "2001:db8:9::9"
	otherIP   = "203.0.113.10" // another address of the same computer, without a name
)

// box is the router with what is around it. It ends with the test.
type box struct {
	t   *testing.T
	dir string
	tag string // of the names of its namespaces

	dns *exec.Cmd   // dnsmasq on the router
	log []*exec.Cmd // what sends its log
}

// build builds a box, or skips the test and says why. logPort is where the router sends
// its log, at ownIP.
func build(t *testing.T, logPort int, options ...string) *box {
	t.Helper()
	if testing.Short() {
		t.Skip("a router in a box takes half a minute, in programs that the race detector does not see: not tried")
	}
	if os.Geteuid() != 0 {
		t.Skip("a router in a box needs root: not tried")
	}
	for _, name := range []string{"ip", "nft", "busybox", "dnsmasq"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed: not tried (scripts/setup test installs it)", name)
		}
	}
	b := &box{t: t, dir: t.TempDir(), tag: fmt.Sprintf("linklog%d", os.Getpid())}
	b.alone()
	b.logOfNamespaces()
	b.wire()
	b.files(options)
	b.rules()
	b.internet()
	b.logDaemons(logPort)
	b.dns = b.start("router", "dnsmasq", "--keep-in-foreground", "--conf-file="+b.path("dnsmasq.conf"))
	b.skipKernelLog(logPort)
	return b
}

func (b *box) path(name string) string { return filepath.Join(b.dir, name) }

// alone waits until no other test has a box: there is one kernel log, and who reads it
// takes it from others.
func (b *box) alone() {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "linklog-box.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { lock.Close() })
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		b.t.Fatal(err)
	}
	open, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil && to == "/proc/kmsg" {
			b.t.Skipf("another program reads the kernel's log (%s): not tried", fd)
		}
	}
}

// logOfNamespaces lets the kernel log packets of namespaces, as long as the test lasts.
func (b *box) logOfNamespaces() {
	const file = "/proc/sys/net/netfilter/nf_log_all_netns"
	before, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte("1"), 0o644)
	}
	if err != nil {
		b.t.Skipf("this kernel does not log the packets of namespaces: not tried (%v)", err)
	}
	b.t.Cleanup(func() { _ = os.WriteFile(file, before, 0o644) })
}

func (b *box) ns(name string) string { return b.tag + "-" + name }

// in makes a command that runs in a namespace, with the box' name server and, on the
// router, a /dev/log of its own.
func (b *box) in(ns string, args ...string) *exec.Cmd {
	script := `set -e
cd "$0"
mount --bind resolv.conf /etc/resolv.conf
`
	if ns == "router" {
		script += `for node in null zero random urandom kmsg; do mount --bind /dev/$node dev/$node; done
mount --rbind dev /dev
`
	}
	args = append([]string{"netns", "exec", b.ns(ns), "sh", "-c", script + `exec "$@"`, b.dir}, args...)
	cmd := exec.Command("ip", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run runs a command in a namespace to its end.
func (b *box) run(ns string, args ...string) (out string, err error) {
	text, err := b.in(ns, args...).CombinedOutput()
	return string(text), err
}

func (b *box) must(ns string, args ...string) {
	b.t.Helper()
	if out, err := b.run(ns, args...); err != nil {
		b.t.Fatalf("%s: %v: %v: %s", ns, args, err, out)
	}
}

// start starts a program in a namespace; it ends with the test.
func (b *box) start(ns string, args ...string) *exec.Cmd {
	b.t.Helper()
	return b.begin(b.in(ns, args...))
}

func (b *box) begin(cmd *exec.Cmd) *exec.Cmd {
	b.t.Helper()
	var said real.Output
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		end(cmd)
		if b.t.Failed() && said.String() != "" {
			text := said.String()
			b.t.Logf("%v said: %s", cmd.Args, text[:min(len(text), 4000)])
		}
	})
	return cmd
}

// end ends a program and waits for it; once more does nothing.
func end(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
}

// wire makes the namespaces and the lines between them.
func (b *box) wire() {
	ip := func(line string) {
		b.t.Helper()
		line = strings.NewReplacer("@", b.tag+"-").Replace(line)
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			b.t.Fatalf("ip %s: %v: %s", line, err, out)
		}
	}
	for _, ns := range []string{"device", "guest", "own", "router", "internet"} {
		name := b.ns(ns)
		b.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
		ip("netns add " + name)
		ip("-n " + name + " link set lo up")
	}
	ip("link add lan1 netns @router type veth peer name eth0 netns @device")
	ip("link add lan2 netns @router type veth peer name eth0 netns @own")
	ip("link add lan3 netns @router type veth peer name eth0 netns @guest")
	ip("link add eth0 netns @router type veth peer name eth0 netns @internet")
	ip("-n @router link add br-lan type bridge")
	for _, port := range []string{"lan1", "lan2", "lan3"} {
		ip("-n @router link set " + port + " master br-lan up")
	}
	for _, line := range []string{
		"-n @router addr add " + routerIP + "/24 dev br-lan",
		"-n @router addr add 2001:db8:50::1/64 dev br-lan nodad",
		"-n @router addr add " + outsideIP + "/24 dev eth0",
		"-n @router addr add 2001:db8:8::7/64 dev eth0 nodad",
		"-n @router link set br-lan up",
		"-n @router link set eth0 up",
		"-n @router route add default via 198.51.100.1",
		"-n @router -6 route add default via 2001:db8:8::1",
		"-n @own addr add " + ownIP + "/24 dev eth0",
		"-n @own link set eth0 up",
		"-n @own route add default via " + routerIP,
		"-n @device link set eth0 up",
		"-n @guest link set eth0 up",
		"-n @internet addr add 198.51.100.1/24 dev eth0",
		"-n @internet addr add 2001:db8:8::1/64 dev eth0 nodad",
		"-n @internet addr add " + hostIP + "/32 dev lo",
		"-n @internet addr add " + otherIP + "/32 dev lo",
		"-n @internet addr add " + hostIPv6 + "/128 dev lo nodad",
		"-n @internet link set eth0 up",
		"-n @internet -6 route add 2001:db8:50::/64 via 2001:db8:8::7",
	} {
		ip(line)
	}
	// Where a kernel shows bridged packets to the rules, broadcasts at home would be logged.
	for _, file := range []string{"bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"} {
		_ = b.set("router", file, "0")
	}
	for _, file := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if err := b.set("router", file, "1"); err != nil {
			b.t.Fatal(err)
		}
	}
}

// set sets a switch of the kernel, a file below /proc/sys/net, in a namespace.
func (b *box) set(ns, file, to string) error {
	if out, err := exec.Command("ip", "netns", "exec", b.ns(ns), "sh", "-c", `echo "$1" > "/proc/sys/net/$0"`, file, to).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %s: %w: %s", ns, file, err, out)
	}
	return nil
}

// files writes what the programs in the box are told.
func (b *box) files(options []string) {
	for name, text := range map[string]string{
		"resolv.conf": "nameserver " + routerIP + "\n",
		"dnsmasq.conf": strings.Join(append([]string{
			"user=root", "interface=br-lan", "bind-interfaces", "no-resolv", "no-hosts", "server=198.51.100.1",
			"dhcp-authoritative", "dhcp-range=192.168.50.100,192.168.50.199,1h", "dhcp-leasefile=" + b.path("leases"),
			"domain=lan", "log-queries", "pid-file=" + b.path("dnsmasq.pid"),
		}, options...), "\n") + "\n",
		"internet.conf": strings.Join([]string{
			"user=root", "interface=eth0", "bind-interfaces", "no-resolv", "no-hosts", "pid-file=" + b.path("internet.pid"),
			"host-record=www.example.com," + hostIP + "," + hostIPv6, "host-record=edge7.cdn.example," + hostIP,
			"cname=www.shop.example,edge7.cdn.example",
			"local=/example/", "local=/example.com/", "local=/in-addr.arpa/",
		}, "\n") + "\n",
		// As busybox' udhcpc wants it: it calls this script with what it was given.
		"lease.sh": `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface" scope global
ip addr add "$ip/24" dev "$interface"
ip route replace default via "$router"
`,
	} {
		if err := os.WriteFile(b.path(name), []byte(text), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := os.Mkdir(b.path("dev"), 0o755); err != nil {
		b.t.Fatal(err)
	}
	for _, node := range []string{"null", "zero", "random", "urandom", "kmsg"} {
		if err := os.WriteFile(b.path("dev/"+node), nil, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}

// rules are the router's: what begins inside may go out but for mail, what comes from
// outside may not come in, and each is logged once, what is allowed by the chain that linklog
// setup has users of OpenWrt add.
func (b *box) rules() {
	text := `
table inet linklog {
` + addedChain(b.t) + `
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		iifname "br-lan" tcp dport 25 log prefix "REJECT mail " reject
		iifname "br-lan" ct state new accept
		iifname "eth0" log prefix "DROP " drop
	}
	chain input {
		type filter hook input priority 0; policy accept;
		ct state established,related accept
		iifname "eth0" meta l4proto { tcp, udp } log prefix "DROP " drop
	}
	chain postrouting {
		type nat hook postrouting priority 100;
		oifname "eth0" meta nfproto ipv4 masquerade
	}
}
`
	if err := os.WriteFile(b.path("rules.nft"), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
	if out, err := b.run("router", "nft", "-f", b.path("rules.nft")); err != nil {
		b.t.Skipf("netfilter's rules cannot be set here: not tried (%v: %s)", err, out)
	}
}

// addedChain is what linklog setup writes into a file of OpenWrt's firewall.
func addedChain(t *testing.T) string {
	openwrt, _ := guide.Find("openwrt")
	for _, s := range openwrt.Guide("192.168.50.1", 514, 2055).Steps {
		if command, _, ok := strings.Cut(s.Type, "' > /etc/nftables.d/"); ok {
			return strings.TrimPrefix(command, "echo '")
		}
	}
	t.Fatal("no such step")
	return ""
}

// large is a page of largeSize bytes.
const (
	large     = "/large"
	largeSize = 20 << 20
)

// internet starts what is out there: a name server, and a web server.
func (b *box) internet() {
	b.start("internet", "dnsmasq", "--keep-in-foreground", "--conf-file="+b.path("internet.conf"))
	for _, at := range []string{"0.0.0.0:80", "0.0.0.0:443", "[::]:8080"} {
		var listener net.Listener
		b.inside("internet", func() (err error) {
			listener, err = net.Listen("tcp", at)
			return err
		})
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == large {
				part := make([]byte, largeSize/320)
				for range 320 { // as by a line of 150 Mbit/s, so that who counts packets comes by
					_, _ = w.Write(part)
					time.Sleep(3 * time.Millisecond)
				}
				return
			}
			fmt.Fprintln(w, "hello")
		}), ReadHeaderTimeout: 10 * time.Second}
		go func() { _ = server.Serve(listener) }()
		b.t.Cleanup(func() { server.Close() })
	}
}

// inside calls f in a namespace; a socket made there stays there.
func (b *box) inside(ns string, f func() error) {
	b.t.Helper()
	err := func() error {
		// The thread comes back: its end would be that of the programs that it started.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		back, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(back)
		to, err := unix.Open("/run/netns/"+b.ns(ns), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(to)
		if err := unix.Setns(to, unix.CLONE_NEWNET); err != nil {
			return err
		}
		defer func() {
			if err := unix.Setns(back, unix.CLONE_NEWNET); err != nil {
				panic(err)
			}
		}()
		return f()
	}()
	if err != nil {
		b.t.Fatalf("%s: %v", ns, err)
	}
}

// logDaemons starts syslogd and klogd as ASUS' firmware has them.
func (b *box) logDaemons(logPort int) {
	b.logBy("busybox", "syslogd", "-n", "-R", net.JoinHostPort(ownIP, strconv.Itoa(logPort)), "-L", "-O", b.path("messages"))
}

// logBy has the router send its log by another program, which takes it from /dev/log.
func (b *box) logBy(args ...string) {
	b.t.Helper()
	b.relay(b.in("router", args...))
}

// relay is logBy for a command that is made already.
func (b *box) relay(cmd *exec.Cmd) {
	b.t.Helper()
	for _, before := range b.log {
		end(before)
	}
	_ = os.Remove(b.path("dev/log"))
	b.log = []*exec.Cmd{b.begin(cmd)}
	b.eventually("the router's log is read", func() bool {
		conn, err := net.Dial("unixgram", b.path("dev/log"))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	b.log = append(b.log, b.start("router", "busybox", "klogd", "-n"))
}

// mark writes a line into the kernel's log, which comes out of it after what is in it already.
func (b *box) mark() (marker string) {
	b.t.Helper()
	marker = fmt.Sprintf("%s is at %d", b.tag, time.Now().UnixNano())
	if err := os.WriteFile("/dev/kmsg", []byte("<6>"+marker+"\n"), 0o600); err != nil {
		b.t.Skipf("the kernel's log cannot be written to: not tried (%v)", err)
	}
	return marker
}

// skipKernelLog takes what was in the kernel's log before, and drops it.
func (b *box) skipKernelLog(logPort int) {
	b.t.Helper()
	conn := b.listen(logPort)
	defer conn.Close()
	marker := b.mark()
	last := time.Now().Add(time.Minute)
	for datagram := make([]byte, 65536); ; {
		if err := conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			b.t.Fatal(err)
		}
		n, err := conn.Read(datagram)
		switch {
		case err == nil && strings.Contains(string(datagram[:n]), marker):
			return
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(last):
			marker = b.mark() // it may be lost among all that was in the log
		case err != nil:
			b.t.Fatalf("the kernel's log does not arrive: %v", err)
		}
	}
}

// listen receives on this computer what the router sends.
func (b *box) listen(port int) (conn *net.UDPConn) {
	b.t.Helper()
	b.inside("own", func() (err error) {
		conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ownIP), uint16(port))))
		return err
	})
	return conn
}

func (b *box) eventually(what string, condition func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}
