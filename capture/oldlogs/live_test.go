package oldlogs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/decode"
	"linklog/capture/router"
	"linklog/capture/send"
	"linklog/capture/syslog"
)

// live compares what a line says when it comes with what it says in a file, but for time
// and router. It reports whether there was something to compare.
func live(t *testing.T, line string) bool {
	h := syslog.Parse(line)
	if header(line) != h || h.Misdated || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-- ") {
		return false // files have more than lines, and no time of arrival
	}
	p := newParser(Syslog, &Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}, nil)
	if h.Stamped {
		if _, err := p.clock.at(h.Stamp); err != nil {
			return false
		}
	}
	imported, skipped, err := p.syslog(line)
	var d decode.Decoder
	var came capture.Event
	d.Decode(&capture.Datagram{Data: []byte(line), From: netip.MustParseAddrPort("192.0.2.1:514"), Time: time.Unix(1, 0)}, &came)
	capturetest.Check(t, &came)
	if d.Language() != decode.Syslog || came.Reason == capture.OwnLog {
		return false
	}
	if _, ok := router.Address(h.Host); ok { // that is the router's address in a file
		came.RouterName, imported.RouterName = "", ""
	}
	imported.Time, imported.Router, came.Time, came.Router, came.Raw = time.Time{}, netip.Addr{}, time.Time{}, netip.Addr{}, ""
	var fault *router.Fault
	switch {
	case skipped && came.Reason == capture.Repetition:
	case errors.As(err, &fault) && fault.Foreign && (came.Kind == capture.System || came.Reason.CountOnly() || came.Reason == capture.NoText || came.Reason == capture.UnknownText):
	case errors.As(err, &fault) && !fault.Foreign && came.Kind == capture.Other && came.Reason == fault.Code:
	case err == nil && !skipped && came == imported:
	default:
		t.Errorf("%q\n    live %+v\nimported %+v, skipped %v, %v", line, came, imported, skipped, err)
	}
	return true
}

// systemLogs are the lines of testdata.
func systemLogs(t testing.TB) (lines []string) {
	files, err := filepath.Glob("testdata/cases/*.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "testdata/syslog.log") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(string(data), "\n")...)
	}
	return lines
}

func TestLiveAsImported(t *testing.T) {
	compared := 0
	all := systemLogs(t)
	made := send.NewMessages(1)
	for _, r := range send.Routers() {
		for range 20 {
			all = append(all, string(r.Append(nil, made, time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC))))
		}
	}
	for _, line := range all {
		if live(t, line) {
			compared++
		}
	}
	if compared < 350 {
		t.Errorf("only %d lines compared", compared)
	}
}

// TestTimeless reads lines without a time, as some routers send them and programs write them:
// they have that of the line before or, without one, that of the file.
func TestTimeless(t *testing.T) {
	const mikrotik = "firewall,info D|input| input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.9:44355->198.51.100.7:23, len 40\n"
	o := options(t)
	read := func(log string) (times, notes string) {
		r, err := Open(strings.NewReader(log), o)
		if err != nil {
			return err.Error(), ""
		}
		for {
			ev, err := r.Next()
			switch bad := (*LineError)(nil); {
			case err == io.EOF:
				for _, note := range r.Notes() {
					notes += note.String() + ";"
				}
				return times, notes
			case errors.As(err, &bad):
				times += fmt.Sprintf("line %d foreign %v;", bad.Line, bad.Foreign)
			default:
				times += ev.Time.Format(time.RFC3339) + ";"
			}
		}
	}
	written := "2025-01-20T12:00:00Z;"
	for _, test := range []struct{ log, times, note string }{
		{mikrotik + "dhcp,info defconf assigned 192.168.88.10 for 02:00:5E:10:00:22 tv\n" + mikrotik, written + "line 2 foreign true;" + written, "lines without a time: taken as when the file was last written (2);"},
		{mikrotik + "Jan 19 10:00:00 gw kernel: hello\n" + mikrotik + "no time\n", written + "line 2 foreign true;2025-01-19T09:00:00Z;line 4 foreign false;", "lines without a time: taken as that of the line before (1);"},
	} {
		if times, notes := read(test.log); times != test.times || !strings.Contains(notes, test.note) {
			t.Errorf("%q: %s, notes %s", test.log, times, notes)
		}
	}
	made := send.NewMessages(1)
	for _, r := range send.Routers() {
		h := syslog.Parse(string(r.Append(nil, made, time.Date(2026, 11, 28, 6, 42, 10, 0, time.UTC))))
		line := h.Text
		if !strings.HasPrefix(line, h.Program) {
			line = h.Program + ": " + line
		}
		if header(line).Stamped { // its time is among its values
			continue
		}
		if times, _ := read(line + "\n"); times != written {
			t.Errorf("%s: %q: %s", r.Name, line, times)
		}
	}
	o.FileTime = time.Time{}
	if times, notes := read(mikrotik); times != "2026-11-23T12:00:00Z;" || notes != "lines without a time: taken as now (1);" {
		t.Errorf("from a pipe: %s, %s", times, notes)
	}
}

