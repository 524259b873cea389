package attack

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"linklog/capture"
	"linklog/capture/send"
)

// mutants makes broken traps of sound ones. The same seed makes the same ones.
type mutants struct {
	random   *rand.Rand
	messages *send.Messages
	forms    []send.FormInfo
	sound    []byte
	text     []byte
}

func newMutants(seed uint64) *mutants {
	return &mutants{random: rand.New(rand.NewPCG(seed, 1)), messages: send.NewMessages(seed), forms: send.Forms()}
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

// next appends a datagram to dst: every fourth is sound, the others are damaged in
// some way.
func (m *mutants) next(dst []byte) []byte {
	r := m.random
	m.text = m.messages.Append(m.text[:0], m.forms[r.IntN(len(m.forms))].Form)
	if r.IntN(4) == 0 {
		at := r.IntN(len(m.text) + 1)
		m.text = append(m.text[:at:at], nasty[r.IntN(len(nasty))]+string(m.text[at:])...)
	}
	e := send.Encoding{PDU: send.PDU(r.IntN(2)), Minimal: r.IntN(2) == 0, RequestID: r.Uint32()}
	if r.IntN(50) == 0 {
		e.PDU = send.Inform
	}
	m.sound = send.AppendTrap(m.sound[:0], &e, m.text)
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
		i := 1 + r.IntN(len(m.sound)-1)
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
	r, m := newReader(t), newMutants(1)
	var data []byte
	for range n {
		data = m.next(data[:0])
		if err := r.take(data); err != nil {
			t.Fatal(err)
		}
	}
	_, counts := total(t, []*reader{r})
	t.Logf("%+v", counts)
	for _, kind := range []capture.Kind{capture.Traffic, capture.System, capture.WAN, capture.Other, capture.Rejected} {
		if counts.Kinds[kind] < uint64(n)/500 {
			t.Errorf("only %d of %v: the mutants are too tame, or too wild", counts.Kinds[kind], kind)
		}
	}
	again, other := newMutants(1), newMutants(2)
	first := again.next(nil)
	if m := newMutants(1); !bytes.Equal(first, m.next(nil)) || bytes.Equal(first, other.next(nil)) {
		t.Error("a seed must make the same mutants, another others")
	}
}
