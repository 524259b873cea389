package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/filter"
	"linklog/format/services"
	"linklog/when"
)

// complete tells shells what can follow: values, and files only where a file is meant.
func complete(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		complete(c)
	}
	if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && !strings.Contains(strings.ToLower(cmd.Use), "file") {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	ofFlag := func(f *pflag.Flag) {
		if _, known := cmd.GetFlagCompletionFunc(f.Name); known || f.NoOptDefVal != "" {
			return
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, flagValues(f.Name)); err != nil {
			panic(err) // a flag that does not exist: a bug in this file
		}
	}
	cmd.LocalFlags().VisitAll(ofFlag)
}

// flagValues are the values of a flag, the same whatever command has it.
func flagValues(name string) cobra.CompletionFunc {
	words := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	switch name {
	case "log-file", "output", "config", "socket":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	case "data-dir":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case "from":
		return words("all", "live", "imported")
	case "color":
		return words("auto", "always", "never")
	case "port":
		return words("162,514", "162", "514", "9162,9514")
	case "since", "until":
		return words(when.Words()...)
	case "order":
		return words(hostOrders...)
	case "format":
		var formats []string
		for _, f := range oldlogs.Formats() {
			formats = append(formats, f.Name+"\t"+f.Description)
		}
		return words(formats...)
	}
	if field, ok := strings.CutPrefix(name, "filter-"); ok {
		return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return patterns(field, begun), cobra.ShellCompDirectiveNoFileComp
		}
	}
	return cobra.NoFileCompletions
}

// patterns are the known values of a field of filters that go on with what is begun,
// which may be the last of several.
func patterns(field, begun string) (values []string) {
	at := strings.LastIndexByte(begun, ',') + 1
	at += len(begun[at:]) - len(strings.TrimPrefix(begun[at:], "!"))
	for _, value := range fieldValues(field) {
		if strings.HasPrefix(strings.ToLower(value), strings.ToLower(begun[at:])) {
			values = append(values, begun[:at]+value)
		}
	}
	return values
}

func fieldValues(field string) (values []string) {
	switch field {
	case "direction":
		return []string{"in", "out"}
	case "since", "until":
		return when.Words()
	case "date":
		return when.Days()
	case "verdict":
		return []string{"allowed", "blocked", "unknown"}
	case "protocol":
		for p := capture.Protocol(1); p != 0; p++ {
			if name := p.String(); name[0] > '9' { // it has a name
				values = append(values, strings.ToLower(name))
			}
		}
	case "port", "port-source", "port-dest", "service":
		services.Default().Each(func(name string, _ uint16, _ capture.Protocol) bool {
			values = append(values, name)
			return true
		})
		slices.Sort(values)
		values = slices.Compact(values)
	}
	return values
}

// searchTerms completes the arguments of commands that take a search text.
func searchTerms(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	term, not := strings.CutPrefix(begun, "!")
	key, value, hasKey := strings.Cut(term, ":")
	var terms []string
	for _, field := range filter.Fields() {
		switch {
		case field.Name == "any":
		case hasKey && slices.Contains(field.Keys, strings.ToLower(key)):
			for _, p := range patterns(field.Name, value) {
				terms = append(terms, begun[:len(begun)-len(value)]+p)
			}
			return terms, cobra.ShellCompDirectiveNoFileComp
		case field.Bool:
			if !not && strings.HasPrefix("is:new", begun) {
				terms = append(terms, "is:new\t"+field.Help)
			}
		case !hasKey && strings.HasPrefix(field.Keys[0], strings.ToLower(term)):
			terms = append(terms, begun[:len(begun)-len(term)]+field.Keys[0]+":\t"+field.Help)
		}
	}
	return terms, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
