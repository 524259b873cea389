package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/feed"
	"linklog/app/system/prefs"
	"linklog/app/translations"
	"linklog/app/ui/uitest"
	"linklog/capture/send"
	"linklog/capture/send/sendtest"
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

func start(t *testing.T, dir string) *bench { t.Helper(); return startIn(t, dir, "en") }

// startIn starts it in a language.
func startIn(t *testing.T, dir, language string) *bench {
	t.Helper()
	if err := translations.Load(language); err != nil {
		t.Fatal(err)
	}
	uitest.FailTranslations(t)
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
	choices := prefs.Load(b.config, func(err error) { t.Error(err) })
	socket := filepath.Join(dir, "s")
	b.App = newApp(ctx, test.NewTempApp(t), Config{
		Build: Build{Version: "test"}, Metadata: fyne.AppMetadata{ID: "io.github.linklog.LinkLog", Name: "LinkLog"}, Socket: socket, Prefs: choices,
		Engine: &feed.Embedded{DataDir: data, Socket: socket, AnyPort: true},
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
		if err := choices.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.end)
	return b
}

// A service that is asked for by its socket may be restarting: the app waits for it, and takes no
// port of it for an engine of its own.
func TestNamedServiceIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	socket, data := filepath.Join(dir, "named"), filepath.Join(dir, "data")
	ctx, cancel := context.WithCancel(t.Context())
	b := &bench{t: t, queue: make(chan func(), 10_000)}
	b.App = newApp(ctx, test.NewTempApp(t), Config{
		Metadata: fyne.AppMetadata{Name: "LinkLog"}, Socket: socket, Prefs: prefs.Load(filepath.Join(dir, "app.json"), func(err error) { t.Error(err) }),
		Engine: ownEngine(socket, feed.Embedded{DataDir: data, Socket: filepath.Join(dir, "own"), AnyPort: true}),
		Do:     func(f func()) { b.queue <- f },
	})
	b.start()
	b.until("it was looked for", func() bool { return b.state.Connection > feed.Connecting })
	if b.state.Connection != feed.Lost {
		t.Errorf("connection %v", b.state.Connection)
	}
	cancel()
	b.work.Wait()
	if _, err := os.Stat(data); err == nil {
		t.Error("an engine was opened")
	}
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

// From the first start to rows on the screen, and a pause.
func TestLog(t *testing.T) {
	b := start(t, t.TempDir())
	b.listening()
	b.until("it waits", func() bool { return strings.HasPrefix(b.shell.bar.state.Text, "Waiting") })
	b.tell("@out TCP from 192.168.1.10:5000 to www.example.com(203.0.113.4):443")
	b.until("the row is there", func() bool { return b.logPage.Len() == 1 })
	if b.shell.bar.state.Text != "Listening on "+b.shell.address()+", port "+fmt.Sprint(b.state.Hello.Port) {
		t.Errorf("%q", b.shell.bar.state.Text)
	}
	b.until("the alert was told", func() bool { _, ok := b.prefs.LastTold(b.state.Hello.ID); return ok })

	b.demo(3000)
	b.until("all rows are there", func() bool { return b.logPage.Len() == 3001 })
	if b.shell.foot.events.Text != "3,001 events today" {
		t.Errorf("%q", b.shell.foot.events.Text)
	}
	b.showLog("dst:300.1.1.1") // wrong: that is said
	if !strings.Contains(b.shell.foot.message.Text, "300.1.1.1") {
		t.Errorf("%q", b.shell.foot.message.Text)
	}
	b.ui.SetSearch("port:22 since:1h")
	if got := b.ui.Search(); got != "port:22 since:1h" {
		t.Errorf("%q", got)
	}
	b.showLog("")

	// Pause: nothing moves, and nothing is lost.
	b.togglePause()
	b.tell("@out TCP from 192.168.1.10:5001 to 203.0.113.4:443")
	b.until("the engine has it", func() bool { h, err := b.feed.Client().Hello(t.Context()); return err == nil && h.Last == 3002 })
	if b.logPage.Len() != 3001 {
		t.Error("paused, and a row came")
	}
	b.togglePause()
	b.until("it came after the pause", func() bool { return b.logPage.Len() == 3002 })
}

// A newcomer is shown how to connect the router, and not again later.
func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir)
	b.listening()
	if b.shell.current.id != pageSetup {
		t.Errorf("the page is %s", b.shell.current.id)
	}
	for _, p := range b.shell.pages { // each page can be shown and left
		b.shell.open(p.id)
	}
	b.shell.open(pageHosts)
	b.rememberWindow()
	b.end()
	again := start(t, dir)
	again.listening()
	if again.shell.current.id != pageHosts {
		t.Errorf("the page is %s", again.shell.current.id)
	}
}

// The next start has what the user chose, and tells in one what was new meanwhile.
func TestChoicesAndDigest(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	b.listening()
	b.tell("@out TCP from 192.168.1.10:5000 to 203.0.113.4:443")
	b.until("the alert was told", func() bool { last, _ := b.prefs.LastTold(b.state.Hello.ID); return last > 0 })
	last, _ := b.prefs.LastTold(b.state.Hello.ID)
	s := b.choices()
	s.Mode, s.Density, s.Language, s.Notify, s.CloseToTray, s.ShowSystem = 2, 1, "de", false, false, false
	b.choose(s)
	b.prefs.SaveFilter("in", "dir:in")
	b.tell("WAN(DHCP) IP is 198.51.100.1")
	b.until("both are stored", func() bool { return b.logPage.Len() == 2 })
	if n := len(b.logPage.Latest(10)); n != 1 {
		t.Errorf("%d rows, though only attempts are to be shown", n)
	}
	b.end()

	again := prefs.Load(b.config, func(err error) { t.Error(err) })
	c := again.Get()
	if c.Theme != "dark" || c.Density != "comfortable" || c.Language != "de" || !c.Silent || !c.Quit || !c.Attempts || len(c.Saved) != 1 {
		t.Errorf("%+v", c)
	}
	if got, known := again.LastTold(b.state.Hello.ID); !known || got < last {
		t.Error(got, known)
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
