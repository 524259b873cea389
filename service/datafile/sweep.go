package datafile

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// half is what files are called that ReplaceBy writes, until they are whole, and those of Room.
var half = regexp.MustCompile(`^(\.[^/]+|room)-[0-9]+$`)

// halfOf is what half matches, of one file; * stands for the number.
func halfOf(path string) string { return "." + filepath.Base(path) + "-*" }

// SweepFile removes what writers of a file left when they were killed, however lately: nobody
// writes it just now.
func SweepFile(path string) error {
	halves, err := filepath.Glob(filepath.Join(filepath.Dir(path), halfOf(path)))
	for _, half := range halves {
		err = errors.Join(err, os.Remove(half))
	}
	return err
}

// halfFor is how long such a file may be written: what is older was left by a process that was
// killed.
const halfFor = time.Hour

// Sweep removes what writers of files in a folder of LinkLog left when they were killed. It may
// hold what a file had that was removed since. What cannot be removed stays.
func Sweep(dir string) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if !half.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > halfFor {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
