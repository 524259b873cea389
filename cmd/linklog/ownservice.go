package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"linklog/service/client"
	"linklog/service/datafile"
	"linklog/service/install"
	"linklog/service/localsocket"
)

// A user may have a service of their own, which they run themselves (linklog service run), beside
// the system's, or without it.

// isOwn reports whether a socket is that of a service of the user's own.
func isOwn(socket string) bool { return slices.Contains(localsocket.OwnPaths(), socket) }

// theService is what to call the service at a socket.
func theService(socket string) string {
	if isOwn(socket) {
		return "your own service"
	}
	return "the service"
}

// ownService finds the service of the user's own; "": none runs. Whoever named a socket
// wants no other.
func ownService(ctx context.Context) (socket string, pid int) {
	if os.Getenv("LINKLOG_SOCKET") != "" {
		return "", 0
	}
	for _, path := range localsocket.OwnPaths() {
		conn, err := client.Dial(ctx, []string{path})
		if err != nil {
			continue
		}
		defer conn.Close()
		id, _ := localsocket.Of(conn) // without it the socket says enough
		return path, id.PID
	}
	return "", 0
}

// insteadOf returns the socket of the user's own service where that is asked because the
// system's is not there or does not let him in; else what was given.
func insteadOf(ctx context.Context, socket string) string {
	if socket != "" {
		return socket
	}
	if own, _ := ownService(ctx); own == "" {
		return "" // the system's is not asked: that could start it
	}
	c := newClient("")
	defer c.Close()
	if _, err := c.Hello(ctx); err != nil || !isOwn(c.Path()) {
		return ""
	}
	return c.Path()
}

// orOwn adds to a refusal of the system's service how the user's own is asked, if that
// runs, too.
func orOwn(ctx context.Context, c *client.Client, err error, command ...string) error {
	if !c.Elsewhere().IsZero() {
		return err
	}
	own, _ := ownService(ctx)
	if own == "" || isOwn(c.Path()) {
		return err
	}
	return fmt.Errorf("%w\nThat is the system's service. For your own: %s", err, typed(append(command, "--socket", datafile.Quote(own))...))
}

// ofSystem adds to the error of a command for the system's service that it would not have
// been for the user's own, if that runs.
func ofSystem(ctx context.Context, err error) error {
	if err == nil || install.IsAdministrator() {
		return err
	}
	own, pid := ownService(ctx)
	if own == "" {
		return err
	}
	return fmt.Errorf("%w\nThat is for the system's service. Your own (process %d) is controlled where it was started: with Ctrl-C, or with systemctl --user", err, pid)
}
