package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/service/health"
)

// A service that was killed received until its last event was stored, which is later than
// its last sign of life; not so where it had no port, or the event is of a clock that was
// ahead.
func TestMissedSince(t *testing.T) {
	now := time.Now().Round(0)
	alive, stored := now.Add(-time.Minute), now.Add(-40*time.Second)
	for _, test := range []struct {
		name          string
		file          string
		alive, newest time.Time
		want          time.Time
	}{
		{"killed", "", alive, stored, stored},
		{"ended", "", alive, alive.Add(-time.Hour), alive},
		{"without a port", noPort, alive, stored, alive},
		{"by a clock that was ahead", "", alive, now.Add(time.Hour), alive},
		{"no sign of life", "", time.Time{}, stored, stored},
		{"nothing ever", "", time.Time{}, time.Time{}, time.Time{}},
	} {
		in := newIntake(t, nil)
		in.newest = test.newest
		r := in.receivers[0]
		if !test.alive.IsZero() {
			if err := os.WriteFile(r.aliveFile(), []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(r.aliveFile(), test.alive, test.alive); err != nil {
				t.Fatal(err)
			}
		}
		if g, missed := r.missed(); !g.Since.Equal(test.want) || missed == test.want.IsZero() {
			t.Errorf("%s: since %v, want %v", test.name, g.Since, test.want)
		}
	}
}

// A sign of life is no proof that the file names our sockets: what could not be written at
// the start is written later, and is told until then.
func TestAliveIsWrittenLater(t *testing.T) {
	in := newIntake(t, nil)
	folder := in.o.DataDir
	if err := os.WriteFile(in.receivers[0].aliveFile(), []byte("the sockets of another run"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.o.DataDir = filepath.Join(folder, "not there")
	in.NoteBreak()
	if !in.health.Has(health.AliveUnwritten) {
		t.Error("it is not told")
	}
	in.o.DataDir = folder
	in.NoteAlive()
	if text, err := os.ReadFile(in.receivers[0].aliveFile()); len(text) > 0 || err != nil || in.health.Has(health.AliveUnwritten) {
		t.Errorf("the file says %q, %v", text, err)
	}
}
