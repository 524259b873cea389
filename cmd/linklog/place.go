package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/service/client"
	"linklog/service/client/overssh"
)

// place is where the service is, as flags say: on this computer, or on one that ssh reaches.
type place struct {
	socket string       // path; "": where it usually is
	host   overssh.Host // the zero Host: see ask
}

// placeFlags defines the flags that say where the service is.
func placeFlags(fs *pflag.FlagSet, at *place) {
	fs.Var((*hostFlag)(&at.host), "connect", "ask the service of a different computer: `ssh://[user@]host[:port]` (also LINKLOG_CONNECT)")
	fs.StringVar(&at.socket, "socket", "", "`path` of the service's socket (also LINKLOG_SOCKET)")
}

// hostFlag is a computer that ssh reaches.
type hostFlag overssh.Host

func (h *hostFlag) String() string { return overssh.Host(*h).String() }

func (h *hostFlag) Set(text string) error {
	host, err := overssh.Parse(text)
	*h = hostFlag(host)
	return err
}

func (h *hostFlag) Type() string { return "host" }

// elsewhere is the computer on which the service is; the zero Host is this one. Where no flag
// says it, the environment does.
func (p place) elsewhere() (h overssh.Host, err error) {
	switch text := os.Getenv("LINKLOG_CONNECT"); {
	case p.socket != "" && !p.host.IsZero():
		return h, usageError{errors.New("--connect and --socket cannot be combined: LinkLog knows the socket of the other computer, or LINKLOG_SOCKET does there")}
	case p.socket != "" || text == "" || !p.host.IsZero():
		return p.host, nil
	default:
		if h, err = overssh.Parse(text); err != nil {
			err = usageError{fmt.Errorf("LINKLOG_CONNECT: %w", err)}
		}
		return h, err
	}
}

// client makes a client of the service there.
func (p place) client() *client.Client {
	host, err := p.elsewhere()
	switch {
	case err != nil:
		return client.New(client.Options{Dial: func(context.Context) (net.Conn, error) { return nil, err }})
	case !host.IsZero():
		return client.New(client.Options{Agent: agent(), Host: host})
	}
	return newClient(p.socket)
}

// here is the socket on this computer, for a command that looks at the computer it runs on.
func (p place) here(cmd *cobra.Command) (socket string, err error) {
	host, err := p.elsewhere()
	if err == nil && !host.IsZero() {
		words := []string{"linklog", cmd.Name()}
		err = usageError{fmt.Errorf("%s looks at the computer it runs on. There: %s", cmd.CommandPath(), host.Command(words...))}
		if p.host.IsZero() {
			err = usageError{fmt.Errorf("%w\nHere: set LINKLOG_CONNECT to nothing", err)}
		}
	}
	return p.socket, err
}

// askedElsewhere is the computer whose service a command asked, if that is not this one.
func askedElsewhere(cmd *cobra.Command) (h overssh.Host, elsewhere bool) {
	connect, socket := cmd.Flag("connect"), cmd.Flag("socket")
	if connect == nil || socket == nil {
		return h, false
	}
	at := place{socket: socket.Value.String()}
	if f, ok := connect.Value.(*hostFlag); ok {
		at.host = overssh.Host(*f)
	}
	h, err := at.elsewhere()
	return h, err == nil && !h.IsZero()
}

// exitCodes are those of what keeps ssh from the service of a different computer; they are in
// docs/remote.md.
var exitCodes = map[overssh.Kind]int{
	overssh.Other: 3, overssh.NoSSH: 3, overssh.Unreachable: 3,
	overssh.HostKey:   4,
	overssh.Login:     5,
	overssh.NoLinkLog: 6, overssh.OlderThere: 7, overssh.NewerThere: 7,
	overssh.NotRunning: exitFailure, overssh.NotAsked: exitFailure, // as on this computer
}
