package flows

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/capturetest"
	"linklog/capture/flow"
	"linklog/capture/send"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/leaktest"
	"linklog/service/spool"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

var (
	exporter = netip.MustParseAddrPort("192.168.1.1:40000")
	start    = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	atHome   = netip.MustParsePrefix("192.168.0.0/16").Contains
	nobody   = func(netip.Addr) bool { return false }
)

// bench is a spool in a folder, with a Maker that reads it as the service does.
type bench struct {
	t     testing.TB
	dir   string
	now   time.Time
	spool *spool.Spool
	maker *Maker

	health  *health.Health
	from    uint64 // what the service has come to
	read    uint64
	settled uint64 // what the next process is told not to make again
}

func newBench(t testing.TB, dir string, now time.Time, from, settled uint64) *bench {
	t.Helper()
	b := &bench{t: t, dir: dir, now: now, from: max(from, 1), health: health.NewHealth(slog.New(slog.DiscardHandler))}
	var err error
	if b.spool, _, err = spool.Open(filepath.Join(dir, "spool"), spool.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.spool.Close() })
	clock := func() time.Time { return b.now }
	gaps := gap.NewLog(clock, b.health, slog.New(slog.DiscardHandler))
	gaps.Begin(b.spool)
	b.maker, err = Open(Options{Spool: b.spool, File: filepath.Join(dir, "flows"), Home: atHome, Router: nobody, Settled: settled, Now: clock, Gaps: gaps, Health: b.health}, b.from-1)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// killed is what a new process finds after the end of this one, at this moment.
func (b *bench) killed() *bench {
	b.t.Helper()
	dir := b.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(b.dir)); err != nil {
		b.t.Fatal(err)
	}
	return newBench(b.t, dir, b.now, b.from, b.settled)
}

// append appends a datagram as it is received.
func (b *bench) append(data []byte) uint64 {
	b.t.Helper()
	seq, err := b.spool.Append([]spool.Record{{Kind: spool.Datagram, Time: b.now, From: exporter, Data: data}})
	if err != nil {
		b.t.Fatal(err)
	}
	return seq
}

// run reads up to n records, in batches, as far as there are some; at the end of all of them what is
// due is told.
func (b *bench) run(n, batch int) {
	b.t.Helper()
	from := b.read + 1
	if b.read == 0 {
		from = min(b.spool.Before(b.from, 16384), b.maker.From())
	}
	reader, err := b.spool.Reader(max(from, b.spool.First()))
	if err != nil {
		b.t.Fatal(err)
	}
	defer reader.Close()
	over, cancel := context.WithCancel(b.t.Context())
	cancel() // nothing is waited for
	for n > 0 {
		records := make([]spool.Record, min(n, batch))
		got, err := reader.Next(over, records)
		for i := range records[:got] {
			if records[i].Kind != spool.Datagram {
				continue
			}
			if ev, is := lineOf(&records[i]); is {
				b.maker.Logged(&ev, false)
				continue
			}
			b.maker.Take(&records[i])
		}
		now := b.now
		if got > 0 {
			now = records[got-1].Time
		}
		b.maker.Due(now, reader.Seq())
		b.maker.Write()
		b.read = reader.Seq() - 1
		if n -= got; err != nil {
			return
		}
	}
}

// made are the attempts in the spool, each with how often it is there.
func (b *bench) made() (attempts map[identity]int, gaps []capture.Event) {
	b.t.Helper()
	attempts = make(map[identity]int)
	reader, err := b.spool.Reader(0)
	if err != nil {
		b.t.Fatal(err)
	}
	defer reader.Close()
	for reader.Seq() <= b.spool.Last() {
		records := make([]spool.Record, 100)
		n, err := reader.Next(b.t.Context(), records)
		if err != nil {
			b.t.Fatal(err)
		}
		for i := range records[:n] {
			switch r := &records[i]; r.Kind {
			case Kind:
				a, ok := read(r)
				if !ok {
					b.t.Fatalf("not readable: %x", r.Data)
				}
				attempts[identify(&a.Attempt)]++
			case spool.Gap:
				var ev capture.Event
				gap.Read(r, &ev)
				gaps = append(gaps, ev)
			}
		}
	}
	return attempts, gaps
}

