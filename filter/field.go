package filter

import (
	"slices"
	"strings"

	"linklog/phrase"
)

// Field describes one field of a Filter, for flags, forms and documentation.
type Field struct {
	Name    string   // as in flags, and what errors call it: "ip-dest"
	Keys    []string // of the search text; the first is the usual one: "dst"
	Label   string   // for forms: "Destination address"
	Help    string   // one line
	Example string   // a value
	Bool    bool     // yes or no instead of patterns
	Time    bool     // a time instead of patterns
}

// form says how a field is written.
type form uint8

const (
	patterns form = iota
	words         // as Any is
	yes           // New
	times         // one time
)

// where says what of an event a field is about.
type where uint8

const (
	either where = iota // end of the attempt
	source
	dest
	router // none of them
)

// field is one entry of the table of fields.
type field struct {
	name    string
	keys    []string
	label   string
	help    string
	example string
	form    form
	where   where
	twin    string                // of an address field: the field for names, and the reverse
	value   func(*Filter) *string // nil for New

	// compile makes a condition of the patterns; only of fields with patterns. Each
	// stands in a file of its own.
	compile func(*field, []pattern, Services) (Condition, error)
}

// fields are all fields, in the order in which to show them and in which String
// writes them.
var fields = [...]field{
	{"direction", []string{"dir", "direction"}, "Direction", "in or out", "in",
		patterns, either, "", func(f *Filter) *string { return &f.Direction }, compileDirection},
	{"protocol", []string{"proto", "protocol"}, "Protocol", "name or number of the protocol", "tcp, udp",
		patterns, either, "", func(f *Filter) *string { return &f.Protocol }, compileProtocol},
	{"verdict", []string{"verdict"}, "Verdict", "allowed, blocked or unknown", "blocked",
		patterns, either, "", func(f *Filter) *string { return &f.Verdict }, compileVerdict},
	{"ip", []string{"ip"}, "Address (either end)", "address of either end: exact, wildcard, prefix or range", "192.168.1.*, 10.0.0.0/8",
		patterns, either, "host", func(f *Filter) *string { return &f.IP }, compileAddress},
	{"ip-source", []string{"src", "ip-source"}, "Source address", "address of the source: exact, wildcard, prefix or range", "192.168.1.10-192.168.1.50",
		patterns, source, "host-source", func(f *Filter) *string { return &f.IPSource }, compileAddress},
	{"ip-dest", []string{"dst", "ip-dest"}, "Destination address", "address of the destination: exact, wildcard, prefix or range", "17.*, !17.5.7.8",
		patterns, dest, "host-dest", func(f *Filter) *string { return &f.IPDest }, compileAddress},
	{"host", []string{"host"}, "Host name (either end)", "name of either end", "*.example.com",
		patterns, either, "ip", func(f *Filter) *string { return &f.Host }, compileHost},
	{"host-source", []string{"srchost", "host-source"}, "Source host name", "name of the source", "laptop*",
		patterns, source, "ip-source", func(f *Filter) *string { return &f.HostSource }, compileHost},
	{"host-dest", []string{"dsthost", "host-dest"}, "Destination host name", "name of the destination", "!*.apple.com",
		patterns, dest, "ip-dest", func(f *Filter) *string { return &f.HostDest }, compileHost},
	{"owner", []string{"owner"}, "Owner", "owner of the address of either end, or its number; without * anywhere in it, all of it with =", "amazon, AS15169",
		patterns, either, "", func(f *Filter) *string { return &f.Owner }, compileOwner},
	{"country", []string{"country"}, "Country", "country in which the address of either end is registered, as two letters", "US, !DE",
		patterns, either, "", func(f *Filter) *string { return &f.Country }, compileCountry},
	{"list", []string{"list"}, "List", "name of a list that the address or name of either end is on; * for any", "spamhaus-drop",
		patterns, either, "", func(f *Filter) *string { return &f.List }, compileList},
	{"mac", []string{"mac"}, "Hardware address", "hardware address of the device at either end, whatever its address was at the time", "02:00:5e:10:00:22",
		patterns, either, "", func(f *Filter) *string { return &f.MAC }, compileMAC},
	{"port", []string{"port"}, "Port or service", "port of either end: number, range or service name", "443, 8000-8999, ssh*",
		patterns, either, "", func(f *Filter) *string { return &f.Port }, compilePort},
	{"port-source", []string{"sport", "port-source"}, "Source port", "port of the source: number, range or service name", "1024-65535",
		patterns, source, "", func(f *Filter) *string { return &f.PortSource }, compilePort},
	{"port-dest", []string{"dport", "port-dest"}, "Destination port", "port of the destination: number, range or service name", "!https, !domain",
		patterns, dest, "", func(f *Filter) *string { return &f.PortDest }, compilePort},
	{"service", []string{"service"}, "Service", "service name of the destination port", "http*",
		patterns, dest, "", func(f *Filter) *string { return &f.Service }, compileService},
	{"category", []string{"category"}, "Category", "what the destination port is for: web, mail, games …", "games, web",
		patterns, dest, "", func(f *Filter) *string { return &f.Category }, compileCategory},
	{"bytes", []string{"bytes"}, "Bytes", "bytes that both ends sent, where flows tell: more or less than, or a range", ">10M, 5k-20k",
		patterns, either, "", func(f *Filter) *string { return &f.Bytes }, compileBytes},
	{"packets", []string{"packets"}, "Packets", "packets that both ends sent, where flows tell", ">1000",
		patterns, either, "", func(f *Filter) *string { return &f.Packets }, compilePackets},
	{"router", []string{"router"}, "Router", "address of the router (exact, wildcard, prefix or range), or what it calls itself", "192.168.1.1, openwrt",
		patterns, router, "", func(f *Filter) *string { return &f.Router }, compileRouter},
	{"text", []string{"text"}, "Text of messages", "text of a message about the router; without * anywhere in it", "WAN IP",
		patterns, either, "", func(f *Filter) *string { return &f.Text }, compileText},
	{"since", []string{"since"}, "Since", "only events from this time on: 2h, yesterday, 2026-11-01", "yesterday",
		times, router, "", func(f *Filter) *string { return &f.Since }, nil},
	{"until", []string{"until"}, "Until", "only events before this time", "2026-11-21T12:00",
		times, router, "", func(f *Filter) *string { return &f.Until }, nil},
	{"date", []string{"date"}, "Date", "only events of this day, month or year", "2026-11-20",
		times, router, "", func(f *Filter) *string { return &f.Date }, nil},
	{"any", []string{"any"}, "Anything", "words to be found in names, addresses, services or texts", `apple "two words" !tv`,
		words, either, "", func(f *Filter) *string { return &f.Any }, nil},
	{"new", []string{"new"}, "New hosts only", "only the first event ever with a host", "yes",
		yes, either, "", nil, nil},
}

