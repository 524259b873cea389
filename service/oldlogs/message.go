package oldlogs

import "linklog/capture"

// message reads the texts of routers as capture reads them when they come in:
// it wraps them into traps again, so that both are the same code.
type message struct {
	decoder  *capture.Decoder
	datagram []byte
}

func newMessage() *message { return &message{decoder: capture.NewDecoder()} }

// read makes an event of a text; only what the text says is filled. It never
// fails: a text that is none of a router's is of kind Other.
func (m *message) read(s string) (ev capture.Event) {
	m.datagram = appendTrap(m.datagram[:0], s)
	m.decoder.Decode(&capture.Datagram{Data: m.datagram}, &ev)
	ev.Raw = "" // the datagram is ours
	return ev
}

// The parts of a trap by a Linksys router that are always the same, encoded:
// version 1 and community public; in the PDU enterprise 3955.1.1.0, agent
// 0.0.0.0, generic 6, specific 1, time 0; in the varbind its OID.
const (
	trapCommunity = "\x02\x01\x00\x04\x06public"
	trapOID       = "\x06\x0a\x2b\x06\x01\x04\x01\x9e\x73\x01\x01\x00"
	trapFields    = trapOID + "\x40\x04\x00\x00\x00\x00\x02\x01\x06\x02\x01\x01\x43\x01\x00"
)

// lengthSize is the size of a tag and a length of three bytes, which takes any
// line.
const lengthSize = 5

// appendTrap appends a trap with a text to dst (RFC 1157; BER, X.690).
func appendTrap(dst []byte, s string) []byte {
	value := len(s)
	varbind := len(trapOID) + lengthSize + value
	list := lengthSize + varbind
	pdu := len(trapFields) + lengthSize + list
	dst = appendTag(dst, 0x30, len(trapCommunity)+lengthSize+pdu)
	dst = append(dst, trapCommunity...)
	dst = appendTag(dst, 0xa4, pdu)
	dst = append(dst, trapFields...)
	dst = appendTag(dst, 0x30, list)
	dst = appendTag(dst, 0x30, varbind)
	dst = append(dst, trapOID...)
	dst = appendTag(dst, 4, value)
	return append(dst, s...)
}

func appendTag(dst []byte, tag byte, length int) []byte {
	return append(dst, tag, 0x83, byte(length>>16), byte(length>>8), byte(length))
}
