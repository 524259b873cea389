package ui_test

import (
	"testing"

	"linklog/app/ui/uitest"
)

// What all pages share is translated here; wrong.go has a file of its own.
func TestTexts(t *testing.T) {
	uitest.Texts(t, "ui", "[^w]*.go", "when.go", "grid/*.go")
}
