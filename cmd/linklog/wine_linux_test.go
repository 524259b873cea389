package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"linklog/service/install/winetest"
)

// wine is a Windows of its own, as far as wine is one, with linklog.exe.
type wine struct {
	*winetest.Prefix
	exe string
}

func newWine(t *testing.T) *wine {
	t.Helper()
	w := &wine{Prefix: winetest.New(t)}
	w.exe = filepath.Join(w.Dir, "linklog.exe")
	build := exec.Command("go", "build", "-o", w.exe, w.Overlay(), ".")
	build.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return w
}

// background starts linklog.exe and lets it run until the test ends.
func (w *wine) background(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("wine", append([]string{w.exe}, args...)...)
	cmd.Env = w.Env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// linklog runs linklog.exe and gives what it says and its exit code. The output
// goes to a file: services that wine starts along the way would keep a pipe open.
func (w *wine) linklog(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := os.CreateTemp(w.Dir, "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, "wine", append([]string{w.exe}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.Env, out, out
	if err := cmd.Run(); err != nil && ctx.Err() != nil {
		t.Fatalf("%v: %v", args, err)
	}
	text, _ := os.ReadFile(out.Name())
	return string(bytes.ReplaceAll(text, []byte("\r"), nil)), cmd.ProcessState.ExitCode()
}

// knock connects to the service and goes away. Wine, other than Windows, lets the
// first client of a pipe in where nobody serves: a handle that only holds the name.
func (w *wine) knock(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wine", w.exe, "status")
	cmd.Env = w.Env
	_ = cmd.Run()
}

// TestUnderWine installs the real program as a service of Windows, asks it through
// its pipe, and removes it again.
func TestUnderWine(t *testing.T) {
	if testing.Short() {
		t.Skip("sets up wine")
	}
	t.Parallel() // it mostly waits
	w := newWine(t)
	port := freePort(t)
	// Without a program that runs wine ends after some seconds, and its services with it.
	w.background(t, "--port", freePort(t), "--no-dns")
	expect := func(code int, want string, args ...string) string {
		t.Helper()
		out, got := w.linklog(t, args...)
		if got != code || !regexp.MustCompile("(?m)"+want).MatchString(out) {
			t.Errorf("linklog %s: exit code %d, want %d and %s\n%s", strings.Join(args, " "), got, code, want, out)
		}
		return out
	}
	expect(exitFailure, `^linklog: LinkLog's service does not answer: .*pipe`, "status")
	expect(exitFailure, `^The service is not installed`, "service", "status")
	expect(exitOK, `^The service is installed`, "service", "install", "--port", port)
	expect(exitOK, `^The service is running \(process \d+\)`, "service", "status")
	w.knock(t)
	expect(exitOK, `^Service .*, listening on UDP ports `+port+`, 514 and 2055,`, "status")
	sendTo := "127.0.0.1:" + port
	expect(exitOK, `sent 2`, "send", "--rate=0", "--to", sendTo, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80", "@out TCP from 192.168.1.10:5 to 198.51.100.1:443")
	deadline := time.Now().Add(30 * time.Second)
	for {
		out, _ := w.linklog(t, "log", "--no-dns", "-t", "%a %A")
		if out == "203.0.113.4 192.168.1.10\n192.168.1.10 198.51.100.1\n" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("linklog log: %s", out)
		}
	}
	expect(exitOK, `203\.0\.113\.4 .* http `, "hosts")
	expect(exitOK, `^Routers +none has sent anything yet; linklog doctor finds out why\r?\n +127\.0\.0\.1: 2, the last \d+ s ago \(this computer itself`, "status")
	expect(exitOK, ``, "service", "stop")
	expect(exitFailure, `^The service is installed, but not running`, "service", "status")
	expect(exitFailure, `does not answer`, "status")
	expect(exitOK, ``, "service", "start")
	w.knock(t)
	expect(exitOK, `listening on UDP ports `+port+`, 514 and 2055,`, "status")
	expect(exitOK, `203.0.113.4`, "log", "--no-dns") // kept
	expect(exitOK, ``, "service", "uninstall", "--purge", "--yes")
	expect(exitFailure, `^The service is not installed`, "service", "status")
	if found, _ := filepath.Glob(w.Dir + "/prefix/drive_c/ProgramData/LinkLog/*"); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
}
