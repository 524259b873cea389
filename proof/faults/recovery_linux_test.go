package faults

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
)

var (
	// What gaps say is lost, by the numbers of events.
	lostRange = regexp.MustCompile(`(?:events|received as) (\d+) to (\d+)`)
	lostFrom  = regexp.MustCompile(`received as (\d+) and later`)
	lostLast  = regexp.MustCompile(`the end of the spool was damaged`)
)

// recovery is a service on a damaged folder, beside what was in it.
type recovery struct {
	*daemon
	truth   map[uint64]int // number of each event
	highest uint64         // of them
	shown   map[uint64]bool
	ledger  *ledger
}

// look reads all events and compares them with what they were.
func (r *recovery) look(t *testing.T) {
	t.Helper()
	events := r.readable(t)
	r.ledger = account(t, events)
	clear(r.shown)
	for i := range events {
		ev := &events[i]
		number, known := r.truth[ev.Seq]
		switch {
		case known && number == numberOf(ev):
			r.shown[ev.Seq] = true
		case known:
			t.Errorf("event %d was %s, and is %v %v", ev.Seq, numbered(number), ev.Kind, ev)
		case ev.Seq <= r.highest && ev.Kind != capture.Gap:
			t.Errorf("event %d was not there: %v", ev.Seq, ev)
		}
	}
}

// untold are the events that are neither shown nor within what a gap says is lost.
func (r *recovery) untold() (lost []uint64) {
	last := uint64(0) // of those that are shown
	for seq := range r.truth {
		if r.shown[seq] {
			last = max(last, seq)
		} else {
			lost = append(lost, seq)
		}
	}
	texts := strings.Join(r.ledger.gaps, "\n")
	told := func(from, to uint64) {
		lost = slices.DeleteFunc(lost, func(seq uint64) bool { return from <= seq && seq <= to })
	}
	for _, m := range lostRange.FindAllStringSubmatch(texts, -1) {
		from, _ := strconv.ParseUint(m[1], 10, 64)
		to, _ := strconv.ParseUint(m[2], 10, 64)
		told(from, to)
	}
	for _, m := range lostFrom.FindAllStringSubmatch(texts, -1) {
		from, _ := strconv.ParseUint(m[1], 10, 64)
		told(from, r.highest)
	}
	if lostLast.MatchString(texts) {
		told(last+1, r.highest)
	}
	slices.Sort(lost)
	return lost[min(len(lost), int(r.ledger.lost)):] // others are only counted
}

// recovers runs the service on a folder and sees that all is shown or told.
func recovers(t *testing.T, dir string, truth map[uint64]int) {
	const first, n = 1 << 20, 50
	r := recovery{daemon: serve(t, setup{data: dir}), truth: truth, shown: make(map[uint64]bool)}
	for seq := range truth {
		r.highest = max(r.highest, seq)
	}
	r.send(t, first, n)
	r.look(t)
	if missing := r.ledger.missing(first, n); missing > 0 {
		t.Errorf("%d of %d new attempts are not there: %s", missing, n, r.stderr)
	}
	// Some of it is told, or stored again, in the background.
	for deadline := time.Now().Add(5 * time.Second); len(r.untold()) > 0 && time.Now().Before(deadline); r.look(t) {
		time.Sleep(50 * time.Millisecond)
	}
	status, _ := r.linklog(t, "status")
	if lost := r.untold(); len(lost) > 0 {
		t.Errorf("%d events (%d to %d) are gone, which no gap tells (%q): %s\n%s", len(lost), lost[0], lost[len(lost)-1], r.ledger.gaps, status, r.stderr)
	}
	if labels := r.labelled(t); !labels && !strings.Contains(status, "TROUBLE") {
		t.Errorf("the name of a device is gone, which nobody tells: %s\n%s", status, r.stderr)
	}
	t.Logf("%d of %d shown; %q", len(r.shown), len(truth), r.ledger.gaps)
	r.stop(t)

	// Nothing is lost later, either.
	before := maps.Clone(r.shown)
	r.daemon = serve(t, setup{data: dir})
	r.look(t)
	for seq := range before {
		if !r.shown[seq] {
			t.Fatalf("event %d is gone after another start: %s", seq, r.stderr)
		}
	}
	if missing := r.ledger.missing(first, n); missing > 0 {
		t.Errorf("%d of %d new attempts are gone after another start: %s", missing, n, r.stderr)
	}
	r.kill()
}

// readable reads the events. What is damaged may be found only then: that breaks off
// one answer, and no other.
func (d *daemon) readable(t *testing.T) []capture.Event {
	t.Helper()
	var all []capture.Event
	failed := 0
	eventually(t, "the events can be read", func() bool {
		all = all[:0]
		err := d.Events(t.Context(), client.Query{OldestFirst: true}, func(ev *capture.Event) error {
			all = append(all, *ev)
			return nil
		})
		if err != nil {
			failed++
			t.Logf("%v", err)
		}
		return err == nil
	})
	if failed > 5 {
		t.Errorf("%d answers broken off: %s", failed, d.stderr)
	}
	return all
}

// labelled tells whether the name that was given to a device is there.
func (d *daemon) labelled(t *testing.T) bool {
	t.Helper()
	devices, err := d.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range devices {
		if device.Label == "Kitchen" {
			return true
		}
	}
	return false
}
