package snmp

import (
	"bytes"

	"linklog/capture"
)

// The tags of the encoding (BER, X.690) as SNMP uses them (RFC 1157, RFC 3416).
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

// Versions as SNMP messages number them.
const (
	versionV1  = 0
	versionV2c = 1
)

// maxVarbinds bounds the varbinds of a trap: up to 64 were seen in test suites,
// one is usual.
const maxVarbinds = 256

// linksys is the beginning of every OID below 1.3.6.1.4.1.3955, encoded.
var linksys = []byte{0x2b, 6, 1, 4, 1, 0x9e, 0x73}

// tlv cuts the first element off b: its tag, its content and what follows it.
// Lengths need not be minimal, since routers send 82 00 2B where 2B would do,
// but have to be definite, of at most four bytes, and must stay inside b. It
// does not know tags of more than one byte, which SNMP has not.
func tlv(b []byte) (tag byte, content, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		k := n - 0x80 // 0 would be the indefinite form
		if k == 0 || k > 4 || len(b) < 2+k {
			return 0, nil, nil, false
		}
		n, head = 0, 2+k
		for _, c := range b[2:head] {
			if n >= 1<<22 { // far over any datagram, far below an overflow
				return 0, nil, nil, false
			}
			n = n<<8 | int(c)
		}
	}
	if n > len(b)-head {
		return 0, nil, nil, false
	}
	return b[0], b[head : head+n], b[head+n:], true
}

// Element cuts the first element off b, which must have the given tag: its content and
// what follows it.
func Element(b []byte, tag byte) (content, rest []byte, ok bool) {
	t, content, rest, ok := tlv(b)
	return content, rest, ok && t == tag
}

// Usual reads the trap that routers send: SNMPv1 with exactly one varbind,
// whose value is a string. It returns the string, a part of b, and whether an
// OID says Linksys; ok is false for everything else, sound or not, which is
// left to a Reader.
func Usual(b []byte) (text []byte, fromLinksys, ok bool) {
	msg, _, ok := Element(b, TagSequence)
	if !ok {
		return nil, false, false
	}
	version, msg, ok := Element(msg, TagInteger)
	if !ok || len(version) != 1 || version[0] != versionV1 {
		return nil, false, false
	}
	if _, msg, ok = Element(msg, TagString); !ok { // community
		return nil, false, false
	}
	pdu, msg, ok := Element(msg, TagTrapV1)
	if !ok || len(msg) != 0 {
		return nil, false, false
	}
	enterprise, pdu, ok := Element(pdu, TagOID)
	if !ok || len(enterprise) == 0 {
		return nil, false, false
	}
	agent, pdu, ok := Element(pdu, TagIPAddress)
	if !ok || len(agent) != 4 {
		return nil, false, false
	}
	for _, tag := range [...]byte{TagInteger, TagInteger, TagTimeTicks} { // generic, specific, time
		var n []byte
		if n, pdu, ok = Element(pdu, tag); !ok || len(n) == 0 || len(n) > 4 {
			return nil, false, false
		}
	}
	list, pdu, ok := Element(pdu, TagSequence)
	if !ok || len(pdu) != 0 {
		return nil, false, false
	}
	varbind, list, ok := Element(list, TagSequence)
	if !ok || len(list) != 0 {
		return nil, false, false
	}
	oid, varbind, ok := Element(varbind, TagOID)
	if !ok || len(oid) == 0 {
		return nil, false, false
	}
	text, varbind, ok = Element(varbind, TagString)
	if !ok || len(varbind) != 0 {
		return nil, false, false
	}
	return text, isLinksys(enterprise) || isLinksys(oid), true
}

func isLinksys(oid []byte) bool { return bytes.HasPrefix(oid, linksys) }

// frame is where the parts of an SNMP message lie.
type frame struct {
	msg     []byte // the message without what may follow it in the datagram
	version byte
	tag     byte // of the PDU
	pdu     int  // offset of the PDU's tag in msg
}

// check walks over every length field of a datagram down to the values of the
// varbinds and says why it is no trap or INFORM of SNMPv1 or v2c; 0: it is one.
//
// gosnmp v1.47.0 adds up lengths without looking for an overflow and ends the
// process on a varbind that claims 0x7fffffffffffffff bytes; past this check no
// length leads out of its element.
func check(b []byte) (frame, capture.Reason) {
	if len(b) == 0 || b[0] != TagSequence {
		return frame{}, capture.NotSNMP
	}
	body, rest, ok := Element(b, TagSequence)
	if !ok {
		return frame{}, capture.Malformed
	}
	f := frame{msg: b[:len(b)-len(rest)]}
	version, body, ok := Element(body, TagInteger)
	if !ok || len(version) == 0 || len(version) > 4 {
		return f, capture.NotSNMP
	}
	f.version = version[len(version)-1]
	for _, c := range version[:len(version)-1] {
		if c != 0 {
			return f, capture.WrongVersion
		}
	}
	if f.version != versionV1 && f.version != versionV2c {
		return f, capture.WrongVersion
	}
	if _, body, ok = Element(body, TagString); !ok { // community
		return f, capture.Malformed
	}
	f.pdu = len(f.msg) - len(body)
	tag, pdu, body, ok := tlv(body)
	if !ok || len(body) != 0 {
		return f, capture.Malformed
	}
	f.tag = tag
	switch {
	case f.version == versionV1 && tag == TagTrapV1:
		return f, checkPDU(pdu, TagOID, TagIPAddress, TagInteger, TagInteger, TagTimeTicks)
	case f.version == versionV2c && (tag == TagTrapV2 || tag == TagInform):
		return f, checkPDU(pdu, TagInteger, TagInteger, TagInteger) // request, error status, error index
	case 0xa0 <= tag && tag <= 0xa8:
		return f, capture.WrongPDU
	}
	return f, capture.Malformed
}

// checkPDU looks at the fields of a PDU, which come in the order of tags, and
// at the list of varbinds behind them.
func checkPDU(pdu []byte, tags ...byte) capture.Reason {
	for _, tag := range tags {
		content, rest, ok := Element(pdu, tag)
		if !ok || len(content) == 0 {
			return capture.Malformed
		}
		pdu = rest
	}
	list, pdu, ok := Element(pdu, TagSequence)
	if !ok || len(pdu) != 0 {
		return capture.Malformed
	}
	for n := 0; len(list) > 0; n++ {
		varbind, rest, ok := Element(list, TagSequence)
		if !ok || n == maxVarbinds {
			return capture.Malformed
		}
		list = rest
		oid, varbind, ok := Element(varbind, TagOID)
		if !ok || len(oid) == 0 {
			return capture.Malformed
		}
		if _, _, varbind, ok = tlv(varbind); !ok || len(varbind) != 0 {
			return capture.Malformed
		}
	}
	return 0
}

// AppendInformResponse appends the answer to an INFORM (RFC 3416, 4.2.7: a
// Response with the same request-id and varbinds) to dst. It is as long as the
// INFORM itself, so that nobody gains from having us answer to a forged source.
// ok is false, and dst unchanged, if the datagram is no INFORM.
func AppendInformResponse(dst, datagram []byte) (_ []byte, ok bool) {
	f, reason := check(datagram)
	if reason != 0 || f.tag != TagInform {
		return dst, false
	}
	at := len(dst) + f.pdu
	dst = append(dst, f.msg...)
	dst[at] = TagResponse
	return dst, true
}
