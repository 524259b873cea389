package doctor_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/service/api"
	"linklog/service/doctor"
)

// TestFullDisk is a data folder on a disk that is as good as full.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a disk")
	}
	for size, full := range map[string]bool{"size=4m": true, "size=64m": false} {
		folder := t.TempDir()
		if err := unix.Mount("tmpfs", folder, "tmpfs", 0, size); err != nil {
			t.Skip("no disk of our own here:", err)
		}
		t.Cleanup(func() { unix.Unmount(folder, unix.MNT_DETACH) })
		found := find(doctor.Examine(t.Context(), doctor.Options{Status: answer(api.Status{Port: 162, Open: true, Data: folder})}), doctor.Files)
		switch {
		case full && (len(found) != 1 || found[0].Kind != doctor.Wrong || found[0].Title.String() != "The disk with "+folder+" is full: 4 MiB left."):
			t.Errorf("%s: %v", size, found)
		case !full && len(found) != 0:
			t.Errorf("%s: %v", size, found)
		}
	}
}
