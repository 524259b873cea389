package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"linklog/bench/process"
	"linklog/service/client"
)

// receiver is somebody who is measured.
type receiver struct {
	name      string
	does      string
	takes     string   // the kind of messages; "": all
	goal      float64  // the most a message may cost, in floors; 0: none
	goalFlows float64  // the same of flows
	less      []string // receivers than which it shall cost less
	followers int

	// command makes the command line; all that it writes is in dir.
	command func(o *options, port int, dir string) *exec.Cmd

	message message // what it gets

	// needs is a program that must be installed.
	needs string

	// count is how many messages it has, told by what it wrote.
	count func(*running) (int, error)
}

const floorName = "floor"

// receivers are all there are; the floor, beside which the others stand, is the first.
func receivers() []receiver {
	const goalCommand, goalSpool, goalService = 2, 2.5, 12
	const goalAttempts, goalFlows = 4, 15
	return []receiver{
		{name: floorName, does: "bare batch receive in Go, counts", command: part("floor"), count: countStdout},
		{name: "linklog", does: "linklog: decode, line into a file", goal: goalCommand, less: []string{"rsyslog", "syslog-ng"}, command: command, count: countWritten},
		{name: "spool", does: "LinkLog's listener and spool, first half of the service", goal: goalSpool, command: part("spool", "PORT", "DIR"), count: countStdout},
		{name: "attempts", takes: "flow", does: "the same, and the attempts it makes of flows in the spool", goalFlows: goalAttempts, command: part("attempts", "PORT", "DIR"), count: countStdout},
		{name: "service", does: "linklog service: spool, history, indexes", command: service, count: countStored},
		{name: "service+1", does: "the same with one follower", goal: goalService, goalFlows: goalFlows, followers: 1, command: service, count: countStored},
		{name: "service+3", does: "the same with three followers", followers: 3, command: service, count: countStored},
		{name: "gosnmp", takes: "trap", does: "gosnmp's TrapListener, counts", command: part("gosnmp", "PORT"), count: countStdout},
		{name: "perl", takes: "trap", does: "Perl: recv, BER by hand, regex, line into a file", needs: "perl", command: perl, count: countLines("log", "")},
		{name: "snmptrapd", takes: "trap", does: "net-snmp's snmptrapd, into a file", needs: "snmptrapd", command: snmptrapd, count: countLines("log", `STRING: "@`)},
		{name: "rsyslog", takes: "line", does: "rsyslog: imudp, line into a file", needs: "rsyslogd", command: rsyslog, count: countLines("log", "")},
		{name: "goflow2", takes: "flow", does: "goflow2's decoder, counts", command: part("goflow2", "PORT"), count: countStdout},
		{name: "nfcapd", takes: "flow", does: "nfdump's nfcapd, into a file", needs: "nfcapd", command: nfcapd, count: countStoredFlows},
		{name: "syslog-ng", takes: "line", does: "syslog-ng: UDP, line into a file", needs: "syslog-ng", command: syslogNG, count: countLines("log", "")},
	}
}

// part is one of the receivers in this program; PORT and DIR stand for the values.
func part(args ...string) func(*options, int, string) *exec.Cmd {
	return func(_ *options, port int, dir string) *exec.Cmd {
		r := strings.NewReplacer("PORT", strconv.Itoa(port), "DIR", filepath.Join(dir, "spool"))
		all := []string{"receive"}
		for _, a := range args {
			all = append(all, r.Replace(a))
		}
		return exec.Command("/proc/self/exe", all...)
	}
}

func command(o *options, port int, dir string) *exec.Cmd {
	args := []string{"--no-dns", "--port", strconv.Itoa(port), "--quiet", "--log-file", filepath.Join(dir, "log")}
	if os.Getuid() == 0 {
		args = append(args, "--run-as=root")
	}
	return exec.Command(o.linklog, args...)
}

// service runs with nobody asked in DNS, and without the limit of what one router may send.
func service(o *options, port int, dir string) *exec.Cmd {
	return exec.Command(o.linklog, "service", "run", "--port", strconv.Itoa(port), "--data-dir", filepath.Join(dir, "data"),
		"--socket", filepath.Join(dir, "s"), "--config", filepath.Join(dir, "linklog.toml"))
}

// snmptrapdConfig takes traps from anybody, and has a line of what a logger wants. The
// default format asks DNS for the agent of every trap, also with -n, and waits for it.
const snmptrapdConfig = "disableAuthorization yes\nformat1 %.4y-%.2m-%.2l %.2h:%.2j:%.2k %b %v\\n\n"

const serviceConfig = "[names]\ndns = false\n[sources]\nrate = 10000000\nburst = 10000000\n[hosts]\nlearning = \"0\"\n"

func perl(o *options, port int, dir string) *exec.Cmd {
	return exec.Command("perl", o.perl, strconv.Itoa(port), filepath.Join(dir, "log"))
}

// snmptrapd neither asks DNS nor reads MIBs, which would only cost it more.
func snmptrapd(_ *options, port int, dir string) *exec.Cmd {
	cmd := exec.Command("snmptrapd", "-f", "-n", "-X", "-C", "-c", filepath.Join(dir, "snmptrapd.conf"), "-m", "", "-Lf", filepath.Join(dir, "log"),
		"udp:127.0.0.1:"+strconv.Itoa(port))
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "snmp"))
	return cmd
}

// running is a receiver at work.
type running struct {
	receiver
	*process.Process
	dir       string
	socket    *process.Socket
	buffer    int
	client    *client.Client // of a service
	followers []*process.Process
}

