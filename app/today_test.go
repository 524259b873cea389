package app

import (
	"testing"
	"time"

	"linklog/capture"
)

// TestANewDay counts events of a day, and none of the day after until one comes.
func TestANewDay(t *testing.T) {
	shown := int64(-1)
	c := &today{show: func(n int64) { shown = n }}
	evening := time.Date(2026, 3, 5, 23, 59, 0, 0, time.Local)
	c.count([]capture.Event{{Seq: 1, Time: evening}, {Seq: 2, Time: evening}, {Seq: 3, Time: evening.AddDate(0, 0, -1)}}, evening)
	if shown != 2 {
		t.Fatalf("%d shown, want 2", shown)
	}
	c.turn(evening.Add(time.Second))
	if shown != 2 {
		t.Errorf("%d shown before midnight, want 2", shown)
	}
	c.turn(evening.Add(2 * time.Minute))
	if shown != 0 {
		t.Errorf("%d shown after midnight, want 0", shown)
	}
}
