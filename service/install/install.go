// Package install makes LinkLog a service of the operating system and runs it as
// one: systemd, launchd, the service manager of Windows.
//
// github.com/kardianos/service v1.3.0 runs the program on systemd and launchd and
// creates the service on Windows. The rest is done here, because it writes no
// socket units, waits 120 s before a restart, refuses to install over an older
// version, writes its own unit text in place and not atomically, calls systemctl
// without a time limit, loads launchd jobs by verbs Apple gave up, and on
// Windows neither restarts after an error exit nor knows "read your settings again".
package install

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/port"
	"linklog/service/settings"
)

// Config says what is installed. Default returns one for this system; a field
// left at its zero value is filled from there.
type Config struct {
	// Executable is the program's absolute path. One that lies where services
	// cannot or should not look (a home folder, a download) is copied into
	// the system's folder for programs.
	Executable string

	// Args are its arguments; nil: service run with the paths below.
	Args []string

	// DataDir holds spool, history and settings. On Linux it cannot be changed:
	// systemd gives the service's short-lived user this folder and no other.
	DataDir string

	// ConfigFile is the settings file. It lies in DataDir by default, because the
	// service itself writes it when an administrator changes a setting through the socket.
	ConfigFile string

	// Socket is the path of the local socket where the service makes it itself, ""
	// where it does not have to be told: systemd hands it an open one.
	Socket string

	// InstallingUser becomes a member of localsocket.Group, "": nobody does. Default takes who
	// called sudo, pkexec or doas. Not used on Windows.
	InstallingUser string

	// Port is the UDP port of the traps; that of system logs is in the settings.
	Port uint16

	// Packaged tells Units that a package will ship them, so they go below /usr/lib
	// and not below /etc, which is the administrator's.
	Packaged bool

	// copied: the executable is a copy of ours, so uninstalling removes it.
	copied bool
}

// complete fills what is not set and refuses what no unit, registry key or
// firewall rule could hold.
func (c Config) complete() (Config, error) {
	d := Default()
	c.Executable = cmp.Or(c.Executable, d.Executable)
	c.DataDir = cmp.Or(c.DataDir, d.DataDir)
	c.ConfigFile = cmp.Or(c.ConfigFile, filepath.Join(c.DataDir, filepath.Base(d.ConfigFile)))
	c.Socket = cmp.Or(c.Socket, d.Socket)
	c.InstallingUser = cmp.Or(c.InstallingUser, d.InstallingUser)
	if c.Port == 0 {
		c.Port = d.Port
	}
	for _, path := range []string{c.Executable, c.DataDir, c.ConfigFile} {
		if !filepath.IsAbs(path) {
			return c, fmt.Errorf("%q is not an absolute path", path)
		}
	}
	for _, text := range append([]string{c.Executable, c.DataDir, c.ConfigFile, c.Socket, c.InstallingUser}, c.Args...) {
		for _, r := range text {
			if r < ' ' || r == 0x7f {
				return c, fmt.Errorf("%q contains a control character", text)
			}
		}
	}
	if c.InstallingUser != "" && c.InstallingUser[0] == '-' {
		return c, fmt.Errorf("%q is not a valid user name", c.InstallingUser) // and would be an option of usermod
	}
	return c, nil
}

// arguments are Args, or what makes the program the service.
func (c Config) arguments() []string {
	if c.Args != nil {
		return c.Args
	}
	args := []string{"service", "run", "--data-dir", c.DataDir, "--config", c.ConfigFile}
	if c.Socket != "" {
		args = append(args, "--socket", c.Socket)
	}
	if c.Port != 0 && c.Port != trapPort {
		args = append(args, "--port", port.List((&settings.Listen{Port: int(c.Port)}).UDPPorts(), ","))
	}
	return args
}

// typedPorts are the ports at the beginning of a text, as they are on the command line of the
// service.
func typedPorts(text string) (ports []uint16) {
	end := strings.IndexFunc(text, func(r rune) bool { return r != ',' && (r < '0' || r > '9') })
	if end >= 0 {
		text = text[:end]
	}
	for word := range strings.SplitSeq(text, ",") {
		if n, err := strconv.ParseUint(word, 10, 16); err == nil {
			ports = append(ports, uint16(n))
		}
	}
	return ports
}

// trapPort is where routers send traps to unless somebody taught them otherwise.
const trapPort = capture.TrapPort

