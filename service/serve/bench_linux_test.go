package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"linklog/bench/floor"
	"linklog/capture/receive"
	"linklog/capture/send"
	"linklog/service"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

func fill(b *testing.B, port uint16, n int) {
	s, err := send.Dial(b.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if report, err := s.Send(b.Context(), n, 0, send.Stream(send.NewMessages(1), send.Encoding{}, send.New)); err != nil || report.Sent != n {
		b.Fatal(report, err)
	}
}

// BenchmarkFollowers measures the CPU time of a trap that is received, decoded,
// stored, indexed and streamed through the socket to 0, 1 and 3 followers (whose
// reading counts, too), as a ratio to that of a bare batch receive that counts. All
// of them drain a socket that was filled before, in turns.
func BenchmarkFollowers(b *testing.B) {
	const n = 50_000
	counts := []int{0, 1, 3}
	var floors []float64
	all := make([][]float64, len(counts))
	for b.Loop() {
		f, err := floor.Listen(receive.DefaultBuffer)
		if err != nil {
			b.Fatal(err)
		}
		fill(b, uint16(f.Port()), n)
		begin := floor.CPUTime()
		for got := 0; got < n; {
			got += f.Receive()
		}
		floors = append(floors, float64(floor.CPUTime()-begin)/n)
		f.Close()
		for i, followers := range counts {
			all[i] = append(all[i], measure(b, n, followers))
		}
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(floors), "floor-ns/trap")
	for i, followers := range counts {
		b.ReportMetric(median(all[i])/median(floors), fmt.Sprintf("%d-followers/floor", followers))
	}
}

func measure(b *testing.B, n, followers int) float64 {
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	e, err := service.Open(b.Context(), service.Config{DataDir: b.TempDir(), Settings: s})
	if err != nil {
		b.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e})
	path := filepath.Join(b.TempDir(), "s")
	l, err := localsocket.Listen(path)
	if err != nil {
		b.Fatal(err)
	}
	go server.Serve(l)
	done := make(chan error, followers)
	for range followers {
		c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return localsocket.Dial(ctx, path)
		}}}
		resp, err := c.Get("http://linklog/v1/follow?after=0")
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		r := bufio.NewReaderSize(resp.Body, 64<<10)
		go func() {
			for seen := 0; seen < n; {
				line, err := r.ReadSlice('\n')
				if err != nil {
					done <- err
					return
				}
				if bytes.Contains(line, []byte(`"traffic"`)) {
					seen++
				}
			}
			done <- nil
		}()
	}
	fill(b, e.Intake.Port(), n)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	begin := floor.CPUTime()
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx, nil) }()
	for range followers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	for e.Engine.Last() < uint64(n) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ran; err != nil {
		b.Fatal(err)
	}
	took := floor.CPUTime() - begin
	if err := server.Close(); err != nil {
		b.Error(err)
	}
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	return float64(took) / float64(n)
}
