package oldlogs

import (
	"bufio"
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
	magic, err := in.raw.Peek(2)
	if err != nil && err != io.EOF {
		return nil, unreadable(err)
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b { // RFC 1952
		return in, nil
	}
	// It decompresses as it goes, whatever the file would unpack to.
	z, err := gzip.NewReader(in.raw)
	if err != nil {
		return nil, phrase.Say("the compressed file cannot be read: {{.Error}}", "Error", err)
	}
	in.text = bufio.NewReaderSize(z, maxLine)
	return in, nil
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

// readLine gives the next line without its end; the bytes are good until the next
// call. long tells that it had more than maxLine bytes, of which these are the
// first: the others were skipped without keeping them.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	line, err = r.ReadSlice('\n')
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
	line = trimEnd(line)
	return line, false, err
}

// trimEnd takes the line end off: LF, CR LF and the CR CR LF of files that went
// through two systems.
func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}
