package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"
)

func dropTo(name string) (string, error) {
	if name != "" {
		return "", errors.New("--run-as: not available on Windows, where a process cannot change its user")
	}
	return "", nil
}

func dropAndDial(name string, _ []string) (user string, dial dialer, end func(), err error) {
	user, err = dropTo(name)
	return user, nil, func() {}, err
}

// connectorCommand is for systems on which rights can be given up.
func connectorCommand() *cobra.Command { return nil }

func ignoreBrokenPipe() {}

func isClosedByReader(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}

// reopenOnHangup does nothing: Windows has no such signal, and a log file there
// is rotated by stopping the program.
func reopenOnHangup(*output, string, os.FileMode, func(string)) (stop func()) { return func() {} }

func cannotRotate(*os.File, string) string { return "" }

// privateMode is the mode of a new file with a log in it; Windows goes by the folder.
func privateMode() os.FileMode { return 0o644 }

func isPermission(err error) bool { return errors.Is(err, windows.WSAEACCES) }

func isInUse(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }

const raiseBuffer = "the system allows no more"

// enableColour asks the console to understand escape sequences.
func enableColour(f *os.File) bool {
	var mode uint32
	h := windows.Handle(f.Fd())
	return windows.GetConsoleMode(h, &mode) == nil &&
		windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
