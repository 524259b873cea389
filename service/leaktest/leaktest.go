// Package leaktest finds goroutines and file descriptors that the tests of a package
// leave behind.
package leaktest

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// within is how long what ends by itself may take: connections that are kept for
// another request, timers, a worker that waits for more work.
const within = 10 * time.Second

// Main runs the tests of a package and returns its exit code, which is 1 if more
// goroutines or, where the system tells, more descriptors are there than before.
func Main(m *testing.M) int {
	goroutines, descriptors := count()
	if code := m.Run(); code != 0 || fuzzing() {
		return code
	}
	return settle(os.Stderr, goroutines, descriptors, within)
}

// fuzzing reports whether package testing is fuzzing, for which it listens to signals
// until the end.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

// settle waits until there are no more than before, and says what there is if that
// does not come.
func settle(w io.Writer, goroutines int, descriptors []string, within time.Duration) int {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		g, d := count()
		left := more(d, descriptors)
		if g <= goroutines && len(left) == 0 {
			return 0
		}
		if time.Now().After(end) {
			fmt.Fprintf(w, "leak: %d goroutines, %d before the tests; descriptors that were not open before: %q\n", g, goroutines, left)
			_ = pprof.Lookup("goroutine").WriteTo(w, 1)
			return 1
		}
	}
}

// count gives the goroutines and what the open descriptors are of: files, sockets,
// pipes. Those of Go's own (event poll) stay open once there was need of them.
func count() (goroutines int, descriptors []string) {
	goroutines = runtime.NumGoroutine()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return goroutines, nil
	}
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || strings.HasPrefix(to, "anon_inode:") || strings.HasPrefix(to, "/proc/") {
			continue // gone meanwhile, Go's own, or the folder just read
		}
		descriptors = append(descriptors, to)
	}
	return goroutines, descriptors
}

// more gives what of now was not there before.
func more(now, before []string) (left []string) {
	n := make(map[string]int)
	for _, d := range before {
		n[d]++
	}
	for _, d := range now {
		if n[d]--; n[d] < 0 {
			left = append(left, d)
		}
	}
	return left
}
