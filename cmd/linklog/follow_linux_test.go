package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"linklog/capture/send/sendtest"
	"linklog/format"
	"linklog/service/client"
)

// follower is linklog that follows a service and writes JSON to a file, again and
// again: it goes on behind the last whole line.
type follower struct {
	socket, file string
	cmd          *exec.Cmd
	stderr       *reading
}

func (f *follower) start(t *testing.T) {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	f.cut(t)
	f.cmd = exec.Command(file, "--json", "--no-dns", "--quiet", "--log-file", f.file, "--socket", f.socket, fmt.Sprint("--after=", f.last(t)))
	f.stderr = &reading{}
	f.cmd.Stderr = f.stderr
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func (f *follower) kill() {
	f.cmd.Process.Kill()
	f.cmd.Wait()
}

// cut removes a half-written last line, as a script that reads the file would.
func (f *follower) cut(t *testing.T) {
	t.Helper()
	size, text := tail(t, f.file)
	if half := len(text) - 1 - bytes.LastIndexByte(text, '\n'); half > 0 {
		if err := os.Truncate(f.file, size-int64(half)); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *follower) last(t *testing.T) uint64 {
	t.Helper()
	_, text := tail(t, f.file)
	lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	var ev struct{ Seq uint64 }
	if last := lines[len(lines)-1]; len(last) > 0 {
		if err := json.Unmarshal(last, &ev); err != nil {
			t.Fatalf("%q: %v", last, err)
		}
	}
	return ev.Seq
}

// tail gives the size of a file and its end, which is some lines; nothing if there is
// no such file.
func tail(t *testing.T, path string) (size int64, end []byte) {
	t.Helper()
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return 0, nil
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if size, err = file.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	end = make([]byte, min(size, 16<<10))
	if _, err := file.ReadAt(end, size-int64(len(end))); err != nil {
		t.Fatal(err)
	}
	return size, end
}

// inTime waits for something as long as there is progress.
func inTime(t *testing.T, what string, look func() (progress int64, done bool)) {
	t.Helper()
	last, moved := int64(-1), time.Now()
	for {
		progress, done := look()
		if done {
			return
		}
		if progress != last {
			last, moved = progress, time.Now()
		} else if time.Since(moved) > time.Minute {
			t.Fatalf("nothing goes on at %d: %s", progress, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestBothSidesKilled kills the service and a follower in turn, without warning and
// under load. Whoever comes back goes on where he was: in the end the follower's
// file has every message that the service has, once and in order. The service has
// all but those it was just taking from the socket when it was killed, or that found
// no room there while nobody took them. Its files are sound, and no number was given
// twice. LINKLOG_SOAK=kills=200 kills more often.
func TestBothSidesKilled(t *testing.T) {
	const each, rate = 5000, 8000.0 // messages between two kills, and a second
	kills := 20
	if testing.Short() {
		kills = 5
	}
	if text, more := strings.CutPrefix(os.Getenv("LINKLOG_SOAK"), "kills="); more {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("LINKLOG_SOAK: %v", err)
		}
	}
	n := kills * each
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	f := &follower{socket: socket, file: filepath.Join(dir, "followed.json")}

	sent := sendNumbered(t, port, n, rate)
	service, serviceErr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	eventually(t, "the service is there", func() bool { _, err := os.Stat(socket); return err == nil })
	f.start(t)
	t.Cleanup(func() { f.kill() })
	for range kills {
		time.Sleep(time.Duration(20+rand.IntN(250)) * time.Millisecond) // at any moment
		service.Process.Kill()
		service.Wait()
		service, serviceErr = startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
		time.Sleep(time.Duration(20+rand.IntN(250)) * time.Millisecond)
		f.kill()
		f.start(t)
	}
	err := <-sent
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(socket)
	defer c.Close()
	eventually(t, "the service is ready", func() bool { return strings.Contains(serviceErr.String(), "msg=listening") })
	// What comes last has all others before it, in the history and at the follower. It
	// must not come while the socket is full.
	const last = "198.51.100.1"
	inTime(t, "the service takes what waits", func() (int64, bool) { waiting, _ := memory(t, held); return int64(waiting), waiting == 0 })
	sendtest.Tell(t, port, "@in TCP from "+last+":1 to 192.168.1.10:80")
	number := func(filter string) int64 {
		n, err := c.Count(t.Context(), client.Query{Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	inTime(t, "the last message is stored", func() (int64, bool) { return number("dir:in"), number("src:"+last) == 1 })
	received := number("dir:in") - 1
	inTime(t, "the follower has the last message", func() (int64, bool) {
		size, end := tail(t, f.file)
		return size, bytes.Contains(end, []byte(last)) && bytes.HasSuffix(end, []byte("\n"))
	})
	const batch = 64 // datagrams that are taken from the socket at once
	_, dropped := memory(t, held)
	if received+int64(dropped) < int64(n-kills*batch) {
		t.Errorf("the service has %d of %d, %d were dropped by the system", received, n, dropped)
	}
	if err := f.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, f.stderr)
	}

	text, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	seen, seq := make(map[int]int), uint64(0)
	for line := range bytes.Lines(text) {
		ev, err := format.ParseJSON(bytes.TrimSpace(line))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if ev.Seq <= seq {
			t.Fatalf("%d after %d", ev.Seq, seq)
		}
		seq = ev.Seq
		if ev.Src.Addr.IsValid() && ev.Src.Addr.String() != last {
			seen[numberOf(&ev)]++
		}
	}
	doubled := 0
	for _, c := range seen {
		if c > 1 {
			doubled++
		}
	}
	if len(seen) != int(received) || doubled > 0 {
		t.Errorf("%d of %d messages, %d of them more than once: %s\n%s", len(seen), received, doubled, serviceErr, f.stderr)
	}
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := service.Wait(); err != nil {
		t.Errorf("%v: %s", err, serviceErr)
	}
	stored, total := storedNumbers(t, filepath.Join(dir, "data"))
	if len(stored) != int(received)+1 || total != len(stored) {
		t.Errorf("%d messages stored, %d different ones, of %d", total, len(stored), received)
	}
	t.Logf("%d kills of each; %d sent, %d received and followed, %d dropped by the system; the last is number %d", kills, n, received, dropped, seq)
}

// memory is what waits in a socket, in bytes of memory, and how many datagrams the
// system dropped because it was full.
func memory(t *testing.T, c *net.UDPConn) (waiting, dropped uint32) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info [16]uint32 // linux/sock_diag.h: SK_MEMINFO_RMEM_ALLOC is the first, SK_MEMINFO_DROPS the ninth
	size := uint32(len(info) * 4)
	if err := raw.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			t.Fatal(errno)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return info[0], info[8]
}

// TestSocketDocument runs every example of docs/socket.md against a real service,
// and looks that the answer has the members the document shows.
func TestSocketDocument(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	document, err := os.ReadFile("../../docs/socket.md")
	if err != nil {
		t.Fatal(err)
	}
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	config := filepath.Join(dir, "linklog.toml")
	if err := os.WriteFile(config, []byte("[hosts]\nlearning = \"0s\"\n[names]\ndns = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	sendtest.Tell(t, port, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:80")
	eventually(t, "it is stored", func() bool {
		out, err := exec.Command("curl", "-sS", "--unix-socket", socket, "http://linklog/v1/count").Output()
		return err == nil && strings.Contains(string(out), `"count":1`)
	})
	blocks := regexp.MustCompile("(?s)```(sh|json)\n(.*?)```").FindAllStringSubmatch(string(document), -1)
	commands, shown := 0, 0
	var answer []byte
	for _, block := range blocks {
		if block[1] == "json" {
			shown++
			compareMembers(t, answer, []byte(block[2]))
			continue
		}
		for command := range strings.SplitSeq(strings.ReplaceAll(block[2], "\\\n", " "), "\n") {
			if command == "" {
				continue
			}
			commands++
			command = strings.ReplaceAll(command, "/run/linklog/linklog.sock", socket)
			follows := strings.Contains(command, "/follow")
			run := func(flags string) ([]byte, error) {
				return exec.Command("sh", "-c", strings.Replace(command, "curl ", "curl --fail-with-body "+flags, 1)).CombinedOutput()
			}
			var out []byte
			var err error
			if follows {
				complete := false
				for _, seconds := range []string{"1", "5", "30"} { // it does not end by itself, and a busy computer needs more
					out, _ = run("--max-time " + seconds + " ")
					if complete = bytes.Contains(out, []byte(`"record":"position"`)) && bytes.Contains(out, []byte(`"src_ip":"203.0.113.4"`)); complete {
						break
					}
				}
				if !complete {
					t.Errorf("%s\n%s", command, out)
				}
			} else if out, err = run(""); err != nil {
				t.Errorf("%s\n%v: %s", command, err, out)
			}
			answer = out
		}
	}
	if commands < 20 || shown < 7 {
		t.Errorf("%d commands and %d answers found in the document", commands, shown)
	}
}

// compareMembers looks that an answer has all members that an example shows, also
// those of the first element of its lists.
func compareMembers(t *testing.T, answer, example []byte) {
	t.Helper()
	var got, want any
	first, _, _ := bytes.Cut(answer, []byte("\n"))
	if err := json.Unmarshal(first, &got); err != nil {
		t.Errorf("%q: %v", answer, err)
		return
	}
	if err := json.Unmarshal(example, &want); err != nil {
		t.Fatalf("%q: %v", example, err)
	}
	var compare func(path string, got, want any)
	compare = func(path string, got, want any) {
		switch want := want.(type) {
		case map[string]any:
			object, ok := got.(map[string]any)
			if !ok {
				t.Errorf("%s: no object in %s", path, answer)
				return
			}
			for name, value := range want {
				if _, there := object[name]; !there {
					t.Errorf("%s.%s is not in %s", path, name, answer)
					continue
				}
				compare(path+"."+name, object[name], value)
			}
		case []any:
			list, ok := got.([]any)
			if !ok || len(want) > 0 && len(list) == 0 {
				t.Errorf("%s: no list, or an empty one, in %s", path, answer)
				return
			}
			if len(want) > 0 {
				compare(path+"[0]", list[0], want[0])
			}
		}
	}
	compare("", got, want)
}
