//go:build unix

package install

import (
	"context"
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// texts are the texts of a dictionary of a plist.
func texts(t *testing.T, plist string) (list []string) {
	t.Helper()
	d, depth := xml.NewDecoder(strings.NewReader(plist)), 0
	for {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return list
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				list = append(list, text)
			}
		}
	}
}

// What is called on a Mac, and in which order. There is no Mac here: that these
// are the right words is Apple's documentation, not this test.
func TestLaunchdWithRecordedTools(t *testing.T) {
	ctx := context.Background()
	loaded := false
	r := &recorded{answers: map[string]string{
		"dscl . -list /Users":  "root 0\n_a 400\n",
		"dscl . -list /Groups": "wheel 0\n_b 401\n",
	}}
	none := []string{"dscl . -read", "launchctl print"}
	r.fails = none
	r.on = func(call string) {
		switch {
		case strings.HasPrefix(call, "launchctl bootstrap"):
			loaded = true
		case strings.HasPrefix(call, "launchctl bootout"):
			loaded = false
		case strings.HasPrefix(call, "dscl . -create /Users/_linklog UniqueID"):
			none = none[1:]
		}
		r.fails = none
		if loaded {
			r.fails = slices.DeleteFunc(slices.Clone(none), func(s string) bool { return strings.HasPrefix(s, "launchctl") })
		}
	}
	l := launchd{root: t.TempDir(), run: r.run}
	put(t, l.path("/Users/anna/Downloads/linklog"), "program")
	c := mac()
	c.Executable, c.InstallingUser = l.path("/Users/anna/Downloads/linklog"), "anna"
	if err := l.install(ctx, c); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dscl . -read /Groups/linklog PrimaryGroupID",
		"dseditgroup -o create -r LinkLog readers linklog",
		"dseditgroup -o edit -a anna -t user linklog",
		"dscl . -read /Users/_linklog UniqueID",
		"dscl . -list /Users UniqueID",
		"dscl . -list /Groups PrimaryGroupID",
		"dscl . -create /Groups/_linklog",
		"dscl . -create /Groups/_linklog PrimaryGroupID 402",
	}
	if !slices.Equal(r.calls[:len(want)], want) {
		t.Errorf("called:\n%s", strings.Join(r.calls, "\n"))
	}
	last := r.calls[len(r.calls)-5:]
	if !slices.Equal(last, []string{"launchctl print system/linklog", "launchctl enable system/linklog", "launchctl print system/linklog",
		"launchctl bootstrap system " + l.path(plistPath), "launchctl kickstart system/linklog"}) {
		t.Errorf("called last:\n%s", strings.Join(last, "\n"))
	}
	c.Executable, c.copied = localProgram, true
	if text, err := os.ReadFile(l.path(plistPath)); err != nil || string(text) != LaunchDaemon(c).Content {
		t.Errorf("plist: %v\n%s", err, text)
	}
	for dir, mode := range map[string]os.FileMode{c.DataDir: 0o700, socketDir: 0o755} {
		if info, err := os.Stat(l.path(dir)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
	}

	// Over it: the accounts are there, the old job goes first.
	r.calls = nil
	c.Executable = l.path(localProgram)
	if err := l.install(ctx, c); err != nil {
		t.Fatal(err)
	}
	if i := slices.Index(r.calls, "launchctl bootout system/linklog"); i < 0 || slices.ContainsFunc(r.calls, func(c string) bool { return strings.Contains(c, "-create") }) {
		t.Errorf("called:\n%s", strings.Join(r.calls, "\n"))
	}

	r.answers["launchctl print"] = "system/linklog = {\n\tactive count = 1\n\tstate = running\n\n\tprogram = /usr/local/bin/linklog\n\tpid = 4711\n\tendpoints = {\n\t\tstate = waiting\n\t}\n}\n"
	r.answers["ps -o lstart= -p 4711"] = "Fri Nov 20 06:07:08 2026    \n"
	s, err := l.status(ctx)
	if err != nil || s != (Status{
		Installed: true, Running: true, PID: 4711, Since: time.Date(2026, 11, 20, 6, 7, 8, 0, time.UTC), Unit: plistPath, State: "running", Enabled: true,
	}) {
		t.Errorf("%+v, %v", s, err)
	}

	r.calls = nil
	if err := l.restart(ctx); err != nil {
		t.Fatal(err)
	}
	r.check(t, "launchctl print system/linklog", "launchctl kickstart -k system/linklog")

	// Other ports: launchd opens them when it loads the job again.
	put(t, l.path(c.ConfigFile), "[listen]\nports = [9162, 601, 2055, 514]\naddress = \"192.168.1.5\"\n")
	for _, again := range []bool{true, false} {
		r.calls = nil
		if err := l.restart(ctx); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(r.calls, "launchctl bootout system/linklog") != again || slices.Contains(r.calls, "launchctl kickstart -k system/linklog") == again {
			t.Errorf("called:\n%s", strings.Join(r.calls, "\n"))
		}
	}
	text, err := os.ReadFile(l.path(plistPath))
	if _, sockets, _ := strings.Cut(string(text), "<key>Sockets</key>"); err != nil || strings.Join(texts(t, sockets), " ") !=
		"trap SockType dgram SockNodeName 192.168.1.5 SockServiceName 9162 flows SockType dgram SockNodeName 192.168.1.5 SockServiceName 2055 syslog SockType dgram SockNodeName 192.168.1.5 SockServiceName 514" {
		t.Errorf("%v %s", err, text)
	}

	if err := l.uninstall(ctx, false); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plistPath, localProgram, c.DataDir, socketDir, logDir} {
		if _, err := os.Lstat(l.path(path)); err == nil {
			t.Error("left behind: ", path)
		}
	}
	for _, record := range []string{"/Users/_linklog", "/Groups/_linklog", "/Groups/linklog"} {
		if !slices.Contains(r.calls, "dscl . -delete "+record) {
			t.Error("left behind: ", record)
		}
	}
	if s, err := l.status(ctx); err != nil || s != (Status{}) {
		t.Errorf("%+v, %v", s, err)
	}
}
