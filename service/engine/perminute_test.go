package engine

import "testing"

func TestRate(t *testing.T) {
	var r rate
	const start = 1_800_000_000
	r.add(start, 5)
	r.add(start+30, 2)
	for _, test := range []struct {
		second int64
		want   uint64
	}{{30, 7}, {59, 7}, {60, 2}, {20, 2}, {89, 2}, {90, 0}, {1000, 0}} { // 20: another thread's, a moment ago
		if got := r.perMinute(start + test.second); got != test.want {
			t.Errorf("second %d: %d, want %d", test.second, got, test.want)
		}
	}
}