// start starts a receiver with its followers in a new folder. stop must be called
// even after an error.
func start(ctx context.Context, o *options, r receiver) (run *running, err error) {
	run = &running{receiver: r}
	if run.dir, err = os.MkdirTemp("", "peers"); err != nil {
		return run, err
	}
	if err := os.WriteFile(filepath.Join(run.dir, "linklog.toml"), []byte(serviceConfig), 0o600); err != nil {
		return run, err
	}
	if err := os.WriteFile(filepath.Join(run.dir, "snmptrapd.conf"), []byte(snmptrapdConfig), 0o600); err != nil {
		return run, err
	}
	port, err := freePort()
	if err != nil {
		return run, err
	}
	cmd := r.command(o, port, run.dir)
	out, err := os.Create(filepath.Join(run.dir, "stdout"))
	if err != nil {
		return run, err
	}
	defer out.Close()
	cmd.Stdout = out
	if run.Process, err = process.Start(cmd); err != nil {
		return run, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, fmt.Errorf("%s does not listen", r.name))
	defer cancel()
	if run.socket, err = run.Socket(ctx); err != nil {
		return run, err
	}
	if run.buffer, err = run.socket.SetBuffer(o.buffer); err != nil {
		return run, err
	}
	if strings.HasPrefix(r.name, "service") {
		err = run.follow(ctx, o)
	}
	return run, err
}

// follow starts the followers, each of which writes to a file of its own.
func (r *running) follow(ctx context.Context, o *options) error {
	socket := filepath.Join(r.dir, "s")
	r.client = client.New(client.Options{Paths: []string{socket}, Agent: "peers"})
	for {
		_, err := r.client.Hello(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	for i := range r.receiver.followers {
		log := filepath.Join(r.dir, "follower"+strconv.Itoa(i))
		p, err := process.Start(exec.Command(o.linklog, "--socket", socket, "--after=0", "--no-dns", "--quiet", "--log-file", log))
		if err != nil {
			return err
		}
		r.followers = append(r.followers, p)
	}
	return nil
}

// done waits until everything that came is read, and written or stored, and nobody
// of ours works any more.
func (r *running) done(ctx context.Context, idle time.Duration) (read time.Time, err error) {
	for {
		waiting, _, err := r.socket.State()
		if err != nil {
			return read, err
		}
		if waiting == 0 {
			break
		}
		if err := r.Sleep(ctx, time.Millisecond); err != nil {
			return read, err
		}
	}
	read = time.Now()
	for behind := true; behind; {
		if err := r.Idle(ctx, idle); err != nil {
			return read, err
		}
		behind = false
		if r.client != nil { // it may have waited for the disk
			status, err := r.client.Status(ctx)
			if err != nil {
				return read, err
			}
			behind = uint64(status.History.Events)+status.Repeats < status.Received
		}
	}
	for _, f := range r.followers {
		if err := f.Idle(ctx, idle); err != nil {
			return read, err
		}
	}
	return read, nil
}

// total ends a receiver, and then counts what it wrote. A follower that has not as
// much is an error.
func (r *running) total(ctx context.Context) (int, error) {
	stored := 0
	if r.client != nil {
		status, err := r.client.Status(ctx)
		if err != nil {
			return 0, err
		}
		if stored = int(status.History.Events); uint64(stored)+status.Repeats != status.Received {
			return 0, fmt.Errorf("the service received %d, and stored %d beside %d repeats", status.Received, stored, status.Repeats)
		}
		if err := os.WriteFile(filepath.Join(r.dir, "stored"), fmt.Append(nil, status.Received), 0o600); err != nil {
			return 0, err
		}
	}
	for i, f := range r.followers {
		f.Stop()
		n, err := countLines("follower"+strconv.Itoa(i), "")(r)
		if err != nil {
			return 0, err
		}
		if n != stored {
			return 0, fmt.Errorf("follower %d has %d of %d", i+1, n, stored)
		}
	}
	r.Process.Stop()
	return r.count(r)
}

func (r *running) stop() {
	if r.client != nil {
		r.client.Close()
	}
	for _, f := range r.followers {
		f.Kill()
	}
	if r.socket != nil {
		r.socket.Close()
	}
	if r.Process != nil {
		r.Process.Kill()
	}
	os.RemoveAll(r.dir)
}

// freePort is a UDP port nobody had a moment ago.
func freePort() (int, error) {
	c, err := net.ListenUDP("udp", nil)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port, nil
}

// countStdout reads the number a part of this program wrote at its end.
func countStdout(r *running) (int, error) { return number(filepath.Join(r.dir, "stdout")) }

// countStored reads what total asked the service for.
func countStored(r *running) (int, error) { return number(filepath.Join(r.dir, "stored")) }

func number(file string) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return 0, fmt.Errorf("no number in %q: %w", text, err)
	}
	return n, nil
}

// repeated is in what the command says at its end.
var repeated = regexp.MustCompile(`(\d+) repeats?`)

// countWritten counts the lines of the command, and the repeats that it has no lines of.
func countWritten(r *running) (int, error) {
	n, err := countLines("log", "")(r)
	if m := repeated.FindStringSubmatch(r.Stderr()); err == nil && m != nil {
		repeats, _ := strconv.Atoi(m[1])
		n += repeats
	}
	return n, err
}

// countLines counts the lines of a file that hold a text.
func countLines(name, text string) func(*running) (int, error) {
	return func(run *running) (n int, err error) {
		f, err := os.Open(filepath.Join(run.dir, name))
		if err != nil {
			return 0, err
		}
		defer f.Close()
		for r := bufio.NewReaderSize(f, 64<<10); ; {
			line, err := r.ReadSlice('\n')
			if err == io.EOF {
				return n, nil
			}
			if err != nil {
				return n, err
			}
			if bytes.Contains(line, []byte(text)) {
				n++
			}
		}
	}
}
