package format

import (
	"strconv"
	"strings"
	"testing"

	"linklog/capture"
)

func TestPortNumbers(t *testing.T) {
	for port := range 1 << 16 {
		if got := string(appendPortNumber([]byte("x"), uint16(port))); got != "x"+strconv.Itoa(port) {
			t.Fatalf("%d is %q", port, got)
		}
	}
}

// Text between tokens stays what it is, however long it is.
func TestLiterals(t *testing.T) {
	ev := inbound()
	for n := range 3*maxShort + 2 {
		text := strings.Repeat("ä1", n)[:n]
		f := NewFormatter(mustCompile(t, text+"%p"+text), Options{})
		if got := string(f.Append(nil, &ev)); got != text+"TCP"+text {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestProtocolsAndDirections(t *testing.T) {
	f := NewFormatter(mustCompile(t, "%p,%i,%{direction}"), Options{})
	for p := range 256 {
		ev := capture.Event{Proto: capture.Protocol(p)}
		name := ev.Proto.String()
		if p == 0 {
			name = "---"
		}
		for dir, want := range []string{"---,-", " in,in", "out,out", "---,-"} {
			ev.Dir = capture.Direction(dir)
			if got := string(f.Append(nil, &ev)); got != name+","+want {
				t.Errorf("%d, %d: %q", p, dir, got)
			}
		}
	}
}
