package archive

import (
	"context"
	"errors"
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
)

// from adds a batch of a file and gives the number of its import.
func from(t *testing.T, a *Archive, mark uint64, file string, events []capture.Event) int {
	t.Helper()
	done, err := a.Add(context.Background(), Batch{mark, file, events})
	if err != nil || done.Added != len(events) {
		t.Fatalf("%+v, %v", done, err)
	}
	return done.Import
}

// there lists the imports in short.
func there(a *Archive) string {
	list, unnumbered := a.Imports()
	var b strings.Builder
	for _, im := range list {
		fmt.Fprintf(&b, "%d: %s %d+%d, ", im.Number, strings.Join(im.Files, " "), im.Added, im.Known)
	}
	return fmt.Sprintf("%s%d", b.String(), unnumbered)
}

func reopen(t *testing.T, a *Archive) *Archive {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, a.dir, a.o)
}

// equal fails unless an archive has these events, in any order of Seq.
func equal(t *testing.T, a *Archive, want ...[]capture.Event) {
	t.Helper()
	var all []capture.Event
	for _, list := range want {
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b capture.Event) int { return a.Time.Compare(b.Time) })
	got := read(t, a, history.Query{OldestFirst: true})
	for i := range got {
		got[i].Seq = 0
	}
	if !slices.Equal(got, all) {
		t.Errorf("%d events are there, not the %d of the imports that were not undone", len(got), len(all))
	}
	if n, err := a.Count(context.Background(), history.Query{}); err != nil || n != int64(len(all)) {
		t.Errorf("%d events are counted, want %d; %v", n, len(all), err)
	}
}

func undo(t *testing.T, a *Archive, number, want int) {
	t.Helper()
	if n, err := a.Undo(context.Background(), number); n != int64(want) || err != nil {
		t.Fatalf("import %d: %d events were removed, want %d; %v", number, n, want, err)
	}
}

// Two imports at the same time, whose events are of the same time: each can be undone alone.
func TestUndo(t *testing.T) {
	for _, rows := range []int64{0, 100} {
		t.Run(fmt.Sprint("files of ", rows), func(t *testing.T) {
			a := fresh(t, Options{SegmentRows: rows})
			one, two := attempts(start, time.Minute, 500), attempts(start.Add(time.Second), time.Minute, 500)
			for i := range one {
				one[i].Text, two[i].Text = fmt.Sprint("the first's ", i), fmt.Sprint("the second's ", i)
			}
			first, second := a.Mark(), a.Mark()
			for i := 0; i < 500; i += 250 {
				if n := from(t, a, first, "one.log", one[i:i+250]); n != 1 {
					t.Fatalf("number %d", n)
				}
				if n := from(t, a, second, fmt.Sprint("two.log.", i), two[i:i+250]); n != 2 {
					t.Fatalf("number %d", n)
				}
			}
			add(t, a, a.Mark(), one, 0) // nothing new has no number
			if got := there(a); got != "1: one.log 500+0, 2: two.log.0 two.log.250 500+0, 0" {
				t.Errorf("imports %s", got)
			}
			a = reopen(t, a)
			list, _ := a.Imports()
			if im := list[0]; !im.Since.Equal(start) || !im.Until.Equal(one[499].Time) || time.Since(im.When) > time.Minute {
				t.Errorf("import %+v", im)
			}
			undo(t, a, 1, 500)
			equal(t, a, two)
			undo(t, a, 2, 500)
			equal(t, a)
			if n := from(t, a, a.Mark(), "one.log", one); n != 3 {
				t.Errorf("number %d, want 3", n)
			}
			equal(t, a, one)
			a = reopen(t, a)
			equal(t, a, one)
			_, err := a.Undo(context.Background(), 1)
			var missing *NumberError
			if !errors.As(err, &missing) || !slices.Equal(missing.There, []int{3}) || !strings.Contains(err.Error(), "the numbers are 3") {
				t.Errorf("an import that is gone: %v", err)
			}
			undo(t, a, 3, 500)
			if a = reopen(t, a); there(a) != "0" {
				t.Errorf("imports %s", there(a))
			}
			if n := from(t, a, a.Mark(), "two.log", two); n != 4 {
				t.Errorf("number %d, want 4", n)
			}
			equal(t, a, two)
			for _, s := range a.Segments() {
				db, err := os.ReadFile(filepath.Join(a.dir, s.File))
				if err != nil || strings.Contains(string(db), "the first's") {
					t.Errorf("texts of an import that was undone are in %s; %v", s.File, err)
				}
			}
		})
	}
}

