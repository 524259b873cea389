package search

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
	"pgregory.net/rapid"

	"linklog/filter"
	"linklog/format/services"
)

// known are values as a home has them, and worse.
var known = []Known{
	{"Living-room TV", "192.168.1.15"}, {"nas", "192.168.1.12"}, {`Ben's "phone"`, ""}, {`back\slash`, ""}, {"a,b", ""}, {"*", ""}, {"!x", ""},
	{" edge ", ""}, {"", ""}, {"\x00", ""}, {"\u202egnp", ""}, {"12:30", ""}, {"\xff", ""}, {"漢字", ""},
}

var source = Source{Services: services.IANA(), Known: func(string) []Known { return known }}

// offered are the texts of what is offered at the "|".
func offered(t testing.TB, marked string, s Source) (list []string) {
	t.Helper()
	before, after, ok := strings.Cut(marked, "|")
	if !ok {
		t.Fatal("no | in", marked)
	}
	for _, c := range Complete(before+after, len(before), s) {
		list = append(list, c.Text)
	}
	return list
}

func TestComplete(t *testing.T) {
	bare := Source{Services: services.IANA()}
	for _, x := range []struct{ marked, want string }{ // want: those at the beginning; "-": none
		{"ds|", "dst: dsthost:"},
		{"a !ds| b", "dst: dsthost:"},
		{"!is|", "-"},
		{"is|", "is:new"},
		{"ip-d|", "dst:"},
		{"Dest|", "dst: dsthost: dport:"},
		{"d|st:17.*", "dir: dst: dsthost: dport:"},
		{"|dst:17.*", "-"},
		{"dst:17.* |", "dir: proto: verdict: ip: src: dst:"},
		{`"d|`, "-"},
		{"dst|", "dst: dsthost:"},
		{"dst:|", "-"},
		{"zzz|", "-"},
		{"dir:|", "in out"},
		{"dir:!o|", "out"},
		{"!dir:o|", "out"},
		{"dir:in,|", "out"},
		{"dir:in|", "-"},
		{"proto:|", "tcp udp icmp icmpv6"},
		{"PROTO:U|", "udp udplite"},
		{"port:http|", "https httpx http-alt"},
		{"port:|", "-"},
		{"port:44|", "440 441 442 443"},
		{"service:44|", "-"},
		{"port:80,htt|,443", "http https httpx"},
		{"is:|", "new"},
		{"new:|", "yes"},
		{"any:ds|", "-"},
	} {
		got := offered(t, x.marked, bare)
		want := strings.Fields(x.want)
		if x.want == "-" {
			want = nil
		}
		if len(got) < len(want) || want == nil && got != nil || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: %q, not %q", x.marked, got, want)
		}
	}
	if got := offered(t, "host:|", source); !slices.Equal(got, []string{"Living-room TV", "nas", `Ben's "phone"`, `back\slash`, "12:30", "漢字"}) {
		t.Errorf("%q", got)
	}
	if got := offered(t, "src:192.168.1.1|", source); !slices.Equal(got, []string{"Living-room TV", "nas"}) { // by what the hint says
		t.Errorf("%q", got)
	}
}

func TestApply(t *testing.T) {
	for _, x := range []struct{ marked, choose, want string }{
		{"a d| b", "dst:", "a dst:| b"},
		{"!ds|", "dst:", "!dst:|"},
		{"d|st:17.*", "dsthost:", "dsthost:|17.*"},
		{"i|", "is:new", "is:new|"},
		{"dir:in,o|", "out", "dir:in,out|"},
		{"dir:!i|,out", "in", "dir:!in|,out"},
		{"dir:| port:443", "in", "dir:in| port:443"},
		{"host:li| x", "Living-room TV", `host:"Living-room TV"| x`},
		{`host:"Living r|`, "", ""},
		{`host:"Living-room T|`, "Living-room TV", `host:"Living-room TV"|`},
		{`host:l|,nas`, "Living-room TV", `host:"Living-room TV|,nas"`},
		{`host:"Living-room TV",n| x`, "nas", `host:"Living-room TV,nas"| x`},
		{`host:Ben|`, `Ben's "phone"`, `host:"Ben's \"phone\""|`},
		{`host:a,"b c",!na|`, "nas", `host:"a,b c,!nas"|`},
		{`host:ba|`, `back\slash`, `host:back\slash|`},
	} {
		before, after, _ := strings.Cut(x.marked, "|")
		list := Complete(before+after, len(before), source)
		i := slices.IndexFunc(list, func(c Candidate) bool { return c.Text == x.choose })
		if x.want == "" {
			if len(list) > 0 {
				t.Errorf("%s: %+v", x.marked, list)
			}
			continue
		}
		if i < 0 {
			t.Errorf("%s: %q is not offered, but %+v", x.marked, x.choose, list)
			continue
		}
		text, cursor := list[i].Apply(before + after)
		if got := text[:cursor] + "|" + text[cursor:]; got != x.want {
			t.Errorf("%s: %s, not %s", x.marked, got, x.want)
		}
	}
}

