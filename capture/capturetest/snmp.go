package capturetest

import "bytes"

// Tags of the encoding (BER, X.690) as SNMP uses them (RFC 1157, RFC 3416).
const (
	TagInteger   = 0x02
	TagString    = 0x04 // OCTET STRING
	TagOID       = 0x06
	TagSequence  = 0x30
	TagIPAddress = 0x40
	TagTimeTicks = 0x43
	TagResponse  = 0xa2
	TagTrapV1    = 0xa4
	TagInform    = 0xa6
	TagTrapV2    = 0xa7
)

// Element encodes one Element with the shortest length.
func Element(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	b := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, body...)
}

// LinksysOID is 1.3.6.1.4.1.3955.1.1.0, encoded.
var LinksysOID = []byte{0x2b, 6, 1, 4, 1, 0x9e, 0x73, 1, 1, 0}

// Varbind encodes a name and its value.
func Varbind(oid []byte, tag byte, value []byte) []byte {
	return Element(TagSequence, Element(TagOID, oid), Element(tag, value))
}

// TrapV1 encodes a trap of a Linksys router with these varbinds.
func TrapV1(varbinds ...[]byte) []byte {
	return Element(TagSequence, Element(TagInteger, []byte{0}), Element(TagString, []byte("public")),
		Element(TagTrapV1, Element(TagOID, LinksysOID[:9]), Element(TagIPAddress, []byte{192, 168, 1, 1}),
			Element(TagInteger, []byte{6}), Element(TagInteger, []byte{1}), Element(TagTimeTicks, []byte{0, 0, 1, 0}),
			Element(TagSequence, varbinds...)))
}

// MessageV2 encodes a message of SNMPv2c: a TagTrapV2, a TagInform or another.
func MessageV2(tag byte, varbinds ...[]byte) []byte {
	return Element(TagSequence, Element(TagInteger, []byte{1}), Element(TagString, []byte("public")),
		Element(tag, Element(TagInteger, []byte{1, 2, 3, 4}), Element(TagInteger, []byte{0}), Element(TagInteger, []byte{0}),
			Element(TagSequence, varbinds...)))
}

// TextBind is a Varbind with a text.
func TextBind(text string) []byte { return Varbind(LinksysOID, TagString, []byte(text)) }

// Crafted is the datagram of 61 bytes that ends a process using gosnmp v1.47.0:
// its varbind claims a length near 2^63, to which gosnmp adds where it stands.
func Crafted() []byte {
	return TrapV1(append([]byte{TagSequence, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf5}, Element(TagOID, LinksysOID[:3])...))
}
