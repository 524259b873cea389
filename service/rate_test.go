package service

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	var r rate
	at := func(second int64) time.Time { return time.Unix(1_800_000_000+second, 0) }
	r.add(at(0), 5)
	r.add(at(30), 2)
	for _, test := range []struct {
		second int64
		want   uint64
	}{{30, 7}, {59, 7}, {60, 2}, {20, 2}, {89, 2}, {90, 0}, {1000, 0}} { // 20: the clock went back
		if got := r.perMinute(at(test.second)); got != test.want {
			t.Errorf("second %d: %d, want %d", test.second, got, test.want)
		}
	}
}
