package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"linklog/app/setup"
	"linklog/app/system/desktop"
)

// command is the path of the command linklog, which installs the service: beside
// the app, or where the system finds it. "": it is not there.
func command() string {
	name := "linklog"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if program, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(program), name); isFile(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// installService installs and starts the background service, as an administrator.
func installService(ctx context.Context) error {
	return elevated(desktop.RunElevated(ctx, command(), "service", "install"))
}

func restartService(ctx context.Context) error {
	return elevated(desktop.RunElevated(ctx, command(), "service", "restart"))
}

// commandElevated runs the command with arguments as an administrator; nil: it is not there.
func commandElevated() func(ctx context.Context, args ...string) error {
	program := command()
	if program == "" {
		return nil
	}
	return func(ctx context.Context, args ...string) error {
		return elevated(desktop.RunElevated(ctx, program, args...))
	}
}

func elevated(err error) error {
	if errors.Is(err, desktop.ErrCancelled) {
		return fmt.Errorf("%w", setup.ErrCancelled)
	}
	return err
}

// installCommand is what installs the service in a terminal.
func installCommand() string {
	sudo := "sudo "
	if runtime.GOOS == "windows" {
		sudo = ""
	}
	if path := command(); path != "" {
		if strings.Contains(path, " ") {
			path = `"` + path + `"`
		}
		return sudo + path + " service install"
	}
	return sudo + "linklog service install"
}
