package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/when"
)

func alertsCommand() *cobra.Command {
	var at place
	var asJSON, follow, exitCode bool
	var limit uint
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "List alerts, follow them, and test where they go",
		Long: `linklog alerts lists the alerts that were made, the newest last: of new
hosts, of another public IP address of the router, and of whatever the rules tell about.
With --follow it goes on with those to come.
Where they go besides this list and the desktop is in the settings, as [[outlet]]: ntfy,
Gotify, Pushover, Telegram, Discord, Slack, mail, MQTT, or any server by a webhook. See
docs/alerts.md.`,
		Example: `  linklog alerts --follow
  linklog alerts outlets
  linklog alerts rules
  linklog alerts test phone
  linklog alerts mute 1h`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			list, err := c.Alerts(cmd.Context(), 0, 0)
			if err != nil {
				return err
			}
			var last uint64
			if len(list) > 0 {
				last = list[len(list)-1].ID
			}
			none := len(list) == 0
			if n := len(list) - int(limit); limit > 0 && n > 0 {
				list = list[n:]
			}
			for i := range list {
				if err := writeAlert(cmd.OutOrStdout(), &list[i], asJSON); err != nil {
					return err
				}
			}
			switch {
			case follow:
				return followAlerts(cmd, c, last, asJSON)
			case none && !asJSON:
				fmt.Fprintln(cmd.OutOrStdout(), "No alerts.")
			}
			if none && exitCode {
				return errNone
			}
			return nil
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.BoolVarP(&follow, "follow", "f", false, "go on with those to come")
	fs.UintVarP(&limit, "limit", "n", 100, "at most this `number` of alerts, the newest; 0: all")
	fs.BoolVar(&asJSON, "json", false, "write JSON, one alert a line")
	exitCodeFlag(fs, &exitCode)
	placeFlags(cmd.PersistentFlags(), &at)

	var outletsAsJSON bool
	outlets := &cobra.Command{
		Use: "outlets", Short: "List the outlets and whether alerts get through", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return listOutlets(cmd, at, outletsAsJSON) },
	}
	outlets.Flags().BoolVar(&outletsAsJSON, "json", false, "write JSON")
	mute := &cobra.Command{
		Use: "mute [time]", Short: "Mute alerts for or until a time, or turn them on again",
		Long: `linklog alerts mute mutes alerts for a while (1h, 30m, 2d) or until a time (tomorrow,
20:15, 2026-12-24). New hosts that come meanwhile are in one alert afterwards. off turns
alerts on again; without a time it says until when they are muted.`,
		Example: "  linklog alerts mute 1h\n  linklog alerts mute tomorrow\n  linklog alerts mute off",
		RunE:    func(cmd *cobra.Command, args []string) error { return mute(cmd, at, strings.Join(args, " ")) },
	}
	quietFlag(mute)
	cmd.AddCommand(outlets, &cobra.Command{
		Use: "test outlet", Short: "Send a message through an outlet",
		Args: oneArgument("outlet", "linklog alerts outlets lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := at.client()
			defer c.Close()
			if err := c.TestOutlet(cmd.Context(), args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Sent. %s has accepted it.\n", args[0])
			return err
		},
	}, secretCommand(&at), mute, rulesCommand(&at), tryCommand(&at))
	return cmd
}

// oneArgument is for commands that need one, and says what it is.
func oneArgument(what, hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usageError{fmt.Errorf("no %s given; %s", what, hint)}
		case 1:
			return nil
		}
		return usageError{fmt.Errorf("one %s at a time: %q is too many", what, args[1])}
	}
}

func writeAlert(w io.Writer, a *api.Alert, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(a)
	}
	muted := ""
	if a.Muted {
		muted = " (muted)"
	}
	_, err := fmt.Fprintf(w, "%s  %s%s\n", a.Time.Local().Format(time.DateTime), capture.Clean(a.Text), muted)
	return err
}

// followAlerts writes alerts as they come.
func followAlerts(cmd *cobra.Command, c *client.Client, after uint64, asJSON bool) error {
	ctx, end := context.WithCancelCause(cmd.Context())
	defer end(nil)
	err := c.Follow(ctx, client.Follower{
		Now: true, AlertAfter: &after,
		Alert: func(a *api.Alert) {
			if err := writeAlert(cmd.OutOrStdout(), a, asJSON); err != nil {
				end(err)
			}
		},
		State: func(s client.State) {
			if !s.Connected && s.Err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "linklog: %v; trying again\n", s.Err)
			}
		},
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if cmd.Context().Err() != nil {
		return nil
	}
	return err
}

