package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/history"
)

// ordinary is a service of an ordinary user, which may end before it answers.
type ordinary struct {
	*client.Client
	cmd    *exec.Cmd
	stderr *reading
	ended  chan struct{}
	port   string
}

// runAsOrdinary starts a service on a data folder and waits until it answers or ends.
func runAsOrdinary(t *testing.T, data string) *ordinary {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "ll") // short, and his
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "linklog.toml")
	if err := errors.Join(os.WriteFile(config, []byte("[names]\ndns = false\n"), 0o644), os.Chown(dir, nobodyElse, nobodyElse)); err != nil {
		t.Fatal(err)
	}
	s := &ordinary{stderr: &reading{}, ended: make(chan struct{}), port: freePort(t)}
	socket := filepath.Join(dir, "s")
	s.cmd = commandAs(file, nobodyElse, "service", "run", "--port", s.port, "--data-dir", data, "--socket", socket, "--config", config)
	s.cmd.Stderr = s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.cmd.Wait(); close(s.ended) }()
	// Root does not take a service of somebody in /tmp for one; here it is.
	s.Client = client.New(client.Options{Agent: "test", Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}})
	t.Cleanup(func() {
		s.Close()
		s.cmd.Process.Kill()
		<-s.ended
	})
	eventually(t, "it answers or ends: "+data, func() bool { return !s.running() || s.answers(t) })
	return s
}

func (s *ordinary) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func (s *ordinary) answers(t *testing.T) bool {
	_, err := s.Hello(t.Context())
	return err == nil
}

func (s *ordinary) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(60 * time.Second):
		t.Fatalf("it does not end\n%s", s.stderr)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, s.stderr)
	}
}

