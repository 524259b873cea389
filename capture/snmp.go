package capture

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/gosnmp/gosnmp"
)

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
