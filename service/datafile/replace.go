package datafile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace gives a file a text, whole or not at all, whatever happens meanwhile, and
// waits for the disk. It never waits for anything else that may stand there, such as a
// named pipe, nor writes through it: that is replaced, too. A new file gets mode, others
// keep theirs.
func Replace(path string, text []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return Explain(filepath.Dir(path), err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		mode = info.Mode().Perm()
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode) // CreateTemp's is 0600
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Explain(path, err)
	}
	if err = rename(f.Name(), path); err != nil {
		return Explain(path, err)
	}
	return SyncFolder(filepath.Dir(path))
}
