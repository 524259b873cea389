package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"linklog/capture/receive/porttest"
	"linklog/service/book/dns/dnstest"
	"linklog/service/client"
	"linklog/service/port"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"linklog":  main,
		"floor":    floorMain,
		"stranger": strangerMain,
		"inbox":    inboxMain,
	})
}

// inboxMain is a server that alerts go to: it adds what it is sent to the file inbox, each a
// line with the path, the Authorization and the body, unless the file answer names a status.
func inboxMain() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("SECOND"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out, err := os.OpenFile("inbox", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, err := os.ReadFile("answer"); err == nil {
			status, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			http.Error(w, "not now", status)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(out, "%s %s %s\n", r.URL.Path, r.Header.Get("Authorization"), body)
	}))
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
}

// arrivedCmd waits until a number of messages are in the file inbox: arrived N.
func arrivedCmd(ts *testscript.TestScript, neg bool, args []string) {
	poll(ts, args[0]+" messages", func() bool {
		text, _ := os.ReadFile(ts.MkAbs("inbox"))
		return fmt.Sprint(strings.Count(string(text), "\n")) == args[0]
	})
}

// strangerMain is another program that holds the port of a script.
func strangerMain() {
	c, err := net.ListenPacket("udp", ":"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer c.Close()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
}

// TestScripts runs the program as a person would: see testdata/script.
func TestScripts(t *testing.T) {
	dns := dnstest.Start(t, dnstest.Names(map[string]string{
		"203.0.113.4":   "scan-07.research.example",
		"192.168.1.10":  "nas.example",
		"198.51.100.53": "dns.example",
		"203.0.113.66":  "evil\x1b[31m\x07.example",
	}))
	oldLogs, err := filepath.Abs("../../capture/oldlogs/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv("PORT", freePort(t))
			env.Setenv("SECOND", freePort(t))
			env.Setenv("DNS", dns.Addr)
			env.Setenv("MIBS", "")                                        // net-snmp need not look for any
			env.Setenv("LINKLOG_SOCKET", filepath.Join(env.WorkDir, "s")) // no other service's
			env.Setenv("OLDLOGS", oldLogs)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listening": listeningCmd,
			"lines":     linesCmd,
			"stamps":    stampsCmd,
			"serving":   servingCmd,
			"stored":    storedCmd,
			"remembers": remembersCmd,
			"following": followingCmd,
			"status":    statusCmd,
			"arrived":   arrivedCmd,
			"told":      toldCmd,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "lan" {
				return len(ownAddresses()) > 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// freePort is a port that nobody uses, in words.
func freePort(t testing.TB) string {
	t.Helper()
	return fmt.Sprint(porttest.Free(t))
}

// poll waits for a condition that nothing signals.
func poll(ts *testscript.TestScript, what string, condition func() bool) {
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited in vain: %s", what)
		}
	}
}

// listeningCmd waits until somebody listens on $PORT, or on another: listening [PORT]. It
// asks the system: to try the port would be to take it from whoever is about to listen.
func listeningCmd(ts *testscript.TestScript, neg bool, args []string) {
	args = append(args, ts.Getenv("PORT"))
	n, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	poll(ts, "listening on port "+args[0], func() bool {
		_, err := port.Holder(uint16(n))
		return !errors.Is(err, port.ErrFree)
	})
}

// serviceOf is a client of the service of a script.
func serviceOf(ts *testscript.TestScript) *client.Client {
	return client.New(client.Options{Paths: []string{ts.Getenv("LINKLOG_SOCKET")}, Agent: "script"})
}

// servingCmd waits until the service answers and has its port.
func servingCmd(ts *testscript.TestScript, neg bool, args []string) {
	c := serviceOf(ts)
	defer c.Close()
	poll(ts, "the service", func() bool {
		h, err := c.Hello(context.Background())
		return err == nil && h.Open != neg
	})
}

// remembersCmd waits until the service has read which routers it heard before it
// started: remembers N.
func remembersCmd(ts *testscript.TestScript, neg bool, args []string) {
	c := serviceOf(ts)
	defer c.Close()
	poll(ts, args[0]+" routers of before", func() bool {
		s, err := c.Status(context.Background())
		return err == nil && fmt.Sprint(len(s.Before)) == args[0]
	})
}

// toldCmd waits until the outlets have been told a number of alerts: told N.
func toldCmd(ts *testscript.TestScript, neg bool, args []string) {
	c := serviceOf(ts)
	defer c.Close()
	poll(ts, args[0]+" alerts told", func() bool {
		outlets, err := c.Outlets(context.Background())
		n := uint64(0)
		for _, o := range outlets {
			n += o.Told
		}
		return err == nil && fmt.Sprint(n) == args[0]
	})
}

// storedCmd waits until the service has stored a number of events: stored N.
func storedCmd(ts *testscript.TestScript, neg bool, args []string) {
	c := serviceOf(ts)
	defer c.Close()
	poll(ts, fmt.Sprintf("%s events stored", args[0]), func() bool {
		n, err := c.Count(context.Background(), client.Query{})
		return err == nil && fmt.Sprint(n) == args[0]
	})
}

// followingCmd waits until a number of linklog's follow the service: following N.
func followingCmd(ts *testscript.TestScript, neg bool, args []string) {
	c := serviceOf(ts)
	defer c.Close()
	poll(ts, args[0]+" followers", func() bool {
		s, err := c.Status(context.Background())
		n := 0
		for _, other := range s.Clients {
			if other.Follows {
				n++
			}
		}
		return err == nil && fmt.Sprint(n) == args[0]
	})
}

// statusCmd runs a program that has to end with an exit code: status N PROGRAM ARGUMENT...
func statusCmd(ts *testscript.TestScript, neg bool, args []string) {
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// linesCmd waits until a file has a number of lines: lines FILE N.
func linesCmd(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines file n")
	}
	poll(ts, fmt.Sprintf("%s lines in %s", args[1], args[0]), func() bool {
		b, _ := os.ReadFile(ts.MkAbs(args[0]))
		return fmt.Sprint(strings.Count(string(b), "\n")) == args[1]
	})
}

var stamp = regexp.MustCompile(`(?m)^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 1-3]\d [0-2]\d:[0-5]\d:[0-5]\d `)

// stampsCmd replaces the date and time at the beginning of every line of a file,
// which must be there, by "TIME ": stamps FILE.
func stampsCmd(ts *testscript.TestScript, neg bool, args []string) {
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	for line := range strings.Lines(string(b)) {
		when, err := time.Parse(time.Stamp, line[:min(len(line), len(time.Stamp))])
		if err != nil {
			ts.Fatalf("no date and time: %q", line)
		}
		now := time.Now().UTC()
		if when = when.AddDate(now.Year(), 0, 0); now.Sub(when).Abs() > 5*time.Minute && now.Sub(when).Abs() < 364*24*time.Hour {
			ts.Fatalf("not the time of now: %q", line)
		}
	}
	ts.Check(os.WriteFile(file, stamp.ReplaceAll(b, []byte("TIME ")), 0o644))
}
