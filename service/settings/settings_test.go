package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/bench/used"
)

// The installed file says what the defaults are: with every line taken in, it
// makes no difference.
func TestDefaultFileTellsTheDefaults(t *testing.T) {
	active := regexp.MustCompile(`(?m)^# ([a-z_]+ = )`).ReplaceAllString(Default, "$1")
	if strings.Count(active, " = ") < 14 {
		t.Fatalf("not all lines taken in:\n%s", active)
	}
	for _, text := range []string{Default, active} {
		got, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		// An empty list and none are the same.
		if len(got.Listen.Ports)+len(got.Sources.Routers)+len(got.Hosts.OwnNetworks)+len(got.Hosts.Ignore)+len(got.Alerts.Run)+len(got.Access.Viewers)+len(got.Access.Admins) != 0 {
			t.Errorf("got %+v", got)
		}
		got.Listen.Ports, got.Sources.Routers, got.Hosts.OwnNetworks, got.Hosts.Ignore, got.Alerts.Run = nil, nil, nil, nil, nil
		got.Access, got.Outlets = Access{}, nil
		if !reflect.DeepEqual(got, Defaults()) {
			t.Errorf("got %+v\nwant %+v", got, Defaults())
		}
	}
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
[listen]
port = 9162
address = "192.168.1.5"
buffer = "1 MiB"
[sources]
routers = ["10.1.2.3", "fe80::/10", "10.9.8.7/8"]
[history]
days = 7
max_size = "1.5 GB"
[hosts]
learning = "2d"
ignore = ["port:ntp"]
[alerts]
on_alert = ["/bin/true", "x"]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Listen = Listen{Address: Address{netip.MustParseAddr("192.168.1.5")}, Port: 9162, Buffer: 1 << 20}
	for _, p := range []string{"10.1.2.3/32", "fe80::/10", "10.0.0.0/8"} {
		want.Sources.Routers = append(want.Sources.Routers, Prefix{netip.MustParsePrefix(p)})
	}
	want.History = History{7, 1_500_000_000}
	want.Hosts.Learning = Duration(48 * time.Hour)
	want.Hosts.Ignore = []string{"port:ntp"}
	want.Alerts.Run = []string{"/bin/true", "x"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// A file from before there was ports keeps its port for traps, and system logs and flows come
// to theirs; a list of ports says which they are, and no others.
func TestPorts(t *testing.T) {
	for _, test := range []struct {
		text     string
		udp, tcp []uint16
		chosen   bool
	}{
		{"", []uint16{162, 514, 2055}, nil, false},
		{"tcp = true", []uint16{162, 514, 2055}, []uint16{514}, false},
		{"port = 162", []uint16{162, 514, 2055}, nil, false},
		{"port = 9162\ntcp = true", []uint16{9162, 514, 2055}, []uint16{9162, 514}, false},
		{"port = 514", []uint16{514, 2055}, nil, false},
		{"port = 2055\ntcp = true", []uint16{2055, 514}, []uint16{514}, false},
		{"port = 0\ntcp = true", []uint16{0}, nil, false},
		{"ports = []", []uint16{162, 514, 2055}, nil, false},
		{"ports = [162, 514]\ntcp = true", []uint16{162, 514}, []uint16{514}, false},
		{"ports = [162, 514, 2055]\ntcp = true", []uint16{162, 514, 2055}, []uint16{514}, false},
		{"ports = [162, 2055]\ntcp = true", []uint16{162, 2055}, []uint16{2055}, true},
		{"ports = [162]\nport = 9162\ntcp = true", []uint16{162}, nil, true},
		{"ports = [5514, 162, 601]\ntcp = true", []uint16{5514, 162, 601}, []uint16{5514, 601}, true},
		{"ports = [1, 2, 3, 4, 5, 6, 7, 8]", []uint16{1, 2, 3, 4, 5, 6, 7, 8}, nil, true},
	} {
		s, err := Parse([]byte("[listen]\n" + test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
		}
		if l := &s.Listen; !slices.Equal(l.UDPPorts(), test.udp) || !slices.Equal(l.TCPPorts(), test.tcp) || l.Chosen() != test.chosen {
			t.Errorf("%q: UDP %v, TCP %v, chosen %v", test.text, l.UDPPorts(), l.TCPPorts(), l.Chosen())
		}
	}
}

// Every wrong value of every setting is an error in plain words that names key and
// line, whatever is wrong with it.
func TestErrors(t *testing.T) {
	const (
		number = "must be a whole number"
		quoted = "must be a whole number, without quotes"
		yes    = "must be true or false"
		unyes  = "must be true or false, without quotes"
		text   = "must be a text in quotes"
		list   = "must be a list, such as"
		ports  = "must be a list of numbers, such as [162, 514]"
		size   = "must be a size in quotes"
		span   = "must be a time span in quotes"
	)
	wrong := map[string]map[string]string{ // by key: by value
		"listen.port": {
			`"162"`: quoted, `1.5`: number, `[1]`: number, `{a = 1}`: number, `1979-05-27`: number, `true`: number, `nan`: number,
			`-1`: "-1 is not between 0 and 65535", `65536`: "65536 is not between 0 and 65535", `9223372036854775807`: "is not between",
		},
		"listen.ports": {
			`514`: ports, `"162,514"`: ports, `{}`: ports, `["162"]`: quoted, `[162, 514.0]`: number, `[[162]]`: number,
			`[0]`: "0 is not between 1 and 65535", `[162, 65536]`: "65536 is not between", `[-1]`: "-1 is not between",
			`[162, 514, 162]`: "162 is there twice", `[1, 2, 3, 4, 5, 6, 7, 8, 9]`: "there are more than 8",
		},
		"listen.tcp": {`"yes"`: unyes, `514`: yes, `[514]`: yes},
		"listen.address": {
			`5`: text, `["::1"]`: text, `"here"`: `"here" is not a valid IP address`, `"10.0.0.0/8"`: "is not a valid IP address", `"1.2.3.4:5"`: "is not a valid IP address", `"\u0000"`: "is not a valid IP address",
			`"224.0.0.1"`: "the address of many computers", `"255.255.255.255"`: "the address of many computers", `"ff02::1%eth0"`: "the address of many computers",
			`"fe80::1"`: `"fe80::1" needs the name of a network interface, such as "fe80::1%eth0"`,
		},
		"listen.buffer": {
			`true`: size, `["1 MiB"]`: size, `1.5`: size, `"1 elephant"`: `"1 elephant" is not a valid size, such as 500 MB or 10 GiB`, `""`: "is not a valid size", `"-1"`: "is not a valid size",
			`"1 kB"`: "1000 B is not between 64 KiB and 1 GiB", `"1e18"`: "is not between", `-5`: "is not a valid size", `0`: "0 B is not between", `"nan"`: "is not a valid size", `"1e300 GB"`: "is not a valid size",
		},
		"sources.routers": {
			`"10.0.0.1"`: list, `[1]`: text, `["300.1.1.1"]`: `"300.1.1.1" is neither an IP address nor a network such as 192.168.1.0/24`,
			`["10.0.0.0/33"]`: "is neither", `["router"]`: "is neither", `[""]`: "is neither", `[["10.0.0.1"]]`: text, `{}`: list, `["10.0.0.1", "10.0.0.0-9"]`: "is neither",
		},
		"sources.names":   {`"10.0.0.1"`: list, `[1]`: text, `["pihole"]`: "is neither"},
		"sources.on_link": {`"yes"`: unyes, `1`: yes, `[true]`: yes, `"true"`: unyes},
		"sources.rate":    {`0`: "0 is not between 1 and 10000000", `-5`: "is not between", `10000001`: "is not between", `"25000"`: quoted, `2.5`: number},
		"sources.burst":   {`0`: "0 is not between 1 and 100000000", `9223372036854775807`: "is not between", `"x"`: quoted},
		"names.dns":       {`"no"`: unyes, `0`: yes, `"8.8.8.8"`: unyes},
		"names.resolver":  {`5`: text, `["8.8.8.8"]`: text, `"a:b:c:d"`: `"a:b:c:d" is not a valid DNS server`, `"no such host!"`: "is not a valid", `"host:0"`: "is not a valid", `"[::1"`: "is not a valid", `"::1]"`: "is not a valid", `"0.0.0.0"`: "stands for all", `"224.0.0.1"`: "many computers", `"[ff02::1]:53"`: "many computers", `"255.255.255.255:53"`: "many computers", `"host:dns"`: "is not a valid", `":53"`: "is not a valid", `"https://dns"`: "is not a valid", `"\u0000"`: "is not a valid", `"ü.example"`: "is not a valid", `" 8.8.8.8"`: "is not a valid", `"` + strings.Repeat("a", 254) + `"`: "is not a valid"},
		"origin.asn":      {`5`: text, `"asn.mmdb"`: `"asn.mmdb" is not the full path of a file`, `"C:\tools\bin.mmdb"`: `is written twice`},
		"origin.country":  {`[]`: text, `"./country.mmdb"`: "is not the full path of a file"},
		"lists.known": {
			`"tor-exits"`: list, `[5]`: text, `["tor-exit"]`: `there is no list "tor-exit": did you mean tor-exits?`, `["everything"]`: "LinkLog knows spamhaus-drop", `["tor-exits", "tor-exits"]`: `"tor-exits" is there twice`, `[""]`: "there is no list",
		},
		"lists.own": {
			`"work https://a.example/b"`: list, `[1]`: text, `["https://a.example/b"]`: "is not a name with an address or a file", `[""]`: "is not a name with", `["a/b https://a.example/b"]`: `"a/b" is not a valid name`,
			`["a http://a.example/b"]`: `"http://a.example/b" must begin with https://`, `["a ftp://a.example/b"]`: "must begin with https://", `["a file:///etc/passwd"]`: "is neither an address", `["a lists.txt"]`: "nor the full path of a file", `["a https://u:p@a.example/b"]`: "must not have a password",
			`["a https://"]`: "is neither", `["a https://a.example/b", "A https://a.example/c"]`: `"A" is there twice`, `["Tor-Exits https://a.example/b"]`: "the name of a list that LinkLog knows", `["a \u0000/etc"]`: "is neither", `["a http://127.0.0.1.example/b"]`: "must begin with https://",
			"[" + strings.Join(manyLists(21), ", ") + "]": "there are more than 20",
		},
		"lists.every":           {`24`: span, `"59m"`: "must be from 1h to 30d", `"0"`: "must be from 1h to 30d", `"31d"`: "must be from 1h to 30d", `"daily"`: "is not a valid time span"},
		"lists.ca":              {`5`: text, `"ca.pem"`: `"ca.pem" is not the full path of a file`},
		"history.days":          {`-1`: "-1 is not between 0 and 36500", `36501`: "is not between", `"365"`: quoted, `"ever"`: quoted, `0.5`: number},
		"history.max_size":      {`"1 MB"`: "is too little: 64 MiB, or 0 for no limit", `1`: "is too little", `5.5`: size, `"many"`: "is not a valid size", `false`: size, `inf`: size},
		"hosts.own_networks":    {`"192.168.1.0/24"`: list, `["home"]`: "is neither", `[192]`: text, `["10.0.0.0/-1"]`: "is neither"},
		"privacy.shorten_after": {`"23h"`: "must be 0 (never), or from 1 to 36500 days, such as 90d", `"-90d"`: "is not a valid time span", `"-24h"`: "must be 0 (never)", `"900000h"`: "must be 0 (never)", `90`: span},
		"hosts.learning":        {`24`: span, `"soon"`: `"soon" is not a valid time span, such as 24h, 30m or 2d`, `"-1h"`: "must not be negative", `"-1d"`: "is not a valid time span", `"36501d"`: "is not a valid time span", `"900000h"`: "must not be more than 36500 days", `"9999999999h"`: "is not a valid time span", `"nand"`: "is not a valid time span", `true`: span, `07:32:00`: span},
		"hosts.ignore": {
			`"port:ntp"`: list, `[5]`: text, `["port:nonsense"]`: `"port:nonsense": port: "nonsense": unknown service`, `["ip:300.1.1.1"]`: "each part of an address is 0 to 255",
			`[""]`: "it would ignore every host", `["is:new"]`: "it would ignore every host", `["port:9 until:2030-01-01"]`: "leave out since, until and date", `["bogus:1"]`: "unknown key", `["ip:9.9.9.9", "\"x"]`: "quote",
		},
		"privacy.do_not_record": {
			`"port:ntp"`: list, `[5]`: text, `["port:nonsense"]`: `"port:nonsense": port: "nonsense": unknown service`, `[""]`: "nothing would be recorded at all", `["is:new"]`: "nothing would be recorded at all",
			`["port:9 is:new"]`: "leave out since, until, date and new", `["port:9 since:2030-01-01"]`: "leave out since, until, date and new", `["ip:9.9.9.9", "\"x"]`: "quote",
		},
		"alerts.on_alert": {`"/bin/true"`: list, `["C:\tools\bin"]`: `is written twice`, `["tell-me"]`: `"tell-me" is not the full path of a program`, `[""]`: "is not the full path", `[5]`: text, `["/bin/true", "\u0000"]`: "has a zero byte", `["./x"]`: "is not the full path"},
		"alerts.language": {`5`: text, `"fr"`: "must be one of en, de", `"German"`: "must be one of en, de", `""`: "must be one of en, de"},
		"access.viewers":  {`"anna"`: list, `[""]`: `"" is not a valid user name`, `["a\nb"]`: "is not a valid user name", `[1000]`: text, `[" "]`: "is not a valid user name"},
		"access.admins":   {`true`: list, `["\u0000"]`: "is not a valid user name", `["anna", ""]`: "is not a valid user name"},
	}
	for _, key := range allKeys() {
		if len(wrong[key]) == 0 {
			t.Errorf("%s: nothing is tried", key)
		}
	}
	for key, values := range wrong {
		section, name, _ := strings.Cut(key, ".")
		for value, want := range values {
			text := "# settings\n\n[" + section + "]\n" + name + " = " + value + " # x\n"
			_, err := Parse([]byte(text))
			if err == nil || !strings.HasPrefix(err.Error(), "line 4: "+key+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s = %s: %v, want %s", key, value, err, want)
			}
		}
	}
}

// manyLists are different lists of one's own.
func manyLists(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(`"l%d https://a.example/b"`, i))
	}
	return list
}

// allKeys are the names of all settings that are there once.
func allKeys() (keys []string) {
	sections := reflect.TypeFor[Settings]()
	for i := range sections.NumField() {
		section := sections.Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue
		}
		for j := range section.Type.NumField() {
			keys = append(keys, section.Tag.Get("toml")+"."+section.Type.Field(j).Tag.Get("toml"))
		}
	}
	return keys
}

