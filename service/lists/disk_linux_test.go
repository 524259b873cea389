package lists

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/service/datafile"
)

// TestFullDisk holds that a list for which there is no room is told, and takes the place of nothing.
func TestFullDisk(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(b.dir, "lists")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	defer func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	b.says(text("203.0.114.7\n"))
	if err := b.get(); err != nil {
		t.Fatal(err)
	}
	b.says(text(strings.Repeat("203.0.114.9\n", 100_000)))
	var found *datafile.Error
	if err := b.get(); !errors.As(err, &found) || found.Problem != datafile.Full {
		t.Errorf("without room: %v", err)
	}
	if !on("203.0.114.7") || on("203.0.114.9") {
		t.Error("the list that was there is not used on")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	b.open()
	if b.load(b.lists()[0]); b.States()[0].Set == nil || len(b.told()) > 0 {
		t.Errorf("what was kept is not used, told %s", fmt.Sprint(b.told()))
	}
}
