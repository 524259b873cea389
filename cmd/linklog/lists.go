package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"linklog/capture"
	"linklog/format"
	"linklog/service/api"
	"linklog/service/client"
)

func listsCommand() *cobra.Command {
	var at place
	var asJSON bool
	show := func(cmd *cobra.Command, all api.Lists) error {
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), all.Lists)
		}
		return writeLists(cmd, all.Lists)
	}
	cmd := &cobra.Command{
		Use: "lists", Short: "Show the lists of addresses that are watched for", Args: noArguments,
		Long: `linklog lists shows the lists of addresses, networks and names that the settings ask for
([lists], see docs/lists.md): where they come from, how many entries they have, and when
they were fetched. list:NAME in filters finds attempts from or to an address on one,
list:* those on any.`,
		Example: "  linklog lists\n  sudo linklog lists update\n  linklog log 'list:*' --since 7d",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := at.client()
			defer c.Close()
			all, err := c.Lists(cmd.Context())
			if err != nil {
				return err
			}
			return show(cmd, all)
		},
	}
	placeFlags(cmd.PersistentFlags(), &at)
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "write JSON")
	cmd.AddCommand(&cobra.Command{
		Use: "update [list]", Short: "Fetch lists now, as far as their terms allow",
		Args: atMostOne("list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := at.client()
			defer c.Close()
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			all, err := c.UpdateLists(cmd.Context(), name)
			if err != nil {
				return err
			}
			return show(cmd, all)
		},
	})
	return cmd
}

// writeLists writes a table of lists.
func writeLists(cmd *cobra.Command, list []api.List) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There are no lists: docs/lists.md says which there are, and how to use them.")
		return err
	}
	t := &table{columns: []column{{title: "List"}, {title: "From", least: 20}, {title: "Entries", right: true}, {title: "Fetched"}, {title: "State", least: 20}}}
	for _, l := range list {
		fetched, state := "", "ok"
		if !l.Fetched.IsZero() {
			fetched = day(l.Fetched)
		}
		switch {
		case l.Error != "":
			state = l.Error
		case l.Version == "":
			state = "not fetched yet"
		case l.Wrong > 0:
			state = fmt.Sprintf("%s not understood, the first is line %d", count(uint64(l.Wrong), "line"), l.First)
		}
		t.add(l.Name, capture.Clean(l.From), number(uint64(l.Entries)), fetched, capture.Clean(state))
	}
	return t.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
}

// useLists has this program find on lists what the service does, if the filter asks for that or
// it is shown.
func useLists(ctx context.Context, c *client.Client, o *liveOptions) {
	if o.filter.List == "" && !o.shows((*format.Template).ShowsLists) {
		return
	}
	if err := findListed(ctx, c); err != nil {
		fmt.Fprintf(o.stderr, "linklog: nothing is found on lists: %v\n", err)
	}
}

// findListed has this program find on lists what the service does.
func findListed(ctx context.Context, c *client.Client) error {
	s, err := statusSoon(ctx, c)
	if err == nil {
		_, err = new(client.Listed).Use(ctx, c, s.Lists)
	}
	return err
}
