package settings

import (
	"fmt"
	"slices"
	"strings"
)

// SetIn changes settings of one of several sections of a name, such as the rule number 2, from
// 0, in the text of a file, and leaves all else as it is, comments too: names and values in
// turn, the values written as in TOML; "" takes a setting out. Behind the last one it begins a new
// section. What comes out may be wrong: Parse says so.
func SetIn(text, section string, at int, names ...string) string {
	lines := linesOf(strings.TrimRight(text, "\n"))
	from, to := sectionAt(lines, section, at)
	if from < 0 {
		if len(lines) == 1 && lines[0] == "" {
			lines = nil
		} else {
			lines = append(lines, "")
		}
		from, to = len(lines), len(lines)+1
		lines = append(lines, "[["+section+"]]")
	}
	for i := 0; i+1 < len(names); i += 2 {
		name, value := names[i], names[i+1]
		k := from + 1
		for k < to && (strings.HasPrefix(strings.TrimSpace(lines[k]), "#") || !strings.EqualFold(settingName(lines[k]), name)) {
			k++
		}
		switch {
		case k < to && value == "":
			lines = slices.Delete(lines, k, k+1)
			to--
		case k < to:
			lines[k] = name + " = " + value
		case value != "":
			lines = slices.Insert(lines, to, name+" = "+value)
			to++
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// RemoveSection takes one of several sections of a name out of the text of a file.
func RemoveSection(text, section string, at int) string {
	lines := linesOf(strings.TrimRight(text, "\n"))
	from, to := sectionAt(lines, section, at)
	if from < 0 {
		return text
	}
	if to < len(lines) && lines[to] == "" && (from == 0 || lines[from-1] == "") {
		to++ // not two empty lines
	}
	return strings.Join(slices.Delete(lines, from, to), "\n") + "\n"
}

// sectionAt finds the lines of a section, without empty lines and comments at its end, which
// belong to what follows; -1: it is not there.
func sectionAt(lines []string, section string, at int) (from, to int) {
	from = -1
	for i, line := range lines {
		m := header.FindStringSubmatch(line)
		if m == nil {
			if line = strings.TrimSpace(line); from >= 0 && line != "" && !strings.HasPrefix(line, "#") {
				to = i + 1
			}
			continue
		}
		if from >= 0 {
			return from, to
		}
		if strings.HasPrefix(strings.TrimSpace(line), "[[") && strings.EqualFold(m[1], section) {
			if at == 0 {
				from, to = i, i+1
			}
			at--
		}
	}
	return from, to
}

// Quoted writes a text as a value; "" for none.
func Quoted(text string) string {
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// QuotedList writes a list of texts as a value; "" for an empty one.
func QuotedList(list []string) string {
	if len(list) == 0 {
		return ""
	}
	var all []string
	for _, text := range list {
		all = append(all, Quoted(text))
	}
	return "[" + strings.Join(all, ", ") + "]"
}
