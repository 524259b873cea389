package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/history"
	"linklog/service/spool"
)

// What is lost with the end of the spool is told, and how much of it is known: whatever the
// history and the book had of it when the computer failed, and wherever the file ends. What
// the history has is not lost.
func TestEndOfSpool(t *testing.T) {
	const received = 30
	cutOff, damaged := capture.GapText(capture.GapSpoolCut), capture.GapText(capture.GapSpoolDamaged)
	for _, test := range []struct {
		name           string
		stored, booked int // events that the history and the book have
		sound          int // records that are left
		torn           int // bytes that are left of the next one
		zeros          int // bytes of nothing behind that
		flipped        int // records at the end that are damaged
		want           []string
	}{
		{name: "nothing", stored: 10, booked: 10, sound: received},
		{name: "what nobody else knew of", stored: 10, booked: 10, sound: 20, torn: 40, want: []string{cutOff + " 1"}},
		{name: "a part that is stored, and what came after it", stored: 21, booked: 21, sound: 20, torn: 40, want: []string{cutOff + " 0"}},
		{name: "what is stored, between two records", stored: 25, booked: 25, sound: 20, want: []string{cutOff + " 0"}},
		{name: "what only the book has", stored: 10, booked: 25, sound: 20, torn: 40, want: []string{cutOff + " 0", damaged + " 5"}},
		{name: "what the book has, and one more", stored: 10, booked: 20, sound: 20, torn: 40, want: []string{cutOff + " 1"}},
		{name: "what only the book has, between two records", stored: 10, booked: 25, sound: 20, want: []string{cutOff + " 0", damaged + " 5"}},
		{name: "what only the history has", stored: 25, booked: 10, sound: 20, torn: 40, want: []string{cutOff + " 0"}},
		{name: "a part that the history has, and the book more", stored: 22, booked: 25, sound: 20, torn: 40, want: []string{cutOff + " 0", damaged + " 3"}},
		{name: "before anything was stored", sound: 20, torn: 40, want: []string{cutOff + " 1"}},
		{name: "room that was never written", stored: 10, booked: 10, sound: 20, zeros: 4096, want: []string{cutOff + " 0"}},
		{name: "damaged records", stored: 10, booked: 10, sound: received, flipped: 3, want: []string{cutOff + " 3"}},
		{name: "damaged records of which the history has two", stored: 29, booked: 29, sound: received, flipped: 3, want: []string{cutOff + " 1"}},
		{name: "damaged records of which the book has two", stored: 10, booked: 29, sound: received, flipped: 3, want: []string{cutOff + " 1", damaged + " 2"}},
		{name: "damaged records that the history has", stored: received, booked: 10, sound: received, flipped: 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			e := newEngine(t, folder)
			for port := range received {
				attempts(t, e, port)
			}
			events := decoded(t, e, received)
			if err := e.History().Append(t.Context(), events[:test.stored]); err != nil {
				t.Fatal(err)
			}
			for i := range events[:test.booked] {
				e.book.Observe(&events[i])
			}
			crash(t, e, folder)
			file := filepath.Join(folder, "spool", fmt.Sprintf("%020d.spool", 1))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			record := (len(text) - 64) / received // behind the header
			end := len(text) - (received-test.sound)*record
			text = append(text[:end+test.torn], make([]byte, test.zeros)...)
			for i := range test.flipped {
				text[end-i*record-1]++
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := gapsOfStart(t, newEngine(t, folder)); !slices.Equal(got, test.want) {
				t.Errorf("told: %q, want %q", got, test.want)
			}
		})
	}
}

// decoded are the events of the records from 1 on.
func decoded(t *testing.T, e *Engine, n int) []capture.Event {
	t.Helper()
	reader, err := e.Spool().Reader(1)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	records, events, d := make([]spool.Record, 1), make([]capture.Event, n), e.newDecoding()
	for i := range events {
		if _, err := reader.Next(t.Context(), records); err != nil || !d.read(&records[0], &events[i], new(capture.Counts)) {
			t.Fatal("not an event", err)
		}
	}
	return events
}

// crash ends an engine so that its spool is what it is when the computer fails.
func crash(t *testing.T, e *Engine, folder string) {
	t.Helper()
	queue, before := filepath.Join(folder, "spool"), filepath.Join(t.TempDir(), "spool")
	err := os.CopyFS(before, os.DirFS(queue))
	if err = errors.Join(err, e.Close(), os.RemoveAll(queue)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(before, queue); err != nil {
		t.Fatal(err)
	}
}

// gapsOfStart runs an engine until it has read the spool, and gives the gaps that its history
// has then: what they say, and how many are lost.
func gapsOfStart(t *testing.T, e *Engine) (gaps []string) {
	t.Helper()
	if err := e.Run(t.Context(), func(ctx context.Context) error {
		for port := range 2 { // what is found before the first is stored before the second
			attempts(t, e, 1000+port)
			for last := e.Spool().Last(); e.History().LastSeq() < last; time.Sleep(time.Millisecond) {
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	q := history.Query{Filter: filter.OfKind(capture.Gap), OldestFirst: true}
	if err := e.History().Each(t.Context(), q, func(ev *capture.Event) error {
		gaps = append(gaps, fmt.Sprint(ev.Text, " ", ev.Lost))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return gaps
}
