package oldlogs

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/router"
	"linklog/phrase"
)

// captureFile is the source for captures. What it reads of a packet it hands to
// the same decoder that reads datagrams when they come in, and repeats are none of its
// events, as they are none then: so an import of what was received adds nothing.
//
// Both forms and what is before the datagram are read by hand: that is little, and
// a library would bring decoders for a hundred protocols into a program that
// reads what strangers sent.
type captureFile struct {
	packets packets
	decoder *decode.Decoder
	repeats *capture.Repeats
	again   int              // attempts that were repeats
	told    capture.Sighting // by the last packet, if it tells one
	tells   bool
	to      []uint16
	number  int
	others  int // packets that are no UDP to the port
	ports   map[otherPort]int
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

// errRepeat is the error for an attempt that came before.
var errRepeat = errors.New("a repeat")

// otherPort is the error for a datagram to another port.
type otherPort uint16

func (p otherPort) Error() string { return fmt.Sprintf("sent to UDP port %d", uint16(p)) }

// maxPorts bounds the other ports that are told.
const maxPorts = 8

// damaged is the error for a file that cannot be read on.
type damaged struct{ reason phrase.Phrase }

func (d *damaged) Error() string { return d.reason.String() }

// Phrase is the same to be translated.
func (d *damaged) Phrase() phrase.Phrase { return d.reason }

// maxPacket bounds a packet, in bytes: what tcpdump records at most.
const maxPacket = 256 << 10

func newCapture(r *bufio.Reader, f Format, o *Options) (*captureFile, error) {
	c := &captureFile{decoder: new(decode.Decoder), repeats: capture.NewRepeats(), to: o.Ports, ports: make(map[otherPort]int)}
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
	c.tells = false
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
			return ev, &LineError{Line: c.number, Reason: phrase.Say("{{.Reason}}; the rest cannot be read", "Reason", d.reason)}
		}
		if err == nil {
			err = c.event(&p, &ev)
		}
		problem, isFault := err.(*router.Fault)
		other, isOther := err.(otherPort)
		switch {
		case isOther:
			c.others++
			if _, known := c.ports[other]; known || len(c.ports) < maxPorts {
				c.ports[other]++
			}
		case isFault:
			return ev, &LineError{Line: c.number, Reason: problem.Reason, Foreign: problem.Foreign}
		case err == errNoPacket:
			c.others++
		case err == errRepeat:
		default:
			return ev, err
		}
	}
	return ev, io.EOF
}

// event makes an event of a packet; errNoPacket tells that it is about something
// else.
func (c *captureFile) event(p *packet, ev *capture.Event) error {
	d, err := readUDP(p, c.to)
	if err != nil {
		return err
	}
	if d.Time, err = instant(p.seconds, p.nanoseconds); err != nil {
		return err
	}
	c.decoder.Decode(&d, ev)
	c.told, c.tells = c.decoder.Sighting(ev)
	if ev.Reason.CountOnly() {
		return router.Foreign(phrase.Say(ev.Reason.String()))
	}
	if c.decoder.Language() == decode.Syslog && c.repeats.Again(ev) {
		c.again++
		return errRepeat
	}
	return nil
}

func (c *captureFile) sighting(*capture.Event) (capture.Sighting, bool) { return c.told, c.tells }

func (c *captureFile) notes() []phrase.Phrase {
	notes := repetitions(c.again)
	if c.others == 0 {
		return notes
	}
	where := phrase.Say("{{.Text}}", "Text", strconv.Itoa(int(c.to[0])))
	for _, p := range c.to[1:] {
		where = phrase.Say("{{.Ports}} or {{.Port}}", "Ports", where, "Port", strconv.Itoa(int(p)))
	}
	note := phrase.Say("{{.Count}} packets were not sent to UDP port {{.Port}} and are left out", "Count", c.others, "Port", where)
	if c.others == 1 {
		note = phrase.Say("1 packet was not sent to UDP port {{.Port}} and is left out", "Port", where)
	}
	var seen []string
	for _, p := range c.otherPorts() {
		seen = append(seen, fmt.Sprintf("%d (%d)", p, c.ports[otherPort(p)]))
	}
	if len(seen) > 0 {
		note = phrase.Say("{{.Note}}; datagrams went to the ports {{.Ports}}", "Note", note, "Ports", strings.Join(seen, ", "))
	}
	return append(notes, note)
}

func (c *captureFile) otherPorts() (ports []uint16) {
	for _, p := range slices.SortedFunc(maps.Keys(c.ports), func(a, b otherPort) int { return cmp.Or(c.ports[b]-c.ports[a], int(a)-int(b)) }) {
		ports = append(ports, uint16(p))
	}
	return ports
}

// unmapped gives an address as capture has it.
func unmapped(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap()
}