// sent is how much went between ends, by all records of the spool, and how many of them are of reports
// that came later.
func (b *bench) sent() (volumes map[identity]capture.Volume, later int) {
	b.t.Helper()
	volumes = make(map[identity]capture.Volume)
	of := make(map[uint64]identity)
	reader, err := b.spool.Reader(0)
	if err != nil {
		b.t.Fatal(err)
	}
	defer reader.Close()
	records := make([]spool.Record, 100)
	for reader.Seq() <= b.spool.Last() {
		n, err := reader.Next(b.t.Context(), records)
		if err != nil {
			b.t.Fatal(err)
		}
		for i := range records[:n] {
			r := &records[i]
			if r.Kind != Kind && r.Kind != More {
				continue
			}
			a, ok := read(r)
			ends := ends(&a.Attempt)
			if r.Kind == More {
				later++
				var l Later
				if l, ok = ReadLater(r); l.Seq != r.Seq || l.Of != a.Of || l.Out != a.Out || l.Back != a.Back {
					b.t.Errorf("%+v is not %+v", l, a)
				}
				ends = of[a.Of]
			}
			if of[r.Seq] = ends; !ok || ends == (identity{}) {
				b.t.Fatalf("%+v of nothing: %x", a, r.Data)
			}
			add(volumes, ends, &a.Attempt)
		}
	}
	return volumes, later
}

func ends(a *flow.Attempt) identity {
	if a.More && !a.Src.IsValid() {
		return identity{}
	}
	one := *a
	one.More = false
	id := identify(&one)
	id.origin = 0
	return id
}

func add(volumes map[identity]capture.Volume, of identity, a *flow.Attempt) {
	v := volumes[of]
	v.Add(a.Out)
	v.Add(a.Back)
	volumes[of] = v
}

// lineOf is what a line of a log says: its ends, with a comma between them.
func lineOf(r *spool.Record) (ev capture.Event, is bool) {
	src, dst, is := strings.Cut(string(r.Data), ",")
	from, err := netip.ParseAddrPort(src)
	if !is || err != nil {
		return ev, false
	}
	to := netip.MustParseAddrPort(dst)
	return capture.Event{
		Seq: r.Seq, Time: r.Time, Router: r.From.Addr(), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: from.Addr(), Port: from.Port()}, Dst: capture.Endpoint{Addr: to.Addr(), Port: to.Port()},
	}, true
}

