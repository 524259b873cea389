//go:build unix

package install

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"linklog/service/localsocket"
)

// launchd installs a LaunchDaemon and controls it with the verbs of today's
// launchctl; load and unload answer 0 also when they fail.
type launchd struct {
	root string // see systemd.root
	run  runner
}

const (
	// jobTarget is the job's name in launchctl's domain of daemons.
	jobTarget = "system/linklog"

	// macUser owns the data folder and runs the service, and nothing else.
	macUser = "_linklog"

	// logDir is where the service's standard error goes (see linklog.plist).
	logDir = "/Library/Logs/LinkLog"
)

func (l launchd) path(p string) string { return filepath.Join(l.root, p) }

func (l launchd) install(ctx context.Context, c Config) error {
	var err error
	old, _ := os.ReadFile(l.path(plistPath))
	wasCopied := strings.Contains(string(old), copiedKey+"\n\t<true/>")
	c.Executable, c.copied, err = place(l.root, c.Executable, []string{"/usr/", "/opt/", "/Applications/", "/Library/"}, wasCopied)
	if err != nil {
		return err
	}
	if err := l.accounts(ctx, c.InstallingUser); err != nil {
		return err
	}
	for dir, mode := range map[string]os.FileMode{c.DataDir: 0o700, socketDir: 0o755} {
		if err := os.MkdirAll(l.path(dir), mode); err != nil {
			return err
		}
		if err := os.Chmod(l.path(dir), mode); err != nil {
			return err
		}
		// -h: a link in there must not give away what it points to.
		if _, err := l.run(ctx, "chown", "-Rh", macUser+":"+macUser, l.path(dir)); err != nil {
			return err
		}
	}
	if err := l.log(ctx); err != nil {
		return err
	}
	if _, err := LaunchDaemon(c).write(l.root); err != nil {
		return err
	}
	if _, err := l.tellSockets(); err != nil {
		return err
	}
	if err := l.stop(ctx); err != nil {
		return err
	}
	return l.start(ctx)
}

// tellSockets writes what the settings say about the ports to where launchd reads it the
// next time it loads the job.
func (l launchd) tellSockets() (changed bool, err error) {
	text, err := os.ReadFile(l.path(plistPath))
	if err != nil {
		return false, err
	}
	words := plistWords(string(text))
	for i := range len(words) - 1 {
		if words[i] == "--config" {
			words[i+1] = l.path(words[i+1])
		}
	}
	listen := listensOn(words)
	return File{Path: plistPath, Mode: 0o644, Content: withSockets(string(text), &listen)}.write(l.root)
}

