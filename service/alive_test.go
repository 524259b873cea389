package service

import (
	"testing"
	"time"

	"linklog/service/settings"
)

// Whoever does not answer in time says no, and a service that runs says yes.
func TestAlive(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	if answers(10*time.Millisecond, func() bool { <-never; return true }) {
		t.Error("no answer is yes")
	}
	r := run(t, t.TempDir(), func(s *settings.Settings) { s.Sources.Rate, s.Sources.Burst = 1000, 1000 })
	r.send(t, 10, 0)
	eventually(t, "stored", func() bool { return r.rows() == 10 })
	if !r.Alive() {
		t.Error("it is said to be dead")
	}
}
