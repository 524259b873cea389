//go:build !cgo

package main

// minimising has no window to ask: without cgo Fyne draws in memory.
func minimising(func(bool)) (restore func()) { return nil }
