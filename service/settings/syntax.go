package settings

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"linklog/capture"
	"linklog/phrase"
)

// The TOML parser speaks of keywords, tables and basic strings, to who wrote a line
// into a settings file. mistakes says the same in that person's words: by how the
// parser's message begins, the first that fits.
var mistakes = []struct {
	parser string
	wrong  phrase.Phrase
}{
	{"expected ']", phrase.Say("the ] behind the name of the section is missing")},
	{"expected '=' after key", phrase.Say("an = is missing: name = value")},
	{"expected key but", phrase.Say("the name of the setting is missing")},
	{"array is incomplete", phrase.Say("the list is not closed: a ] is missing")},
	{"inline table", badBraces},
	{"expected ',' or '}'", badBraces},
	{"unexpected comma in inline table", badBraces},
	{"unterminated basic string", phrase.Say(`the quote is not closed: a " is missing`)},
	{"basic strings cannot have new lines", phrase.Say(`the quote is not closed: a " is missing`)},
	{"multiline basic string not terminated", openQuote(`"""`)},
	{"unterminated literal string", openQuote("'")},
	{"literal strings cannot have new lines", openQuote("'")},
	{"multiline literal string not terminated", openQuote("'''")},
	{"too many quotes", phrase.Say("there are too many quotes")},
	{`need a character after \`, badEscape},
	{"invalid escape character", badEscape},
	{"unicode escape sequence", badEscape},
	{"invalid hexadecimal digit in unicode", badEscape},
	{"escape sequence is not", badEscape},
	{"invalid UTF-8", notUTF8},
	{"basic strings cannot have control", badControl},
	{"literal strings cannot have control", badControl},
	{"multiline basic strings cannot have control", badControl},
	{"multiline literal strings cannot have control", badControl},
	{"control characters", badControl},
	{"carriage returns", badControl},
	{"integers cannot have leading zeroes", phrase.Say("leave out the leading zeros, which some programs read as octal")},
	{"decimal number is too large", tooLarge},
	{"hexadecimal number is too large", tooLarge},
	{"octal number is too large", tooLarge},
	{"binary number is too large", tooLarge},
}

var (
	badBraces  = phrase.Say("the braces are not right: section = {name = value, name = value}")
	badEscape  = phrase.Say(`in double quotes a \ is written twice, such as "C:\\folder\\program.exe"`)
	badControl = phrase.Say("has a control character in it, which no setting needs")
	badLine    = phrase.Say("cannot be understood: a line is [section], or name = value, or # and a comment")
	badValue   = phrase.Say("is not a valid value: a text needs quotes")
	notUTF8    = phrase.Say("is not valid UTF-8: save the file as UTF-8")
	tooLarge   = phrase.Say("the number is too large")
)

func openQuote(quote string) phrase.Phrase {
	return phrase.Say("the quote is not closed: {{.Quote}} is missing", "Quote", quote)
}

// syntax is an error of the TOML parser.
func syntax(text []byte, err error) Problem {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return Problem{Line: 1, Err: phrase.Say("the file is UTF-16: save it as UTF-8")}
	}
	e := (*toml.DecodeError)(nil)
	if !errors.As(err, &e) {
		return Problem{Err: badLine}
	}
	p := Problem{}
	p.Line, p.Column = e.Position()
	at := find(text, p.Line)
	parser := strings.TrimPrefix(e.Error(), "toml: ")
	if path := e.Key(); len(path) > 0 { // it is there twice
		p.Column, p.Key = 0, capture.Clean(strings.Join(path, "."))
		if len(path) == 1 && at.name != "" && at.section != "" {
			p.Key = at.key()
		}
		switch section, _, _ := strings.Cut(p.Key, "."); {
		case strings.HasPrefix(parser, "table "):
			p.Err = phrase.Say("the section is there twice: put its settings together")
		case strings.Contains(parser, "already defined"), p.Key != section:
			p.Err = phrase.Say("is set twice")
		default:
			p.Err = mustBeSection(section)
		}
		return p
	}
	for _, m := range mistakes {
		if strings.HasPrefix(parser, m.parser) {
			p.Err = m.wrong
			if m.parser == "array is incomplete" {
				p.Line, p.Column = at.line, 0 // where it begins, not where the file ends
			}
			if p.Column == 0 && at.name != "" {
				p.Key = at.key()
			}
			return p
		}
	}
	switch line := strings.TrimSpace(at.text); {
	case !utf8.ValidString(at.text):
		p.Err = notUTF8
	case strings.ContainsAny(at.text, "“”„‟‘’‚«»"):
		p.Err = phrase.Say(`write plain quotes: "`)
	case strings.HasPrefix(line, ";"), strings.HasPrefix(line, "//"):
		p.Err = phrase.Say("a comment begins with #")
	case strings.HasPrefix(line, "="):
		p.Err = phrase.Say("the name of the setting is missing")
	case strings.HasPrefix(line, "[") && at.line != p.Line && strings.HasPrefix(parser, "invalid character at start of key"):
		p.Err = phrase.Say("the name of the section is missing, such as [history]")
	case strings.HasPrefix(line, "[") && at.line != p.Line:
		p.Err = phrase.Say("nothing but a comment may follow the name of a section")
	case strings.HasPrefix(parser, "expected ',' or ']'") && at.line == p.Line && !strings.HasPrefix(at.value, "["):
		p.Err = phrase.Say("the list above is not closed: a ] is missing")
	case at.name == "" || strings.HasPrefix(parser, "invalid character at start of key"):
		p.Err = badLine
	default:
		p.Column, p.Key, p.Err = 0, at.key(), valueMistake(at)
	}
	return p
}

