package ui_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/lang"

	texts "linklog/app/lang"
	"linklog/app/ui"
	"linklog/app/ui/uitest"
	"linklog/assets/listed"
	"linklog/filter"
	"linklog/format"
	"linklog/format/services"
	"linklog/phrase"
	"linklog/service/settings"
)

// Every mistake is told in German, and every German text is of a mistake that can
// be made.
func TestWrong(t *testing.T) {
	keys := uitest.SourceTexts(t, "../../phrase", "Say")
	for _, folder := range []string{"filter", "when", "format", "service/settings", "service/book/dns"} {
		keys = append(keys, uitest.SourceTexts(t, filepath.Join("../..", folder), "phrase.Say")...)
	}
	uitest.Translated(t, "wrong", keys)
	german, err := texts.Read("wrong", "de")
	if err != nil {
		t.Fatal(err)
	}
	if err := lang.AddTranslationsForLocale(german, lang.SystemLocale()); err != nil {
		t.Fatal(err)
	}
	var known map[string]string
	if err := json.Unmarshal(german, &known); err != nil {
		t.Fatal(err)
	}
	said := make(map[string]bool) // German texts
	used := make(map[string]bool) // keys
	var note func(p phrase.Phrase)
	note = func(p phrase.Phrase) {
		used[p.Format] = true
		for _, v := range p.Values {
			if err, ok := v.(error); ok {
				note(phrase.Of(err))
			}
		}
	}
	look := func(made string, err error) {
		t.Helper()
		// As it is after the socket.
		var p phrase.Phrase
		sent, broken := json.Marshal(phrase.Of(err))
		if broken == nil {
			broken = json.Unmarshal(sent, &p)
		}
		got := ui.Say(p)
		if broken != nil || got != ui.Say(phrase.Of(err)) || p.String() != phrase.Of(err).String() {
			t.Errorf("%s: %v, %s after the socket, %v", made, err, got, broken)
		}
		if got == err.Error() || strings.Contains(got, "{{") || strings.Contains(got, "<no value>") {
			t.Errorf("%s: %v\nin German: %s", made, err, got)
		}
		said[got] = true
		note(p)
	}
	names := services.IANA()
	for _, text := range []string{
		strings.Repeat("a ", 1<<20), `"a`, `a ""`, "a,,b", "!", "port: 80", "!!a", "\xff", "a\x1bb", "hots:a", "xyzzy:a", "is:old", "new:no",
		"192.168.1.10:80", ":80", "dir:up", "verdict:maybe", "since:soon", "since:1h,2h", "!until:yesterday", "date:2h", "since:2026-11-20 until:2026-11-19", "proto:x*", "proto:256", "proto:tpc", "1.2.3.4\x00",
	} {
		f, err := filter.Parse(text)
		if err == nil {
			_, err = f.Compile(names, time.Now())
		}
		var wrong *filter.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%.30q: %v", text, err)
			continue
		}
		look(text, wrong.Reason)
	}
	for _, in := range [][2]string{
		{"host", strings.Repeat("a", 5000)}, {"port", strings.Repeat("1,", 300) + "1"},
		{"ip-dest", "laptop"}, {"host", "10.0.0.1"}, {"host", "10.0.0.0/33"}, {"ip", "(1.*)"}, {"ip", "1:2:3"}, {"ip", "300.1.1.1"},
		{"ip", "12345:*"}, {"ip", "1.2.3.4.5"}, {"ip", "10.0.0"}, {"ip", "10..0.1"}, {"ip", "10.0.0.01"}, {"ip", "10.0.0.1:80"},
		{"ip", "10.0.0.0/33"}, {"ip", "2001:db8::/129"}, {"ip", "10.0.*/8"}, {"ip", "10.0.0.1-10.0.*"}, {"ip", "1.*:2"}, {"ip", "1::2::*"},
		{"ip", "10.0.0.1-"}, {"ip", "2001:db8::1-fffff"}, {"ip", "10.0.0.1-2001:db8::1"}, {"ip", "10.0.0.9-8"},
		{"port", "8000-"}, {"port", "80*"}, {"port", "443/tcp"}, {"port", "65536"}, {"service", "443"}, {"port", "zz*"}, {"port", "htps"}, {"port", "zzzzz"}, {"mac", "02:00"}, {"country", "Germany"}, {"owner", "AS0"}, {"owner", "="}, {"category", "xyzzy"}, {"bytes", "much"}, {"bytes", "<1"}, {"list", "a b"},
	} {
		var f filter.Filter
		err := f.Set(in[0], in[1])
		if err == nil {
			_, err = f.Compile(names, time.Now())
		}
		var wrong *filter.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s, %.30q: %v", in[0], in[1], err)
			continue
		}
		look(in[0]+" "+in[1], wrong.Reason)
	}
	for _, template := range []string{"%{a", "%q", "%{src.x}", "%{time:x}"} {
		_, err := format.Compile(template)
		var wrong *format.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", template, err)
			continue
		}
		look(template, wrong.Reason)
	}
	rule := func(more string) string { return "[[rule]]\nname = \"a\"\nfilter = \"port:22\"\n" + more + "\n" }
	for _, text := range []string{
		"[listen]\nport = 70000", "[listen]\nport = \"162\"", "[listen]\nport = 1\nPort = 2", "[listen]\naddress = \"here\"", "[listen]\nbuffer = \"big\"", "[listen]\nnothing = 1",
		"[listen]\naddress = \"224.0.0.1\"", "[listen]\naddress = \"fe80::1\"", "listen = 5",
		"[listen]\nports = 162", "[listen]\nports = [162, 162]", "[listen]\nports = [1, 2, 3, 4, 5, 6, 7, 8, 9]",
		"[sources]\non_link = 1", "[names]\nresolver = 5", "[names]\nresolver = \"a:b:c:d\"", "[names]\nresolver = \"0.0.0.0\"", "[names]\nresolver = \"224.0.0.1\"",
		"[history]\nmax_size = \"1 MB\"", "[history]\nmax_size = true",
		"[history]\ndays = x", "[names]\ndns = True", "[names]\ndns = \"true\"", "[names]\ndns = 1",
		"[hosts]\nlearning = \"-1h\"", "[hosts]\nlearning = \"soon\"", "[hosts]\nlearning = \"2000000h\"", "[hosts]\nlearning = 5",
		"[hosts]\nown_networks = [\"home\"]", "[hosts]\nown_networks = \"home\"", "[hosts]\nignore = [\"is:new\"]", "[hosts]\nignore = [\"since:yesterday\"]",
		"[privacy]\ndo_not_record = [\"is:new\"]", "[privacy]\ndo_not_record = [\"since:yesterday ip:1.2.3.4\"]", "[privacy]\nshorten_after = \"1h\"", "[alerts]\non_alert = [\"tell-me\"]", "[origin]\nasn = \"a.mmdb\"", "[alerts]\non_alert = [\"/tell-me\", \"\\u0000\"]", "[access]\nadmins = [\"\"]",
		"[[outlet]]", "[[outlet]]\nname = \"a b\"\ntype = \"x\"", "[[outlet]]\nname = \"a\"\ntype = \"nfty\"", "[outlet]", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\n", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a/b#c\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a/${b c}\"", "[[outlet]]\nname = \"a\"\ntype = \"gotify\"\nurl = \"http://push.example\"\ntoken = \"${a}\"", "[[outlet]]\nname = \"a\"\ntype = \"gotify\"\nurl = \"https://push.example\"\ntoken = \"tk\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"ftp://a/b\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"a\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a:b@c/d\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a/b\"\nfrom = \"x\"", "[[outlet]]\nname = \"a\"\ntype = \"telegram\"\ntoken = \"${a}\"\nto = [\"1\", \"2\"]", "[[outlet]]\nname = \"a\"\ntype = \"webhook\"\nurl = \"https://a\"\nheaders = [\"x\"]", "[[outlet]]\nname = \"a\"\ntype = \"mail\"\nurl = \"smtp://a/b\"\nfrom = \"x\"\nto = [\"a@b.example\"]\nuser = \"me\"",
		"[[outlet]]\nname = \"a\"\ntype = \"mqtt\"\nurl = \"mqtt://a.example\"\nuser = \"b\"\ntoken = \"${a}\"", "[[outlet]]\nname = \"a\"\ntype = \"mqtt\"\nurl = \"mqtts://a\"\ntopic = \"#\"", "[[outlet]]\nname = \"a\"\ntype = \"mqtt\"\nurl = \"mqtts://a\"\nversion = \"4\"",
		"[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a/b\"\ndigest = \"24:00\"", "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a/b\"\ndigest_only = true",
		"[[rule]]\nfilter = \"port:22\"", "[[rule]]\nname = \"a\"", "[[rule]]\nname = \"" + strings.Repeat("a", 101) + "\"\nfilter = \"port:22\"", "[[rule]]\nname = \"a\"\nfilter = \"since:yesterday\"",
		rule("when = \"more than x in 10m\""), rule("when = \"allways\""), rule("when = \"on a full moon\""), rule("quiet = \"at night\""), rule("quiet = \"22:00-22:00\""), rule("meanwhile = \"drop\""),
		rule("hours = \"22:00-07:00\""), rule("record = false\noutlets = [\"desktop\"]"), rule("record = 0"), "[[rule]]\nname = \"a\"\nrecord = false", "[[rule]]\nname = \"a\"\nfilter = \"date:2026-01-01\"\nrecord = false",
		rule("outlets = [\"phoen\"]") + "[[outlet]]\nname = \"phone\"\ntype = \"ntfy\"\nurl = \"https://a/b\"", rule("outlets = [\"nobody\"]"), "[[rule]]\nbuiltin = \"new-host\"\nfilter = \"port:22\"",
		"[lists]\nknown = [\"xyzzy\"]", "[lists]\nknown = [\"spamhaus-dorp\"]", "[lists]\nevery = \"1m\"", "[lists]\nown = [\"" + listed.Known()[0].Name + " https://a.example/b\"]", "[lists]\nown = [\"work\"]", "[lists]\nown = [\"work here\"]", "[lists]\nown = [\"work http://a.example/b\"]", "[lists]\nown = [\"work https://a:b@c.example/d\"]",
		"[listen]\nprot = 1", "[listen]\ndays = 1", "[lisen]\na = 1", "[nothing]\na = 1", strings.Repeat("[", 10_001),
		"[history]\nmax_size = 10 GB", "[history]\nmax_size = '5", "[history]\nmax_size = “5”", "[history]\nmax_size = \"\"\"\"\"\"\"\"\"", `on_alert = ["C:\Users"]`,
		"a = b", "[history]\ndays =", "[history]\ndays == 5", "[history]\ndays = 5 max_size = 6", "days", "= 5", "; a", "!", "[history", "[history] days = 5", "[]",
		"[history]\n[history]", "[sources]\nrouters = [10.0.0.1]", "[sources]\nrouters = [\"a\"]]", "[sources]\nrouters = [\"a\" \"b\"]", "[sources]\nrouters = [\n",
		"[sources]\nrouters = [\"a\"\nrate = 5", "listen = {port = 5", "[history]\ndays = 99999999999999999999", "# \x01", "# \xff", "\xff\xfe[\x00",
	} {
		_, err := settings.Parse([]byte(text))
		var wrong *settings.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		look(text, wrong)
	}
	var f filter.Filter
	look("new", f.Set("new", "perhaps"))
	_, err = filter.Filter{Service: "https"}.Compile(nil, time.Now())
	look("no services", err)
	_, err = filter.Filter{Category: "games"}.Compile(nil, time.Now())
	look("no categories", err)
	_, err = filter.Filter{Category: "gamse"}.Compile(services.Default(), time.Now())
	look("nearly a category", err)

	// A file, and what is used in its place.
	dir := t.TempDir()
	file := settings.File{Path: filepath.Join(dir, "linklog.toml"), Good: filepath.Join(dir, "last-good"), Apply: func(settings.Settings) error { return nil }}
	file.Trouble = func(err error) {
		if err != nil {
			look("reload", err)
		}
	}
	start := func(text string) (wrong error) {
		t.Helper()
		if err := os.WriteFile(file.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, wrong, err := file.Start()
		if err != nil {
			t.Fatal(err)
		}
		return wrong
	}
	look("defaults", start("[history]\nx = 1\n[a]\n[b]\n"))
	if err := start("[history]\ndays = 7\n"); err != nil {
		t.Error(err)
	}
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, "[section%d]\n", i)
	}
	look("last good", start(many.String()))
	if _, err := file.Reload(); err == nil {
		t.Error("a wrong file was read")
	}
	look("too large", start(strings.Repeat("#\n", settings.MaxFile)))

	for _, want := range []string{
		"sieht wie ein Hostname aus: dafür ist host-dest da",
		"ist nur ein Teil einer Adresse: 10.0.0.* oder 10.0.0.0/24 schreiben",
		"die Präfixlänge einer IPv6-Adresse ist eine Zahl von 0 bis 128",
		"hier 443 und als Protokoll tcp schreiben",
		`Zeile 2: hosts.ignore: "is:new": damit würden alle Hosts ignoriert`,
		`Zeile 2: names.resolver: "0.0.0.0" ist kein gültiger DNS-Server: das steht für alle Adressen`,
	} {
		if !said[want] {
			t.Errorf("nobody says %q", want)
		}
	}
	for key := range known {
		if words := strings.Trim(placeholder.ReplaceAllString(key, ""), " :\n"); words != "" && !used[key] {
			t.Errorf("no mistake here is told with %q", key)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\.\w+\}\}`)
