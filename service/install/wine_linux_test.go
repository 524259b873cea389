package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
	"linklog/service/install/winetest"
)

// wine is a Windows of its own, as far as wine is one.
type wine struct {
	*winetest.Prefix
	t    *testing.T
	exe  string
	data string // C:\ProgramData\LinkLog
	port uint16 // what the service listens on
}

func newWine(t *testing.T) *wine {
	t.Helper()
	w := &wine{Prefix: winetest.New(t), t: t, port: porttest.Free(t)}
	w.exe = build(t, "windows", w.Overlay())
	// Without a program that runs wine ends after some seconds, and its services with it.
	keeper := exec.Command("wine", w.exe, "sleep", "on")
	keeper.Env = w.env()
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeper.Process.Kill(); keeper.Wait() })
	w.data = filepath.Join(w.Dir, "prefix/drive_c/ProgramData/LinkLog")
	return w
}

func (w *wine) env() []string {
	return append(slices.Clip(w.Env), fmt.Sprint("LINKLOG_TEST_PORT=", w.port))
}

// try runs a program of Windows. No program here fails and says nothing; when
// one seems to, wine failed to run it, as it did once on a busy machine.
func (w *wine) try(args ...string) (string, error) {
	w.t.Helper()
	out, err := w.run(args...)
	if _, exited := errors.AsType[*exec.ExitError](err); exited && out == "" {
		w.t.Logf("%q ended with %v and said nothing: once more", args, err)
		out, err = w.run(args...)
	}
	return out, err
}

// run runs a program of Windows once. Its output goes to a file: services that
// wine starts along the way would keep a pipe open.
func (w *wine) run(args ...string) (string, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	f, err := os.CreateTemp(w.Dir, "out")
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "wine", args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.env(), f, f
	err = cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	out, readErr := os.ReadFile(f.Name())
	if readErr != nil {
		w.t.Fatal(readErr)
	}
	return string(bytes.ReplaceAll(out, []byte("\r"), nil)), err
}

