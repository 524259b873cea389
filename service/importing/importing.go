// Package importing reads old logs and captures and gives their events to the service, for the
// command and for the app: which files are meant, what is in one, and in which batches it is sent.
package importing

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/phrase"
)

// Stdin is the path of the standard input.
const Stdin = "-"

// Files are the files that a path means: itself, those in a folder, or those that match a
// pattern which no shell has replaced. If there are more than most, that is an error; 0: no bound.
func Files(path string, most int) (files []string, err error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return []string{path}, nil
	case err == nil:
		err = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
				files = append(files, path)
			}
			if err == nil && most > 0 && len(files) > most {
				return phrase.Say("a folder with more than {{.Count}} files", "Count", most)
			}
			return err
		})
		if err == nil && len(files) == 0 {
			err = phrase.Say("a folder without files")
		}
		return files, Cause(err)
	case strings.ContainsAny(path, "*?["):
		if files, _ = filepath.Glob(path); len(files) > 0 {
			slices.Sort(files)
			return files, nil
		}
		return nil, phrase.Say("no file has such a name")
	}
	return nil, Cause(err)
}

// Cause is an error of the system without the path, which is said beside it.
func Cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Reading is what to do while a file is read. All members but Event may be nil.
type Reading struct {
	// Event is called with each event, which is valid during the call only; an error ends the reading.
	Event func(*capture.Event) error

	// Sight is called with what a line or packet says about who is who, before Event with the
	// event of the same; nil: that is not looked for.
	Sight func(*capture.Sighting)

	// Line is called with each line or packet that gave no event.
	Line func(*oldlogs.LineError)

	// At is called after each line or packet with how many bytes of how many were read, of
	// an unknown number (0), and the events so far.
	At func(bytes, of int64, events int)
}

// Outcome is what became of a file.
type Outcome struct {
	Format     oldlogs.Format
	Events     int
	Foreign    int // lines that are about something else
	Failed     int // lines that were not understood
	Notes      []phrase.Phrase
	OtherPorts []uint16 // of a capture, as of an oldlogs.Reader
}

// Packets reports whether the file is made of packets, not of lines.
func (o *Outcome) Packets() bool { return o.Format == oldlogs.Pcap || o.Format == oldlogs.PcapNG }

// Lines says how many lines, or packets, of the file that is.
func (o *Outcome) Lines(n int) phrase.Phrase {
	switch {
	case o.Packets() && n == 1:
		return phrase.Say("1 packet")
	case o.Packets():
		return phrase.Say("{{.Count}} packets", "Count", n)
	case n == 1:
		return phrase.Say("1 line")
	}
	return phrase.Say("{{.Count}} lines", "Count", n)
}

// Stopped is the error of Read when Event or the context ended it.
type Stopped struct{ error }

// Unwrap is the error that ended it.
func (s Stopped) Unwrap() error { return s.error }

// Nothing says why a file that was read to its end has no event.
type Nothing struct {
	Outcome
	Example string // of a line about something else; "": there is none
}

// Phrase says it.
func (n *Nothing) Phrase() phrase.Phrase {
	if len(n.OtherPorts) > 0 {
		return phrase.Say("no event in it: {{.Why}}", "Why", phrase.Lines(n.Notes))
	}
	return phrase.Say("no event in it: {{.Lines}} about something else, such as {{.Example}}", "Lines", n.Lines(n.Foreign), "Example", n.Example)
}

func (n *Nothing) Error() string { return n.Phrase().String() }

// Read reads a file to its end; in is the standard input, which Stdin means. If the file has
// nothing but lines about something else, the error is a *Nothing.
func Read(ctx context.Context, path string, in io.Reader, o oldlogs.Options, r Reading) (done Outcome, err error) {
	size := int64(0)
	if path != Stdin {
		f, err := os.Open(path)
		if err != nil {
			return done, Cause(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size, o.FileTime = info.Size(), info.ModTime()
		}
		in = &watched{f, ctx}
	}
	log, err := oldlogs.Open(in, o)
	if ctx.Err() != nil {
		return done, Stopped{context.Cause(ctx)}
	}
	if err != nil {
		return done, err
	}
	done.Format = log.Format()
	example := ""
	for {
		ev, err := log.Next()
		if r.Sight != nil {
			if s, found := log.Sighting(&ev); found {
				r.Sight(&s)
			}
		}
		var bad *oldlogs.LineError
		switch {
		case err == nil:
			done.Events++
			if err := r.Event(&ev); err != nil {
				done.tell(log)
				return done, Stopped{err}
			}
		case errors.As(err, &bad):
			if !bad.Foreign {
				done.Failed++
			} else if done.Foreign++; done.Foreign == 1 {
				example = bad.Error()
			}
			if r.Line != nil {
				r.Line(bad)
			}
		default:
			done.tell(log)
			switch {
			case ctx.Err() != nil:
				return done, Stopped{context.Cause(ctx)}
			case err != io.EOF:
				return done, err
			case done.Events == 0 && done.Failed == 0 && (len(done.OtherPorts) > 0 || done.Foreign > 0):
				return done, &Nothing{done, example}
			}
			return done, nil
		}
		if r.At != nil {
			r.At(log.Offset(), size, done.Events)
		}
	}
}

func (o *Outcome) tell(r *oldlogs.Reader) { o.Notes, o.OtherPorts = r.Notes(), r.OtherPorts() }

// watched is a file whose reading ends with a context: also while it is looked at before, and
// where its lines give no events.
type watched struct {
	*os.File
	ctx context.Context
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.File.Read(b)
}
