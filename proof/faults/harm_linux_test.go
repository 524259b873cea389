package faults

import (
	"math/rand/v2"
	"os"
	"testing"
)

// harm is what happens to a file.
type harm struct {
	name string
	do   func(t *testing.T, path string, r *rand.Rand)
}

func harms() []harm {
	cut := func(to func(size int64) int64) func(*testing.T, string, *rand.Rand) {
		return func(t *testing.T, path string, _ *rand.Rand) {
			if err := os.Truncate(path, max(0, to(sizeOf(t, path)))); err != nil {
				t.Fatal(err)
			}
		}
	}
	zero := func(from, to func(size int64) int64) func(*testing.T, string, *rand.Rand) {
		return func(t *testing.T, path string, _ *rand.Rand) {
			size := sizeOf(t, path)
			write(t, path, from(size), make([]byte, max(0, min(size, to(size))-from(size))))
		}
	}
	at := func(part int64) func(int64) int64 { return func(size int64) int64 { return size * part / 100 } }
	plus := func(f func(int64) int64, n int64) func(int64) int64 {
		return func(size int64) int64 { return f(size) + n }
	}
	flip := func(where func(size int64, r *rand.Rand) int64, n int) func(*testing.T, string, *rand.Rand) {
		return func(t *testing.T, path string, r *rand.Rand) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for range n {
				if i := where(int64(len(data)), r); i >= 0 && i < int64(len(data)) {
					data[i] ^= 1 << r.IntN(8)
				}
			}
			write(t, path, 0, data)
		}
	}
	page := func(n int64) func(int64) int64 { return func(size int64) int64 { return min(n, size/4096-1) * 4096 } }
	return []harm{
		{"emptied", cut(at(0))},
		{"missing", func(t *testing.T, path string, _ *rand.Rand) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"all zeros", zero(at(0), at(100))},
		{"header flipped", flip(func(_ int64, r *rand.Rand) int64 { return r.Int64N(32) }, 3)},
		{"half", cut(at(50))},
		{"last record torn", cut(plus(at(100), -7))},
		{"end zeros", zero(plus(at(100), -3000), at(100))},
		{"middle zeros", zero(plus(at(50), -2048), plus(at(50), 2048))},
		{"random flips", flip(func(size int64, r *rand.Rand) int64 { return r.Int64N(max(1, size)) }, 20)},
		{"header zeros", zero(at(0), plus(at(0), 64))},
		{"first page zeros", zero(at(0), plus(at(0), 4096))},
		{"third page zeros", zero(page(2), plus(page(2), 4096))},
		{"last page zeros", zero(plus(at(100), -4096), at(100))},
		{"middle flipped", flip(func(size int64, r *rand.Rand) int64 { return size/2 + r.Int64N(64) }, 4)},
		{"end flipped", flip(func(size int64, r *rand.Rand) int64 { return size - 1 - r.Int64N(64) }, 4)},
		{"longer by zeros", func(t *testing.T, path string, _ *rand.Rand) { write(t, path, sizeOf(t, path), make([]byte, 5000)) }},
	}
}

func sizeOf(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func write(t *testing.T, path string, at int64, data []byte) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(data, max(0, at)); err != nil {
		t.Fatal(err)
	}
}