// five is a datagram of NetFlow 5 with one flow, which lasted a second.
func five(sequence uint32, src, dst netip.AddrPort) []byte {
	be := binary.BigEndian
	const uptime = 10_000_000
	b := be.AppendUint16(be.AppendUint16(nil, 5), 1)
	b = be.AppendUint32(be.AppendUint32(be.AppendUint32(b, uptime), 1_700_000_000), 0)
	b = be.AppendUint32(be.AppendUint32(b, sequence), 0)
	b = append(append(append(b, src.Addr().AsSlice()...), dst.Addr().AsSlice()...), make([]byte, 8)...)
	b = be.AppendUint32(be.AppendUint32(b, 10), 1000)
	b = be.AppendUint32(be.AppendUint32(b, uptime-1000), uptime)
	b = be.AppendUint16(be.AppendUint16(b, src.Port()), dst.Port())
	return append(b, 0, 0x18, byte(capture.TCP), 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

// TestKilled ends the process at any moment, again and again: each attempt is in the spool once, and so is
// all that was reported of it later.
func TestKilled(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			b := newBench(t, t.TempDir(), start, 1, 0)
			decoder, attempts, want := flow.New(), flow.NewAttempts(atHome, nobody), make(map[identity]int)
			volumes := make(map[identity]capture.Volume)
			tell := func(a *flow.Attempt) {
				add(volumes, ends(a), a)
				if !a.More {
					want[identify(a)]++
				}
			}
			for i := range uint32(300) {
				b.now = b.now.Add(time.Duration(random.IntN(1500)) * time.Millisecond)
				src := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, byte(random.IntN(100))}), 50000)
				dst := netip.MustParseAddrPort("198.51.100.80:443")
				if random.IntN(2) == 0 {
					src, dst = dst, src
				}
				data := five(i, src, dst)
				decoder.Origin = b.append(data)
				decoder.Decode(exporter, data, b.now, func(r *flow.Record) { attempts.Add(exporter.Addr(), r, tell) })
				attempts.Due(b.now, tell)
				if random.IntN(3) == 0 {
					b.run(1+random.IntN(8), 1+random.IntN(3))
				}
				if b.read > b.from && random.IntN(5) == 0 {
					b.from += 1 + random.Uint64N(b.read-b.from)
				}
				if random.IntN(10) == 0 {
					if err := b.maker.Save(true); err != nil {
						t.Fatal(err)
					}
				}
				if random.IntN(20) == 0 {
					b = b.killed()
				}
			}
			attempts.Flush(tell)
			b = b.killed()
			b.run(10_000, 7)
			b.now = b.now.Add(time.Minute)
			b.run(1, 1)
			got, gaps := b.made()
			if len(want) < 30 {
				t.Fatalf("only %d attempts", len(want))
			}
			for a, n := range want {
				if got[a] != n {
					t.Errorf("%+v is there %d times, not %d", a, got[a], n)
				}
			}
			sent, later := b.sent()
			if later < 20 {
				t.Errorf("only %d reports came later", later)
			}
			for ends, v := range volumes {
				if sent[ends] != v {
					t.Errorf("between %+v went %+v, not %+v", ends, sent[ends], v)
				}
			}
			for a, n := range got {
				if want[a] == 0 {
					t.Errorf("%+v is there %d times", a, n)
				}
			}
			if len(gaps) > 0 {
				t.Errorf("gaps: %+v", gaps)
			}
			if held := b.spool.Last() + 1 - b.maker.Settled(); held > 20 {
				t.Errorf("%d records are kept", held)
			}
		})
	}
}

// TestLoggedKilled: connections that the router also logs, before or after it reports their flows, add to the
// events of the log, all of what was sent once, whenever the process ends.
func TestLoggedKilled(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			private := seed%4 == 3
			b := newBench(t, t.TempDir(), start, 1, 0)
			restart := func() {
				b = b.killed()
				b.maker.o.Private = func() bool { return private }
			}
			b.append(five(0, exporter, netip.MustParseAddrPort("192.168.1.99:53"))) // so that lines count
			restart()
			lines := make(map[uint64]uint64) // what was sent, by the number of the line
			var late []string
			sequence, to := uint32(1), netip.MustParseAddrPort("198.51.100.80:443")
			step := func() {
				b.now = b.now.Add(time.Duration(random.IntN(1500)) * time.Millisecond)
				if random.IntN(3) == 0 {
					b.run(1+random.IntN(8), 1+random.IntN(3))
				}
				if b.read > b.from && random.IntN(5) == 0 {
					b.from += 1 + random.Uint64N(b.read-b.from)
				}
				if random.IntN(20) == 0 {
					restart()
				}
			}
			flows := 0
			for i := range 100 {
				from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, 10}), uint16(50000+i))
				line := from.String() + "," + to.String()
				if random.IntN(2) == 0 {
					lines[b.append([]byte(line))] = 0
				} else {
					late = append(late, line)
				}
				step()
				for n := range 1 + random.IntN(3) {
					src, dst := from, to
					if n%2 == 1 {
						src, dst = to, from
					}
					b.append(five(sequence, src, dst))
					sequence++
					flows++
					if len(late) > 0 {
						lines[b.append([]byte(late[0]))] = 0
						late = nil
					}
					step()
				}
			}
			restart()
			b.run(10_000, 7)
			b.now = b.now.Add(time.Minute)
			b.run(1, 1)
			got, _ := b.made()
			if len(got) != 1 {
				t.Errorf("%d attempts of flows, not the first alone: %+v", len(got), got)
			}
			reader, err := b.spool.Reader(0)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			records := make([]spool.Record, 100)
			sent := uint64(0)
			for reader.Seq() <= b.spool.Last() {
				n, err := reader.Next(t.Context(), records)
				if err != nil {
					t.Fatal(err)
				}
				for i := range records[:n] {
					l, ok := ReadLater(&records[i])
					if records[i].Kind != More || !ok {
						continue
					}
					if _, is := lines[l.Of]; !is {
						t.Fatalf("%+v is of no line", l)
					}
					if private && bytes.Contains(records[i].Data, to.Addr().AsSlice()) {
						t.Fatalf("%x has an address", records[i].Data)
					}
					lines[l.Of] += l.Out.Bytes + l.Back.Bytes
					sent += l.Out.Bytes + l.Back.Bytes
				}
			}
			for seq, n := range lines {
				if n == 0 || n%1000 != 0 || n > 3000 {
					t.Errorf("of line %d %d bytes are known", seq, n)
				}
			}
			if len(lines) != 100 || sent != 1000*uint64(flows) {
				t.Errorf("%d lines, %d bytes of %d", len(lines), sent, 1000*flows)
			}
		})
	}
}

