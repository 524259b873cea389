package settings

import (
	"bytes"
	"cmp"
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"linklog/capture"
	"linklog/phrase"
)

// Parse reads the text of a settings file. What is wrong with it is an *Error that
// names all of it, by line and key.
func Parse(text []byte) (Settings, error) {
	return parse(text, (*Settings).checkAll)
}

// maxParts bounds the settings and sections of a text: to find those that are there
// twice takes the TOML parser long.
const maxParts = 10_000

var errTooMany = phrase.Say("more settings and sections than there are")

// parse is Parse that asks check whether the values make sense.
func parse(text []byte, check func(*Settings, report)) (Settings, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows' Notepad writes one
	if bytes.Count(text, []byte("="))+bytes.Count(text, []byte("[")) > maxParts {
		return Settings{}, &Error{Problems: []Problem{{Err: errTooMany}}}
	}
	s := Defaults()
	table := make(map[string]any)
	if err := toml.Unmarshal(text, &table); err != nil {
		return Settings{}, &Error{Problems: []Problem{syntax(text, err)}}
	}
	d := decoder{lines: lines(text)}
	d.section(reflect.ValueOf(&s).Elem(), "", table)
	check(&s, d.wrong)
	if len(d.problems) > 0 {
		slices.SortStableFunc(d.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return Settings{}, &Error{Problems: d.problems}
	}
	return s, nil
}

// report takes what is wrong with a setting; at is the number of an element of a
// list, from 0, or -1.
type report func(key string, at int, err error)

// decoder puts values of TOML into settings. The TOML package would do so, too, but
// its errors speak of Go's types, and it stops at the first.
type decoder struct {
	lines    map[string]int
	problems []Problem
}

func (d *decoder) wrong(key string, at int, err error) {
	line := d.lines[element(key, at)]
	if line == 0 {
		line = d.lines[strings.ToLower(key)]
	}
	if section, _, several := strings.Cut(key, "]."); several {
		line = cmp.Or(line, d.lines[strings.ToLower(section)+"]"])
	}
	d.problems = append(d.problems, Problem{Line: line, Key: plain(key), Err: err})
}

// plain is a key without the number of its section, if that is one of several of a name.
func plain(key string) string {
	section, name, several := strings.Cut(key, "].")
	if !several {
		return key
	}
	section, _, _ = strings.Cut(section, "[")
	return section + "." + name
}

// section reads a table into the fields of a struct. Names of settings may be
// written in any case.
func (d *decoder) section(v reflect.Value, prefix string, table map[string]any) {
	seen := make(map[int]bool)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		value := table[name]
		i := fieldOf(v.Type(), name)
		switch inner, isTable := value.(map[string]any); {
		case i < 0:
			d.unknown(prefix+name, value)
		case seen[i]:
			d.wrong(prefix+name, -1, phrase.Say("is set twice"))
		case prefix != "":
			seen[i] = true
			d.setting(v.Field(i), prefix+v.Type().Field(i).Tag.Get("toml"), value)
		case isTable && v.Field(i).Kind() == reflect.Struct:
			seen[i] = true
			d.section(v.Field(i), v.Type().Field(i).Tag.Get("toml")+".", inner)
		case v.Field(i).Kind() == reflect.Slice:
			seen[i] = true
			d.several(v.Field(i), v.Type().Field(i).Tag.Get("toml"), value)
		default:
			d.wrong(name, -1, mustBeSection(name))
		}
	}
}

// several reads sections of the same name.
func (d *decoder) several(v reflect.Value, name string, value any) {
	list, _ := value.([]any)
	if list == nil {
		d.wrong(name, -1, mustBeSections(name))
		return
	}
	for i, value := range list {
		table, isTable := value.(map[string]any)
		if !isTable {
			d.wrong(name, i, mustBeSections(name))
			continue
		}
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		d.section(v.Index(v.Len()-1), element(name, i)+".", table)
	}
}

// mustBeSections says what is wrong with what can only be several sections.
func mustBeSections(name string) error {
	return phrase.Say("must be a section in double brackets: [[{{.Section}}]]", "Section", name)
}

// fieldOf is the number of the field for a name, -1: there is none.
func fieldOf(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if strings.EqualFold(t.Field(i).Tag.Get("toml"), name) {
			return i
		}
	}
	return -1
}

// unknown tells of what is no setting, or no section.
func (d *decoder) unknown(key string, value any) {
	line := d.lines[strings.ToLower(key)]
	key = plain(key)
	section, name, found := strings.Cut(capture.Clean(key), ".") // a name in quotes may be anything
	_, isTable := value.(map[string]any)
	var reason phrase.Phrase
	switch near := phrase.Nearest(section, slices.Values(sections())); {
	case !found && isTable && near != "":
		reason = phrase.Say("there is no section [{{.Section}}]: did you mean [{{.Near}}]?", "Section", section, "Near", near)
	case !found && isTable:
		reason = phrase.Say("there is no section [{{.Section}}]: the sections are {{.Sections}}", "Section", section, "Sections", strings.Join(sections(), ", "))
	default:
		if !found {
			section, name = "", section
		}
		near, elsewhere := meant(section, name)
		switch key = strconv.Quote(key); {
		case near == "":
			reason = phrase.Say("there is no setting {{.Key}}", "Key", key)
		case elsewhere == "":
			reason = phrase.Say("there is no setting {{.Key}}: did you mean {{.Near}}?", "Key", key, "Near", near)
		default:
			reason = phrase.Say("there is no setting {{.Key}}: did you mean {{.Near}} in the section [{{.Section}}]?", "Key", key, "Near", near, "Section", elsewhere)
		}
	}
	d.problems = append(d.problems, Problem{Line: line, Err: reason})
}

