package prefs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Computers are kept, in their order and within bounds, beside what an earlier version wrote.
func TestComputers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.json")
	if err := os.WriteFile(path, []byte(`{"theme":"dark","page":"hosts"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func() *Prefs { return Load(path, func(err error) { t.Error(err) }) }
	p := load()
	if c := p.Get(); len(c.Computers) != 0 || c.Computer != "" {
		t.Errorf("%+v", c)
	}
	pi, nas := Computer{"Pi", "ssh://pi"}, Computer{"NAS", "ssh://ann@nas:2222"}
	if !p.AddComputer(pi) || !p.AddComputer(nas) || p.AddComputer(Computer{"Pi", "ssh://other"}) {
		t.Error("not added, or twice under a name")
	}
	p.Change(func(c *Choices) { c.Computer = "Pi" })
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = load()
	if c := p.Get(); !slices.Equal(c.Computers, []Computer{pi, nas}) || c.Computer != "Pi" || c.Theme != "dark" || c.Page != "hosts" {
		t.Errorf("%+v", c)
	}
	p.RemoveComputer("NAS")
	if c := p.Get(); !slices.Equal(c.Computers, []Computer{pi}) || c.Computer != "Pi" {
		t.Errorf("%+v", c)
	}
	p.RemoveComputer("Pi")
	if c := p.Get(); len(c.Computers) != 0 || c.Computer != "" {
		t.Errorf("%+v", c)
	}
	for i := range MaxComputers + 1 {
		if added := p.AddComputer(Computer{Name: fmt.Sprint(i), Address: "ssh://pi"}); added != (i < MaxComputers) {
			t.Error(i, added)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
