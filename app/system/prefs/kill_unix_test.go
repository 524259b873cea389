//go:build unix

package prefs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test runs itself as a program that saves again and again, or one that may not
// write long files.
func TestMain(m *testing.M) {
	path, limit := os.Getenv("LINKLOG_TEST_PREFS"), os.Getenv("LINKLOG_TEST_LIMIT")
	if path == "" {
		os.Exit(m.Run())
	}
	file, p, err := Open[Choices](path, nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if n, err := strconv.ParseUint(limit, 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(file.Save(bulky(7)))
		os.Exit(0)
	}
	for i := len(p.Saved) + 1; ; i++ { // never what is there already
		if err := file.Save(bulky(i % 500)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// bulky has n filters, and says so: half of it would be noticed.
func bulky(n int) Choices {
	p := Choices{Page: strconv.Itoa(n)}
	for i := range n {
		p.Saved = append(p.Saved, Filter{Name: strconv.Itoa(i), Query: strings.Repeat("q", 200)})
	}
	return p
}

func TestKilledWhileSaving(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	seen := make(map[string]bool)
	for round := range 40 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "LINKLOG_TEST_PREFS="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Stat(path)
		for deadline := time.Now().Add(time.Minute); ; { // until it has saved anew
			if now, err := os.Stat(path); err == nil && !(before != nil && os.SameFile(before, now)) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("nothing is saved")
			}
		}
		time.Sleep(time.Duration(round*137%2000) * time.Microsecond) // at another point each time
		cmd.Process.Kill()
		cmd.Wait()
		_, p, err := Open[Choices](path, nil)
		if err != nil || p.Page != strconv.Itoa(len(p.Saved)) {
			t.Fatalf("round %d: %v, %d of %s", round, err, len(p.Saved), p.Page)
		}
		seen[p.Page] = true
	}
	if len(seen) < 5 { // each round saved something else
		t.Errorf("only %d different files were seen", len(seen))
	}
}

// A disk that takes the beginning of a file only: the old choices stay, no half file does.
func TestShortWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.json")
	file, _ := open(t, path)
	if err := file.Save(sample()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LINKLOG_TEST_PREFS="+path, "LINKLOG_TEST_LIMIT=600")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), unix.EFBIG.Error()) {
		t.Fatalf("%v %s", err, out)
	}
	if _, p := open(t, path); !same(p, sample()) {
		t.Errorf("%+v", p)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Error(entries)
	}
}

// A link, as those have who keep their settings in one place, stays one.
func TestLinkStays(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "app.json")
	put(t, real, `{"theme":"dark"}`)
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	f, p := open(t, link)
	p.Theme = "light"
	if err := f.Save(p); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error(info.Mode(), err)
	}
	if _, p := open(t, real); p.Theme != "light" {
		t.Errorf("%+v", p)
	}
}

// A pipe in the place of the file holds nobody up.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open[Choices](path, nil); !errors.Is(err, ErrNotKept) {
		t.Error(err)
	}
}
