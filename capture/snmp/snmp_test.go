package snmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gosnmp/gosnmp"

	"linklog/capture"
	"linklog/capture/capturetest"
)

const usual = "@in TCP from 203.0.113.9:51234 to 192.168.1.10:80"

func TestCraftedVarbindLength(t *testing.T) {
	data := capturetest.Crafted()
	var r Reader
	if _, reason := r.Read(data); reason != capture.Malformed {
		t.Errorf("got %q", reason)
	}
	// Behind the check stands the guard: gosnmp, left alone with it, panics.
	if _, _, err := decodeTrap(&gosnmp.GoSNMP{}, data); !errors.Is(err, errDecoderFailed) {
		t.Errorf("gosnmp no longer panics on this datagram (%v): find another to test the guard with", err)
	}
}

// lengthFields returns the offset of every length field of a sound message.
func lengthFields(b []byte, base int) (offsets []int) {
	for len(b) > 0 {
		tag, content, rest, ok := tlv(b)
		if !ok {
			return offsets
		}
		offsets = append(offsets, base+1)
		if tag&0x20 != 0 { // constructed
			offsets = append(offsets, lengthFields(content, base+len(b)-len(rest)-len(content))...)
		}
		base += len(b) - len(rest)
		b = rest
	}
	return offsets
}

// boundaries are the lengths at which decoders break, for an capturetest.Element of n bytes,
// each encoded in every number of bytes that holds it.
func boundaries(n int) (fields [][]byte) {
	values := []uint64{0, 1, uint64(n), uint64(n) + 1, uint64(max(n, 1) - 1), 0x7e, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
		1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for k := uint64(1); k < 130; k++ {
		values = append(values, 1<<31-1-k, 1<<63-1-k, 1<<64-1-k)
	}
	for _, v := range values {
		if v < 0x80 {
			fields = append(fields, []byte{byte(v)})
		}
		for size := 1; size <= 8; size++ {
			if size < 8 && v>>(8*size) != 0 {
				continue
			}
			full := binary.BigEndian.AppendUint64(nil, v)
			fields = append(fields, append([]byte{0x80 | byte(size)}, full[8-size:]...))
		}
	}
	return append(fields, []byte{0x80}, []byte{0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{0xff})
}

// TestBoundaryLengths puts every such length into every length field of every
// kind of message and cuts each message at every place.
func TestBoundaryLengths(t *testing.T) {
	var r Reader
	n := 0
	var reasons [capture.Reasons]int
	try := func(data []byte) {
		_, reason := r.Read(data)
		if reason == capture.DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
		agree(t, &r, data)
		_, _, _ = decodeTrap(&r.gosnmp, data) // past the check: the guard must hold alone
		reasons[reason]++
		n++
	}
	for _, data := range [][]byte{
		capturetest.TrapV1(capturetest.TextBind(usual)), capturetest.TrapV1(capturetest.TextBind("a"), capturetest.TextBind(usual), capturetest.Varbind(capturetest.LinksysOID, capturetest.TagOID, capturetest.LinksysOID)),
		capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)), capturetest.MessageV2(capturetest.TagInform, capturetest.Varbind(capturetest.LinksysOID, capturetest.TagInteger, []byte{1})),
	} {
		for _, at := range lengthFields(data, 0) {
			_, content, _, _ := tlv(data[at-1:])
			for _, field := range boundaries(len(content)) {
				mutated := append(append(append([]byte{}, data[:at]...), field...), data[at+1:]...)
				try(mutated)
				// The same with the lengths around it mended, so that the walk gets there.
				if outer := len(mutated) - 2; outer < 0x80 && at > 1 {
					mutated[1] = byte(outer)
					try(mutated)
				}
			}
		}
		for i := range data {
			try(data[:i])
		}
	}
	if n < 20_000 || reasons[0] == 0 || reasons[capture.Malformed] == 0 {
		t.Errorf("%d datagrams, by reason %v", n, reasons)
	}
}

