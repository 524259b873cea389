package overssh

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain is the tests, or, where a test says so, a program that stands for ssh. The real one is in
// the tests of the command.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAYS_SSH") {
	case "":
		os.Exit(m.Run())
	case "silent": // a login that never gets anywhere
		time.Sleep(time.Hour)
	case "deaf": // a network that is gone behind the greeting
		greeting{Version: greetingVersion}.write(os.Stdout)
		time.Sleep(time.Hour)
	case "echo":
		os.Stdout.WriteString("Welcome to pi\nlast login:")
		greeting{Version: greetingVersion}.write(os.Stdout)
		io.Copy(os.Stdout, os.Stdin)
	case "dies":
		greeting{Version: greetingVersion}.write(os.Stdout)
		os.Stdout.WriteString("half")
		os.Stderr.WriteString("Timeout, server pi not responding.\r\n")
		os.Exit(sshFailed)
	case "says its arguments":
		os.Stderr.WriteString(strings.Join(os.Args[1:], "\n"))
		os.Exit(1)
	}
}

// plays puts a program that stands for ssh where it is looked for.
func plays(t *testing.T, what string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	name := "ssh"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("PLAYS_SSH", what)
}

// ends waits for the end of the process of a connection.
func ends(t *testing.T, c net.Conn) {
	t.Helper()
	select {
	case <-c.(*conn).ended:
	case <-time.After(time.Minute):
		t.Error("ssh does not end")
	}
}

func TestDial(t *testing.T) {
	plays(t, "echo")
	c, err := Dial(t.Context(), Host{Name: "pi"})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("0123456789", 100_000)
	go io.WriteString(c, text)
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Errorf("%d bytes came back differently: %v", len(text), err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("a closed connection takes more")
	}
	ends(t, c)
}

// A login that takes for ever ends with whoever waits for it.
func TestDialCancelled(t *testing.T) {
	plays(t, "silent")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if c, err := Dial(ctx, Host{Name: "pi"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v %v", c, err)
	}
}

// Whoever waits for the other end hears at once that the connection was closed.
func TestClose(t *testing.T) {
	plays(t, "deaf")
	c, err := Dial(t.Context(), Host{Name: "pi"})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		read <- err
	}()
	c.Close()
	select {
	case err := <-read:
		if err == nil {
			t.Error("something was read")
		}
	case <-time.After(time.Minute):
		t.Error("it waits for ever")
	}
	c.(*conn).cmd.Process.Kill() // it would end with its network
	ends(t, c)
}

