package service

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/health"
	"linklog/service/history"
)

// The newest file of the history cannot be read, and with it the highest Seq: none is
// given twice, whatever else is gone, and when the file can be read again each event is
// there once.
func TestNewestUnreadable(t *testing.T) {
	for _, gone := range [][]string{nil, {"spool"}, {"state.db"}, {"spool", "state.db"}} {
		t.Run("without "+strings.Join(gone, " and "), func(t *testing.T) {
			dir := t.TempDir()
			r := run(t, dir, nil)
			r.send(t, 500, 0)
			eventually(t, "all stored", func() bool { return r.rows() == 500 })
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, "history", "history-*-000001.db"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := errors.Join(os.Rename(files[0], files[0]+".away"), os.Mkdir(files[0], 0o700)); err != nil {
				t.Fatal(err)
			}
			for _, name := range gone {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}

			r = run(t, dir, nil)
			r.send(t, 100, 0)
			eventually(t, "new ones are stored", func() bool { return r.rows() >= 100 && r.Intake.Accepted() == 100 && r.Status().Waiting == 0 })
			trouble := ""
			for _, x := range r.Status().Troubles {
				trouble += x.Where() + ": " + x.Reason().String() + "\n"
			}
			if !strings.Contains(trouble, "history file "+filepath.Base(files[0])+": not used until this is fixed and the service restarted: "+files[0]+" is a folder, not a file") {
				t.Errorf("trouble: %s", trouble)
			}
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Remove(files[0]), os.Rename(files[0]+".away", files[0])); err != nil {
				t.Fatal(err)
			}

			r = run(t, dir, nil)
			seen, last := 0, uint64(0)
			err = r.Engine.History().Each(context.Background(), history.Query{OldestFirst: true}, func(ev *capture.Event) error {
				if ev.Seq <= last {
					t.Errorf("%d after %d", ev.Seq, last)
				}
				last = ev.Seq
				switch {
				case ev.Kind == capture.Traffic:
					seen++
				case strings.Contains(ev.Message(), "are lost"):
					t.Errorf("told as lost: %s", ev.Message())
				}
				return nil
			})
			if err != nil || seen != 600 {
				t.Errorf("%d attempts, want 600, %v", seen, err)
			}
		})
	}
}

// A service that was killed before it had written anything of hosts has lost nothing of
// them; it is another matter if the file is missing.
func TestHostsNotWrittenYet(t *testing.T) {
	dir := t.TempDir()
	r := run(t, dir, nil)
	if _, err := r.Engine.Alerts().Ignore("port:123"); err != nil {
		t.Fatal(err)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	gap := capture.Event{Seq: 1, Kind: capture.Gap, Time: time.Now(), Since: time.Now(), Text: "the service was not running"}
	if err := errors.Join(h.Append(t.Context(), []capture.Event{gap}), h.Close()); err != nil {
		t.Fatal(err)
	}
	told := func() bool {
		return slices.ContainsFunc(r.Status().Troubles, func(x health.Condition) bool { return x.Code == health.HostsFileMissing })
	}
	r = run(t, dir, nil)
	if told() || len(r.Engine.Alerts().Ignores()) != 1 {
		t.Errorf("%+v, %+v", r.Status().Troubles, r.Engine.Alerts().Ignores())
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	for name, harm := range map[string]func(string) error{"missing": os.Remove, "empty": func(file string) error { return os.Truncate(file, 0) }} {
		if err := harm(filepath.Join(dir, "state.db")); err != nil {
			t.Fatal(err)
		}
		r = run(t, dir, nil)
		if !told() {
			t.Errorf("%s: it is not told", name)
		}
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file with a number that no event can have does not keep the service down, nor do its
// numbers count.
func TestNumbersAtTheEnd(t *testing.T) {
	const last = 1<<63 - 2
	for name, harm := range map[string]struct {
		do   func(folder string) error
		code health.Code
	}{
		"history": {func(folder string) error {
			h, err := history.Open(filepath.Join(folder, "history"), history.Options{})
			if err != nil {
				return err
			}
			at := time.Now().UTC()
			return errors.Join(h.Append(t.Context(), []capture.Event{{Seq: last, Kind: capture.Gap, Time: at, Since: at}}), h.Close())
		}, health.HistoryFileUnused},
		"state.db": {func(folder string) error {
			db, err := sql.Open("sqlite", filepath.Join(folder, "state.db"))
			if err != nil {
				return err
			}
			_, err = db.Exec("UPDATE state SET seq = ?", int64(last))
			return errors.Join(err, db.Close())
		}, health.HostsFileDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := run(t, dir, nil)
			r.send(t, 10, 0)
			eventually(t, "stored", func() bool { return r.rows() == 10 })
			if err := errors.Join(r.end(), harm.do(dir)); err != nil {
				t.Fatal(err)
			}
			r = run(t, dir, nil)
			if !r.Health.Has(harm.code) {
				t.Errorf("it is not told: %+v", r.Status().Troubles)
			}
			r.send(t, 5, 0)
			eventually(t, "new ones are stored", func() bool { return r.Intake.Accepted() == 5 && r.Status().Waiting == 0 && r.rows() >= 5 })
			if newest := r.Engine.Last(); newest > capture.MaxSeq {
				t.Errorf("the newest is %d", newest)
			}
		})
	}
}
