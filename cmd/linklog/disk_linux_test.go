package main

import (
	"context"
	"errors"
	"fmt"
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

// smallDisk is a folder for a service, whose data folder is a file system of its own.
func smallDisk(t *testing.T, options string) (dir, disk string) {
	t.Helper()
	dir = t.TempDir()
	disk = filepath.Join(dir, "data")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, options); err != nil {
		t.Skip("needs a file system of its own (as root): ", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	return dir, disk
}

// fillDisk takes all the room that is left, with a file.
func fillDisk(t *testing.T, disk string) (filler string) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return f.Name()
}

// TestFullDiskService fills the disk under the running service. It stays up, says
// what is wrong, and goes on when there is room: in the end each message is in the
// history, or in a gap that tells how many are missing.
func TestFullDiskService(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a file system")
	}
	dir, disk := smallDisk(t, "size=24m,mode=700")
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

	filler := fillDisk(t, disk)
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

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
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

// TestStartOnFullDisk starts the service where not a byte is free, after a proper end and
// after a crash: it answers, shows what is stored, says what is wrong, and goes on when
// there is room; what came meanwhile is stored, or told as lost.
func TestStartOnFullDisk(t *testing.T) {
	for _, test := range []struct {
		name   string
		signal os.Signal
	}{{"after an end", os.Interrupt}, {"after a crash", os.Kill}} {
		t.Run(test.name, func(t *testing.T) {
			dir, disk := smallDisk(t, "size=24m,mode=700")
			s := runService(t, dir, "")
			attempts := func() (n, lost int) {
				err := s.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
					if ev.Kind == capture.Traffic {
						n++
					}
					lost += int(ev.Lost)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return n, lost
			}
			s.send(t, 1000, 0)
			eventually(t, "all stored", func() bool { n, _ := attempts(); return n == 1000 })
			s.cmd.Process.Signal(test.signal)
			s.cmd.Wait()
			filler := fillDisk(t, disk)

			s = runService(t, dir, "")
			if n, _ := attempts(); n != 1000 {
				t.Errorf("%d of 1000 are there\n%s", n, s.stderr)
			}
			sent := 1000
			eventually(t, "it says that the disk is full", func() bool {
				s.send(t, 1000, 0)
				sent += 1000
				status, err := s.Status(t.Context())
				return err == nil && strings.Contains(fmt.Sprint(status.Troubles), "no space left on device")
			})
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			eventually(t, "all is stored, or told as lost", func() bool { n, lost := attempts(); return n+lost == sent })
			eventually(t, "no trouble is left", func() bool { status, err := s.Status(t.Context()); return err == nil && len(status.Troubles) == 0 })
			if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if err := s.cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, s.stderr)
			}
		})
	}
}

// takeFiles makes files until there is no room for one more.
func takeFiles(t *testing.T, disk string) (free func()) {
	t.Helper()
	for n := 0; ; n++ {
		name := func(i int) string { return filepath.Join(disk, fmt.Sprint("taken", i)) }
		err := os.WriteFile(name(n), nil, 0o600)
		if errors.Is(err, syscall.ENOSPC) {
			return func() {
				for i := range n {
					os.Remove(name(i))
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoRoomForFiles starts the service where the disk takes no more files, though it has
// bytes: it receives, shows what there is, says what is missing, and stores all when
// there is room again.
func TestNoRoomForFiles(t *testing.T) {
	dir, disk := smallDisk(t, "size=24m,mode=700,nr_inodes=60")
	var free func()
	for n, last := range []bool{false, true} {
		s := runService(t, dir, "")
		if last {
			told := func() string {
				status, err := s.Status(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return fmt.Sprint(status.Troubles)
			}
			eventually(t, "it says what is missing: "+told(), func() bool { return strings.Contains(told(), "no free inodes") && strings.Contains(told(), "df -i") })
		}
		s.send(t, 10, n*10)
		eventually(t, "all received", func() bool { status, err := s.Status(t.Context()); return err == nil && status.Received == 10 })
		if last {
			found := 0
			err := s.Events(t.Context(), client.Query{Limit: 100}, func(ev *capture.Event) error {
				if ev.Kind == capture.Traffic {
					found++
				}
				return nil
			})
			if err != nil || found < 10 {
				t.Errorf("%d events can be read, %v", found, err)
			}
			free()
		}
		eventually(t, "all stored", func() bool {
			status, err := s.Status(t.Context())
			found := 0
			if err == nil {
				err = s.Events(t.Context(), client.Query{}, func(ev *capture.Event) error {
					if ev.Kind == capture.Traffic {
						found++
					}
					return nil
				})
			}
			return err == nil && found == 10*(n+1) && status.Waiting == 0
		})
		s.cmd.Process.Signal(os.Interrupt)
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, s.stderr)
		}
		free = takeFiles(t, disk)
	}
}

// TestStartWithoutRoomForFiles starts the service where the disk takes no more files, or
// nothing at all: it ends with what is wrong, and nothing of ports, or starts.
func TestStartWithoutRoomForFiles(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, option, want string }{
		{"no inodes", "nr_inodes=30", " cannot be written: no room for more files on the disk, however small (it has no free inodes). Remove files from that disk; how many it has and may have says df -i\n"},
		{"read-only", "", " cannot be written: its file system is mounted read-only. Mount it for writing, or choose a different folder with --data-dir\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, disk := smallDisk(t, "size=24m,mode=700,"+test.option)
			s := runService(t, dir, "")
			s.send(t, 10, 0)
			eventually(t, "all stored", func() bool { n, err := s.Count(t.Context(), client.Query{}); return err == nil && n == 10 })
			s.cmd.Process.Signal(os.Interrupt)
			s.cmd.Wait()
			if test.option == "" {
				err = syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
			} else {
				// As an earlier build leaves it.
				err = errors.Join(os.Remove(filepath.Join(disk, "state.db-wal")), os.Remove(filepath.Join(disk, "state.db-shm")))
				takeFiles(t, disk)
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			out, _ := exec.CommandContext(ctx, file, "service", "run", "--port", freePort(t), "--data-dir", disk, "--socket", filepath.Join(dir, "s")).CombinedOutput()
			if ctx.Err() != nil || !strings.Contains(string(out), disk) || !strings.HasSuffix(string(out), test.want) || strings.Contains(string(out), "--port") {
				t.Errorf("%s", out)
			}
		})
	}
}
