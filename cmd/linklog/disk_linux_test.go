package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
)

// TestFullDiskService fills the disk under the running service. It stays up, says
// what is wrong, and goes on when there is room: in the end each message is in the
// history, or in a gap that tells how many are missing.
func TestFullDiskService(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a file system")
	}
	dir := t.TempDir()
	disk := filepath.Join(dir, "data")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m,mode=700"); err != nil {
		t.Skip("needs a file system of its own (as root): ", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	s := runService(t, dir, "")
	sent := 0
	sendMore := func(n int) {
		t.Helper()
		s.send(t, n, 0)
		sent += n
	}
	// What is accounted for: attempts in the history, and what gaps tell.
	accounted := func() (stored, lost int) {
		err := s.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
			switch ev.Kind {
			case capture.Traffic:
				stored++
			case capture.Gap:
				lost += int(ev.Lost)
			}
			return nil
		})
		if err != nil {
			return -1, -1
		}
		return stored, lost
	}
	sendMore(1000)
	eventually(t, "all stored", func() bool { stored, _ := accounted(); return stored == sent })

	filler, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for block := make([]byte, 64<<10); err == nil; {
		_, err = filler.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	file, _ := program()
	eventually(t, "it says that the disk is full", func() bool {
		sendMore(2000)
		status, err := s.Status(t.Context())
		if err != nil {
			t.Fatalf("it does not answer: %v\n%s", err, s.stderr)
		}
		for _, trouble := range status.Troubles {
			if strings.Contains(trouble.Text, "no space left on device") {
				return true
			}
		}
		return false
	})
	sendMore(20_000)
	cmd := exec.Command(file, "status", "--socket", s.socket)
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != exitFailure || !strings.Contains(string(out), "TROUBLE") {
		t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
	}

	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	if err := filler.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		status, err := s.Status(t.Context())
		if err == nil && len(status.Troubles) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still in trouble: %v, %+v\n%s", err, status.Troubles, s.stderr)
		}
	}
	sendMore(1000)
	stored, lost := 0, 0
	for range 2000 {
		if stored, lost = accounted(); stored+lost == sent {
			break
		}
	}
	if stored+lost != sent || stored < 2000 {
		t.Errorf("%d stored and %d told as lost, of %d\n%s", stored, lost, sent, s.stderr)
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.stderr)
	}
	t.Logf("%d sent, %d stored, %d told as lost", sent, stored, lost)
}
