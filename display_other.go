//go:build !cgo || darwin || windows

package main

// display is not asked: there is always one, or Fyne draws in memory.
func display() error { return nil }