// What ssh says about the end of a connection is the error; what came before it is not lost.
func TestLost(t *testing.T) {
	plays(t, "dies")
	c, err := Dial(t.Context(), Host{Name: "pi"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	var e *Error
	if string(text) != "half" || !errors.As(err, &e) || e.Kind != Unreachable || e.Err.Error() != "Timeout, server pi not responding." {
		t.Errorf("%q, %v", text, err)
	}
}

// ssh gets the host and the user as words that are no options, and asks nobody anything.
func TestArguments(t *testing.T) {
	plays(t, "says its arguments")
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal(err)
	}
	h, err := Parse(`ssh://DOM%5Cann@[fe80::1%eth0]:2222`)
	if err != nil {
		t.Fatal(err)
	}
	c, err := start(program, h)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ends(t, c)
	got := strings.Split(c.said.String(), "\n")
	if end := slices.Index(got, "--"); end < 0 || !slices.Equal(got[end-4:], []string{"-p", "2222", "-l", `DOM\ann`, "--", "fe80::1%eth0", "linklog", "service", "dial"}) ||
		!slices.Contains(got[:end], "BatchMode=yes") {
		t.Errorf("%q", got)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Host{
		"ssh://pi":                      {Name: "pi"},
		"ssh://pi/":                     {Name: "pi"},
		"SSH://Pi.local:2222":           {Name: "Pi.local", Port: 2222},
		"ssh://ann@192.168.1.2":         {User: "ann", Name: "192.168.1.2"},
		"ssh://ann.b-c+d@my_nas:22":     {User: "ann.b-c+d", Name: "my_nas", Port: 22},
		"ssh://ann@example.com@pi":      {User: "ann@example.com", Name: "pi"},
		`ssh://DOM\ann@pi`:              {User: `DOM\ann`, Name: "pi"},
		"ssh://J%C3%B6rg@pi":            {User: "Jörg", Name: "pi"},
		"ssh://[fd00::2]":               {Name: "fd00::2"},
		"ssh://ann@[fe80::1%eth0]:2222": {User: "ann", Name: "fe80::1%eth0", Port: 2222},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q as %q: %+v, %v", text, got, again, err)
		}
	}
	for text, says := range map[string]string{
		"":                                  "must be ssh://[user@]host[:port]",
		"pi":                                "must be ssh://[user@]host[:port]",
		"http://pi":                         "must be ssh://[user@]host[:port]",
		"ssh://":                            "the host is missing",
		"ssh://ann@":                        "the host is missing",
		"ssh://-oProxyCommand=reboot":       "not - first",
		"ssh://ann@-oProxyCommand=x":        "not - first",
		"ssh://-lroot@pi":                   `"-lroot" is not a valid user`,
		"ssh://%2DlX@pi":                    `"-lX" is not a valid user`,
		"ssh://a%20b@pi":                    `"a b" is not a valid user`,
		"ssh://$(reboot)@pi":                "is not a valid user",
		"ssh://`reboot`@pi":                 "is not a valid user",
		"ssh://a%0Ab@pi":                    "is not a valid user",
		"ssh://a%zz@pi":                     "not written as in an address",
		`ssh://ann\@pi`:                     "is not a valid user",
		"ssh://@pi":                         "is not a valid user",
		"ssh://ann:secret@pi":               "a password does not belong",
		"ssh://ann%3Asecret@pi":             "a password does not belong",
		"ssh://pi/path":                     "there can be nothing",
		"ssh://pi?x=1":                      "there can be nothing",
		"ssh://pi;reboot":                   "is not a valid host",
		"ssh://pi$(reboot)":                 "is not a valid host",
		"ssh://pi nas":                      "is not a valid host",
		"ssh://pi\x00":                      "is not a valid host",
		"ssh://größe":                       "is not a valid host",
		"ssh://pi:":                         "is not a valid port",
		"ssh://pi:0":                        "is not a valid port",
		"ssh://pi:65536":                    "is not a valid port",
		"ssh://pi:ssh":                      "is not a valid port",
		"ssh://fd00::2":                     "needs brackets",
		"ssh://[fd00::2":                    "must be an IPv6 address",
		"ssh://[192.168.1.2]":               "must be an IPv6 address",
		"ssh://[fe80::1%-x]":                "must be an IPv6 address",
		"ssh://[fe80::1%$(x)]":              "must be an IPv6 address",
		"ssh://[fd00::2]22":                 "there may only be a port",
		"ssh://" + strings.Repeat("a", 254): "is not a valid host",
		"ssh://" + strings.Repeat("a", 105) + "@pi": "is not a valid user",
	} {
		h, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), says) || !h.IsZero() || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %+v, %v", text, h, err)
		}
	}
}

// Whatever is read as a host is no option and nothing for a shell, and is read again as the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"ssh://ann@pi:22", "ssh://[fe80::1%eth0]", `ssh://DOM%5Cann@nas.local`, "ssh://-x", "ssh://a%2D@b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := Parse(text)
		if err != nil {
			return
		}
		if h.Name == "" || strings.HasPrefix(h.Name, "-") || strings.HasPrefix(h.User, "-") || strings.ContainsAny(h.Name+h.User, " \t\r\n\x00'\"`$;&|<>(){}*?!#") {
			t.Errorf("%q: %+v", text, h)
		}
		if again, err := Parse(h.String()); err != nil || again != h {
			t.Errorf("%q as %q: %+v, %v", text, h, again, err)
		}
	})
}

