package overssh

import (
	"testing"

	"linklog/service/install/winetest"
)

// TestUnderWine runs the tests of this package as Windows does: how a process and its pipes end
// is different there.
func TestUnderWine(t *testing.T) { winetest.New(t).TestPackage(t, ".") }
