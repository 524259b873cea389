package oldlogs

import (
	"strings"
	"testing"
)

// TestOlderCSV reads rows without their header, as they were before there were verdicts and
// as they are now.
func TestOlderCSV(t *testing.T) {
	const row = "7,2025-09-16T10:00:00Z,traffic,192.168.1.1,in,TCP,203.0.113.9,,51234,,192.168.1.10,,80,http,,,,,,"
	want := `{"seq":7,"time":"2025-09-16T10:00:00Z","kind":"traffic","router":"192.168.1.1","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":51234,"dst_ip":"192.168.1.10","dst_port":80`
	for file, want := range map[string]string{
		row + "\n" + row + "\n":                 want + "}\n" + want + "}",
		row + ",blocked\n":                      want + `,"verdict":"blocked"}`,
		row + ",allowed,,,,,,1500,3,90000,70\n": want + `,"verdict":"allowed","src_bytes":1500,"src_packets":3,"dst_bytes":90000,"dst_packets":70}`,
	} {
		got, _ := all(t, strings.NewReader(file), options(t))
		if diff := firstDifference(strings.Join(got, "\n"), want); diff != "" {
			t.Errorf("%q: %s", file, diff)
		}
	}
}
