package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"linklog/filter"
	"linklog/format"
	"linklog/phrase"
	"linklog/service/client"
)

// partiesOptions are the flags that linklog hosts and linklog devices share: which events
// those are to have that are listed, and how they are.
type partiesOptions struct{ readOptions }

func newPartiesOptions(stdout, stderr *os.File) *partiesOptions {
	return &partiesOptions{readOptions{from: "all", liveOptions: liveOptions{stdout: stdout, stderr: stderr, color: "never", template: format.Default, after: -1}}}
}

// flags defines them.
func (o *partiesOptions) flags(cmd *cobra.Command) {
	fs := cmd.Flags()
	o.filters(fs)
	fs.BoolVar(&o.json, "json", false, "write JSON")
	fs.BoolVar(&o.csv, "csv", false, "write CSV with a header line")
	exitCodeFlag(fs, &o.exitCode)
	placeFlags(cmd.PersistentFlags(), &o.at)
}

// events are those that arguments, which are search text, and flags ask for; the zero value:
// they ask for none.
func (o *partiesOptions) events(args []string) (e client.HasEvents, err error) {
	q, _, err := o.read(args)
	if err == nil && o.filter != (filter.Filter{}) {
		e.Filter = q.Filter
	}
	return e, err
}

// searchOrCommand takes search text, but for what was meant to be one of the command's own.
func searchOrCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := phrase.Nearest(args[0], slices.Values(commandNames(cmd))); near != "" {
		return usageError{fmt.Errorf("unknown command %q; did you mean %q? To search for the word: %s any:%s", args[0], near, cmd.CommandPath(), args[0])}
	}
	return nil
}