// Fields describes all fields, in the order in which to show them.
func Fields() []Field {
	list := make([]Field, len(fields))
	for i, fd := range fields {
		list[i] = Field{
			Name: fd.name, Keys: slices.Clone(fd.keys), Label: fd.label,
			Help: fd.help, Example: fd.example, Bool: fd.form == yes, Time: fd.form == times,
		}
	}
	return list
}

// lookup finds a field's place in the table by its name or one of its keys, -1 if there
// is none.
func lookup(key string) int {
	key = strings.ToLower(key)
	for i := range fields {
		if fd := &fields[i]; fd.name == key || slices.Contains(fd.keys, key) {
			return i
		}
	}
	return -1
}

// Get gives the text of a field by its name or one of its keys, for New "yes"
// or "". It is false if there is no such field.
func (f Filter) Get(key string) (string, bool) {
	i := lookup(key)
	switch {
	case i < 0:
		return "", false
	case fields[i].value != nil:
		return *fields[i].value(&f), true
	case f.New:
		return "yes", true
	}
	return "", true
}

// Set sets a field by its name or one of its keys. It takes any text, which
// Compile will look at, but for New, which is yes or no (or "").
func (f *Filter) Set(key, value string) error {
	i := lookup(key)
	if i < 0 {
		return &Error{Pattern: key, Reason: unknownKey(key), Offset: -1}
	}
	fd := &fields[i]
	if fd.value != nil {
		*fd.value(f) = value
		return nil
	}
	yes, ok := yesOrNo(value)
	if !ok {
		return &Error{Field: fd.name, Pattern: value, Reason: phrase.Say("write yes or no"), Offset: -1}
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
func unknownKey(key string) phrase.Phrase {
	var usual, all []string
	for _, fd := range fields {
		if fd.form == patterns || fd.form == times {
			usual = append(usual, fd.keys[0])
		}
		all = append(all, fd.keys...)
	}
	usual, all = append(usual, "is:new"), append(all, "is")
	if near := phrase.Nearest(key, slices.Values(all)); near != "" {
		return phrase.Say("unknown key: did you mean {{.Key}}?", "Key", near)
	}
	return phrase.Say("unknown key: the keys are {{.Keys}}", "Keys", strings.Join(usual, ", "))
}