func FuzzLiveAsImported(f *testing.F) {
	for _, line := range systemLogs(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) { live(t, line) })
}

// TestLinesOfRepeats: a line of a file is an attempt each, as the file has it. Without those that
// reception counts as repeats they are what is received of the same lines, and what a capture of
// them gives.
func TestLinesOfRepeats(t *testing.T) {
	line := func(second int, name, port string) string {
		return fmt.Sprintf("<4>Nov 28 06:42:%02d %s kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=198.51.100.7 LEN=40 PROTO=TCP SPT=40001 DPT=%s SYN", second, name, port)
	}
	lines := []string{line(1, "attic", "22"), line(2, "attic", "22"), line(3, "cellar", "22"), line(4, "attic", "23"), line(5, "cellar", "22"), line(50, "attic", "22")}
	want := []string{"attic 22", "cellar 22", "attic 23"}
	what := func(ev *capture.Event) string { return fmt.Sprint(ev.RouterName, " ", ev.Dst.Port) }

	var d decode.Decoder
	var received, read []string
	var packets [][]byte
	repeats := capture.NewRepeats()
	for i, line := range lines {
		var ev capture.Event
		at := time.Date(2026, 11, 28, 6, 42, i, 0, time.UTC)
		if d.Decode(&capture.Datagram{Data: []byte(line), From: netip.MustParseAddrPort("192.0.2.1:514"), Time: at}, &ev); !repeats.Again(&ev) {
			received = append(received, what(&ev))
		}
		packets = append(packets, ether(0x0800, ipv4(0, datagram(514, []byte(line)))))
	}
	all, repeats := 0, capture.NewRepeats()
	each := func(in io.Reader, f func(*capture.Event)) {
		r, err := Open(in, options(t))
		if err != nil {
			t.Fatal(err)
		}
		for {
			ev, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			f(&ev)
		}
	}
	each(strings.NewReader(strings.Join(lines, "\n")), func(ev *capture.Event) {
		if all++; !repeats.Again(ev) {
			read = append(read, what(ev))
		}
	})
	var captured []string
	each(bytes.NewReader(pcap(binary.LittleEndian, false, 1, packets...)), func(ev *capture.Event) { captured = append(captured, what(ev)) })
	if all != len(lines) || !slices.Equal(received, want) || !slices.Equal(read, want) || !slices.Equal(captured, want) {
		t.Errorf("of %d lines %d were read, %q without repeats; received %q, captured %q; want %q", len(lines), all, read, received, captured, want)
	}
}

// TestOwnLog: what a router logs about its own log is left out of a file as it is when it comes, if
// it is known who the router is.
func TestOwnLog(t *testing.T) {
	const behind = " kernel: IN= OUT=br0 SRC=192.168.1.1 DST=192.168.1.5 LEN=240 PROTO=UDP SPT=514 DPT=514\n"
	o := options(t)
	o.Router = netip.Addr{}
	for _, test := range []struct {
		host, router string
		events       int
	}{{"192.168.1.1", "", 0}, {"gw", "192.168.1.1", 0}, {"gw", "", 1}, {"192.168.1.2", "", 1}, {"gw", "192.168.1.2", 1}} {
		o.Router, _ = netip.ParseAddr(test.router)
		r, err := Open(strings.NewReader("Nov 28 06:42:10 "+test.host+behind), o)
		if err != nil {
			t.Fatal(err)
		}
		ev, err := r.Next()
		var line *LineError
		if left := errors.As(err, &line) && line.Foreign && line.Reason.String() == capture.OwnLog.String(); left == (test.events == 1) || !left && (err != nil || ev.Dst.Port != 514) {
			t.Errorf("%+v: %+v, %v", test, ev, err)
		}
	}
}
