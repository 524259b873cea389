package alerts

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

// childEnv makes the test binary a service on the file it names; see TestMain.
const childEnv = "LINKLOG_HOSTS_CHILD"

// streamEvent is the event with a Seq: always the same, as from a spool.
func streamEvent(seq uint64) capture.Event {
	r := rand.New(rand.NewPCG(seq, 7))
	host := public(int(seq/8) + r.IntN(20)) // about one new host in eight events
	if r.IntN(3) > 0 {
		host = public(r.IntN(50))
	}
	ev := capture.Event{
		Seq: seq, Time: streamTime(seq), Router: router, Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(r.IntN(5))}), Port: 5},
		Dst: capture.Endpoint{Addr: host, Port: 443},
	}
	return ev
}

func streamTime(seq uint64) time.Time {
	return booktest.NewClock().T.Add(time.Duration(seq) * 500 * time.Millisecond)
}

func childOptions(c *booktest.Clock) book.Options {
	return book.Options{Now: c.Now, Limits: book.Limits{Memory: 300}}
}

// child observes the stream until it is killed. Which events are New and what a
// reader of the alerts gets it writes, unbuffered, to its output.
func child(path string) {
	c := booktest.NewClock()
	s, told, err := Open(path, childOptions(c), Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	last := uint64(0)
	from := s.Committed() + 1
	for seq := from - min(from-1, 30); ; seq++ {
		ev := streamEvent(seq)
		c.T = ev.Time
		s.Observe(&ev)
		if ev.New {
			fmt.Fprintln(os.Stdout, "new", seq)
		}
		if rand.IntN(10) == 0 {
			err = s.Commit(seq)
		}
		if rand.IntN(4) == 0 {
			s.SetDNSName(ev.Dst.Addr, "name.example")
		}
		if err == nil && seq%2 == 0 {
			err = told.Tick(c.T)
		}
		if err == nil && seq%16 == 0 {
			var list []Alert
			list, err = told.After(last, 0)
			for _, a := range list {
				last = a.ID
				fmt.Fprintln(os.Stdout, "alert", a.ID, a.Count, a.Seq)
			}
		}
		if err != nil {
			fmt.Println("error", err)
			return
		}
		if seq%64 == 0 {
			fmt.Fprintln(os.Stdout, "at", seq)
		}
	}
}

// TestKill kills a process that observes, again and again: every New, every count and
// every alert is as if it had lived on.
func TestKill(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 5
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	news, highest := map[uint64]bool{}, uint64(0)
	type alert struct{ count, seq uint64 }
	alerts := map[uint64]alert{}
	for life := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for left := 5 + rand.IntN(100); lines.Scan(); left-- {
			if left == 0 {
				cmd.Process.Kill() // and read what it had written until then
			}
			var word string
			var id, count, seq uint64
			fmt.Sscan(lines.Text(), &word, &id, &count, &seq)
			switch word {
			case "new":
				news[id] = true
			case "at":
				highest = max(highest, id)
			case "alert":
				if seq == 0 && left < 0 {
					break // the line that was being written
				}
				if had, ok := alerts[id]; ok && had != (alert{count, seq}) {
					t.Errorf("life %d: alert %d was %+v, is %d %d", life, id, had, count, seq)
				}
				alerts[id] = alert{count, seq}
			default:
				if left > 0 {
					t.Error(lines.Text())
				}
			}
		}
		cmd.Wait()
	}

	c := booktest.NewClock()
	s, told, err := Open(path, childOptions(c), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Report().SetAside != "" {
		t.Errorf("%+v", s.Report())
	}
	last := max(s.Committed(), highest)
	for seq := s.Committed() + 1; seq <= last; seq++ {
		ev := streamEvent(seq)
		c.T = ev.Time
		s.Observe(&ev)
	}
	for range 200 {
		c.Advance(time.Second)
		if err := told.Tick(c.T); err != nil {
			t.Fatal(err)
		}
	}
	first, counts := map[netip.Addr]uint64{}, map[netip.Addr]uint64{}
	for seq := uint64(1); seq <= last; seq++ {
		ev := streamEvent(seq)
		a := ev.Dst.Addr
		if counts[a]++; counts[a] == 1 {
			first[a] = seq
			if seq <= highest && !news[seq] {
				t.Errorf("%d was not New", seq)
			}
			delete(news, seq)
		}
	}
	for seq := range news {
		if seq <= last {
			t.Errorf("%d was New", seq)
		}
	}
	list, err := s.Hosts(book.HostQuery{Limit: -1})
	if err != nil || len(list) != len(first) {
		t.Fatalf("%d hosts, want %d, %v", len(list), len(first), err)
	}
	for _, h := range list {
		if h.FirstSeq != first[h.Addr] || h.Out != counts[h.Addr] {
			t.Errorf("%+v, want %d and %d", h, first[h.Addr], counts[h.Addr])
		}
	}
	hosts := uint64(0)
	all, err := told.After(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		hosts += a.Count
		if had, ok := alerts[a.ID]; ok && had != (alert{a.Count, a.Seq}) {
			t.Errorf("alert %d was %+v, is %+v", a.ID, had, a)
		}
		delete(alerts, a.ID)
	}
	if hosts != uint64(len(first)) {
		t.Errorf("%d hosts told of %d", hosts, len(first))
	}
	if len(alerts) > 0 {
		t.Errorf("%d alerts are gone that a reader got", len(alerts))
	}
	t.Logf("%d events, %d hosts, %d alerts in %d lives", last, len(first), len(all), kills)
}
