package origin

// outside gives memory for good. On Windows it is ordinary memory.
func outside[T any](n int) []T { return make([]T, n) }
