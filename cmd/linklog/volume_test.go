package main

import (
	"math"
	"testing"
)

func TestBytesText(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "", 1: "1 B", 999: "999 B", 1000: "1.0 kB", 1540: "1.5 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 12_345_678: "12.3 MB", 2_000_000_000: "2.0 GB", math.MaxUint64: "18.4 EB",
	} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
