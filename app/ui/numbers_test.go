package ui

import "testing"

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 12431: "12,431", 1234567: "1,234,567", 18446744073709551615: "18,446,744,073,709,551,615"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestTenths(t *testing.T) {
	for want, c := range map[string][2]uint64{"0": {0, 1000}, "12": {12_099, 1000}, "12.9": {12_999, 1000}, "1,234.5": {1_234_567, 1000}, "9.9": {10<<30 - 1, 1 << 30}} {
		if got := Tenths(c[0], c[1]); got != want {
			t.Errorf("Tenths(%d, %d) is %q, want %q", c[0], c[1], got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1,023 B", 1024: "1 KiB", 630_170: "615.4 KiB", 1 << 20: "1 MiB", 5<<30 + 1<<29: "5.5 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) is %q, want %q", n, got, want)
		}
	}
}

// TestVolume writes how much was sent as searches take it.
func TestVolume(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1234567: "1.2 MB", 999_949: "999.9 kB", 999_950: "1.0 MB", 5_250_000_000: "5.3 GB", 1<<64 - 1: "18.4 EB"} {
		if got := string(AppendVolume(nil, n, ".")); got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}
