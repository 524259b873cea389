package filter

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		query string
		want  Filter
		text  string // what String writes; "": the query
	}{
		{"", Filter{}, ""},
		{" \t\u00a0", Filter{}, " "},
		{"dst:17.* port:443 !host:*.apple.com word \"two words\"",
			Filter{IPDest: "17.*", Port: "443", Host: "!*.apple.com", Any: `word "two words"`},
			`dst:17.* !host:*.apple.com port:443 word "two words"`},
		{"dir:in proto:tcp ip:1.2.3.4 src:1.* dst:2.* host:a srchost:b dsthost:c port:1 sport:2 dport:3 service:http router:10.0.0.1 text:x y is:new",
			Filter{Direction: "in", Protocol: "tcp", IP: "1.2.3.4", IPSource: "1.*", IPDest: "2.*", Host: "a", HostSource: "b", HostDest: "c",
				Port: "1", PortSource: "2", PortDest: "3", Service: "http", Router: "10.0.0.1", Text: "x", Any: "y", New: true}, ""},
		{"DIRECTION:in Protocol:tcp ip-source:1.* ip-dest:2.* host-source:b host-dest:c port-source:2 port-dest:3 any:y new:YES",
			Filter{Direction: "in", Protocol: "tcp", IPSource: "1.*", IPDest: "2.*", HostSource: "b", HostDest: "c",
				PortSource: "2", PortDest: "3", Any: "y", New: true},
			"dir:in proto:tcp src:1.* dst:2.* srchost:b dsthost:c sport:2 dport:3 y is:new"},

		{"!port:1,2", Filter{Port: "!1,!2"}, ""},
		{"port:!1,!2", Filter{Port: "!1,!2"}, "!port:1,2"},
		{"port:1,!2", Filter{Port: "1,!2"}, ""},
		{"port:1 dir:in port:2,3 !port:4", Filter{Direction: "in", Port: "1,2,3,!4"}, "dir:in port:1,2,3,!4"},
		{`text:"a b , ! c"`, Filter{Text: "a b,!c"}, `text:"a b,!c"`},
		{`text:"a b",c`, Filter{Text: "a b,c"}, `text:"a b,c"`},
		{`text:a" "b`, Filter{Text: "a b"}, `text:"a b"`},
		{`text:"say \"hi\" \\ \n"`, Filter{Text: `say "hi" \ \n`}, `text:"say \"hi\" \\ \\n"`},
		{`text:a\b`, Filter{Text: `a\b`}, ""},
		{`text:x:y`, Filter{Text: "x:y"}, ""},
		{`src:2001:db8::1`, Filter{IPSource: "2001:db8::1"}, ""},
		{"ip:fe80::/10,::1", Filter{IP: "fe80::/10,::1"}, ""},

		{"2001:db8::1", Filter{Any: "2001:db8::1"}, ""},
		{"!fe80::/10 10.0.0.0/8", Filter{Any: "!fe80::/10 10.0.0.0/8"}, ""},
		{"2001:db8:* dead:*,x", Filter{Any: "2001:db8:* dead:*,x"}, ""},
		{"::1 ::", Filter{Any: "::1 ::"}, ""},
		{"12:30", Filter{Any: `"12:30"`}, `"12:30"`},
		{":", Filter{Any: `":"`}, `":"`},
		{"any:foo:bar", Filter{Any: `"foo:bar"`}, `"foo:bar"`},
		{"!any:a,b", Filter{Any: "!a,!b"}, "!a,!b"},
		{`"dst:17.*"`, Filter{Any: `"dst:17.*"`}, ""},
		{`"dst":17.*`, Filter{Any: `"dst:17.*"`}, `"dst:17.*"`},
		{`"plain" "10.0.0.1" "!x" !"!x"`, Filter{Any: `plain "10.0.0.1" "!x" !"!x"`}, `plain "10.0.0.1" "!x" !"!x"`},
		{`a,"b,c",!d`, Filter{Any: `a,"b,c",!d`}, ""},
		{`a" b"`, Filter{Any: `"a b"`}, `"a b"`},
		{`" "`, Filter{Any: `" "`}, ""},
		{`\ \"`, Filter{}, "error"},
		{`"\"" \`, Filter{Any: `"\"" \`}, ""},
		{"ünï:* x", Filter{Any: `"ünï:*" x`}, `"ünï:*" x`},
	} {
		got, err := Parse(test.query)
		if test.text == "error" {
			if err == nil {
				t.Errorf("%q: %+v", test.query, got)
			}
			continue
		}
		if err != nil || got != test.want {
			t.Errorf("%q:\n got %#v, %v\nwant %#v", test.query, got, err, test.want)
			continue
		}
		text := test.text
		if text == "" {
			text = test.query
		}
		if s := got.String(); s != strings.TrimSpace(text) && text != `" "` {
			t.Errorf("%q: String gives %q, want %q", test.query, s, text)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q: String gives %q, which is %+v, %v", test.query, got.String(), again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct {
		query  string
		offset int
		reason string
	}{
		{`dir:in "two`, 7, "the quote is not closed"},
		{`text:"two \"`, 5, "the quote is not closed"},
		{"dir:in foo:bar", 7, "unknown key: the keys are dir, proto, verdict, ip, src, dst"},
		{"dts:17.*", 0, "did you mean dst?"},
		{"hosts:x", 0, "did you mean host?"},
		{"si:new", 0, "did you mean is?"},
		{"https://example.com/", 0, "a word with a colon needs quotes"},
		{"dst: 17.*", 0, "a pattern is missing after the colon"},
		{`a dst:""`, 2, "a pattern is missing after the colon"},
		{"any:", 0, "a pattern is missing after the colon"},
		{"ip:a,,b", 0, "a pattern is missing at a comma"},
		{"ip:,", 0, "a pattern is missing at a comma"},
		{"host:!", 0, "a pattern is missing after the !"},
		{"host:!!x", 0, "one ! is enough"},
		{"!host:!x", 0, "one ! is enough"},
		{"!any:!x", 0, "one ! is enough"},
		{"!!host:x", 0, "one ! is enough"},
		{"ü !", 3, "a pattern is missing after the !"},
		{"a, b", 0, "a pattern is missing at a comma"},
		{`""`, 0, "nothing is between the quotes"},
		{"is:old", 0, "only is:new is known"},
		{"!is:new", 0, "only is:new is known"},
		{"new:no", 0, "only new:yes is known"},
		{"!new:yes", 0, "only new:yes is known"},
		{"192.168.1.10:80", 0, "write ip:192.168.1.10 port:80"},
		{"![2001:db8::1]:80", 0, "write ip:2001:db8::1 port:80"},
		{":443", 0, "write port:443"},
		{"x host:" + strings.Repeat("a", 3000) + " host:" + strings.Repeat("b", 3000), 3008, "longer than 4096 bytes"},
		{strings.Repeat("port:1 ", maxPatterns+1), 7 * maxPatterns, "more than 256 patterns"},
		{strings.Repeat(" ", maxQuery+1), 0, "too long"},
	} {
		_, err := Parse(test.query)
		var e *Error
		if !errors.As(err, &e) || e.Offset != test.offset || !strings.Contains(e.Reason.String(), test.reason) {
			t.Errorf("%.80q: got %+v, want %d, %s", test.query, e, test.offset, test.reason)
		}
	}
}

