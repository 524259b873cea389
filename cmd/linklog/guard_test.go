package main

import (
	"context"
	"testing"
	"time"
)

// A service that does not work for a while is ended, one that is ill for a moment is not.
func TestGuard(t *testing.T) {
	answers := []bool{true, false, false, true, false, false, false}
	asked, ended := 0, 0
	guard(t.Context(), func() bool { asked++; return answers[asked-1] }, time.Millisecond, func() { ended++ })
	if ended != 1 || asked != len(answers) {
		t.Errorf("ended %d times after %d questions", ended, asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	guard(ctx, func() bool { return false }, time.Minute, func() { t.Error("ended after the end") })
}
