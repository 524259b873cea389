package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/service/api"
)

func rulesCommand(at *place) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "rules", Short: "List the rules and how often they told", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			list, err := c.Rules(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			t := &table{columns: []column{{title: "Rule", least: 12}, {title: "Told", right: true}, {title: "Last"}, {title: "When"}, {title: "Filter", least: 16}, {title: "Outlets"}, {title: "Quiet"}}}
			for _, r := range list {
				last, when, told := "", r.When, r.Told
				if !r.Last.IsZero() {
					last = day(r.Last)
				}
				switch {
				case r.Error != "":
					when = "wrong: " + r.Error
				case !r.On:
					when = "off"
				case r.DoNotRecord:
					when, told = strings.TrimSpace("do not record "+r.Hours), r.Unrecorded
				case r.Builtin != "":
					when = "built in"
				}
				t.add(capture.Clean(cmp.Or(r.Name, r.Builtin)), number(told), last, capture.Clean(when), capture.Clean(r.Filter), strings.Join(r.Outlets, ", "), r.Quiet)
			}
			return t.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func tryCommand(at *place) *cobra.Command {
	var r api.Rule
	var asJSON bool
	cmd := &cobra.Command{
		Use: "try rule", Short: "Say how often a rule would have told in the last 7 days",
		Long: `linklog alerts try says how often a rule would have told in the last 7 days: one of the
settings by its name, or a filter, with --when as a rule has it. With --do-not-record it is how
many attempts a rule with record = false would have kept from being recorded.`,
		Example: "  linklog alerts try 'dst:192.168.1.20 dir:in verdict:allowed'\n  linklog alerts try 'dir:in' --when 'more than 100 in 10m'\n  linklog alerts try \"Camera talks to somebody new\"",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("no rule given: its name, or a filter")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c := at.client()
			defer c.Close()
			r.Filter = strings.Join(args, " ")
			if !cmd.Flags().Changed("when") && !r.DoNotRecord { // else it is a filter
				list, err := c.Rules(cmd.Context())
				if err != nil {
					return err
				}
				for _, known := range list {
					switch {
					case known.Builtin == r.Filter:
						return usageError{fmt.Errorf("%s is built in: only rules with a filter can be tried", r.Filter)}
					case strings.EqualFold(known.Name, r.Filter):
						r = known
					}
				}
			}
			t, err := c.TryRule(cmd.Context(), r)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), t)
			}
			if r.DoNotRecord {
				return writeLeftOut(cmd.OutOrStdout(), &t)
			}
			return writeTrial(cmd.OutOrStdout(), &t)
		},
	}
	cmd.Flags().StringVar(&r.When, "when", "", "`when` it tells, such as \"first for this host\" or \"more than 20 in 10m\"")
	cmd.Flags().StringVar(&r.Quiet, "quiet", "", "quiet `hours`, such as 22:00-07:00")
	cmd.Flags().BoolVar(&r.DoNotRecord, "do-not-record", false, "what it would have kept from being recorded")
	cmd.Flags().StringVar(&r.Hours, "hours", "", "of the day, such as 22:00-07:00, with --do-not-record: only then")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// atLeast is what is said before a number of a trial that did not come to the end.
func atLeast(t *api.Trial) string {
	if t.Whole {
		return ""
	}
	return "at least "
}

// writeLeftOut says how much a rule would have kept from being recorded.
func writeLeftOut(out io.Writer, t *api.Trial) error {
	_, err := fmt.Fprintf(out, "It would have kept %s%s of the last 7 days from being recorded.\n", atLeast(t), count(t.Matches, "attempt"))
	return err
}

// writeTrial says how often a rule would have told.
func writeTrial(out io.Writer, t *api.Trial) error {
	fmt.Fprintf(out, "It would have made %s%s in the last 7 days, about %s.\n", atLeast(t), count(t.Told, "alert"), count(t.Matches, "event"))
	for i := range t.Alerts {
		a := &t.Alerts[i]
		if a.Text = strings.TrimPrefix(a.Text, "rule "+a.Rule+": "); i == 0 {
			fmt.Fprintln(out, "The last of them:")
		}
		if err := writeAlert(out, a, false); err != nil {
			return err
		}
	}
	return nil
}
