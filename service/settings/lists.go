package settings

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/assets/listed"
	"linklog/phrase"
)

// Lists says which lists of addresses and names are used, and how they are fetched.
type Lists struct {
	Known []string   `toml:"known"` // names of listed.Known
	Own   []ListFrom `toml:"own"`
	Every Duration   `toml:"every"` // at most so often each; those that are known as rarely as their terms say
	CA    string     `toml:"ca"`    // file with certificates that are believed besides the system's
}

// ListFrom is a list of the user's: a name, and an address of the web or a full path of a file.
type ListFrom struct{ Name, From string }

// UnmarshalText reads "NAME WHERE".
func (l *ListFrom) UnmarshalText(text []byte) error {
	l.Name, l.From, _ = strings.Cut(strings.TrimSpace(string(text)), " ")
	l.From = strings.TrimSpace(l.From)
	if l.From == "" {
		return phrase.Say("{{.Value}} is not a name with an address or a file, such as {{.Example}}", "Value", strconv.Quote(string(text)), "Example", strconv.Quote("work https://lists.example/work.txt"))
	}
	return nil
}

// String is what UnmarshalText reads.
func (l ListFrom) String() string { return l.Name + " " + l.From }

// IsFile tells a list in a file from one to be fetched.
func (l *ListFrom) IsFile() bool { return filepath.IsAbs(l.From) }

// maxLists bounds the lists.
const maxLists = 20

// check reports what the types do not say.
func (l *Lists) check(wrong report) {
	known := listed.Known()
	var names []string
	for _, k := range known {
		names = append(names, k.Name)
	}
	for i, name := range l.Known {
		switch {
		case !slices.Contains(names, name):
			if near := phrase.Nearest(name, slices.Values(names)); near != "" {
				wrong("known", i, phrase.Say("there is no list {{.Value}}: did you mean {{.Near}}?", "Value", strconv.Quote(name), "Near", near))
			} else {
				wrong("known", i, phrase.Say("there is no list {{.Value}}: LinkLog knows {{.Names}}", "Value", strconv.Quote(name), "Names", strings.Join(names, ", ")))
			}
		case slices.Contains(l.Known[:i], name):
			wrong("known", i, phrase.Say("{{.Value}} is there twice", "Value", strconv.Quote(name)))
		}
	}
	for i := range l.Own {
		own := &l.Own[i]
		switch {
		case i == maxLists:
			wrong("own", i, phrase.Say("there are more than {{.Most}}", "Most", maxLists))
		case i > maxLists: // told already
		case !SecretName.MatchString(own.Name):
			wrong("own", i, phrase.Say("{{.Value}} is not a valid name: letters, digits, - and _, at most 64", "Value", strconv.Quote(own.Name)))
		case slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, own.Name) }):
			wrong("own", i, phrase.Say("{{.Value}} is the name of a list that LinkLog knows: write it into known", "Value", strconv.Quote(own.Name)))
		case slices.ContainsFunc(l.Own[:i], func(o ListFrom) bool { return strings.EqualFold(o.Name, own.Name) }):
			wrong("own", i, phrase.Say("{{.Value}} is there twice", "Value", strconv.Quote(own.Name)))
		default:
			if err := checkFrom(own.From); err != nil {
				wrong("own", i, err)
			}
		}
	}
	if every := time.Duration(l.Every); every < time.Hour || every > 30*24*time.Hour {
		wrong("every", -1, phrase.Say("must be from 1h to 30d"))
	}
	checkFile("ca", l.CA, wrong)
}

// checkFrom says what is wrong with where a list comes from.
func checkFrom(from string) error {
	if filepath.IsAbs(from) && !strings.ContainsRune(from, 0) {
		return nil
	}
	u, err := url.Parse(from)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "" || u.Hostname() == "":
		return phrase.Say("{{.Value}} is neither an address, such as {{.Example}}, nor the full path of a file", "Value", strconv.Quote(from), "Example", "https://lists.example/work.txt")
	case u.Scheme == "http" && loopback(u.Hostname()):
	case u.Scheme != "https":
		return phrase.Say("{{.Value}} must begin with https://: others could change the list on its way", "Value", strconv.Quote(from))
	case u.User != nil:
		return phrase.Say("must not have a password: others can read the settings")
	}
	return nil
}

// loopback reports whether a server is this computer.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}
