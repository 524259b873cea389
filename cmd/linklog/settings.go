package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

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
	var run runOptions
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a settings file without using it",
		Long: `linklog service check reads a settings file as the service does, and says which
lines are wrong. It changes nothing. Without FILE it checks the file of the service
that runs, or with --data-dir or --config the one that linklog service run would read
with them; - is standard input. The exit code is 1 if something is wrong.`,
		Args: atMostOne("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			named := cmd.Flags().Changed("data-dir") || cmd.Flags().Changed("config")
			if named && (len(args) > 0 || at != place{}) {
				return usageError{errors.New("--data-dir and --config say which file: they cannot be combined with FILE, --socket or --connect")}
			}
			var verdict string
			var s settings.Settings
			var err error
			switch {
			case named:
				verdict, s, err = checkOf(cmd.Context(), run)
			case len(args) > 0:
				verdict, s, err = checkFile(args[0], cmd.InOrStdin())
			default:
				verdict, s, err = checkService(cmd.Context(), at)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), verdict)
			if program := s.Alerts.Run; len(program) > 0 {
				if err := deliver.Missing(program[0]); err != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "But the program for alerts cannot be run now: alerts.on_alert: %v\n", err)
				}
			}
			return nil
		},
	}
	run.fileFlags(cmd.Flags())
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

// checkFile reads a file as the service does, - is standard input. What it returns first says that it
// is good.
func checkFile(name string, stdin io.Reader) (verdict string, s settings.Settings, err error) {
	if name != "-" {
		s, err = settings.Load(name)
		return isGood(name, false), s, err
	}
	text, err := io.ReadAll(io.LimitReader(stdin, settings.MaxFile+1))
	if err == nil {
		s, err = settings.ParseFile("standard input", text)
	}
	return isGood("standard input", false), s, err
}

// checkService is checkFile for the file of a service.
func checkService(ctx context.Context, at place) (verdict string, s settings.Settings, err error) {
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
	return checkOf(ctx, runOptions{dataDir: os.Getenv("LINKLOG_DATA_DIR"), config: os.Getenv("LINKLOG_CONFIG")})
}

// checkOf is checkFile for the file of a service that would be started like this.
func checkOf(ctx context.Context, run runOptions) (verdict string, s settings.Settings, err error) {
	if run.dataDir == "" {
		run.dataDir = usualFolder(ctx)
	}
	file, err := run.file()
	if err != nil {
		return "", s, err
	}
	s, err = file.Load()
	if wrong := (*datafile.Error)(nil); errors.As(err, &wrong) && errors.Is(err, fs.ErrPermission) && !install.IsAdministrator() {
		// What mends it for the service is not what this user needs.
		err = fmt.Errorf("settings: %s %s\nTo check it: %s", wrong.Path, wrong.Why(), doctor.AsAdministrator("linklog service check "+datafile.Quote(file.Path)))
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

// usualFolder is the data folder of the service that would be started here.
func usualFolder(ctx context.Context) string {
	if st, err := install.GetStatus(ctx); err == nil && st.Installed || install.IsAdministrator() {
		return install.Default().DataDir
	}
	return install.UserDataDir()
}
