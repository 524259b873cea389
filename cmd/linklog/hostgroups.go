package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"linklog/format"
	"linklog/service/api"
	"linklog/service/client"
)

// hostGroupings are the values of --by of linklog hosts.
func hostGroupings() []string { return append([]string{"host"}, api.Classes()...) }

// hostGroups lists hosts put together.
func (o *partiesOptions) hostGroups(cmd *cobra.Command, c *client.Client, q client.HostQuery, by string) error {
	found, err := c.HostGroups(cmd.Context(), q, by)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case o.json:
		err = writeJSON(out, found)
	case o.csv:
		err = format.WriteCSV(out, api.HostGroupColumns(by), found.Groups, (*api.HostGroup).Cells)
	case len(found.Groups) == 0:
		_, err = fmt.Fprintln(out, "No hosts.")
	default:
		err = hostGroupTable(found.Groups, by).write(out, terminalWidth(out))
	}
	if err == nil && !found.Exact && !o.json {
		_, err = fmt.Fprintln(o.stderr, "linklog: there were too many different ones to count each")
	}
	if err != nil {
		return err
	}
	return o.none(len(found.Groups))
}

// hostGroupTable is what linklog hosts --by writes; the first column is that of linklog stats --by.
func hostGroupTable(groups []api.HostGroup, by string) *table {
	first := column{title: by, least: 16}
	for i := range dimensions {
		if dimensions[i].name == by {
			first = dimensions[i].columns[0]
		}
	}
	t := &table{columns: []column{
		first, {title: "Hosts", right: true}, {title: "New", right: true}, {title: "First seen"}, {title: "Last seen"}, {title: "In", right: true}, {title: "Out", right: true},
		{title: "Allowed", right: true, spare: true}, {title: "Blocked", right: true, spare: true},
	}}
	for i := range groups {
		g := &groups[i]
		allowed, blocked := verdicts(g.Allowed, g.Blocked)
		t.add(cmp.Or(g.Name(), "unknown"), number(g.Hosts), number(g.New), day(g.First), day(g.Last), number(g.In), number(g.Out), allowed, blocked)
	}
	return t
}