// While an import goes on it is undone: what it has sent is gone, and the rest is refused.
func TestUndoWhileItGoesOn(t *testing.T) {
	a := fresh(t, Options{})
	log := attempts(start, time.Second, 100)
	mark := a.Mark()
	from(t, a, mark, "log", log[:50])
	undo(t, a, 1, 50)
	if _, _, err := addBatch(a, mark, log[50:]); !errors.Is(err, ErrMark) {
		t.Errorf("it went on: %v", err)
	}
	equal(t, a)
}

// Whenever an undo is interrupted, the next start ends it, and others keep what they have.
func TestUndoInterrupted(t *testing.T) {
	one, two := attempts(start, time.Second, 50), attempts(start.Add(time.Hour), time.Second, 15)
	for left := range 8 {
		a := fresh(t, Options{SegmentRows: 10})
		first, second := a.Mark(), a.Mark()
		from(t, a, first, "one", one[:25])
		from(t, a, second, "two", two)
		from(t, a, first, "one", one[25:])
		n, err := a.Undo(&countdown{context.Background(), left}, 1)
		if (err == nil) != (n == 50) {
			t.Fatalf("%d removed, %v", n, err)
		}
		if err != nil {
			if list, _ := a.Imports(); !list[0].Undoing {
				t.Errorf("the list does not say that import 1 is half removed")
			}
			if left%2 == 0 {
				undo(t, a, 1, 50-int(n))
			}
		}
		a = reopen(t, a)
		equal(t, a, two)
		if got := there(a); got != "2: two 15+0, 0" {
			t.Errorf("imports %s", got)
		}
	}
}

// After a crash between the list and the events, the list is right again, and no event is
// of two imports.
func TestCrashInABatch(t *testing.T) {
	a := fresh(t, Options{})
	one, two := attempts(start, time.Second, 30), attempts(start.Add(time.Minute), time.Second, 30)
	from(t, a, a.Mark(), "one", one[:20])
	lost := slices.Clone(one[20:])
	for i := range lost {
		lost[i].Seq = 21 + uint64(i)
	}
	if _, err := a.imports.begin(a.imports.Imports[0], lost); err != nil { // and then the power is gone
		t.Fatal(err)
	}
	a = reopen(t, a)
	from(t, a, a.Mark(), "two", two)
	if got := there(a); got != "1: one 20+0, 2: two 30+0, 0" {
		t.Errorf("imports %s", got)
	}
	undo(t, a, 1, 20)
	equal(t, a, two)
}