// What is wrong with more than one value is told at once, line by line, however
// the settings are written.
func TestErrorsOfTexts(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"[listen]\nprot = 5", `line 2: there is no setting "listen.prot": did you mean port?`},
		{"[lisen]\nport = 5\n[nothing]", "line 1: there is no section [lisen]: did you mean [listen]?\nline 3: there is no section [nothing]: the sections are listen, sources, names, origin, lists, history, hosts, alerts, privacy, access, outlet, rule"},
		{"[listen]\nport = -1\n[sources]\nroutrs = []\nrate = 0\nrouters = [\n\"10.0.0.1\",\n\"x\"]",
			"line 2: listen.port: -1 is not between 0 and 65535\nline 4: there is no setting \"sources.routrs\": did you mean routers?\nline 5: sources.rate: 0 is not between 1 and 10000000\nline 8: sources.routers: \"x\" is neither an IP address nor a network such as 192.168.1.0/24"},
		{"listen.port = 'x'", "line 1: listen.port: must be a whole number, without quotes"},
		{"\nlisten = {port = 'x'}", "line 2: listen.port: must be a whole number, without quotes"},
		{"listen = 5", "line 1: listen: must be a section: [listen] on a line of its own, its settings below"},
		{"[[listen]]\nport = 5", "line 1: listen: must be a section: [listen] on a line of its own, its settings below"},
		{"[listen.port]\na = 5", "line 1: listen.port: must be a whole number"},
		{"[LISTEN]\nPort = -1", "line 2: listen.port: -1 is not between 0 and 65535"},
		{"[listen]\nport = 1\nPort = 2", "line 2: listen.port: is set twice"},
		{"[listen]\nport = 1\nport = 2", "line 3: listen.port: is set twice"},
		{"[listen\nport = 5", "line 1, column 8: the ] behind the name of the section is missing"},
		{"port 5", "line 1, column 6: an = is missing: name = value"},
		{"\xff", "line 1, column 1: " + notUTF8.String()},
	} {
		_, err := Parse([]byte(test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.text, err, test.want)
		}
	}
	_, err := Parse([]byte(manyLines(100) + "[a]\n[b]\n"))
	if err == nil || strings.Count(err.Error(), "\n") != maxTold || !strings.HasSuffix(err.Error(), "and 82 more") {
		t.Errorf("got %v", err)
	}
}

