package attack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"linklog/capture"
	"linklog/capture/send"
)

// mutants makes broken messages of sound ones. The same seed makes the same ones.
type mutants struct {
	random   *rand.Rand
	messages *send.Messages
	evening  *send.Demo
	forms    []send.FormInfo
	routers  []send.Router
	next     func(dst []byte) []byte // appends a message
	sound    []byte
	text     []byte
}

// newMutants makes traps.
func newMutants(seed uint64) *mutants {
	m := &mutants{
		random: rand.New(rand.NewPCG(seed, 1)), messages: send.NewMessages(seed), evening: send.NewDemo(seed), forms: send.Forms(), routers: send.Routers(),
	}
	m.next = m.trap
	return m
}

// newLines makes lines of every router's system log.
func newLines(seed uint64) *mutants {
	m := newMutants(seed)
	m.next = m.line
	return m
}

// nasty are pieces that do harm where nobody looks at them.
var nasty = []string{
	"\x1b]0;pwned\x07", "\x1b[2J\x1b[H", "\u009b31m", "\x9b31m", "\r", "\n", "\r\nNov 23 02:48:23 [ in, TCP] 1.2.3.4:5 -> 6.7.8.9:http",
	"\x00", "\t", "\b\b\b", "\x7f", "\u202egnp.exe", "\u200b", "\u2028", "\ufeff", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	"%s%n%x", "%{seq}%%", "=cmd|' /C calc'!A0", "@SUM(1)", "\",\"", "\"}\n{\"kind\":\"gap\"", "$(reboot)", "`id`", "<script>", "<b>", "&amp;", "../../etc/passwd", "😀",
}

// boundary are lengths at which readers of BER go wrong.
var boundary = [][]byte{
	{0x00}, {0x01}, {0x7f}, {0x80}, {0xff}, {0x81, 0x00}, {0x81, 0x7f}, {0x81, 0x80}, {0x81, 0xff}, {0x82, 0xff, 0xff}, {0x83, 0xff, 0xff, 0xff},
	{0x84, 0x7f, 0xff, 0xff, 0xff}, {0x84, 0x80, 0, 0, 0}, {0x84, 0xff, 0xff, 0xff, 0xff}, {0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0},
	{0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1},
}

// trap appends a trap to dst: every fourth is sound, the others are damaged in some way.
func (m *mutants) trap(dst []byte) []byte {
	r := m.random
	m.text = m.insert(m.messages.Append(m.text[:0], m.forms[r.IntN(len(m.forms))].Form))
	e := send.Encoding{PDU: send.PDU(r.IntN(2)), Minimal: r.IntN(2) == 0, RequestID: r.Uint32()}
	if r.IntN(50) == 0 {
		e.PDU = send.Inform
	}
	m.sound = send.AppendTrap(m.sound[:0], &e, m.text)
	return m.damage(dst)
}

// line is trap for lines: of attempts, of leases and answers of DNS, and about nothing.
func (m *mutants) line(dst []byte) []byte {
	r := m.random
	router := &m.routers[r.IntN(len(m.routers))]
	switch r.IntN(8) {
	case 0:
		m.sound = m.evening.AppendLine(m.sound[:0], router, arrival)
	case 1:
		m.sound = sighting(m.sound[:0], r.IntN(1<<20))
	case 2:
		m.sound = append(m.sound[:0], chatter[r.IntN(len(chatter))]...)
	default:
		m.sound = router.Append(m.sound[:0], m.messages, arrival)
	}
	m.sound = m.insert(m.sound)
	return m.damage(dst)
}

// chatter is what systems say that is about no traffic, or does not seem so.
var chatter = []string{
	"<30>Nov 23 02:48:23 gw dropbear[123]: Password auth succeeded for 'root' from 192.168.1.10:50123", "<4>Nov 23 02:48:23 last message repeated 7 times",
	"<13>Nov 23 02:48:23 gw", "<191>", "<", "<0>1 - - - - - -", "<134>1 2026-11-23T02:48:23.123456+14:00 gw prog 1 ID [a b=\"c\\\"]\"] text", "system,info,account user admin logged in from 192.168.88.10 via winbox",
	"SRC=", "IN=OUT=SRC=DST=PROTO=SPT=DPT=", "<14>IP[Src= Dst= TCP spo= dpo=", "<134>filterlog[1]: ,,,,,,,,,,,,,,,,,,,,,,,", "<5>tcp 1.2.3.4 5.6.7.8", "<4>kernel: [", "0 is no SNMP",
}

