package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/history"
)

// makeHistory makes a history of n attempts, spread over the last 300 days, of 20
// devices and 60,000 hosts.
func makeHistory(b *testing.B, dir string, n int) {
	h, err := history.Open(dir, history.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	ports := []uint16{443, 443, 443, 443, 80, 53, 53, 123, 5223, 8080, 22, 3389}
	begin, span := time.Now().AddDate(0, 0, -300), 300*24*time.Hour
	events := make([]capture.Event, 1000)
	for done := 0; done < n; done += len(events) {
		for i := range events {
			seq := uint64(done + i + 1)
			host := r.IntN(60_000)
			remote := capture.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(17 + host>>14*30), byte(host >> 8), byte(host), byte(host * 7)}), Port: ports[r.IntN(len(ports))]}
			local := capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + r.IntN(20))}), Port: uint16(49152 + r.IntN(16384))}
			if host%7 == 0 {
				remote.Name = "edge" + strconv.Itoa(host) + ".example.com"
			}
			e := capture.Event{Seq: seq, Time: begin.Add(span / time.Duration(n) * time.Duration(seq)), Kind: capture.Traffic, Router: netip.AddrFrom4([4]byte{192, 168, 1, 1}), Dir: capture.Out, Proto: capture.TCP, Src: local, Dst: remote}
			if host%5 == 0 {
				e.Dir, e.Src, e.Dst = capture.In, remote, local
				e.Dst.Port, e.Src.Port = e.Src.Port, e.Dst.Port
			}
			events[i] = e
		}
		if err := h.Append(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLarge starts the service on a long history (LINKLOG_HISTORY_ROWS), and
// asks it through the socket. The goals: it answers within a second of its start at
// ten million rows; the newest 500 rows under any filter come within a second at five
// million, and its memory stays below 64 MiB.
func BenchmarkLarge(b *testing.B) {
	rows, err := strconv.Atoi(os.Getenv("LINKLOG_HISTORY_ROWS"))
	if err != nil {
		rows = 200_000
	}
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		b.Fatal(err)
	}
	if _, err := program(); err != nil { // not built while it is timed
		b.Fatal(err)
	}
	makeHistory(b, filepath.Join(dir, "data", "history"), rows)
	for b.Loop() {
		began := time.Now()
		s := runService(b, dir, "")
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-start")
		_, atStart, _ := procOf(b, s.cmd.Process.Pid)
		b.Logf("%d rows: answers after %v; %d MiB", rows, time.Since(began).Round(time.Millisecond), atStart>>20)
		for _, text := range []string{
			"", "dir:in", "src:192.168.1.12", "ip:17.*", "dport:3389 dir:in src:17.*", "host:edge7.example.com", "host:*9.example.com", "port:22 !dir:in",
			"edge777", "text:nowhere", "nowhere", "proto:udp", "ip:203.0.113.1",
		} {
			began, n := time.Now(), 0
			err := s.Events(b.Context(), client.Query{Filter: text, Limit: 500, All: true}, func(*capture.Event) error { n++; return nil })
			if err != nil {
				b.Fatalf("%s: %v", text, err)
			}
			b.Logf("%-30q %4d rows, %v", text, n, time.Since(began).Round(100*time.Microsecond))
		}
		_, rss, peak := procOf(b, s.cmd.Process.Pid)
		b.Logf("resident after that %d MiB, at most %d MiB", rss>>20, peak>>20)
		b.ReportMetric(float64(rss>>20), "MiB-resident")
		for _, by := range []string{"time,direction", "remote", "dest_port"} {
			began := time.Now()
			if _, err := s.Groups(b.Context(), client.Query{}, by, time.Hour, 20); err != nil {
				b.Fatal(err)
			}
			b.Logf("groups by %-20s %v", by, time.Since(began).Round(time.Millisecond))
		}
		_, rss, peak = procOf(b, s.cmd.Process.Pid)
		b.Logf("resident after groups, too, %d MiB, at most %d MiB", rss>>20, peak>>20)
		if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		if err := s.cmd.Wait(); err != nil {
			b.Fatal(fmt.Errorf("%w\n%s", err, s.stderr))
		}
	}
	b.ReportMetric(0, "ns/op")
}
