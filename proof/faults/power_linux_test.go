package faults

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
	"linklog/service/spool"
)

// What is in the data folder that is damaged.
const (
	perSegment = 3000 // attempts in each of the two months that are sealed
	live       = 4000 // attempts that the service received before the power went
)

// powerCut is a data folder as a crash leaves it: two sealed segments, a live one
// with its WAL, the spool, hosts with a label. It gives the number of each event.
func powerCut(t *testing.T) (dir string, truth map[uint64]int) {
	dir = t.TempDir()
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	month := time.Now().UTC().AddDate(0, 0, 1-time.Now().UTC().Day())
	for segment := range 2 {
		begin := month.AddDate(0, segment-2, 0)
		events := make([]capture.Event, perSegment)
		for i := range events {
			n := segment*perSegment + i
			events[i] = capture.Event{
				Seq: uint64(n + 1), Time: begin.Add(time.Duration(i) * time.Second), Kind: capture.Traffic, Dir: capture.In, Proto: capture.TCP,
				Router: netip.MustParseAddr("127.0.0.1"), Src: sourceOf(n), Dst: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 80},
			}
		}
		if err := h.Append(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a month is sealed", func() bool { return h.Segments()[0].Sealed })
	sp, _, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{MinSeq: 2 * perSegment}) // what is stored was released
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.Close(), sp.Close()); err != nil {
		t.Fatal(err)
	}

	d := serve(t, setup{data: dir})
	d.send(t, 2*perSegment, live/2)
	if err := d.SetDeviceLabel(t.Context(), "192.168.1.10", "Kitchen"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Ignore(t.Context(), "port:ntp"); err != nil {
		t.Fatal(err)
	}
	sendNumbered(t, d.address(), 2*perSegment+live/2, live/2, 0)
	eventually(t, "all is received", func() bool { return d.status(t).Received == live })
	d.kill()

	whole := serve(t, setup{data: copyFolder(t, dir)})
	whole.await(t, 2*perSegment+live-1)
	truth = make(map[uint64]int)
	events := whole.events(t)
	if l := account(t, events); l.missing(0, 2*perSegment+live) > 0 || l.doubled > 0 {
		t.Fatalf("the folder is not whole: %d missing, %d doubled", l.missing(0, 2*perSegment+live), l.doubled)
	}
	for i := range events {
		if n := numberOf(&events[i]); n >= 0 {
			truth[events[i].Seq] = n
		}
	}
	whole.kill()
	return dir, truth
}

func copyFolder(t *testing.T, from string) string {
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestPowerLoss damages each file of a data folder in each way, and starts the
// service on it. It comes up, receives, and shows all events; those it cannot show
// it tells, by their numbers. No number is given to another event.
//
// By default one kind of damage, which is different for each file, stands for the
// others, beside what power loss really does; LINKLOG_SOAK=1 tries all.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the service many times")
	}
	master, truth := powerCut(t)
	var files []string
	err := fs.WalkDir(os.DirFS(master), ".", func(path string, e fs.DirEntry, err error) error {
		if name := filepath.Base(path); err == nil && !e.IsDir() && name != "linklog.toml" && name != "lock" && !strings.HasSuffix(name, "-shm") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := harms()
	for i, file := range files {
		for j, harm := range all {
			if sizeOf(t, filepath.Join(master, file)) == 0 && harm.name != "missing" {
				continue
			}
			if !soak() && (i*5+j*3)%len(all) > 0 && !chosen(file, harm.name) {
				continue
			}
			t.Run(file+"/"+harm.name, func(t *testing.T) {
				t.Parallel()
				dir := copyFolder(t, master)
				harm.do(t, filepath.Join(dir, file), rand.New(rand.NewPCG(uint64(i), uint64(j))))
				recovers(t, dir, truth)
			})
		}
	}
	// Several at once: what is in none of them is told, too.
	for i, patterns := range [][]string{
		{"spool/*.spool", "history/history-*-000003.db*"},
		{"spool/*.spool", "history/history-*-000002.db*"},
		{"history/history-*-000001.db*", "history/history-*-000002.db*"},
		{"spool/*"},
		{"spool/*", "state.db*"},
		{"history/*"},
		{"history/*", "state.db*"},
	} {
		if !soak() && i%2 == 1 {
			continue
		}
		t.Run(strings.Join(patterns, " and ")+"/missing", func(t *testing.T) {
			t.Parallel()
			dir := copyFolder(t, master)
			for _, pattern := range patterns {
				found, _ := filepath.Glob(filepath.Join(dir, pattern))
				for _, f := range found {
					if err := os.Remove(f); err != nil {
						t.Fatal(err)
					}
				}
			}
			recovers(t, dir, truth)
		})
	}
}

// chosen is what is always tried: what power loss really does, and what is found
// only when it is read.
func chosen(file, harm string) bool {
	switch {
	case strings.HasSuffix(file, ".spool"), strings.HasSuffix(file, "3.db-wal"):
		return harm == "last record torn" || harm == "half"
	case strings.HasSuffix(file, "2.db"), strings.HasSuffix(file, "names.db"):
		return harm == "last page zeros" || harm == "middle zeros"
	}
	return false
}

// TestDamagedWhileRunning damages the files under a service that runs, as a failing
// drive does: what the history lost it gets from the spool, and the status tells it.
func TestDamagedWhileRunning(t *testing.T) {
	t.Parallel()
	d := serve(t, setup{})
	const n = 5000
	d.send(t, 0, n)
	files, err := filepath.Glob(filepath.Join(d.data, "history", "*.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if size := sizeOf(t, file); size > 4096 && !strings.HasSuffix(file, "-shm") {
			write(t, file, size/8, bytes.Repeat([]byte{0xa5}, int(size*3/4)))
		}
	}
	d.send(t, n, 100)
	eventually(t, "all is there again", func() bool { l := account(t, d.readable(t)); return l.missing(0, n+100) == 0 && l.doubled == 0 })
	if l := account(t, d.events(t)); len(l.gaps) > 0 {
		t.Errorf("nothing is lost, and yet: %q", l.gaps)
	}
	if text := d.trouble(t, "history file history-"); !strings.Contains(text, "damaged and set aside") {
		t.Errorf("trouble: %q", text)
	}
	aside, _ := filepath.Glob(filepath.Join(d.data, "history", "*.db.damaged-*"))
	if len(aside) == 0 {
		t.Error("nothing was set aside")
	}
	d.stop(t)
	d = serve(t, setup{data: d.data})
	if l := account(t, d.events(t)); l.missing(0, n+100) > 0 || l.doubled > 0 {
		t.Errorf("after another start %d are missing, %d doubled", l.missing(0, n+100), l.doubled)
	}
}
