package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"linklog/capture/send/sendtest"
	"linklog/service/client"
)

// terminal is one of a number of columns; what is written to it is read from the
// first file.
func terminal(t *testing.T, columns uint16) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: columns})
	}
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	return screen, tty
}

// onTerminal runs the program on a terminal and gives what it shows there.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) string {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	screen, tty := terminal(t, columns)
	cmd := exec.Command(file, args...)
	cmd.Env = append(append(os.Environ(), "TERM=xterm", "NO_COLOR="), env...)
	cmd.Stdout, cmd.Stderr = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close() // so that reading ends with the program
	var shown strings.Builder
	for buf := make([]byte, 4096); ; {
		n, err := screen.Read(buf)
		shown.Write(buf[:n])
		if err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, shown.String())
	}
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

// On a terminal there is colour, unless somebody does not want it, and tables fit.
func TestTerminal(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	config := filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	sendtest.Tell(t, port, "@in TCP from a-host-with-a-very-long-name.in-a-long-domain.example(203.0.113.4):51234 to 192.168.1.10:80")
	c := client.New(client.Options{Paths: []string{socket}})
	defer c.Close()
	eventually(t, "it is stored: "+stderr.String(), func() bool { n, err := c.Count(t.Context(), client.Query{}); return err == nil && n == 1 })

	const plain, yellow = "203.0.113.4\n", "\x1b[33m203.0.113.4\x1b[0m\n"
	log := []string{"log", "--socket", socket, "-t", "%a"}
	for _, test := range []struct {
		env, flag, want string
	}{
		{want: yellow}, {env: "NO_COLOR=1", want: plain}, {env: "TERM=dumb", want: plain},
		{flag: "--color=never", want: plain}, {env: "NO_COLOR=1", flag: "--color=always", want: yellow},
	} {
		args, env := log, []string(nil)
		if test.flag != "" {
			args = append(args[:len(args):len(args)], test.flag)
		}
		if test.env != "" {
			env = append(env, test.env)
		}
		if got := onTerminal(t, 80, env, args...); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	for _, columns := range []uint16{90, 120, 200} {
		shown := onTerminal(t, columns, nil, "hosts", "--socket", socket)
		for line := range strings.Lines(shown) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > int(columns) {
				t.Errorf("%d columns: %d in %s", columns, n, line)
			}
		}
		if cut := strings.Contains(shown, "…"); cut != (columns < 150) || !strings.Contains(shown, "203.0.113.4") {
			t.Errorf("%d columns:\n%s", columns, shown)
		}
	}
	// Bars take what is left, and are left out where that is too little.
	for columns, bars := range map[uint16]bool{44: false, 120: true, 200: true} {
		shown := onTerminal(t, columns, nil, "stats", "--socket", socket, "--by", "port")
		for line := range strings.Lines(shown) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > int(columns) {
				t.Errorf("%d columns: %d in %s", columns, n, line)
			}
		}
		if strings.Contains(shown, "█") != bars || !strings.Contains(shown, "http") {
			t.Errorf("%d columns:\n%s", columns, shown)
		}
	}
	// A pipe has no width.
	file, _ := program()
	if out, err := exec.Command(file, "hosts", "--socket", socket).Output(); err != nil || !strings.Contains(string(out), "in-a-long-domain.example") {
		t.Errorf("%v: %s", err, out)
	}
}