// plistWords is the command line in a plist.
func plistWords(plist string) (words []string) {
	_, text, _ := strings.Cut(plist, "<key>ProgramArguments</key>")
	text, _, _ = strings.Cut(text, "</array>")
	for d := xml.NewDecoder(strings.NewReader(text + "</array>")); ; {
		token, err := d.Token()
		if err != nil {
			return words
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "string" {
			var word string
			if d.DecodeElement(&word, &start) != nil {
				return words
			}
			words = append(words, word)
		}
	}
}

// log makes the file for what the service says. The folder is not the service's
// own, so that it cannot put a link in the file's place for launchd to write through.
func (l launchd) log(ctx context.Context) error {
	if err := os.MkdirAll(l.path(logDir), 0o755); err != nil {
		return err
	}
	path := filepath.Join(l.path(logDir), "service.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = l.run(ctx, "chown", "-h", macUser+":admin", path)
	return err
}

// accounts creates the service's own user and group, and the group of those who
// may read the log.
func (l launchd) accounts(ctx context.Context, user string) error {
	if _, err := l.run(ctx, "dscl", ".", "-read", "/Groups/"+localsocket.Group, "PrimaryGroupID"); err != nil {
		if _, err := l.run(ctx, "dseditgroup", "-o", "create", "-r", "LinkLog readers", localsocket.Group); err != nil {
			return fmt.Errorf("create the group %s: %w", localsocket.Group, err)
		}
	}
	if user != "" {
		if _, err := l.run(ctx, "dseditgroup", "-o", "edit", "-a", user, "-t", "user", localsocket.Group); err != nil {
			return fmt.Errorf("put %s into the group %s: %w", user, localsocket.Group, err)
		}
	}
	if _, err := l.run(ctx, "dscl", ".", "-read", "/Users/"+macUser, "UniqueID"); err == nil {
		return nil
	}
	id, err := l.freeID(ctx)
	if err != nil {
		return err
	}
	for _, record := range [][]string{
		{"/Groups/" + macUser},
		{"/Groups/" + macUser, "PrimaryGroupID", id},
		{"/Groups/" + macUser, "RealName", "LinkLog"},
		{"/Groups/" + macUser, "Password", "*"},
		{"/Users/" + macUser},
		{"/Users/" + macUser, "PrimaryGroupID", id},
		{"/Users/" + macUser, "RealName", "LinkLog"},
		{"/Users/" + macUser, "Password", "*"},
		{"/Users/" + macUser, "UserShell", "/usr/bin/false"},
		{"/Users/" + macUser, "NFSHomeDirectory", "/var/empty"},
		{"/Users/" + macUser, "IsHidden", "1"},
		// Last: it tells that the account is complete.
		{"/Users/" + macUser, "UniqueID", id},
	} {
		if _, err := l.run(ctx, "dscl", append([]string{".", "-create"}, record...)...); err != nil {
			return fmt.Errorf("create the user %s: %w", macUser, err)
		}
	}
	return nil
}

// freeID finds a number neither a user nor a group has, among those Apple leaves
// to services of others.
func (l launchd) freeID(ctx context.Context) (string, error) {
	taken := map[string]bool{}
	for _, list := range [][]string{{"/Users", "UniqueID"}, {"/Groups", "PrimaryGroupID"}} {
		out, err := l.run(ctx, "dscl", ".", "-list", list[0], list[1])
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(out) {
			if fields := strings.Fields(line); len(fields) > 1 {
				taken[fields[len(fields)-1]] = true
			}
		}
	}
	for id := 400; id < 500; id++ {
		if s := strconv.Itoa(id); !taken[s] {
			return s, nil
		}
	}
	return "", errors.New("no user number between 400 and 499 is free")
}

func (l launchd) uninstall(ctx context.Context, keepHistory bool) error {
	errs := []error{l.stop(ctx)}
	old, _ := os.ReadFile(l.path(plistPath))
	if strings.Contains(string(old), copiedKey+"\n\t<true/>") {
		errs = append(errs, remove(l.path(localProgram)))
	}
	errs = append(errs, remove(l.path(plistPath)), os.RemoveAll(l.path(socketDir)), os.RemoveAll(l.path(logDir)))
	if !keepHistory {
		errs = append(errs, clearFolder(l.path(mac().DataDir)))
		// With the history stays whom it belongs to: the number could go to another.
		for _, record := range []string{"/Users/" + macUser, "/Groups/" + macUser} {
			errs = append(errs, l.deleteRecord(ctx, record))
		}
	}
	errs = append(errs, l.deleteRecord(ctx, "/Groups/"+localsocket.Group))
	return errors.Join(errs...)
}

func (l launchd) deleteRecord(ctx context.Context, record string) error {
	if _, err := l.run(ctx, "dscl", ".", "-read", record, "RecordName"); err != nil {
		return nil // there is none
	}
	_, err := l.run(ctx, "dscl", ".", "-delete", record)
	return err
}

func (l launchd) loaded(ctx context.Context) bool {
	_, err := l.run(ctx, "launchctl", "print", jobTarget)
	return err == nil
}

func (l launchd) start(ctx context.Context) error {
	changed, err := l.tellSockets()
	if err != nil {
		return err
	}
	if changed {
		if err := l.stop(ctx); err != nil {
			return err
		}
	}
	if _, err := l.run(ctx, "launchctl", "enable", jobTarget); err != nil {
		return err
	}
	if !l.loaded(ctx) {
		if err := l.bootstrap(ctx); err != nil {
			return err
		}
	}
	_, err = l.run(ctx, "launchctl", "kickstart", jobTarget)
	return err
}

// bootstrap loads the job. For some seconds after a bootout launchd may still be
// busy with the old one and answers with an input/output error.
func (l launchd) bootstrap(ctx context.Context) error {
	for try := 0; ; try++ {
		_, err := l.run(ctx, "launchctl", "bootstrap", "system", l.path(plistPath))
		if err == nil || try == 10 || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (l launchd) stop(ctx context.Context) error {
	if !l.loaded(ctx) {
		return nil
	}
	_, err := l.run(ctx, "launchctl", "bootout", jobTarget)
	return err
}

func (l launchd) restart(ctx context.Context) error {
	changed, err := l.tellSockets()
	if err != nil {
		return err
	}
	if changed { // launchd closes what it holds only with the job
		if err := l.stop(ctx); err != nil {
			return err
		}
	}
	if changed || !l.loaded(ctx) {
		return l.start(ctx)
	}
	_, err = l.run(ctx, "launchctl", "kickstart", "-k", jobTarget)
	return err
}

func (l launchd) status(ctx context.Context) (Status, error) {
	if _, err := os.Stat(l.path(plistPath)); err != nil {
		return Status{}, nil
	}
	s := Status{Installed: true, Unit: plistPath, State: "not loaded", Enabled: true} // RunAtLoad
	out, err := l.run(ctx, "launchctl", "print", jobTarget)
	if err != nil {
		return s, nil
	}
	// launchctl print is for people; these two lines have been the same since 10.10.
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch name {
		case "state":
			if s.State == "not loaded" { // of the job; its parts follow
				s.State = value
				s.Running = value == "running"
			}
		case "pid":
			if s.PID == 0 {
				s.PID, _ = strconv.Atoi(value)
			}
		}
	}
	if s.PID == 0 {
		s.Failing = !s.Running // KeepAlive: it waits to be started again
		return s, nil
	}
	if out, err := l.run(ctx, "ps", "-o", "lstart=", "-p", strconv.Itoa(s.PID)); err == nil {
		s.Since, _ = time.Parse("Mon Jan _2 15:04:05 2006", strings.Join(strings.Fields(out), " ")) // UTC: see run
	}
	return s, nil
}
