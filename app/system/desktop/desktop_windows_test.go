package desktop

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func TestAutostartInRegistry(t *testing.T) {
	a := Autostart{Program: `C:\Program Files\LinkLog\linklog-app.exe`, Args: []string{"--hidden", `a "b"`}, Name: "LinkLog"}
	if a.Enabled() {
		t.Fatal("enabled from the beginning")
	}
	if err := a.Disable(); err != nil {
		t.Error(err)
	}
	if err := a.Enable(); err != nil || !a.Enabled() {
		t.Fatal(err)
	}
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	line, _, err := k.GetStringValue("LinkLog")
	if err != nil {
		t.Fatal(err)
	}
	args, err := windows.DecomposeCommandLine(line)
	if err != nil || len(args) != 3 || args[0] != a.Program || args[2] != a.Args[1] {
		t.Errorf("%s: %q %v", line, args, err)
	}
	// As the Task Manager turns it off; turning it on here counts again.
	approved, _, err := registry.CreateKey(registry.CURRENT_USER, approvedKey, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	defer approved.Close()
	if err := approved.SetBinaryValue("LinkLog", []byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}); err != nil {
		t.Fatal(err)
	}
	if a.Enabled() {
		t.Error("enabled in spite of the Task Manager")
	}
	if err := a.Enable(); err != nil || !a.Enabled() {
		t.Error(err)
	}
	if err := a.Disable(); err != nil || a.Enabled() {
		t.Error(err)
	}
}

func TestWatchTrayWindows(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := WatchTray(ctx)
	if !<-c {
		t.Error("no tray")
	}
	cancel()
	if _, ok := <-c; ok {
		t.Error("not closed")
	}
}

func TestRunElevatedMissing(t *testing.T) {
	if err := RunElevated(t.Context(), `C:\not\there.exe`); err == nil || errors.Is(err, ErrCancelled) {
		t.Error(err)
	}
}
