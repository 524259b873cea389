package notify

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"linklog/assets/icons"
)

// bus starts a session bus for this test.
func bus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("no dbus-daemon here")
	}
	// With no services to start: the computer's own notification daemon would be one.
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	text := `<busconfig><type>session</type><listen>unix:dir=` + dir + `</listen><auth>EXTERNAL</auth>` +
		`<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	return strings.TrimSpace(address)
}

// recorder is a notification daemon that records. It stands for a desktop's own,
// as no computer of the tests has a desktop.
type recorder struct {
	conn         *dbus.Conn
	capabilities []string

	mu   sync.Mutex
	next uint32
	got  []notified
}

type notified struct {
	replaces, id uint32
	title, body  string
	actions      []string
	hints        map[string]dbus.Variant
}

func record(t *testing.T, address string, capabilities ...string) *recorder {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	r := &recorder{conn: conn, capabilities: capabilities}
	if err := conn.Export(r, busPath, busName); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return r
}

func (r *recorder) GetCapabilities() ([]string, *dbus.Error) { return r.capabilities, nil }

func (r *recorder) Notify(_ string, replaces uint32, _ string, title, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := replaces
	if id == 0 {
		r.next++
		id = r.next
	}
	r.got = append(r.got, notified{replaces, id, title, body, actions, hints})
	return id, nil
}

func (r *recorder) wait(t *testing.T, n int) []notified {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		r.mu.Lock()
		got := append([]notified(nil), r.got...)
		r.mu.Unlock()
		if len(got) >= n {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d notifications, not %d", len(got), n)
		}
	}
}

func notifier(t *testing.T) *Notifier {
	n := New(Options{AppID: "test", AppName: "LinkLog", Icon: icons.Small()})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return n
}

func TestWithRecordingDaemon(t *testing.T) {
	address := bus(t)
	r := record(t, address, "actions", "body", "body-markup")
	n := notifier(t)
	clicked := make(chan string, 10)
	n.Show(Notification{ID: "hosts", Title: "New \x1b[31mhost", Body: "<b>evil</b> & \"co\"\nsecond\x00 line", OnClick: func() { clicked <- "first" }})
	got := r.wait(t, 1)[0]
	if got.title != "New �[31mhost" || got.body != "&lt;b&gt;evil&lt;/b&gt; &amp; &quot;co&quot;\nsecond� line" || got.replaces != 0 {
		t.Errorf("%q %q in the place of %d", got.title, got.body, got.replaces)
	}
	if len(got.actions) != 2 || got.actions[0] != "default" {
		t.Errorf("%q", got.actions)
	}
	if _, ok := got.hints["image-data"]; !ok || got.hints["desktop-entry"].Value() != "test" {
		t.Error("hints")
	}
	// The same kind takes the place of the first, another does not.
	n.Show(Notification{ID: "hosts", Title: "two", OnClick: func() { clicked <- "second" }})
	n.Show(Notification{ID: "wan", Title: "three"})
	all := r.wait(t, 3)
	if all[1].replaces != got.id || all[2].replaces != 0 || len(all[2].actions) != 0 {
		t.Error(all[1].replaces, all[2].replaces, all[2].actions)
	}
	// A program that is not the daemon cannot click.
	other, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Emit(busPath, busName+".ActionInvoked", got.id, "default"); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.Emit(busPath, busName+".ActionInvoked", got.id, "default"); err != nil {
		t.Fatal(err)
	}
	if which := <-clicked; which != "second" {
		t.Error(which)
	}
	if err := r.conn.Emit(busPath, busName+".NotificationClosed", got.id, uint32(2)); err != nil {
		t.Fatal(err)
	}
	n.Show(Notification{ID: "other", Title: "four", OnClick: func() { clicked <- "four" }})
	four := r.wait(t, 4)[3]
	r.conn.Emit(busPath, busName+".ActionInvoked", got.id, "default") // closed: opens nothing
	r.conn.Emit(busPath, busName+".ActionInvoked", four.id, "default")
	if which := <-clicked; which != "four" {
		t.Error(which)
	}
}

// A daemon that comes later, or anew, shows what comes then; its numbers are its own.
func TestDaemonComesAndGoes(t *testing.T) {
	address := bus(t)
	n := notifier(t)
	begin := time.Now()
	n.Show(Notification{ID: "a", Title: "nobody is there"})
	if took := time.Since(begin); took > 100*time.Millisecond {
		t.Errorf("took %v", took)
	}
	for i := range 2 {
		r := record(t, address, "body")
		for range 200 { // until the first was given up
			n.Show(Notification{ID: "a", Title: "now", Body: "a < b"})
			time.Sleep(5 * time.Millisecond)
			r.mu.Lock()
			there := len(r.got) > 0
			r.mu.Unlock()
			if there {
				break
			}
		}
		// One that was on its way when the daemon changed may still name the number of
		// the other. The one after it names this one's.
		n.Show(Notification{ID: "a", Title: "last", Body: "a < b"})
		got := r.wait(t, 1)
		for last := got[len(got)-1]; last.title != "last"; last = got[len(got)-1] {
			got = r.wait(t, len(got)+1)
		}
		if last := got[len(got)-1]; last.body != "a < b" || last.replaces != got[0].id {
			t.Errorf("round %d: %q in the place of %d", i, last.body, last.replaces)
		}
		r.conn.Close()
	}
}

// Without a bus nothing waits.
func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	n := notifier(t)
	begin := time.Now()
	for range 100 {
		n.Show(Notification{ID: "a", Title: "x"})
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 3, "äö…"}, {"äöü", 3, "äöü"}, {"", 3, ""}, {strings.Repeat("x", 500), 100, strings.Repeat("x", 99) + "…"}} {
		if got := cut(c.text, c.limit); got != c.want {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}
