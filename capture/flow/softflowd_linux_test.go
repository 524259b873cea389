package flow

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/flow/flowtest"
)

// softflowd reads a capture of made-up packets and exports what it sees.

// packet is one IP packet, at a time after the first.
type packet struct {
	at       time.Duration
	src, dst netip.AddrPort
	proto    uint8
	flags    uint8  // of TCP
	icmp     uint16 // type<<8 | code
	payload  int
}

// ip is the packet in bytes, without checksums.
func (p *packet) ip() []byte {
	var l4 []byte
	switch p.proto {
	case 6:
		l4 = be(p.src.Port(), p.dst.Port(), uint32(1), uint32(1), uint8(5<<4), p.flags, uint16(1000), uint16(0), uint16(0))
	case 17:
		l4 = be(p.src.Port(), p.dst.Port(), uint16(8+p.payload), uint16(0))
	default:
		l4 = be(p.icmp, uint16(0), uint32(1))
	}
	l4 = append(l4, make([]byte, p.payload)...)
	if p.src.Addr().Is4() {
		return append(be(uint8(0x45), uint8(0), uint16(20+len(l4)), uint32(0), uint8(64), p.proto, uint16(0), p.src.Addr().AsSlice(), p.dst.Addr().AsSlice()), l4...)
	}
	return append(be(uint32(6<<28), uint16(len(l4)), p.proto, uint8(64), p.src.Addr().AsSlice(), p.dst.Addr().AsSlice()), l4...)
}

