package oldlogs

import (
	"bufio"
	"encoding/binary"
	"io"
	"time"

	"linklog/capture/router"
	"linklog/phrase"
)

// detectCapture knows captures by their first four bytes.
func detectCapture(head []byte) Format {
	if len(head) < 4 {
		return 0
	}
	switch binary.BigEndian.Uint32(head) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1:
		return Pcap
	case blockSection:
		return PcapNG
	}
	return 0
}

// pcapFile reads the form of libpcap (draft-ietf-opsawg-pcap): a header and, for
// each packet, its time, the length recorded and the length on the wire.
type pcapFile struct {
	in     *bufio.Reader
	order  binary.ByteOrder
	unit   int64 // nanoseconds in a unit of the fraction of a second
	link   uint32
	extra  int // bytes more before each packet
	buffer []byte
}

func newPcap(in *bufio.Reader) (*pcapFile, error) {
	var head [24]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, phrase.Say("capture without a whole header: {{.Error}}", "Error", err)
	}
	f := &pcapFile{in: in, order: binary.BigEndian, unit: 1000}
	if head[0] != 0xa1 {
		f.order = binary.LittleEndian
	}
	switch f.order.Uint32(head[:]) {
	case 0xa1b23c4d:
		f.unit = 1
	case 0xa1b2cd34: // "modified", by A. Kuznetsov's patches, as FRITZ!Boxes write it: interface, protocol, type
		f.extra = 8
	}
	f.link = f.order.Uint32(head[20:]) & 0xffff // above it: how long a checksum is
	if !knownLink(f.link) {
		return nil, phrase.Say("capture of link type {{.Type}}: {{.Error}}", "Type", int(f.link), "Error", ErrUnknownFormat)
	}
	return f, nil
}

func (f *pcapFile) read(p *packet) error {
	var head [16]byte
	switch n, err := io.ReadFull(f.in, head[:]); {
	case err == io.ErrUnexpectedEOF && n > 0:
		return &damaged{phrase.Say("the file breaks off")}
	case err != nil:
		return err
	}
	if _, err := f.in.Discard(f.extra); err != nil {
		return cutOff(err)
	}
	recorded := f.order.Uint32(head[8:])
	if recorded > maxPacket {
		return &damaged{phrase.Say("a packet of {{.Count}} bytes", "Count", recorded)}
	}
	var err error
	if f.buffer, err = readBytes(f.in, f.buffer, int(recorded)); err != nil {
		return err
	}
	p.data, p.link = f.buffer, f.link
	p.seconds = int64(f.order.Uint32(head[0:]))
	p.nanoseconds = int64(f.order.Uint32(head[4:])) * f.unit
	return nil
}

// readBytes reads n bytes into a buffer that grows as it must.
func readBytes(in *bufio.Reader, buffer []byte, n int) ([]byte, error) {
	if cap(buffer) < n {
		buffer = make([]byte, n)
	}
	buffer = buffer[:n]
	if _, err := io.ReadFull(in, buffer); err != nil {
		return buffer[:0], cutOff(err)
	}
	return buffer, nil
}

// cutOff makes the end of a file in the middle of something damage.
func cutOff(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &damaged{phrase.Say("the file breaks off")}
	}
	return err
}

// instant makes the time of a packet: UTC, without a monotonic reading.
func instant(seconds, nanoseconds int64) (time.Time, error) {
	const lastSecond = 253402300799 // of the year 9999
	if seconds < 0 || seconds > lastSecond || nanoseconds < 0 || nanoseconds >= 1e9 {
		return time.Time{}, router.Malformed(phrase.Say("a time that cannot be"))
	}
	return time.Unix(seconds, nanoseconds).UTC(), nil
}
