package view

import "testing"

// Clicks on the name of a column sort by it, the other way round, and by time as rows come. By time, which
// they begin with, there is only one other way.
func TestClicksSort(t *testing.T) {
	s := Sort{}
	for i, click := range []struct {
		id   string
		want Sort
	}{
		{"dport", Sort{"dport", false}}, {"dport", Sort{"dport", true}}, {"dport", Sort{}},
		{"time", Sort{"time", true}}, {"time", Sort{}},
		{"source", Sort{"source", false}}, {"time", Sort{"time", true}}, {"router", Sort{"router", false}},
	} {
		if s = s.next(click.id); s != click.want {
			t.Fatalf("after click %d, on %s: %+v, want %+v", i, click.id, s, click.want)
		}
	}
}
