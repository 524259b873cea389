package attack

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"linklog/capture/send"
	"linklog/proof/real"
	"linklog/service/client"
)

// inside tells a test that it runs in a network of its own, see network.
const inside = "LINKLOG_ATTACK_INSIDE"

// network runs the rest of a test in a network of its own, in which this process is
// root and all of 10.0.0.0/8 is the machine itself: it can send from any of these
// addresses. It gives false where the rest runs in another process, and is done.
func network(t *testing.T) (here bool) {
	t.Helper()
	if os.Getenv(inside) != "" {
		if err := loopback(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=3h")
	cmd.Env = append(os.Environ(), inside+"="+program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var out real.Output
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no network of its own can be made here: %v", err)
	}
	err := cmd.Wait()
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimRight(line, "\n"); !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			t.Log(line)
		}
	}
	if err != nil {
		t.Error(err)
	}
	return false
}

// loopback gives the loopback interface of a new network its addresses.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	set := func(name string, request uint, fill func(*unix.Ifreq) error) error {
		r, err := unix.NewIfreq(name)
		if err == nil {
			err = fill(r)
		}
		if err == nil {
			err = unix.IoctlIfreq(fd, request, r)
		}
		return err
	}
	return errors.Join(
		set("lo", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }),
		set("lo:1", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{10, 0, 0, 1}) }),
		set("lo:1", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 0, 0, 0}) }),
	)
}

// forger sends from any address of 10.0.0.0/8.
type forger struct {
	conn    *net.UDPConn
	batches *ipv4.PacketConn
	batch   []ipv4.Message
	to      net.Addr
}

func newForger(t testing.TB, port int) *forger {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	f := &forger{conn: c, batches: ipv4.NewPacketConn(c), batch: make([]ipv4.Message, 64), to: &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: port}}
	for i := range f.batch {
		f.batch[i].Buffers = [][]byte{make([]byte, 0, 512)}
		f.batch[i].Addr = f.to
	}
	return f
}

// routerAddr is the address of a router that does not exist.
func routerAddr(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(1 + i>>16), byte(i >> 8), byte(i)})
}

// send sends n datagrams, so many a second: the text of each comes from the router
// that message says.
func (f *forger) send(t testing.TB, n int, perSecond float64, message func(i int, text []byte) (router netip.Addr, _ []byte)) {
	t.Helper()
	var text []byte
	begin := time.Now()
	for sent := 0; sent < n; {
		due := min(n, int(time.Since(begin).Seconds()*perSecond)) - sent
		if due <= 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		batch := f.batch[:min(due, len(f.batch))]
		for i := range batch {
			var router netip.Addr
			router, text = message(sent+i, text[:0])
			b := send.AppendTrap(batch[i].Buffers[0][:0], &send.Encoding{}, text)
			batch[i].Buffers[0] = b
			batch[i].OOB = (&ipv4.ControlMessage{Src: router.AsSlice()}).Marshal()
		}
		for len(batch) > 0 {
			k, err := f.batches.WriteBatch(batch, 0)
			if err != nil {
				t.Fatalf("datagram %d: %v", sent, err)
			}
			sent += k
			batch = batch[k:]
		}
	}
}