// TestTemplate says that data waits for its template, until that comes or it is given up, and how much
// that is.
func TestTemplate(t *testing.T) {
	b := newBench(t, t.TempDir(), start, 1, 0)
	e, _ := send.NewExporter("ipfix", 1)
	messages := send.NewMessages(1)
	var all [][]byte // of these the first and the 20th after it have a template
	for range 21 {
		all = append(all, e.Append(nil, messages, b.now))
	}
	waits := func(want bool) {
		t.Helper()
		b.run(100, 100)
		if got := b.health.Has(health.FlowTemplate); got != want {
			t.Errorf("at %v: told %v, want %v", b.now.Sub(start), got, want)
		}
	}
	b.append(all[1])
	waits(false)
	b.now = b.now.Add(2 * time.Minute)
	waits(true)
	b.append(all[20])
	b.now = b.now.Add(time.Minute)
	waits(false)
	if made, gaps := b.made(); len(made) != 2 || len(gaps) != 0 {
		t.Errorf("%d attempts, gaps %+v", len(made), gaps)
	}
	// What a new process knows.
	if err := b.maker.Save(true); err != nil {
		t.Fatal(err)
	}
	b = b.killed()
	b.from = b.spool.Last() + 1
	b.append(all[2])
	b.run(100, 100)
	b.now = b.now.Add(time.Minute)
	b.run(100, 100)
	if made, _ := b.made(); len(made) != 3 {
		t.Errorf("%d attempts with the template of an earlier run", len(made))
	}

	b = newBench(t, t.TempDir(), start, 1, 0)
	b.append(all[1])
	b.append(all[2])
	b.run(100, 100)
	b.now = b.now.Add(40 * time.Minute)
	b.append(all[3]) // this one waits
	b.run(100, 100)
	b.now = b.now.Add(time.Minute)
	b.run(100, 100)
	inVain := func(lost ...uint64) {
		t.Helper()
		_, gaps := b.made()
		var got []uint64
		for _, g := range gaps {
			if got = append(got, g.Lost); g.Text != capture.GapText(capture.GapFlowTemplate) {
				t.Errorf("gap: %+v", g)
			}
		}
		if !slices.Equal(got, lost) {
			t.Errorf("waited in vain: %d, not %d", got, lost)
		}
	}
	inVain(2)
	// The router sends nothing any more, and others do. A new process does not tell that again.
	b.now = b.now.Add(40 * time.Minute)
	b.run(100, 100)
	b.now = b.now.Add(time.Minute)
	b.run(100, 100)
	inVain(2, 1)
	if b.maker.Waits() || b.maker.Settled() <= 4 {
		t.Errorf("it still waits, from %d", b.maker.Settled())
	}
	if err := b.maker.Save(true); err != nil {
		t.Fatal(err)
	}
	b = b.killed()
	b.append(all[4])
	for range 3 {
		b.run(100, 1)
		b.now = b.now.Add(time.Minute)
	}
	inVain(2, 1)
}

