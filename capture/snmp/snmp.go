// Package snmp takes the texts out of traps (RFC 1157, RFC 3416). Every length is
// looked at before gosnmp, or anybody, believes it.
package snmp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"linklog/capture"

	"github.com/gosnmp/gosnmp"
)

// Reader reads traps. It must be used by one goroutine at a time; the zero value is
// ready.
type Reader struct{ gosnmp gosnmp.GoSNMP }

// Trap is what a trap or an INFORM of SNMPv1 or v2c holds for us.
type Trap struct {
	Texts       [][]byte // its strings, as parts of the datagram
	FromLinksys bool     // one of its OIDs is of Linksys
	Inform      bool     // the sender waits for an answer: see AppendInformResponse
}

// Read reads any trap or INFORM; a reason other than 0 says why the datagram is none.
func (r *Reader) Read(datagram []byte) (Trap, capture.Reason) {
	f, reason := check(datagram)
	if reason != 0 {
		return Trap{}, reason
	}
	texts, fromLinksys, err := decodeTrap(&r.gosnmp, f.msg)
	switch {
	case errors.Is(err, errDecoderFailed):
		return Trap{}, capture.DecoderFailed
	case err != nil:
		return Trap{}, capture.Malformed
	}
	return Trap{texts, fromLinksys, f.tag == TagInform}, 0
}

// decodeTrap reads any trap or INFORM with gosnmp. The datagram must have
// passed check. Strings are parts of msg, not copies. gosnmp has been seen to
// panic on crafted input; should it find another way, that is an error here and
// not the end of the process.
func decodeTrap(g *gosnmp.GoSNMP, msg []byte) (texts [][]byte, fromLinksys bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			texts, fromLinksys, err = nil, false, fmt.Errorf("%w: %v", errDecoderFailed, p)
		}
	}()
	packet, err := g.UnmarshalTrap(msg, false)
	if err != nil {
		return nil, false, err
	}
	fromLinksys = isLinksysName(packet.Enterprise)
	for _, v := range packet.Variables {
		if isLinksysName(v.Name) {
			fromLinksys = true
		}
		switch value := v.Value.(type) {
		case []byte:
			if v.Type == gosnmp.OctetString {
				texts = append(texts, bytes.TrimRight(value, "\x00"))
			}
		case string: // an OID; the one in snmpTrapOID.0 names the enterprise
			if v.Type == gosnmp.ObjectIdentifier && isLinksysName(value) {
				fromLinksys = true
			}
		}
	}
	return texts, fromLinksys, nil
}

var errDecoderFailed = errors.New("decoder failed")

func isLinksysName(oid string) bool {
	const name = "1.3.6.1.4.1.3955"
	oid = strings.TrimPrefix(oid, ".")
	return strings.HasPrefix(oid, name) && (len(oid) == len(name) || oid[len(name)] == '.')
}
