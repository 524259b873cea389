// Package uitest starts a real service in the test's process, for tests of pages.
package uitest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/system/prefs"
	"linklog/app/translations"
	"linklog/app/ui"
	"linklog/app/ui/look"
	"linklog/capture/send"
	"linklog/capture/send/sendtest"
	"linklog/format/services"
	"linklog/service"
	"linklog/service/client"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// Bench is a service, a window, and what a page did with its Context. All of it
// belongs to the goroutine of the test, which is Fyne's.
type Bench struct {
	*ui.Context
	Window fyne.Window
	Socket string // of the service; "": it is not the Bench's
	Port   int    // on which it receives

	Logs   []string // what ShowLog was called with
	Opened []string // pages of hosts and devices
	Text   string   // the search text on top
	Told   []string
	Failed []string

	t       testing.TB
	engine  *service.Service
	queue   chan func() // what is to be run on Fyne's thread
	pending int
}

// Daemon starts an engine with its socket in this process, and a client of it; change
// may change its settings.
func Daemon(t testing.TB, policy localsocket.Policy, change func(*settings.Settings)) (e *service.Service, c *client.Client, socket string) {
	t.Helper()
	dir := t.TempDir()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	if change != nil {
		change(&s)
	}
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	file := &settings.File{Path: filepath.Join(dir, "linklog.toml"), Optional: true, Apply: e.Reload}
	server := serve.New(serve.Config{Service: e, Version: "1.0.0", DataDir: dir, Settings: file, Policy: policy})
	socket = filepath.Join(dir, "linklog.sock")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ran, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { ran <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	c = client.New(client.Options{Paths: []string{socket}, Agent: "test/1"})
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return e, c, socket
}

// Start starts them; change may change the service's settings.
func Start(t testing.TB, change func(*settings.Settings)) *Bench {
	t.Helper()
	e, c, socket := Daemon(t, localsocket.Policy{}, change)
	b := New(t, c)
	b.engine, b.Socket, b.Port = e, socket, int(e.Intake.Port())
	t.Cleanup(b.Settle) // nothing of a page may come after its test
	return b
}

// New returns a Bench without a service of its own.
func New(t testing.TB, c *client.Client) *Bench {
	if err := translations.Load("en"); err != nil { // else Fyne has no singular, and says so at each use
		t.Fatal(err)
	}
	FailTranslations(t)
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.Theme{Mode: look.Light})
	b := &Bench{t: t, queue: make(chan func(), 10_000), Window: test.NewTempWindow(t, nil)}
	b.Context = &ui.Context{
		Client: c, Services: services.IANA(), Window: b.Window,
		Prefs:    prefs.Load(filepath.Join(t.TempDir(), "app.json"), func(err error) { t.Error(err) }),
		Do:       func(f func()) { b.queue <- f },
		OpenURL:  func(string) error { return nil },
		ShowLog:  func(filter string) { b.Logs = append(b.Logs, filter) },
		ShowHost: func(string) {}, OpenHost: func(ref string) { b.Opened = append(b.Opened, "host "+ref) }, OpenDevice: func(ref string) { b.Opened = append(b.Opened, "device "+ref) }, Search: func() string { return b.Text }, SetSearch: func(text string) { b.Text = text },
		Tell: func(message string) { b.Told = append(b.Told, message) },
		Fail: func(doing string, err error) { b.Failed = append(b.Failed, fmt.Sprintf("%s: %v", doing, err)) },
		Background: func(work func(context.Context) error, done func(error)) {
			b.pending++
			go func() {
				err := work(context.Background())
				b.queue <- func() {
					b.pending--
					if done != nil {
						done(err)
					}
				}
			}()
		},
	}
	t.Cleanup(func() {
		if err := b.Prefs.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// Open puts a page into the window. The page is hidden at the end of the test.
func (b *Bench) Open(p ui.Page, width, height float32) {
	b.t.Cleanup(p.Hide)
	b.Window.SetPadded(false)
	b.Window.SetContent(ui.PagePanel(p.Content()))
	b.Window.Resize(fyne.NewSize(width, height))
}

// Settle waits until nothing runs in the background.
func (b *Bench) Settle() {
	b.t.Helper()
	b.Until("work in the background ends", func() bool { return b.pending == 0 })
}

// Until runs what is to be run on Fyne's thread until something is so.
func (b *Bench) Until(what string, so func() bool) {
	b.t.Helper()
	for deadline := time.After(30 * time.Second); !so(); {
		select {
		case f := <-b.queue:
			f()
		case <-deadline:
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Router sends messages as a router does, those that begin with < as lines of a system
// log, and waits until they are stored.
func (b *Bench) Router(messages ...string) {
	b.t.Helper()
	status, err := b.Client.Status(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	want := status.Last + uint64(len(messages))
	lines := slices.DeleteFunc(slices.Clone(messages), func(m string) bool { return !strings.HasPrefix(m, "<") })
	sendtest.Tell(b.t, b.Port, slices.DeleteFunc(slices.Clone(messages), func(m string) bool { return strings.HasPrefix(m, "<") })...)
	conn, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port)))
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	for _, line := range lines {
		if _, err := conn.Write([]byte(line)); err != nil {
			b.t.Fatal(err)
		}
	}
	b.Eventually("the messages are stored", func() bool {
		status, err := b.Client.Status(b.t.Context())
		return err == nil && status.Last >= want && status.Waiting == 0
	})
}

// Flows reports connections as a router does that exports flows, and waits until they are stored.
func (b *Bench) Flows(list ...send.Connection) {
	b.t.Helper()
	conn, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.Port)))
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	before, err := b.Client.Status(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	e, _ := send.NewExporter("netflow5", 1)
	if _, err := conn.Write(e.AppendConnections(nil, list, time.Now())); err != nil {
		b.t.Fatal(err)
	}
	b.Eventually("the connections are stored", func() bool {
		status, err := b.Client.Status(b.t.Context())
		return err == nil && status.Last >= before.Last+1+uint64(len(list)) && status.Waiting == 0
	})
}

// Netfilter is a line of the system log about an attempt from outside, which begins with
// a word such as DROP or ACCEPT.
func Netfilter(verdict, src string, sport int, dst string, dport int) string {
	return fmt.Sprintf("<4>kernel: %s IN=eth0 OUT=br0 SRC=%s DST=%s LEN=60 PROTO=TCP SPT=%d DPT=%d SYN", verdict, src, dst, sport, dport)
}

// Eventually waits for a condition.
func (b *Bench) Eventually(what string, condition func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}
