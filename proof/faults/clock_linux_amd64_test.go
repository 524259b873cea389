package faults

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linklog/service/client"
)

// warp sets the clock of a running process, and of it alone. It asks the time of
// a function that the kernel puts into each process (vdso(7)); that is replaced, in
// this process, by one that makes the system call and adds an offset.
type warp struct {
	memory *os.File
	at     int64 // of the offset, in seconds
}

// setClock prepares a process for other times than the machine's.
func setClock(t *testing.T, pid int) *warp {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip(err)
	}
	m := regexp.MustCompile(`(?m)^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$`).FindSubmatch(maps)
	if m == nil {
		t.Skip("the process has no vdso")
	}
	begin, _ := strconv.ParseInt(string(m[1]), 16, 64)
	end, _ := strconv.ParseInt(string(m[2]), 16, 64)
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { memory.Close() })
	image := make([]byte, end-begin)
	if _, err := memory.ReadAt(image, begin); err != nil {
		t.Skip(err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Skip(err)
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Skip(err)
	}
	i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == "__vdso_clock_gettime" })
	code := []byte{
		0xb8, 228, 0, 0, 0, // mov eax, SYS_clock_gettime
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi: CLOCK_REALTIME?
		0x75, 13, // jne ret
		0x48, 0xb9, 0, 0, 0, 0, 0, 0, 0, 0, // mov rcx, offset
		0x48, 0x01, 0x0e, // add [rsi], rcx
		0xc3, // ret
	}
	if i < 0 || symbols[i].Size < uint64(len(code)) {
		t.Skip("the vdso is not as expected")
	}
	entry := begin + int64(symbols[i].Value)

	// Nobody may be within the function while it changes.
	eventually(t, "all threads are outside of the vdso", func() bool {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		defer syscall.Kill(pid, syscall.SIGCONT)
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		for _, task := range tasks {
			eventually(t, "a thread has stopped", func() bool {
				stat, err := os.ReadFile(task + "/stat")
				_, state, _ := bytes.Cut(stat, []byte(") "))
				return err != nil || len(state) > 0 && state[0] == 'T'
			})
			text, err := os.ReadFile(task + "/syscall")
			if fields := strings.Fields(string(text)); err == nil && len(fields) > 0 {
				pc, _ := strconv.ParseInt(strings.TrimPrefix(fields[len(fields)-1], "0x"), 16, 64)
				if begin <= pc && pc < end {
					return false
				}
			}
		}
		if _, err := memory.WriteAt(code, entry); err != nil {
			t.Skip(err)
		}
		return true
	})
	return &warp{memory: memory, at: entry + 13}
}

// set makes the clock differ from the machine's.
func (w *warp) set(t *testing.T, d time.Duration) {
	t.Helper()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(int64(d/time.Second)))
	if _, err := w.memory.WriteAt(b[:], w.at); err != nil {
		t.Fatal(err)
	}
}

// ownTime makes a service that has a socket tell the times of arrival by its own clock:
// the kernel's is the one that cannot be set here.
func ownTime(t *testing.T, socket *net.UDPConn) {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var sockErr error
	if err := raw.Control(func(fd uintptr) { sockErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 0) }); err != nil || sockErr != nil {
		t.Fatal(err, sockErr)
	}
}

// TestClockSetBack sets the clock of the running service back, by an hour, by a
// day, and right again, and once more while it does not run. Numbers and order go
// on, nothing is lost, what is asked for by time is found, alerts come at once, and
// the status tells of it.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	held := heldSocket(t)
	data := t.TempDir()
	const settings = "[names]\ndns = false\n[hosts]\nlearning = \"0s\"\nown_networks = [\"203.0.0.0/16\", \"192.168.0.0/16\"]\n"
	const n = 200
	sent := 0
	begin := func(ahead time.Duration) (*daemon, *warp) {
		d := serve(t, setup{data: data, settings: settings, held: held})
		ownTime(t, held)
		w := setClock(t, d.cmd.Process.Pid)
		w.set(t, ahead)
		return d, w
	}
	check := func(d *daemon, offset time.Duration) {
		t.Helper()
		asked := time.Now()
		d.port = held.LocalAddr().(*net.UDPAddr).Port
		d.send(t, sent, n)
		sent += n
		events := d.events(t)
		l := account(t, events)
		if l.missing(0, sent) > 0 || l.doubled > 0 || l.lost > 0 {
			t.Errorf("%v: %d missing, %d doubled, %d lost", offset, l.missing(0, sent), l.doubled, l.lost)
		}
		last := -1
		for i := range events {
			ev := &events[i]
			number := numberOf(ev)
			if number >= 0 && number != last+1 {
				t.Fatalf("%v: attempt %d behind %d", offset, number, last)
			}
			last = max(last, number)
			if ev.Since.After(ev.Time) {
				t.Errorf("%v: a gap from %v to %v", offset, ev.Since, ev.Time)
			}
			if number >= sent-n && ev.Time.Sub(asked.Add(offset)).Abs() > time.Minute {
				t.Fatalf("%v: the clock is not set: %v", offset, ev.Time)
			}
		}
		for _, since := range []time.Time{asked.Add(-30 * time.Minute), asked.Add(-2 * time.Hour), asked.Add(-24*time.Hour - time.Minute), asked.Add(-50 * time.Hour), asked.Add(time.Hour)} {
			want := int64(0)
			for i := range events {
				if !events[i].Time.Before(since) {
					want++
				}
			}
			// That the clock was set back may be told meanwhile, which is an event, too.
			if got, err := d.Count(t.Context(), client.Query{Since: since, Before: events[len(events)-1].Seq + 1}); err != nil || got != want {
				t.Errorf("%v: %d events since %v, want %d, %v", offset, got, since, want, err)
			}
		}
		if out, code := d.linklog(t, "log", "--no-dns", "--since", "10m"); offset == 0 && (code != 0 || strings.Count(out, "\n") < n) {
			t.Errorf("%v: linklog log --since: %d, %.300s", offset, code, out)
		}
	}
	alerted := func(d *daemon) {
		t.Helper()
		before := d.status(t).Alert
		host := 100 + sent/n
		sendText(t, d.address(), fmt.Sprintf("@in TCP from 198.51.100.%d:5 to 192.168.1.10:80", host))
		eventually(t, "an alert", func() bool {
			return d.status(t).Alert > before
		})
	}

	d, w := begin(0)
	for _, offset := range []time.Duration{0, -time.Hour, -25 * time.Hour, 0, 26 * time.Hour} {
		w.set(t, offset)
		check(d, offset)
		back := offset < 0
		eventually(t, fmt.Sprintf("the status tells how the clock is: %v, %+v, %s", offset, d.status(t).Now, d.stderr), func() bool { return (d.trouble(t, "clock") != "") == back })
		begun := time.Now()
		alerted(d)
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("%v: the alert took %v", offset, took)
		}
	}
	d.stop(t)

	// What is stored last is a day ahead of the clock now.
	d, w = begin(0)
	check(d, 0)
	eventually(t, "the status tells how the clock is", func() bool { return d.trouble(t, "clock") != "" })
	out, code := d.linklog(t, "status")
	if code != 0 || !strings.Contains(out, "WARNING") || !strings.Contains(out, "clock") { // nothing is lost by it
		t.Errorf("status: %d, %s", code, out)
	}
	t.Log(regexp.MustCompile(`(?m)^WARNING.*`).FindString(out))
	w.set(t, 27*time.Hour)
	eventually(t, "that is over", func() bool { return d.trouble(t, "clock") == "" })
	d.stop(t)
}