// An archive of an earlier version, or one whose list is damaged, is used all the same.
func TestBeforeNumbering(t *testing.T) {
	for _, list := range []string{"", "{", `{"imported":1,"imports":[{"number":2}]}`, `{"imported":1,"imports":[null]}`} {
		a := fresh(t, Options{})
		old, later := attempts(start, time.Second, 20), attempts(start.Add(time.Minute), time.Second, 30)
		from(t, a, a.Mark(), "old", old)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(a.dir, "imports.json")
		err := os.Remove(path)
		if list != "" {
			err = os.WriteFile(path, []byte(list), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		a = mustOpen(t, a.dir, Options{})
		if got := there(a); got != "20" {
			t.Errorf("imports %s", got)
		}
		if _, err := a.Undo(context.Background(), 1); err == nil || !strings.Contains(err.Error(), "no import has a number") {
			t.Errorf("undone: %v", err)
		}
		from(t, a, a.Mark(), "later", later)
		if got := there(a); got != "1: later 30+0, 20" {
			t.Errorf("imports %s", got)
		}
		undo(t, a, 1, 30)
		equal(t, a, old)
		if aside, _ := filepath.Glob(path + ".damaged-*"); (list != "") != (len(aside) == 1) {
			t.Errorf("set aside %v", aside)
		}
	}
}

// What the service received is known: one event of it stands for one that is imported, of
// about the same time.
func TestReceived(t *testing.T) {
	live, err := history.Open(filepath.Join(t.TempDir(), "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { live.Close() })
	received := attempts(start, 10*time.Second, 100)
	retry := received[50]
	retry.Time = retry.Time.Add(time.Second) // the same attempt again, a second later
	received = slices.Insert(received, 51, retry)
	for i := range received {
		received[i].Seq = uint64(i + 1)
		received[i].New, received[i].Dst.Name = i == 0, "told by DNS"
	}
	if err := live.Append(context.Background(), received); err != nil {
		t.Fatal(err)
	}
	a := fresh(t, Options{Received: live})
	captured := slices.Clone(received)
	for i := range captured {
		captured[i].Seq, captured[i].New, captured[i].Dst.Name = 0, false, ""
		captured[i].Time = captured[i].Time.Add(time.Duration(i%3-1) * 700 * time.Millisecond)
		captured[i].Verdict, captured[i].Dir = capture.Blocked, capture.Out
		captured[i].Src.Sent.Bytes = uint64(i) // exported before the last report
	}
	for _, cut := range []int{101, 51, 7} {
		mark := a.Mark()
		for part := range slices.Chunk(captured, cut) {
			add(t, a, mark, part, 0)
		}
	}
	more := slices.Concat(captured[:10], captured[50:51], captured[50:52]) // once more than it was received
	other := captured[20]
	other.Router = netip.MustParseAddr("192.168.1.2")
	late := captured[30]
	late.Time = received[30].Time.Add(4 * time.Second)
	add(t, a, a.Mark(), append(more, other, late), 3)
	if got := there(a); got != "1:  3+12, 0" {
		t.Errorf("imports %s", got)
	}
	add(t, a, a.Mark(), captured, 0)
}

// What a log daemon wrote of the lines that the service received adds nothing: its lines have whole
// seconds and may not say from which router they are, and repeats are among them, which reception
// only counts. What the service did not receive is added, each line of it.
func TestReceivedLines(t *testing.T) {
	live, err := history.Open(filepath.Join(t.TempDir(), "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { live.Close() })
	received := attempts(start, 10*time.Second, 100)
	for i := range received {
		received[i].Seq = uint64(i + 1)
		received[i].Verdict, received[i].Text = capture.Blocked, "DROP"
	}
	if err := live.Append(context.Background(), received); err != nil {
		t.Fatal(err)
	}
	var log []capture.Event
	for i := range received {
		ev := received[i]
		ev.Seq, ev.Router, ev.Time = 0, netip.Addr{}, ev.Time.Truncate(time.Second).Add(time.Duration(i%2)*time.Second)
		log = append(log, ev)
		for _, later := range []int{0, 1, 3, 7, 15, 31, 63, 119} { // as TCP tries again; the last two go on from the one before
			if ev.Time = log[len(log)-1].Time.Add(time.Duration(later-later/2) * time.Second); i%10 == 0 {
				log = append(log, ev)
			}
		}
	}
	for _, cut := range []int{len(log), 50} {
		a := fresh(t, Options{Received: live})
		mark := a.Mark()
		for part := range slices.Chunk(log, cut) {
			add(t, a, mark, part, 0)
		}
		// The service was not there: two equal lines of one second are two, and once more the same log none.
		missed := attempts(start.Add(time.Hour), 10*time.Second, 10)
		missed = append(missed, missed[3], missed[3])
		add(t, a, a.Mark(), missed, 12)
		add(t, a, a.Mark(), missed, 0)
		// A log that was rotated begins with what the one before ended with.
		overlap := slices.Concat(missed[5:10], attempts(start.Add(2*time.Hour), time.Second, 5))
		add(t, a, a.Mark(), overlap, 5)
	}
}

// The numbers there are are all listed, or it is said that these are the last of them.
func TestNumbersThereAre(t *testing.T) {
	var scattered []int
	for i := range 25 {
		scattered = append(scattered, 2*i+1)
	}
	for _, test := range []struct {
		there []int
		want  string
	}{
		{[]int{3}, "3"}, {[]int{1, 2}, "1–2"}, {[]int{1, 2, 3, 4, 6, 7, 8, 10}, "1–4, 6–8, 10"},
		{scattered, "…, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49"},
	} {
		if got := (&NumberError{There: test.there}).Numbers(); got != test.want {
			t.Errorf("%v: %s, want %s", test.there, got, test.want)
		}
	}
}

// What is not to be recorded is left out before anything is known of it, and counted with its import.
func TestNotRecorded(t *testing.T) {
	private := false
	a := fresh(t, Options{NotRecorded: func() func(*capture.Event) bool {
		if !private {
			return nil
		}
		return func(e *capture.Event) bool { return e.Src.Port%2 == 0 }
	}})
	events := attempts(start, time.Minute, 100) // of every second the port is even
	private = true
	mark := a.Mark()
	for _, want := range []Added{{0, 0, 0, 1}, {1, 49, 0, 49}, {1, 0, 0, 1}, {1, 1, 0, 0}} {
		batch := events[:1]
		switch {
		case want.Added > 1:
			batch = events[1:99]
		case want.Added == 1:
			batch = events[99:]
		}
		if done, err := a.Add(t.Context(), Batch{Mark: mark, File: "one.log", Events: batch}); err != nil || done != want {
			t.Errorf("%+v, %v; want %+v", done, err, want)
		}
	}
	var rest []capture.Event
	for i := 1; i < 100; i += 2 {
		rest = append(rest, events[i])
	}
	equal(t, a, rest)
	if list, _ := reopen(t, a).Imports(); len(list) != 1 || list[0].Unrecorded != 51 || list[0].Added != 50 {
		t.Errorf("%+v", list)
	}
}
