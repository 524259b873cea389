package desktop

import (
	"testing"

	"linklog/service/install/winetest"
)

// TestUnderWine runs the tests that are for Windows, of this package and of its
// neighbours that have a way of their own there, as far as wine is a Windows: it has
// the registry and pipes, but no toasts.
func TestUnderWine(t *testing.T) {
	w := winetest.New(t)
	for _, name := range []string{"desktop", "instance", "notify", "prefs"} {
		t.Run(name, func(t *testing.T) { w.TestPackage(t, "../"+name) })
	}
}
