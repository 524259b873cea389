package desktop

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// TrayAvailable says that there is a tray that shows icons.
func TrayAvailable(context.Context) bool { return true }

// shellExecuteInfo is SHELLEXECUTEINFOW.
type shellExecuteInfo struct {
	size                              uint32
	mask                              uint32
	window                            uintptr
	verb, file, parameters, directory *uint16
	show                              int32
	instance                          uintptr
	list                              uintptr
	class                             *uint16
	key                               uintptr
	hotKey                            uint32
	icon                              uintptr
	process                           windows.Handle
}

const (
	maskNoCloseProcess = 0x40
	maskNoAsync        = 0x100
)

// RunElevated runs a program with the rights of an administrator, which Windows asks
// for, and waits for it.
func RunElevated(ctx context.Context, program string, args ...string) error {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = windows.EscapeArg(a)
	}
	verb, err := windows.UTF16PtrFromString("runas")
	if err != nil {
		return err
	}
	file, err := windows.UTF16PtrFromString(program)
	if err != nil {
		return err
	}
	parameters, err := windows.UTF16PtrFromString(strings.Join(quoted, " "))
	if err != nil {
		return err
	}
	info := shellExecuteInfo{mask: maskNoCloseProcess | maskNoAsync, verb: verb, file: file, parameters: parameters, show: windows.SW_HIDE}
	info.size = uint32(unsafe.Sizeof(info))
	execute := windows.NewLazySystemDLL("shell32.dll").NewProc("ShellExecuteExW")
	if ok, _, err := execute.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		if errors.Is(err, windows.ERROR_CANCELLED) {
			return ErrCancelled
		}
		return fmt.Errorf("run as administrator: %w", err)
	}
	defer windows.CloseHandle(info.process)
	for {
		event, err := windows.WaitForSingleObject(info.process, 200)
		switch {
		case err != nil:
			return err
		case event == windows.WAIT_OBJECT_0:
			var code uint32
			if err := windows.GetExitCodeProcess(info.process, &code); err != nil {
				return err
			}
			if code != 0 {
				return fmt.Errorf("it ended with exit code %d; in a terminal run as administrator: %s %s", code, program, strings.Join(args, " "))
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

const (
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`

	// approvedKey is where the Task Manager writes what it was told not to start: a
	// value of 12 bytes the first of which is odd.
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// Enabled reports whether the app is started at login.
func (a Autostart) Enabled() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	if _, _, err = k.GetStringValue(a.Name); err != nil {
		return false
	}
	approved, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return true // nothing was ever turned off
	}
	defer approved.Close()
	value, _, err := approved.GetBinaryValue(a.Name)
	return err != nil || len(value) == 0 || value[0]&1 == 0
}

// Enable starts the app at login from now on.
func (a Autostart) Enable() error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	line := windows.EscapeArg(a.Program)
	for _, arg := range a.Args {
		line += " " + windows.EscapeArg(arg)
	}
	if err := k.SetStringValue(a.Name, line); err != nil {
		return err
	}
	approved, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.SET_VALUE)
	if err != nil {
		return nil // nothing was ever turned off
	}
	defer approved.Close()
	if err := approved.DeleteValue(a.Name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}

// Disable no longer starts the app at login.
func (a Autostart) Disable() error {
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	if err := k.DeleteValue(a.Name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return err
	}
	return nil
}

// OpenFolder shows a folder in the file manager.
func OpenFolder(path string) error {
	cmd := exec.Command("explorer.exe", path)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait()
	return nil
}
