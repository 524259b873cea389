package spool

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childEnv makes the test binary a writer in the folder it names; see TestMain.
const childEnv = "LINKLOG_SPOOL_CHILD"

const killOptions = 40_000 // bytes of a file: many are begun

// child appends until it is killed. What was acknowledged it writes, unbuffered,
// to its output: the first Seq, how many, and which number the first record holds.
func child(dir string) {
	s, _, err := Open(dir, Options{FileBytes: killOptions})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	go s.SyncEvery(context.Background(), time.Millisecond, nil)
	data := make([]byte, 121)
	for n := uint64(0); ; {
		batch := make([]Record, 1+rand.IntN(64))
		for i := range batch {
			binary.BigEndian.PutUint64(data, n+uint64(i))
			batch[i] = Record{Kind: Datagram, Data: append([]byte(nil), data...)}
		}
		first, err := s.Append(batch)
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Fprintln(os.Stdout, first, len(batch), n)
		n += uint64(len(batch))
	}
}

// TestKill kills a process that appends, again and again: nothing it acknowledged
// is lost, doubled or renumbered, and no Seq is given twice.
func TestKill(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 10
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	type record struct {
		life   int
		number uint64
	}
	acknowledged := make(map[uint64]record) // by Seq
	highest := uint64(0)
	check := func(life int) {
		s, report := mustOpen(t, dir, Options{FileBytes: killOptions})
		defer s.Close()
		if len(report.Lost) > 0 || len(report.SetAside) > 0 {
			t.Errorf("life %d: %+v", life, report)
		}
		got := readFrom(t, s, 1)
		if got.damaged != nil || got.gone != nil {
			t.Fatalf("life %d: lost %v %v", life, got.damaged, got.gone)
		}
		found, last := 0, uint64(0)
		for _, r := range got.records {
			if r.Seq <= last {
				t.Fatalf("life %d: %d after %d", life, r.Seq, last)
			}
			last = r.Seq
			if want, ok := acknowledged[r.Seq]; ok {
				found++
				if n := binary.BigEndian.Uint64(r.Data); n != want.number {
					t.Fatalf("life %d: Seq %d holds record %d, want %d", life, r.Seq, n, want.number)
				}
			}
		}
		if found != len(acknowledged) {
			t.Fatalf("life %d: %d of %d acknowledged records", life, found, len(acknowledged))
		}
	}
	for life := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for left := 1 + rand.IntN(100); lines.Scan(); left-- {
			var first, count, number uint64
			if _, err := fmt.Sscan(lines.Text(), &first, &count, &number); err != nil {
				if left <= 0 || strings.HasPrefix(lines.Text(), "error") {
					t.Log(lines.Text())
				}
				if strings.HasPrefix(lines.Text(), "error") {
					t.Error(lines.Text())
				}
				break // the line that was being written
			}
			if first <= highest {
				t.Fatalf("life %d: Seq %d given twice", life, first)
			}
			for i := range count {
				acknowledged[first+i] = record{life, number + i}
			}
			highest = first + count - 1
			if left == 0 {
				cmd.Process.Kill() // and read what it had acknowledged until then
			}
		}
		cmd.Wait()
		if life%3 == 0 || life == kills-1 { // else the next child meets the remains
			check(life)
		}
	}
	t.Logf("%d records in %d lives", len(acknowledged), kills)
}
