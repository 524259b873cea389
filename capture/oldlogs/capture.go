package oldlogs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/router"
)

// captureFile is the source for captures. What it reads of a packet it hands to
// the same decoder that reads datagrams when they come in.
//
// Both forms and what is before the datagram are read by hand: that is little, and
// a library would bring decoders for a hundred protocols into a program that
// reads what strangers sent.
type captureFile struct {
	packets packets
	decoder *decode.Decoder
	port    uint16
	number  int
	others  int // packets that are no UDP to the port
	ended   bool
}

// packets reads the packets of a file, whatever its form.
type packets interface {
	// read fills p with the next packet. A *problem is about this packet only, a
	// *damaged about all that follows.
	read(p *packet) error
}

// packet is one packet as it was recorded.
type packet struct {
	data                 []byte // good until the next is read
	link                 uint32 // how it begins, see link.go
	seconds, nanoseconds int64
}

// errNoPacket is the error for what is no packet and needs no mention.
var errNoPacket = errors.New("no packet")

// damaged is the error for a file that cannot be read on.
type damaged struct{ reason string }

func (d *damaged) Error() string { return d.reason }

// maxPacket bounds a packet, in bytes: what tcpdump records at most.
const maxPacket = 256 << 10

func newCapture(r *bufio.Reader, f Format, o *Options) (*captureFile, error) {
	c := &captureFile{decoder: new(decode.Decoder), port: o.Port}
	var err error
	if f == Pcap {
		c.packets, err = newPcap(r)
	} else {
		c.packets = newPcapNG(r)
	}
	return c, err
}

func (c *captureFile) next() (ev capture.Event, err error) {
	var p packet
	for !c.ended {
		err = c.packets.read(&p)
		if err == errNoPacket {
			continue
		}
		if err == io.EOF {
			return ev, err
		}
		c.number++
		if d, ok := err.(*damaged); ok {
			c.ended = true
			return ev, &LineError{Line: c.number, Reason: d.reason + "; the rest cannot be read"}
		}
		if err == nil {
			err = c.event(&p, &ev)
		}
		switch problem, ok := err.(*router.Fault); {
		case ok:
			return ev, &LineError{Line: c.number, Reason: problem.Reason, Foreign: problem.Foreign}
		case err == errNoPacket:
			c.others++
		default:
			return ev, err
		}
	}
	return ev, io.EOF
}

// event makes an event of a packet; errNoPacket tells that it is about something
// else.
func (c *captureFile) event(p *packet, ev *capture.Event) error {
	d, err := readUDP(p, c.port)
	if err != nil {
		return err
	}
	if d.Time, err = instant(p.seconds, p.nanoseconds); err != nil {
		return err
	}
	c.decoder.Decode(&d, ev)
	return nil
}

func (c *captureFile) notes() []string {
	if c.others == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d packets were not sent to UDP port %d and are left out", c.others, c.port)}
}

// unmapped gives an address as capture has it.
func unmapped(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap()
}
