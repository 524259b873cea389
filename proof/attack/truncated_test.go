package attack

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/snmp"
)

// reader is the way of a datagram from the socket to the screen.
type reader struct {
	decoder *decode.Decoder
	filters *filters
	writers *writers
	counts  capture.Counts
	n       uint64
	answer  []byte
}

func newReader(t testing.TB) *reader {
	t.Helper()
	return &reader{decoder: new(decode.Decoder), filters: newFilters(t), writers: newWriters(t)}
}

// take decodes a datagram, filters it and writes it.
func (r *reader) take(data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v, of %x", p, data)
		}
	}()
	r.n++
	dg := capture.Datagram{Data: data, From: netip.MustParseAddrPort("192.168.1.1:2048"), Time: arrival.Add(time.Duration(r.n))}
	var ev capture.Event
	awaited := r.decoder.Decode(&dg, &ev)
	ev.Seq = r.n
	r.counts.Add(&ev)
	if ev.Reason == capture.DecoderFailed {
		return fmt.Errorf("the decoder failed behind the check: %x", data)
	}
	var answers bool
	if r.answer, answers = snmp.AppendInformResponse(r.answer[:0], data); answers != awaited && ev.Kind != capture.Rejected {
		return fmt.Errorf("answer awaited %v, given %v: %x", awaited, answers, data)
	}
	if len(r.answer) > len(data)+16 {
		return fmt.Errorf("an answer of %d bytes to %d: %x", len(r.answer), len(data), data)
	}
	if err := r.filters.check(&ev); err != nil {
		return fmt.Errorf("%w: %x", err, data)
	}
	if err := r.writers.check(&ev); err != nil {
		return fmt.Errorf("%w: %x", err, data)
	}
	if r.n%16 > 0 {
		return nil
	}
	if err := r.writers.checkCSV(&ev); err != nil {
		return fmt.Errorf("%w: %x", err, data)
	}
	return nil
}

// total adds up what several readers counted, and checks that nothing is missing.
func total(t testing.TB, readers []*reader) (n uint64, counts capture.Counts) {
	t.Helper()
	for _, r := range readers {
		n += r.n
		counts.Merge(&r.counts)
	}
	if counts.Received() != n || counts.Events()+counts.Kinds[capture.Other]+counts.Kinds[capture.Rejected] != n {
		t.Errorf("%d datagrams, counted %+v", n, counts)
	}
	reasons := uint64(0)
	for _, c := range counts.Reasons[1:] {
		reasons += c
	}
	if reasons != counts.Kinds[capture.Other]+counts.Kinds[capture.Rejected] {
		t.Errorf("%d with a reason: %+v", reasons, counts)
	}
	return n, counts
}

var arrival = time.Date(2026, 11, 23, 2, 48, 23, 5e6, time.UTC)

// TestTruncatedLinksys cuts what real routers send at every length, and puts
// something behind it.
func TestTruncatedLinksys(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "capture", "decode", "testdata", "*.bin"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no datagrams in capture/decode/testdata: %v", err)
	}
	r := newReader(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{data, append(data[:len(data):len(data)], data...)} {
			for n := range len(data) + 1 {
				if err := r.take(data[:n]); err != nil {
					t.Errorf("%s, %d bytes: %v", filepath.Base(file), n, err)
				}
			}
		}
	}
	n, counts := total(t, []*reader{r})
	if counts.Events() < uint64(len(files)) || counts.Kinds[capture.Rejected] < n/4 {
		t.Errorf("%d datagrams: %+v", n, counts)
	}
	t.Logf("%d datagrams: %d events, %d other, %d rejected", n, counts.Events(), counts.Kinds[capture.Other], counts.Kinds[capture.Rejected])
}

// TestTruncatedCaptures cuts every datagram of recorded captures at every length.
func TestTruncatedCaptures(t *testing.T) {
	dir := os.Getenv("LINKLOG_CORPUS")
	if dir == "" {
		t.Skip("LINKLOG_CORPUS names no folder with captures")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("LINKLOG_CORPUS: no *.pcap in %s: %v", dir, err)
	}
	whole, datagrams := 0, make(chan []byte, 64)
	readers := make([]*reader, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range readers {
		readers[i] = newReader(t)
		group.Go(func() {
			for data := range datagrams {
				for n := range len(data) + 1 {
					if err := readers[i].take(data[:n:n]); err != nil {
						t.Errorf("%d bytes of %d: %v", n, len(data), err)
					}
				}
			}
		})
	}
	for _, file := range files {
		for _, data := range udpPayloads(t, file) {
			if whole++; testing.Short() && whole%50 > 0 {
				continue
			}
			datagrams <- data
		}
	}
	close(datagrams)
	group.Wait()
	n, counts := total(t, readers)
	t.Logf("%d datagrams cut to %d: %d events, %d other, %d rejected", whole, n, counts.Events(), counts.Kinds[capture.Other], counts.Kinds[capture.Rejected])
	for reason, count := range counts.Reasons {
		t.Logf("%9d %v", count, capture.Reason(reason))
	}
}

// udpPayloads reads the UDP payloads of a pcap file with Ethernet frames and IPv4.
func udpPayloads(t testing.TB, file string) (payloads [][]byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	const magic = 0xa1b2c3d4
	if len(data) < 24 {
		t.Fatalf("%s: no pcap file", file)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if binary.BigEndian.Uint32(data) == magic {
		order = binary.BigEndian
	} else if order.Uint32(data) != magic {
		t.Fatalf("%s: no pcap file", file)
	}
	for data = data[24:]; len(data) >= 16; {
		frame := data[16:min(16+int(order.Uint32(data[8:])), len(data))]
		data = data[16+len(frame):]
		if len(frame) < 34 || binary.BigEndian.Uint16(frame[12:]) != 0x0800 || frame[23] != 17 {
			continue
		}
		if head := 14 + int(frame[14]&15)*4 + 8; len(frame) > head {
			payloads = append(payloads, frame[head:])
		}
	}
	return payloads
}
