package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linklog/capture/send/sendtest"
	"linklog/format/services"
)

// settingsOf are those of a terminal.
func settingsOf(t *testing.T, f *os.File) *unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// linklog top shows what comes, sorts it by the key that is pressed, fits the terminal, and
// leaves it as it was, however it ends.
func TestTop(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	eventually(t, "the service answers: "+stderr.String(), func() bool { _, err := os.Stat(socket); return err == nil })
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func(cmd *exec.Cmd, screen *os.File) error{
		"q":       func(_ *exec.Cmd, screen *os.File) error { _, err := screen.WriteString("q"); return err },
		"Ctrl+C":  func(_ *exec.Cmd, screen *os.File) error { _, err := screen.WriteString("\x03"); return err },
		"SIGTERM": func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":  func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Signal(syscall.SIGINT) },
	} {
		screen, tty := terminal(t, 100)
		before := settingsOf(t, tty)
		shown := &reading{}
		go func() { _, _ = io.Copy(shown, screen) }() // until the terminal is closed
		cmd := exec.Command(file, "top", "--socket", socket, "--since", "1h", "--every", "100ms")
		cmd.Env = append(os.Environ(), "TERM=xterm")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, name+": it has begun", func() bool { return strings.Contains(shown.String(), otherScreen) })
		sendtest.Tell(t, port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80", "@in TCP from 203.0.113.5:51234 to 192.168.1.10:80")
		last := func() string { _, s, _ := cutLast(shown.String(), fromTop); return s }
		eventually(t, name+": it shows the hosts", func() bool { return strings.Contains(last(), "203.0.113.4") && strings.Contains(last(), "203.0.113.5") })
		if _, err := screen.WriteString("nr"); err != nil { // by name, the last first
			t.Fatal(err)
		}
		eventually(t, name+": it sorts by name", func() bool {
			s := last()
			return strings.Contains(s, "by name") && strings.Index(s, "203.0.113.5") < strings.Index(s, "203.0.113.4")
		})
		if err := unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 6, Col: 60}); err != nil {
			t.Fatal(err)
		}
		eventually(t, name+": it fits what is smaller now", func() bool {
			s := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`).ReplaceAllString(last(), "\n")
			for line := range strings.Lines(s) {
				if len([]rune(strings.TrimSpace(line))) > 60 {
					return false
				}
			}
			return strings.Contains(last(), "\x1b[6;1H")
		})
		if err := end(cmd, screen); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, shown.String())
		}
		eventually(t, name+": the screen is the own one again", func() bool { return strings.HasSuffix(shown.String(), ownScreen) })
		if after := settingsOf(t, tty); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: the terminal is not as it was: %+v, %+v", name, before, after)
		}
		tty.Close()
	}
	// Elsewhere a table is written at each interval.
	out, err := exec.Command(file, "top", "--socket", socket, "--since", "1h", "--every", "200ms", "--count", "2", "--order", "name").CombinedOutput()
	if n := strings.Count(string(out), "Host  Address"); err != nil || n != 2 || strings.Contains(string(out), "\x1b") || strings.Count(string(out), "203.0.113.5") == 0 {
		t.Errorf("%v, %d tables: %s", err, n, out)
	}
}

// A panic leaves the terminal as it was, too.
func TestTopPanics(t *testing.T) {
	screen, tty := terminal(t, 80)
	defer tty.Close()
	before := settingsOf(t, tty)
	shown := &reading{}
	go func() { _, _ = io.Copy(shown, screen) }()
	by, _ := parseDimensions([]string{"host"})
	x := &top{in: tty, out: tty, every: time.Hour, tally: tally{by: by[0], services: services.IANA()}, order: len(orders)}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = x.show(t.Context())
	}()
	eventually(t, "the screen is the own one again", func() bool { return strings.HasSuffix(shown.String(), ownScreen) })
	if after := settingsOf(t, tty); !reflect.DeepEqual(before, after) {
		t.Error(fmt.Sprint("the terminal is not as it was: ", before, after))
	}
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