// A greeting is found behind whatever a login prints, within bounds.
func TestGreeting(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       Kind   // 0: none
		says       string // "": it greets
	}{
		{"alone", "linklog-dial {\"version\":1}\n", 0, ""},
		{"behind a line", "Welcome\n\nlinklog-dial {\"version\":1}\n", 0, ""},
		{"with what is not known yet", "linklog-dial {\"version\":1,\"more\":[1]}\n", 0, ""},
		{"behind long lines", strings.Repeat("x", maxLine+5) + "\n" + strings.Repeat("y", 3*maxLine) + "\nlinklog-dial {\"version\":1}\n", 0, ""},
		{"none", "Welcome\n", Other, "EOF"},
		{"none at all", "", Other, "EOF"},
		{"half of one", "linklog-dial {\"version\":1}", Other, "EOF"},
		{"in the middle of a line", strings.Repeat("x", maxLine) + "linklog-dial {\"version\":1}\n", Other, "EOF"},
		{"wrong", "linklog-dial {\n", Other, "does not greet as it should"},
		{"newer", "linklog-dial {\"version\":2}\n", NewerThere, "newer"},
		{"absent", "linklog-dial {\"version\":1,\"error\":\"no \\u001b[31msocket\",\"absent\":true}\n", NotRunning, "socket"},
		{"refused", "linklog-dial {\"version\":1,\"error\":\"not trusted\"}\n", NotAsked, "not trusted"},
		{"endless lines", strings.Repeat("y\n", maxBefore), Other, "prints more than a greeting"},
		{"an endless line", strings.Repeat("y", 2*maxBefore), Other, "prints more than a greeting"},
	} {
		r := bufio.NewReaderSize(strings.NewReader(c.text+"HTTP"), maxLine)
		if c.says == "EOF" {
			r = bufio.NewReaderSize(strings.NewReader(c.text), maxLine)
		}
		err := readGreeting(r)
		if c.says == "" {
			if rest, _ := io.ReadAll(r); err != nil || string(rest) != "HTTP" {
				t.Errorf("%s: %v, %q", c.name, err, rest)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", c.name, err)
		}
		if e := (*greetingError)(nil); errors.As(err, &e) && e.kind != c.kind {
			t.Errorf("%s: kind %d", c.name, e.kind)
		}
	}
}

// The other end greets, and ends with either side.
func TestJoin(t *testing.T) {
	for _, who := range []string{"ssh", "service"} {
		t.Run(who, func(t *testing.T) {
			service, its := net.Pipe()
			in, stdin := io.Pipe()
			out, stdout := io.Pipe()
			joined := make(chan error, 1)
			go func() {
				err := Join(its, in, stdout)
				stdout.Close()
				joined <- err
			}()
			r := bufio.NewReaderSize(out, maxLine)
			if err := readGreeting(r); err != nil {
				t.Fatal(err)
			}
			go io.WriteString(stdin, "question")
			text := make([]byte, len("question"))
			if _, err := io.ReadFull(service, text); err != nil || string(text) != "question" {
				t.Fatalf("%q %v", text, err)
			}
			go io.WriteString(service, "answer")
			text = text[:len("answer")]
			if _, err := io.ReadFull(r, text); err != nil || string(text) != "answer" {
				t.Fatalf("%q %v", text, err)
			}
			if who == "ssh" {
				stdin.Close()
			} else {
				service.Close()
			}
			if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
				t.Errorf("%q %v", rest, err)
			}
			if err := <-joined; err != nil && !errors.Is(err, io.ErrClosedPipe) {
				t.Error(err)
			}
			if _, err := service.Read(text); err == nil {
				t.Error("the service is still connected")
			}
		})
	}
}

// Refuse says why at the other end.
func TestRefuse(t *testing.T) {
	var b strings.Builder
	if err := Refuse(&b, "permission denied", false); err != nil {
		t.Fatal(err)
	}
	err := readGreeting(bufio.NewReaderSize(strings.NewReader(b.String()), maxLine))
	if e := (*greetingError)(nil); !errors.As(err, &e) || e.kind != NotAsked || e.Error() != "permission denied" {
		t.Errorf("%v", err)
	}
}