// writeCapture writes a pcap file of packets, the first of which passed at start.
func writeCapture(t *testing.T, name string, start time.Time, packets []packet) {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint16(le.AppendUint16(b, 2), 4)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), 0), 65535), 1) // Ethernet
	for i := range packets {
		p := &packets[i]
		ether := uint16(0x0800)
		if !p.src.Addr().Is4() {
			ether = 0x86dd
		}
		frame := append(be(make([]byte, 12), ether), p.ip()...)
		at := start.Add(p.at)
		b = le.AppendUint32(le.AppendUint32(b, uint32(at.Unix())), uint32(at.Nanosecond()/1000))
		b = append(le.AppendUint32(le.AppendUint32(b, uint32(len(frame))), uint32(len(frame))), frame...)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// household are the packets of a few connections.
func household() (packets []packet) {
	laptop, phone := port("192.168.1.10:50000"), port("192.168.1.21:41000")
	web, dns := port("198.51.100.80:443"), port("198.51.100.53:53")
	laptop6, web6 := port("[2001:db8::10]:50001"), port("[2001:db8:1::80]:443")
	ms := time.Millisecond
	for _, c := range []struct{ client, server netip.AddrPort }{{laptop, web}, {laptop6, web6}} {
		packets = append(packets,
			packet{at: 0, src: c.client, dst: c.server, proto: 6, flags: 2},
			packet{at: 20 * ms, src: c.server, dst: c.client, proto: 6, flags: 0x12},
			packet{at: 21 * ms, src: c.client, dst: c.server, proto: 6, flags: 0x10})
		for i := range 40 {
			packets = append(packets, packet{at: time.Duration(100+i*50) * ms, src: c.server, dst: c.client, proto: 6, flags: 0x18, payload: 1400})
		}
		packets = append(packets,
			packet{at: 3000 * ms, src: c.client, dst: c.server, proto: 6, flags: 0x11},
			packet{at: 3020 * ms, src: c.server, dst: c.client, proto: 6, flags: 0x11})
	}
	for i := range 80 { // more flows than a datagram holds
		client := netip.AddrPortFrom(phone.Addr(), phone.Port()+uint16(i))
		at := time.Duration(500+i*10) * ms
		packets = append(packets, packet{at: at, src: client, dst: dns, proto: 17, payload: 40}, packet{at: at + 5*ms, src: dns, dst: client, proto: 17, payload: 120})
	}
	packets = append(packets, packet{at: 1000 * ms, src: netip.AddrPortFrom(laptop.Addr(), 0), dst: netip.AddrPortFrom(web.Addr(), 0), proto: 1, icmp: 8 << 8, payload: 56})
	slices.SortStableFunc(packets, func(a, b packet) int { return cmp.Compare(a.at, b.at) })
	return packets
}

// direction is one way between two ends.
type direction struct {
	src, dst netip.AddrPort
	proto    uint8
}

// passed is what passed one way.
type passed struct {
	bytes, packets uint64
	reverse        uint64 // bytes, in the same record
	flags          uint8
	lasted         time.Duration // from the first packet to the last, of both ways: softflowd has one time for both
}

// count counts as an exporter should.
func count(packets []packet, v6 bool) map[direction]passed {
	all := make(map[direction]passed)
	first := make(map[direction]time.Duration)
	for i := range packets {
		p := &packets[i]
		if !v6 && !p.src.Addr().Is4() {
			continue
		}
		k, back := direction{p.src, p.dst, p.proto}, direction{p.dst, p.src, p.proto}
		if _, known := first[k]; !known {
			first[k], first[back] = p.at, p.at
		}
		c := all[k]
		c.bytes += uint64(len(p.ip()))
		c.packets++
		c.flags |= p.flags
		all[k] = c
		for _, way := range []direction{k, back} {
			if c, known := all[way]; known {
				c.lasted = p.at - first[k]
				all[way] = c
			}
		}
	}
	return all
}

// softflowd runs it over the packets, and decodes what it sends.
func softflowd(t *testing.T, packets []packet, arguments ...string) (flows map[direction]passed, records []Record) {
	t.Helper()
	program, err := exec.LookPath("softflowd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/softflowd"); err != nil {
			t.Skip("softflowd is not installed")
		}
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	dir := t.TempDir()
	start := time.Now().Add(-time.Minute).Truncate(time.Second)
	writeCapture(t, filepath.Join(dir, "capture.pcap"), start, packets)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	control := filepath.Join(dir, "ctl")
	cmd := exec.CommandContext(ctx, program, append([]string{"-r", filepath.Join(dir, "capture.pcap"), "-n", conn.LocalAddr().String(), "-p", filepath.Join(dir, "pid"), "-c", control, "-d", "-6"}, arguments...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It waits for its file as for a network, for ever, and reads on only when it is asked
	// something.
	for ctx.Err() == nil && packetsRead(flowtest.Ask(control, "statistics")) < len(packets) {
		time.Sleep(10 * time.Millisecond)
	}
	flowtest.Ask(control, "shutdown")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("softflowd: %v\n%s", err, out.Bytes())
	}
	// All that it sent is in the socket: loopback does not wait.
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	flows = make(map[direction]passed)
	d := New()
	buffer := make([]byte, 65536)
	datagrams := 0
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		datagrams++
		if !Is(buffer[:n]) {
			t.Errorf("not taken for flows: % x", buffer[:n])
		}
		report := d.Decode(from, buffer[:n], time.Now(), func(r *Record) { records = append(records, *r) })
		if report.Wrong != [Faults]int{} || report.MissingFlows != 0 || report.MissingPackets != 0 || report.Waiting != 0 || report.Late || report.Duplicate || report.Restarted {
			t.Errorf("datagram %d: %+v\n% x", datagrams, report, buffer[:n])
		}
	}
	for _, s := range d.sources { // what is only told when it is certain
		for _, c := range s.sessions {
			if c.gapped > 0 {
				t.Errorf("a gap of %v", c.gaps[:c.gapped])
			}
		}
	}
	add := func(k direction, c passed) {
		if known, doubled := flows[k]; doubled {
			t.Errorf("%v: told again, %v and %v", k, known, c)
		}
		flows[k] = c
	}
	for _, r := range records {
		add(direction{r.Src, r.Dst, uint8(r.Proto)}, passed{r.Bytes, r.Packets, r.Reverse.Bytes, r.Flags, r.Last.Sub(r.First)})
	}
	t.Logf("%d datagrams, %d flows", datagrams, len(records))
	return flows, records
}

// packetsRead is how many packets it has read, by its statistics.
func packetsRead(statistics string) (n int) {
	for line := range strings.Lines(statistics) {
		for _, what := range []string{"Packets processed: %d", "Packets non-sampled: %d"} {
			m := 0
			if _, err := fmt.Sscanf(line, what, &m); err == nil {
				n += m
			}
		}
	}
	return n
}

// TestSoftflowd compares what it exports in each version with what passed.
func TestSoftflowd(t *testing.T) {
	packets := household()
	for _, test := range []struct {
		version string
		v6      bool
	}{{"5", false}, {"9", true}, {"10", true}} {
		for _, absolute := range []string{"", "sec", "milli", "micro", "nano"} {
			if absolute != "" && test.version != "10" {
				continue
			}
			t.Run(fmt.Sprint(test.version, absolute), func(t *testing.T) {
				arguments := []string{"-v", test.version}
				if absolute != "" {
					arguments = append(arguments, "-A", absolute)
				}
				got, records := softflowd(t, packets, arguments...)
				want := count(packets, test.v6)
				near := 2 * time.Millisecond
				if absolute == "sec" {
					near = time.Second
				}
				for k, w := range want {
					g := got[k]
					if g.bytes != w.bytes || g.packets != w.packets || g.flags != w.flags || (g.lasted-w.lasted).Abs() > near {
						t.Errorf("%v to %v: got %+v, want %+v", k.src, k.dst, g, w)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%d flows, want %d", len(got), len(want))
				}
				checkAttempts(t, records, want)
			})
		}
	}
}

// TestSoftflowdBothWays has it put both ways into one record.
func TestSoftflowdBothWays(t *testing.T) {
	packets := household()
	got, records := softflowd(t, packets, "-v", "10", "-b")
	want := count(packets, true)
	for _, r := range records {
		if !r.Biflow {
			t.Errorf("not both ways: %+v", r)
		}
	}
	checkAttempts(t, records, want)
	for k, g := range got {
		w, back := want[k], want[direction{k.dst, k.src, k.proto}]
		if g.bytes != w.bytes || g.packets != w.packets || g.reverse != back.bytes {
			t.Errorf("%v to %v: got %+v, want %+v and back %+v", k.src, k.dst, g, w, back)
		}
	}
}

// TestSoftflowdSampling has it count one packet of four, and say so.
func TestSoftflowdSampling(t *testing.T) {
	for _, version := range []string{"5", "9", "10"} {
		_, records := softflowd(t, household(), "-v", version, "-s", "4")
		for _, r := range records {
			if r.Sampling != 4 {
				t.Errorf("version %s: sampling %d, want 4", version, r.Sampling)
			}
		}
		if len(records) == 0 {
			t.Errorf("version %s: no flows", version)
		}
	}
}

// checkAttempts makes attempts of what was exported, and compares with what passed: each
// connection is one, of the device, with the bytes of both ways.
func checkAttempts(t *testing.T, records []Record, passed map[direction]passed) {
	t.Helper()
	a := newAttempts()
	connections := make(map[direction]Attempt)
	for _, at := range append(add(a, records...), flush(a)...) {
		k := direction{at.Src, at.Dst, uint8(at.Proto)}
		if _, again := connections[k]; again || at.More || at.Dir != capture.Out {
			t.Errorf("told again, or not out: %v", short(at))
		}
		connections[k] = at
	}
	n := 0
	for k, w := range passed {
		if !homeNetwork.Contains(k.src.Addr()) && !homeSix.Contains(k.src.Addr()) {
			continue
		}
		n++
		back := passed[direction{k.dst, k.src, k.proto}]
		if at := connections[k]; at.Out != (capture.Volume{Bytes: w.bytes, Packets: w.packets}) || at.Back != (capture.Volume{Bytes: back.bytes, Packets: back.packets}) {
			t.Errorf("%v to %v: got %v, want %+v and back %+v", k.src, k.dst, short(at), w, back)
		}
	}
	if len(connections) != n {
		t.Errorf("%d connections, want %d", len(connections), n)
	}
}