// A filter as a form has it becomes canonical by String and Parse.
func TestCanonical(t *testing.T) {
	f := Filter{Direction: " ", IP: " 10.0.0.1 ,! 10.0.0.2", Text: ` say "x" `, Any: ` "a"  dst:x `}
	want := Filter{IP: "10.0.0.1,!10.0.0.2", Text: `say "x"`, Any: `a "dst:x"`}
	if got := mustParse(t, f.String()); got != want {
		t.Errorf("%s\n got %#v\nwant %#v", f.String(), got, want)
	}
	for _, f := range []Filter{{IP: "a,,b"}, {Any: `"x`}, {Any: "!!x"}, {Host: "!"}} {
		if got, err := Parse(f.String()); err == nil {
			t.Errorf("%+v: %q is %+v", f, f.String(), got)
		}
	}
}

func TestFields(t *testing.T) {
	seen := map[string]bool{}
	var all Filter
	for _, fd := range Fields() {
		for _, key := range append([]string{fd.Name}, fd.Keys...) {
			if seen[key] && key != fd.Name {
				continue // a field's name among its keys
			}
			seen[key] = true
			// Bare addresses such as fe80:* must never look like a key.
			if strings.Trim(key, "0123456789abcdef") == "" || !isKeyLike(key) {
				t.Errorf("key %q", key)
			}
			var f Filter
			if err := f.Set(key, fd.Example); err != nil {
				t.Errorf("%s: %v", key, err)
			}
			if got, ok := f.Get(fd.Name); !ok || got != fd.Example {
				t.Errorf("%s: got %q", key, got)
			}
			mustCompile(t, f)
			parsed, err := Parse(key + `:` + Quote(strings.ReplaceAll(fd.Example, `"`, "")))
			if err != nil || parsed == (Filter{}) {
				t.Errorf("%s: %+v, %v", key, parsed, err)
			}
		}
		if err := all.Set(fd.Name, fd.Example); err != nil {
			t.Error(err)
		}
		if fd.Label == "" || fd.Help == "" || fd.Example == "" || fd.Bool != (fd.Name == "new") {
			t.Errorf("%+v", fd)
		}
	}
	if again := mustParse(t, all.String()); again.String() != all.String() || !again.New {
		t.Errorf("%s", all.String())
	}
	if _, ok := all.Get("nothing"); ok {
		t.Error("Get of an unknown field")
	}
	if err := all.Set("ip-dst", "x"); err == nil || err.Error() != `"ip-dst": unknown key: did you mean ip-dest?` {
		t.Error(err)
	}
	if err := all.Set("new", "perhaps"); err == nil || err.Error() != `new: "perhaps": write yes or no` {
		t.Error(err)
	}
	if err := all.Set("new", "no"); err != nil || all.New {
		t.Error(err)
	}
	Fields()[0].Keys[0] = "changed"
	if Fields()[0].Keys[0] != "dir" {
		t.Error("the table was changed from outside")
	}
}

// A word stands without a key: what is wrong with it names none.
func TestWrongWordNamesNoKey(t *testing.T) {
	_, err := Parse("!")
	if want := `"!": a pattern is missing after the !`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
