// Package e2e tests the real app in a real window: on a screen in memory, with a
// session bus, a panel with a tray and a notification daemon, driven by keys.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/service/client"
)

// rowsArea is where the rows of the log are, beside the list of pages and above the
// footer, and stateArea where the state of the connection is.
var (
	rowsArea  = image.Rect(200, 90, 900, 700)
	stateArea = image.Rect(80, 10, 310, 36)
)

// From the first start to rows, search, copy and a clean end.
func TestWindow(t *testing.T) {
	d := newDesktop(t)
	d.panel()
	d.choices(`{"theme":"light","page":"log","width":1280,"height":800}`)
	d.settings("[hosts]\nlearning = \"24h\"\n")
	a := d.start()
	d.until("the tray has our icon", func() bool {
		out, err := d.command("dbus-send", "--session", "--print-reply", "--dest=org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher",
			"org.freedesktop.DBus.Properties.Get", "string:org.kde.StatusNotifierWatcher", "string:RegisteredStatusNotifierItems").Output()
		return err == nil && strings.Contains(string(out), "StatusNotifierItem")
	})

	// A message is on the screen soon. What a picture takes counts, too.
	before := d.screen()
	begin := time.Now()
	a.tell("@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	d.until("the row is there", func() bool { return differs(before, d.screen(), rowsArea) })
	t.Logf("a message is visible after %v", time.Since(begin).Round(time.Millisecond))

	a.tell("@out TCP from 192.168.1.10:5000 to 198.51.100.7:443", "@out UDP from 192.168.1.11:5001 to 198.51.100.8:53")
	a.xdotool("mousemove", "600", "500", "click", "1") // into the log
	d.until("all rows are copied", func() bool {
		a.keys("ctrl+a", "ctrl+c")
		return strings.Count(d.clipboard(), "->") == 3
	})
	lines := strings.Split(d.clipboard(), "\n")
	if !strings.Contains(lines[0], "[ in, TCP] 203.0.113.4:51234 -> 192.168.1.10:http") {
		t.Errorf("%q", lines)
	}

	// The search text filters, also typed by hand.
	a.keys("ctrl+f")
	a.xdotool("type", "--delay", "20", "dir:out dport:53")
	a.xdotool("mousemove", "600", "500", "click", "1")
	d.until("the filter is applied", func() bool {
		a.keys("ctrl+a", "ctrl+c")
		text := d.clipboard()
		return strings.Count(text, "->") == 1 && strings.Contains(text, "198.51.100.8")
	})

	// What is begun there is completed.
	a.keys("ctrl+f", "ctrl+a")
	a.xdotool("type", "--delay", "20", "dir:i")
	a.keys("Tab")
	a.xdotool("mousemove", "600", "500", "click", "1")
	d.until("the completed filter is applied", func() bool {
		a.keys("ctrl+a", "ctrl+c")
		text := d.clipboard()
		return strings.Count(text, "->") == 1 && strings.Contains(text, "203.0.113.4")
	})

	// Every page can be shown.
	shown := d.screen()
	for _, page := range []string{"2", "3", "4", "5", "6", "7", "8", "1"} {
		a.keys("ctrl+" + page)
		d.until("page "+page+" is another", func() bool { return differs(shown, d.screen(), rowsArea) })
		shown = d.screen()
	}

	// Closing keeps the tray, a second start shows the window again.
	a.keys("ctrl+w")
	d.until("the window is gone", func() bool { return !a.findWindow() })
	second := d.command(filepath.Join(programs.dir, "linklog-app"))
	if out, err := second.CombinedOutput(); err != nil || !strings.Contains(string(out), "already running") {
		t.Errorf("%v %s", err, out)
	}
	d.until("the window is back", func() bool { return a.findWindow() })

	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	a.clean()
	if text, err := os.ReadFile(filepath.Join(d.home, "config", "linklog", "app.json")); err != nil || !strings.Contains(string(text), `"light"`) {
		t.Errorf("%s %v", text, err)
	}
	if list, _ := filepath.Glob(filepath.Join(d.home, "data", "linklog", "history", "*.db")); len(list) == 0 {
		t.Error("no history was kept")
	}
}

// Without a screen it says so in a line, and ends.
func TestNoDisplay(t *testing.T) {
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	for _, test := range []struct{ display, want string }{
		{"", "linklog-app: no screen for a window (neither DISPLAY nor WAYLAND_DISPLAY is set); in a terminal, use linklog\n"},
		{":7654", "linklog-app: no screen for a window (cannot open :7654); in a terminal, use linklog\n"},
	} {
		for _, args := range [][]string{nil, {"--hidden"}} {
			cmd := exec.Command(filepath.Join(programs.dir, "linklog-app"), args...)
			cmd.Env = []string{"HOME=" + t.TempDir(), "DISPLAY=" + test.display}
			if test.display != "" {
				cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+t.TempDir()) // without it libwayland complains
			}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 1 || string(out) != test.want {
				t.Errorf("DISPLAY=%s %v: exit code %d, %s", test.display, args, code, out)
			}
		}
	}
}

