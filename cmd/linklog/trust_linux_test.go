package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"linklog/capture/send/sendtest"
	"linklog/service/api"
	"linklog/service/client"
)

// theirs is a folder whose settings let in another user and run his program.
func theirs(t *testing.T, dir string, uid int, mode fs.FileMode) (folder, ran string) {
	t.Helper()
	folder, ran = filepath.Join(dir, "theirs"), filepath.Join(dir, "ran")
	text := fmt.Sprintf("[names]\ndns = false\n[hosts]\nlearning = \"0\"\n[alerts]\non_alert = [\"/usr/bin/touch\", %q]\n[access]\nadmins = [\"%d\"]\n", ran, nobodyElse)
	config := filepath.Join(folder, "linklog.toml")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(config, []byte(text), 0o600), os.Chown(config, uid, uid),
		os.Chown(folder, uid, uid), os.Chmod(folder, mode)); err != nil {
		t.Fatal(err)
	}
	return folder, ran
}

// TestStrangeFolder is a service on a data folder that somebody else may change: he
// would decide what it runs. It does not start, and leaves the folder as it is.
func TestStrangeFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start programs of other users")
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	const somebody = 54321 // in no list of users
	for _, test := range []struct {
		name  string
		owner int
		mode  fs.FileMode
		uid   uint32 // as whom it runs
		says  string // %: the folder; "": it starts
	}{
		{"another user's", nobodyElse, 0o700, 0, "% belongs to nobody, and LinkLog runs as root: nobody would decide which programs run as root and who is an administrator. " +
			"Run LinkLog as nobody (a container: --user nobody), or use a different folder\n"},
		{"of a user in no list", somebody, 0o700, 0, "% belongs to 54321, and LinkLog runs as root: 54321 would decide which programs run as root and who is an administrator. " +
			"Run LinkLog as 54321 (a container: --user 54321), or use a different folder\n"},
		{"another user's, open to him", somebody, 0o777, nobodyElse, "% belongs to 54321, and LinkLog runs as nobody: "},
		{"everybody's", 0, 0o777, 0, "% can be written by every user (it has mode 0777): each of them could decide which programs run as root and who is an administrator. " +
			"Look at what is in it, then type: chmod o-w %\n"},
		{"everybody's, as in /tmp", 0, 0o777 | fs.ModeSticky, 0, "% can be written by every user "},
		{"his own, but everybody's", nobodyElse, 0o707, nobodyElse, "% can be written by every user (it has mode 0707): "},
		{"his own, and his group's", nobodyElse, 0o770, nobodyElse, ""},
		{"root's", 0, 0o700, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := reachable(t)
			folder, _ := theirs(t, dir, test.owner, test.mode)
			socket := filepath.Join(t.TempDir(), "s")
			if test.uid != 0 { // in a folder of his own
				socket = filepath.Join(dir, "his", "s")
				if err := errors.Join(os.Mkdir(filepath.Dir(socket), 0o700), os.Chown(filepath.Dir(socket), int(test.uid), -1)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := commandAs(file, test.uid, "service", "run", "--port", freePort(t), "--data-dir", folder, "--socket", socket)
			stderr := &reading{}
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { cmd.Wait(); close(ended) }()
			t.Cleanup(func() { cmd.Process.Kill(); <-ended })
			if test.says == "" {
				eventually(t, "it starts", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
				return
			}
			eventually(t, "it ends", func() bool {
				select {
				case <-ended:
					return true
				default:
					return strings.Contains(stderr.String(), "msg=listening")
				}
			})
			if said := stderr.String(); !strings.Contains(said, "linklog: data folder: "+strings.ReplaceAll(test.says, "%", folder)) || strings.Contains(said, "settings") {
				t.Errorf("it says %s", said)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
				t.Errorf("left there: %v, %v", left, err)
			}
		})
	}
	t.Run("with a history", func(t *testing.T) {
		dir := reachable(t)
		folder, _ := theirs(t, dir, nobodyElse, 0o700)
		if err := os.WriteFile(filepath.Join(folder, "id"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := commandAs(file, 0, "service", "run", "--port", freePort(t), "--data-dir", folder, "--socket", filepath.Join(dir, "s")).CombinedOutput()
		if want := "or use a different folder, or, if you trust what is in this one, type: sudo chown -R root " + folder + "\n"; err == nil || !strings.HasSuffix(string(out), want) {
			t.Errorf("%v, %s\nwant %s", err, out, want)
		}
	})
}

// TestStrangeSettings is a settings file that somebody else may change: nothing in it
// counts, at the start and later, and it is told.
func TestStrangeSettings(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of other users")
	}
	for _, test := range []struct {
		name   string
		change func(folder, config string) error
		says   string // %: the folder; "": it counts
	}{
		{"root's", func(string, string) error { return nil }, ""},
		{"another user's", func(_, config string) error { return os.Chown(config, nobodyElse, nobodyElse) }, "%/linklog.toml belongs to nobody, and LinkLog runs as root: "},
		{"everybody's", func(_, config string) error { return os.Chmod(config, 0o666) }, "then type: chmod o-w %/linklog.toml"},
		{"its group's", func(_, config string) error { return os.Chmod(config, 0o664) }, ""},
		{"in another user's folder", func(folder, _ string) error { return os.Chown(folder, nobodyElse, nobodyElse) }, "% belongs to nobody, and LinkLog runs as root: "},
		{"in everybody's folder", func(folder, _ string) error { return os.Chmod(folder, 0o777) }, "then type: chmod o-w %"},
		{"in a folder such as /tmp", func(folder, _ string) error { return os.Chmod(folder, 0o777|fs.ModeSticky) }, ""},
		{"a link there", func(folder, config string) error {
			moved := folder + "-moved"
			return errors.Join(os.Mkdir(moved, 0o700), os.Rename(config, filepath.Join(moved, "x")), os.Symlink(filepath.Join(moved, "x"), config), os.Chown(moved, nobodyElse, nobodyElse))
		}, "%-moved belongs to nobody, and LinkLog runs as root: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := reachable(t)
			folder, ran := theirs(t, dir, 0, 0o755)
			config := filepath.Join(folder, "linklog.toml")
			if err := test.change(folder, config); err != nil {
				t.Fatal(err)
			}
			socket := filepath.Join(dir, "s")
			held, port := heldSocket(t)
			service, stderr := startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
			eventually(t, "it starts", func() bool { return strings.Contains(stderr.String(), "msg=listening") })
			sendtest.Tell(t, port, "@out TCP from 192.168.1.10:51234 to 203.0.113.4:443")
			c := client.New(client.Options{Paths: []string{socket}, Agent: "test"})
			defer c.Close()
			eventually(t, "it is stored", func() bool { n, err := c.Count(t.Context(), client.Query{}); return err == nil && n == 1 })
			says := strings.ReplaceAll(test.says, "%", folder)
			if says == "" {
				eventually(t, "the program runs", func() bool { _, err := os.Stat(ran); return err == nil })
				return
			}
			told := func() bool {
				s, err := c.Status(t.Context())
				return err == nil && slices.ContainsFunc(s.Troubles, func(t api.Trouble) bool { return t.Where == "settings" && strings.Contains(t.Text, says) })
			}
			if !told() { // beside, say, that this computer's DNS server is out of reach
				t.Errorf("it does not say %s\n%s", says, stderr)
			}
			if _, err := c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("reload: %v", err)
			}
			if out, err := commandAs("curl", nobodyElse, "-sS", "--unix-socket", socket, "http://linklog/v1/hello").CombinedOutput(); err != nil || !strings.Contains(string(out), "may not read") {
				t.Errorf("who is named there gets %s, %v", out, err)
			}
			if err := service.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := service.Wait(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(ran); err == nil {
				t.Error("the program ran")
			}
		})
	}
}
