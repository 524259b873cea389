package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// descriptors is how many the service has open.
func (d *daemon) descriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// limit sets how many descriptors the running service may have.
func (d *daemon) limit(t testing.TB, n int) {
	t.Helper()
	limit := unix.Rlimit{Cur: uint64(n), Max: 4096}
	if err := unix.Prlimit(d.cmd.Process.Pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Skip("the limit of another process cannot be set: ", err)
	}
}

// TestDescriptors leaves the service no descriptor more: it receives and stores, says
// once what is the matter, and is as before when there are some again. Then it
// starts with very few.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	d := serve(t, setup{})
	d.send(t, 0, 100)
	if out, code := d.linklog(t, "log", "--no-dns", "--limit", "5"); code != 0 {
		t.Fatal(out)
	}
	d.limit(t, 3) // those that are open stay so
	const n = 20_000
	sendNumbered(t, d.address(), 100, n, 20_000)
	asked := make(chan string, 4)
	for range cap(asked) {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "log", "--no-dns", "--limit", "3")
			cmd.Env = append(os.Environ(), "LINKLOG_SOCKET="+d.socket)
			out, _ := cmd.CombinedOutput()
			asked <- string(out)
		}()
	}
	eventually(t, "it says what is the matter", func() bool { return d.stderr.Has("too many open files") })
	sendNumbered(t, d.address(), 100+n, n, 20_000)
	d.limit(t, 1024)
	for range cap(asked) {
		if out := <-asked; strings.Contains(out, "linklog: EOF") {
			t.Errorf("asked meanwhile: %q", out)
		}
	}
	d.await(t, 100+2*n-1)
	s := d.status(t)
	if l := account(t, d.events(t)); l.missing(0, 100+2*n) > 0 || l.doubled > 0 || s.Lost.Total > 0 {
		t.Errorf("%d missing, %d doubled, lost %+v", l.missing(0, 100+2*n), l.doubled, s.Lost)
	}
	told := make(map[string]int) // by the part
	for _, m := range regexp.MustCompile(`msg=trouble with=(".*?"|\S+) error=.*too many open files`).FindAllStringSubmatch(d.stderr.String(), -1) {
		if told[m[1]]++; told[m[1]] > 1 {
			t.Errorf("it says so more than once of %s: %s", m[1], d.stderr)
		}
	}
	if len(told) == 0 {
		t.Errorf("nothing is said of any part: %s", d.stderr)
	}
	eventually(t, "it is over", func() bool { return len(d.status(t).Troubles) == 0 })
	d.stop(t)

	few := serve(t, setup{prefix: []string{"/bin/sh", "-c", `ulimit -n 40; exec "$0" "$@"`}})
	few.send(t, 0, 1000)
	if out, code := few.linklog(t, "status"); code != 0 {
		t.Errorf("with 40 descriptors: %d, %s", code, out)
	}
	few.stop(t)
}
