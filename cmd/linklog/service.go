package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/app/lang"
	"linklog/phrase"
	"linklog/service"
	"linklog/service/datafile"
	"linklog/service/doctor"
	"linklog/service/install"
	"linklog/service/intake"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// serviceName is what service managers call the service.
const serviceName = "linklog"

func serviceCommand(stderr *os.File) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Install and control the background service, or run it here",
		Long: `linklog service installs and controls the background service, which receives
and keeps what the router reports, even when nobody is looking. It uses the
system's service manager: systemd, launchd or the Windows one.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{errors.New("missing subcommand: install, uninstall, start, stop, restart, reload, check, status, run or dial")}
		},
	}
	cmd.AddCommand(
		installCommand(),
		uninstallCommand(),
		startCommand(),
		stopCommand(),
		restartCommand(),
		socketsCommand(),
		reloadCommand(),
		checkCommand(),
		serviceStatusCommand(),
		serviceRunCommand(stderr),
		dialCommand(),
	)
	return cmd
}

func installCommand() *cobra.Command {
	c := install.Default()
	port := portFlag(c.Port)
	cmd := &cobra.Command{
		Use: "install", Short: "Install or update the service, and start it", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Port = uint16(port); !cmd.Flags().Changed("port") {
				c.Port = install.InstalledPort() // an update changes nothing that was chosen
			}
			if err := install.Install(cmd.Context(), c); err != nil {
				return err
			}
			if err := sayRunning(cmd.Context(), cmd.OutOrStdout(), "is installed"); err != nil {
				return err
			}
			for _, address := range ownAddresses() {
				fmt.Fprintf(cmd.OutOrStdout(), "Enter %s as the log address in the settings of the router.\n", address)
			}
			if err := wrongSettings(cmd.Context()); err != nil { // it is installed all the same
				fmt.Fprintf(cmd.ErrOrStderr(), "linklog: %v\n", err)
			}
			return nil
		},
	}
	cmd.Flags().VarP(&port, "port", "p", "UDP `port` of the traps")
	return cmd
}

// socketsCommand is for packages: an upgrade may bring sockets that the settings do not want.
func socketsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sockets", Short: "Have the ports of the settings opened at the next start of the service", Args: noArguments, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return install.Adapt(cmd.Context()) },
	}
}

func serviceStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show whether the service is installed and running", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := install.GetStatus(cmd.Context())
			own, pid := ownService(cmd.Context())
			switch {
			case err == nil:
				printServiceStatus(cmd.OutOrStdout(), s, own != "")
			case own == "":
				return err
			}
			if own != "" {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Your own service is running (process %d); its socket is %s.\n", pid, own)
				return err
			}
			if !s.Running {
				return errNotRunning
			}
			return nil
		},
	}
}

// errNotRunning is only the exit code: the status was printed.
var errNotRunning = exitError(exitFailure)

// exitError ends the program with a code and no further message.
type exitError int

func (e exitError) Error() string { return "" }

func printServiceStatus(w io.Writer, s install.Status, beside bool) {
	name := "The service"
	if beside { // one of the user's own
		name = "The system's service"
	}
	switch {
	case s.Running:
		fmt.Fprintf(w, "%s is running", name)
		if s.PID > 0 {
			fmt.Fprintf(w, " (process %d)", s.PID)
		}
		if !s.Since.IsZero() {
			fmt.Fprintf(w, " since %s", s.Since.Local().Format(time.DateTime))
		}
		fmt.Fprintln(w, ".")
	case s.Installed:
		fmt.Fprintf(w, "%s is installed, but not running (%s).\n", name, s.State)
	default:
		fmt.Fprintf(w, "%s is not installed. To install it: %s\n", name, doctor.AsAdministrator(typed("service", "install")))
	}
	if s.Unit != "" {
		fmt.Fprintf(w, "It is defined in %s.\n", s.Unit)
	}
}

// runOptions are the flags of linklog service run, each with its twin in the
// environment.
type runOptions struct {
	port    string
	dataDir string
	socket  string
	config  string
}

func serviceRunCommand(stderr *os.File) *cobra.Command {
	o := runOptions{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the service in the foreground",
		Long: `linklog service run runs the service in the foreground, for service managers,
