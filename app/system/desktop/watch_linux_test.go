package desktop

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// bus starts a session bus for this test; stop ends it.
func bus(t *testing.T) (address string, stop func()) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("no dbus-daemon here")
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:dir="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	t.Cleanup(stop)
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	return address, stop
}

// panel stands for the tray of a desktop, as no computer of the tests has one.
type panel struct {
	conn *dbus.Conn
	mu   sync.Mutex
	host any
}

func (p *panel) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if iface != watcherName || name != "IsStatusNotifierHostRegistered" {
		return dbus.Variant{}, dbus.MakeFailedError(net.ErrClosed)
	}
	return dbus.MakeVariant(p.host), nil
}

func (p *panel) set(t *testing.T, host any, signal string) {
	t.Helper()
	p.mu.Lock()
	p.host = host
	p.mu.Unlock()
	if err := p.conn.Emit(watcherPath, watcherName+"."+signal); err != nil {
		t.Fatal(err)
	}
}

func newPanel(t *testing.T, address string, host any) *panel {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p := &panel{conn: conn, host: host}
	if err := conn.Export(p, watcherPath, "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return p
}

func expect(t *testing.T, c <-chan bool, want bool) {
	t.Helper()
	select {
	case got, ok := <-c:
		if !ok || got != want {
			t.Fatalf("told %v, %v", got, ok)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("not told %v", want)
	}
}

func TestWatchTrayWithExportedPanel(t *testing.T) {
	address, stop := bus(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := WatchTray(ctx)
	expect(t, c, false)
	if TrayAvailable(ctx) {
		t.Error("a tray on an empty bus")
	}
	p := newPanel(t, address, false) // icons are kept, but nobody draws them
	p.set(t, true, "StatusNotifierHostRegistered")
	expect(t, c, true)
	if !TrayAvailable(ctx) {
		t.Error("no tray")
	}
	p.set(t, false, "StatusNotifierHostUnregistered")
	expect(t, c, false)
	if TrayAvailable(ctx) {
		t.Error("a tray that nobody draws")
	}
	p.set(t, true, "StatusNotifierHostRegistered")
	expect(t, c, true)
	p.conn.Close() // the panel crashes
	expect(t, c, false)
	p = newPanel(t, address, true) // and is there again
	expect(t, c, true)
	p.set(t, "no boolean", "StatusNotifierHostRegistered")
	expect(t, c, false)
	p.set(t, true, "StatusNotifierHostRegistered")
	expect(t, c, true)
	stop() // the session ends
	expect(t, c, false)
	cancel()
	for range c { // ends, or the test does not
		t.Error("told something after the end")
	}
}

// A bus that takes connections and says nothing holds nobody up for long.
func TestSilentBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	begin := time.Now()
	if TrayAvailable(context.Background()) {
		t.Error("a tray on it")
	}
	if took := time.Since(begin); took > 2*answerWithin {
		t.Errorf("took %v", took)
	}
}

// waitFor gives a file that another process is about to make.
func waitFor(t *testing.T, path string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil {
			return string(text)
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no %s", path)
		}
	}
}

// With a real panel, under an X server without a screen.
func TestWatchTrayWithXfcePanel(t *testing.T) {
	for _, program := range []string{"Xvfb", "xfce4-panel"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	bus(t)
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"} {
		t.Setenv(name, dir)
	}
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
	c := WatchTray(t.Context())
	expect(t, c, false)
	out := filepath.Join(dir, "panel.log")
	log, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	xml := `<?xml version="1.0"?><channel name="xfce4-panel" version="1.0"><property name="panels" type="array"><value type="int" value="1"/>` +
		`<property name="panel-1" type="empty"><property name="plugin-ids" type="array"><value type="int" value="1"/></property></property></property>` +
		`<property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property></channel>`
	conf := filepath.Join(dir, "xfce4", "xfconf", "xfce-perchannel-xml")
	if err := os.MkdirAll(conf, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(conf, "xfce4-panel.xml"), []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	p := exec.Command("xfce4-panel", "--disable-wm-check")
	p.Stdout, p.Stderr = log, log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	select {
	case shown := <-c:
		if !shown || !TrayAvailable(t.Context()) {
			t.Error("no tray with a panel")
		}
	case <-time.After(30 * time.Second):
		text, _ := os.ReadFile(out)
		t.Skipf("the panel shows no tray here: %s", text)
	}
	p.Process.Kill()
	p.Wait()
	expect(t, c, false)
}
