package oldlogs

import (
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
)

// filesOnly are cases that no router sends: what programs make of its log, in a form of
// their own.
var filesOnly = []string{"dialect-winfw", "dshield-linksys", "grep-filename", "journal", "snmptrapd-unquoted"}

// TestCasesLive holds that the lines of each case, when they come, say what they say in a
// file, but for the time and the router.
func TestCasesLive(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.log")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	attempts := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".log")
		if slices.Contains(filesOnly, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			imported := map[string]int{}
			for line := range strings.Lines(readCase(t, file)) {
				if _, err := time.Parse(time.RFC3339Nano, strings.Fields(line)[0]); err == nil {
					imported[gist(line)]++
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			came := map[string]int{}
			var d decode.Decoder
			for line := range strings.Lines(string(data)) {
				line = strings.TrimRight(line, "\r\n")
				var ev capture.Event
				d.Decode(&capture.Datagram{Data: []byte(line), From: netip.MustParseAddrPort("192.0.2.1:514"), Time: time.Unix(1, 0)}, &ev)
				if ev.Kind == capture.Traffic {
					came[gist(told(&ev))]++
					attempts++
				}
			}
			if !maps.Equal(came, imported) {
				t.Errorf("\n    live %v\nimported %v", came, imported)
			}
		})
	}
	if attempts < 75 {
		t.Errorf("only %d attempts", attempts)
	}
}

// gist is what told tells but for time and router.
func gist(told string) string {
	parts := strings.SplitN(strings.TrimRight(told, "\n"), " ", 3)
	return parts[len(parts)-1]
}
