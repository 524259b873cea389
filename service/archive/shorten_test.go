package archive

import (
	"bytes"
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

// oldBefore says that what is from before a time is old.
func oldBefore(t time.Time) Old {
	return Old{Before: t, External: func(a netip.Addr) bool { return !a.IsPrivate() }}
}

// inFiles are those of some texts that are in a file of an archive.
func inFiles(t *testing.T, a *Archive, texts ...string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(a.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		all, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if bytes.Contains(all, []byte(text)) {
				found = append(found, filepath.Base(f)+": "+text)
			}
		}
	}
	return found
}

// Old and new events of the same hosts are in the same files: of the old ones only networks stay, in no
// byte anything else, and what was imported is known still. What is old when it is imported is never stored otherwise.
func TestShorten(t *testing.T) {
	for _, rows := range []int64{0, 500} {
		t.Run(fmt.Sprint("files of ", rows), func(t *testing.T) {
			var old Old
			a := fresh(t, Options{SegmentRows: rows, Old: func() Old { return old }})
			month := start.AddDate(0, 2, 0) // of November
			var events []capture.Event
			for i := range 1000 {
				e := attempt(start.Add(time.Duration(i)*time.Minute), i%50) // of September
				e.Src.Name = fmt.Sprintf("long-ago-%d.example", i)
				if i >= 500 {
					e = attempt(month.Add(time.Duration(i)*time.Minute), i%100)
					e.Src.Name = fmt.Sprintf("still-%d.example", i)
				}
				events = append(events, e)
			}
			events[0].Src.Addr = netip.MustParseAddr("198.51.100.77")
			events[1].Src.Addr = netip.MustParseAddr("2001:db8:1:2::3")
			add(t, a, a.Mark(), events, len(events))
			private := []string{"198.51.100.77", "2001:db8:1:2::3", "long-ago-"}
			if found := inFiles(t, a, private...); len(found) < 3 {
				t.Fatalf("%q: these are not looked for", found)
			}
			// The middle of the newer month: of files with both, only what is from before the month.
			old = oldBefore(month.Add(700 * time.Minute))
			if files, err := a.Shorten(t.Context(), old, false); err != nil || files == 0 {
				t.Fatal(files, err)
			}
			look := func(when string) {
				t.Helper()
				if found := inFiles(t, a, private...); len(found) > 0 {
					t.Errorf("%s: %q", when, found)
				}
				got := read(t, a, history.Query{OldestFirst: true})
				if len(got) != len(events) {
					t.Fatalf("%s: %d events", when, len(got))
				}
				for i := range got {
					want := events[i]
					if i < 500 {
						want = *old.of(&want)
					}
					if got[i].Seq = 0; got[i] != want {
						t.Fatalf("%s: %d: %+v, not %+v", when, i, got[i], want)
					}
				}
				for text, want := range map[string]int{"203.0.0.7": 5, "203.0.0.0": 5 + 498, "198.51.100.0": 1, "2001:db8:1::": 1} {
					n := 0
					for _, e := range got {
						if e.Src.Addr == netip.MustParseAddr(text) {
							n++
						}
					}
					if n != want {
						t.Errorf("%s: %s has %d events, not %d", when, text, n, want)
					}
				}
			}
			look("at once")
			if files, err := a.Shorten(t.Context(), old, false); err != nil || files != 0 {
				t.Errorf("again: %d files, %v", files, err)
			}
			a = reopen(t, a)
			look("after a new start")
			if files, err := a.Shorten(t.Context(), old, true); err != nil || files != 0 {
				t.Errorf("after it was interrupted: %d files, %v", files, err)
			}
			add(t, a, a.Mark(), events, 0)
			look("imported again")

			more := slices.Clone(events[:100])
			for i := range more {
				more[i].Time = more[i].Time.Add(time.Second)
			}
			add(t, a, a.Mark(), more, len(more))
			if found := inFiles(t, a, private...); len(found) > 0 {
				t.Errorf("imported when it was old: %q", found)
			}
			// All is old at last.
			old = oldBefore(month.AddDate(1, 0, 0))
			if _, err := a.Shorten(t.Context(), old, false); err != nil {
				t.Fatal(err)
			}
			if found := inFiles(t, a, "still-", "203.0.0.7", "long-ago-"); len(found) > 0 {
				t.Errorf("%q", found)
			}
			add(t, a, a.Mark(), append(slices.Clone(more), events...), 0)
			if err := check(t, a); err != nil {
				t.Error(err)
			}
		})
	}
}

// check looks for damage.
func check(t *testing.T, a *Archive) error {
	t.Helper()
	var wrong []string
	for _, d := range a.Report().Damaged {
		wrong = append(wrong, fmt.Sprint(d))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, ", "))
	}
	return nil
}
