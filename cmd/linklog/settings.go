package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"linklog/service/client"
	"linklog/service/datafile"
	"linklog/service/deliver"
	"linklog/service/doctor"
	"linklog/service/install"
	"linklog/service/settings"
)

// settingsName is the name of the settings file in the data folder.
const settingsName = "linklog.toml"

func reloadCommand() *cobra.Command {
	var at place
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have the service reload its settings",
		Long: `linklog service reload has the running service reload its settings file. If
something in it is wrong, it says in which line, the service keeps its previous
settings, and the exit code is 1.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			restart, err := c.Reload(cmd.Context())
			if err != nil {
				return orOwn(cmd.Context(), c, err, "service", "reload")
			}
			which, again := "The", "after: "+doctor.AsAdministrator("linklog service restart")
			if host := c.Elsewhere(); !host.IsZero() {
				again += ", on " + host.Name
			}
			if isOwn(c.Path()) {
				which, again = "Your own", "when it is started again."
			}
			fmt.Fprintln(cmd.OutOrStdout(), which+" service has reloaded its settings.")
			if restart {
				fmt.Fprintf(cmd.OutOrStdout(), "Changes in [listen] and [names] take effect %s\n", again)
			}
			return nil
		},
	}
	placeFlags(cmd.Flags(), &at)
	return cmd
}

func checkCommand() *cobra.Command {
	var at place
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a settings file without using it",
		Long: `linklog service check reads a settings file as the service does, and says which
lines are wrong. It changes nothing. Without FILE it checks the service's file;
- is standard input. The exit code is 1 if something is wrong.`,
		Args: atMostOne("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, s, err := check(cmd.Context(), args, cmd.InOrStdin(), at)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), file)
			if program := s.Alerts.Run; len(program) > 0 {
				if err := deliver.Missing(program[0]); err != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "But the program for alerts cannot be run now: alerts.on_alert: %v\n", err)
				}
			}
			return nil
		},
	}
	placeFlags(cmd.Flags(), &at)
	return cmd
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes one %s, not %d", cmd.CommandPath(), what, len(args))}
		}
		return nil
	}
}

// check reads settings as the service does. What it returns first says that they are good.
func check(ctx context.Context, args []string, stdin io.Reader, at place) (verdict string, s settings.Settings, err error) {
	switch {
	case len(args) > 0 && args[0] == "-":
		text, err := io.ReadAll(io.LimitReader(stdin, settings.MaxFile+1))
		if err == nil {
			s, err = settings.ParseFile("standard input", text)
		}
		return isGood("standard input", false), s, err
	case len(args) > 0:
		s, err = settings.Load(args[0])
		return isGood(args[0], false), s, err
	}
	// The service reads what not everyone may.
	c := at.client()
	defer c.Close()
	f, err := c.SettingsFile(ctx)
	if err == nil {
		s, err = settings.ParseFile(f.Path, []byte(f.Text))
	}
	if !errors.Is(err, client.ErrNoService) || !c.Elsewhere().IsZero() {
		return isGood(f.Path, f.Absent), s, err
	}
	file := settings.File{Path: settingsPath(ctx), Optional: true}
	s, err = file.Load()
	if wrong := (*datafile.Error)(nil); errors.As(err, &wrong) && errors.Is(err, fs.ErrPermission) && !install.IsAdministrator() {
		// What mends it for the service is not what this user needs.
		err = fmt.Errorf("settings: %s %s\nTo check it: %s", wrong.Path, wrong.Why(), doctor.AsAdministrator("linklog service check"))
	}
	return isGood(file.Path, file.IsAbsent()), s, err
}

// isGood says that a settings file is good, or absent: that is no mistake, but whoever
// wrote one has to know that it is not read.
func isGood(file string, absent bool) string {
	if absent {
		return fmt.Sprintf("There is no settings file %s: the defaults are used.", file)
	}
	return file + " is good."
}

// settingsPath is the settings file of the service that would be started here.
func settingsPath(ctx context.Context) string {
	o := runOptions{dataDir: os.Getenv("LINKLOG_DATA_DIR"), config: os.Getenv("LINKLOG_CONFIG")}
	if o.dataDir == "" {
		o.dataDir = install.UserDataDir()
		if st, err := install.GetStatus(ctx); err == nil && st.Installed || install.IsAdministrator() {
			o.dataDir = install.Default().DataDir
		}
	}
	if o.config == "" {
		return filepath.Join(o.dataDir, settingsName)
	}
	return o.config
}
