package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/history"
)

// An archive that cannot be used is empty, and says why to who wants to add to it.
func TestUnusable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "imported")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Open(path, Options{})
	var cannot *datafile.Error
	if !errors.As(err, &cannot) || cannot.Problem != datafile.NotAFolder {
		t.Fatal(err)
	}
	if n, err := a.Count(t.Context(), history.Query{}); n != 0 || err != nil {
		t.Error(n, err)
	}
	if _, _, err := addBatch(a, a.Mark(), attempts(start, time.Second, 10)); !errors.As(err, &cannot) {
		t.Errorf("add: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// Where the newest file cannot be read, what is imported meanwhile gets none of its Seqs.
func TestNewestUnreadable(t *testing.T) {
	dir := t.TempDir()
	o := Options{SegmentRows: 100}
	a := mustOpen(t, dir, o)
	add(t, a, a.Mark(), attempts(start, time.Second, 150), 150)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "history-2014-09-000002.db")
	if err := errors.Join(os.Rename(path, path+".away"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		a = mustOpen(t, dir, o)
		add(t, a, a.Mark(), attempts(start.Add(time.Duration(i+1)*time.Hour), time.Second, 10), 10)
		if n, err := a.Count(t.Context(), history.Query{}); n != int64(100+10*(i+1)) || err != nil {
			t.Errorf("%d events, %v", n, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
		t.Fatal(err)
	}
	a = mustOpen(t, dir, o)
	seqs, last := make(map[uint64]bool), time.Time{}
	err := a.Each(context.Background(), history.Query{OldestFirst: true}, func(e *capture.Event) error {
		if seqs[e.Seq] || e.Time.Before(last) {
			t.Errorf("%d at %v, after %v", e.Seq, e.Time, last)
		}
		seqs[e.Seq], last = true, e.Time
		return nil
	})
	if err != nil || len(seqs) != 170 {
		t.Errorf("%d events, want 170, %v", len(seqs), err)
	}
}