// withoutTemplate is a datagram of IPFIX that has none.
func withoutTemplate(now time.Time) []byte {
	e, _ := send.NewExporter("ipfix", 1)
	messages := send.NewMessages(1)
	e.Append(nil, messages, now)
	return e.Append(nil, messages, now)
}

// TestFarthest does not keep all that comes in half an hour for data whose template did not come.
func TestFarthest(t *testing.T) {
	b := newBench(t, t.TempDir(), start, 1, 0)
	b.append(withoutTemplate(start))
	b.run(100, 100)
	others := make([]spool.Record, 1<<14)
	for i := range others {
		others[i] = spool.Record{Kind: spool.Datagram, Time: start, From: exporter, Data: []byte("other")}
	}
	for n := 0; n <= farthest; n += len(others) {
		if !b.maker.Waits() {
			t.Fatalf("it does not wait for %d records", n)
		}
		first, err := b.spool.Append(others)
		if err != nil {
			t.Fatal(err)
		}
		b.maker.Due(start, first+uint64(len(others)))
	}
	b.now = b.now.Add(time.Minute)
	b.maker.Due(b.now, b.spool.Last()+1)
	if b.maker.Waits() || b.maker.Settled() <= farthest {
		t.Errorf("it still waits, from %d", b.maker.Settled())
	}
	if _, gaps := b.made(); len(gaps) != 1 || gaps[0].Lost != 1 {
		t.Errorf("gaps: %+v", gaps)
	}
}

// TestFinish ends the process after what waited was finished and then erased: nothing of it is made
// again, and what came later is.
func TestFinish(t *testing.T) {
	b := newBench(t, t.TempDir(), start, 1, 0)
	outside := netip.MustParseAddrPort("198.51.100.80:443")
	b.append(withoutTemplate(start))
	b.append(five(0, netip.MustParseAddrPort("192.168.1.10:50000"), outside))
	b.run(100, 100)
	if err := b.maker.Save(true); err != nil {
		t.Fatal(err)
	}
	if made, _ := b.made(); len(made) != 0 {
		t.Fatalf("%d attempts at once", len(made))
	}
	later := b.append(five(1, netip.MustParseAddrPort("192.168.1.11:50000"), outside)) // is not read yet
	settled, through, err := b.maker.Finish()
	if made, gaps := b.made(); err != nil || settled != 3 || through != b.spool.Last() || len(made) != 1 || len(gaps) != 1 || gaps[0].Lost != 1 {
		t.Fatalf("before %d, up to %d, %v; %d attempts, gaps %+v", settled, through, err, len(made), gaps)
	}
	var all []uint64
	for seq := later + 1; seq <= through; seq++ {
		all = append(all, seq)
	}
	if err := b.spool.Erase(all); err != nil {
		t.Fatal(err)
	}
	b.settled = settled
	b = b.killed()
	b.run(100, 1)
	b.now = b.now.Add(time.Minute)
	b.run(100, 1)
	made, gaps := b.made()
	if len(made) != 1 || len(gaps) != 0 {
		t.Errorf("attempts %v, gaps %+v", made, gaps)
	}
	for is := range made {
		if is.origin != later {
			t.Errorf("made of record %d", is.origin)
		}
	}

	// What came just now, and waits, is given up as far as is asked.
	b = newBench(t, t.TempDir(), start, 1, 0)
	first := b.append(withoutTemplate(start))
	b.append(withoutTemplate(start.Add(time.Second)))
	b.run(100, 100)
	b.maker.GiveUp(first)
	if _, gaps := b.made(); b.maker.Settled() != first+1 || len(gaps) != 1 || gaps[0].Lost != 1 {
		t.Errorf("settled before %d, gaps %+v", b.maker.Settled(), gaps)
	}
}

