package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linklog/filter"
	"linklog/format/services"
	"linklog/service/api"
	"linklog/service/client"
)

func forgetCommand(stderr *os.File) *cobra.Command {
	var at place
	var dry, yes bool
	cmd := &cobra.Command{
		Use: "forget filter...", Short: "Remove what is stored about a host, a device or anything else",
		Long: `linklog forget removes what the service has stored about the events that match a filter,
received and imported: the events, the hosts and devices of which nothing else is stored,
their names and notes, and the alerts about them. Nothing of it stays in any file of the
data folder but those that were damaged and set aside. It cannot be undone. What is
received about them later is recorded as that of somebody new.

It first says how much that is, and asks. With --dry-run it only says it; with --yes it does not
ask. The service goes on with its work meanwhile, and with this after a restart. Only an
administrator may do it (sudo), but everyone may see how much it is. See docs/privacy.md.`,
		Example: "  linklog forget --dry-run ip:192.168.1.50\n  linklog forget 'host:*.example.com'\n  linklog forget mac:02:00:5e:10:00:22 until:2026-06-01",
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.Join(args, " ")
			f, err := filter.Parse(text)
			if err == nil {
				_, err = f.Compile(services.Default(), time.Now())
			}
			switch {
			case err != nil:
				return usageError{err}
			case f == filter.Filter{}:
				return usageError{errors.New("no filter given: which events? Old ones as a whole are removed by [history] days in the settings")}
			}
			c := at.client()
			defer c.Close()
			return forget(cmd.Context(), c, text, dry, yes, cmd.OutOrStdout(), stderr)
		},
	}
	placeFlags(cmd.Flags(), &at)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say how much would be removed")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// forget removes what matches a filter, after it has asked.
func forget(ctx context.Context, c *client.Client, text string, dry, yes bool, out io.Writer, stderr *os.File) error {
	if dry || !yes {
		would, err := c.Forget(ctx, text, true)
		switch {
		case err != nil:
			return err
		case would.Empty():
			_, err := fmt.Fprintln(out, "Nothing stored matches.")
			return err
		case dry:
			_, err := fmt.Fprintf(out, "This would remove %s.\n%s", inWords(&would), setAside(&would))
			return err
		case !term.IsTerminal(int(os.Stdin.Fd())):
			return usageError{fmt.Errorf("this permanently removes %s; without a terminal to confirm on, add --yes", inWords(&would))}
		}
		fmt.Fprintf(out, "This permanently removes %s.\n%s", inWords(&would), setAside(&would))
		if sure, err := confirm(out, os.Stdin, "Remove it?"); err != nil {
			return err
		} else if !sure {
			return errors.New("nothing was removed")
		}
	}
	found, err := c.Forget(ctx, text, false)
	if err != nil {
		return err
	}
	if found.Empty() {
		_, err := fmt.Fprintln(out, "Nothing stored matches.")
		return err
	}
	removed, err := forgotten(ctx, c, stderr)
	if err == nil {
		_, err = fmt.Fprintf(out, "Removed: %s.\n%s", inWords(&removed), setAside(&removed))
	}
	return err
}

// forgotten waits until what is being removed is.
func forgotten(ctx context.Context, c *client.Client, stderr *os.File) (api.Forgotten, error) {
	shown := term.IsTerminal(int(stderr.Fd()))
	clear := func() {
		if shown {
			fmt.Fprint(stderr, "\r\x1b[K")
		}
	}
	defer clear()
	for {
		state, err := c.Forgetting(ctx)
		switch {
		case err != nil:
			return api.Forgotten{}, fmt.Errorf("the service goes on with it: %w", err)
		case state.Error != "":
			return api.Forgotten{}, fmt.Errorf("not everything is removed yet; the service tries again: %s", state.Error)
		case !state.Running:
			return state.Removed, nil
		}
		if clear(); shown {
			fmt.Fprintf(stderr, "file %d of %d", min(state.Done+1, state.Of), state.Of)
		}
		select {
		case <-time.After(progressEvery):
		case <-ctx.Done():
			clear()
			return api.Forgotten{}, errors.New("the service goes on with it; linklog status says when it is done")
		}
	}
}

// inWords says what is removed.
func inWords(f *api.Forgotten) string {
	text := count(f.Events+f.Imported, "event")
	if f.Events+f.Imported > 0 {
		text += fmt.Sprintf(" from %s to %s in %s", f.Since.Local().Format("2006-01-02 15:04"), f.Until.Local().Format("2006-01-02 15:04"), count(f.Files, "file"))
	}
	return fmt.Sprintf("%s, %s and %s of which nothing else is stored", text, count(f.Hosts, "host"), count(f.Devices, "device"))
}

// setAside says what nothing is removed from.
func setAside(f *api.Forgotten) string {
	if len(f.SetAside) == 0 {
		return ""
	}
	return fmt.Sprintf("Files that were damaged and set aside are not looked at; remove them if you do not need them:\n  %s\n", strings.Join(f.SetAside, "\n  "))
}
