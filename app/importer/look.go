package importer

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/format/services"
	"linklog/phrase"
	"linklog/service/importing"
)

// Bounds of what is looked at.
const (
	maxFiles   = 1000   // of an import
	maxPreview = 100    // events of a file
	maxLines   = 20_000 // lines of a file that are read to find them
	maxBad     = 5      // lines that are shown
)

// file is a file that is to be imported.
type file struct {
	path string
	size int64
	err  error // why it cannot be read; nil: it can, as far as is known
}

func (f *file) name() string { return capture.Clean(filepath.Base(f.path)) }

// sample is what a file begins with.
type sample struct {
	importing.Outcome
	events []capture.Event
	bad    []oldlogs.LineError
	part   bool // there is more in the file
	err    error
}

// options is how files are read.
func options() oldlogs.Options { return oldlogs.Options{Services: services.Default()} }

// find lists the files that paths mean, each once. A path that means none is among them, with why.
func find(paths []string) (list []file) {
	for _, path := range paths {
		files, err := importing.Files(path, maxFiles)
		if err != nil {
			list = append(list, file{path: path, err: err})
			continue
		}
		for _, path := range files {
			if slices.ContainsFunc(list, func(f file) bool { return f.path == path }) {
				continue
			}
			if len(list) == maxFiles {
				return append(list, file{path: path, err: phrase.Say("more than {{.Count}} files", "Count", maxFiles)})
			}
			f := file{path: path}
			switch info, err := os.Stat(path); {
			case err != nil:
				f.err = importing.Cause(err)
			case !info.Mode().IsRegular(): // reading it may never end
				f.err = phrase.Say("not a file")
			default:
				f.size = info.Size()
			}
			list = append(list, f)
		}
	}
	return list
}

// errEnough ends the reading of a sample.
var errEnough = errors.New("enough")

// look reads the beginning of a file.
func look(ctx context.Context, f *file) (s sample) {
	if f.err != nil {
		return sample{err: f.err}
	}
	lines := 0
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	count := func() error {
		if lines++; lines > maxLines || len(s.events) >= maxPreview {
			s.part = true
			stop(errEnough) // also where no line gives an event
			return errEnough
		}
		return nil
	}
	s.Outcome, s.err = importing.Read(ctx, f.path, nil, options(), importing.Reading{
		Event: func(ev *capture.Event) error {
			if err := count(); err != nil {
				return err
			}
			s.events = append(s.events, *ev)
			return nil
		},
		Line: func(bad *oldlogs.LineError) {
			_ = count() // the context ends it
			if !bad.Foreign && len(s.bad) < maxBad {
				s.bad = append(s.bad, *bad)
			}
		},
	})
	if errors.Is(s.err, errEnough) {
		s.err = nil
	}
	return s
}

// first is the first file that can be read, or the first at all; nil: there is none.
func first(list []file) *file {
	if len(list) == 0 {
		return nil
	}
	return &list[max(slices.IndexFunc(list, func(f file) bool { return f.err == nil }), 0)]
}

// byteCount is how many bytes all files have.
func byteCount(list []file) (n int64) {
	for i := range list {
		n += list[i].size
	}
	return cmp.Or(n, 1)
}
