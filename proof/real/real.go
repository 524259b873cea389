// Package real builds the real linklog for the proofs.
package real

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Build builds the command as it ships, without cgo, and gives its path; remove takes
// it away again.
func Build() (program string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "linklog-proof")
	if err != nil {
		return "", nil, err
	}
	program = filepath.Join(dir, "linklog")
	build := exec.Command("go", "build", "-o", program, "linklog/cmd/linklog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("build linklog: %w: %s", err, out)
	}
	return program, func() { os.RemoveAll(dir) }, nil
}

// Output gathers what a process writes, for other goroutines to look at meanwhile.
type Output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String is all that was written up to now.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Has reports whether a text was written.
func (o *Output) Has(text string) bool { return strings.Contains(o.String(), text) }
