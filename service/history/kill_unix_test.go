//go:build unix

package history

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"linklog/service/leaktest"
	"linklog/service/sqlite"
)

// The test runs itself as the process to kill, which is told the folder by this.
const killMe = "LINKLOG_HISTORY_KILL_ME"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killMe); dir != "" {
		appendUntilKilled(dir)
		return
	}
	os.Exit(leaktest.Main(m))
}

// appendUntilKilled stores events after the last one, and says which are stored.
func appendUntilKilled(dir string) {
	h, err := Open(dir, Options{SegmentRows: 30_000})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	if d := h.Report().Damaged; len(d) > 0 {
		fmt.Println("error: damaged:", d)
		os.Exit(1)
	}
	for next := int(h.LastSeq()) + 1; ; next += 200 {
		// Some of them once more, as after a crash.
		if err := h.Append(context.Background(), attempts(max(1, next-50), next+199)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(next + 199)
	}
}

// A process that is killed at any moment loses nothing that it had stored, stores
// nothing twice and leaves sound files.
func TestKill(t *testing.T) {
	takesLong(t)
	const kills = 30
	dir := t.TempDir()
	acknowledged := 0
	for kill := range kills {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), killMe+"="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(40+kill*7)*time.Millisecond, func() { c.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(lines.Text())
			}
			acknowledged = n
		}
		_ = c.Wait()
		timer.Stop()
		files, err := listSegments(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files[max(0, len(files)-2):] {
			if err := integrity(context.Background(), f.path, fullCheck, sqlite.Usual); err != nil {
				t.Fatalf("kill %d: %v", kill, err)
			}
		}
	}
	h := mustOpen(t, dir, Options{SegmentRows: 30_000})
	last := int(h.LastSeq())
	if last < acknowledged {
		t.Errorf("%d was stored, the last there is %d", acknowledged, last)
	}
	settle(t, h)
	same(t, "all", all(t, h, Query{OldestFirst: true}), attempts(1, last))
	if n, err := h.Count(context.Background(), Query{Filter: mustFilter(t, "port:443")}); err != nil || int(n) != (last+1)/4 && int(n) != last/4 {
		t.Errorf("%d of %d, %v", n, last, err)
	}
	if r := h.Report(); len(r.Damaged) > 0 {
		t.Errorf("%+v", r)
	}
	t.Logf("%d kills, %d events in %d files", kills, last, len(h.Segments()))
}