containers and tests. It ends on Ctrl-C, and reloads its settings on SIGHUP.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), stderr) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&o.port, "port", "p", os.Getenv("LINKLOG_PORT"), "UDP `ports` to listen on, with commas, that of the traps first (default: those of the settings, 162,514,2055; also LINKLOG_PORT)")
	fs.StringVar(&o.socket, "socket", os.Getenv("LINKLOG_SOCKET"), "`path` of the local socket (default: the system's; also LINKLOG_SOCKET)")
	o.fileFlags(fs)
	for _, name := range []string{"port", "socket"} {
		fs.Lookup(name).DefValue = ""
	}
	return cmd
}

// fileFlags defines the flags that say where the settings are.
func (o *runOptions) fileFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.dataDir, "data-dir", os.Getenv("LINKLOG_DATA_DIR"), "`folder` for history and state (default: the system's; also LINKLOG_DATA_DIR)")
	fs.StringVar(&o.config, "config", os.Getenv("LINKLOG_CONFIG"), "settings `file` (default: linklog.toml in the data folder; also LINKLOG_CONFIG)")
	for _, name := range []string{"data-dir", "config"} {
		fs.Lookup(name).DefValue = ""
	}
}

// file is the settings file, with what the command line changes of it.
func (o *runOptions) file() (*settings.File, error) {
	// Where it usually is there need be none: an installed service names that place.
	usual := filepath.Join(o.dataDir, settingsName)
	f := &settings.File{Path: o.config, Good: filepath.Join(o.dataDir, settingsName+".last-good")}
	if o.config == "" || filepath.Clean(o.config) == usual {
		f.Path, f.Optional = usual, true
	}
	if o.port != "" {
		var ports portsFlag
		err := ports.Set(o.port)
		if err == nil && len(ports) > settings.MaxPorts {
			err = fmt.Errorf("there are more than %d ports", settings.MaxPorts)
		}
		if err != nil {
			name := "--port"
			if o.port == os.Getenv("LINKLOG_PORT") {
				name = "LINKLOG_PORT"
			}
			return nil, usageError{fmt.Errorf("%s: %q: %w", name, o.port, err)}
		}
		f.Override = func(s *settings.Settings) { s.Listen.Only(ports) }
	}
	return f, nil
}