// Several mistakes of a file are told below its name, one a line, all alike.
func TestErrorsOfFile(t *testing.T) {
	_, err := ParseFile("/etc/x.toml", []byte("[histroy]\n[listen]\nport = 70000\n"))
	want := "settings: /etc/x.toml has 2 mistakes\nline 1: there is no section [histroy]: did you mean [history]?\nline 3: listen.port: 70000 is not between 0 and 65535"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = ParseFile("/etc/x.toml", []byte("[histroy]\n")); err == nil || !strings.HasPrefix(err.Error(), "settings: /etc/x.toml: line 1: there is no section") {
		t.Errorf("got %v", err)
	}
}

// As large as a file may be, and made to take long.
func TestLargeTexts(t *testing.T) {
	if _, err := Parse([]byte(manyLines(maxParts + 1))); err == nil || err.Error() != errTooMany.Error() {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"long key":      strings.Repeat("a.", MaxFile/2-2) + "a=1",
		"long section":  "[" + strings.Repeat("a.", MaxFile/2-3) + "a]",
		"deep tables":   strings.Repeat("a={", 9_000) + strings.Repeat("}", 9_000),
		"deep lists":    "[sources]\nrouters=" + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
		"many keys":     manyLines(9_000),
		"many elements": "[sources]\nrouters=[" + strings.Repeat("1,\n", MaxFile/3-20) + "]",
		"many filters":  "[hosts]\nignore=[" + strings.Repeat("'x:',\n", MaxFile/6-20) + "]",
	} {
		before := used.CPU()
		if _, err := Parse([]byte(text)); err == nil || len(err.Error()) > 3*MaxFile {
			t.Errorf("%s: %.100v", name, err)
		}
		took := used.CPU() - before
		if took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		t.Log(name, took)
	}
}

func manyLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x%d = 1\n", i)
	}
	return b.String()
}

// A file that is none is an error in words, and holds nobody up.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if _, err := Load(path("none.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for name, text := range map[string]string{"bad.toml": "[names]\ndns = 5\n", "large.toml": strings.Repeat("#", MaxFile+1)} {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("folder.toml"), 0o700); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bad.toml": ": line 2: names.dns: must be true or false", "large.toml": ": more than 1 MiB", "folder.toml": " is a folder, not a file",
	}
	if os.Symlink("nowhere", path("dangling.toml")) == nil {
		want["dangling.toml"] = " is a symbolic link to nowhere, which does not exist"
	}
	oddFiles(t, dir, want)
	for name, text := range want {
		for _, optional := range []bool{false, true} {
			f := &File{Path: path(name), Optional: optional}
			if _, err := f.Load(); err == nil || !strings.HasPrefix(err.Error(), "settings: "+path(name)+text) {
				t.Errorf("%s: got %v", name, err)
			}
			if name == "bad.toml" || name == "large.toml" { // can be replaced
				continue
			}
			f.Apply = func(Settings) error { return nil }
			if _, err := f.Write([]byte("[history]\ndays = 3\n")); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: written: %v", name, err)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "5": 5, "5 B": 5, "1.5 kB": 1500, "10GiB": 10 << 30, "1 gb": 1e9, "2 TiB": 2 << 40} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "B", "-1", "1e30", "nan", "5 5", "0x"} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: %d, no error", text, got)
		}
	}
	for size, want := range map[Size]string{0: "0 B", 1 << 10: "1 KiB", 3 << 29: "1.5 GiB"} {
		if got := size.String(); got != want {
			t.Errorf("%d: %q, want %q", int64(size), got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Default)
	f.Add("[listen]\nport = 1\n[sources]\nrouters = [\"::1\"]")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse([]byte(text)); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without words")
		}
	})
}
