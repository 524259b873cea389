//go:build cgo

package main

import "github.com/go-gl/glfw/v3.4/glfw"

// minimising asks GLFW, on which Fyne builds: what is painted on is the window. On
// Wayland it is not reported.
func minimising(changed func(bool)) (restore func()) {
	w := glfw.GetCurrentContext()
	if w == nil {
		return nil
	}
	w.SetIconifyCallback(func(_ *glfw.Window, iconified bool) { changed(iconified) })
	return w.Restore
}
