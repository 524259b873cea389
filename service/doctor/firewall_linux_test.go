package doctor_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"linklog/service/doctor"
)

// What firewalld lets in already need not be typed.
func TestFirewalldHasPorts(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct {
		name, open, want string
	}{
		{"none", "echo 22/tcp 514/tcp", "sudo firewall-cmd --permanent --add-port=162/udp --add-port=514/udp && sudo firewall-cmd --reload"},
		{"one", "echo 162/udp 514/tcp", "sudo firewall-cmd --permanent --add-port=514/udp && sudo firewall-cmd --reload"},
		{"all", "echo 100-200/udp 514/udp", ""},
		{"not said", "exit 1", "sudo firewall-cmd --permanent --add-port=162/udp --add-port=514/udp && sudo firewall-cmd --reload"},
	} {
		script := "#!/bin/sh\ncase $1 in --state) echo running;; --list-ports) " + test.open + ";; esac\n"
		if err := os.WriteFile(filepath.Join(dir, "firewall-cmd"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		found := doctor.Firewalls(t.Context(), 162, 514)
		found = slices.DeleteFunc(found, func(f doctor.Finding) bool { return f.Title.Values["Firewall"] != "firewalld" })
		switch {
		case test.want == "" && len(found) > 0, test.want != "" && (len(found) != 1 || found[0].Type != test.want):
			t.Errorf("%s: %+v", test.name, found)
		}
	}
}
