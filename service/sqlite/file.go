package sqlite

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"linklog/service/datafile"
)

// Mode is how a file is opened, as a part of its URI.
type Mode string

// The modes of all systems; Alone is another.
const (
	Usual Mode = ""

	// Frozen reads a file as it is, without a look at its log: nobody may write it.
	Frozen Mode = "&immutable=1"
)

// InMemory is the path of a database that is in no file.
const InMemory = ":memory:"

// URI is how SQLite is told a path, which may hold a question mark, and how to open it.
func URI(path, query string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(full)
	if slashed[0] != '/' { // C:/…
		slashed = "/" + slashed
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: query}
	return uri.String(), nil
}

// Companions are the suffixes of the files SQLite keeps beside a file while it is open.
func Companions() []string { return []string{"-wal", "-shm", "-journal"} }

// Usable is an error if a file, or what is beside it, is none or must not be read; with
// write, nor written. What is beside it must be written in any case.
func Usable(path string, write bool) error {
	err := datafile.File(path, write)
	for _, suffix := range Companions() {
		if err == nil {
			err = datafile.File(path+suffix, true)
		}
	}
	return err
}

// Bytes is the size of a file with its companions.
func Bytes(path string) int64 {
	n := int64(0)
	for _, suffix := range append(Companions(), "") {
		if info, err := os.Stat(path + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Remove removes a file with its companions, the file itself first: without
// it the others mean nothing, and a crash in between leaves no half file.
func Remove(path string) error {
	for _, suffix := range append([]string{""}, Companions()...) {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// SetAside renames a damaged file that is not open, and returns its new name without the
// folder. Its companions go with it: sqlite3 can recover more with them.
func SetAside(path string, now time.Time) (name string, err error) {
	// The milliseconds keep two in the same second apart.
	aside := path + ".damaged-" + now.UTC().Format("20060102T150405.000Z")
	for _, suffix := range append([]string{""}, Companions()...) {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("set a damaged file aside: %w", err)
		}
	}
	return filepath.Base(aside), nil
}
