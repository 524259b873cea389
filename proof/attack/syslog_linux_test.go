package attack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/capture/send"
	"linklog/service/client"
	"linklog/service/health"
)

// sendLines sends n datagrams at the rate of mutants.
func sendLines(t testing.TB, port, n int, line func(i int, dst []byte) []byte) {
	t.Helper()
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if report, err := s.Send(t.Context(), n, rate, line); err != nil || report.Sent != n {
		t.Fatalf("%d of %d sent: %v", report.Sent, n, err)
	}
}

// heard sends some lines, and waits until the service has dealt with them.
func (d *daemon) heard(t testing.TB, lines ...string) {
	t.Helper()
	before := d.status(t)
	sendLines(t, d.port, len(lines), func(i int, dst []byte) []byte { return append(dst, lines[i]...) })
	d.settle(t, before.Received+before.Lost.Total+uint64(len(lines)))
}

// attemptLine is what a router says about an attempt of a device with a hardware address.
func attemptLine(port int) string {
	return fmt.Sprintf("<4>Nov 23 02:48:23 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=%d DPT=443 SYN", port)
}

// TestForgedLeases names devices that do not exist, in the form of every server of DHCP and
// DNS, and what they asked for. Nobody becomes a device by that, it takes no room, and the
// real device keeps its name, that which the user gave it, and what it asked for.
func TestForgedLeases(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "")
	d.heard(t,
		"<30>Nov 23 02:48:20 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living",
		"<30>Nov 23 02:48:21 gw dnsmasq[1]: query[A] www.example.com from 192.168.1.10",
		"<30>Nov 23 02:48:21 gw dnsmasq[1]: reply www.example.com is 203.0.113.9",
		attemptLine(1000),
	)
	if err := d.SetDeviceLabel(t.Context(), "02:00:5e:10:00:22", "The TV"); err != nil {
		t.Fatal(err)
	}
	n := int(rate * soak(t).Seconds())
	sendLines(t, d.port, n, func(i int, dst []byte) []byte { return sighting(dst, i) })
	d.settle(t, uint64(4+n))
	d.heard(t, attemptLine(2000))

	s := d.status(t)
	if s.Received+s.Lost.Total != uint64(5+n) || !addsUp(&s) || s.Lost.Refused != 0 || s.Received < uint64(n/2) || s.Reasons[capture.Sighted.String()] != s.Received-2 {
		t.Errorf("sent %d: %+v", 5+n, s)
	}
	if s.Devices != 1 || s.Hosts != 1 || s.History.Events != 2 || len(s.Troubles) > 0 {
		t.Errorf("%d devices, %d hosts, %d events, %+v", s.Devices, s.Hosts, s.History.Events, s.Troubles)
	}
	devices, err := d.Devices(t.Context())
	if err != nil || len(devices) != 1 || devices[0].Name != "The TV" || devices[0].MAC != "02:00:5e:10:00:22" || devices[0].Out != 2 {
		t.Errorf("%+v, %v", devices, err)
	}
	if err := d.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
		if ev.Dst.Name != "www.example.com" {
			return fmt.Errorf("%+v", ev) // there may be a million of them
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(d.data, "state.db*"))
	if err != nil || len(files) == 0 {
		t.Errorf("%v, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Size() > 4*megabyte {
			t.Errorf("%s: %d bytes", file, info.Size())
		}
	}
	if peak := d.peak(t); peak > maxService/2 {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d sightings, %d MiB in use", s.Reasons[capture.Sighted.String()], peak/megabyte)
	}
	d.end(t)
}

// maxSpool is what the spool keeps of what is stored elsewhere, in bytes, and the file that is
// written.
const maxSpool = (256 + 64) * megabyte

// options make a line of netfilter as long as they get: in a minute more of them come than
// the spool keeps.
var options = " OPT (" + strings.Repeat("020405B40103030801010402", 16) + ")"

// TestStorms has a router that logs each of its log's own datagrams, and one that logs the
// same attempt without end: that is counted and takes no room, and of the former the way out is told.
func TestStorms(t *testing.T) {
	for _, test := range []struct {
		name  string
		line  func(port int) string
		count func(*daemon) uint64
		kept  int64  // of all
		told  string // what is wrong
	}{
		{"own messages", func(port int) string {
			return fmt.Sprintf("<4>Nov 23 02:48:23 gw kernel: ACCEPT IN= OUT=br-lan SRC=127.0.0.1 DST=127.0.0.1 LEN=200 PROTO=UDP SPT=514 DPT=%d LEN=180%s", port, options)
		}, func(d *daemon) uint64 { return d.status(t).Reasons[capture.OwnLog.String()] }, 0, "[own-log]"},
		{"repeats", func(int) string { return attemptLine(1000) + options }, func(d *daemon) uint64 { return d.status(t).Repeats }, 1, "[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() {
				t.Skip("takes seconds")
			}
			d := serveOn(t, fmt.Sprint(porttest.Free(t)), t.TempDir(), "")
			n, line := int(rate*soak(t).Seconds()), test.line(d.port)
			sendLines(t, d.port, n, func(_ int, dst []byte) []byte { return append(dst, line...) })
			d.settle(t, uint64(n))
			s := d.status(t)
			if s.Received+s.Lost.Total != uint64(n) || !addsUp(&s) || s.Received < uint64(n/2) || s.History.Events != test.kept || test.count(d) != s.Received-uint64(test.kept) {
				t.Errorf("sent %d: %+v", n, s)
			}
			codes := []health.Code{}
			for _, trouble := range s.Troubles {
				codes = append(codes, trouble.Code)
			}
			if got := fmt.Sprint(codes); got != test.told {
				t.Errorf("wrong is %s, want %s", got, test.told)
			}
			eventually(t, "the spool lets it go", func() bool { return d.status(t).Disk.Spool < maxSpool })
			if peak := d.peak(t); peak > maxService/2 {
				t.Errorf("%d MiB in use", peak/megabyte)
			} else {
				t.Logf("%d received, %d MiB in use, %d bytes in the spool", s.Received, peak/megabyte, d.status(t).Disk.Spool)
			}
			d.end(t)
		})
	}
}

