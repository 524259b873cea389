package search

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"linklog/filter"
	"linklog/format/services"
)

// pieces are what search texts are made of, and what they are broken with.
var pieces = []string{
	" ", " ", " ", "\t", "\u2003", "!", "!", ",", ",", ":", `"`, `"`, `\`, `\"`, "*", "\xff", "\x00", "\u202e", "ü", "漢", "-",
	"dst:", "src:", "port:", "host:", "dir:", "proto:", "is:", "is:new", "new:", "any:", "text:", "IP-Dest:", "dts:", "12:30",
	"in", "tcp", "https", "443", "8000-8999", "17.*", "10.0.0.0/8", "2001:db8::1", "apple", "two words", "300.1.1.1",
}

// texts are search texts, right and wrong.
func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), "")
	})
}

// good are terms that parse.
func good() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"dst:17.*", "!host:*.apple.com,b", "port:443,!https", `text:"new firmware"`, "is:new", "new:yes", "word", `"two words"`, "!tv,radio",
		`host:"a b, c"`, "2001:db8::1", `any:x,"y z"`, `te"x"t`, `""src:1.2.3.4`, "12:30", `text:a\b`, `text:"say \"x\" \\"`, `host:"!a,b"`,
	})
}

func goods(t *rapid.T, name string) string {
	return strings.Join(rapid.SliceOfN(good(), 0, 5).Draw(t, name), rapid.SampledFrom([]string{" ", "  ", "\t"}).Draw(t, name+" space"))
}

func TestTerms(t *testing.T) {
	const query = `dst:17.*  !Port:80,!"ssh" any:x !"a !b",!c tw"o w" dts:1 is:new 2001:db8::1 "open: x`
	var got []string
	for _, term := range Terms(query) {
		s := term.Field + "|"
		for _, p := range term.Parts {
			s += []string{"", "key ", "not "}[p.Kind] + query[p.Start:p.End] + "|"
		}
		if term.Not {
			s += " not"
		}
		if term.Open {
			s += " open"
		}
		got = append(got, s)
	}
	want := []string{
		`ip-dest|key dst:|17.*|`, `port|not !|key Port:|80,|not !|"ssh"| not`, `any|key any:|x|`, `|not !|"a !b",|not !|c| not`, `|tw"o w"|`, `|dts:1|`,
		`new|key is:|new|`, `|2001:db8::1|`, `|"open: x| open`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nnot %q", got, want)
	}
}

// Every byte but the spaces between terms is in one part of one term, whatever the
// text is.
func TestTermsCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(texts(), rapid.String()).Draw(t, "query")
		at := 0
		for _, term := range Terms(query) {
			if between := query[at:term.Start]; strings.TrimSpace(between) != "" || at > 0 && between == "" || term.End <= term.Start {
				t.Fatalf("%q before %d", between, term.Start)
			}
			at = term.Start
			for _, p := range term.Parts {
				if p.Start != at || p.End <= p.Start {
					t.Fatalf("part %v after %d", p, at)
				}
				at = p.End
			}
			if at != term.End {
				t.Fatalf("parts to %d of %d", at, term.End)
			}
		}
		if rest := query[at:]; strings.TrimFunc(rest, unicode.IsSpace) != "" {
			t.Fatalf("%q is left", rest)
		}
	})
}

// The terms are those that package filter sees: each alone means what it means in the
// whole, and its field is the one that it is about.
func TestTermsAreThoseOfTheFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(texts(), rapid.Custom(func(t *rapid.T) string { return goods(t, "terms") })).Draw(t, "query")
		whole, err := filter.Parse(query)
		terms := Terms(query)
		var alone []string
		for _, term := range terms {
			text := query[term.Start:term.End]
			alone = append(alone, text)
			f, termErr := filter.Parse(text)
			if err == nil && termErr != nil {
				t.Fatalf("%q of %q: %v", text, query, termErr)
			}
			if termErr != nil {
				continue
			}
			field := term.Field
			if field == "" {
				field = anyField
			}
			if value, _ := f.Get(field); value == "" {
				t.Fatalf("%q is not about %q: %+v", text, field, f)
			} else if err := f.Set(field, ""); err != nil || f != (filter.Filter{}) {
				t.Fatalf("%q is not about %q alone: %+v, %v", text, field, f, err)
			}
		}
		again, againErr := filter.Parse(strings.Join(alone, " "))
		if again != whole || (err == nil) != (againErr == nil) {
			t.Fatalf("%q: %+v, %v, not %+v, %v", alone, again, againErr, whole, err)
		}
	})
}

