package settings

import (
	"errors"
	"strings"
	"testing"
)

// A mistake in how the settings are written is told in words of who writes them, with
// its line and its setting, and never in those of the TOML parser.
func TestSyntaxErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// quotes
		{"[history]\nmax_size = 10 GB", `line 2: history.max_size: needs quotes: "10 GB"`},
		{"[history]\nmax_size = 10GB", `line 2: history.max_size: needs quotes: "10GB"`},
		{"[history]\nmax_size = 1.5 GB # much", `line 2: history.max_size: needs quotes: "1.5 GB"`},
		{"[history]\nmax_size = 10 GB\"", `line 2: history.max_size: needs quotes: "10 GB"`},
		{"[history]\nmax_size = 10 elephants", `line 2: history.max_size: must be a size in quotes, such as "10 GiB"`},
		{"[history]\nmax_size = \"10 GB", `line 2, column 17: the quote is not closed: a " is missing`},
		{"[history]\nmax_size = \"10 GB\ndays = 5", `line 2, column 18: the quote is not closed: a " is missing`},
		{"[history]\nmax_size = 'x", `line 2, column 13: the quote is not closed: ' is missing`},
		{"[history]\nmax_size = “10 GB”", "line 2, column 12: write plain quotes: \""},
		{"[hosts]\nlearning = 24h", `line 2: hosts.learning: needs quotes: "24h"`},
		{"[hosts]\nlearning = soon", `line 2: hosts.learning: must be a time span in quotes, such as "24h"`},
		{"[names]\nresolver = 8.8.8.8", `line 2: names.resolver: needs quotes: "8.8.8.8"`},
		{"[names]\nresolver = dns.example;", `line 2: names.resolver: needs quotes: "dns.example"`},
		{"[listen]\naddress = 192.168.1.5", `line 2: listen.address: needs quotes: "192.168.1.5"`},
		{"[listen]\naddress = fe80::1", `line 2: listen.address: needs quotes: "fe80::1"`},
		{"[listen]\naddress = here", `line 2: listen.address: must be a text in quotes`},
		{"[alerts]\non_alert = [\"C:\\tools\\x.exe\"]", `line 2, column 24: in double quotes a \ is written twice, such as "C:\\folder\\program.exe"`},
		{"[alerts]\non_alert = [\"C:\\Users\\x.exe\"]", `line 2, column 18: in double quotes a \ is written twice, such as "C:\\folder\\program.exe"`},
		{"[alerts]\non_alert = [\"\"\"a\n", `line 2, column 17: the quote is not closed: """ is missing`},
		{"[alerts]\non_alert = ['''a\n", `line 2, column 17: the quote is not closed: ''' is missing`},
		{"[listen]\naddress = \"\"\"\"\"\"\"\"\"", "line 2, column 14: there are too many quotes"},
		{"[listen]\nbogus = five", "line 2: listen.bogus: is not a valid value: a text needs quotes"},
		// numbers and switches
		{"[history]\ndays = 9x", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 30 days", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 1,000", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = thirty", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = -", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 1970-99-01", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 0x", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 1e", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = in", "line 2: history.days: must be a whole number"},
		{"[history]\ndays = 030", "line 2, column 8: leave out the leading zeros, which some programs read as octal"},
		{"[history]\ndays = 99999999999999999999", "line 2, column 8: the number is too large"},
		{"[history]\ndays = 0xfffffffffffffffff", "line 2, column 8: the number is too large"},
		{"[names]\ndns = yes", "line 2: names.dns: must be true or false"},
		{"[names]\ndns = True", "line 2: names.dns: write it in small letters: true"},
		{"[listen]\ntcp = FALSE # not yet", "line 2: listen.tcp: write it in small letters: false"},
		{"[listen]\ntcp = on", "line 2: listen.tcp: must be true or false"},
		{"[listen]\ntcp = 1", "line 2: listen.tcp: must be true or false"},
		{"[listen]\ntcp = \"True\"", "line 2: listen.tcp: must be true or false, without quotes"},
		{"[names]\ndns = tru", "line 2: names.dns: must be true or false"},
		// the value, the =, the name
		{"[history]\ndays =", "line 2: history.days: the value is missing: name = value"},
		{"[history]\ndays = # as long as there is room\n", "line 2: history.days: the value is missing: name = value"},
		{"[history]\ndays == 30", "line 2: history.days: one = is enough: name = value"},
		{"[history]\ndays = 30 max_size = \"5 GB\"", "line 2: history.days: write each setting on a line of its own"},
		{"[history]\ndays: 30", "line 2, column 5: an = is missing: name = value"},
		{"[history]\ndays", "line 2, column 4: an = is missing: name = value"},
		{"[history]\n= 30", "line 2, column 1: the name of the setting is missing"},
		{"listen.", "line 1, column 7: the name of the setting is missing"},
		{"[history]\ndays = 3\n; x", "line 3, column 1: a comment begins with #"},
		{"[history]\n// x", "line 2, column 1: a comment begins with #"},
		{"[history]\n!", "line 2, column 1: " + badLine.String()},
		{"{\"listen\": 5}", "line 1, column 1: " + badLine.String()},
		// sections
		{"[history\ndays = 3", "line 1, column 9: the ] behind the name of the section is missing"},
		{"[[history]\n", "line 1, column 10: the ] behind the name of the section is missing"},
		{"[history]]\ndays = 3", "line 1, column 10: nothing but a comment may follow the name of a section"},
		{"[names]\ndns = true\n[history] days = 3", "line 3, column 11: nothing but a comment may follow the name of a section"},
		{"[]\nx=1", "line 1, column 2: the name of the section is missing, such as [history]"},
		{"[listen]\n[listen]\n", "line 2: listen: the section is there twice: put its settings together"},
		{"listen = 5\n[listen]", "line 2: listen: must be a section: [listen] on a line of its own, its settings below"},
		{"[listen]\nport = 5\n[listen.port]\n", "line 3: listen.port: is set twice"},
		{"[listen]\nport = 1\nport = 2", "line 3: listen.port: is set twice"},
		{"[histroy]\ndays = 3\nmax_size = 5", "line 1: there is no section [histroy]: did you mean [history]?"},
		{"histroy.days = 3", "line 1: there is no section [histroy]: did you mean [history]?"},
		{"[\"a\\u001b[2J\\nb\"]\n", "line 1: there is no section [a\ufffd[2J\ufffdb]: the sections are listen, sources, names, origin, lists, history, hosts, alerts, privacy, access, outlet, rule"},
		{"\"\\u001b\" = 1\n\"\\u001b\" = 2\n", "line 2: \ufffd: is set twice"},
		{"[nothing]\na = 1", "line 1: there is no section [nothing]: the sections are listen, sources, names, origin, lists, history, hosts, alerts, privacy, access, outlet, rule"},
		{"[history]\ndyas = 3", `line 2: there is no setting "history.dyas": did you mean days?`},
		{"[listen]\ndays = 3", `line 2: there is no setting "listen.days": did you mean days in the section [history]?`},
		{"days = 3", `line 1: there is no setting "days": did you mean days in the section [history]?`},
		{"[listen]\nnothing = 3", `line 2: there is no setting "listen.nothing"`},
		// lists
		{"[sources]\nrouters = 10.0.0.1", `line 2: sources.routers: must be a list, such as ["one", "two"]`},
		{"[sources]\nrouters = \"10.0.0.1\", \"10.0.0.2\"", `line 2: sources.routers: must be a list, such as ["one", "two"]`},
		{"[alerts]\non_alert = /bin/true", `line 2: alerts.on_alert: must be a list, such as ["one", "two"]`},
		{"[sources]\nrouters = [10.0.0.1]", `line 2: sources.routers: each element of a list needs quotes, such as ["one", "two"]`},
		{"[sources]\nrouters = [fritz]", `line 2: sources.routers: each element of a list needs quotes, such as ["one", "two"]`},
		{"[sources]\nrouters = [\"a\"]]", "line 2: sources.routers: there is a ] too many"},
		{"[sources]\nrouters = [\"10.0.0.1\" \"10.0.0.2\"]", `line 2: sources.routers: between the elements of a list is a comma, and at its end a ]: ["one", "two"]`},
		{"[sources]\nrouters = [\"10.0.0.1\"\n\nrate = 5", `line 4, column 1: the list above is not closed: a ] is missing`},
		{"[sources]\nrouters = [\n\"10.0.0.1\",\n\n", "line 2: sources.routers: the list is not closed: a ] is missing"},
		{"[sources]\nrouters = [\n\"10.0.0.1\n]", `line 3, column 10: the quote is not closed: a " is missing`},
		{"[listen]\nports = 162, 514", `line 2: listen.ports: must be a list of numbers, such as [162, 514]`},
		{"[listen]\nports = [162 514]", `line 2: listen.ports: must be a list of numbers, such as [162, 514]`},
		{"[listen]\nports = [162, syslog]", `line 2: listen.ports: must be a list of numbers, such as [162, 514]`},
		{"[listen]\nports = [162, 514]]", "line 2: listen.ports: there is a ] too many"},
		{"listen = {port = 5", "line 1, column 18: " + badBraces.String()},
		{"listen = {port = 5 buffer = 6}", "line 1, column 20: " + badBraces.String()},
		// what no editor shows
		{"[alerts]\non_alert = [\"a\x01\"]", "line 2, column 15: " + badControl.String()},
		{"[alerts]\n# \x01", "line 2, column 3: " + badControl.String()},
		{"[alerts]\n# \xff", "line 2, column 3: " + notUTF8.String()},
		{"[alerts]\non_alert = [\"\xff\"]", "line 2, column 14: " + notUTF8.String()},
		{"\xff\xfe[\x00", "line 1: the file is UTF-16: save it as UTF-8"},
	} {
		_, err := Parse([]byte(test.text))
		if err == nil {
			t.Errorf("%.60q: no error", test.text)
			continue
		}
		if got := err.Error(); got != test.want {
			t.Errorf("%.60q:\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

// Whatever the parser says, it is not passed on: any text made of what settings are
// made of is right or wrong in our words.
func TestSyntaxErrorsAreOurs(t *testing.T) {
	ours := make(map[string]bool)
	for _, m := range mistakes {
		ours[m.wrong.Format] = true
	}
	pieces := []string{"[", "]", "listen", "port", "address", ".", " = ", "\"", "'", "5", "0x", "x", "1979-05-27", "true", "tru", "{", "}", ",", "\n", "\\u", "\\", "#", "\t", "\x00", "\r", "+", "_", "inf", ":", "é"}
	n := uint32(1)
	for range 20_000 {
		var b strings.Builder
		for range 2 + n%9 {
			n = n*1664525 + 1013904223
			b.WriteString(pieces[(n>>8)%uint32(len(pieces))])
		}
		_, err := Parse([]byte(b.String()))
		wrong := (*Error)(nil)
		if !errors.As(err, &wrong) {
			continue
		}
		for _, p := range wrong.Problems {
			for _, word := range []string{"U+00", "keyword", "expected", "literal", "basic string", "toml", "table", "array"} {
				if strings.Contains(p.Err.Error(), word) && !strings.Contains(b.String(), word) {
					t.Fatalf("%q: %v", b.String(), err)
				}
			}
			if p.Line < 1 || p.Line > strings.Count(b.String(), "\n")+1 {
				t.Fatalf("%q: line %d", b.String(), p.Line)
			}
		}
	}
}