// TestClockAhead lets the clock of the running service be two years ahead for longer
// than it takes until old events are removed, while one message comes. Nothing is
// removed, then and when the clock is right again, and the service says what is wrong.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	const n, days = 300, 24 * time.Hour
	held := heldSocket(t)
	data := t.TempDir()
	sent := 0
	var d *daemon
	var w *warp
	begin := func(ahead time.Duration) {
		t.Helper()
		if d != nil {
			d.stop(t)
		}
		d = serve(t, setup{data: data, held: held})
		d.port = held.LocalAddr().(*net.UDPAddr).Port
		ownTime(t, held)
		w = setClock(t, d.cmd.Process.Pid)
		w.set(t, ahead)
	}
	send := func(n int) {
		t.Helper()
		d.send(t, sent, n)
		sent += n
	}
	begin(-40 * days) // the month before
	send(n)
	begin(0)
	send(n)
	files := func() (list []string) {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(data, "history", "history-*.db"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if len(files()) != 2 {
		t.Fatalf("want two months: %v", files())
	}
	before := files()
	removed := func() bool { return strings.Contains(d.stderr.String(), "old events removed") }
	w.set(t, 2*365*days)
	send(1)
	eventually(t, "the status tells how the clock is", func() bool { return strings.Contains(d.trouble(t, "clock"), "No events are removed for their age") })
	out, code := d.linklog(t, "status")
	if code != 1 || !strings.Contains(out, "TROUBLE") {
		t.Errorf("status: %d, %s", code, out)
	}
	t.Log(regexp.MustCompile(`(?m)^TROUBLE.*`).FindString(out))
	for until := time.Now().Add(65 * time.Second); time.Now().Before(until) && !removed(); {
		time.Sleep(100 * time.Millisecond) // it is looked every minute
	}
	// As when the service starts before the clock is set.
	begin(2 * 365 * days)
	send(1)
	time.Sleep(3 * time.Second) // it is looked after a second
	w.set(t, 0)
	send(n)
	eventually(t, "the status tells that it was set back", func() bool { return strings.Contains(d.trouble(t, "clock"), "was set back") })
	eventually(t, "the events are marked", func() bool {
		return slices.ContainsFunc(account(t, d.events(t)).gaps, func(text string) bool { return strings.Contains(text, "clock was 730 days ahead") })
	})
	l := account(t, d.events(t))
	if l.missing(0, sent) > 0 || removed() || !slices.Equal(files(), before) {
		t.Errorf("%d of %d events are missing; files %v, before %v: %s", l.missing(0, sent), sent, files(), before, d.stderr)
	}
	hosts, err := d.Hosts(t.Context(), client.HostQuery{})
	for _, h := range hosts {
		if h.Last.After(time.Now()) {
			t.Errorf("%s was seen in %d", h.Ref, h.Last.Year())
		}
	}
	if len(hosts) == 0 || err != nil {
		t.Errorf("%d hosts, %v", len(hosts), err)
	}
	// A user may remove what he likes, and the status says what that was.
	if files, events, err := d.Purge(t.Context(), time.Now().Add(-32*days)); files != 1 || events < n || err != nil {
		t.Errorf("%d files with %d events removed, %v", files, events, err)
	}
	if out, _ := d.linklog(t, "status"); !regexp.MustCompile(`removed since the start: 30\d events up to [-0-9]{10} in 1 file; the last on [-0-9]{10}, on request\n`).MatchString(out) {
		t.Errorf("status: %s", out)
	}
	d.stop(t)
}
