package service

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"linklog/bench/floor"
	"linklog/capture"
	"linklog/capture/receive"
	"linklog/capture/send"
	"linklog/service/health"
	"linklog/service/intake"
	"linklog/service/settings"
	"linklog/service/spool"
)

// fillPort sends n different traps to a port of this machine.
func fillPort(b *testing.B, port uint16, n int) {
	s, err := send.Dial(b.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	report, err := s.Send(b.Context(), n, 0, send.Stream(send.NewMessages(1), send.Encoding{}, send.New))
	if err != nil || report.Sent != n {
		b.Fatal(report, err)
	}
}

func median(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }

// BenchmarkService measures the CPU time of a trap, beside the floor, each draining
// a socket that was filled beforehand, in turns:
//
//	spool/floor    received and safe in the spool; the goal is at most 2.5
//	service/floor  also decoded, stored, indexed and streamed to a follower; at most 12
func BenchmarkService(b *testing.B) {
	const n = 50_000
	var floors, spools, all []float64
	for b.Loop() {
		floors = append(floors, benchFloor(b, n))
		spools = append(spools, benchSpool(b, n))
		all = append(all, benchAll(b, n))
	}
	least := median(floors)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(least, "floor-ns/trap")
	b.ReportMetric(median(spools)/least, "spool/floor")
	b.ReportMetric(median(all)/least, "service/floor")
}

func benchFloor(b *testing.B, n int) float64 {
	f, err := floor.Listen(receive.DefaultBuffer)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	fillPort(b, uint16(f.Port()), n)
	begin := floor.CPUTime()
	for got := 0; got < n; {
		got += f.Receive()
	}
	return float64(floor.CPUTime()-begin) / float64(n)
}

func benchSpool(b *testing.B, n int) float64 {
	sp, _, err := spool.Open(b.TempDir(), spool.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	quiet := slog.New(slog.DiscardHandler)
	o := settings.Defaults()
	o.Listen.Port = 0
	in, err := intake.Open(ctx, intake.Options{Listen: o.Listen, Sources: o.Sources, Health: health.NewHealth(quiet), Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	fillPort(b, in.Port(), n)
	begin := floor.CPUTime()
	received := make(chan error, 1)
	go func() { received <- in.Receive(ctx, sp) }()
	for in.Accepted() < uint64(n) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-received; err != nil {
		b.Fatal(err)
	}
	if err := sp.Sync(); err != nil {
		b.Fatal(err)
	}
	return float64(floor.CPUTime()-begin) / float64(n)
}

// benchAll opens an engine, fills its socket, and only then lets it run.
func benchAll(b *testing.B, n int) float64 {
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	e, err := Open(b.Context(), Config{DataDir: b.TempDir(), Settings: s})
	if err != nil {
		b.Fatal(err)
	}
	fillPort(b, e.Intake.Port(), n)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	begin := floor.CPUTime()
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx, nil) }()
	buf := make([]capture.Event, 256)
	for seen, cursor := 0, uint64(0); seen < n; {
		m, err := e.Engine.Next(ctx, cursor, buf)
		if err != nil {
			b.Fatal(err)
		}
		seen += m
		cursor = buf[m-1].Seq
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if rows := (&running{Service: e}).rows(); rows < int64(n) {
		b.Fatalf("%d rows stored", rows)
	}
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	return float64(floor.CPUTime()-begin) / float64(n)
}
