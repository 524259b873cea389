package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/doctor"
	"linklog/service/health"
	"linklog/service/install"
	"linklog/service/settings"
)

func startCommand() *cobra.Command {
	return runningCommand("start", "Start the service", install.Start, "is running")
}

func restartCommand() *cobra.Command {
	return runningCommand("restart", "Stop the service and start it again", install.Restart, "is running again")
}

// runningCommand is a command after which the service runs, as it then says.
func runningCommand(use, short string, do func(context.Context) error, state string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := do(cmd.Context()); err != nil {
				return ofSystem(cmd.Context(), err)
			}
			return errors.Join(sayRunning(cmd.Context(), cmd.OutOrStdout(), state), wrongSettings(cmd.Context()))
		},
	}
}

// sayRunning says that the service is running, and on which ports.
func sayRunning(ctx context.Context, w io.Writer, state string) error {
	port := ""
	if s, err := askStatus(ctx); err == nil {
		open, closed := api.OpenPorts(s.UDP())
		if len(open) > 0 {
			port = " and listens on UDP " + portsText(open)
		}
		if len(closed) > 0 {
			port += fmt.Sprintf(", but cannot listen on UDP %s yet: linklog doctor says why", portsText(closed))
		}
	}
	_, err := fmt.Fprintf(w, "The service %s%s.\n", state, port)
	return err
}

// wrongSettings is an error if the service runs with other settings than those of its
// file.
func wrongSettings(ctx context.Context) error {
	s, err := askStatus(ctx)
	if err != nil {
		return nil // it runs, as the service manager said; that it does not answer is another matter
	}
	for _, t := range s.Troubles {
		if t.Code == health.SettingsWrong {
			return fmt.Errorf("the service is not using its settings file: %s", t.Text)
		}
	}
	return nil
}

// askStatus asks the service how it is.
func askStatus(ctx context.Context) (api.Status, error) {
	c := newClient("")
	defer c.Close()
	return statusSoon(ctx, c)
}

// statusSoon asks a service how it is. One that does not answer soon is not waited for.
func statusSoon(ctx context.Context, c *client.Client) (api.Status, error) {
	within := 3 * time.Second
	if !c.Elsewhere().IsZero() {
		within = 15 * time.Second // it may have to log in
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return c.Status(ctx)
}

func stopCommand() *cobra.Command {
	return &cobra.Command{
		Use: "stop", Short: "Stop the service until this computer starts again", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := install.Stop(cmd.Context()); err != nil {
				return ofSystem(cmd.Context(), err)
			}
			s, err := install.GetStatus(cmd.Context())
			if err != nil {
				return err
			}
			again := ""
			if s.Enabled {
				again = " It starts again with this computer, or with: " + doctor.AsAdministrator(typed("service", "start"))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The service is stopped.%s\n", again)
			return err
		},
	}
}

func uninstallCommand() *cobra.Command {
	var purge, yes bool
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Stop the service and remove it; the history stays",
		Long: `linklog service uninstall stops the service and removes it. The history and the
settings stay; --purge removes them, too, after it has listed them and asked.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return uninstall(cmd.Context(), cmd.OutOrStdout(), os.Stdin, purge, yes)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&purge, "purge", false, "remove the history and the settings, too")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "with --purge: do not ask")
	return cmd
}

func uninstall(ctx context.Context, stdout io.Writer, stdin *os.File, purge, yes bool) error {
	before, err := install.GetStatus(ctx)
	if err != nil {
		return err
	}
	dir := install.Default().DataDir
	if purge && !yes && install.IsAdministrator() { // no one else gets that far
		if err := mayPurge(ctx, stdout, stdin, dir); err != nil {
			return err
		}
	}
	if err := install.Uninstall(ctx, !purge); err != nil {
		return err
	}
	switch {
	case !before.Installed:
		fmt.Fprintln(stdout, "There is no service to remove.")
	case isPackaged(before.Unit):
		fmt.Fprintln(stdout, "The service is stopped and no longer starts. Its package stays installed.")
	default:
		fmt.Fprintln(stdout, "The service is removed.")
	}
	_, there := os.Stat(dir)
	left, _ := os.ReadDir(dir)
	switch {
	case purge && len(left) > 0:
		fmt.Fprintf(stdout, "History and settings are removed. Other files in %s stay, such as %s.\n", dir, left[0].Name())
	case purge && there == nil:
		fmt.Fprintf(stdout, "History and settings are removed. The empty folder %s stays: it is a mount point.\n", dir)
	case purge:
		fmt.Fprintf(stdout, "History and settings are removed, and the folder %s with them.\n", dir)
	case there == nil:
		fmt.Fprintf(stdout, "History and settings stay in %s. To remove them: %s\n", dir, doctor.AsAdministrator(typed("service", "uninstall", "--purge")))
	}
	return nil
}

// isPackaged reports whether a unit of systemd was brought by a package.
func isPackaged(unit string) bool {
	return strings.HasPrefix(unit, "/usr/lib/") || strings.HasPrefix(unit, "/lib/")
}

// mayPurge lists what is removed permanently, and asks; nil: go on.
func mayPurge(ctx context.Context, stdout io.Writer, stdin *os.File, dir string) error {
	what := stored(ctx, dir)
	if what == "" {
		return nil
	}
	if !term.IsTerminal(int(stdin.Fd())) {
		return usageError{fmt.Errorf("--purge permanently removes %s; without a terminal to confirm on, add --yes", what)}
	}
	fmt.Fprintf(stdout, "This permanently removes %s.\n", what)
	sure, err := confirm(stdout, stdin, "Remove it all?")
	if err == nil && !sure {
		err = errors.New("nothing was removed, and the service was not changed")
	}
	return err
}

// confirm asks a question on a terminal; anything but yes is no.
func confirm(stdout io.Writer, stdin *os.File, question string) (sure bool, err error) {
	fmt.Fprint(stdout, question+" [y/N] ")
	answer, err := bufio.NewReader(stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}

// stored says what the data folder holds, "" for nothing. How many events that is, the
// service knows.
func stored(ctx context.Context, dir string) string {
	var size int64
	// What cannot be read is not counted; to remove it is another matter.
	_ = filepath.WalkDir(dir+string(filepath.Separator), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	if size == 0 {
		return ""
	}
	events := ""
	if s, err := askStatus(ctx); err == nil && s.Data == dir {
		events = count(s.History.Events+s.Imported.Events, "event")
		if since := s.Since(); !since.IsZero() {
			events += " since " + since.Local().Format(time.DateOnly)
		}
		events += ", "
	}
	return fmt.Sprintf("%sall history and settings in %s, %v", events, dir, settings.Size(size))
}
