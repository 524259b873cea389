package grid

import (
	"testing"

	"linklog/app/ui/uitest"
)

// What the pages with tables share is translated here.
func TestTexts(t *testing.T) {
	uitest.Texts(t, "grid", "*.go", "../words.go", "../askname.go", "../cause.go")
}