// Status is what the service manager knows about the service.
type Status struct {
	Installed, Running bool

	// PID is 0 unless Running.
	PID int

	// Since is when it started, zero where that is not known.
	Since time.Time

	// Unit is where the service is defined: the unit's or plist's file, or the
	// service's name on Windows.
	Unit string

	// State is the manager's own word for it: "active (running)", "failed (exit-code)".
	State string

	// Enabled: it starts with the system.
	Enabled bool

	// Starting: it was started and is not ready yet. Failing: it ended with an error and
	// is not up again, though the manager may try.
	Starting, Failing bool

	// TrapSocket, SyslogSocket, FlowSocket and LocalSocket are what the manager opens for the
	// service, where it does: systemd.
	TrapSocket, SyslogSocket, FlowSocket, LocalSocket SocketStatus
}

// SocketStatus is what the service manager knows about a socket that it opens.
type SocketStatus struct {
	Installed, Enabled, Open bool

	// Failed: it could not be opened; of the sockets for messages, mostly because another
	// program has the port.
	Failed bool
}

var (
	// ErrRights says that only an administrator can do this; the error that wraps
	// it says how.
	ErrRights = errors.New("needs administrator rights")

	// ErrNoManager says that the machine has no service manager we know.
	ErrNoManager = errors.New("systemd is not running on this computer, so the service cannot be installed: " +
		"let your own init system or container start \"linklog service run\"")

	// ErrNotInstalled says that there is no service to start, stop or ask.
	ErrNotInstalled = errors.New("the service is not installed")

	// ErrPortTaken says that the service runs, but that another program has its
	// port; the error that wraps it says who, and what to do.
	ErrPortTaken = errors.New("LinkLog's service is running, but cannot receive yet")
)

// manager is the service manager of an operating system.
type manager interface {
	install(context.Context, Config) error
	uninstall(ctx context.Context, keepHistory bool) error
	start(context.Context) error
	stop(context.Context) error
	restart(context.Context) error
	status(context.Context) (Status, error)
}

// Install makes LinkLog a service that starts with the machine, and starts it.
// Over an older version it renews what changed and restarts the service; where
// there are sockets of the manager, they stay open meanwhile and nothing is lost.
func Install(ctx context.Context, c Config) error {
	m, err := administrator("install")
	if err != nil {
		return err
	}
	if c, err = c.complete(); err != nil {
		return err
	}
	return m.install(ctx, c)
}

// Uninstall stops the service and removes everything Install made, with
// keepHistory all but the data folder. What a package installed stays the package's.
func Uninstall(ctx context.Context, keepHistory bool) error {
	m, err := administrator("uninstall")
	if err != nil {
		return err
	}
	return m.uninstall(ctx, keepHistory)
}

// Start starts the service and waits until it is ready.
func Start(ctx context.Context) error { return control(ctx, "start", manager.start) }

// Stop stops the service and waits until it has ended. It starts again with the machine.
func Stop(ctx context.Context) error { return control(ctx, "stop", manager.stop) }

// Restart stops and starts the service and waits until it is ready. With socket
// activation no datagram is lost.
func Restart(ctx context.Context) error { return control(ctx, "restart", manager.restart) }

// Adapt has the service manager open what the settings say when the service starts the next
// time. Start and Restart do that themselves; this is for packages, which restart the service
// with the tools of their system.
func Adapt(ctx context.Context) error {
	return control(ctx, "sockets", func(m manager, ctx context.Context) error {
		if m, ok := m.(interface{ adapt(context.Context) error }); ok {
			return m.adapt(ctx)
		}
		return nil // the service opens them itself
	})
}

// GetStatus asks the service manager; anyone may.
func GetStatus(ctx context.Context) (Status, error) {
	m, err := host()
	if err != nil {
		return Status{}, err
	}
	return m.status(ctx)
}

func control(ctx context.Context, verb string, do func(manager, context.Context) error) error {
	m, err := administrator(verb)
	if err != nil {
		return err
	}
	s, err := m.status(ctx)
	if err != nil {
		return err
	}
	if !s.Installed {
		return fmt.Errorf("%w: %s", ErrNotInstalled, howTo("install"))
	}
	return do(m, ctx)
}

// administrator returns this machine's service manager to those who may change it.
func administrator(verb string) (manager, error) {
	m, err := host()
	if err != nil {
		return nil, err
	}
	if !IsAdministrator() {
		return nil, fmt.Errorf("%w: %s", ErrRights, howTo(verb))
	}
	return m, nil
}
