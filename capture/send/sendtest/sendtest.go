// Package sendtest plays a router in tests.
package sendtest

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"linklog/capture/send"
)

// Tell sends messages to a port of this computer as INFORMs, each when the one before
// was answered: then the receiver has it. An answer that does not come within half a
// minute fails the test.
func Tell(t testing.TB, port int, messages ...string) {
	t.Helper()
	s, err := send.Dial(t.Context(), net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, m := range messages {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		_, err := s.Inform(ctx, &send.Encoding{RequestID: uint32(i + 1)}, m)
		cancel()
		if err != nil {
			t.Fatalf("message %d, %q: %v", i+1, m, err)
		}
	}
}
