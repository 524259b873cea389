// Package sshtest has a computer for tests that ssh reaches: a real sshd on the loopback.
package sshtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture/receive/porttest"
)

// Host is a computer of its own as far as LinkLog can see: a real sshd on the loopback, with keys
// and settings in a folder, that ssh calls "pi". Its programs are those in the folder remote.
type Host struct {
	Dir    string
	Socket string // of the service there, which LINKLOG_SOCKET names
	SSHD   *exec.Cmd

	ssh  string // the user's
	said output // by sshd
}

// output is what a program says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// sshd finds the server, installed or unpacked (scripts/setup test), and what it needs in its environment.
func sshd(t testing.TB) (path string, env, options []string) {
	t.Helper()
	for _, path := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if isFile(path) {
			return path, nil, nil
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	root := filepath.Join(cache, "linklog", "openssh-server")
	if path = filepath.Join(root, "usr/sbin/sshd"); !isFile(path) {
		t.Skip("sshd is not here: not tried (scripts/setup test fetches it, on Debian and Ubuntu)")
	}
	for option, file := range map[string]string{"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"} {
		if file = filepath.Join(root, "usr/lib/openssh", file); isFile(file) { // of OpenSSH 10
			options = append(options, option+" "+file)
		}
	}
	libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	more, _ := filepath.Glob(filepath.Join(root, "lib/*-linux-gnu"))
	return path, []string{"LD_LIBRARY_PATH=" + strings.Join(append(libraries, more...), ":")}, options
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// New starts a computer, which has no programs of its own yet. The user's ssh for it is in the folder bin.
func New(t testing.TB) *Host {
	t.Helper()
	server, env, options := sshd(t)
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("ssh is not here: not tried (scripts/setup test installs it)")
	}
	h := &Host{Dir: t.TempDir(), ssh: ssh}
	h.Socket = h.File("s")
	for _, dir := range []string{"remote", "bin"} {
		if err := os.Mkdir(h.File(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"host", "other-host", "user", "other-user"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", h.File(name)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v %s", err, out)
		}
	}
	port := fmt.Sprint(porttest.Free(t))
	h.Write(t, "sshd_config", append(options,
		"Port "+port, "ListenAddress 127.0.0.1", "HostKey "+h.File("host"), "AuthorizedKeysFile "+h.File("user.pub"),
		"PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
		"MaxStartups 100", "SetEnv LINKLOG_SOCKET="+h.Socket+" PATH="+h.File("remote")+":/usr/bin:/bin")...)
	h.Write(t, "ssh_config", "Host pi", "HostName 127.0.0.1", "Port "+port, "IdentitiesOnly yes", "IdentityAgent none", "IdentityFile "+h.File("user"),
		"HostKeyAlias pi", "UserKnownHostsFile "+h.File("known_hosts"), "GlobalKnownHostsFile /dev/null", "UpdateHostKeys no")
	h.Knows(t, "host")
	h.OwnKey(t)
	h.SSHD = exec.Command(server, "-D", "-e", "-f", h.File("sshd_config"))
	if os.Geteuid() == 0 {
		// As root it wants a folder, and a user, whom only the installed package has.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skip(err)
		}
		if _, err := user.Lookup("sshd"); err != nil {
			passwd, err := os.ReadFile("/etc/passwd")
			if err != nil {
				t.Skip(err)
			}
			h.Write(t, "passwd", strings.TrimSpace(string(passwd)), "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin")
			h.SSHD = exec.Command("unshare", append([]string{"-m", "sh", "-c", `mount --bind "$0" /etc/passwd && exec "$@"`, h.File("passwd")}, h.SSHD.Args...)...)
		}
	}
	h.SSHD.Env = append(os.Environ(), env...)
	h.SSHD.Stderr = &h.said
	if err := h.SSHD.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.SSHD.Process.Kill()
		h.SSHD.Wait()
		if t.Failed() {
			t.Logf("sshd: %s", &h.said)
		}
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return h
		}
		if time.Now().After(end) {
			t.Fatalf("sshd does not listen: %v", err)
		}
	}
}

// File is the path of a file in the folder of the computer.
func (h *Host) File(name string) string { return filepath.Join(h.Dir, name) }

// Write writes a file of lines.
func (h *Host) Write(t testing.TB, name string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(h.File(name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Script writes a program.
func (h *Host) Script(t testing.TB, name, text string) {
	t.Helper()
	// Never into one that runs.
	if err := os.WriteFile(h.File("script"), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(h.File("script"), h.File(name)); err != nil {
		t.Fatal(err)
	}
}

// Knows has ssh take this key for that of the host.
func (h *Host) Knows(t testing.TB, name string) {
	t.Helper()
	key, err := os.ReadFile(h.File(name + ".pub"))
	if err != nil {
		t.Fatal(err)
	}
	h.Write(t, "known_hosts", "pi "+strings.TrimSpace(string(key)))
}

// OwnKey has ssh use the key that the host lets in: it is the user's own ssh, but for its settings,
// which it looks for in the home folder of the account.
func (h *Host) OwnKey(t testing.TB) {
	t.Helper()
	h.Script(t, "bin/ssh", `exec `+h.ssh+` -F `+h.File("ssh_config")+` "$@"`)
}

// OtherKey has ssh use a key that the host does not know.
func (h *Host) OtherKey(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(h.File("ssh_config"))
	if err != nil {
		t.Fatal(err)
	}
	h.Write(t, "other_config", strings.ReplaceAll(string(text), h.File("user"), h.File("other-user")))
	h.Script(t, "bin/ssh", `exec `+h.ssh+` -F `+h.File("other_config")+` "$@"`)
}
