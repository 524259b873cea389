package e2e

import (
	"bytes"
	"encoding/binary"
	"image"
	"os"
	"testing"
)

// framebuffer is the memory of the screen, which Xvfb shares as a file: to look at it
// takes a millisecond, so that what happens on it can be timed.
type framebuffer struct {
	t      *testing.T
	file   *os.File
	at     int64 // where the pixels begin
	size   int   // of the pixels in bytes
	stride int   // of a line in bytes
}

// openFramebuffer opens a screen's file, which has the form of xwd: a header of 32-bit
// numbers, high byte first, the window's name, the colours, then the pixels.
func openFramebuffer(t *testing.T, path string) framebuffer {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	head := make([]byte, 80)
	if _, err := f.ReadAt(head, 0); err != nil {
		t.Fatal(err)
	}
	number := func(i int) int { return int(binary.BigEndian.Uint32(head[4*i:])) }
	height, bits, stride, colours := number(5), number(11), number(12), number(19)
	if bits != 32 {
		t.Fatalf("%s: %d bits a pixel, want 32", path, bits)
	}
	return framebuffer{t: t, file: f, at: int64(number(0) + 12*colours), size: stride * height, stride: stride}
}

// picture is what was on the screen.
type picture struct {
	pixels []byte
	stride int
}

// take takes a picture of all that is on the screen.
func (s *framebuffer) take() picture {
	s.t.Helper()
	p := picture{make([]byte, s.size), s.stride}
	if _, err := s.file.ReadAt(p.pixels, s.at); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// differs tells whether two pictures differ in a part.
func differs(p, q picture, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		from, to := y*p.stride+4*part.Min.X, y*p.stride+4*part.Max.X
		if !bytes.Equal(p.pixels[from:to], q.pixels[from:to]) {
			return true
		}
	}
	return false
}
