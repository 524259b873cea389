package origin

// memory is ordinary memory on Windows.
type memory struct{}

// outside gives room for so many.
func outside[T any](_ *memory, n int) []T { return make([]T, n) }

// forget leaves it to Windows to give back the memory of a file's part that is not used.
func forget([]byte) {}

func (*memory) release() {}
