package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linklog/app/choose"
	"linklog/app/computers"
	"linklog/app/feed"
	"linklog/app/system/notify"
	"linklog/capture/send/sendtest"
	"linklog/service"
	"linklog/service/client"
	"linklog/service/client/overssh"
	"linklog/service/client/overssh/sshtest"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// TestMain is the tests, or "linklog service dial" on the computer that they reach by ssh.
func TestMain(m *testing.M) {
	if os.Getenv("PLAYS_LINKLOG") == "" {
		os.Exit(m.Run())
	}
	conn, err := client.Dial(context.Background(), nil)
	if err != nil {
		err = overssh.Refuse(os.Stdout, err.Error(), errors.Is(err, client.ErrNoService))
	} else {
		err = overssh.Join(conn, os.Stdin, os.Stdout)
	}
	if err != nil {
		os.Exit(1)
	}
}

// pi is a different computer, with a service in this process.
func pi(t *testing.T) (h *sshtest.Host, e *service.Service) {
	t.Helper()
	h = sshtest.New(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h.Script(t, "remote/linklog", "PLAYS_LINKLOG=1 exec "+self)
	t.Setenv("PATH", h.File("bin")+":"+os.Getenv("PATH"))
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	if e, err = service.Open(t.Context(), service.Config{DataDir: h.File("data"), Settings: s}); err != nil {
		t.Fatal(err)
	}
	l, err := localsocket.Listen(h.Socket)
	if err != nil {
		t.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e, Version: "9.9"})
	ctx, cancel := context.WithCancel(context.Background())
	ran, served := make(chan error, 1), make(chan error, 1)
	ready := make(chan struct{})
	go func() { ran <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	t.Cleanup(sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	}))
	return h, e
}

// sshOf are the processes of ssh that this one started and that are still there.
func sshOf(t *testing.T) (list []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		name, rest, ok := strings.Cut(string(text), ") ")
		var state string
		var parent int
		if _, err2 := fmt.Sscan(rest, &state, &parent); err != nil || !ok || err2 != nil || parent != os.Getpid() {
			continue
		}
		if _, name, _ = strings.Cut(name, "("); name == "ssh" {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, pid)
		}
	}
	return list
}

// A different computer is added, shown, and let go of: its events and those of this one are never
// mixed, alerts come from both, and nothing is left of it.
func TestSwitch(t *testing.T) {
	h, far := pi(t)
	b := start(t, t.TempDir())
	b.tray = newTray(b.App)
	var told []notify.Notification
	b.show = func(n notify.Notification) { told = append(told, n) }
	b.listening()
	here := int(b.state.Hello.Port)
	sendtest.Tell(t, here, "@out TCP from 192.168.1.10:5000 to 203.0.113.1:443")
	b.until("it is here", func() bool { return b.logPage.Len() == 1 && len(told) == 1 })
	if strings.Contains(told[0].Title, "This computer") || b.window.Title() != "LinkLog" || b.shell.bar.name.choose.Visible() {
		t.Errorf("the only computer is named: %+v, %q", told[0], b.window.Title())
	}

	if err := b.addComputer("", "pi"); err != nil {
		t.Fatal(err)
	}
	c := b.computers.Named("pi")
	stands := func(want computers.Standing) func() bool {
		return func() bool { got, _ := choose.Describe(c); return got == want }
	}
	b.until("it is connected", stands(computers.Connected))
	if _, text := choose.Describe(c); !strings.Contains(text, "9.9") {
		t.Errorf("%q", text)
	}
	sendtest.Tell(t, int(far.Intake.Port()), "@out TCP from 192.168.7.10:5000 to 203.0.113.2:443")
	b.until("its alert is told", func() bool { return len(told) == 2 })
	if !strings.HasPrefix(told[1].Title, "pi: ") || !strings.Contains(told[1].Title+told[1].Body, "203.0.113.2") || b.logPage.Len() != 1 {
		t.Errorf("%+v, %d rows", told[1], b.logPage.Len())
	}
	if items := b.tray.alerts.ChildMenu.Items; len(items) != 2 || !strings.Contains(items[0].Label, "pi: ") || !strings.Contains(items[1].Label, "This computer: ") {
		t.Errorf("%d alerts in the tray", len(items))
	}

	told[1].OnClick() // shows it
	b.until("pi is shown", func() bool { return b.computer == c && b.state.Connection == feed.ToService && b.logPage.Len() == 1 })
	b.until("its state is there", func() bool { return strings.HasPrefix(b.shell.bar.state.Text, "Listening on pi, port ") })
	if b.window.Title() != "pi – LinkLog" || !b.shell.bar.name.choose.Visible() || b.prefs.Get().Computer != "pi" {
		t.Errorf("%q", b.window.Title())
	}
	button(t, b.shell.content, "pi")
	sendtest.Tell(t, here, "@out TCP from 192.168.1.10:5000 to 203.0.113.3:443")
	b.until("the alert of this computer is told", func() bool { return len(told) == 3 })
	if !strings.HasPrefix(told[2].Title, "This computer: ") || b.logPage.Len() != 1 {
		t.Errorf("%+v, %d rows", told[2], b.logPage.Len())
	}
	for _, p := range b.shell.pages { // none fails on a different computer
		b.shell.open(p.id)
		b.settle()
	}
	for range 3 {
		b.showComputer(b.computers.All()[0])
		b.until("this computer is shown", func() bool { return b.logPage.Len() == 2 && b.state.Hello.Open })
		b.showComputer(c)
		b.until("pi is shown again", func() bool { return b.logPage.Len() == 1 && b.state.Hello.Open })
	}

	// What is wrong is said, and it is tried again at once when somebody wants that.
	h.Knows(t, "other-host")
	for _, pid := range sshOf(t) { // so that no connection is left to be used
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
	b.until("it is said", stands(computers.Broken))
	c.Feed.Retry()
	b.until("what to do is said", func() bool {
		return strings.Contains(b.shell.banner.text.Text, "pi has a different key than ssh knows") && b.shell.bar.state.Text == "Not connected to pi"
	})
	h.Knows(t, "host")
	c.Feed.Retry()
	b.until("it is mended", func() bool { return b.state.Connection == feed.ToService && b.logPage.Len() == 1 })

	b.removeComputer(c)
	b.until("this computer is shown", func() bool { return b.computer.Here() && b.logPage.Len() == 2 })
	if b.window.Title() != "LinkLog" || len(b.computers.All()) != 1 || len(b.prefs.Get().Computers) != 0 {
		t.Errorf("%q, %d computers", b.window.Title(), len(b.computers.All()))
	}
	deadline := time.Now().Add(2 * time.Minute) // what runs for it ends with its last answer
	for {
		b.settle()
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		children, feeds, calls := len(sshOf(t)), bytes.Count(stacks, []byte("feed.(*Feed).Run(")), bytes.Count(stacks, []byte("overssh."))
		if children == 0 && feeds == 1 && calls == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d processes of ssh, %d feeds, %d calls of package overssh\n%s", children, feeds, calls, stacks)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