// TestMissing tells once what did not come, also if the process ends just then.
func TestMissing(t *testing.T) {
	b := newBench(t, t.TempDir(), start, 1, 0)
	a, z := netip.MustParseAddrPort("192.168.1.10:50000"), netip.MustParseAddrPort("198.51.100.80:443")
	number := uint32(0)
	next := func() {
		b.append(five(number, a, z))
		b.now = b.now.Add(3 * time.Second)
		b.run(100, 1)
		number++
	}
	next()
	next()
	number += 7
	next()
	next() // longer after than it could be late
	b = b.killed()
	for range 5 {
		next()
	}
	b = b.killed()
	next()
	b.now = b.now.Add(time.Minute)
	b.run(100, 1)
	if _, gaps := b.made(); len(gaps) != 1 || gaps[0].Lost != 7 || gaps[0].Text != capture.GapText(capture.GapFlows, "Router", "192.168.1.1") {
		t.Errorf("gaps: %+v", gaps)
	}
}

// TestFull loses nothing while the spool cannot be written.
func TestFull(t *testing.T) {
	b := newBench(t, t.TempDir(), start, 1, 0)
	b.append(five(0, netip.MustParseAddrPort("192.168.1.10:50000"), netip.MustParseAddrPort("198.51.100.80:443")))
	b.run(100, 100)
	b.now = b.now.Add(time.Minute)
	b.maker.o.Spool.Close()
	b.maker.Due(b.now, b.read+1)
	b.maker.Write()
	if !b.health.Has(health.SpoolUnwritten) || b.maker.Settled() != 1 || !b.maker.Waits() {
		t.Errorf("told %v, settled %d", b.health.List(), b.maker.Settled())
	}
	b = b.killed()
	b.run(100, 100)
	b.run(100, 100)
	if made, _ := b.made(); len(made) != 1 {
		t.Errorf("%d attempts", len(made))
	}
}

// TestRecord reads what it writes, and no more than that.
func TestRecord(t *testing.T) {
	a := attempt{flow.Attempt{
		Received: start, First: start.Add(-time.Minute), Exporter: exporter.Addr(), Origin: 1 << 40, Guessed: true, Dir: capture.Out, Verdict: capture.Blocked,
		Src: netip.MustParseAddrPort("192.168.1.10:50000"), Dst: netip.MustParseAddrPort("[2001:db8::1]:443"), Proto: capture.UDP, ICMP: 0x0800, Sampling: 100,
		Out: capture.Volume{Bytes: 1 << 63, Packets: 7}, Back: capture.Volume{Bytes: 9, Packets: 1},
	}, 12, false}
	r := a.record(start, nil)
	if got, ok := read(&r); !ok || got != a {
		t.Errorf("%+v, %v", got, ok)
	}
	more := a
	more.More, more.ends, more.Of, more.Last = true, true, 5, 1<<41
	second := more.record(start, nil)
	second.Seq = 1 << 42
	want := attempt{flow.Attempt{Received: start, Exporter: exporter.Addr(), Origin: 1 << 40, Src: a.Src, Dst: a.Dst, Proto: capture.UDP, Out: a.Out, Back: a.Back, Last: 1 << 41, More: true, Of: 5}, 12, true}
	if got, ok := read(&second); !ok || got != want {
		t.Errorf("%+v, %v", got, ok)
	}
	for n := range second.Data {
		short := second
		short.Data = second.Data[:n]
		if _, ok := read(&short); ok {
			t.Errorf("more is read from %d of %d bytes", n, len(second.Data))
		}
	}
	for n := range r.Data {
		short := r
		short.Data = r.Data[:n]
		if _, ok := read(&short); ok {
			t.Errorf("read from %d of %d bytes", n, len(r.Data))
		}
		var ev capture.Event
		Read(&short, &ev)
		if ev.Kind != capture.Rejected {
			t.Errorf("%+v", ev)
		}
		capturetest.Check(t, &ev)
	}
	var ev capture.Event
	Read(&r, &ev)
	capturetest.Check(t, &ev)
	if ev.Text != "flow, who began is a guess, 1 of 100 packets counted" || !ev.Time.Equal(a.First) || ev.Router != exporter.Addr() {
		t.Errorf("%+v", ev)
	}
}