func TestInformResponse(t *testing.T) {
	inform := capturetest.MessageV2(capturetest.TagInform, capturetest.TextBind(usual))
	prefix := []byte("kept")
	got, ok := AppendInformResponse(prefix, append(inform[:len(inform):len(inform)], 9, 9))
	if !ok || !bytes.HasPrefix(got, prefix) || len(got) != len(prefix)+len(inform) {
		t.Fatalf("ok %v, %d bytes for an INFORM of %d", ok, len(got), len(inform))
	}
	got = got[len(prefix):]
	packet, err := (&gosnmp.GoSNMP{}).SnmpDecodePacket(got)
	if err != nil {
		t.Fatal(err)
	}
	if packet.PDUType != gosnmp.GetResponse || packet.RequestID != 0x01020304 || packet.Error != 0 || len(packet.Variables) != 1 {
		t.Errorf("answered %+v", packet)
	}
	for _, data := range [][]byte{capturetest.TrapV1(capturetest.TextBind(usual)), capturetest.MessageV2(capturetest.TagTrapV2, capturetest.TextBind(usual)), nil, inform[:20]} {
		if got, ok := AppendInformResponse(prefix, data); ok || !bytes.Equal(got, prefix) {
			t.Errorf("answered %x with %x", data, got)
		}
	}
}

// agree holds the fast path and gosnmp against each other: where both read a
// datagram, they must read the same.
func agree(t *testing.T, r *Reader, data []byte) {
	t.Helper()
	text, fromLinksys, ok := Usual(data)
	if !ok {
		return
	}
	f, reason := check(data)
	if reason != 0 {
		t.Errorf("the fast path took what the check calls %q: %x", reason, data)
		return
	}
	texts, linksysToo, err := decodeTrap(&r.gosnmp, f.msg)
	if err != nil {
		return // gosnmp may be stricter
	}
	if len(texts) != 1 || !bytes.Equal(bytes.TrimRight(text, "\x00"), texts[0]) || fromLinksys != linksysToo {
		t.Errorf("fast path: %q, Linksys %v; gosnmp: %q, Linksys %v; of %x", text, fromLinksys, texts, linksysToo, data)
	}
}

func TestCaptures(t *testing.T) {
	capturetest.EachCapture(t, func(t *testing.T, datagrams [][]byte) {
		var r Reader
		for _, data := range datagrams {
			for _, data := range [][]byte{data, data[:len(data)/2], append(data[:len(data):len(data)], 0)} {
				agree(t, &r, data)
				if _, reason := r.Read(data); reason == capture.DecoderFailed {
					t.Errorf("gosnmp panicked behind the check: %x", data)
				}
			}
		}
	})
}

func FuzzTrap(f *testing.F) {
	files, _ := filepath.Glob("../decode/testdata/*.bin")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(capturetest.Crafted())
	f.Add(capturetest.TrapV1(capturetest.TextBind("a"), capturetest.TextBind(usual)))
	f.Add(capturetest.MessageV2(capturetest.TagInform, capturetest.TextBind(usual)))
	var r Reader
	f.Fuzz(func(t *testing.T, data []byte) {
		agree(t, &r, data)
		trap, reason := r.Read(data)
		if reason == capture.DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
		if _, ok := AppendInformResponse(nil, data); ok != trap.Inform && reason == 0 {
			t.Errorf("awaited %v, response %v: %x", trap.Inform, ok, data)
		}
		_, _, _ = decodeTrap(&r.gosnmp, data) // past the check: the guard must hold alone
	})
}

// TestMutations agrees over random damage, which fuzzing for coverage rarely
// makes: one to three bytes of a sound trap changed.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var r Reader
	sound := capturetest.TrapV1(capturetest.TextBind(usual))
	for range 200_000 {
		data := append([]byte{}, sound...)
		for range 1 + random.IntN(3) {
			data[random.IntN(len(data))] = byte(random.UintN(256))
		}
		agree(t, &r, data)
		if _, reason := r.Read(data); reason == capture.DecoderFailed {
			t.Errorf("gosnmp panicked behind the check: %x", data)
		}
	}
}
