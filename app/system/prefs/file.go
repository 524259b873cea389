// Package prefs keeps the user's choices in one JSON file: written as a whole or not
// at all, never deleted, and with what a newer version wrote into it left in place.
package prefs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MaxSize bounds the file, in bytes.
const MaxSize = 1 << 20

// saveAfter gathers changes that come together, as when a column is dragged.
const saveAfter = 500 * time.Millisecond

// ErrNotKept says that choices hold for this run only, because the file that is
// there could be neither read nor set aside: to write it would lose what is in it.
var ErrNotKept = errors.New("the preferences are kept only for this run")

// File is the file of choices of type T, a struct whose fields have json tags. Its
// methods may be called from any goroutine.
type File[T any] struct {
	path string
	fail func(error)

	writing sync.Mutex // held while the file is written; taken before mu

	mu      sync.Mutex
	foreign map[string]json.RawMessage // members of the file that T does not know
	pending []byte                     // to be written, nil: nothing
	timer   *time.Timer                // until then, nil: none runs
	told    bool                       // fail was called
	blocked error                      // why the file must not be written
}

// Path is where the choices are by default: linklog/app.json in the
// user's folder for settings.
func Path() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the preferences: %w", err)
	}
	return filepath.Join(dir, "linklog", "app.json"), nil
}

// Open reads the choices at a path. The File and the choices can be used whatever the
// error is: without a file they are the zero T and there is no error; if the file is
// damaged it was set aside (*DamagedError) and the members that could be read are
// there; if it cannot be read, nothing will be written (ErrNotKept).
//
// If choices cannot be written later on, fail (nil: not called) is called once, from a
// goroutine of its own, and again only after a time when they could.
func Open[T any](path string, fail func(error)) (*File[T], T, error) {
	f := &File[T]{path: resolve(path), fail: fail}
	var v T
	text, err := read(f.path)
	if errors.Is(err, errDamaged) {
		return f, v, f.setAside(err)
	}
	if err != nil {
		f.blocked = fmt.Errorf("%w: %w", ErrNotKept, err)
		return f, v, f.blocked
	}
	removeLeftovers(f.path)
	if text == nil {
		return f, v, nil
	}
	v, f.foreign, err = decode[T](text)
	if err != nil {
		return f, v, f.setAside(err)
	}
	return f, v, nil
}

// Save writes the choices now.
func (f *File[T]) Save(v T) error {
	text, err := f.encode(v)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.pending = text
	f.mu.Unlock()
	return f.flush()
}

// Changed has the choices written soon, together with what else changes until then.
// What the slices and maps of v hold afterwards does not matter. The error says that
// v cannot be written at all; fail is called with it, too.
func (f *File[T]) Changed(v T) error {
	text, err := f.encode(v)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.tell(err)
		return err
	}
	f.pending = text
	if f.timer == nil {
		f.timer = time.AfterFunc(saveAfter, func() { f.flush() }) // which tells of its errors
	}
	return nil
}

// Close writes what is not written yet. The File can still be used.
func (f *File[T]) Close() error { return f.flush() }

// flush writes what is pending. What could not be written stays pending, so that the
// next change or Close tries again.
func (f *File[T]) flush() error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mu.Lock()
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	text, err := f.pending, f.blocked
	f.mu.Unlock()
	if text == nil {
		return nil
	}
	if err == nil {
		if err = write(f.path, text); err != nil {
			err = fmt.Errorf("the preferences cannot be saved: %w", err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && string(f.pending) == string(text) {
		f.pending = nil
	}
	f.tell(err)
	return err
}

// tell tells of the first of several failures. mu is held.
func (f *File[T]) tell(err error) {
	if err != nil && !f.told && f.fail != nil {
		go f.fail(err)
	}
	f.told = err != nil
}

// DamagedError says that the file was not what it should be, and where it is now.
type DamagedError struct {
	Path  string // of the file
	Aside string // where it was moved to
	Err   error  // what was wrong with it
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the preferences file was damaged, and was moved to %s: %v", e.Aside, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// setAside moves a damaged file out of the way, or sees to it that it is not
// overwritten.
func (f *File[T]) setAside(why error) error {
	stamp := f.path + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	aside := stamp
	for i := 2; i < 100; i++ { // never onto a different one
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s-%d", stamp, i)
	}
	err := os.Rename(f.path, aside)
	if err == nil {
		return &DamagedError{Path: f.path, Aside: aside, Err: why}
	}
	f.blocked = fmt.Errorf("%w: %s is damaged (%w) and cannot be set aside: %w", ErrNotKept, f.path, why, err)
	return f.blocked
}

// resolve follows a link, so that it stays one when the file is replaced.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

// removeLeftovers removes what a process that was killed while it wrote left behind.
func removeLeftovers(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // there is no folder yet, or nothing can be written there anyway
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), "."+filepath.Base(path)+"-")
		if !ours || strings.Trim(strings.TrimSuffix(number, ".tmp"), "0123456789") != "" { // .tmp: of earlier versions
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name())) // what stays is small and in no one's way
		}
	}
}