// dialFrom connects by TCP from an address of this computer.
func (d *daemon) dialFrom(t testing.TB, from string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	c, err := dialer.DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestStreams has clients by TCP that are many, slow, or never come to an end of a line.
// Others are heard meanwhile, and nothing that was whole is lost.
func TestStreams(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serveOn(t, fmt.Sprint(porttest.Free(t)), t.TempDir(), "[listen]\ntcp = true\n")
	eventually(t, "TCP is listened on", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	received := func(n uint64) {
		t.Helper()
		eventually(t, fmt.Sprintf("%d received", n), func() bool { return d.status(t).Received >= n })
	}

	// Many that say nothing, of one address and of others: those beyond what is allowed
	// are closed, after they waited a little for room.
	closed := func(conns []net.Conn) (n int) {
		for _, c := range conns {
			if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				n++
			}
		}
		return n
	}
	open := func() int {
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	d.status(t)
	before := open()
	var conns []net.Conn
	for range 40 {
		conns = append(conns, d.dialFrom(t, "127.0.0.1"))
	}
	eventually(t, "32 of 40 connections of one address are closed", func() bool { return closed(conns) == 32 })
	for i := range 100 {
		conns = append(conns, d.dialFrom(t, fmt.Sprintf("127.0.1.%d", 1+i)))
	}
	eventually(t, "44 of 100 connections are closed", func() bool { return closed(conns[40:]) == 44 })
	if n := closed(conns); n != 32+44 {
		t.Errorf("%d of 140 connections are closed, want 76", n)
	}
	d.heard(t, attemptLine(1)) // by UDP
	for _, c := range conns {
		c.Close()
	}
	eventually(t, "the connections are let go", func() bool { return open() <= before+8 }) // SQLite opens files, too
	want := uint64(1)

	// A client that sends a byte a time, and in the middle of its line others' whole ones.
	slow := d.dialFrom(t, "127.0.0.2")
	line := attemptLine(2) + "\n"
	for i := range len(line) {
		if _, err := io.WriteString(slow, line[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if i == len(line)/2 {
			other := d.dialFrom(t, "127.0.0.3")
			if _, err := io.WriteString(other, attemptLine(3)+"\n"); err != nil {
				t.Fatal(err)
			}
			want++
			received(want)
			other.Close()
		}
	}
	want++
	received(want)

	// A line without an end, and then a sound one.
	endless := d.dialFrom(t, "127.0.0.4")
	piece := bytes.Repeat([]byte("x"), megabyte)
	for range 64 {
		if _, err := endless.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(endless, "\n"+attemptLine(4)+"\n"); err != nil {
		t.Fatal(err)
	}
	want += 2 // the beginning of the long one, too
	received(want)

	// Sound lines in every framing, in pieces of any length, as fast as they are taken.
	const n = 30_000
	m := newMutants(5)
	var all []byte
	for i := range n {
		text := m.routers[i%3].Append(nil, m.messages, arrival) // they begin with a priority
		switch i % 3 {
		case 0:
			all = append(append(all, text...), '\n')
		case 1:
			all = append(append(all, text...), 0)
		case 2:
			all = append(fmt.Appendf(all, "%d ", len(text)), text...)
		}
	}
	stream := d.dialFrom(t, "127.0.0.5")
	for rest := all; len(rest) > 0; {
		k := min(len(rest), 1+m.random.IntN(5000))
		if _, err := stream.Write(rest[:k]); err != nil {
			t.Fatal(err)
		}
		rest = rest[k:]
	}
	stream.Close()
	want += n
	d.settle(t, want)
	s := d.status(t)
	if s.Received != want || s.Lost.Total != 0 || !addsUp(&s) || s.Rejected != 1 || s.Reasons[capture.TooLong.String()] != 1 || s.System != 0 || s.Other != 0 {
		t.Errorf("sent %d: %+v", want, s)
	}

	// Broken ones: whatever they are taken for, it adds up.
	broken := newLines(6)
	stream = d.dialFrom(t, "127.0.0.6")
	ctx, cancel := context.WithTimeout(t.Context(), soak(t))
	defer cancel()
	var data []byte
	for tick := time.NewTicker(time.Second / 100); ctx.Err() == nil; <-tick.C {
		data = data[:0]
		for range rate / 100 {
			data = append(broken.next(data), '\n')
		}
		if _, err := stream.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	stream.Close()
	eventually(t, "it is stored", func() bool {
		before := d.status(t)
		time.Sleep(100 * time.Millisecond)
		s = d.status(t)
		return s.Received == before.Received && s.Waiting == 0 && uint64(s.History.Events) == stored(&s)+s.Gaps
	})
	if !addsUp(&s) || s.Received < want+1000 {
		t.Errorf("%+v", s)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d received, %d MiB in use", s.Received, peak/megabyte)
	}
	d.end(t)
}
