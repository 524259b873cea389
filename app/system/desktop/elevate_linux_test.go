package desktop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is to be typed into a terminal gives a shell the arguments as they are.
func TestShellLine(t *testing.T) {
	args := []string{"/opt/Link Log/linklog", "service", "install", "it's", "$HOME", "", "a;b"}
	out, err := exec.Command("/bin/sh", "-c", shellLine(`printf '%s\0'`, args)).Output()
	if err != nil || string(out) != strings.Join(args, "\x00")+"\x00" {
		t.Errorf("%q %v", out, err)
	}
	if got := shellLine("sudo", []string{"/usr/bin/linklog", "service", "install"}); got != "sudo /usr/bin/linklog service install" {
		t.Error(got)
	}
}

// pkexec is there in name only: each of its answers is told apart.
func TestAnswersOfAPretendedPkexec(t *testing.T) {
	if os.Geteuid() == 0 {
		if _, err := exec.LookPath("setpriv"); err != nil {
			t.Skip("needs to be somebody else than root")
		}
		// Again as nobody, from a folder he can read.
		dir, err := os.MkdirTemp("/tmp", "linklog-test")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		text, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(dir+"/test", text, 0o755)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", dir+"/test", "-test.v", "-test.run=^"+t.Name()+"$")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR=/tmp")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := RunElevated(t.Context(), "/usr/bin/linklog", "service", "install"); err == nil || !strings.Contains(err.Error(), "in a terminal: sudo /usr/bin/linklog service install") {
		t.Error(err)
	}
	script := "#!/bin/sh\necho \"$@\"; exit $2\n"
	if err := os.WriteFile(filepath.Join(dir, "pkexec"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := RunElevated(t.Context(), "x", "0"); err != nil {
		t.Error(err)
	}
	if err := RunElevated(t.Context(), "x", "126"); !errors.Is(err, ErrCancelled) {
		t.Error(err)
	}
	if err := RunElevated(t.Context(), "x", "127"); err == nil || errors.Is(err, ErrCancelled) || !strings.Contains(err.Error(), "sudo x 127") {
		t.Error(err)
	}
	if err := RunElevated(t.Context(), "x", "3"); err == nil || !strings.Contains(err.Error(), "x 3: exit status 3") {
		t.Error(err)
	}
}

// GLib, as desktops do, makes the arguments of the Exec line again.
func TestExecLineIsReadByGLib(t *testing.T) {
	gio, err := exec.LookPath("gio")
	if err != nil {
		t.Skip("no gio here")
	}
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	program := filepath.Join(dir, `Link "Log" $HOME`) // GLib does not find a program with % in its name
	record := "#!/bin/sh\nprintf '%s\\0' \"$@\" >'" + dir + "/new' && mv '" + dir + "/new' '" + dir + "/args'\n"
	if err := os.WriteFile(program, []byte(record), 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"--hidden", "two words", "%u", `back\slash`, "`id`", "$(id)", `"`, "it's", "ü"}
	if err := (Autostart{ID: "io.github.linklog.LinkLog", Name: "LinkLog", Program: program, Args: args}).Enable(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gio, "launch", filepath.Join(dir, "autostart", "io.github.linklog.LinkLog.desktop")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	text := waitFor(t, filepath.Join(dir, "args"))
	if text != strings.Join(args, "\x00")+"\x00" {
		t.Errorf("%q", text)
	}
}