func (w *wine) linklog(args ...string) string {
	w.t.Helper()
	out, err := w.try(append([]string{w.exe}, args...)...)
	if err != nil {
		w.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// One Windows for all: to make it takes longer than what is done in it.
func TestUnderWine(t *testing.T) {
	w := newWine(t)
	t.Run("service", func(t *testing.T) { w.t = t; w.service() })
	t.Run("port", func(t *testing.T) { w.t = t; w.holder() })
	t.Run("tests of install", func(t *testing.T) { w.t = t; w.tests("linklog/service/install") })
	t.Run("tests of port", func(t *testing.T) { w.t = t; w.tests("linklog/service/port") })
}

// tests runs the tests of a package that are not for another system.
func (w *wine) tests(pkg string) {
	exe := filepath.Join(w.Dir, filepath.Base(pkg)+".test.exe")
	cmd := exec.Command("go", "test", "-c", "-o", exe, "-overlay="+w.Dir+"/overlay.json", pkg)
	cmd.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("build: %v\n%s", err, out)
	}
	out, err := w.try(exe, "-test.v", "-test.short")
	if err != nil {
		w.t.Errorf("%v\n%s", err, out)
	}
}

// The real service manager of wine, which knows the service's life and little
// else: start type, account of the service, recovery, ACL and firewall are set
// by calls that wine answers without doing anything.
func (w *wine) service() {
	t := w.t
	expect := func(want string) {
		t.Helper()
		if out := w.linklog("service", "status"); !regexp.MustCompile("^" + want + "\n$").MatchString(out) {
			t.Errorf("status: %swant: %s", out, want)
		}
	}
	const (
		absent  = `installed=false running=false pid=0 since=\S+ unit= state=`
		running = `installed=true running=true pid=[1-9]\d* since=20\d\d-\S+ unit=LinkLog state=running`
		stopped = `installed=true running=false pid=0 since=\S+ unit=LinkLog state=stopped`
	)
	expect(absent)
	if out, err := w.try(w.exe, "service", "stop"); err == nil || !strings.Contains(out, `not installed: open a command prompt with "Run as administrator"`) {
		t.Errorf("stop before install: %v %s", err, out)
	}
	w.linklog("service", "install")
	expect(running)
	w.linklog("service", "install") // over the running one
	expect(running)
	reg, err := w.try("reg", "query", `HKLM\System\CurrentControlSet\Services\LinkLog`)
	if err != nil {
		t.Fatal(err, reg)
	}
	for _, want := range []string{
		`ImagePath    REG_SZ    "C:\Program Files\LinkLog service\linklog.exe" service run --data-dir C:\ProgramData\LinkLog --config C:\ProgramData\LinkLog\linklog.toml --port ` + fmt.Sprint(w.port),
		`ObjectName    REG_SZ    NT AUTHORITY\LocalService`, `Start    REG_DWORD    0x2`, `Description    REG_SZ    Receives, `,
	} {
		if !strings.Contains(reg, want) {
			t.Errorf("no %s in\n%s", want, reg)
		}
	}
	if out := w.linklog("who", fmt.Sprint(w.port)); !strings.Contains(out, "service LinkLog") {
		t.Error("who holds the port: ", out)
	}
	if out, err := w.try("reg", "query", `HKLM\System\CurrentControlSet\Services\EventLog\Application\LinkLog`); err != nil {
		t.Error("no source in the event log: ", out)
	}

	w.linklog("service", "reload")
	received := ""
	for range 50 {
		data, _ := os.ReadFile(filepath.Join(w.data, "received"))
		if received = string(data); received != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if received != "reload\n" {
		t.Errorf("the service did not reload: %q", received)
	}

	w.linklog("service", "restart")
	expect(running)
	w.linklog("service", "stop")
	expect(stopped)
	w.linklog("service", "stop") // no error
	w.linklog("service", "start")
	w.linklog("service", "start") // no error
	expect(running)

	// A program that ends with an error is a failed service, not a stopped one.
	w.linklog("service", "stop")
	put(t, filepath.Join(w.data, "fail"), "")
	if out, err := w.try(w.exe, "service", "start"); err == nil || !strings.Contains(out, "it ended at once (stopped (error 1)); to see why: Event Viewer") {
		t.Errorf("start of a program that fails: %v %s", err, out)
	}
	if err := os.Remove(filepath.Join(w.data, "fail")); err != nil {
		t.Fatal(err)
	}

	w.linklog("service", "uninstall", "--keep-history")
	expect(absent)
	if _, err := os.Stat(filepath.Join(w.data, "received")); err != nil {
		t.Error("the history is gone: ", err)
	}
	w.linklog("service", "install")
	expect(running)
	w.linklog("service", "uninstall")
	expect(absent)
	for _, path := range []string{w.data, filepath.Join(w.Dir, "prefix/drive_c/Program Files/LinkLog service")} {
		if _, err := os.Stat(path); err == nil {
			t.Error("left behind: ", path)
		}
	}
	w.linklog("service", "uninstall") // twice is no error
}

// The tables of wine are like those of Windows: see package port.
func (w *wine) holder() {
	t, port := w.t, porttest.Free(w.t)
	if out := w.linklog("who", fmt.Sprint(port)); !strings.Contains(out, "no program uses the port") {
		t.Error("free: ", out)
	}
	holder := exec.Command("wine", w.exe, "hold", fmt.Sprint(port))
	holder.Env = w.env()
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { holder.Process.Kill(); holder.Wait() }()
	out := ""
	for range 100 {
		if out = w.linklog("who", fmt.Sprint(port)); !strings.Contains(out, "no program uses the port") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !regexp.MustCompile(`(?s)^linklog\.exe \(process \d+\), service , <nil>\nLinkLog is already running \(process \d+\) and has port ` + fmt.Sprint(port)).MatchString(out) {
		t.Errorf("%q", out)
	}
}
