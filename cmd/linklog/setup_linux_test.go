package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"linklog/capture/send/sendtest"
)

// TestSetupWatches is the list of linklog setup on a terminal: it changes in place as the
// router's messages come, and ends when nothing is missing.
func TestSetupWatches(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	screen, tty := terminal(t, 60)
	cmd := exec.Command(file, "setup", "linksys", "--socket", socket, "--router", "127.0.0.1")
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	cmd.Stdout, cmd.Stderr = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close() // so that reading ends with the program
	t.Cleanup(func() { cmd.Process.Kill() })
	shown := &reading{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 4096); ; {
			n, err := screen.Read(buf)
			shown.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	see := func(line string) {
		t.Helper()
		eventually(t, line, func() bool { return strings.Contains(onScreen(shown.String()), line+"\n") })
	}
	see("MISSING   Something arrives")
	sendtest.Tell(t, port, "System is ready")
	see("ok        Something arrives")
	see("MISSING   A connection")
	see("waiting   An outgoing connection")
	sendtest.Tell(t, port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	see("ok        A connection")
	see("MISSING   An outgoing connection")
	sendtest.Tell(t, port, "@out TCP from 192.168.1.10:51234 to 203.0.113.4:443")
	<-ended
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, shown)
	}
	end := onScreen(shown.String())
	if strings.Count(end, "Something arrives") != 1 || strings.Count(end, "Does it arrive?") != 1 || strings.Contains(end, "MISSING") || !strings.Contains(end, "ok        An outgoing connection\n") {
		t.Errorf("at the end there is\n%s", end)
	}
}

var upAndClear = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// onScreen is what is left of what was written to a terminal: the program goes up some lines
// and clears what is below.
func onScreen(written string) string {
	written = strings.ReplaceAll(written, "\r\n", "\n")
	var screen []string
	for {
		at := upAndClear.FindStringSubmatchIndex(written)
		if at == nil {
			return strings.Join(append(screen, strings.SplitAfter(written, "\n")...), "")
		}
		screen = append(screen, strings.SplitAfter(written[:at[0]], "\n")...)
		if screen[len(screen)-1] == "" { // behind the last line
			screen = screen[:len(screen)-1]
		}
		up, _ := strconv.Atoi(written[at[2]:at[3]])
		screen = screen[:max(len(screen)-up, 0)]
		written = written[at[1]:]
	}
}
