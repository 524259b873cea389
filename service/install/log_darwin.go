package install

import (
	"io"
	"os"
	"path/filepath"
)

// Log is where the service writes what it logs: stderr, which launchd sends to a file
// that it never rotates.
func Log(stderr *os.File) io.Writer {
	path := filepath.Join(logDir, "service.log")
	ours, err := os.Stat(path)
	if err != nil {
		return stderr
	}
	if info, err := stderr.Stat(); err != nil || !os.SameFile(info, ours) {
		return stderr
	}
	return &bounded{file: stderr, path: path, most: 10 << 20, keep: 1 << 20}
}
