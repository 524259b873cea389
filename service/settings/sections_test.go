package settings

import (
	"reflect"
	"testing"
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