// run is the service: it works until the service manager, or a person, ends it.
func (o *runOptions) run(ctx context.Context, stderr *os.File) error {
	if o.dataDir == "" {
		o.dataDir = install.Default().DataDir
		if !install.IsAdministrator() {
			o.dataDir = install.UserDataDir()
		}
	}
	file, err := o.file()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(install.Log(stderr), nil))
	file.Log = log
	// All that may fail comes inside, so that the manager hears why.
	return install.Run(ctx, serviceName, func(ctx context.Context, m *install.Manager) error {
		if err := datafile.OwnFolder(o.dataDir); err != nil { // before its settings are read
			return err
		}
		s, wrong, err := file.Start()
		if err != nil {
			return err
		}
		given, err := install.Activated()
		if err != nil {
			return err
		}
		socket := given.API
		c := service.Config{
			DataDir: o.dataDir, Settings: s, Texts: lang.Words, Conns: given.UDP, Streams: given.TCP, Managed: socket != nil, Boot: os.Getenv("LINKLOG_BOOT"), Log: log,
			// Who typed the command hears at once that it needs a right; a setting that was
			// accepted does not end the service.
			NeedPort: o.port != "",
		}
		if c.Managed { // in a sandbox
			c.AlertNote = fmt.Sprintf("the service does not let it see home folders, and lets it write only to %s and /tmp", o.dataDir)
		}
		e, err := service.Open(ctx, c)
		var port *intake.ListenError
		switch {
		case errors.As(err, &port):
			return listenError(ctx, port, s.Listen.UDPPorts(), typed("service", "run"))
		case err != nil:
			return err
		}
		server := serve.New(serve.Config{
			Service: e, Version: versionText(), DataDir: o.dataDir, Policy: policy(s.Access), Log: log, Settings: file,
		})
		file.Apply = func(s settings.Settings) error {
			err := e.Reload(s)
			if err == nil { // else the settings of before count
				server.SetPolicy(policy(s.Access))
			}
			return err
		}
		file.Trouble = e.WrongSettings
		file.Trouble(wrong)
		file.Waiting = func(changed []string) { e.WaitingSettings(changed, o.when()) }
		if socket == nil {
			if socket, err = localsocket.Listen(o.socketPath()); err != nil {
				return errors.Join(err, e.Close())
			}
		}
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		served := make(chan error, 1)
		go func() {
			err := server.Serve(socket)
			if err != nil {
				stop(err) // a service no one can ask is started again
			}
			served <- err
		}()
		go o.attend(ctx, m, e, file, log)
		go guard(ctx, e.Alive, guardEvery, func() {
			log.Error("the service does not work any more, and ends to be started again; all that was received is kept")
			os.Exit(exitFailure)
		})
		runErr := e.Run(ctx, func() {
			how, where := "listening", []any{}
			open, closed := e.Intake.InWords()
			if open == "" {
				how = "running, but no port is open yet"
			} else {
				where = append(where, "on", open)
			}
			if closed != "" { // why is logged as a trouble
				where = append(where, "not on", closed)
			}
			log.With(where...).Info(how, "socket", socket.Addr(), "data", o.dataDir, "version", versionText())
			m.Watch(e.Alive)
			m.Ready()
		})
		if errors.Is(runErr, intake.ErrStartAgain) {
			log.Info("restarting", "why", runErr)
			runErr = nil
		}
		return errors.Join(runErr, server.Close(), <-served, e.Close())
	})
}

// when says when settings that wait are in effect, and how to have that now.
func (o *runOptions) when() phrase.Phrase {
	if o.dataDir == install.Default().DataDir { // the system's, not one that someone runs for himself
		return phrase.Say("takes effect after: {{.Command}}", "Command", doctor.AsAdministrator(typed("service", "restart")))
	}
	return phrase.Say("takes effect after a restart of the service")
}

func policy(a settings.Access) localsocket.Policy {
	return localsocket.Policy{Admins: a.Admins, Viewers: a.Viewers, Group: localsocket.Group}
}

// socketPath is where the service makes its socket if no one does it for it: an
// ordinary user's own has its place, too.
func (o *runOptions) socketPath() string {
	switch {
	case o.socket != "":
		return o.socket
	case install.IsAdministrator(), install.Managed():
		return localsocket.SystemPath()
	}
	return localsocket.UserPath()
}

const (
	// guardEvery is how often it is checked whether the service still works, and dead
	// after how many times in a row that it does not.
	guardEvery = 20 * time.Second
	dead       = 3
)

// guard calls end when the service has not worked for a while. Not all service managers
// watch it (see install.Manager.Watch).
func guard(ctx context.Context, alive func() bool, every time.Duration, end func()) {
	for ill := 0; ill < dead; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		if ill++; alive() {
			ill = 0
		}
	}
	end()
}

// sayEvery is how often the service manager hears how things stand.
const sayEvery = 10 * time.Second

// attend tells the service manager how things stand, and reads the settings again
// whenever it, or SIGHUP, asks for it. Settings that are wrong are reported, and the old
// ones stay.
func (o *runOptions) attend(ctx context.Context, m *install.Manager, e *service.Service, file *settings.File, log *slog.Logger) {
	said := ""
	for {
		if text := e.Summary(); text != said {
			said = text
			m.Say(text)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sayEvery):
		case done := <-m.Reloads():
			if _, err := file.Reload(); err != nil {
				log.Error("reload failed, the previous settings stay in use", "error", err)
			} else {
				log.Info("settings reloaded")
			}
			done()
		}
	}
}
