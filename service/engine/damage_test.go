package engine

import (
	"testing"

	"linklog/service/spool"
)

// What the history has is not lost with the end of the spool, and nothing is with room that was
// never written.
func TestLostCut(t *testing.T) {
	for _, test := range []struct {
		name   string
		report spool.Report
		stored uint64
		want   uint64
	}{
		{"nothing was cut", spool.Report{Last: 100}, 90, 0},
		{"room that was never written", spool.Report{Last: 100, Cut: 4096}, 90, 0},
		{"one record torn", spool.Report{Last: 100, Cut: 20, CutKept: 20, CutRecords: 1}, 90, 1},
		{"three damaged, two of them stored", spool.Report{Last: 100, Cut: 300, CutKept: 300, CutRecords: 3}, 102, 1},
		{"three damaged, all of them stored", spool.Report{Last: 100, Cut: 300, CutKept: 300, CutRecords: 3}, 103, 0},
		{"the history is far ahead", spool.Report{Last: 100, Cut: 300, CutKept: 300, CutRecords: 3}, 5000, 0},
	} {
		if got := lostCut(test.report, test.stored); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
