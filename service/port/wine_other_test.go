//go:build !windows

package port

func underWine() bool { return false }
