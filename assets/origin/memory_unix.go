//go:build unix

package origin

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory is for good, unless it is released, and the garbage collector does not count it: it would give twice as
// much to the program.
type memory struct {
	taken [][]byte
	free  []byte
}

// It is taken in pieces that the processor finds by few entries of its tables, where the
// system has such: look-ups go all over it.
const huge = 2 << 20

// outside gives room for so many.
func outside[T any](m *memory, n int) []T {
	var one T
	size := (n*int(unsafe.Sizeof(one)) + 63) &^ 63 // what a processor gets at once
	if n == 0 {
		return nil
	}
	if size > len(m.free) {
		b, err := unix.Mmap(-1, 0, max(size, 6*huge)+huge, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return make([]T, n)
		}
		m.taken = append(m.taken, b)
		m.free = b[-uintptr(unsafe.Pointer(unsafe.SliceData(b)))&(huge-1):]
		_ = advise(m.free) // without, it is only slower
	}
	b := m.free[:size]
	m.free = m.free[size:]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// release gives the memory back: nothing in it may be used any more.
func (m *memory) release() {
	for _, b := range m.taken {
		_ = unix.Munmap(b)
	}
	*m = memory{}
}

// forget gives back the memory of a file's part that is not needed any more; it is read
// again from the file if it is.
func forget(b []byte) {
	page := os.Getpagesize()
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & uintptr(page-1))
	if whole := (len(b) - skip) &^ (page - 1); whole > 0 {
		_ = unix.Madvise(b[skip:skip+whole], unix.MADV_DONTNEED)
	}
}