// An X server starts anew, or ends as this one, when its last client goes: to see whether there is a
// screen must not be a visit after which there is none.
func TestAloneOnScreen(t *testing.T) {
	d := newDesktop(t)
	d.settings("")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-terminate", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	d.startCmd(x)
	w.Close()
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	cmd := d.command(filepath.Join(programs.dir, "linklog-app"))
	cmd.Env = append(cmd.Env, "DISPLAY=:"+strings.TrimSpace(display))
	var said bytes.Buffer
	cmd.Stderr = &said
	d.startCmd(cmd)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended }) // before what startCmd leaves, which waits, too
	c := client.New(client.Options{Paths: []string{filepath.Join(d.home, "run", "linklog", "linklog.sock")}})
	defer c.Close()
	d.until("it runs", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%.300s", err, said.String())
		default:
		}
		h, err := c.Hello(context.Background())
		return err == nil && h.Open
	})
}

// Without a tray the window is all there is: closing it ends the app.
func TestNoTray(t *testing.T) {
	d := newDesktop(t)
	d.choices(`{"page":"log"}`)
	d.settings("")
	a := d.start()
	a.keys("ctrl+w")
	ended := make(chan error, 1)
	go func() { ended <- a.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on without window and tray")
	}
}

// A new host is told once, with its name, device and port; a burst of them at once;
// none while muted, also over a restart.
func TestNotifications(t *testing.T) {
	d := newDesktop(t)
	d.panel()
	d.choices(`{"page":"log"}`)
	d.settings("[hosts]\nlearning = \"0s\"\nignore = [\"ip:198.51.100.99\"]\n")
	a := d.start("--hidden")
	a.tell("@out TCP from 192.168.1.10:5000 to cdn.example(203.0.113.4):443")
	d.until("it is told", func() bool { return len(d.notified()) > 0 })
	a.tell("@out TCP from 192.168.1.10:5001 to cdn.example(203.0.113.4):443", "@out TCP from 192.168.1.10:5002 to 198.51.100.99:443")
	if n := d.notified()[0]; n[0] != "New: cdn.example" || n[1] != "192.168.1.10 tried to reach it (TCP 443 https)" {
		t.Errorf("%q", n)
	}
	var burst []string
	for i := range 30 {
		burst = append(burst, "@out TCP from 192.168.1.10:5000 to 203.0.113."+string(rune('1'+i/10))+string(rune('0'+i%10))+":443")
	}
	before := len(d.notified())
	a.tell(burst...)
	known := func(n int) func() bool {
		return func() bool {
			c := a.client()
			defer c.Close()
			s, err := c.Status(context.Background())
			return err == nil && s.Hosts == n
		}
	}
	d.until("all of the burst are known", known(32))
	d.until("the burst is told", func() bool { return len(d.notified()) > before })
	time.Sleep(time.Second) // more would come now; nothing depends on it if none does
	if n := len(d.notified()) - before; n > 5 {
		t.Errorf("%d notifications for a burst of 30 hosts", n)
	}

	// Muted by the user's own choice, which the next start has, too.
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	a.cmd.Wait()
	d.choices(`{"page":"log","muted":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`)
	a = d.start("--hidden")
	before = len(d.notified())
	a.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.200:443", "@out TCP from 192.168.1.10:5000 to 203.0.113.201:443")
	d.until("both are known", known(34))
	if n := len(d.notified()); n != before {
		t.Errorf("%d notifications while muted: %q", n-before, d.notified()[0])
	}
	a.clean()
}

