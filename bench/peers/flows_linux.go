package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"

	"linklog/capture"
	"linklog/capture/flow"
	"linklog/capture/receive"
	"linklog/capture/send"
	"linklog/service/flows"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/spool"
)

// flowsEach is how many flows a datagram has: both ways of one connection, which is one event.
const flowsEach = 2

// reports are datagrams of flows in all three versions, in turn. No connection comes twice: it
// would be no event.
func reports(seed uint64) send.Source {
	var exporters []*send.Exporter
	for _, info := range send.Exporters() {
		if e, ok := send.NewExporter(info.Name, seed); ok {
			exporters = append(exporters, e)
		}
	}
	port := uint16(1024 + seed%8*8000)
	return func(i int, dst []byte) []byte {
		c := send.Connection{
			Src: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + i%40)}), port+uint16(i/40%8000)),
			Dst: netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + i/40/8000 + i%7*30)}), 443),
		}
		return exporters[i%len(exporters)].AppendConnections(dst, []send.Connection{c}, time.Now())
	}
}

// receiveAttempts is what the service does until what it made of flows is in the spool: datagrams
// are put there, read, decoded, and the attempts put there, too. It counts those.
func receiveAttempts(ctx context.Context, port uint16, dir string) (n int, err error) {
	s, _, err := spool.Open(dir, spool.Options{})
	if err != nil {
		return 0, err
	}
	l, err := receive.Listen(ctx, receive.Options{Port: port})
	if err != nil {
		return 0, errors.Join(err, s.Close())
	}
	quiet := slog.New(slog.DiscardHandler)
	h := health.NewHealth(quiet)
	gaps := gap.NewLog(time.Now, h, quiet)
	gaps.Begin(s)
	maker, err := flows.Open(flows.Options{
		Spool: s, File: filepath.Join(dir, "known"), Home: netip.MustParsePrefix("192.168.0.0/16").Contains, Router: func(netip.Addr) bool { return false },
		Now: time.Now, Gaps: gaps, Health: h, Log: quiet,
	}, 0)
	if err != nil {
		return 0, errors.Join(err, l.Close(), s.Close())
	}
	var working sync.WaitGroup
	var failed, unsynced, unread error
	working.Go(func() {
		s.SyncEvery(ctx, 100*time.Millisecond, func(err error) { unsynced = errors.Join(unsynced, err) })
	})
	working.Go(func() { n, unread = makeAttempts(ctx, s, maker) })
	err = l.Receive(ctx, func(batch []capture.Datagram) {
		if _, err := s.AppendDatagrams(batch); err != nil {
			failed = errors.Join(failed, err)
		}
	})
	working.Wait()
	return n, errors.Join(err, failed, unsynced, unread, l.Close(), s.Close())
}

// makeAttempts reads the spool as the service does, and counts the attempts that come back.
func makeAttempts(ctx context.Context, s *spool.Spool, m *flows.Maker) (n int, err error) {
	r, err := s.Reader(s.First())
	if err != nil {
		return 0, err
	}
	defer r.Close()
	records := make([]spool.Record, 256)
	end := false
	for {
		within, cancel := context.WithTimeout(ctx, time.Second)
		got, err := r.Next(within, records)
		cancel()
		for i := range records[:got] {
			switch x := &records[i]; x.Kind {
			case flows.Kind:
				n++
			case spool.Datagram:
				m.Take(x)
			}
		}
		now := time.Now()
		if got > 0 {
			now = records[got-1].Time
		}
		switch {
		case err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled):
			return n, err
		case got == 0 && end:
			return n, nil
		case got == 0 && ctx.Err() != nil: // what still waits
			if _, _, err := m.Finish(); err != nil {
				return n, err
			}
			end = true
		}
		m.Due(now, r.Seq())
		m.Write()
	}
}

// receiveGoflow2 decodes with goflow2, and counts datagrams by the flows they had. It is never
// fed what hangs it; if it hangs all the same, the benchmark kills this process.
func receiveGoflow2(ctx context.Context, port uint16) (int, error) {
	l, err := receive.Listen(ctx, receive.Options{Port: port})
	if err != nil {
		return 0, err
	}
	n, templates := 0, netflow.CreateTemplateSystem()
	var wrong error
	err = l.Receive(ctx, func(batch []capture.Datagram) {
		for i := range batch {
			flows, err := decodeGoflow2(batch[i].Data, templates)
			wrong = errors.Join(wrong, err)
			n += flows
		}
	})
	return n / flowsEach, errors.Join(err, wrong, l.Close())
}

func decodeGoflow2(data []byte, templates netflow.NetFlowTemplateSystem) (n int, err error) {
	if !flow.Is(data) {
		return 0, errors.New("no flows")
	}
	if binary.BigEndian.Uint16(data) == 5 {
		var five netflowlegacy.PacketNetFlowV5
		err = netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(data), &five)
		return len(five.Records), err
	}
	var nine netflow.NFv9Packet
	var ten netflow.IPFIXPacket
	err = netflow.DecodeMessageVersion(bytes.NewBuffer(data), templates, &nine, &ten)
	for _, set := range append(nine.FlowSets, ten.FlowSets...) {
		if set, ok := set.(netflow.DataFlowSet); ok {
			n += len(set.Records)
		}
	}
	return n, err
}

func nfcapd(o *options, port int, dir string) *exec.Cmd {
	files := filepath.Join(dir, "flows")
	cmd := exec.Command("nfcapd", "-b", "127.0.0.1", "-p", strconv.Itoa(port), "-B", strconv.Itoa(o.buffer), "-t", "3600", "-w", files)
	if err := os.Mkdir(files, 0o700); err != nil {
		cmd.Err = err
	}
	return cmd
}

// countStoredFlows asks nfdump what nfcapd wrote.
func countStoredFlows(r *running) (int, error) {
	out, err := exec.Command("nfdump", "-R", filepath.Join(r.dir, "flows"), "-q", "-o", "fmt:%pr").Output()
	if err != nil {
		return 0, fmt.Errorf("nfdump: %w", err)
	}
	return bytes.Count(out, []byte("\n")) / flowsEach, nil
}
