package localsocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"time"
)

// getents are where getent may be: never a place that a user names.
var getents = []string{"/usr/bin/getent", "/bin/getent", "/run/current-system/sw/bin/getent"}

const (
	askWithin = 3 * time.Second // for all that is asked about a user
	maxGetent = 1 << 20         // bytes of an answer
)

// askSystem asks the system for a user whom /etc/passwd and /etc/group, all that this
// program reads itself, do not let in: he may come from systemd-homed, sssd or LDAP. An
// error means that there was no answer.
func askSystem(uid, group string) (found directoryEntry, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	select {
	case asking <- struct{}{}:
		defer func() { <-asking }()
	case <-ctx.Done():
		return found, ctx.Err()
	}
	entry, err := getent(ctx, "passwd", uid)
	if err != nil || len(entry) < 4 || entry[2] != uid {
		return found, err
	}
	// A name in /etc/passwd is that user's, whoever else is called so elsewhere.
	if local, err := user.Lookup(entry[0]); err == nil && local.Uid != uid {
		return found, nil
	}
	found.name = entry[0]
	of, err := getent(ctx, "group", group)
	if err != nil {
		return directoryEntry{}, err
	}
	if len(of) < 4 || of[0] != group || of[2] == "" {
		return found, nil // there is no such group
	}
	gid := of[2]
	found.member = entry[3] == gid || slices.Contains(strings.Split(of[3], ","), found.name)
	if !found.member { // sssd may list no members
		all, err := getent(ctx, "initgroups", found.name)
		if err != nil {
			return directoryEntry{}, err
		}
		numbers := strings.Fields(strings.Join(all, " ")) // behind the name
		found.member = len(numbers) > 1 && slices.Contains(numbers[1:], gid)
	}
	return found, nil
}

// asking bounds how many ask at once.
var asking = make(chan struct{}, 4)

// getent gives the fields of an entry, none if there is no such entry.
func getent(ctx context.Context, database, key string) ([]string, error) {
	i := slices.IndexFunc(getents, func(path string) bool { _, err := os.Stat(path); return err == nil })
	if i < 0 {
		return nil, nil // as musl has it: then there is nothing but the files
	}
	cmd := exec.CommandContext(ctx, getents[i], "--", database, key)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.WaitDelay = 200 * time.Millisecond // for what it may have started
	var out answered
	cmd.Stdout = &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == 2): // no such database; no such entry
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for users: %s: %w", cmd, err)
	}
	line, _, _ := bytes.Cut(out.text, []byte{'\n'})
	if len(line) == 0 {
		return nil, nil
	}
	return strings.Split(string(line), ":"), nil
}

// answered is what getent writes, and bounded.
type answered struct{ text []byte }

func (a *answered) Write(p []byte) (int, error) {
	if len(a.text)+len(p) > maxGetent {
		return 0, errors.New("the answer is too long")
	}
	a.text = append(a.text, p...)
	return len(p), nil
}
