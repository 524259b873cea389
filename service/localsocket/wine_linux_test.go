package localsocket

import (
	"testing"

	"linklog/service/install/winetest"
)

// TestUnderWine runs the tests of this package that are for Windows, as far as
// wine is one: it takes the owner and the rights of a pipe and gives them back, but lets
// anybody in, and a server that asks for its client's identity gets its own.
func TestUnderWine(t *testing.T) { winetest.New(t).TestPackage(t, ".") }
