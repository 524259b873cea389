//go:build !linux

package port

// firstFree is for Linux.
func firstFree() int { return 1024 }