// TestForgedSources sends from 40,000 routers that do not exist about as many hosts
// (from 200,000 about a million, if LINKLOG_SOAK is set). The service stays small,
// answers, tells of it in a few alerts, and the history has it all.
func TestForgedSources(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if !network(t) {
		return
	}
	routers, n := 40_000, 40_000
	if os.Getenv("LINKLOG_SOAK") != "" {
		routers, n = 200_000, 1_000_000
	}
	// Names are looked up, at a server that does not answer.
	dead, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	d := serve(t, fmt.Sprintf("[hosts]\nlearning = \"0s\"\n[names]\nresolver = %q\n", dead.LocalAddr()))
	f := newForger(t, d.port)
	begin := time.Now()
	f.send(t, n, 30_000, func(i int, text []byte) (netip.Addr, []byte) {
		return routerAddr(i % routers), fmt.Appendf(text, "@in TCP from %v:%d to 192.168.1.10:80", remote(i), 1024+i%60_000)
	})
	took := time.Since(begin)
	s := d.status(t)
	t.Logf("%d sent in %v, the status a moment later: %d received, %d waiting", n, took.Round(time.Millisecond), s.Received, s.Waiting)
	d.settle(t, uint64(n))
	if s = d.status(t); s.Received+s.Lost.Total != uint64(n) || s.Strange != 0 || s.Lost.Refused != 0 || s.Received < uint64(n)*9/10 {
		t.Errorf("sent %d: %+v", n, s)
	}
	for _, trouble := range s.Troubles {
		if trouble.Where != "DNS" { // which is silent
			t.Errorf("%s: %s", trouble.Where, trouble.Text)
		}
	}
	if len(s.Routers) > 64 {
		t.Errorf("the status lists %d routers", len(s.Routers))
	}
	d.bounded(t, took)

	// The history has it, and can be asked for any of them.
	if n, err := d.Count(t.Context(), client.Query{Filter: "dir:in"}); err != nil || uint64(n) != s.Received {
		t.Errorf("%d stored of %d: %v", n, s.Received, err)
	}
	for _, filter := range []string{"router:10.1.2.3", "src:20.0.2.3", "src:20.0.1*", "router:10.1.128.0/17"} {
		begin := time.Now()
		n, err := d.Count(t.Context(), client.Query{Filter: filter})
		if took := time.Since(begin); err != nil || n == 0 && s.Lost.Total == 0 || took > 10*time.Second {
			t.Errorf("%s: %d, %v, in %v", filter, n, err, took)
		}
	}
	if g, err := d.Groups(t.Context(), client.Query{}, "router", 0, 10); err != nil || len(g.Groups) != 10 {
		t.Errorf("%d groups, %v", len(g.Groups), err)
	}
	d.linklog(t, func(r io.Reader) {
		if n := checkLines(t, r, nil); n != 1000 {
			t.Errorf("%d lines", n)
		}
	}, "log", "--no-dns")
	if s = d.status(t); s.Hosts > 500_000 || s.Devices > 1024 {
		t.Errorf("%d hosts, %d devices are remembered", s.Hosts, s.Devices)
	}
	// Whoever wants to see them all gets them all.
	before := d.peak(t)
	for _, order := range []string{"last", "address", "count"} {
		if all, err := d.Hosts(t.Context(), client.HostQuery{Order: order}); err != nil || len(all) != s.Hosts {
			t.Errorf("by %s: %d hosts of %d, %v", order, len(all), s.Hosts, err)
		}
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use, %d before all hosts were asked for", peak/megabyte, before/megabyte)
	} else {
		t.Logf("%d MiB in use; %d hosts, %d devices remembered", peak/megabyte, s.Hosts, s.Devices)
	}

	// The router of the household is heard as before.
	heard := d.status(t).Received
	f.send(t, 1, 1000, func(_ int, text []byte) (netip.Addr, []byte) {
		return netip.MustParseAddr("10.0.0.138"), append(text, "@out TCP from 192.168.1.10:4321 to 198.51.100.7:443"...)
	})
	eventually(t, "the real router is heard", func() bool { return d.status(t).Received == heard+1 })
	d.end(t)
}

// bounded looks at the alerts that were made within a time.
func (d *daemon) bounded(t testing.TB, took time.Duration) {
	t.Helper()
	alerts, err := d.Alerts(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	// Three at once, and then three or one for all in each minute.
	if most := 3 + 3*(1+int(took.Minutes())); len(alerts) == 0 || len(alerts) > most {
		t.Errorf("%d alerts in %v, %d are enough", len(alerts), took, most)
	}
	for _, a := range alerts {
		if err := harmless([]byte(a.Text)); err != nil || len(a.Text) > 1000 {
			t.Errorf("alert %d: %v, %d bytes", a.ID, err, len(a.Text))
		}
	}
}

// TestForgedOuterAddresses has 20,000 routers that do not exist, each of which tells
// two outer addresses: that its address changed is no news 20,000 times.
func TestForgedOuterAddresses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if !network(t) {
		return
	}
	const routers = 20_000
	d := serve(t, "[hosts]\nlearning = \"0s\"\n")
	f := newForger(t, d.port)
	begin := time.Now()
	f.send(t, 2*routers, 20_000, func(i int, text []byte) (netip.Addr, []byte) {
		return routerAddr(i / 2), fmt.Appendf(text, "WAN IP = %v", remote(i))
	})
	var s = d.status(t)
	eventually(t, "all is accounted for", func() bool {
		s = d.status(t)
		return s.Received+s.Lost.Total >= 2*routers && s.Waiting == 0
	})
	if s.WAN < routers {
		t.Errorf("%+v", s)
	}
	// Alerts are written within a second; the count does not grow by itself then.
	eventually(t, "alerts", func() bool { return d.status(t).Alert > 0 })
	d.bounded(t, time.Since(begin))
	d.end(t)
}

// TestForgedStrangers sends from 30,000 machines that are not the router. Nothing of
// that is kept but its number and the newest few addresses, and the router is heard.
func TestForgedStrangers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if !network(t) {
		return
	}
	const strangers = 30_000
	d := serve(t, "[sources]\nrouters = [\"10.0.0.138\"]\non_link = false\n[hosts]\nlearning = \"0s\"\n")
	f := newForger(t, d.port)
	const attempt = "@out TCP from 192.168.1.10:4321 to 198.51.100.7:443"
	f.send(t, strangers, 30_000, func(i int, text []byte) (netip.Addr, []byte) {
		return routerAddr(i), append(text, attempt...)
	})
	f.send(t, 1, 1000, func(_ int, text []byte) (netip.Addr, []byte) {
		return netip.MustParseAddr("10.0.0.138"), append(text, attempt...)
	})
	eventually(t, "the router is heard", func() bool { return d.status(t).Received > 0 })
	eventually(t, "it is stored", func() bool { return d.status(t).History.Events > 0 })
	s := d.status(t)
	if s.Received != 1 || s.Strange+s.Lost.Dropped != strangers || len(s.Strangers) > 64 || len(s.Routers) != 1 || s.Hosts != 1 {
		t.Errorf("%+v", s)
	}
	d.bounded(t, 0)
	d.end(t)
}
