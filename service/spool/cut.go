package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	maxTail  = 1 << 20 // bytes kept of what is cut off
	maxTails = 16      // files with such bytes
)

// cut takes what lies behind seg.end off its file, of size bytes, and keeps it
// aside if there is anything in it. Where that is not possible the file stays as it
// is, which does no harm: readers end at seg.end and nothing will be appended.
func (s *Spool) cut(f *os.File, seg *segment, size int64, report *Report) (done bool) {
	zero, kept, err := tail(f, seg.end, size)
	if err != nil {
		return false
	}
	if !zero {
		name := fmt.Sprintf("%s.%d%s", seg.name, seg.end, damaged)
		if s.keep(name, kept) != nil {
			_ = s.root.Remove(name)
			return false
		}
		report.CutKept = int64(len(kept))
		mark := binary.LittleEndian.AppendUint32(nil, seg.key.mark)
		report.CutRecords = max(uint64(bytes.Count(kept, mark)), 1)
		last := kept[max(bytes.LastIndex(kept, mark), 0):]
		report.CutWhole = seg.end+int64(len(kept)) == size && len(last) >= recordHead && recordSize(last) == len(last)
		s.thin(report)
	}
	return f.Truncate(seg.end) == nil
}

// tail reads the end of a file: whether it is all zero, as it is when power loss
// left room that was never written, and its first bytes, up to maxTail.
func tail(f io.ReaderAt, from, size int64) (zero bool, kept []byte, err error) {
	zero = true
	b := make([]byte, bufferSize)
	for from < size {
		n, err := f.ReadAt(b[:min(int64(len(b)), size-from)], from)
		if n == 0 {
			return zero, kept, err
		}
		for _, c := range b[:n] {
			zero = zero && c == 0
		}
		kept = append(kept, b[:min(n, maxTail-len(kept))]...)
		if !zero && len(kept) == maxTail {
			break
		}
		from += int64(n)
	}
	return zero, kept, nil
}

func (s *Spool) keep(name string, b []byte) error {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// isTail tells a name that cut gave from those of setAside.
func isTail(name string) bool {
	rest := strings.TrimPrefix(name[20:], suffix)
	return strings.HasPrefix(rest, ".") && rest != damaged
}

// thin removes the oldest of many cut off ends: a machine that crashes every day
// must not fill its disk with them.
func (s *Spool) thin(report *Report) {
	files, err := s.list()
	if err != nil {
		return
	}
	var tails []string
	for _, info := range files {
		if isTail(info.Name()) {
			tails = append(tails, info.Name())
		}
	}
	for len(tails) > maxTails {
		if s.root.Remove(tails[0]) != nil {
			return
		}
		report.Removed = append(report.Removed, tails[0])
		tails = tails[1:]
	}
}