// The same program uses a service; that goes and comes back, which can be seen, and
// no event is lost or twice.
func TestService(t *testing.T) {
	d := newDesktop(t)
	socket := filepath.Join(d.home, "service.sock")
	data := filepath.Join(d.home, "service")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "linklog.toml"), []byte("[listen]\nport = 0\n[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func() *exec.Cmd {
		cmd := d.command(filepath.Join(programs.dir, "linklog"), "service", "run", "--data-dir", data, "--socket", socket)
		d.startCmd(cmd)
		return cmd
	}
	service := serve()
	d.choices(`{"page":"log","theme":"light","width":1280,"height":800}`)
	a := d.start("--socket", socket)
	a.tell("@in TCP from 203.0.113.4:1 to 192.168.1.10:80")
	a.xdotool("mousemove", "600", "500", "click", "1")
	copied := func(n int) func() bool {
		return func() bool {
			a.keys("ctrl+a", "ctrl+c")
			return strings.Count(d.clipboard(), "->") == n
		}
	}
	d.until("the row is there", copied(1))

	well := d.screen()
	service.Process.Kill()
	service.Wait()
	d.until("the loss can be seen", func() bool { return differs(well, d.screen(), stateArea) })
	serve()
	c := client.New(client.Options{Paths: []string{socket}})
	defer c.Close()
	d.until("the service is back", func() bool {
		h, err := c.Hello(context.Background())
		a.port = h.Port
		return err == nil
	})
	a.tell("@in TCP from 203.0.113.4:2 to 192.168.1.10:80")
	d.until("the next row is there, and the first once", copied(2))
	a.clean()
}

// A minimised window comes back when the program is started again, with what came
// meanwhile, as it does from the tray.
func TestMinimised(t *testing.T) {
	d := newDesktop(t)
	d.panel()
	d.startCmd(d.command("openbox"))
	d.until("the window manager is up", func() bool {
		return d.command("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").Run() == nil && d.command("wmctrl", "-m").Run() == nil
	})
	d.choices(`{"theme":"light","page":"log","width":1000,"height":700}`)
	d.settings("")
	a := d.start()
	window := a.window
	state := func(want string) func() bool {
		return func() bool {
			out, err := d.command("xprop", "-id", window, "WM_STATE").Output()
			return err == nil && strings.Contains(string(out), "window state: "+want)
		}
	}
	d.until("the window is open", state("Normal"))
	a.tell("@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	a.xdotool("windowminimize", window)
	d.until("it is minimised", state("Iconic"))
	a.tell("@in TCP from 203.0.113.5:51234 to 192.168.1.10:80")
	if out, err := d.command(filepath.Join(programs.dir, "linklog-app")).CombinedOutput(); err != nil {
		t.Errorf("%v %s", err, out)
	}
	d.until("it is back", state("Normal"))
	d.until("with both rows", func() bool {
		a.xdotool("mousemove", "600", "400", "click", "1")
		a.keys("ctrl+a", "ctrl+c")
		return strings.Count(d.clipboard(), "->") == 2
	})
}
