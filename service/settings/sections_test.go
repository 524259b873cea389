package settings

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// What is changed in a section leaves all else as it is.
func TestSections(t *testing.T) {
	const before = `# mine
[history]
days = 90 # enough

[[rule]]
# the first
name = "one"
filter = "dir:in" # from outside
#off = true

[[rule]]
name = "two"
filter = "dir:out"

# the end
[names]
dns = false
`
	text := SetIn(before, "rule", 0, "off", "true", "filter", Quoted(`host:"a b"`))
	text = SetIn(text, "rule", 1, "name", Quoted("zwei ü \\"), "outlets", QuotedList([]string{"desktop", "program"}))
	text = SetIn(text, "rule", 2, "builtin", Quoted("trouble"))
	const want = `# mine
[history]
days = 90 # enough

[[rule]]
# the first
name = "one"
filter = "host:\"a b\""
off = true
#off = true

[[rule]]
name = "zwei ü \\"
filter = "dir:out"
outlets = ["desktop", "program"]

# the end
[names]
dns = false

[[rule]]
builtin = "trouble"
`
	if text != want {
		t.Fatalf("got\n%s\nwant\n%s", text, want)
	}
	s, err := Parse([]byte(text))
	if err != nil || len(s.Rules) != 3 || s.Rules[0].Filter != `host:"a b"` || !s.Rules[0].Off || s.Rules[1].Name != `zwei ü \` || s.History.Days != 90 {
		t.Errorf("%+v, %v", s.Rules, err)
	}
	text = SetIn(text, "rule", 0, "off", "")
	text = RemoveSection(text, "rule", 2)
	text = RemoveSection(text, "rule", 1)
	if s, err = Parse([]byte(text)); err != nil || len(s.Rules) != 1 || s.Rules[0].Off || s.History.Days != 90 || s.Names.DNS {
		t.Errorf("%+v, %v\n%s", s.Rules, err, text)
	}
	if got := RemoveSection(text, "rule", 7); got != text {
		t.Errorf("%q", got)
	}
	empty, err := Parse([]byte(SetIn("", "rule", 0, "builtin", Quoted("trouble"))))
	if err != nil || !reflect.DeepEqual(empty.Rules, []Rule{{Builtin: "trouble"}}) {
		t.Errorf("%+v, %v", empty.Rules, err)
	}
	// The file as it is installed takes them, too.
	if s, err := Parse([]byte(SetIn(Default, "outlet", 0, "name", Quoted("phone"), "type", Quoted("ntfy"), "url", Quoted("https://ntfy.sh/x")))); err != nil || len(s.Outlets) != 1 {
		t.Errorf("%+v, %v", s.Outlets, err)
	}
}

// Values over several lines are changed and removed as a whole, and what stands in them is no setting.
func TestValuesOfSeveralLines(t *testing.T) {
	const before = `[hosts]
ignore = [
  "port:ntp", # clocks
  "host:\"a = b\"",
] # mine
learning = "1h"

[[outlet]]
name = "one"
type = "webhook"
url = "https://a.example/b"
body = """
name = "x"
[[outlet]]
# %{text}
"""
headers = [
  "A: b",
]
# the second
[[outlet]]
name = "two"
type = "webhook"
url = "https://a.example/c"
body = '''
url = 1
'''

[[rule]]
name = "r"
filter = """dir:in \
  port:80"""
outlets = [ "desktop",
  "program" ]
`
	check := func(what, text string, want func(s *Settings)) {
		t.Helper()
		s, err := Parse([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		want(&s)
		if got, err := Parse([]byte(text)); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: %v\n%s", what, err, text)
		}
	}
	check("nothing is changed", strings.Join(linesOf(before), "\n"), func(*Settings) {})
	check("a body", SetIn(before, "outlet", 0, "body", Quoted("new"), "url", Quoted("https://a.example/z")), func(s *Settings) { s.Outlets[0].Body, s.Outlets[0].URL = "new", "https://a.example/z" })
	check("a body, the other", SetIn(before, "outlet", 1, "body", "", "url", Quoted("https://a.example/z"), "headers", QuotedList([]string{"C: d"})), func(s *Settings) {
		s.Outlets[1].Body, s.Outlets[1].URL, s.Outlets[1].Headers = "", "https://a.example/z", []string{"C: d"}
	})
	check("headers", SetIn(before, "outlet", 0, "headers", "", "name", Quoted("three")), func(s *Settings) { s.Outlets[0].Headers, s.Outlets[0].Name = nil, "three" })
	check("a rule", SetIn(before, "rule", 0, "outlets", "", "filter", Quoted("dir:out"), "off", "true"), func(s *Settings) {
		s.Rules[0].Outlets, s.Rules[0].Filter, s.Rules[0].Off = nil, "dir:out", true
	})
	check("an outlet", RemoveSection(before, "outlet", 0), func(s *Settings) { s.Outlets = s.Outlets[1:] })
	check("the other", RemoveSection(before, "outlet", 1), func(s *Settings) { s.Outlets = s.Outlets[:1] })
	if text := RemoveSection(before, "outlet", 0); !strings.Contains(text, "# the second\n[[outlet]]\nname = \"two\"") || !strings.Contains(text, "  \"port:ntp\", # clocks\n") {
		t.Error(text)
	}
	for value, want := range map[string][]string{`["port:53"]`: {"port:53"}, "[\n  \"port:53\", # a\n  \"port:5353\",\n]": {"port:53", "port:5353"}} {
		text, err := Set(before, "hosts.ignore", value)
		if err != nil {
			t.Fatal(err)
		}
		check("ignore", text, func(s *Settings) { s.Hosts.Ignore = want })
		if text, err = Set(text, "hosts.learning", `"2h"`); err != nil {
			t.Fatal(err)
		}
		check("learning", text, func(s *Settings) { s.Hosts.Ignore, s.Hosts.Learning = want, Duration(2*time.Hour) })
	}
	// Behind a mistake lines are what they look like.
	const wrong = "[hosts]\nignore = [\n\"a\"\n[[rule]]\nname = \"\"\"\nx"
	if got := strings.Join(linesOf(wrong), "|"); got != strings.ReplaceAll(wrong, "\n", "|") {
		t.Error(got)
	}
}