// sighting appends what says who is who about a device that does not exist, in the form of
// one of the servers of DHCP and DNS.
func sighting(dst []byte, i int) []byte {
	const stamp, answer, routerOSAnswer = "<30>Nov 23 02:48:23 gw ", 7, 10
	form := i % 11
	if form == answer || form == routerOSAnswer { // to the question before
		i--
	}
	device, mac := netip.AddrFrom4([4]byte{192, 168, byte(2 + i>>8%250), byte(i)}), fmt.Sprintf("02:00:5f:%02x:%02x:%02x", i>>16&0xff, i>>8&0xff, i&0xff)
	name, host := fmt.Sprintf("device-%d", i), fmt.Sprintf("www%d.example.com", i)
	switch form {
	case 0:
		return fmt.Appendf(dst, "%sdnsmasq-dhcp[1]: DHCPACK(br-lan) %v %s %s", stamp, device, mac, name)
	case 1:
		return fmt.Appendf(dst, "%sdnsmasq-dhcp[1]: SLAAC-CONFIRM(br-lan) 2001:db8:%x::%x:%x %s", stamp, i&0xff, i>>16, i&0xffff, name)
	case 2:
		return fmt.Appendf(dst, "%sdhcpd[1]: DHCPACK on %v to %s (%s) via igb1", stamp, device, mac, name)
	case 3:
		return fmt.Appendf(dst, "%skea-dhcp4[1]: INFO [kea-dhcp4.leases.0x1] DHCP4_LEASE_ALLOC [hwtype=1 %s], cid=[01:%s], tid=0x1: lease %v has been allocated for 3600 seconds", stamp, mac, mac, device)
	case 4:
		return fmt.Appendf(dst, "%sodhcpd[1]: Sent DHCPV4_MSG_ACK to %s - %v", stamp, mac, device)
	case 5:
		return fmt.Appendf(dst, "dhcp,info defconf assigned %v for %s %s", device, mac, name)
	case 6:
		return fmt.Appendf(dst, "%sdnsmasq[1]: query[A] %s from %v", stamp, host, device)
	case answer:
		return fmt.Appendf(dst, "%sdnsmasq[1]: reply %s is %v", stamp, host, remote(i))
	case 8:
		return fmt.Appendf(dst, "%sunbound[1]: [3310:0] info: %v %s. A IN NOERROR 0.012 0 60", stamp, device, host)
	case 9:
		return fmt.Appendf(dst, "dns query from %v: #%d %s. A", device, i, host)
	}
	return fmt.Appendf(dst, "dns done query: #%d %s %v", i, host, remote(i))
}

// insert puts something nasty into every fourth text.
func (m *mutants) insert(text []byte) []byte {
	if m.random.IntN(4) > 0 {
		return text
	}
	at := m.random.IntN(len(text) + 1)
	return append(text[:at:at], nasty[m.random.IntN(len(nasty))]+string(text[at:])...)
}

// damage appends the sound message to dst, in three of four cases damaged.
func (m *mutants) damage(dst []byte) []byte {
	r := m.random
	b := append(dst, m.sound...)
	switch r.IntN(12) {
	case 0, 1, 2:
	case 3: // cut
		b = b[:len(dst)+r.IntN(len(m.sound)+1)]
	case 4, 5: // one to four bytes changed
		for range 1 + r.IntN(4) {
			b[len(dst)+r.IntN(len(m.sound))] = byte(r.UintN(256))
		}
	case 6: // one bit
		b[len(dst)+r.IntN(len(m.sound))] ^= 1 << r.IntN(8)
	case 7: // a piece twice
		i := r.IntN(len(m.sound))
		j := i + r.IntN(len(m.sound)-i)
		b = append(append(append(b[:len(dst)], m.sound[:j]...), m.sound[i:j]...), m.sound[j:]...)
	case 8: // a piece missing
		i := r.IntN(len(m.sound))
		j := i + r.IntN(len(m.sound)-i)
		b = append(append(b[:len(dst)], m.sound[:i]...), m.sound[j:]...)
	case 9, 10: // a length that lies, or what may be one
		i := r.IntN(len(m.sound))
		b = append(append(append(b[:len(dst)], m.sound[:i]...), boundary[r.IntN(len(boundary))]...), m.sound[i+1:]...)
	case 11: // rubbish, rarely as much as there can be
		n := r.IntN(300)
		if r.IntN(200) == 0 {
			n = 60_000
		}
		b = b[:len(dst)]
		for range n {
			b = append(b, byte(r.Uint32()))
		}
	}
	return b
}

// TestMutants lets many of them through all that is done to an event.
func TestMutants(t *testing.T) {
	t.Parallel()
	n := 50_000
	if testing.Short() {
		n = 20_000
	}
	for _, test := range []struct {
		name  string
		make  func(seed uint64) *mutants
		kinds []capture.Kind
	}{
		{"traps", newMutants, []capture.Kind{capture.Traffic, capture.System, capture.WAN, capture.Other, capture.Rejected}},
		{"lines", newLines, []capture.Kind{capture.Traffic, capture.System, capture.Other, capture.Rejected}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, m := newReader(t), test.make(1)
			var data []byte
			for range n {
				data = m.next(data[:0])
				if err := r.take(data); err != nil {
					t.Fatal(err)
				}
			}
			_, counts := total(t, []*reader{r})
			t.Logf("%+v", counts)
			for _, kind := range test.kinds {
				if counts.Kinds[kind] < uint64(n)/500 {
					t.Errorf("only %d of %v: the mutants are too tame, or too wild", counts.Kinds[kind], kind)
				}
			}
			first := test.make(1).next(nil)
			if !bytes.Equal(first, test.make(1).next(nil)) || bytes.Equal(first, test.make(2).next(nil)) {
				t.Error("a seed must make the same mutants, another others")
			}
		})
	}
}

// remote is the address of a host somewhere in the world.
func remote(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(20 + i>>24), byte(i >> 16), byte(i >> 8), byte(i)})
}
