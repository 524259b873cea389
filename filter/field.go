package filter

import (
	"slices"
	"strings"
)

// Field describes one field of a Filter, for flags, forms and documentation.
type Field struct {
	Name    string   // as in flags, and what errors call it: "ip-dest"
	Keys    []string // of the search text; the first is the usual one: "dst"
	Label   string   // for forms: "Destination IP"
	Help    string   // one line
	Example string   // a value
	Bool    bool     // yes or no instead of patterns
}

// kind says what the patterns of a field are.
type kind uint8

const (
	kindDirection kind = iota
	kindProtocol
	kindAddress
	kindHost
	kindPort
	kindService
	kindText
	kindWords
	kindNew
)

// where says what of an event a field is about.
type where uint8

const (
	either where = iota // end of the attempt
	source
	dest
	router // the router itself
)

// field is one entry of the table of fields.
type field struct {
	name    string
	keys    []string
	label   string
	help    string
	example string
	kind    kind
	where   where
	twin    string                // of an address field: the field for names, and the reverse
	value   func(*Filter) *string // nil for New
}

// fields are all fields, in the order in which to show them and in which String
// writes them.
var fields = [...]field{
	{"direction", []string{"dir", "direction"}, "Direction", "in or out", "in",
		kindDirection, either, "", func(f *Filter) *string { return &f.Direction }},
	{"protocol", []string{"proto", "protocol"}, "Protocol", "name or number of the protocol", "tcp, udp",
		kindProtocol, either, "", func(f *Filter) *string { return &f.Protocol }},
	{"ip", []string{"ip"}, "IP", "address of either end: exact, wildcard, prefix or range", "192.168.1.*, 10.0.0.0/8",
		kindAddress, either, "host", func(f *Filter) *string { return &f.IP }},
	{"ip-source", []string{"src", "ip-source"}, "Source IP", "address of the source, as for IP", "192.168.1.10-192.168.1.50",
		kindAddress, source, "host-source", func(f *Filter) *string { return &f.IPSource }},
	{"ip-dest", []string{"dst", "ip-dest"}, "Destination IP", "address of the destination, as for IP", "17.*, !17.5.7.8",
		kindAddress, dest, "host-dest", func(f *Filter) *string { return &f.IPDest }},
	{"host", []string{"host"}, "Host", "name of either end", "*.example.com",
		kindHost, either, "ip", func(f *Filter) *string { return &f.Host }},
	{"host-source", []string{"srchost", "host-source"}, "Source host", "name of the source", "laptop*",
		kindHost, source, "ip-source", func(f *Filter) *string { return &f.HostSource }},
	{"host-dest", []string{"dsthost", "host-dest"}, "Destination host", "name of the destination", "!*.apple.com",
		kindHost, dest, "ip-dest", func(f *Filter) *string { return &f.HostDest }},
	{"port", []string{"port"}, "Port", "port of either end: number, range or service name", "443, 8000-8999, ssh*",
		kindPort, either, "", func(f *Filter) *string { return &f.Port }},
	{"port-source", []string{"sport", "port-source"}, "Source port", "port of the source, as for Port", "1024-65535",
		kindPort, source, "", func(f *Filter) *string { return &f.PortSource }},
	{"port-dest", []string{"dport", "port-dest"}, "Destination port", "port of the destination, as for Port", "!https, !domain",
		kindPort, dest, "", func(f *Filter) *string { return &f.PortDest }},
	{"service", []string{"service"}, "Service", "service name of the destination port", "http*",
		kindService, dest, "", func(f *Filter) *string { return &f.Service }},
	{"router", []string{"router"}, "Router", "address of the router, as for IP", "192.168.1.1",
		kindAddress, router, "", func(f *Filter) *string { return &f.Router }},
	{"text", []string{"text"}, "Text", "text of a message about the router; without * anywhere in it", "WAN IP",
		kindText, either, "", func(f *Filter) *string { return &f.Text }},
	{"any", []string{"any"}, "Anything", "words to be found in names, addresses, services or texts", `apple "two words" !tv`,
		kindWords, either, "", func(f *Filter) *string { return &f.Any }},
	{"new", []string{"new"}, "New hosts only", "only the first event ever with a host", "yes",
		kindNew, either, "", nil},
}

// Fields describes all fields, in the order in which to show them.
func Fields() []Field {
	list := make([]Field, len(fields))
	for i, fd := range fields {
		list[i] = Field{
			Name: fd.name, Keys: slices.Clone(fd.keys), Label: fd.label,
			Help: fd.help, Example: fd.example, Bool: fd.kind == kindNew,
		}
	}
	return list
}

// lookup finds a field by its name or one of its keys.
func lookup(key string) *field {
	for i := range fields {
		if fd := &fields[i]; strings.EqualFold(fd.name, key) ||
			slices.ContainsFunc(fd.keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			return fd
		}
	}
	return nil
}

// Get gives the text of a field by its name or one of its keys, for New "yes"
// or "". It is false if there is no such field.
func (f Filter) Get(key string) (string, bool) {
	fd := lookup(key)
	switch {
	case fd == nil:
		return "", false
	case fd.value != nil:
		return *fd.value(&f), true
	case f.New:
		return "yes", true
	}
	return "", true
}

// Set sets a field by its name or one of its keys. It takes any text, which
// Compile will look at, but for New, which is yes or no (or "").
func (f *Filter) Set(key, value string) error {
	fd := lookup(key)
	if fd == nil {
		return &Error{Pattern: key, Reason: unknownKey(key), Offset: -1}
	}
	if fd.value != nil {
		*fd.value(f) = value
		return nil
	}
	yes, ok := yesOrNo(value)
	if !ok {
		return &Error{Field: fd.name, Pattern: value, Reason: "write yes or no", Offset: -1}
	}
	f.New = yes
	return nil
}

func yesOrNo(s string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "yes", "true", "on", "1":
		return true, true
	case "no", "false", "off", "0", "":
		return false, true
	}
	return false, false
}

// unknownKey is the reason for a key that no field has.
func unknownKey(key string) string {
	var usual, all []string
	for _, fd := range fields {
		usual = append(usual, fd.keys[0])
		all = append(all, fd.keys...)
	}
	all = append(all, "is")
	if near := nearest(key, slices.Values(all)); near != "" {
		return "unknown key: did you mean " + near + "?"
	}
	return "unknown key: the keys are " + strings.Join(usual, ", ")
}

// index gives the field's place in the table.
func (fd *field) index() int {
	for i := range fields {
		if fd == &fields[i] {
			return i
		}
	}
	return -1 // cannot be
}
