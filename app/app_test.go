package app

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/feed"
	"linklog/capture/send"
	"linklog/capture/send/sendtest"
	"linklog/service/api"
)

// bench is the app with its engine, in the window of Fyne's test driver. The goroutine
// of the test is Fyne's thread.
type bench struct {
	*App
	t      *testing.T
	queue  chan func()
	dir    string
	config string
	end    func()
}

func start(t *testing.T, dir string) *bench {
	t.Helper()
	if err := speak("en"); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, queue: make(chan func(), 10_000), dir: dir, config: filepath.Join(dir, "app.json")}
	settings := "[names]\ndns = false\n[hosts]\nlearning = \"0s\"\n"
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "linklog.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(b.config); err != nil {
		if err := os.WriteFile(b.config, []byte(`{"page":"log"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	prefs := OpenPrefs(b.config, func(err error) { t.Error(err) })
	socket := filepath.Join(dir, "s")
	b.App = newApp(ctx, test.NewTempApp(t), Config{
		Build: Build{Version: "test"}, Metadata: fyne.AppMetadata{ID: "io.github.linklog.LinkLog", Name: "LinkLog"}, Socket: socket, Prefs: prefs,
		Engine: &feed.Embedded{DataDir: data, Socket: socket, Ports: []uint16{0}},
		Do:     func(f func()) { b.queue <- f },
	})
	b.start()
	b.window.Show()
	b.setShown(true)
	b.end = sync.OnceFunc(func() {
		cancel()
		done := make(chan struct{})
		go func() { b.work.Wait(); close(done) }()
		for ended := false; !ended; {
			select {
			case f := <-b.queue:
				f()
			case <-done:
				ended = true
			}
		}
		if err := prefs.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.end)
	return b
}

// until runs what is to be run on Fyne's thread until something is so.
func (b *bench) until(what string, so func() bool) {
	b.t.Helper()
	deadline := time.After(30 * time.Second)
	for !so() {
		select {
		case f := <-b.queue:
			f()
		case <-deadline:
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (b *bench) listening() {
	b.t.Helper()
	b.until("the engine listens", func() bool { return b.state.Hello.Open })
}

func (b *bench) tell(messages ...string) {
	b.t.Helper()
	sendtest.Tell(b.t, int(b.state.Hello.Port), messages...)
}

func (b *bench) demo(n int) {
	b.t.Helper()
	s, err := send.Dial(b.t.Context(), fmt.Sprintf("127.0.0.1:%d", b.state.Hello.Port), send.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	demo := send.NewDemo(1)
	if _, err := s.Send(b.t.Context(), n, 0, func(i int, dst []byte) []byte {
		return send.AppendTrap(dst, &send.Encoding{}, string(demo.Append(nil)))
	}); err != nil {
		b.t.Fatal(err)
	}
}

// From the first start to rows on the screen, names, filters, a copied line, a span
// of time, and an older page.
func TestLog(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.until("it waits", func() bool { return strings.HasPrefix(b.shell.state.Text, "Waiting") })
	b.tell("@out TCP from 192.168.1.10:5000 to www.example.com(203.0.113.4):443")
	b.until("the row is there", func() bool { return b.model.view.Len() == 1 })
	if b.shell.state.Text != "Listening on "+b.address()+", port "+fmt.Sprint(b.state.Hello.Port) {
		t.Errorf("%q", b.shell.state.Text)
	}
	b.until("the alert was told", func() bool { _, ok := b.prefs.lastTold(b.state.Hello.ID); return ok })

	b.demo(3000)
	b.until("all rows are there", func() bool { return b.model.store.Len() == 3001 })
	if b.shell.today.Text != "3,001 events today" {
		t.Errorf("%q", b.shell.today.Text)
	}
	if err := b.feed.Client().SetDeviceLabel(t.Context(), netip.MustParseAddr("192.168.1.15"), "Living-room TV"); err != nil {
		t.Fatal(err)
	}
	b.until("the name is in all rows", func() bool {
		for i := range b.model.view.Len() {
			if ev := b.logPage.event(i); ev.Src.Addr == netip.MustParseAddr("192.168.1.15") && ev.Src.Name != "Living-room TV" {
				return false
			}
		}
		return true
	})

	b.showLog("dir:in")
	in := b.model.view.Len()
	if in == 0 || in > 500 {
		t.Errorf("%d in", in)
	}
	for i := range in {
		if ev := b.logPage.event(i); ev.Dir != 1 {
			t.Fatalf("%+v", ev)
		}
	}
	b.logPage.view.Select(0)
	b.logPage.copy()
	ev := b.logPage.event(0)
	if got, want := b.fyne.Clipboard().Content(), string(b.liner()(nil, &ev)); got != want || !strings.Contains(got, "[ in, ") {
		t.Errorf("%q, not %q", got, want)
	}
	b.until("what is known of the host is there", func() bool { return strings.Contains(b.logPage.detail.host.Text, "First seen") })

	b.showLog("dst:300.1.1.1") // wrong: what is shown stays, and that is said
	if b.model.view.Len() != in || !strings.Contains(b.shell.message.Text, "300.1.1.1") {
		t.Errorf("%d rows, %q", b.model.view.Len(), b.shell.message.Text)
	}
	b.showLog("")
	if b.model.view.Len() != 3001 {
		t.Error(b.model.view.Len())
	}

	b.showRange(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "port:22")
	b.until("the span is shown", func() bool { return b.logPage.span != nil })
	if n := b.logPage.rows().Len(); n == 0 || n > 1000 || !b.logPage.top.Visible() {
		t.Errorf("%d rows", n)
	}
	b.logPage.live()
	if b.logPage.rows().Len() != 3001 || b.logPage.top.Visible() {
		t.Error("not back to live")
	}

	// Pause: nothing moves, and nothing is lost.
	b.shell.togglePause()
	b.tell("@out TCP from 192.168.1.10:5001 to 203.0.113.4:443")
	b.until("the engine has it", func() bool { h, err := b.feed.Client().Hello(t.Context()); return err == nil && h.Last == 3002 })
	if b.model.store.Len() != 3001 {
		t.Error("paused, and a row came")
	}
	b.shell.togglePause()
	b.until("it came after the pause", func() bool { return b.model.store.Len() == 3002 })

	// Clear, and older rows page in again.
	b.model.clear()
	b.logPage.changed()
	b.tell("@out TCP from 192.168.1.10:5002 to 203.0.113.4:443")
	b.until("a row after the clearing", func() bool { return b.model.store.Len() == 1 })
	b.logPage.older()
	b.until("older rows are there", func() bool { return b.model.store.Len() == 3003 })
}

// A newcomer is shown how to connect the router, and not again later.
func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir)
	b.listening()
	if b.shell.current != pageSetup {
		t.Errorf("the page is %s", b.shell.current)
	}
	for id := range b.shell.pages { // each page can be shown and left
		b.shell.open(id)
	}
	b.shell.open(pageHosts)
	b.rememberWindow()
	b.end()
	again := start(t, dir)
	again.listening()
	if again.shell.current != pageHosts {
		t.Errorf("the page is %s", again.shell.current)
	}
}

// writeCloser is a file in memory.
type writeCloser struct{ bytes.Buffer }

func (*writeCloser) Close() error { return nil }

func TestExport(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.demo(500)
	b.until("all rows are there", func() bool { return b.model.store.Len() == 500 })
	b.showLog("dir:in")
	for _, c := range []struct{ ext, want string }{{".csv", "seq,time,kind"}, {".json", `"direction":"in"`}, {".txt", "[ in, "}} {
		var w writeCloser
		b.exportTo(&w, c.ext)
		b.until("it is written", func() bool { return strings.Contains(b.shell.message.Text, "events written") })
		b.shell.message.SetText("")
		lines := strings.Count(w.String(), "\n")
		if c.ext == ".csv" {
			lines--
		}
		if !strings.Contains(w.String(), c.want) || lines != b.model.view.Len() {
			t.Errorf("%s: %d lines of %d: %.200s", c.ext, lines, b.model.view.Len(), w.String())
		}
	}
}

// The next start has what the user chose, and tells in one what was new meanwhile.
func TestChoicesAndDigest(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the alert was told", func() bool { last, _ := b.prefs.lastTold(b.state.Hello.ID); return last > 0 })
	last, _ := b.prefs.lastTold(b.state.Hello.ID)
	s := b.choices()
	s.Mode, s.Density, s.Language, s.Notify, s.CloseToTray, s.ShowSystem = 2, 1, "de", false, false, false
	b.choose(s)
	b.prefs.change(func(c *choices) { c.Saved = []savedFilter{{Name: "in", Query: "dir:in"}} })
	b.tell("WAN(DHCP) IP is 198.51.100.1")
	b.until("both are stored", func() bool { return b.model.store.Len() == 2 })
	if b.model.view.Len() != 1 {
		t.Errorf("%d rows, though only attempts are to be shown", b.model.view.Len())
	}
	b.end()

	again := OpenPrefs(b.config, func(err error) { t.Error(err) })
	c := again.get()
	if c.Theme != "dark" || c.Density != "comfortable" || c.Language != "de" || !c.Silent || !c.Quit || !c.Attempts || len(c.Saved) != 1 {
		t.Errorf("%+v", c)
	}
	if got, known := again.lastTold(b.state.Hello.ID); !known || got < last {
		t.Error(got, known)
	}
}

func TestAlertText(t *testing.T) {
	if err := speak("en"); err != nil {
		t.Fatal(err)
	}
	host, device := netip.MustParseAddr("203.0.113.4"), netip.MustParseAddr("192.168.1.15")
	for _, c := range []struct {
		alert       api.Alert
		title, body string
	}{
		{api.Alert{Kind: "new-host", Host: host, Name: "cdn.example", Device: device, DeviceName: "TV", Direction: "out", Protocol: "TCP", Port: 443, Service: "https"},
			"New: cdn.example", "TV connected to it at TCP 443 https"},
		{api.Alert{Kind: "new-host", Host: host, Device: device, Direction: "in", Protocol: "UDP", Port: 5060},
			"New: 203.0.113.4", "tried to reach 192.168.1.15 at UDP 5060"},
		{api.Alert{Kind: "new-hosts", Count: 23, Hosts: []api.NamedIP{{Addr: host}, {Name: "b.example"}}}, "23 new hosts", "203.0.113.4, b.example"},
		{api.Alert{Kind: "digest", Count: 41}, "41 new hosts while you were away", ""},
		{api.Alert{Kind: "wan-change", OldAddr: host, NewAddr: device}, "Your router has another outer address", "203.0.113.4 → 192.168.1.15"},
	} {
		if title, body := alertText(&c.alert); title != c.title || body != c.body {
			t.Errorf("%q %q", title, body)
		}
	}
}

// What FyneApp.toml says is what Fyne is told, and the version is that of the build.
func TestMetadata(t *testing.T) {
	text, err := os.ReadFile("../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	b := Build{FyneApp: string(text), Version: "1.2.3"}
	m, err := b.metadata()
	if err != nil || m.ID == "" || m.Name != "LinkLog" || m.Version != "1.2.3" || m.Build == 0 || !m.Migrations["fyneDo"] || m.Icon == nil {
		t.Errorf("%+v %v", m, err)
	}
	b.Version = "dev"
	if m, _ := b.metadata(); !strings.HasSuffix(m.Version, "-dev") || m.Version == "-dev" || b.Version != m.Version {
		t.Errorf("%q, told to be %q", m.Version, b.Version)
	}
	if _, err := (&Build{FyneApp: "[Details"}).metadata(); err == nil || !strings.HasPrefix(err.Error(), "FyneApp.toml: ") {
		t.Error(err)
	}
}
