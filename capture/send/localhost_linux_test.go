package send_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"linklog/capture/send"
)

// TestLocalhostInNoFile: localhost is this computer also where /etc/hosts does not say so
// and no DNS server answers.
func TestLocalhostInNoFile(t *testing.T) {
	const inside = "LINKLOG_TEST_NO_HOSTS"
	if os.Getenv(inside) != "" {
		s, err := send.Dial(t.Context(), "localhost:9162", send.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if to := s.RemoteAddr().String(); to != "127.0.0.1:9162" {
			t.Error("it sends to", to)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, for an /etc/hosts of its own")
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const script = `ip link set lo up && mount --bind "$1" /etc/hosts && mount --bind "$1" /etc/resolv.conf || exit 77
exec "$0" -test.run=^TestLocalhostInNoFile$`
	cmd := exec.Command("unshare", "-mn", "sh", "-c", script, os.Args[0], empty)
	cmd.Env = append(os.Environ(), inside+"=1")
	if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == 77 {
		t.Skipf("no namespaces here: %v %s", err, out)
	} else if err != nil {
		t.Errorf("%v %s", err, out)
	}
}
