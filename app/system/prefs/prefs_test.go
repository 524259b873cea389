package prefs

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// sample has every field set, so that a round trip that drops one is seen.
func sample() Choices {
	return Choices{
		Theme: "dark", Density: "comfortable", Language: "de", Width: 1000, Height: 700.5,
		Columns: json.RawMessage(`{"order":["time","src"],"width":[80,120]}`), Page: "hosts", Router: "openwrt", Template: "%t %a",
		Presets: []Preset{{"short", "%t"}}, Without: []string{"%i"}, Saved: []Filter{{Name: "web", Query: "port:443", Colour: "red"}, {Name: "täglich <x> & \u2028", Query: `dst:"a b"`}},
		Attempts: true, HostsBy: "owner", Grouped: true, NoTimeline: true, Bookmarks: []Bookmark{{History: "h1", Seq: 7, Imported: true, Time: time.Date(2026, 11, 23, 17, 0, 0, 5, time.UTC)}}, Silent: true, Muted: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC), Alerts: map[string]uint64{"h1": 1 << 60}, Read: map[string]uint64{"h1": 1 << 59},
		Quit: true, TrayTold: true, Computers: []Computer{{"NAS", "ssh://ann@nas:2222"}}, Computer: "NAS",
	}
}

func open(t *testing.T, path string) (*File[Choices], Choices) {
	t.Helper()
	f, p, err := Open[Choices](path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f, p
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// same compares choices by what they mean: the file has its own spaces in Columns.
func same(a, b Choices) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	for i := range reflect.ValueOf(want).NumField() {
		if reflect.ValueOf(want).Field(i).IsZero() {
			t.Fatalf("the sample has no %s", reflect.TypeOf(want).Field(i).Name)
		}
	}
	path := filepath.Join(t.TempDir(), "not", "there", "app.json")
	f, p := open(t, path)
	if !same(p, Choices{}) {
		t.Errorf("a newcomer has %+v", p)
	}
	if err := f.Save(want); err != nil {
		t.Fatal(err)
	}
	if _, p = open(t, path); !same(p, want) {
		t.Errorf("%+v\n%+v", p, want)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

func TestUnknownMembersStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	put(t, path, "\ufeff"+`{"theme":"dark","future":{"a":[1,2.50,"x"],"big":12345678901234567890},"Language":"de","silent":true}`)
	f, p := open(t, path)
	if p.Theme != "dark" || p.Language != "de" || !p.Silent {
		t.Fatalf("%+v", p)
	}
	p.Theme, p.Silent = "", false // back to what a newcomer has: they must go, not come back
	for range 2 {
		if err := f.Save(p); err != nil {
			t.Fatal(err)
		}
		f, p = open(t, path)
	}
	if p.Theme != "" || p.Silent || p.Language != "de" {
		t.Errorf("%+v", p)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	if len(members) != 2 || strings.Join(strings.Fields(string(members["future"])), "") != `{"a":[1,2.50,"x"],"big":12345678901234567890}` {
		t.Errorf("%s", text)
	}
}

func TestChangesAreGathered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	f, _ := open(t, path)
	p := sample()
	begin := time.Now()
	for i := range 200 {
		p.Width = float32(500 + i)
		if err := f.Changed(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil && time.Since(begin) < saveAfter {
		t.Error("written at once")
	}
	p.Saved[0].Name = "changed after Changed" // must reach neither the file nor the race detector
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("never written")
		}
	}
	if _, got := open(t, path); got.Width != 699 || got.Saved[0].Name != "web" {
		t.Errorf("%+v", got)
	}
	p.Width = 800
	if err := errors.Join(f.Changed(p), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, got := open(t, path); got.Width != 800 {
		t.Errorf("Close left %v", got.Width)
	}
	before, _ := os.Stat(path)
	if err := f.Close(); err != nil { // nothing to write
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("written again")
	}
}

func TestConcurrentSaves(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.json")
	f, _ := open(t, path)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 25 {
				p := sample()
				p.Page = fmt.Sprint(i, "-", j)
				err := f.Changed(p)
				if j%2 == 0 {
					err = f.Save(p)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	read := make(chan int)
	go func() { // never sees half a file
		n := 0
		for {
			select {
			case <-stop:
				read <- n
				return
			default:
			}
			text, err := os.ReadFile(path)
			if err == nil {
				if _, _, err := decode[Choices](text); err != nil {
					t.Error(err)
				}
				n++
			}
			time.Sleep(time.Millisecond) // on Windows a file that is always read cannot be replaced
		}
	}()
	all.Wait()
	close(stop)
	if n := <-read; n == 0 {
		t.Error("nothing was read")
	}
	p := sample()
	p.Page = "the last one"
	if err := errors.Join(f.Save(p), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, got := open(t, path); got.Page != "the last one" {
		t.Error(got.Page)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Error(entries)
	}
}

// Choices that cannot be written are told of once, and again after they could.
func TestFailureIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	blocker := filepath.Join(dir, "linklog")
	told := make(chan error, 10)
	f, _, err := Open[Choices](filepath.Join(blocker, "app.json"), func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		put(t, blocker, "a file where the folder should be")
		for range 3 {
			if f.Save(sample()) == nil {
				t.Fatal("saved into a file")
			}
		}
		if err := <-told; !strings.Contains(err.Error(), "cannot be saved") || len(told) > 0 {
			t.Errorf("round %d: %v, and %d more", round, err, len(told))
		}
		if err := os.Remove(blocker); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil { // what was pending is written now
			t.Fatal(err)
		}
		if _, p := open(t, filepath.Join(blocker, "app.json")); !same(p, sample()) {
			t.Errorf("%+v", p)
		}
		if err := os.RemoveAll(blocker); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	told := make(chan error, 10)
	f, _, err := Open[Choices](path, func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	good := sample()
	if err := f.Save(good); err != nil {
		t.Fatal(err)
	}
	bad := sample()
	for range 300 {
		bad.Saved = append(bad.Saved, Filter{Name: "n", Query: strings.Repeat("q", 4000)})
	}
	if err := f.Save(bad); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
	broken := sample()
	broken.Columns = json.RawMessage(`{"a"`)
	for range 3 {
		if err := f.Changed(broken); err == nil {
			t.Error("broken columns were taken")
		}
	}
	if err := <-told; !strings.Contains(err.Error(), "cannot be saved") || len(told) > 0 {
		t.Error(err, len(told))
	}
	if _, p := open(t, path); !same(p, good) {
		t.Error("the good choices went")
	}
	odd := sample()
	odd.Width = float32(math.NaN())
	if err := f.Save(odd); err != nil {
		t.Error(err)
	}
	if _, p := open(t, path); p.Width != 0 || p.Height != 0 || p.Page != good.Page {
		t.Errorf("%+v", p)
	}
}

func TestLeftoversGo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.json")
	old, young, other := filepath.Join(dir, ".app.json-123.tmp"), filepath.Join(dir, ".app.json-124.tmp"), filepath.Join(dir, "notes.tmp")
	for _, name := range []string{old, young, other} {
		put(t, name, "x")
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := errors.Join(os.Chtimes(old, yesterday, yesterday), os.Chtimes(other, yesterday, yesterday)); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	for name, want := range map[string]bool{old: false, young: true, other: true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
