package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linklog/filter"
	"linklog/format"
)

// helpCommand is linklog help: what --help behind a command shows.
func helpCommand() *cobra.Command {
	find := func(cmd *cobra.Command, args []string) (*cobra.Command, error) {
		c := cmd.Root()
		for _, name := range args {
			i := slices.IndexFunc(c.Commands(), func(sub *cobra.Command) bool { return sub.Name() == name })
			if i < 0 {
				return nil, unknownCommand(c, name)
			}
			c = c.Commands()[i]
		}
		return c, nil
	}
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := find(cmd, args)
			if err != nil {
				return err
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, begun string) (names []string, _ cobra.ShellCompDirective) {
			if c, err := find(cmd, args); err == nil {
				for _, sub := range c.Commands() {
					if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), begun) {
						names = append(names, sub.Name()+"\t"+sub.Short)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// rootHelp is the help of linklog itself.
func rootHelp(cmd *cobra.Command, groups []flagGroup) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  linklog [flags]\n  linklog command [flags]\n", cmd.Long)
	listCommands(&b, cmd)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		listFlags(&b, g.flags)
		if g.notes != "" {
			fmt.Fprintf(&b, "\n%s", g.notes)
		}
	}
	b.WriteString("\nUse \"linklog command --help\" for more about a command.\n")
	return b.String()
}

// help is the help of any other command.
func help(cmd *cobra.Command) string {
	var b strings.Builder
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(text), cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	listCommands(&b, cmd)
	if cmd.HasAvailableLocalFlags() {
		b.WriteString("\nFlags:\n")
		listFlags(&b, cmd.InheritedFlags())
		listFlags(&b, cmd.LocalFlags())
	}
	if cmd.Flags().Lookup("since") != nil {
		b.WriteString("\nTimes:\n" + timeNotes)
	}
	if notes := cmd.Annotations[searchNotes]; notes != "" {
		fmt.Fprintf(&b, "\nSearch text:\n%s", notes)
	}
	return b.String()
}

// searchNotes is the annotation of commands that take a search text: what one is.
const searchNotes = "search text"

// searchHelp explains the search text, with its keys.
func searchHelp() map[string]string {
	var b strings.Builder
	b.WriteString(`  Terms separated by spaces, all of which must match: KEY:PATTERNS, or a word
  that is searched for in names, addresses, services and texts. PATTERNS are
  one or more patterns separated by commas, any of which may match; "*" stands
  for any characters. Addresses can also be networks (10.0.0.0/8) and ranges,
  ports can be numbers, ranges and names of services. "!" in front of a term
  or a pattern excludes; "two words" in quotes are one. The keys:
`)
	for _, field := range filter.Fields() {
		key := field.Keys[0] + ":"
		if field.Bool {
			key = "is:" + field.Keys[0]
		}
		for i, line := range wrap(field.Help, helpWidth-14) {
			if i > 0 {
				key = ""
			}
			fmt.Fprintf(&b, "    %-9s %s\n", key, line)
		}
	}
	return map[string]string{searchNotes: b.String()}
}

func listCommands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString("\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || !cmd.HasParent() && c.Name() == "help" {
			fmt.Fprintf(b, "  %-12s %s\n", c.Name(), c.Short)
		}
	}
}

// flagColumn is where the texts of flags begin; helpWidth is the width of the
// usual terminal, less one for those that break a full line.
const (
	flagColumn = 33
	helpWidth  = 79
)

// listFlags lists flags one below the other. pflag would write "[=true|false]"
// behind every switch and align each list by its own longest flag.
func listFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		line := "      --" + f.Name
		if f.Shorthand != "" {
			line = "  -" + f.Shorthand + ", --" + f.Name
		}
		value, text := flagUsage(f)
		if f.NoOptDefVal == "" {
			line += "=" + valueName(value)
		}
		if len(line) >= flagColumn {
			b.WriteString(line + "\n")
			line = ""
		}
		for _, part := range wrap(text, helpWidth-flagColumn) {
			fmt.Fprintf(b, "%-*s%s\n", flagColumn, line, part)
			line = ""
		}
	})
}

// flagUsage is the name of a flag's value and what the flag does, with its default.
func flagUsage(f *pflag.Flag) (value, text string) {
	value, text = pflag.UnquoteUsage(f)
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && !strings.Contains(text, "(default") {
		text += " (default " + strings.Trim(f.DefValue, "[]") + ")"
	}
	return value, text
}

// valueName is what stands for the value of a flag: its name in upper case, or a
// general word where pflag only knows the type.
func valueName(value string) string {
	switch value {
	case "string":
		return "TEXT"
	case "int", "uint", "float":
		return "N"
	}
	return strings.ToUpper(value)
}

// wrap breaks a text into lines of at most width characters, unless a word is longer.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

const timeNotes = `  A time is how long ago something was (2h, 90m, 7d, "2 hours ago", "last
  week"), a day (today, yesterday, monday, 2026-11-01), a day with a time
  ("yesterday 20:15", 2026-11-01T20:15), the last time it was 20:15, a month
  (2026-11) or a year. A day begins at midnight, in local time.
`

const filterNotes = `  PATTERNS are one or more patterns separated by commas, any of which may
  match; "!" in front of one excludes; "*" stands for any characters. Several
  filters must all match.
    --filter-host '*.example.com'           names that end with .example.com
    --filter-ip-dest '17.*,!17.253.0.0/16'  a network without a part of it
    --filter-port https,8000-8999           ports by number, range and name
`

// isOtherEnd reports whether a token is of an end for which that of the source stands in the help.
func isOtherEnd(token string) bool {
	return slices.ContainsFunc([]string{"%{dst.", "%{remote.", "%{local."}, func(end string) bool { return strings.HasPrefix(token, end) })
}

// templateNotes explains the tokens: those for the two ends once for all.
func templateNotes() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  A template is text with tokens in it. The default is\n    %s\n", format.Default)
	for _, t := range format.Tokens() {
		if rest, found := strings.CutPrefix(t.Token, "%{src."); found {
			meaning := strings.TrimPrefix(t.Meaning, "source: ")
			fmt.Fprintf(&b, "    %-16s %s; also dst, remote, local\n", "%{src."+rest, meaning)
		} else if !isOtherEnd(t.Token) {
			fmt.Fprintf(&b, "    %-16s %s\n", t.Token, t.Meaning)
		}
	}
	return b.String()
}
