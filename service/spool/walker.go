package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// walker goes through the records of one file, past what is damaged.
type walker struct {
	file io.ReaderAt
	key  key
	mark [4]byte // key.mark as it is in the file
	at   uint64  // the Seq that the next record has, unless records are missing

	buf    []byte
	lo, hi int   // buf[lo:hi] was read, but not taken
	off    int64 // the place of buf[lo] in the file

	seq  uint64 // of the record at lo, after a peek that found one
	size int    // of the record at lo
	zone string
}

// bufferSize is what is read at once. A longer record makes the buffer grow once.
const bufferSize = 64 << 10

// begin goes to a place in a file where a record may begin.
func (w *walker) begin(file io.ReaderAt, k key, from stop) {
	w.file, w.key, w.at, w.off = file, k, from.seq, from.off
	binary.LittleEndian.PutUint32(w.mark[:], k.mark)
	w.lo, w.hi = 0, 0
	if w.buf == nil {
		w.buf = make([]byte, bufferSize)
	}
}

// peek finds the next sound record before end and with a Seq up to last, and sets
// seq; if that is above at, those between cannot be read. It returns false at the
// end, or, unless it may fill the buffer anew, where it would have to.
func (w *walker) peek(end int64, last uint64, fill bool) (found bool, err error) {
	for w.at <= last {
		b := w.buf[w.lo:w.hi]
		need := recordHead
		if len(b) >= recordHead {
			if [4]byte(b) != w.mark {
				w.search()
				continue
			}
			need = recordSize(b)
		}
		if len(b) >= need {
			if seq := recordSeq(b); sound(b[:need], w.key) && w.at <= seq && seq <= last {
				w.seq, w.size = seq, need
				return true, nil
			}
			w.search()
			continue
		}
		if !fill {
			return false, nil
		}
		switch n, err := w.fill(end, need); {
		case err != nil:
			return false, err
		case n > 0:
		case len(b) < recordHead:
			return false, nil // not even a short one can follow
		default:
			w.search() // its length is wrong, or its end is missing
		}
	}
	return false, nil
}

// search goes to the next place in the buffer where a record may begin, the place
// it is at excluded.
func (w *walker) search() {
	b := w.buf[w.lo+1 : w.hi]
	i := bytes.Index(b, w.mark[:])
	if i < 0 {
		i = max(len(b)-len(w.mark)+1, 0) // a mark may have begun
	}
	w.lo += 1 + i
	w.off += int64(1 + i)
}

// fill reads on behind what is in the buffer, where it makes room for need bytes.
// It returns 0 at the end.
func (w *walker) fill(end int64, need int) (int, error) {
	b := w.buf[w.lo:w.hi]
	if need > len(w.buf) {
		w.buf = make([]byte, maxRecord)
	}
	w.hi = copy(w.buf, b)
	w.lo = 0
	from := w.off + int64(w.hi)
	n, err := w.file.ReadAt(w.buf[w.hi:][:max(0, min(int64(len(w.buf)-w.hi), end-from))], from)
	if n > 0 || err == nil || errors.Is(err, io.EOF) {
		w.hi += n
		return n, nil
	}
	if !isBadBlock(err) {
		return 0, err
	}
	// The drive cannot read this block: that is damage like any other.
	w.off = min(from-from%diskBlock+diskBlock, end)
	w.hi = 0
	return 1, nil
}

// diskBlock is what drives fail in, in bytes.
const diskBlock = 4096

// take decodes the record that peek found and goes behind it.
func (w *walker) take(r *Record) {
	r.decode(w.buf[w.lo:w.lo+w.size:w.lo+w.size], &w.zone)
	w.skip()
}

// skip goes behind the record that peek found.
func (w *walker) skip() {
	w.at = w.seq + 1
	w.lo += w.size
	w.off += int64(w.size)
}
