package prefs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDamagedIsSetAside(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Choices // what could be read
	}{
		"cut":        {`{"theme":"dark"`, Choices{}},
		"empty":      {``, Choices{}},
		"null":       {`null`, Choices{}},
		"list":       {`[1]`, Choices{}},
		"zeros":      {strings.Repeat("\x00", 300), Choices{}},
		"too long":   {`{"theme":"` + strings.Repeat("x", MaxSize) + `"}`, Choices{}},
		"deep":       {strings.Repeat(`{"a":`, 100_000), Choices{}},
		"one member": {`{"theme":"dark","width":"wide","saved":[{"name":"a","query":7}],"page":"log"}`, Choices{Theme: "dark", Page: "log"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app.json")
			var names []string
			for range 3 { // in the same second: none may take another's place
				put(t, path, c.text)
				f, p, err := Open[Choices](path, nil)
				var damaged *DamagedError
				if !errors.As(err, &damaged) || !strings.HasPrefix(damaged.Aside, path+".damaged-") {
					t.Fatalf("%v", err)
				}
				if !same(p, c.want) {
					t.Errorf("%+v", p)
				}
				if text, err := os.ReadFile(damaged.Aside); err != nil || string(text) != c.text {
					t.Errorf("it has %d bytes, %v", len(text), err)
				}
				names = append(names, damaged.Aside)
				if err := f.Save(sample()); err != nil {
					t.Error(err)
				}
			}
			if names[0] == names[1] || names[1] == names[2] {
				t.Error(names)
			}
		})
	}
}

// What cannot be read is not overwritten either.
func TestUnreadableIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 10)
	f, _, err := Open[Choices](path, func(err error) { told <- err })
	if !errors.Is(err, ErrNotKept) {
		t.Fatal(err)
	}
	for range 3 {
		if err := f.Save(sample()); !errors.Is(err, ErrNotKept) {
			t.Error(err)
		}
	}
	if err := <-told; !errors.Is(err, ErrNotKept) || len(told) > 0 {
		t.Error(err, len(told))
	}
	if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
		t.Error(entries, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"theme":"dark","future":1}`))
	f.Add([]byte(`{"width":1e999,"Alerts":{"a":-1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, foreign, err := decode[Choices](text)
		if err != nil {
			return
		}
		file := &File[Choices]{foreign: foreign}
		again, err := file.encode(v)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		v2, _, err := decode[Choices](again)
		if err != nil || !same(v, v2) {
			t.Errorf("%v\n%+v\n%+v", err, v, v2)
		}
	})
}
