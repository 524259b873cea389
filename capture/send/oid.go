package send

import (
	"fmt"
	"strconv"
	"strings"
)

// OID is an object identifier as it is encoded (X.690, 8.19).
type OID string

const (
	// LinksysText is 1.3.6.1.4.1.3955.1.1.0: what routers call the text they send,
	// and most of them also themselves.
	LinksysText OID = linksys + "\x01\x01\x00"

	// Linksys is 1.3.6.1.4.1.3955.1.1, what other routers call themselves.
	Linksys OID = linksys + "\x01\x01"

	linksys = "\x2b\x06\x01\x04\x01\x9e\x73" // 1.3.6.1.4.1.3955
)

const (
	sysUpTime   OID = "\x2b\x06\x01\x02\x01\x01\x03\x00"         // 1.3.6.1.2.1.1.3.0
	snmpTrapOID OID = "\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00" // 1.3.6.1.6.3.1.1.4.1.0
)

// ParseOID reads numbers with dots between them, such as "1.3.6.1.4.1.3955"; a dot
// in front is allowed.
func ParseOID(s string) (OID, error) {
	parts := strings.Split(strings.TrimPrefix(s, "."), ".")
	numbers := make([]uint64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return "", fmt.Errorf("%q is not a valid OID: numbers below 2^32 with dots between them", s)
		}
		numbers[i] = n
	}
	if len(numbers) < 2 || numbers[0] > 2 || numbers[0] < 2 && numbers[1] > 39 {
		return "", fmt.Errorf("%q is not a valid OID: it must begin with 0, 1 or 2", s)
	}
	b := appendBase128(nil, numbers[0]*40+numbers[1])
	for _, n := range numbers[2:] {
		b = appendBase128(b, n)
	}
	return OID(b), nil
}

func appendBase128(b []byte, n uint64) []byte {
	shift := 0
	for n>>shift >= 0x80 {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, byte(n>>shift)|0x80)
	}
	return append(b, byte(n&0x7f))
}