// stored gives the Seqs of the attempts that can be read.
func (s *ordinary) stored(t *testing.T) (seqs []uint64) {
	t.Helper()
	err := s.Events(t.Context(), client.Query{OldestFirst: true}, func(ev *capture.Event) error {
		if ev.Kind == capture.Traffic {
			seqs = append(seqs, ev.Seq)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs
}

// ordinaryData is a data folder of an ordinary user, as a service leaves it: a history of
// three files, imported events, a spool.
func ordinaryData(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	dir, err := os.MkdirTemp("", "lldata")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	attempts := func(first, last int) (events []capture.Event) {
		for n := first; n <= last; n++ {
			events = append(events, capture.Event{
				Seq: uint64(n), Time: time.Now().Add(time.Duration(n-1000) * time.Minute), Router: netip.MustParseAddr("192.168.1.1"),
				Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
				Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)}), Port: 51234},
				Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 22},
			})
		}
		return events
	}
	for _, folder := range []struct {
		name    string
		anyTime bool
	}{{"history", false}, {"imported", true}} {
		h, err := history.Open(filepath.Join(data, folder.name), history.Options{SegmentRows: 100, AnyTime: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(h.Append(t.Context(), attempts(1, 250)), h.SetName(netip.MustParseAddr("203.0.113.1"), "one.example", time.Now())); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the full files are complete", func() bool { s := h.Segments(); return s[0].Sealed && s[1].Sealed })
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	give(t, dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := runAsOrdinary(t, data)
	if !s.running() {
		t.Fatal(s.stderr)
	}
	s.flood(t, 50)
	eventually(t, "all stored", func() bool { return len(s.stored(t)) == 300 })
	s.stop(t)
	if err := os.WriteFile(filepath.Join(data, "dropped"), []byte(`{"sockets":"","told":0}`), 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, dir)
	return data
}

func (s *ordinary) flood(t *testing.T, n int) {
	t.Helper()
	port := 0
	fmt.Sscan(s.port, &port)
	flood(t, port, n, 0)
}

// give makes all in a folder the ordinary user's own.
func give(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return errors.Join(os.Chown(path, nobodyElse, nobodyElse), os.Chmod(path, mode))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestUnusableFiles makes each file and folder of the data unusable in each way, as a
// backup does that root copied back, and starts the service of an ordinary user on it.
// It starts and says what is wrong, or ends and says so; it says whose the file is and
// what to type, and nothing of ports. Whatever it was, when it is mended all is there.
func TestUnusableFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two hundred services")
	}
	master := ordinaryData(t)
	find := func(pattern string) string {
		t.Helper()
		all, err := filepath.Glob(filepath.Join(master, pattern))
		if err != nil || len(all) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		name, _ := filepath.Rel(master, all[0])
		return name
	}
	const (
		ends   = iota // it is needed
		starts        // and says so
		mends         // and makes a new one, or does without
	)
	root := func(mode fs.FileMode) func(path string) error {
		return func(path string) error { return errors.Join(os.Chown(path, 0, 0), os.Chmod(path, mode)) }
	}
	instead := func(put func(path string) error) func(path string) error {
		return func(path string) error { return errors.Join(os.Rename(path, path+".away"), put(path)) }
	}
	for _, file := range []struct {
		name   string
		result int
	}{
		{find("history/history-*-000001.db"), starts},
		{find("history/history-*-000003.db"), starts}, // the newest
		{"history/names.db", starts},
		{"history/lock", ends},
		{find("imported/history-*-000001.db"), starts},
		{find("imported/history-*-000003.db"), starts},
		{"imported/names.db", starts},
		{"imported/lock", starts},
		{"state.db", ends},
		{"spool/seq", starts},
		{"spool/lock", ends},
		{find("spool/*.spool"), starts},
		{"id", starts},
		{"alive", mends},
		{"dropped", mends},
		{"routers", mends},
		{"history", ends},
		{"imported", starts},
		{"spool", ends},
	} {
		folder := filepath.Ext(file.name) == "" && (file.name == "history" || file.name == "imported" || file.name == "spool")
		for _, way := range []struct {
			name string
			make func(path string) error
			says string // where it says anything
		}{
			{"root's", root(0o600), "it belongs to root, and LinkLog runs as nobody"},
			{"root's to read", root(0o755), "it belongs to root, and LinkLog runs as nobody"},
			{"read-only", func(path string) error { return os.Chmod(path, 0o500) }, "it has mode 0500, and LinkLog runs as nobody"},
			{"a folder", instead(func(path string) error { return os.Mkdir(path, 0o700) }), "is a folder, not a file"},
			{"a named pipe", instead(func(path string) error { return syscall.Mkfifo(path, 0o600) }), "is a named pipe, not a"},
			{"a named pipe of its own", instead(func(path string) error {
				return errors.Join(syscall.Mkfifo(path, 0o600), os.Chown(path, 65534, 65534))
			}), "is a named pipe, not a"},
			{"a link to nothing", instead(func(path string) error { return os.Symlink("/no/where", path) }), "is a symbolic link to /no/where, which does not exist"},
		} {
			if folder && way.name == "a folder" {
				continue
			}
			t.Run(strings.ReplaceAll(file.name, "/", " ")+" is "+way.name, func(t *testing.T) {
				t.Parallel()
				dir, err := os.MkdirTemp("", "lldata")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { os.RemoveAll(dir) })
				data := filepath.Join(dir, "data")
				if err := errors.Join(os.CopyFS(data, os.DirFS(master)), os.Chmod(dir, 0o755)); err != nil {
					t.Fatal(err)
				}
				give(t, data)
				path := filepath.Join(data, file.name)
				before, _ := os.ReadFile(path)
				if err := way.make(path); err != nil {
					t.Fatal(err)
				}

				s := runAsOrdinary(t, data)
				said := s.stderr.String()
				switch {
				case file.result == ends && s.running():
					t.Fatalf("it starts\n%s", said)
				case file.result != ends && !s.running():
					t.Fatalf("it does not start\n%s", said)
				case !s.running():
					if code := s.cmd.ProcessState.ExitCode(); code != exitFailure {
						t.Errorf("exit code %d", code)
					}
				default:
					s.flood(t, 10)
					eventually(t, "new events are stored", func() bool {
						seqs := s.stored(t)
						return len(seqs) >= 10 && seqs[len(seqs)-10] > 300
					})
					status, err := s.Status(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					said = ""
					for _, trouble := range status.Troubles {
						said += trouble.Where + ": " + trouble.Text + "\n"
					}
					s.stop(t)
				}
				if strings.Contains(strings.ToLower(said), "ports below") || strings.Contains(said, "--port") {
					t.Errorf("it speaks of ports: %s", said)
				}
				if readable := way.name == "root's to read" || way.name == "read-only"; file.result != mends && !(readable && file.name == "id") {
					if !strings.Contains(said, path) && !strings.Contains(said, filepath.Base(path)) || !strings.Contains(said, way.says) {
						t.Errorf("it says %s\nwant %s … %s", said, path, way.says)
					}
					if file.result == ends && way.name != "a link to nothing" && !strings.Contains(said, "sudo ") && !strings.Contains(said, "chmod u+rw") {
						t.Errorf("it does not say what to type: %s", said)
					}
				}

				// Mended, as it says.
				if info, err := os.Lstat(path + ".away"); err == nil {
					aside := path + ".aside"
					if err := os.Rename(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Fatal(err)
					}
					if err := os.Rename(path+".away", path); err != nil {
						t.Fatal(err, info)
					}
				}
				give(t, data)
				if strings.HasPrefix(filepath.Base(path), "state") || strings.HasPrefix(file.name, "imported/history") {
					if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
						t.Errorf("the file was changed: %v", err)
					}
				}
				s = runAsOrdinary(t, data)
				if !s.running() {
					t.Fatalf("mended, it does not start\n%s", s.stderr)
				}
				seqs := s.stored(t)
				for i, seq := range seqs {
					if i > 0 && seqs[i-1] >= seq || i < 300 && seq != uint64(i+1) && i < 250 {
						t.Errorf("event %d is %d, after %d", i, seq, seqs[i-1])
					}
				}
				want := 300
				if file.result != ends {
					want = 310
				}
				if len(seqs) != want {
					t.Errorf("%d events are there, want %d", len(seqs), want)
				}
				s.stop(t)
			})
		}
	}
}

// TestUnusedFileIsSaid: who reads the history hears, once, that a file of it is not used,
// and nothing where a file is only not written.
func TestUnusedFileIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can own what others may not read")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	master := ordinaryData(t)
	for _, test := range []struct {
		mode fs.FileMode
		want int
	}{{0o600, 1}, {0o644, 0}} { // of root's
		dir := reachable(t)
		data := filepath.Join(dir, "data")
		if err := os.CopyFS(data, os.DirFS(master)); err != nil {
			t.Fatal(err)
		}
		give(t, data)
		files, _ := filepath.Glob(filepath.Join(data, "history/history-*-000001.db"))
		if len(files) != 1 {
			t.Fatal(files)
		}
		if err := errors.Join(os.Chown(files[0], 0, 0), os.Chmod(files[0], test.mode)); err != nil {
			t.Fatal(err)
		}
		// In a folder of its user's, who is the one to trust it.
		socket, config := filepath.Join(dir, "user", "s"), filepath.Join(dir, "linklog.toml")
		if err := errors.Join(os.Mkdir(filepath.Dir(socket), 0o755), os.Chown(filepath.Dir(socket), nobodyElse, nobodyElse),
			os.WriteFile(config, []byte("[access]\nviewers = [\"65534\"]\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
		service := commandAs(file, nobodyElse, "service", "run", "--port", "0", "--data-dir", data, "--socket", socket, "--config", config)
		service.Dir = "/"
		said := &reading{}
		service.Stderr = said
		if err := service.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { service.Process.Kill(); service.Wait() })
		eventually(t, "it runs", func() bool { return strings.Contains(said.String(), "msg=listening") })
		want := "linklog: events may be missing: history file " + filepath.Base(files[0]) + " cannot be used; linklog doctor says why\n"
		for _, args := range [][]string{{"log", "--no-dns"}, {"export"}, {"log", "port:1"}} {
			cmd := commandAs(file, nobodyElse, append(args, "--socket", socket)...)
			cmd.Dir = "/"
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil {
				t.Errorf("%v: %v, %s", args, err, stderr.String())
			}
			if n := strings.Count(stderr.String(), want); n != test.want || n == 0 && strings.Contains(stderr.String(), "missing") {
				t.Errorf("mode %o, linklog %s: %s", test.mode, strings.Join(args, " "), stderr.String())
			}
		}
	}
}
