package oldlogs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"linklog/phrase"
)

// maxLine bounds a line, in bytes. The longest that any of the programs writes
// (a JSON line with a datagram in it) stays far below.
const maxLine = 64 << 10

// input is the file, decompressed if it needs to be.
type input struct {
	file *counter
	raw  *bufio.Reader // of the file as it is
	text *bufio.Reader // of its content; the same as raw without compression
}

// counter counts the bytes read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newInput(r io.Reader) (*input, error) {
	in := &input{file: &counter{r: r}}
	in.raw = bufio.NewReaderSize(in.file, maxLine)
	in.text = in.raw
	magic, err := in.raw.Peek(len(gzipMagic))
	if err != nil && err != io.EOF {
		return nil, unreadable(err)
	}
	if string(magic) == gzipMagic {
		z, err := gzip.NewReader(in.raw)
		if err != nil {
			return nil, phrase.Say("the compressed file cannot be read: {{.Error}}", "Error", err)
		}
		z.Multistream(false)
		in.text = bufio.NewReaderSize(&members{in.raw, z}, maxLine)
	}
	skipZeros(in.text)
	return in, nil
}

// gzipMagic begins each member of a file compressed with gzip (RFC 1952).
const gzipMagic = "\x1f\x8b"

// members reads what a file of gzip has, one member after the other; it decompresses as it
// goes, whatever the file would unpack to. gzip.Reader takes zeros behind the last member,
// which fill a block of a tape, for a damaged one.
type members struct {
	raw *bufio.Reader
	z   *gzip.Reader
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		skipZeros(m.raw)
		next, err := m.raw.Peek(len(gzipMagic))
		switch {
		case len(next) == 0:
			return 0, err
		case string(next) != gzipMagic:
			return 0, phrase.Say("what follows its compressed part is not compressed with gzip")
		}
		if err := m.z.Reset(m.raw); err != nil {
			return 0, err
		}
		m.z.Multistream(false)
	}
}

// skipZeros goes behind room that was never written, as a loss of power leaves it, or
// emptying a log that is still written: of any length, and without keeping it.
func skipZeros(r *bufio.Reader) {
	for {
		_, err := r.Peek(1)
		b, _ := r.Peek(r.Buffered())
		rest := bytes.TrimLeft(b, "\x00")
		_, _ = r.Discard(len(b) - len(rest)) // all in the buffer
		if err != nil || len(rest) > 0 {
			return // an error comes again when it is read
		}
	}
}

// head gives the beginning of the content without taking it: as much as one
// line may have.
func (in *input) head() ([]byte, error) {
	head, err := in.text.Peek(maxLine)
	if len(head) == 0 && err != nil && err != io.EOF {
		return nil, unreadable(err)
	}
	return head, nil // an error behind it comes again when it is read
}

// unreadable is an error of the file itself.
func unreadable(err error) error {
	return phrase.Say("the file cannot be read: {{.Error}}", "Error", err)
}

func (in *input) offset() int64 {
	return in.file.n - int64(in.raw.Buffered())
}

// readLine gives the next line without its end, and without zeros around it; the bytes are good until the next
// call. long tells that it had more than maxLine bytes, of which these are the
// first: the others were skipped without keeping them.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	line, err = r.ReadSlice('\n')
	if err == bufio.ErrBufferFull && line[len(line)-1] == 0 && len(bytes.TrimLeft(line, "\x00")) == 0 {
		skipZeros(r)
		line, err = r.ReadSlice('\n')
	}
	if err == bufio.ErrBufferFull {
		beginning := make([]byte, maxShown)
		copy(beginning, line)
		for err == bufio.ErrBufferFull {
			_, err = r.ReadSlice('\n')
		}
		if err == io.EOF {
			err = nil // the end is told by the next call
		}
		return beginning, true, err
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.Trim(trimEnd(line), "\x00"), false, err
}

// trimEnd takes the line end off: LF, CR LF and the CR CR LF of files that went
// through two systems.
func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}
