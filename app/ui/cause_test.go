package ui_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linklog/app/ui"
	"linklog/service/client"
	"linklog/service/client/overssh"
)

// That the service is not there is said once and in words, whatever was tried.
func TestCause(t *testing.T) {
	dir := t.TempDir()
	c := client.New(client.Options{Paths: []string{filepath.Join(dir, "one"), filepath.Join(dir, "two")}})
	_, err := c.Status(t.Context())
	if !strings.Contains(fmt.Sprint(err), dir) {
		t.Fatalf("the client no longer names what it tried: %v", err)
	}
	if got := ui.Cause(err); got != "LinkLog's service does not answer. The Setup page shows what to do." {
		t.Errorf("%q", got)
	}
	if got := ui.Cause(fmt.Errorf("%w: dial unix: %w", client.ErrNotAsked, fs.ErrPermission)); !strings.HasPrefix(got, "You have no access") {
		t.Errorf("%q", got)
	}
	far := &overssh.Error{Kind: overssh.NotRunning, Host: overssh.Host{User: "ann", Name: "pi"}, Err: errors.New("there is no socket /run/linklog.sock")}
	if got, want := ui.Cause(fmt.Errorf("%w: %w", client.ErrNoService, far)), "LinkLog's service does not run on pi. To find out why: ssh ann@pi linklog doctor"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if far.Kind = overssh.HostKey; ui.Cause(fmt.Errorf("%w: %w", client.ErrNotAsked, far)) != "ssh does not know the key of pi yet. Log in once, and compare it: ssh ann@pi" {
		t.Errorf("%q", ui.Cause(far))
	}
	if got := ui.Cause(errors.New("disk full")); got != "disk full" {
		t.Errorf("%q", got)
	}
	_, err = os.Open(filepath.Join(dir, "gone"))
	if got, want := ui.Cause(fmt.Errorf("export: %w", err)), "export: open "+filepath.Join(dir, "gone")+": no such file or folder"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
