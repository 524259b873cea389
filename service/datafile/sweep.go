package datafile

import (
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// half is what files are called that ReplaceBy writes, until they are whole, and those of Room.
var half = regexp.MustCompile(`^(\.[^/]+|room)-[0-9]+$`)

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
