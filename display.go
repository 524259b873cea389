//go:build cgo && !darwin && !windows

package main

import (
	"errors"
	"os"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// display asks GLFW, on which Fyne builds, whether there is a screen to draw on: Fyne
// itself would panic at its first window. Where Fyne chooses between X11 and Wayland by rules
// of its own, it takes back what it opened. Else that stays for Fyne: an X server starts anew
// when its last client goes, and refuses those who come meanwhile.
func display() error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" && os.Getenv("XDG_RUNTIME_DIR") == "" {
		return errors.New("none is named") // libwayland would only complain about the last
	}
	if err := glfw.Init(); err != nil {
		return err
	}
	if os.Getenv("WAYLAND_DISPLAY") != "" || os.Getenv("FYNE_PLATFORM") != "" {
		glfw.Terminate()
	}
	return nil
}