func TestRemove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := goods(t, "terms")
		terms := Terms(query)
		if len(terms) == 0 {
			return
		}
		i := rapid.IntRange(0, len(terms)-1).Draw(t, "which")
		var others []string
		for j, term := range terms {
			if j != i {
				others = append(others, query[term.Start:term.End])
			}
		}
		want, err := filter.Parse(strings.Join(others, " "))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := filter.Parse(Remove(query, terms[i])); err != nil || got != want {
			t.Fatalf("%q: %+v, %v, not %+v", Remove(query, terms[i]), got, err, want)
		}
	})
	if got, want := Remove(" a  b c ", Terms(" a  b c ")[1]), " a c "; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestRead(t *testing.T) {
	table := services.IANA()
	for _, x := range []struct {
		query string
		wrong int
		part  string
	}{
		{"", -1, ""},
		{"dst:17.* apple", -1, ""},
		{"dir:in port:443,htps dst:1.2.3.4", 1, "htps"},
		{"port:443 port:htps", 1, "htps"},
		{"port:https,ht", 0, "ht"},
		{"dst:17.* !dst:300.1.1.1", 1, "300.1.1.1"},
		{"dir:in dts:1", 1, "dts:1"},
		{"a host: b", 1, "host:"},
		{`a b "c d`, 2, `"c d`},
		{`a x"c d`, 1, `"c d`},
		{"ok 192.168.1.10:80", 1, "192.168.1.10:80"},
		{"ok \u202e", 1, "\u202e"},
		{"is:old a", 0, "is:old"},
		{strings.Repeat("port:443 ", 300), 299, "port:443"}, // more than there may be
		{strings.Repeat("a", 300<<10), -1, ""},
	} {
		q := Read(x.query, table)
		if (q.Err == nil) != (q.Matcher != nil) || q.Wrong != x.wrong {
			t.Errorf("%.40q: %v, term %d, not %d", x.query, q.Err, q.Wrong, x.wrong)
			continue
		}
		if x.query == "port:https,ht" && q.WrongPart.Start != 11 {
			t.Errorf("%+v", q.WrongPart)
		}
		if x.wrong >= 0 && x.query[q.WrongPart.Start:q.WrongPart.End] != x.part {
			t.Errorf("%q: %+v is not %q", x.query, q.WrongPart, x.part)
		}
	}
}

// A wrong term stands within the text, and without it there is one mistake less.
func TestReadLocates(t *testing.T) {
	table := services.IANA()
	rapid.Check(t, func(t *rapid.T) {
		before, after := goods(t, "before"), goods(t, "after")
		wrong := rapid.SampledFrom([]string{"port:htps", "dst:300.1.1.1", "dts:1", "!!a", "host:a,,b", "dir:up", "10.0.0.1:80", "proto:none", "a,\u202e"}).Draw(t, "wrong")
		query := strings.TrimSpace(before + " " + wrong + " " + after)
		q := Read(query, table)
		if q.Err == nil || q.Wrong < 0 {
			t.Fatalf("%q: %v, %d", query, q.Err, q.Wrong)
		}
		if term := q.Terms[q.Wrong]; query[term.Start:term.End] != wrong || q.WrongPart.Start < term.Start || q.WrongPart.End > term.End || q.WrongPart.Start >= q.WrongPart.End {
			t.Fatalf("%q: %q, %v", query, query[term.Start:term.End], q.WrongPart)
		}
	})
}

// What is right in a text is found, whatever is wrong beside it.
func TestRight(t *testing.T) {
	table := services.IANA()
	rapid.Check(t, func(t *rapid.T) {
		var all, right []string
		for i := range rapid.IntRange(0, 6).Draw(t, "terms") {
			if rapid.Bool().Draw(t, "wrong") {
				all = append(all, rapid.SampledFrom([]string{"port:htps", "dst:300.1.1.1", "dts:1", "dst:", "host:a,,b", "dir:up"}).Draw(t, "term"))
				continue
			}
			right = append(right, "text:w"+strconv.Itoa(i))
			all = append(all, right[len(right)-1])
		}
		q, ok := Read(strings.Join(all, " "), table).Right(table)
		if want := Read(strings.Join(right, " "), table); !ok || q.Filter != want.Filter || q.Matcher == nil {
			t.Fatalf("%q: %q, %v", all, q.Text, ok)
		}
	})
	if q, ok := Read(strings.Repeat("dts:1 ", 100), table).Right(table); ok || q.Matcher != nil {
		t.Errorf("%q", q.Text)
	}
}

func TestReadNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.OneOf(texts(), rapid.String()).Draw(t, "query")
		q := Read(query, nil)
		if q.Err == nil && q.Wrong >= 0 || q.Wrong >= len(q.Terms) {
			t.Fatalf("%v, %d of %d", q.Err, q.Wrong, len(q.Terms))
		}
	})
}