func listOutlets(cmd *cobra.Command, at place, asJSON bool) error {
	c := at.client()
	defer c.Close()
	list, err := c.Outlets(cmd.Context())
	switch {
	case err != nil:
		return err
	case asJSON:
		return writeJSON(cmd.OutOrStdout(), list)
	case len(list) == 0:
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "There are no outlets: docs/alerts.md says how to set one up.")
		return err
	}
	t := &table{columns: []column{{title: "Outlet"}, {title: "Type"}, {title: "Sent", right: true}, {title: "Waiting", right: true}, {title: "Lost", right: true}, {title: "Last"}, {title: "State", least: 20}}}
	for _, o := range list {
		last, state := "", "ok"
		if !o.Last.IsZero() {
			last = day(o.Last)
		}
		if o.Error != "" {
			state = o.Error
		}
		t.add(o.Name, o.Type, number(o.Sent), number(uint64(o.Waiting)), number(o.Refused+o.Late), last, capture.Clean(state))
	}
	return t.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
}

func secretCommand(at *place) *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use: "secret [name]", Short: "Store a token or password of an outlet",
		Long: `linklog alerts secret stores a token or password, which it asks for or reads from
its standard input. The settings have ${NAME} where it is put in; nobody can read it back.
Without a name it lists those that are stored.`,
		Example: "  linklog alerts secret phone\n  linklog alerts secret phone <token.txt\n  linklog alerts secret --remove phone",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !remove {
				return nil
			}
			return oneArgument("name", "linklog alerts secret lists them")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c := at.client()
			defer c.Close()
			if len(args) == 0 {
				names, err := c.Secrets(cmd.Context())
				if err == nil && len(names) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "No secrets are stored.")
				}
				for _, name := range names {
					fmt.Fprintln(cmd.OutOrStdout(), name)
				}
				return err
			}
			value, done := "", "Removed."
			if !remove {
				var err error
				if value, err = readSecret(cmd); err != nil {
					return err
				}
				done = "Stored."
			}
			err := c.SetSecret(cmd.Context(), args[0], value)
			if err == nil {
				fmt.Fprintln(confirmTo(cmd), done)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove it")
	quietFlag(cmd)
	return cmd
}

// maxSecret bounds what is read as a secret, in bytes.
const maxSecret = 4096

// readSecret asks for a secret, without showing it, or reads a line.
func readSecret(cmd *cobra.Command) (string, error) {
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(cmd.ErrOrStderr(), "Secret (is not shown): ")
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return checkSecret(string(text), err)
	}
	line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), maxSecret+2)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return checkSecret(line, err)
}

func checkSecret(text string, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if text = strings.TrimRight(text, "\r\n"); strings.TrimSpace(text) == "" {
		return "", errors.New("the secret is empty; --remove removes one")
	}
	return text, nil
}

func mute(cmd *cobra.Command, at place, text string) error {
	c := at.client()
	defer c.Close()
	if text == "" {
		until, err := c.Mute(cmd.Context())
		switch {
		case err != nil:
			return err
		case until.IsZero():
			fmt.Fprintln(cmd.OutOrStdout(), "Alerts are not muted.")
		default:
			fmt.Fprintf(cmd.OutOrStdout(), "Alerts are muted until %s.\n", until.Local().Format(time.DateTime))
		}
		return nil
	}
	until, err := muteUntil(text, time.Now())
	if err != nil {
		return usageError{err}
	}
	if err := c.SetMute(cmd.Context(), until); err != nil {
		return err
	}
	if until.IsZero() {
		fmt.Fprintln(confirmTo(cmd), "Alerts are on.")
	} else {
		fmt.Fprintf(confirmTo(cmd), "Alerts are muted until %s.\n", until.Format(time.DateTime))
	}
	return nil
}

// muteUntil reads for how long or until when alerts are muted; zero: not at all.
func muteUntil(text string, now time.Time) (time.Time, error) {
	switch text {
	case "off":
		return time.Time{}, nil
	case "tomorrow":
		y, m, d := now.Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, now.Location()), nil
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") && days > 0 && days < 36_500 {
		return now.AddDate(0, 0, days), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	until, err := when.Time(text, now)
	if err == nil && until.After(now) {
		return until, nil
	}
	wrong := "not a time"
	if err == nil {
		if clock := until.AddDate(0, 0, 1); clock.After(now) && strings.Contains(text, ":") && !strings.ContainsAny(text, "- /") {
			return clock, nil // the next time it is so late
		}
		wrong = "over"
	}
	return time.Time{}, fmt.Errorf("%q is %s: how long (1h, 30m, 2d), until when (tomorrow, 20:15, 2026-12-24), or off", text, wrong)
}
