package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"html"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dunst starts a real notification daemon under an X server without a screen.
// stop ends the daemon.
func dunst(t *testing.T) (stop func()) {
	t.Helper()
	for _, program := range []string{"Xvfb", "dunst", "dunstctl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	if os.Getenv("LINKLOG_TEST_DISPLAY") == "" {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
		x.ExtraFiles = []*os.File{w}
		if err := x.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Process.Kill(); x.Wait() })
		w.Close()
		display, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("DISPLAY", ":"+strings.TrimSpace(display))
		t.Setenv("LINKLOG_TEST_DISPLAY", "1")
	}
	config := filepath.Join(t.TempDir(), "dunstrc")
	if err := os.WriteFile(config, []byte("[global]\nhistory_length=50\nmarkup=full\n[urgency_normal]\ntimeout=0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := exec.Command("dunst", "-conf", config)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() { d.Process.Kill(); d.Wait() }
	t.Cleanup(stop)
	until(t, "dunst is up", func() bool { _, err := exec.Command("dunstctl", "is-paused").Output(); return err == nil })
	return stop
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func ctl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("dunstctl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("dunstctl %q: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// history gives what was shown and closed, newest first: title and body.
func history(t *testing.T) (all [][2]string) {
	t.Helper()
	type field struct{ Data any }
	var text struct{ Data [][]map[string]field }
	if err := json.Unmarshal([]byte(ctl(t, "history")), &text); err != nil {
		t.Fatal(err)
	}
	for _, list := range text.Data {
		for _, n := range list {
			title, _ := n["summary"].Data.(string)
			body, _ := n["body"].Data.(string)
			all = append(all, [2]string{title, body})
		}
	}
	return all
}

func TestWithDunst(t *testing.T) {
	bus(t)
	stop := dunst(t)
	n := notifier(t)
	clicked := make(chan string, 10)
	show := func(id, title, body string) {
		n.Show(Notification{ID: id, Title: title, Body: body, OnClick: func() { clicked <- title }})
	}
	count := func() string { return ctl(t, "count", "displayed") }

	show("hosts", "one", "<b>bold</b> & <a href='x'>link</a>")
	until(t, "one is shown", func() bool { return count() == "1" })
	show("hosts", "two", "1 < 2")
	show("wan", "three", "")
	until(t, "two took the place of one, three is another", func() bool { return count() == "2" })
	ctl(t, "action", "0") // a click on the one on top
	first := <-clicked
	if first != "two" && first != "three" {
		t.Errorf("%q was clicked", first)
	}
	ctl(t, "close-all")
	until(t, "all are closed", func() bool { return count() == "0" })

	show("hosts", "four", `"quoted" <i>text`)
	until(t, "four is shown after all was closed", func() bool { return count() == "1" })
	ctl(t, "action", "0")
	if got := <-clicked; got != "four" {
		t.Errorf("%q was clicked", got)
	}
	ctl(t, "close-all")
	until(t, "it is in the history", func() bool {
		for _, h := range history(t) {
			if h[0] == "four" {
				return true
			}
		}
		return false
	})
	for _, h := range history(t) {
		t.Logf("%q", h)
		switch h[0] {
		case "one":
			t.Error("one was not replaced")
		case "two":
			if html.UnescapeString(h[1]) != "1 < 2" {
				t.Errorf("%q", h[1])
			}
		case "four":
			if html.UnescapeString(h[1]) != `"quoted" <i>text` {
				t.Errorf("%q: markup was taken", h[1])
			}
		}
	}

	stop() // the daemon crashes, and another starts
	dunst(t)
	show("hosts", "five", "")
	until(t, "five is shown by the new daemon", func() bool { return count() == "1" })
	ctl(t, "action", "0")
	if got := <-clicked; got != "five" {
		t.Errorf("%q was clicked", got)
	}
}

// A bus that takes connections and says nothing does not keep the app from ending.
func TestSilentBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	n := New(Options{AppID: "test", AppName: "LinkLog"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	n.Show(Notification{ID: "a", Title: "x"})
	until(t, "it was taken", func() bool { return len(n.queue) == 0 })
	cancel()
	select {
	case <-done:
	case <-time.After(3 * showWithin):
		t.Error("Run does not end")
	}
}
