// Package oldlogs reads the logs people already have as events: those of
// LinkLog itself, of the programs that came before it, of other firmware on the
// same routers, and captures of the traps.
//
// It streams: the memory it takes does not depend on the size of the input, and
// what a file claims about itself (lengths, counts, compression) is not believed.
// Every line or packet gives an event, an error that says why not, or nothing
// because there is nothing in it; and one that cannot be read does not end the
// reading.
package oldlogs

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"linklog/capture"
	"linklog/format/services"
	"linklog/phrase"
)

// Options says how to read. The zero value detects the format and takes times
// for this computer's.
type Options struct {
	// Format is the format; 0: found out from the content.
	Format Format

	// Location is the time zone of times that name none; nil: time.Local.
	// Captures and the forms that write UTC do not need it.
	Location *time.Location

	// Now is the present, for dates without a year; zero: the system's clock.
	Now time.Time

	// FileTime is when the file was last written, zero if nobody knows. It is a
	// better hint than Now for the year of the newest line.
	FileTime time.Time

	// Year is that of the first date, in logs whose dates have none; 0: found out.
	Year int

	// Services has the ports of services that logs name; nil: a log that names
	// services cannot be read in those lines.
	Services *services.Table

	// Router is the router that told it all, for logs that name none; it may be
	// invalid.
	Router netip.Addr

	// Ports are the UDP ports of the receiver in captures; none: capture.TrapPort and
	// capture.SyslogPort.
	Ports []uint16

	// System makes events of messages of a router's system in system logs, too, as they are when
	// they are received; otherwise such lines are about something else.
	System bool
}

// ErrUnknownFormat is wrapped by the error of Open for a file that is none of
// the formats.
var ErrUnknownFormat error = unknownFormat{}

type unknownFormat struct{}

// Phrase makes it translatable.
func (unknownFormat) Phrase() phrase.Phrase { return phrase.Say("not a log that LinkLog can read") }

func (u unknownFormat) Error() string { return u.Phrase().String() }

// LineError says why a line or packet gave no event. It does not end the
// reading.
type LineError struct {
	// Line is the number of the line, or of the packet in a capture, from 1. A
	// record of several lines has the number of its first.
	Line int

	// Text is the beginning of the line, cleaned (see capture.Clean); empty for
	// packets.
	Text string

	// Reason says what is wrong, for people.
	Reason phrase.Phrase

	// Foreign tells that the line is sound but not about the router's traffic: a
	// system log is full of such. Better counted than listed.
	Foreign bool
}

// Error gives a line like `line 7: unknown service "x": Sep 16 …`.
func (e *LineError) Error() string { return e.Phrase().String() }

// Phrase is the same to be translated.
func (e *LineError) Phrase() phrase.Phrase {
	if e.Text == "" {
		return phrase.Say("packet {{.Number}}: {{.Reason}}", "Number", e.Line, "Reason", e.Reason)
	}
	return phrase.Say("line {{.Number}}: {{.Reason}}: {{.Text}}", "Number", e.Line, "Reason", e.Reason, "Text", e.Text)
}

// Reader reads one file. Only one goroutine may use it at a time.
type Reader struct {
	format Format
	input  *input
	source source
	packet *captureFile // nil: it is none
	clock  *clock       // nil: no dates are read
	year   int
	notes  func() []phrase.Phrase
	err    error // what ended it
}

// source is a format's way of reading: lines or packets.
type source interface {
	// next gives one event, a *LineError, or what ends the reading.
	next() (capture.Event, error)

	// sighting is what the last line or packet, of which next made ev, says about who is
	// who; see Reader.Sighting.
	sighting(ev *capture.Event) (capture.Sighting, bool)
}

// Open begins to read a log and finds out its format, unless o says it. The
// input may be compressed with gzip.
//
// Lines of some formats have no year. If r is an io.Seeker, as files are, Open
// reads it once to see how many years it covers and then goes back to where it
// was; from a pipe the years of the oldest lines are a guess.
func Open(r io.Reader, o Options) (*Reader, error) {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if len(o.Ports) == 0 {
		o.Ports = []uint16{capture.TrapPort, capture.SyslogPort}
	}
	o.Router = o.Router.WithZone("").Unmap()

	start, seeker := position(r)
	in, err := newInput(r)
	if err != nil {
		return nil, err
	}
	head, err := in.head()
	if err != nil {
		return nil, err
	}
	found, err := detect(head, o.Format)
	if err != nil {
		return nil, err
	}
	reader := &Reader{format: found, input: in, year: o.Year}
	switch found {
	case 0: // nothing in it
		reader.err = io.EOF
		reader.notes = func() []phrase.Phrase { return nil }
		return reader, nil
	case Pcap, PcapNG:
		c, err := newCapture(in.text, found, &o)
		if err != nil {
			return nil, err
		}
		reader.source, reader.packet, reader.notes = c, c, c.notes
		return reader, nil
	}
	p := newParser(found, &o, head)
	if seeker != nil && p.lacksYears(head) {
		p.survey(in.text)
		if _, err := seeker.Seek(start, io.SeekStart); err != nil {
			return nil, phrase.Say("it cannot be read from the beginning again: {{.Error}}", "Error", err)
		}
		if reader.input, err = newInput(r); err != nil {
			return nil, err
		}
	}
	reader.source, reader.clock, reader.notes = newLines(reader.input.text, p), &p.clock, p.notes
	return reader, nil
}

// position gives where r stands, and r as a Seeker if it really is one: a pipe
// has the method, too, but it fails.
func position(r io.Reader) (int64, io.Seeker) {
	s, ok := r.(io.Seeker)
	if !ok {
		return 0, nil
	}
	at, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, nil
	}
	return at, s
}

// Next gives the next event. Its error is a *LineError for a line or packet that
// cannot be read, after which Next goes on; io.EOF at the end; any other ends the
// reading before its time and is given from then on.
//
// The event has no number yet, except where the log has one (JSON and CSV), which
// is the number it had where it was written.
func (r *Reader) Next() (capture.Event, error) {
	if r.err != nil {
		return capture.Event{}, r.err
	}
	ev, err := r.source.next()
	if err == nil {
		return ev, nil
	}
	var line *LineError
	if !errors.As(err, &line) {
		if err != io.EOF {
			err = unreadable(err)
		}
		r.err = err
	}
	return capture.Event{}, err
}

// Sighting is what the last line or packet says about who is who. Next made ev of it, or
// gave an error: then ev has no Kind. It is for those who ask for it after every call of Next:
// what a line says may depend on lines before.
func (r *Reader) Sighting(ev *capture.Event) (s capture.Sighting, found bool) {
	if r.err != nil {
		return s, false
	}
	return r.source.sighting(ev)
}

// Format is the format that is read; 0 for an empty file.
func (r *Reader) Format() Format { return r.format }

// Notes tells what had to be assumed so far, in sentences for people. They are
// complete when Next has given io.EOF.
func (r *Reader) Notes() []phrase.Phrase {
	notes := r.notes()
	if r.year > 0 && (r.clock == nil || !r.clock.yearless) {
		notes = append(notes, phrase.Say("no date without a year in it: the year {{.Year}} was not needed", "Year", r.year))
	}
	return notes
}

// OtherPorts are the UDP ports that datagrams of a capture went to and that were not asked
// for, those with the most first.
func (r *Reader) OtherPorts() []uint16 {
	if r.packet == nil {
		return nil
	}
	return r.packet.otherPorts()
}

// Offset is how many bytes of the input were taken so far, of a compressed file
// its compressed bytes: what a progress bar shows. It never goes back.
func (r *Reader) Offset() int64 { return r.input.offset() }
