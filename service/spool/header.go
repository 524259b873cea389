package spool

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"linklog/capture"
)

// key is what tells the records of one file from everything else: other bytes in
// a damaged file, what an older file left in the same disk blocks, and forgeries.
// Records hold what strangers sent, and after damage the next sound record is
// looked for byte by byte: without a secret a datagram could carry records that
// would be taken for ours.
type key struct {
	mark uint32 // every record begins with it
	sum  uint32 // the checksums begin with it
}

func newKey() key {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return key{binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:])}
}

// header is the beginning of a spool file.
//
//	 0  8  "LLSPOOL\n"
//	 8  4  version, 1
//	12  4  length of the header, 64
//	16  8  Seq of the first record
//	24  8  the highest Seq known to have been given before: 0, none. Seqs between
//	       the two were skipped; up to it they were records
//	32  4  key: mark
//	36  4  key: sum
//	40 20  zero
//	60  4  CRC-32C of all before
//
// Within a file Seqs are dense: each is one more than that before it.
type header struct {
	first uint64
	prev  uint64
	key   key
}

const (
	magic      = "LLSPOOL\n"
	version    = 1
	headerSize = 64
)

func (h header) encode(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, headerSize)
	b = binary.LittleEndian.AppendUint64(b, h.first)
	b = binary.LittleEndian.AppendUint64(b, h.prev)
	b = binary.LittleEndian.AppendUint32(b, h.key.mark)
	b = binary.LittleEndian.AppendUint32(b, h.key.sum)
	b = append(b, make([]byte, 20)...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// decodeHeader reads a header; ok is false if it is damaged. The checksum is at
// the same place in every version, so a newer one can be told from damage.
func decodeHeader(b []byte) (h header, ok bool, err error) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic ||
		binary.LittleEndian.Uint32(b[60:]) != crc32.Checksum(b[:60], castagnoli) {
		return header{}, false, nil
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return header{}, false, fmt.Errorf("%w (form %d)", ErrVersion, v)
	}
	h = header{
		first: binary.LittleEndian.Uint64(b[16:]),
		prev:  binary.LittleEndian.Uint64(b[24:]),
		key:   key{binary.LittleEndian.Uint32(b[32:]), binary.LittleEndian.Uint32(b[36:])},
	}
	return h, h.prev < h.first && h.first <= capture.MaxSeq, nil
}

const suffix = ".spool"

func fileName(first uint64) string { return fmt.Sprintf("%020d%s", first, suffix) }

// parseName reads the first Seq from the name of a spool file or of one that was
// set aside; whole tells the first from the second.
func parseName(name string) (first uint64, whole, ok bool) {
	if len(name) < 20 || !strings.HasPrefix(name[20:], suffix) {
		return 0, false, false
	}
	first, err := strconv.ParseUint(name[:20], 10, 64)
	return first, len(name) == 20+len(suffix), err == nil && 0 < first && first <= capture.MaxSeq
}
