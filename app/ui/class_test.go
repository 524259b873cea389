package ui

import (
	"testing"
	"time"

	"linklog/format/services"
	"linklog/service/api"
)

// Every category has a name in the user's language, and what is said to find a class is a filter.
func TestClasses(t *testing.T) {
	table := services.Default()
	names := map[string]bool{}
	for name := range table.Categories() {
		c := ClassOf("category", name)
		if c.Name == name || names[c.Name] {
			t.Errorf("%q is called %q", name, c.Name)
		}
		names[c.Name] = true
		if m, err := c.Only.Compile(table, time.Now()); err != nil || m == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, by := range api.Classes() {
		for _, name := range []string{"", "Amazon, Inc.", "DE", "example.co.uk"} {
			c := ClassOf(by, name)
			if c.Key == "" || c.Name == "" {
				t.Errorf("%s %q: %+v", by, name, c)
			}
			if _, err := c.Only.Compile(table, time.Now()); err != nil && (by == "owner" || name == "") {
				t.Errorf("%s %q: %v", by, name, err)
			}
		}
	}
}
