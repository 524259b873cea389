package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"linklog/capture"
)

// mark says how far Seqs may have been given.
type mark struct {
	next  uint64 // no Seq from here on was given
	last  uint64 // the highest that was; only if clean
	clean bool   // written by Close: next and last are exact

	givenUp uint64 // by GiveUp, up to this Seq; put never lowers it
}

// seqReserve is how many Seqs one mark reserves: enough for Sync to write the next
// mark before Append needs it, at 300,000 records a second and ten calls of Sync.
const seqReserve = 1 << 16

// unknownSeqs is more than a spool that is gone can have given beyond what is known
// elsewhere.
const unknownSeqs = 1 << 24

// blindSeqs is more than the largest file of a history can have in its years, with a
// leap at every crash.
const blindSeqs = 1 << 40

// marker keeps the mark in the file "seq", twice, so that one is sound while the
// other is written:
//
//	 0  8  "LLSEQ  \n"
//	 8  8  generation: the higher one counts
//	16  8  next
//	24  8  last
//	32  1  1: clean
//	33  8  given up
//	41 19  zero
//	60  4  CRC-32C of all before
type marker struct {
	mu   sync.Mutex
	file *os.File
	gen  uint64
	mark mark
}

const (
	markName  = "seq"
	markMagic = "LLSEQ  \n"
	markSize  = 64
	markApart = 4096 // no sector holds both
)

// openMarker opens or creates the file. sure is false if a mark is damaged, and
// then next may be too low; a new file is damaged, too.
func openMarker(root *os.Root) (m *marker, sure bool, err error) {
	f, err := root.OpenFile(markName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, err
	}
	m = &marker{file: f}
	sure = true
	for i := range int64(2) {
		b := make([]byte, markSize)
		if _, err := f.ReadAt(b, i*markApart); err != nil && !errors.Is(err, io.EOF) && !isBadBlock(err) {
			f.Close()
			return nil, false, err
		}
		gen := binary.LittleEndian.Uint64(b[8:])
		read := mark{binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:]), b[32] == 1, binary.LittleEndian.Uint64(b[33:])}
		if string(b[:8]) != markMagic || binary.LittleEndian.Uint32(b[60:]) != crc32.Checksum(b[:60], castagnoli) || max(read.next, read.last, read.givenUp) > capture.MaxSeq {
			sure = false
			continue
		}
		if gen >= m.gen {
			m.gen, m.mark = gen, read
		}
	}
	return m, sure, nil
}

// write replaces the mark and returns when it is safe from power loss. A mark that
// is not clean and reserves less than the last does nothing.
func (m *marker) write(next mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !next.clean && !m.mark.clean && next.next <= m.mark.next {
		return nil
	}
	return m.put(next)
}

// repair makes both marks the same, after one was damaged.
func (m *marker) repair(next mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(m.put(next), m.put(next))
}

// giveUp notes that records up to a Seq are given up.
func (m *marker) giveUp(upTo uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if upTo <= m.mark.givenUp {
		return nil
	}
	next := m.mark
	next.givenUp = upTo
	return m.put(next)
}

func (m *marker) put(next mark) error {
	next.givenUp = max(next.givenUp, m.mark.givenUp)
	gen := m.gen + 1
	b := make([]byte, 0, markSize)
	b = append(b, markMagic...)
	b = binary.LittleEndian.AppendUint64(b, gen)
	b = binary.LittleEndian.AppendUint64(b, next.next)
	b = binary.LittleEndian.AppendUint64(b, next.last)
	b = append(b, make([]byte, 28)...)
	if next.clean {
		b[32] = 1
	}
	binary.LittleEndian.PutUint64(b[33:], next.givenUp)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := m.file.WriteAt(b, int64(gen%2)*markApart); err != nil {
		return err
	}
	if err := m.file.Sync(); err != nil {
		return err
	}
	m.gen, m.mark = gen, next // only now: after a failure the sound mark must stay
	return nil
}

func (m *marker) close() { m.file.Close() }
