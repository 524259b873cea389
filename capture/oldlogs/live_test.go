package oldlogs

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
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
	if !h.Stamped || header(line) != h || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "-- ") {
		return false // files have more than lines, and need a time
	}
	p := newParser(Syslog, &Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}, nil)
	if _, err := p.clock.at(h.Stamp); err != nil {
		return false
	}
	imported, skipped, err := p.syslog(line)
	var d decode.Decoder
	var came capture.Event
	d.Decode(&capture.Datagram{Data: []byte(line), From: netip.MustParseAddrPort("192.0.2.1:514"), Time: time.Unix(1, 0)}, &came)
	capturetest.Check(t, &came)
	if d.Language() != decode.Syslog || came.Reason == capture.OwnLog {
		return false
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

func FuzzLiveAsImported(f *testing.F) {
	for _, line := range systemLogs(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) { live(t, line) })
}
