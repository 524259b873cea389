package main

import (
	"strings"
	"testing"

	"linklog/format"
)

// Every token is in the help, once; those of the source stand also for those of the other ends.
func TestHelpHasAllTokens(t *testing.T) {
	_, help, _ := strings.Cut(templateNotes(), format.Default) // which is a list of its own
	for _, x := range format.Tokens() {
		token := x.Token
		for _, end := range []string{"dst", "remote", "local"} {
			token = strings.Replace(token, "%{"+end+".", "%{src.", 1)
		}
		if strings.Count(help, "\n    "+token+" ") != 1 {
			t.Errorf("%s is not once in\n%s", x.Token, help)
		}
	}
}
