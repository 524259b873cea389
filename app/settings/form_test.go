package settings

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linklog/service/settings"
)

// all are the fields by key.
func all() map[string]field {
	out := make(map[string]field)
	for _, g := range groups() {
		for _, f := range g.fields {
			out[f.key] = f
		}
	}
	return out
}

func TestEverySettingHasAField(t *testing.T) {
	fields := all()
	n := 0
	sections := reflect.TypeFor[settings.Settings]()
	for i := range sections.NumField() {
		section := sections.Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue // outlets are written into the file
		}
		for j := range section.Type.NumField() {
			n++
			key := section.Tag.Get("toml") + "." + section.Type.Field(j).Tag.Get("toml")
			if _, ok := fields[key]; !ok {
				t.Errorf("%s has no field", key)
			}
		}
	}
	if n != len(fields) {
		t.Errorf("%d settings, %d fields", n, len(fields))
	}
}

// What stands in a field, written into the file and read again, stands there again.
func TestFieldsGiveBackWhatTheyTake(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"history.days", "90", "90"}, {"history.days", "", "365"}, {"history.days", " 7 ", "7"},
		{"history.max_size", "500 MB", "500000000"}, {"history.max_size", "2 GiB", "2 GiB"}, {"history.max_size", "0", "0 B"},
		{"hosts.learning", "2d", "48h"}, {"hosts.learning", "90m", "90m"}, {"hosts.learning", "0s", "0s"},
		{"hosts.own_networks", "192.168.1.7/24\n\n 10.0.0.1 \n", "192.168.1.0/24\n10.0.0.1"}, {"hosts.own_networks", "", ""},
		{"hosts.ignore", "port:ntp,domain host:\"a b\"\nip:10.0.0.0/8", "port:ntp,domain host:\"a b\"\nip:10.0.0.0/8"},
		{"alerts.on_alert", "/bin/tell\n# no comment\n\\n", "/bin/tell\n# no comment\n\\n"},
		{"sources.on_link", "false", "false"}, {"names.resolver", "dns.example:5353", "dns.example:5353"},
		{"listen.address", "::1", "::1"}, {"listen.address", "", ""}, {"access.viewers", "anna\nbert", "anna\nbert"},
		{"listen.ports", "162\n 5514\n", "162\n5514"}, {"listen.ports", "", ""}, {"listen.tcp", "true", "true"},
	} {
		f := newForm()
		if err := f.load(settings.Default); err != nil {
			t.Fatal(err)
		}
		f.now[c.key] = c.in
		if x := all()[c.key]; x.check(c.in) != nil {
			t.Errorf("%s: %q: %v", c.key, c.in, x.check(c.in))
		}
		next, err := f.next()
		if err != nil {
			t.Errorf("%s: %q: %v", c.key, c.in, err)
			continue
		}
		if err := f.load(next); err != nil || f.values[c.key] != c.want {
			t.Errorf("%s: %q came back as %q, want %q (%v)", c.key, c.in, f.values[c.key], c.want, err)
		}
		if strings.Count(next, "\n") != strings.Count(settings.Default, "\n") {
			t.Errorf("%s: lines came or went", c.key)
		}
	}
}

// Whatever is typed, it is taken as it is or refused: it never becomes another setting.
func TestNothingTypedBecomesAnotherSetting(t *testing.T) {
	fields := all()
	keys := make([]string, 0, len(fields))
	for _, g := range groups() {
		for _, f := range g.fields {
			keys = append(keys, f.key)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := newForm()
		if err := f.load(settings.Default); err != nil {
			t.Fatal(err)
		}
		key := rapid.SampledFrom(keys).Draw(t, "key")
		f.now[key] = rapid.OneOf(rapid.String(), rapid.StringMatching(`["#\[\]=\\ \nae0-9/.:]{0,12}`)).Draw(t, "text")
		next, err := f.next()
		if err != nil {
			var at *fieldError
			if !errors.As(err, &at) || at.key != key {
				t.Fatalf("%v is not about %s", err, key)
			}
			return
		}
		before := make(map[string]string)
		for k, v := range f.values {
			before[k] = v
		}
		if err := f.load(next); err != nil {
			t.Fatalf("%q: %v", next, err)
		}
		for k, v := range f.values {
			if k != key && v != before[k] {
				t.Fatalf("%s changed to %q", k, v)
			}
		}
	})
}

func TestFieldErrors(t *testing.T) {
	fields := all()
	for _, c := range []struct{ key, in, want string }{
		{"history.days", "abc", "must be a whole number"}, {"history.days", "-1", "-1 is not between 0 and 36500"},
		{"history.days", "3\n[evil]", "must be a whole number"},
		{"history.max_size", "big", `"big" is not a valid size, such as 500 MB or 10 GiB`},
		{"hosts.learning", "soon", `"soon" is not a valid time span, such as 24h, 30m or 2d`},
		{"hosts.own_networks", "home", `"home" is neither an IP address nor a network such as 192.168.1.0/24`},
		{"hosts.ignore", "port:ntp\nport:nonsense", `"port:nonsense": port: "nonsense": unknown service`},
		{"alerts.on_alert", "tell-me", `"tell-me" is not the full path of a program`},
		{"listen.ports", "162\nsyslog", "must be a whole number"}, {"listen.ports", "162\n] # x", "must be a whole number"}, {"listen.ports", "162\n162", "162 is there twice"},
		{"listen.port", "70000", "70000 is not between 0 and 65535"}, {"listen.address", "here", `"here" is not a valid IP address`},
	} {
		f := fields[c.key]
		if err := f.check(c.in); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), f.key) {
			t.Errorf("%s: %q: %v, want %q", c.key, c.in, err, c.want)
		}
	}
}

func TestProblemsNameTheirLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want []int // lines
	}{
		{settings.Default, nil},
		{"[history]\ndays = \"x\"\n", []int{2}},
		{"\n[history]\nweeks = 3\n[nothing]\n", []int{3, 4}},
		{"[history]\n# days = 365\ndays = -4\n[listen]\nport = 99999 # x\n", []int{3, 5}},
		{"[history\n", []int{1}},
	} {
		var got []int
		for _, p := range problems(c.text) {
			if got = append(got, p.Line); p.Reason().String() == "" {
				t.Errorf("%q: line %d: nothing is said", c.text, p.Line)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: lines %v, want %v", c.text, got, c.want)
		}
	}
}

func TestTomorrow(t *testing.T) {
	for _, now := range []time.Time{time.Date(2026, 11, 30, 0, 5, 0, 0, time.Local), time.Date(2026, 12, 31, 23, 59, 0, 0, time.Local)} {
		if got := Tomorrow(now); got.Sub(now) > 33*time.Hour || got.Hour() != 8 || got.Day() == now.Day() {
			t.Error(now, got)
		}
	}
}
