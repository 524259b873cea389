package attack

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
)

// maxCost is what the longest datagram may take to be read, in usual traps: it has
// the bytes of 500 of them.
const maxCost = 3000

// TestSlowDatagrams has the longest datagrams there are, made such that a careless
// reader goes over the same bytes again and again: a handful a second of those
// must not keep the service busy.
func TestSlowDatagrams(t *testing.T) {
	usual := send.AppendTrap(nil, &send.Encoding{}, "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80")
	unit := cost(usual)
	const room = 65_300
	fill := func(s string) string { return strings.Repeat(s, room/len(s)) }
	for name, text := range map[string]string{
		"@":           fill("@"),
		"@ in":        fill("@in "),
		"@in@in":      fill("@in"),
		"@in TCP":     fill("@in TCP from "),
		"@in a 1":     fill("@in a 1 "),
		"@in a 1 b 2": fill("@in a 1 b 2 c "),
		"names":       fill("@in TCP from a("),
		"long name":   "@in TCP from " + fill("a.") + "(1.2.3.4):5 to 192.168.1.2:6",
		"addresses":   fill("@in TCP from 1:2:3:4:5:6:7:8:9 to "),
		"blanks":      "@in" + fill(" "),
		"NULs":        "@in TCP" + fill("\x00"),
		"control":     fill("\x1b[2J"),
		"bidi":        fill("\u202e"),
		"colons":      "@in TCP from " + fill(":"),
		"brackets":    "@in TCP from " + fill("[("),
		"WAN IP":      fill("WAN IP = "),
		"IP=":         fill("IP="),
		"@out @":      "@out " + fill("@out @"),
		"@inx":        fill("@inx\x01"),
		"blanks, @in": strings.Repeat(" ", room/2) + strings.Repeat("@in ", room/8),
	} {
		for form, e := range map[string]*send.Encoding{"v1": {}, "v2": {PDU: send.TrapV2}} {
			data := send.AppendTrap(nil, e, text)
			if took := cost(data); took > maxCost*unit {
				t.Errorf("%s, %s: %v for %d bytes, a usual trap takes %v", name, form, took, len(data), unit)
			}
		}
	}
	// Many small varbinds, each with a text.
	bind := []byte("\x30\x0c\x06\x07\x2b\x06\x01\x04\x01\x9e\x73\x04\x01@")
	list := bytes.Repeat(bind, room/len(bind))
	if took := cost(trapOf(list)); took > maxCost*unit {
		t.Errorf("varbinds: %v, a usual trap takes %v", took, unit)
	}
	t.Logf("a usual trap takes %v", unit)
}

// cost is how long it takes to read a datagram: the shortest of some times.
func cost(data []byte) time.Duration {
	d := new(decode.Decoder)
	var ev capture.Event
	least := time.Hour
	dg := capture.Datagram{Data: data, Time: arrival}
	repeat := max(1, 20_000/len(data))
	for range 5 {
		begin := time.Now()
		for range repeat {
			d.Decode(&dg, &ev)
		}
		least = min(least, time.Since(begin)/time.Duration(repeat))
	}
	return least
}

// trapOf is a v1 trap with a list of varbinds.
func trapOf(varbinds []byte) []byte {
	element := func(tag byte, content []byte) []byte {
		return append([]byte{tag, 0x83, byte(len(content) >> 16), byte(len(content) >> 8), byte(len(content))}, content...)
	}
	head := []byte("\x06\x08\x2b\x06\x01\x04\x01\x9e\x73\x01\x40\x04\xc0\xa8\x01\x01\x02\x01\x06\x02\x01\x01\x43\x01\x05")
	pdu := element(0xa4, append(head, element(0x30, varbinds)...))
	return element(0x30, append([]byte("\x02\x01\x00\x04\x06public"), pdu...))
}
