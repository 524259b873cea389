package service

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/service/intake"
)

// After a restart it is known who sent before, and when, whatever became of the file.
func TestRoutersBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "link") // as systemd has it
	if err := os.Symlink(t.TempDir(), dir); err != nil {
		t.Skip(err)
	}
	local := netip.MustParseAddr("127.0.0.1")
	r := run(t, dir, nil)
	r.send(t, 20, 0)
	eventually(t, "it is stored", func() bool { return r.rows() == 20 })
	last := r.Status().Routers[0].Last
	if s := r.Status(); len(s.Before) != 0 || s.Spool == 0 || s.Used < s.Spool {
		t.Errorf("before: %v, spool %d of %d bytes", s.Before, s.Spool, s.Used)
	}
	for _, test := range []struct {
		name string
		harm func(file string) error
	}{
		{"as it was left", func(string) error { return nil }},
		{"once more, without a message in between", func(string) error { return nil }},
		{"data of an earlier LinkLog", os.Remove},
		{"a damaged file", func(file string) error { return os.WriteFile(file, []byte(`[{"ip":"127.`), 0o600) }},
		{"a kill, after which the file has only what came before it was written last", func(file string) error {
			text, err := json.Marshal([]intake.Router{{Addr: local, Count: 0, Last: last.Add(-time.Minute)}})
			if err != nil {
				return err
			}
			return os.WriteFile(file, text, 0o600)
		}},
		{"a clock that was ahead", func(file string) error {
			text, err := json.Marshal([]intake.Router{{Addr: local, Count: 20, Last: time.Now().AddDate(2, 0, 0)}})
			if err != nil {
				return err
			}
			last = time.Now()
			return os.WriteFile(file, text, 0o600)
		}},
	} {
		file := filepath.Join(dir, "routers")
		if err := r.end(); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if err := test.harm(file); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		r = run(t, dir, nil)
		eventually(t, "the router is known", func() bool { return len(r.Status().Before) > 0 })
		s := r.Status()
		if len(s.Routers) != 0 || len(s.Before) != 1 || s.Before[0].Addr != local || s.Before[0].Count != 20 || s.Before[0].Last.Sub(last).Abs() > 5*time.Second {
			t.Errorf("%s: routers %v, before %v; it was last heard at %v", test.name, s.Routers, s.Before, last)
		}
	}
	r.send(t, 1, 0)
	eventually(t, "it is a router of this start", func() bool { s := r.Status(); return len(s.Routers) == 1 && len(s.Before) == 0 })
	file := filepath.Join(dir, "routers")
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	var kept []intake.Router
	if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &kept) != nil || len(kept) != 1 || kept[0].Count != 21 {
		t.Errorf("%s, %v: want 21 messages of one router", text, err)
	}
}
