package attack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
	"linklog/service/api"
)

// rate is how many mutants are sent a second: a thousand times what a household has.
const rate = 20_000

// flood sends messages for a while, and calls tick about once in ten seconds. more is how many
// messages those sent stand for beside themselves, as "last message repeated 5 times" does.
func flood(t testing.TB, port int, how time.Duration, next func(dst []byte) []byte, tick func()) (sent, more uint64) {
	t.Helper()
	var d decode.Decoder
	counted := func(_ int, dst []byte) []byte {
		dst = next(dst)
		var ev capture.Event
		var counts capture.Counts
		d.Decode(&capture.Datagram{Data: dst}, &ev)
		d.Count(&counts, &ev)
		more += counts.Received() - 1
		return dst
	}
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for rest := how; rest > 0; rest -= 10 * time.Second {
		n := int(rate * min(rest, 10*time.Second).Seconds())
		report, err := s.Send(t.Context(), n, rate, counted)
		sent += uint64(report.Sent)
		if err != nil && !errors.Is(err, send.ErrNobodyListens) || report.Sent != n {
			t.Fatalf("%d of %d sent: %v", report.Sent, n, err)
		}
		tick()
	}
	return sent, more
}

var summaryLine = regexp.MustCompile(`(\d+) received = (\d+) events? \+ (?:(\d+) repeats? \+ )?(\d+) other \+ (\d+) rejected(?: \((.*)\))?; (\d+) dropped`)

// onlyCounted is how many of those with a reason are neither stored nor shown.
func onlyCounted(reasons map[string]uint64) (n uint64) {
	for r := range capture.Reason(capture.Reasons) {
		if r.CountOnly() {
			n += reasons[r.String()]
		}
	}
	return n
}

// stored is how many events there are of what a service received.
func stored(s *api.Status) uint64 { return s.Received - s.Repeats - onlyCounted(s.Reasons) }

// addsUp reports whether everything that was received is one thing.
func addsUp(s *api.Status) bool {
	return s.Received == s.Traffic+s.System+s.WAN+s.Repeats+s.Other+s.Rejected
}

// TestMutantsAtTheCommand sends them to the command, which writes all of it to a file:
// each is a line of its own, one that is only counted, or dropped by the kernel.
func TestMutantsAtTheCommand(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(seed uint64) *mutants
		most uint64 // one of so many is rejected
	}{{"traps", newMutants, 4}, {"lines", newLines, 30}} {
		t.Run(test.name, func(t *testing.T) { atTheCommand(t, test.make(uint64(soak(t))), test.most) })
	}
}

func atTheCommand(t *testing.T, m *mutants, most uint64) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	args := []string{"--port=0", "--no-dns", "--system", "--template", everything, "-ql", log}
	if os.Geteuid() == 0 {
		args = append(args, "--run-as=root") // the file is root's
	}
	p := start(t, exec.Command(program, args...), regexp.MustCompile(`listening on UDP port (\d+)`))
	lines := 0
	// The file is taken away from time to time, as logrotate does.
	sent, more := flood(t, p.port, soak(t), m.next, func() {
		old := filepath.Join(dir, "old")
		if err := os.Rename(log, old); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new log file", func() bool { _, err := os.Stat(log); return err == nil })
		lines += checkFile(t, old, nil)
	})
	// What the sender's system took is in the receiver's socket, or dropped: there is
	// no way in between on this machine, and an interrupt empties the socket.
	const memory = 128 * megabyte // of which 64 may be lines that wait for the disk (maxPending)
	if peak := p.peak(t); peak > memory {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d MiB in use", peak/megabyte)
	}
	p.end(t)
	lines += checkFile(t, log, nil)
	said := summaryLine.FindStringSubmatch(p.stderr.String())
	if said == nil {
		t.Fatalf("no summary in %s", p.stderr)
	}
	number := func(text string) (n uint64) { n, _ = strconv.ParseUint(text, 10, 64); return n }
	received, events, repeats, other, rejected, dropped := number(said[1]), number(said[2]), number(said[3]), number(said[4]), number(said[5]), number(said[7])
	reasons := make(map[string]uint64)
	for part := range strings.SplitSeq(said[6], ", ") {
		if at := strings.LastIndexByte(part, ' '); at > 0 {
			reasons[part[:at]] = number(part[at+1:])
		}
	}
	shown := received - repeats - onlyCounted(reasons)
	if received+dropped < sent || received+dropped > sent+more || dropped == 0 && received != sent+more || received != events+repeats+other+rejected || uint64(lines) != shown || rejected < received/most || events < received/10 {
		t.Errorf("sent %d, %d lines: %s", sent, lines, said[0])
	}
	t.Logf("sent %d: %s", sent, said[0])
}

