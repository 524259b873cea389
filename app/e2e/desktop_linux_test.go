package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"linklog/capture/send/sendtest"
	"linklog/service/client"
)

// tools are what the tests need. Where one is missing they skip, but on a build
// server they fail.
var tools = []string{"Xvfb", "xdotool", "xclip", "dbus-daemon", "dunst", "dunstctl", "xfce4-panel", "openbox", "wmctrl", "xprop"}

// built are the real programs, once for all tests.
type built struct {
	dir string
	err error
}

var programs built // set by TestMain, before any test

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "linklog-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = build(dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build builds the app with cgo, as it ships, and the command.
func build(dir string) built {
	for _, b := range []struct{ cgo, pkg, name string }{{"1", "linklog", "linklog-app"}, {"0", "linklog/cmd/linklog", "linklog"}} {
		cmd := exec.Command("../../scripts/go", "build", "-buildvcs=false", "-trimpath", "-buildmode=pie", "-o", filepath.Join(dir, b.name), b.pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED="+b.cgo, "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return built{dir, fmt.Errorf("build %s: %w\n%s", b.name, err, out)}
		}
	}
	return built{dir: dir}
}

// desktop is a screen in memory with a session bus, a panel with a tray, and a
// notification daemon: all of them real.
type desktop struct {
	t    *testing.T
	env  []string
	home string

	frame framebuffer
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("no %s here: scripts/setup e2e installs it", tool)
			}
			t.Skipf("no %s here: scripts/setup e2e installs it", tool)
		}
	}
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	d := &desktop{t: t, home: t.TempDir()}
	run := filepath.Join(d.home, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "XDG_RUNTIME_DIR=" + run, "LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1",
		"XDG_CONFIG_HOME=" + filepath.Join(d.home, "config"), "XDG_CACHE_HOME=" + filepath.Join(d.home, "cache"), "XDG_DATA_HOME=" + filepath.Join(d.home, "data"),
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x860x24", "-fbdir", run, "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	d.startCmd(x)
	w.Close()
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	d.env = append(d.env, "DISPLAY=:"+strings.TrimSpace(display))
	d.frame = openFramebuffer(t, filepath.Join(run, "Xvfb_screen0"))

	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:dir="+run)
	bus.Env = d.env
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.startCmd(bus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address))

	config := filepath.Join(d.home, "dunstrc")
	if err := os.WriteFile(config, []byte("[global]\nhistory_length=50\nmarkup=full\n[urgency_normal]\ntimeout=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.startCmd(d.command("dunst", "-conf", config))
	d.until("the notification daemon is up", func() bool { return d.command("dunstctl", "is-paused").Run() == nil })
	return d
}

// panel starts a panel with nothing but a tray.
func (d *desktop) panel() {
	d.t.Helper()
	dir := filepath.Join(d.home, "config", "xfce4", "xfconf", "xfce-perchannel-xml")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	const xml = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=10;x=0;y=0"/>
      <property name="length" type="uint" value="20"/>
      <property name="size" type="uint" value="26"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
`
	if err := os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), []byte(xml), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.startCmd(d.command("xfce4-panel", "--disable-wm-check"))
	d.until("the tray is up", func() bool {
		out, err := d.command("dbus-send", "--session", "--print-reply", "--dest=org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher",
			"org.freedesktop.DBus.Properties.Get", "string:org.kde.StatusNotifierWatcher", "string:IsStatusNotifierHostRegistered").Output()
		return err == nil && bytes.Contains(out, []byte("true"))
	})
}

func (d *desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	return cmd
}

func (d *desktop) startCmd(cmd *exec.Cmd) {
	d.t.Helper()
	cmd.WaitDelay = 5 * time.Second // what it started may have its output, and live on
	if err := cmd.Start(); err != nil {
		d.t.Fatalf("%s: %v", cmd.Path, err)
	}
	d.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

func (d *desktop) until(what string, so func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// app is a running linklog-app.
type app struct {
	*desktop
	cmd    *exec.Cmd
	log    string // file of its standard error
	socket string
	port   uint16
	window string // its number
}

// choices are the app's file of choices before it starts.
func (d *desktop) choices(text string) {
	d.t.Helper()
	dir := filepath.Join(d.home, "config", "linklog")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app.json"), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// settings are those of the engine that runs in the app: on a free port.
func (d *desktop) settings(text string) {
	d.t.Helper()
	dir := filepath.Join(d.home, "data", "linklog")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "linklog.toml"), []byte("[listen]\nport = 0\n[names]\ndns = false\n"+text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// start starts the app, and waits until its window is there (not with --hidden)
// and it is connected.
func (d *desktop) start(args ...string) *app {
	d.t.Helper()
	a := &app{desktop: d, log: filepath.Join(d.t.TempDir(), "log"), socket: filepath.Join(d.home, "run", "linklog", "linklog.sock")}
	for i, arg := range args {
		if arg == "--socket" {
			a.socket = args[i+1]
		}
	}
	file, err := os.Create(a.log)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	a.cmd = d.command(filepath.Join(programs.dir, "linklog-app"), args...)
	a.cmd.Stderr = file
	begin := time.Now()
	d.startCmd(a.cmd)
	if len(args) == 0 || args[0] != "--hidden" {
		d.until("there is a window", func() bool { return a.findWindow() })
		d.t.Logf("window after %v", time.Since(begin).Round(time.Millisecond))
	}
	c := a.client()
	defer c.Close()
	d.until("the engine listens", func() bool {
		h, err := c.Hello(context.Background())
		a.port = h.Port
		return err == nil && h.Open
	})
	return a
}

func (a *app) findWindow() bool {
	out, err := a.command("xdotool", "search", "--onlyvisible", "--name", "^LinkLog$").Output()
	if a.window = strings.TrimSpace(string(out)); err != nil {
		a.window = ""
	}
	return a.window != ""
}

func (a *app) client() *client.Client {
	return client.New(client.Options{Paths: []string{a.socket}, Agent: "test"})
}

// keys types keys into the window.
func (a *app) keys(keys ...string) {
	a.t.Helper()
	a.xdotool(append([]string{"key", "--delay", "40"}, keys...)...)
}

func (a *app) xdotool(args ...string) {
	a.t.Helper()
	if out, err := a.command("xdotool", args...).CombinedOutput(); err != nil {
		a.t.Fatalf("xdotool %q: %v %s", args, err, out)
	}
}

// tell sends messages, each when the one before was received.
func (a *app) tell(messages ...string) {
	a.t.Helper()
	sendtest.Tell(a.t, int(a.port), messages...)
}

// screen is a picture of all that is on the screen.
func (d *desktop) screen() picture {
	d.t.Helper()
	return d.frame.take()
}

// notified are the notifications that were shown and are gone, newest first: title
// and body.
func (d *desktop) notified() (all [][2]string) {
	d.t.Helper()
	_ = d.command("dunstctl", "close-all").Run()
	out, err := d.command("dunstctl", "history").Output()
	if err != nil {
		return nil
	}
	type field struct{ Data any }
	var text struct{ Data [][]map[string]field }
	if err := json.Unmarshal(out, &text); err != nil {
		d.t.Fatal(err)
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

// clipboard is what was copied.
func (d *desktop) clipboard() string {
	out, _ := d.command("xclip", "-selection", "clipboard", "-o").Output()
	return string(out)
}

var emptyPreferences = regexp.MustCompile(`.*Fyne error:  Preferences load error:\n.*Cause: EOF\n.*\n`)

// clean looks that the app's log has no complaint of Fyne's.
func (a *app) clean() {
	a.t.Helper()
	text, err := os.ReadFile(a.log)
	if err != nil {
		a.t.Fatal(err)
	}
	// Fyne looks at a file of preferences of its own, which nobody uses here, while it
	// writes it, and may find it empty: it does not write it at once.
	text = emptyPreferences.ReplaceAll(text, nil)
	for _, bad := range []string{"Fyne error", "fyne.Do", "panic", "DATA RACE", "level=ERROR"} {
		if bytes.Contains(text, []byte(bad)) {
			a.t.Errorf("the log has %q:\n%s", bad, text)
		}
	}
}
