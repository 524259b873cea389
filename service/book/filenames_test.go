package book

import (
	"fmt"
	"net/netip"
	"testing"
)

// EachName says what Called says, whether a host is in memory or only in the file, and
// whatever changed since the names in the file were read.
func TestEachName(t *testing.T) {
	b := newBench(t, Options{Limits: Limits{Memory: 32, Hosts: 10_000}})
	const hosts = 400
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(113 + i/200), byte(1 + i%200)}) }
	meet := func(from, to int) {
		for i := from; i < to; i++ {
			b.in(addr(i).String() + ":5")
			if i%32 == 31 {
				if err := b.flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := b.flush(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string) {
		t.Helper()
		got, n := make(map[netip.Addr]called), 0
		if err := b.EachName(func(a netip.Addr, name string, wins bool) error {
			got[a] = called{name, wins}
			n++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != len(got) {
			t.Errorf("%s: %d names of %d addresses", what, n, len(got))
		}
		for i := range hosts {
			name, wins := b.Called(addr(i))
			if want := (called{name, wins}); got[addr(i)] != want {
				t.Fatalf("%s: host %d is %+v, want %+v", what, i, got[addr(i)], want)
			}
		}
	}
	name := func(from, to int, what string) {
		for i := from; i < to; i++ {
			b.SetDNSName(addr(i), fmt.Sprintf("%s%d.example", what, i))
			if i%32 == 31 {
				if err := b.flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	meet(0, 300)
	check("without names")
	name(0, 200, "a")
	check("with names")
	if b.fileNames == nil {
		t.Fatal("nothing is kept in memory")
	}
	name(50, 120, "b")
	meet(150, 300) // others leave memory
	if len(b.fileNames.later) == 0 {
		t.Error("nothing left memory")
	}
	check("with other names")
	if err := b.SetLabel(ByAddr(addr(60)), "Mine"); err != nil {
		t.Fatal(err)
	}
	check("with a label")
	meet(150, 300)
	if err := b.SetLabel(ByAddr(addr(60)), ""); err != nil {
		t.Fatal(err)
	}
	check("without the label")
	meet(300, hosts)
	name(290, 310, "c")
	check("with more hosts")
	b.dropFileNames(b.fileNames)
	check("read anew")
}

// BenchmarkEachName walks over half a million names, as a search by name does with each key.
func BenchmarkEachName(b *testing.B) {
	s := newBench(b, Options{})
	tx, err := s.writer.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for i := range 500_000 {
		_, err := tx.Exec(`INSERT INTO hosts (host, first_seq, first, last, ins, outs, ports, other_ports, devices, router_name, dns_name, dns_first, dns_last, pending, dir, proto, host_port, device_port, swapped, device, router)
			VALUES (?, ?, 1, 1, 1, 0, '', 0, '', '', ?, 1, 1, 0, 1, 6, 5, 80, 0, '', '')`, netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)}).String(), i+1, fmt.Sprintf("host-%d.example.net", i))
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	for _, again := range []bool{false, true} {
		b.Run(fmt.Sprintf("again=%v", again), func(b *testing.B) {
			for b.Loop() {
				if !again {
					s.dropFileNames(s.fileNames)
				}
				n := 0
				if err := s.EachName(func(netip.Addr, string, bool) error { n++; return nil }); err != nil || n != 500_000 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
