package choose

import (
	"testing"

	"linklog/app/ui/uitest"
)

func TestTexts(t *testing.T) { uitest.Texts(t, "choose", "*.go") }