// TestMutantsAtTheService sends them to the service: all that is not only counted is in
// the history, and all it shows of them is harmless.
func TestMutantsAtTheService(t *testing.T) {
	for name, mutants := range map[string]func(seed uint64) *mutants{"traps": newMutants, "lines": newLines} {
		t.Run(name, func(t *testing.T) { atTheService(t, mutants(uint64(soak(t)))) })
	}
}

func atTheService(t *testing.T, m *mutants) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "[hosts]\nlearning = \"0s\"\n[history]\nmax_size = \"100 GiB\"\n") // an hour of them is kept, too
	slowest := time.Duration(0)
	sent, more := flood(t, d.port, soak(t), m.next, func() {
		begin := time.Now()
		d.status(t)
		slowest = max(slowest, time.Since(begin))
	})
	// What comes faster than this machine stores it waits in the spool, for as long as
	// there is room there; then it is counted as lost.
	begin := time.Now()
	d.settle(t, sent+more)
	caughtUp := time.Since(begin)
	s := d.status(t)
	if lost := s.Lost.Total; s.Received+lost < sent || s.Received+lost > sent+more || lost == 0 && s.Received != sent+more || !addsUp(&s) || s.Lost.Refused != 0 || s.Received < sent/2 {
		t.Errorf("sent %d: %+v", sent, s)
	}
	eventually(t, "no trouble is left", func() bool { return len(d.status(t).Troubles) == 0 })

	gaps := 0
	d.linklog(t, func(r io.Reader) {
		n := checkLines(t, r, func(line []byte) error {
			if gapLine.Match(line) {
				gaps++
			}
			return isEvent(line)
		})
		if uint64(n-gaps) != stored(&s) {
			t.Errorf("%d lines, %d of them gaps, for %d stored of %d received", n, gaps, stored(&s), s.Received)
		}
	}, "log", "--json", "--system", "--limit=0")
	for _, args := range [][]string{
		{"log", "--system", "--limit=30000"}, {"log", "--csv", "--system", "--limit=30000"}, {"log", "--system", "--limit=30000", "-t", everything},
		{"hosts"}, {"devices"}, {"status"}, {"status", "--json"}, {"hosts", "--json"},
	} {
		d.linklog(t, func(r io.Reader) { printed(t, r, args) }, args...)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%d MiB in use; the slowest answer under load took %v; all was stored %v after the last", peak/megabyte, slowest.Round(time.Millisecond), caughtUp.Round(time.Millisecond))
	}
	t.Logf("sent %d: %d received = %d events + %d repeats + %d other + %d rejected; lost %+v", sent, s.Received, s.Traffic+s.System+s.WAN, s.Repeats, s.Other, s.Rejected, s.Lost)
	d.end(t)
}

// settle waits until so many datagrams are stored or counted as lost, for as long as
// their number grows.
func (d *daemon) settle(t testing.TB, sent uint64) {
	t.Helper()
	most, since := int64(-1), time.Now()
	for ; ; time.Sleep(5 * time.Millisecond) {
		s := d.status(t)
		if s.Received+s.Lost.Total >= sent && s.Waiting == 0 && uint64(s.History.Events) >= stored(&s) {
			return
		}
		if s.History.Events > most {
			most, since = s.History.Events, time.Now()
		}
		if time.Since(since) > time.Minute {
			t.Fatalf("waited in vain until all is stored: %+v", s)
		}
	}
}

var gapLine = regexp.MustCompile(`"kind":"gap"`)

// printed looks at what a command prints. Tables and what is told to people may have
// blank lines.
func printed(t testing.TB, r io.Reader, args []string) {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 && args[0] == "log" {
			t.Errorf("linklog %s: line %d is empty", strings.Join(args, " "), n)
		}
		if len(line) > 0 {
			if err := harmless(line); err != nil {
				t.Errorf("linklog %s: line %d: %v", strings.Join(args, " "), n, err)
			}
		}
	}
	if n == 0 {
		t.Errorf("linklog %s prints nothing", strings.Join(args, " "))
	}
}