// What is offered can be written: between terms that parse, a text with it does, too,
// and has what was chosen. A key does with any value of its field behind it.
func TestApplyParses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := goods(t, "before"), goods(t, "after")
		term := rapid.OneOf(
			rapid.SampledFrom([]string{"", "d", "!d", "is", "s", "Dest", "dst:", "!port:h", "port:4,h", "dir:", "dir:!", "proto:t", "host:", `host:"l`, `host:"nas,l`,
				`!host:x,"y z",b`, "src:1", "text:b", "new:", "is:", "service:htt", "router:n"}),
			texts(),
		).Draw(t, "term")
		head := strings.TrimLeft(before+" ", " ")
		query := head + term + " " + after
		cursor := len(head) + rapid.IntRange(0, len(term)).Draw(t, "cursor")
		for _, c := range Complete(query, cursor, source) {
			text, at := c.Apply(query)
			if at < 0 || at > len(text) {
				t.Fatalf("%q: the cursor is at %d of %q", query, at, text)
			}
			if c.Key {
				for _, f := range filter.Fields() {
					if f.Name == c.Field {
						text = text[:at] + strings.ReplaceAll(strings.TrimLeft(f.Example, "!"), " ", "") + "," + text[at:]
					}
				}
				if !strings.HasSuffix(strings.TrimRight(text[:at], "!"), c.Text) {
					t.Fatalf("%q: %q is not before the cursor", query, c.Text)
				}
			}
			i := slices.IndexFunc(Terms(text), func(x Term) bool { return x.Start <= at && at <= x.End })
			if i < 0 {
				t.Fatalf("%q at %d: no term", text, at)
			}
			x := Terms(text)[i]
			if x.Field != c.Field {
				t.Fatalf("%q: %q is about %q, not %q", query, text[x.Start:x.End], x.Field, c.Field)
			}
			if c.Key {
				continue // its value is what somebody writes: see below
			}
			f, err := filter.Parse(text[x.Start:x.End])
			if err != nil {
				t.Fatalf("%q: %v", text[x.Start:x.End], err)
			}
			value, _ := f.Get(c.Field)
			if c.Text != yesTerm(field(c.Field)) && c.Text != "new" && !slices.ContainsFunc(strings.Split(value, ","), func(e string) bool { return strings.TrimLeft(e, "!") == c.Text }) {
				t.Fatalf("%q: %q is not in %q", text, c.Text, value)
			}
			if _, err := filter.Parse(before + " " + text[x.Start:x.End] + " " + after); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func field(name string) filter.Field {
	for _, f := range filter.Fields() {
		if f.Name == name {
			return f
		}
	}
	return filter.Field{}
}

// Every key of the filter is offered by its first letters, and with the example of its
// field behind it the text parses and compiles. A field that is added is found here.
func TestEveryKey(t *testing.T) {
	table := services.Default()
	for _, f := range filter.Fields() {
		if f.Name == anyField {
			continue
		}
		usual := f.Keys[0] + ":"
		if f.Bool {
			usual = yesTerm(f)
		}
		key, _, _ := strings.Cut(usual, ":")
		for _, k := range append(f.Keys, key) {
			typed := k[:max(1, len(k)-1)]
			list := Complete(typed, len(typed), source)
			i := slices.IndexFunc(list, func(c Candidate) bool { return c.Text == usual })
			if i < 0 || list[i].Hint != f.Label {
				t.Errorf("%q: %q is not offered, but %+v", typed, usual, list)
				continue
			}
			text, cursor := list[i].Apply(typed)
			if list[i].Key {
				text = text[:cursor] + strings.ReplaceAll(f.Example, " ", "")
			}
			if f.Name == "text" {
				text = `text:"` + f.Example + `"`
			}
			if q := Read(text, table); q.Err != nil {
				t.Errorf("%q: %v", text, q.Err)
			}
		}
	}
}

// What the program itself knows of a field is right for it: it compiles.
func TestValuesCompile(t *testing.T) {
	table := services.IANA()
	n := 0
	for _, f := range filter.Fields() {
		for _, typed := range []string{"", "h", "s", "1", "t", "9"} {
			for _, c := range Complete(f.Keys[0]+":"+typed, len(f.Keys[0])+1+len(typed), Source{Services: table}) {
				text, _ := c.Apply(f.Keys[0] + ":" + typed)
				if q := Read(text, table); q.Err != nil {
					t.Errorf("%q: %v", text, q.Err)
				}
				n++
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d values", n)
	}
}

func TestCompleteNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(texts(), rapid.String()).Draw(t, "query")
		cursor := rapid.IntRange(-1, len(query)+1).Draw(t, "cursor")
		for _, c := range Complete(query, cursor, source) {
			if text, at := c.Apply(query); at < 0 || at > len(text) || c.Text == "" {
				t.Fatalf("%+v: %d in %q", c, at, text)
			}
		}
	})
}

func BenchmarkComplete(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Complete("dir:in port:h", 13, source)
	}
}

// What a field is called is found in the language of the user, too.
func TestCompleteInTheUsersLanguage(t *testing.T) {
	if err := lang.AddTranslationsForLocale([]byte(`{"Source address": "Herkunft der Verbindung"}`), lang.SystemLocale()); err != nil {
		t.Fatal(err)
	}
	bare := Source{Services: services.IANA()}
	for _, typed := range []string{"herk|", "Verb|", "Source|"} {
		if got := offered(t, typed, bare); !slices.Contains(got, "src:") {
			t.Errorf("%s: %q", typed, got)
		}
	}
}