// sections are the names of all sections.
func sections() (names []string) {
	all := reflect.TypeFor[Settings]()
	for i := range all.NumField() {
		names = append(names, all.Field(i).Tag.Get("toml"))
	}
	return names
}

// meant is what somebody most likely meant who wrote a setting that is none: one of
// that section with a similar name, or the one of that name elsewhere, in a different
// section.
func meant(section, name string) (near, elsewhere string) {
	all := reflect.TypeFor[Settings]()
	for i := range all.NumField() {
		s := all.Field(i)
		inner := s.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		var names []string
		for j := range inner.NumField() {
			names = append(names, inner.Field(j).Tag.Get("toml"))
		}
		in := s.Tag.Get("toml")
		if strings.EqualFold(in, section) {
			if near := phrase.Nearest(name, slices.Values(names)); near != "" {
				return near, ""
			}
		}
		if slices.Contains(names, strings.ToLower(name)) {
			near, elsewhere = strings.ToLower(name), in
		}
	}
	return near, elsewhere
}

var (
	errNoList  = phrase.Say(`must be a list, such as ["one", "two"]`)
	errNoPorts = phrase.Say("must be a list of numbers, such as [162, 514]")
)

// mustBeList says what is wrong with a list that is none.
func mustBeList(v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Int {
		return errNoPorts
	}
	return errNoList
}

// setting reads one value.
func (d *decoder) setting(v reflect.Value, key string, value any) {
	if v.Kind() == reflect.Slice {
		list, ok := value.([]any)
		if !ok {
			d.wrong(key, -1, mustBeList(v))
			return
		}
		for i, value := range list {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := set(e, value); err != nil {
				d.wrong(key, i, err)
				continue
			}
			v.Set(reflect.Append(v, e))
		}
		return
	}
	if err := set(v, value); err != nil {
		d.wrong(key, -1, err)
	}
}

// set puts a value into a field, or says what it must be.
func set(v reflect.Value, value any) error {
	text, isText := value.(string)
	switch x := v.Addr().Interface().(type) {
	case *Size:
		switch n := value.(type) {
		case string:
			return x.UnmarshalText([]byte(n))
		case int64:
			return x.UnmarshalText(strconv.AppendInt(nil, n, 10))
		case float64:
			if n == math.Trunc(n) && !math.IsInf(n, 0) { // 1e9
				return x.UnmarshalText(strconv.AppendFloat(nil, n, 'f', -1, 64))
			}
		}
		return phrase.Say(`must be a size in quotes, such as "10 GiB"`)
	case *Duration:
		if n, ok := value.(int64); ok && n == 0 {
			*x = 0
			return nil
		}
		if !isText {
			return phrase.Say(`must be a time span in quotes, such as "24h"`)
		}
		return x.UnmarshalText([]byte(text))
	case encoding.TextUnmarshaler:
		if !isText {
			return phrase.Say("must be a text in quotes")
		}
		return x.UnmarshalText([]byte(text))
	case *string:
		if !isText {
			return phrase.Say("must be a text in quotes")
		}
		*x = text
	case *bool:
		b, ok := value.(bool)
		switch {
		case isText:
			return phrase.Say("must be true or false, without quotes")
		case !ok:
			return phrase.Say("must be true or false")
		}
		*x = b
	case *Record:
		recorded := true
		err := set(reflect.ValueOf(&recorded).Elem(), value)
		x.Not = !recorded
		return err
	case *int:
		n, ok := value.(int64)
		switch {
		case isText:
			return phrase.Say("must be a whole number, without quotes")
		case !ok || n != int64(int(n)):
			return phrase.Say("must be a whole number")
		}
		*x = int(n)
	default:
		panic(fmt.Sprintf("settings: nothing reads a %T", x)) // a fault of this package, found by its first test
	}
	return nil
}

// lines finds the line of each section and each setting of a text that is right, in
// lower case, and of the elements of lists (see element). What is deeper is no setting.
func lines(text []byte) map[string]int {
	found := make(map[string]int)
	var p unstable.Parser
	p.Reset(text)
	line, counted := 1, 0 // the line at an offset up to which it is counted
	note := func(key string, n *unstable.Node) {
		at := int(n.Raw.Offset)
		if at > counted {
			line += bytes.Count(text[counted:at], []byte("\n"))
			counted = at
		}
		if key = strings.ToLower(key); n.Raw.Length > 0 && found[key] == 0 {
			found[key] = line
		}
	}
	// name adds the parts of a key to a path of at most two.
	name := func(path []string, parts unstable.Iterator) []string {
		path = slices.Clip(path)
		for parts.Next() && len(path) < 2 {
			path = append(path, string(parts.Node().Data))
			note(strings.Join(path, "."), parts.Node())
		}
		return path
	}
	var value func(path []string, kv *unstable.Node)
	value = func(path []string, kv *unstable.Node) {
		path = name(path, kv.Key())
		i := 0
		for it := kv.Value().Children(); it.Next(); i++ {
			switch kind := kv.Value().Kind; {
			case kind == unstable.InlineTable && len(path) < 2:
				value(path, it.Node())
			case kind == unstable.Array:
				note(element(strings.Join(path, "."), i), it.Node())
			}
		}
	}
	var section []string
	several := make(map[string]int) // how many sections of a name there were
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			section = name(nil, e.Key())
		case unstable.ArrayTable:
			section = name(nil, e.Key())
			if len(section) == 1 {
				is := strings.ToLower(section[0])
				section = []string{element(is, several[is])}
				several[is]++
				parts := e.Key()
				parts.Next()
				note(section[0], parts.Node())
			}
		case unstable.KeyValue:
			value(section, e)
		}
	}
	return found
}

// element is the name of an element of a list among the lines.
func element(key string, at int) string { return strings.ToLower(key) + "[" + strconv.Itoa(at) + "]" }
