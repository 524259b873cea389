package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test runs itself as the app: it says what became of it, then waits for its
// standard input to end.
func TestMain(m *testing.M) {
	path := os.Getenv("LINKLOG_TEST_INSTANCE")
	if path == "" {
		os.Exit(m.Run())
	}
	i, err := Acquire(context.Background(), path, "again", func(want string) { fmt.Println("show", want) })
	if err != nil {
		fmt.Println(err)
		os.Exit(0)
	}
	fmt.Println("first")
	io.Copy(io.Discard, os.Stdin)
	i.Close()
	os.Exit(0)
}

type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *strings.Builder
}

func start(t *testing.T, path string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), out: &strings.Builder{}}
	p.cmd.Env = append(os.Environ(), "LINKLOG_TEST_INSTANCE="+path)
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = file
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait(); file.Close() })
	return p
}

func (p *process) said() string {
	text, _ := os.ReadFile(p.cmd.Stdout.(*os.File).Name())
	return string(text)
}

func (p *process) await(t *testing.T, what string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(p.said(), what); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("said %q, not %q", p.said(), what)
		}
	}
}

// Of many starts at once one runs, and is asked by all others.
func TestOneOfMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "app.sock")
	const n = 20
	var all []*process
	for range n {
		all = append(all, start(t, path))
	}
	first := 0
	var one *process
	for _, p := range all {
		// The one may be asked before it says that it is the first.
		isFirst := func() bool { return strings.Contains(p.said(), "first\n") }
		others := func() bool { return strings.Contains(p.said(), ErrRunning.Error()) }
		for deadline := time.Now().Add(time.Minute); !isFirst() && !others() && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		if isFirst() {
			first++
			one = p
		} else if !others() || strings.Contains(p.said(), "does not answer") {
			t.Errorf("%q", p.said())
		}
	}
	if first != 1 {
		t.Fatalf("%d run", first)
	}
	for deadline := time.Now().Add(time.Minute); strings.Count(one.said(), "show again\n") < n-1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("asked %d times of %d", strings.Count(one.said(), "show again\n"), n-1)
		}
	}
}

// What a killed process leaves behind is in nobody's way.
func TestAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.sock")
	for range 5 {
		p := start(t, path)
		p.await(t, "first")
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
	p := start(t, path)
	p.await(t, "first")
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	start(t, path).await(t, "first")
}

// Whoever says something else is not shown anything, and holds up nobody.
func TestGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.sock")
	shown := make(chan string, 10)
	i, err := Acquire(t.Context(), path, "", func(want string) { shown <- want })
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	for _, text := range []string{"hide\n", "show \x1b[2J\n", strings.Repeat("show x", 1000) + "\n", "\n"} {
		c, err := dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(2 * answerWithin)); err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, text)
		if reply, _ := io.ReadAll(c); len(reply) > 0 {
			t.Errorf("%.20q was answered %q", text, reply)
		}
		c.Close()
	}
	if _, err := Acquire(t.Context(), path, "host 203.0.113.4", nil); err != ErrRunning {
		t.Error(err)
	}
	if got := <-shown; got != "host 203.0.113.4" || len(shown) > 0 {
		t.Errorf("%q, and %d more", got, len(shown))
	}
	if _, err := Acquire(t.Context(), path, "", nil); !errors.Is(err, ErrRunning) {
		t.Error(err)
	}
}
