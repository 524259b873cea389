package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"linklog/bench/floor"
	"linklog/capture"
	"linklog/capture/receive"
	"linklog/capture/send"
	"linklog/format"
)

// BenchmarkReceiveToFile drains socket buffers that were filled beforehand: the
// floor, then a listener that only counts, then linklog's way to a file, each
// with the same datagrams, in turns.
//
//	floor-ns/trap, listener-ns/trap, file-ns/trap  CPU time, median of the rounds
//	file/floor                                     the goal is at most 2
func BenchmarkReceiveToFile(b *testing.B) {
	var floors, listeners, files []float64
	for b.Loop() {
		floors = append(floors, drainFloor(b))
		listeners = append(listeners, drainListener(b, nil))
		files = append(files, drainToFile(b))
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	least := median(floors)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(least, "floor-ns/trap")
	b.ReportMetric(median(listeners), "listener-ns/trap")
	b.ReportMetric(median(files), "file-ns/trap")
	b.ReportMetric(median(listeners)/least, "listener/floor")
	b.ReportMetric(median(files)/least, "file/floor")
}

// fill puts as many traps into a socket as its buffer surely holds.
func fill(b *testing.B, port, buffer int) int {
	n := min(buffer/1000, 50_000)
	if sent := flood(b, port, n, 0); sent != n {
		b.Fatalf("sent %d of %d", sent, n)
	}
	return n
}

func drainFloor(b *testing.B) float64 {
	// A listener first, to learn how large a buffer it gets.
	l, err := receive.Listen(context.Background(), receive.Options{})
	if err != nil {
		b.Fatal(err)
	}
	buffer, _ := l.Buffer()
	l.Close()
	f, err := floor.Listen(buffer)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	n := fill(b, f.Port(), buffer)
	begin := floor.CPUTime()
	for got := 0; got < n; {
		got += f.Receive()
	}
	return float64(floor.CPUTime()-begin) / float64(n)
}

// drainListener measures a Listener that hands each batch to handle.
func drainListener(b *testing.B, handle func(*receive.Listener, []capture.Datagram)) float64 {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l, err := receive.Listen(ctx, receive.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	buffer, _ := l.Buffer()
	n := fill(b, int(l.Port()), buffer)
	begin := floor.CPUTime()
	got := 0
	if err := l.Receive(ctx, func(batch []capture.Datagram) {
		if handle != nil {
			handle(l, batch)
		}
		if got += len(batch); got >= n {
			cancel()
		}
	}); err != nil {
		b.Fatal(err)
	}
	return float64(floor.CPUTime()-begin) / float64(n)
}

func drainToFile(b *testing.B) float64 {
	file := filepath.Join(b.TempDir(), "log")
	log, err := openLog(file, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	p, err := newPrinter(&liveOptions{noDNS: true, template: format.Default, color: "never", quiet: true})
	if err != nil {
		b.Fatal(err)
	}
	p.outputs = append(p.outputs, newOutput("log", log, 100*time.Millisecond, func(s string) { b.Log(s) }, nil))
	var ended time.Duration
	received := drainListener(b, func(l *receive.Listener, batch []capture.Datagram) { p.handle(l, batch) })
	begin := floor.CPUTime()
	if lost := p.end(); lost > 0 {
		b.Fatalf("%d lines lost", lost)
	}
	ended = floor.CPUTime() - begin
	n := countIn(b, file)
	return received + float64(ended)/float64(n)
}

// BenchmarkPaced runs the program for two seconds at a steady rate, beside a
// bare loop that counts as a process of its own; the cost of waking up is in
// both. The program sleeps up to 20 ms where datagrams come fast (see capture),
// the bare loop never.
func BenchmarkPaced(b *testing.B) {
	const seconds = 2
	for _, rate := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("%d-per-s", rate), func(b *testing.B) {
			var ours, least float64
			for b.Loop() {
				log := filepath.Join(b.TempDir(), "log")
				ours += paced(b, start(b, nil, "--no-dns", "--run-as=root", "-ql", log), seconds*rate, rate)
				os.Remove(log)
				least += paced(b, startFloor(b), seconds*rate, rate)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(least/float64(b.N), "floor-ns/trap")
			b.ReportMetric(ours/float64(b.N), "linklog-ns/trap")
			b.ReportMetric(ours/least, "linklog/floor")
		})
	}
}

// paced is the CPU time a process spends on each of n traps that come at a rate.
func paced(b *testing.B, p *process, n, rate int) float64 {
	before := processTime(b, p.cmd.Process.Pid)
	flood(b, p.port, n, rate)
	time.Sleep(150 * time.Millisecond) // its last lines are written by then
	spent := processTime(b, p.cmd.Process.Pid) - before
	p.interrupt(b)
	return float64(spent) / float64(n)
}

// processTime is the CPU time a process has used: that of its threads, to the
// nanosecond (proc(5), schedstat).
func processTime(b *testing.B, pid int) (total time.Duration) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		b.Skip("the system does not tell the CPU time of threads")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		var ns time.Duration
		if _, scanErr := fmt.Sscan(string(text), &ns); err != nil || scanErr != nil {
			b.Fatal(file, err, scanErr)
		}
		total += ns
	}
	return total
}

// floorMain is the bare loop as a program: it tells its port, and counts until
// it is interrupted.
func floorMain() {
	f, err := floor.Listen(0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() { <-interrupted; f.Close() }()
	fmt.Fprintf(os.Stderr, "listening on UDP port %d\n", f.Port())
	total := 0
	for n := f.Receive(); n > 0; n = f.Receive() {
		total += n
	}
	fmt.Fprintf(os.Stderr, "%d received\n", total)
}

func startFloor(b *testing.B) *process {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args[0] = "floor" // testscript looks at the name it was called by
	return launch(b, cmd)
}

// BenchmarkLines makes lines to write of the lines that bench/peers sends, without
// sockets and files: the least CPU time that a line costs beside the system. They come in memory that the
// processor's cache has, as from the kernel, and are new to the program.
func BenchmarkLines(b *testing.B) {
	var routers []send.Router
	for _, name := range [...]string{"asus", "unifi", "openwrt", "mikrotik", "pfsense", "opnsense"} {
		r, ok := send.ParseRouter(name)
		if !ok {
			b.Fatal(name)
		}
		routers = append(routers, r)
	}
	const batches, size, room = 700, 64, 1088
	m, now := send.NewMessages(1), time.Now()
	lines := make([][]byte, batches*size)
	for i := range lines {
		lines[i] = routers[i%len(routers)].Append(nil, m, now)
	}
	var memory [size][room]byte
	var batch [size]capture.Datagram
	from := netip.MustParseAddrPort("127.0.0.1:40000")
	least := time.Hour
	for b.Loop() {
		p, err := newPrinter(&liveOptions{noDNS: true, template: format.Default, color: "never", quiet: true})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		begin := floor.CPUTime()
		for n := range batches {
			for i := range batch {
				k := copy(memory[i][:], lines[n*size+i])
				batch[i] = capture.Datagram{Data: memory[i][:k:k], From: from, Time: now.UTC()}
			}
			p.handle(nil, batch[:])
		}
		least = min(least, floor.CPUTime()-begin)
		if p.counts.Events() == 0 {
			b.Fatal("no events")
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(least.Nanoseconds())/(batches*size), "ns/line")
}