// mustBeSection says what is wrong with a section that has a value.
func mustBeSection(name string) error {
	return phrase.Say("must be a section: [{{.Section}}] on a line of its own, its settings below", "Section", strings.ToLower(name))
}

// place is where a mistake is: the setting it is in the value of, if it is in one.
type place struct {
	text          string // the line of the mistake
	section, name string // of the setting
	line          int    // of the setting
	value         string // on its line, without a comment
}

func (p place) key() string {
	if p.section == "" {
		return p.name
	}
	return p.section + "." + p.name
}

var (
	header  = regexp.MustCompile(`^\s*\[\[?\s*([A-Za-z0-9_.-]+)`)
	setting = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*=\s*([^#]*)`)
)

// find looks what is on a line, and in which setting that is: a list may have many
// lines.
func find(text []byte, line int) (p place) {
	for i := range line {
		var this []byte
		this, text, _ = bytes.Cut(text, []byte("\n"))
		if i+1 == line {
			p.text = string(this)
		}
		if m := setting.FindSubmatch(this); m != nil {
			p.name, p.line, p.value = string(m[1]), i+1, strings.TrimSpace(string(m[2]))
		} else if m := header.FindSubmatch(this); m != nil {
			p.section, p.name, p.line = string(m[1]), "", 0
		}
	}
	return p
}

// valueMistake says what is wrong with a value that is none of TOML, by what the
// setting needs.
func valueMistake(at place) error {
	section, name, _ := strings.Cut(at.key(), ".")
	var s Settings
	v := reflect.ValueOf(&s).Elem()
	i := fieldOf(v.Type(), section)
	if i >= 0 {
		if v = v.Field(i); v.Kind() == reflect.Slice {
			v = reflect.New(v.Type().Elem()).Elem()
		}
		i = fieldOf(v.Type(), name)
	}
	switch {
	case at.value == "":
		return phrase.Say("the value is missing: name = value")
	case strings.HasPrefix(at.value, "="):
		return phrase.Say("one = is enough: name = value")
	case setting.MatchString(afterSpace(at.value)):
		return phrase.Say("write each setting on a line of its own")
	case i < 0:
		return badValue
	}
	if v = v.Field(i); v.Kind() == reflect.Slice {
		switch {
		case !strings.HasPrefix(at.value, "["):
			return mustBeList(v)
		case strings.HasSuffix(at.value, "]]"):
			return phrase.Say("there is a ] too many")
		case v.Type().Elem().Kind() == reflect.Int:
			return mustBeList(v)
		case !strings.Contains(at.value, `"`) && !strings.Contains(at.value, "'") && at.value != "[":
			return phrase.Say(`each element of a list needs quotes, such as ["one", "two"]`)
		}
		return phrase.Say(`between the elements of a list is a comma, and at its end a ]: ["one", "two"]`)
	}
	isText := v.Kind() != reflect.Int && v.Kind() != reflect.Bool
	if bare := strings.Trim(at.value, `"';,`); isText && bare != "" && !strings.ContainsAny(bare, `"'\`) && utf8.ValidString(bare) && set(v, bare) == nil {
		return phrase.Say("needs quotes: {{.Value}}", "Value", strconv.Quote(bare))
	}
	if low := strings.ToLower(at.value); v.Kind() == reflect.Bool && (low == "true" || low == "false") {
		return phrase.Say("write it in small letters: {{.Value}}", "Value", low)
	}
	return set(v, nil)
}

// afterSpace is what follows the first blank.
func afterSpace(s string) string {
	_, rest, _ := strings.Cut(s, " ")
	return rest
}
