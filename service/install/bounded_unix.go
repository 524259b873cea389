//go:build unix

package install

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// bounded is a log file that nobody rotates: launchd keeps its descriptor, so that it
// cannot be renamed away. What is longer than most keeps its last keep bytes.
type bounded struct {
	file       *os.File // opened to append, and read by its path
	path       string
	most, keep int64

	mu sync.Mutex
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.file.Write(p)
	if info, statErr := b.file.Stat(); statErr == nil && info.Size() > b.most {
		b.shorten(info.Size()) // in vain: tried again with the next line
	}
	return n, err
}

// shorten leaves the end of the file, from a whole line on.
func (b *bounded) shorten(size int64) {
	in, err := os.Open(b.path)
	if err != nil {
		return
	}
	defer in.Close()
	end := make([]byte, b.keep)
	n, err := in.ReadAt(end, size-b.keep)
	if err != nil && err != io.EOF {
		return
	}
	_, whole, found := bytes.Cut(end[:n], []byte("\n"))
	if end = end[:n]; found {
		end = whole
	}
	if b.file.Truncate(0) == nil {
		b.file.Write(end)
	}
}
