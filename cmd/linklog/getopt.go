package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// originalFlags are those of the Perl program of 2014. Scripts that were written for
// it may write them in all ways of Getopt::Long: shortened as long as it is clear
// what is meant, with one dash or a plus, in any case. That is for these flags alone,
// so that no flag of ours, today's or a later one, changes what a script means.
var originalFlags = []string{
	"cache-dns", "filter-direction", "filter-host", "filter-host-dest", "filter-host-source", "filter-ip", "filter-ip-dest",
	"filter-ip-source", "filter-protocol", "help", "log-file", "no-dns", "no-dns-dest", "no-dns-source", "port", "quiet",
	"run-as", "show-port-numbers", "template",
}

// canonical writes flags as --name=value, up to a command, whose flags are its own.
// What makes no sense stays as it is, for pflag to say so.
func canonical(args []string, flags *pflag.FlagSet) ([]string, error) {
	out := make([]string, 0, len(args)) // nil would be the process's own for cobra
	for i := 0; i < len(args); i++ {
		prefix := flagPrefix(args[i])
		body := args[i][len(prefix):]
		if prefix == "" || body == "" {
			return append(out, args[i:]...), nil
		}
		found, err := findFlags(prefix, body, flags)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return append(out, args[i:]...), nil
		}
		for _, f := range found {
			switch {
			case f.hasValue:
				out = append(out, "--"+f.name+"="+f.value)
			case f.needsValue && i+1 < len(args):
				i++
				out = append(out, "--"+f.name+"="+args[i])
			default:
				out = append(out, "--"+f.name)
			}
		}
	}
	return out, nil
}

// flagPrefix is what an argument begins with if it is a flag.
func flagPrefix(arg string) string {
	for _, prefix := range []string{"--", "-", "+"} {
		if strings.HasPrefix(arg, prefix) {
			return prefix
		}
	}
	return ""
}

// foundFlag is a flag as it was written.
type foundFlag struct {
	name                 string
	value                string
	hasValue, needsValue bool
}

// findFlags says which flag an argument is, or which ones: -ql. It is ours if it is
// written out, and else one of the original's; none: neither.
func findFlags(prefix, body string, flags *pflag.FlagSet) ([]foundFlag, error) {
	name, value, hasValue := strings.Cut(body, "=")
	var f *pflag.Flag
	switch {
	case prefix == "--":
		f = flags.Lookup(name)
	case prefix == "-" && len(name) == 1:
		f = flags.ShorthandLookup(name)
	}
	if f == nil {
		original, err := originalFlag(prefix, name)
		if err != nil {
			return nil, err
		}
		f = flags.Lookup(original)
	}
	if f != nil {
		return []foundFlag{{f.Name, value, hasValue, f.NoOptDefVal == ""}}, nil
	}
	if prefix != "-" {
		return nil, nil
	}
	return splitShort(body, flags), nil
}

// originalFlag finds the flag of the original that a text is the beginning of;
// "": none.
func originalFlag(prefix, text string) (string, error) {
	lower := strings.ToLower(text)
	var found []string
	for _, name := range originalFlags {
		if name == lower {
			return name, nil
		}
		if lower != "" && strings.HasPrefix(name, lower) {
			found = append(found, "--"+name)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0][len("--"):], nil
	}
	last := len(found) - 1
	return "", fmt.Errorf("%s%s is ambiguous: %s or %s", prefix, text, strings.Join(found[:last], ", "), found[last])
}

// splitShort takes letters apart that stand behind one dash: -ql FILE, -sp9162;
// nothing if one of them is no flag.
func splitShort(letters string, flags *pflag.FlagSet) (found []foundFlag) {
	for i := range letters {
		if letters[i] >= 0x80 {
			return nil
		}
		f := flags.ShorthandLookup(letters[i : i+1])
		if f == nil {
			return nil
		}
		rest := letters[i+1:]
		if f.NoOptDefVal == "" {
			return append(found, foundFlag{f.Name, strings.TrimPrefix(rest, "="), rest != "", true})
		}
		if value, ok := strings.CutPrefix(rest, "="); ok {
			return append(found, foundFlag{f.Name, value, true, false})
		}
		found = append(found, foundFlag{name: f.Name})
	}
	return found
}
