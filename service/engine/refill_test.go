package engine

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
	"linklog/service/spool"
)

// attempts puts lines of a router's log into the spool, each of a connection from the port of
// its number.
func attempts(t *testing.T, e *Engine, ports ...int) {
	t.Helper()
	for _, port := range ports {
		put(t, e, time.Now().UTC(), fmt.Sprintf("<4>kernel: ACCEPT IN=br0 OUT=eth0 SRC=192.168.1.20 DST=93.184.216.34 LEN=60 PROTO=TCP SPT=%05d DPT=443", port))
	}
}

// put puts a line of a router's log into the spool.
func put(t *testing.T, e *Engine, at time.Time, line string) {
	t.Helper()
	dg := capture.Datagram{Time: at, From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(line)}
	if _, err := e.Spool().AppendDatagrams([]capture.Datagram{dg}); err != nil {
		t.Fatal(err)
	}
}

// readAll runs the engine until it has read all that is in the spool.
func readAll(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Run(t.Context(), func(ctx context.Context) error {
		for e.reading.Load() < e.Spool().Last() && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// unreadable damages the record of an attempt in the spool.
func unreadable(t *testing.T, folder string, port int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "spool", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if at := bytes.Index(text, fmt.Appendf(nil, "SPT=%05d", port)); at >= 0 {
			text[at]++
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no file of %q has the attempt", files)
}

// What is decoded again to fill a hole is what it was: an attempt that was a repeat of one
// before the hole is none. Records that cannot be read are lost where they are in the hole,
// and only those.
func TestFill(t *testing.T) {
	for _, test := range []struct {
		name    string
		ports   []int // of the records from 1 on
		damaged int   // the port of one that cannot be read
		hole    history.Hole
		want    []uint64 // what is stored
		lost    spool.Range
	}{
		{"a repeat of what came before", []int{1, 2, 1, 3}, 0, history.Hole{First: 3, Last: 4}, []uint64{4}, spool.Range{}},
		{"a repeat inside", []int{1, 2, 2, 3}, 0, history.Hole{First: 2, Last: 3}, []uint64{2}, spool.Range{}},
		{"damage before", []int{1, 2, 3, 4, 5}, 2, history.Hole{First: 4, Last: 5}, []uint64{4, 5}, spool.Range{}},
		{"damage inside", []int{1, 2, 3, 4, 5}, 3, history.Hole{First: 2, Last: 5}, []uint64{2, 4, 5}, spool.Range{From: 3, To: 3}},
		{"damage behind", []int{1, 2, 3, 4, 5}, 5, history.Hole{First: 2, Last: 3}, []uint64{2, 3}, spool.Range{}},
		{"nothing there yet", []int{1}, 0, history.Hole{First: 2, Last: 3}, nil, spool.Range{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			e := newEngine(t, folder)
			attempts(t, e, test.ports...)
			if test.damaged > 0 {
				unreadable(t, folder, test.damaged)
			}
			before := e.Spool().Last()
			n, _, err := e.fill(t.Context(), test.hole)
			var stored []uint64
			if err := e.History().Each(t.Context(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
				stored = append(stored, ev.Seq)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err != nil || n != len(test.want) || !slices.Equal(stored, test.want) {
				t.Errorf("%d stored, %v, %v", n, stored, err)
			}
			told := gapsAfter(t, e, before)
			if test.lost.From == 0 && len(told) > 0 || test.lost.From > 0 && !slices.Equal(told, []string{lostEvents(test.lost.From, test.lost.To).Text}) {
				t.Errorf("told: %q", told)
			}
		})
	}
}

// Events that are decoded again have the names of their time, whatever those of the present are:
// by leases and answers before the hole, in it, and just after the connection.
func TestFillNames(t *testing.T) {
	e := newEngine(t, t.TempDir())
	begin := time.Now().UTC().Add(-2 * time.Hour)
	lease := "<30>Nov 29 17:40:00 gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 02:00:5e:10:00:22 tv-living"
	for i, text := range []string{lease, question, reply, connected, strings.Replace(question, "www", "late", 1), strings.ReplaceAll(connected, "203.0.113.9", "203.0.113.10"),
		"<30>Nov 29 17:40:02 gw dnsmasq[411]: reply late.example.com is 203.0.113.10", unnamed} {
		dg := capture.Datagram{Time: begin.Add(time.Duration(i) * 100 * time.Millisecond), From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(text)}
		if _, err := e.Spool().AppendDatagrams([]capture.Datagram{dg}); err != nil {
			t.Fatal(err)
		}
	}
	now := capture.Sighting{Time: time.Now(), Kind: capture.Lease, Addr: netip.MustParseAddr("192.168.1.10"), MAC: capture.MAC{2, 0, 0x5e, 0x10, 0, 0x33}, Name: "laptop"}
	e.book.Sight(&now)
	if n, _, err := e.fill(t.Context(), history.Hole{First: 4, Last: 8}); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	var got []string
	if err := e.History().Each(t.Context(), history.Query{OldestFirst: true, WithoutNames: true}, func(ev *capture.Event) error {
		got = append(got, fmt.Sprintf("%d %s -> %s", ev.Seq, ev.Src.Name, ev.Dst.Name))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"4 tv-living -> www.example.com", "6 tv-living -> late.example.com", "8 tv-living -> "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// gapsAfter are the gaps in the spool behind a Seq.
func gapsAfter(t *testing.T, e *Engine, seq uint64) (texts []string) {
	t.Helper()
	reader, err := e.Spool().Reader(seq + 1)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	records := make([]spool.Record, 8)
	for reader.Seq() <= e.Spool().Last() {
		n, err := reader.Next(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		for i := range records[:n] {
			var ev capture.Event
			(&decoding{}).read(&records[i], &ev, nil)
			texts = append(texts, ev.Text)
		}
	}
	return texts
}
