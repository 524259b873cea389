package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/filter"
	"linklog/service/history"
	"linklog/service/settings"
)

// sendData sends datagrams from one port, as an exporter does.
func (r *running) sendData(t testing.TB, datagrams ...[]byte) {
	t.Helper()
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, d := range datagrams {
		if _, err := conn.Write(d); err != nil {
			t.Fatal(err)
		}
	}
}

// exported are n datagrams of an exporter, each about another connection.
func exported(t testing.TB, version string, n int) (datagrams [][]byte) {
	t.Helper()
	e, ok := send.NewExporter(version, 1)
	if !ok {
		t.Fatal(version)
	}
	made := send.NewMessages(1)
	for range n {
		datagrams = append(datagrams, e.Append(nil, made, time.Now()))
	}
	return datagrams
}

// events are those that are stored, without gaps.
func (r *running) events(t testing.TB) (events []capture.Event) {
	t.Helper()
	err := r.Engine.Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if ev.Kind != capture.Gap {
			events = append(events, *ev)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// attemptsOf are those of events, whenever they were stored.
func attemptsOf(events []capture.Event) (list []string) {
	for _, ev := range events {
		list = append(list, fmt.Sprintf("%v %v %v:%d %v:%d", ev.Dir, ev.Proto, ev.Src.Addr, ev.Src.Port, ev.Dst.Addr, ev.Dst.Port))
	}
	slices.Sort(list)
	return list
}

// TestFlows receives flows on a port like all others: each connection is an event, with the time
// when it began, and all is accounted for.
func TestFlows(t *testing.T) {
	const n = 60
	for _, version := range []string{"netflow5", "netflow9", "ipfix"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			r := run(t, t.TempDir(), nil)
			before := time.Now()
			r.sendData(t, exported(t, version, n)...)
			r.sendLines(t, connection(1))
			eventually(t, "all are stored", func() bool { return len(r.events(t)) == n+1 })
			c := r.Status().Counts
			if c.Received() != n+1 || c.Made != n || c.Kinds[capture.Traffic] != n+1 || c.Reasons[capture.FlowReport] != n {
				t.Errorf("%+v", c)
			}
			for _, ev := range r.events(t) {
				if age := before.Sub(ev.Time); ev.Router.String() != "127.0.0.1" || ev.Dir == 0 || age > time.Minute || ev.Src.Port != 1 && age < -time.Second {
					t.Errorf("%+v", ev)
				}
			}
		})
	}
}

// TestFlowsOverRestart stops the service while flows wait for others, and while data waits for its
// template: nothing is lost and nothing is there twice. A template is known after the start.
func TestFlowsOverRestart(t *testing.T) {
	t.Parallel()
	dir, all := t.TempDir(), exported(t, "ipfix", 45) // templates are in the first, and in each 20th after it
	r := run(t, dir, nil)
	port := func(want int) {
		t.Helper()
		eventually(t, "they are received", func() bool { return int(r.Intake.Accepted()) == want })
	}
	r.sendData(t, all[10:15]...) // without a template
	port(5)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	r = run(t, dir, nil)
	r.sendData(t, all[20:30]...)
	port(10)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	r = run(t, dir, nil)
	r.sendData(t, all[30:40]...) // none here
	eventually(t, "all are stored", func() bool { return len(r.events(t)) == 25 })
	got := attemptsOf(r.events(t))

	whole := run(t, t.TempDir(), nil)
	whole.sendData(t, slices.Concat(all[20:40], all[10:15])...)
	eventually(t, "all are stored at once", func() bool { return len(whole.events(t)) == 25 })
	if want := attemptsOf(whole.events(t)); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestMissingFlows tells how many flows did not come.
func TestMissingFlows(t *testing.T) {
	t.Parallel()
	r := run(t, t.TempDir(), nil)
	all := exported(t, "netflow5", 1000)
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", r.Intake.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	flows := 0
	for _, d := range all[10:13] {
		flows += int(d[3])
	}
	rest := slices.Concat(all[:10], all[13:])
	eventually(t, "the gap", func() bool {
		// Datagrams that are late would be no loss, so that more must come.
		if len(rest) > 0 {
			if _, err := conn.Write(rest[0]); err != nil {
				t.Fatal(err)
			}
			rest = rest[1:]
		}
		time.Sleep(50 * time.Millisecond)
		lost := 0
		if err := r.Engine.Each(t.Context(), history.Query{}, func(ev *capture.Event) error {
			if code, values, _ := capture.ReadGap(ev.Text); ev.Kind == capture.Gap && code == capture.GapFlows && values["Router"] == "127.0.0.1" {
				lost += int(ev.Lost)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return lost == flows
	})
}

// TestUnrecordedFlows leaves nothing on the disk of an attempt that is not to be recorded, nor of the
// datagrams that told of it.
func TestUnrecordedFlows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, dir, func(s *settings.Settings) { s.Privacy.DoNotRecord = []string{"port:443"} })
	all := exported(t, "netflow5", 40)
	r.sendData(t, all...)
	eventually(t, "the others are stored", func() bool {
		c := r.Status().Counts
		return c.Made == 40 && c.Unrecorded > 0 && uint64(len(r.events(t)))+c.Unrecorded == 40
	})
	for _, ev := range r.events(t) {
		if ev.Dst.Port == 443 || ev.Src.Port == 443 {
			t.Errorf("recorded: %+v", ev)
		}
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "spool", "*.spool"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if bytes.Contains(data, d[24:]) {
				t.Fatalf("%s still has a datagram", file)
			}
		}
	}
}

// long is a datagram of NetFlow 5: both ways of one connection, which goes on, with 1000 bytes each.
func long(sequence int) []byte { return longOf(sequence, "192.168.1.10") }

// longOf is long for a different device.
func longOf(sequence int, device string) []byte {
	const uptime = 10_000_000
	be := binary.BigEndian
	b := be.AppendUint16(be.AppendUint16(nil, 5), 2)
	b = be.AppendUint32(be.AppendUint32(b, uptime), uint32(time.Now().Unix()))
	b = append(be.AppendUint32(append(b, 0, 0, 0, 0), uint32(sequence)), 0, 0, 0, 0)
	ends := [...]netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(device), 50000), netip.MustParseAddrPort("198.51.100.80:443")}
	for i := range ends {
		src, dst := ends[i], ends[1-i]
		b = append(append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...), make([]byte, 8)...)
		b = be.AppendUint32(be.AppendUint32(b, 10), 1000)
		b = be.AppendUint32(be.AppendUint32(b, uptime-1000), uptime)
		b = append(be.AppendUint16(be.AppendUint16(b, src.Port()), dst.Port()), 0, 0x18, byte(capture.TCP))
		b = append(b, make([]byte, 9)...)
	}
	return b
}

