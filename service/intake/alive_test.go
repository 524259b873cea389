package intake

import (
	"os"
	"path/filepath"
	"testing"

	"linklog/service/health"
)

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
