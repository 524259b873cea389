package settings

import (
	"slices"
	"strconv"
	"strings"
)

// OutletField is a setting that the outlets of a type have.
type OutletField struct {
	Name   string // in the settings
	Kind   FieldKind
	Needed bool
	Secret bool     // the settings have ${NAME} in its place
	OneOf  []string // what it may be; none: it is not chosen
	Low    int      // of a number
	High   int

	value func(*Outlet) string
}

// FieldKind says how a setting is written.
type FieldKind uint8

// How settings of outlets are written.
const (
	TextField   FieldKind = iota
	LinesField            // a text of several lines
	ListField             // texts, one a line
	NumberField           // a whole number
	YesField              // "true" or ""
)

// outletFields are all settings that outlets have besides a name and a type, in the order of a form.
var outletFields = []OutletField{
	{Name: "url", value: func(o *Outlet) string { return o.URL }},
	{Name: "user", value: func(o *Outlet) string { return o.User }},
	{Name: "token", Secret: true, value: func(o *Outlet) string { return o.Token }},
	{Name: "from", value: func(o *Outlet) string { return o.From }},
	{Name: "to", Kind: ListField, value: func(o *Outlet) string { return strings.Join(o.To, "\n") }},
	{Name: "priority", Kind: NumberField, value: func(o *Outlet) string { return digits(o.Priority) }},
	{Name: "headers", Kind: ListField, value: func(o *Outlet) string { return strings.Join(o.Headers, "\n") }},
	{Name: "body", Kind: LinesField, value: func(o *Outlet) string { return o.Body }},
	{Name: "topic", value: func(o *Outlet) string { return o.Topic }},
	{Name: "discovery", value: func(o *Outlet) string { return o.Discovery }},
	{Name: "client_id", value: func(o *Outlet) string { return o.ClientID }},
	{Name: "version", OneOf: mqttVersions, value: func(o *Outlet) string { return o.Version }},
	{Name: "digest", value: func(o *Outlet) string { return o.Digest.String() }},
	{Name: "digest_only", Kind: YesField, value: func(o *Outlet) string { return yes(o.DigestOnly) }},
	{Name: "digest_always", Kind: YesField, value: func(o *Outlet) string { return yes(o.DigestAlways) }},
	{Name: "per_hour", Kind: NumberField, High: maxPerHour, value: func(o *Outlet) string { return digits(o.PerHour) }},
	{Name: "ca", value: func(o *Outlet) string { return o.CA }},
}

// everyOutlet are the settings that outlets of all types may have.
var everyOutlet = []string{"digest", "digest_only", "digest_always", "per_hour", "ca"}

// digits is a number that is 0 where it is not set.
func digits(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yes(on bool) string {
	if on {
		return "true"
	}
	return ""
}

// OutletFields are the settings that outlets of a type have, in the order of a form: first those
// they need.
func OutletFields(name string) (list []OutletField) {
	kind, known := outletTypes[name]
	if !known {
		return nil
	}
	for _, f := range outletFields {
		f.Needed = slices.Contains(kind.needs, f.Name)
		if !f.Needed && !slices.Contains(kind.may, f.Name) && !slices.Contains(everyOutlet, f.Name) {
			continue
		}
		switch f.Name {
		case "url":
			f.Secret = kind.secretURL
		case "priority":
			f.Low, f.High = kind.low, kind.high
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b OutletField) int {
		switch {
		case a.Needed == b.Needed:
			return 0
		case a.Needed:
			return -1
		}
		return 1
	})
	return list
}

// Value is what an outlet has as the field, as it stands in a form; "": it is not set.
func (f *OutletField) Value(o *Outlet) string { return f.value(o) }

// TOML writes what stands in a form as in a settings file; "" for nothing.
func (f *OutletField) TOML(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	switch f.Kind {
	case NumberField:
		if _, err := strconv.Atoi(text); err == nil {
			return text
		}
	case YesField:
		return text
	case ListField:
		var list []string
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, line)
			}
		}
		return QuotedList(list)
	}
	return Quoted(text) // which is wrong where there is to be a number, and Parse says so
}

// UsualURL is the address of an outlet's server where none is set; "": it has to be.
func UsualURL(name string) string { return outletTypes[name].usual }

// URLExample is what the address of such an outlet looks like.
func URLExample(name string) string { return outletTypes[name].example }