// TestLongFlow reports a connection again and again: it is one event, with all that was sent, also over
// restarts. Once it is removed, nothing of it comes back.
func TestLongFlow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, dir, nil)
	sequence := 0
	report := func() {
		t.Helper()
		r.sendData(t, long(sequence))
		sequence += 2
	}
	sent := func(reports uint64) {
		t.Helper()
		want := capture.Volume{Bytes: 1000 * reports, Packets: 10 * reports}
		eventually(t, fmt.Sprintf("what was reported %d times is stored", reports), func() bool {
			events := r.events(t)
			return len(events) == 1 && events[0].Src.Sent == want && events[0].Dst.Sent == want
		})
	}
	report()
	sent(1)
	for n := range uint64(3) {
		report()
		sent(n + 2)
	}
	c := r.Status().Counts
	if c.Received() != 4 || c.Made != 1 {
		t.Errorf("%+v", c)
	}
	for n := range uint64(2) {
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		r = run(t, dir, nil)
		sent(n + 4)
		report()
		sent(n + 5)
	}
	m, err := filter.Filter{IP: "198.51.100.80"}.Compile(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Engine.Forget(t.Context(), m, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is removed", func() bool { return !r.Engine.Forgetting().Running && len(r.events(t)) == 0 })
	accepted := r.Intake.Accepted()
	report()
	r.sendLines(t, connection(1))
	eventually(t, "what comes after it is stored", func() bool { return r.Intake.Accepted() == accepted+2 && len(r.events(t)) == 1 })
	if ev := r.events(t)[0]; ev.Src.Sent != (capture.Volume{}) {
		t.Errorf("%+v", ev)
	}
}

// TestFlowsOfLog: a connection that a router logs and reports as flows is one event, with the verdict of
// the line and what was sent by the flows, whichever comes first; that of a different router is apart.
func TestFlowsOfLog(t *testing.T) {
	for _, test := range []struct {
		name  string
		first bool // the line comes first
		src   string
		want  int // events
	}{
		{"line, then flows", true, "192.168.1.10", 1},
		{"flows, then line", false, "192.168.1.10", 1},
		{"line, then flows of it behind translation", true, "198.51.100.1", 1},
		{"a connection of a different device", true, "192.168.1.11", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := run(t, dir, nil)
			r.sendLines(t, connection(1)) // it logs
			eventually(t, "the first is stored", func() bool { return len(r.events(t)) == 1 })
			line := strings.Replace(strings.Replace(connection(50000), "203.0.113.9", "198.51.100.80", 1), "ACCEPT", "DROP", 1)
			report := func(sequence int) {
				t.Helper()
				r.sendData(t, longOf(sequence, test.src))
			}
			if test.first {
				r.sendLines(t, line)
				eventually(t, "the line is stored", func() bool { return len(r.events(t)) == 2 })
			}
			report(0)
			if !test.first {
				accepted := r.Intake.Accepted()
				r.sendLines(t, line)
				eventually(t, "the line is received", func() bool { return r.Intake.Accepted() > accepted })
			}
			reported := uint64(1)
			sent := func() {
				t.Helper()
				want := capture.Volume{Bytes: 1000 * reported, Packets: 10 * reported}
				eventually(t, fmt.Sprintf("what was reported %d times is stored", reported), func() bool {
					events := slices.DeleteFunc(r.events(t), func(ev capture.Event) bool { return ev.Src.Sent != want || ev.Dst.Sent != want })
					return len(events) == 1 && (test.want > 1 || events[0].Verdict == capture.Blocked && events[0].Dir == capture.Out && events[0].Src.Port == 50000)
				})
			}
			sent()
			if n := len(r.events(t)); n != 1+test.want {
				t.Errorf("%d events, not %d: %+v", n, 1+test.want, r.events(t))
			}
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			r = run(t, dir, nil)
			report(2)
			reported++
			sent()
			if n := len(r.events(t)); n != 1+test.want {
				t.Errorf("%d events after a restart: %+v", n, r.events(t))
			}
		})
	}
}
