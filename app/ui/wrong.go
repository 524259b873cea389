package ui

import (
	"regexp"
	"sync"

	"fyne.io/fyne/v2/lang"
)

// Wrong says in the user's language what is wrong with a filter, a template or a
// setting: the Reason of a filter.Error or a format.Error, or an error of
// service/settings without the name of the setting. They are English; what is not
// known here stays as it is.
func Wrong(reason string) string {
	for _, k := range knownReasons() {
		m := k.pattern.FindStringSubmatch(reason)
		if m == nil {
			continue
		}
		values := make(map[string]any)
		for i, name := range k.pattern.SubexpNames() {
			if name != "" {
				values[name] = m[i]
			}
		}
		return lang.L(k.text, values)
	}
	return reason
}

// reasons are the texts of packages filter, format and settings, with {{.A}} and so on for what
// is different each time.
var reasons = [...]string{
	// filter
	"the search text is too long",
	`the quote is not closed: a " is missing`,
	"nothing is between the quotes",
	"a pattern is missing at a comma",
	"a pattern is missing after the !",
	"a pattern is missing after the colon (no space there)",
	"one ! is enough",
	"longer than {{.A}} bytes",
	"more than {{.A}} patterns",
	"is not valid UTF-8",
	"has the character {{.A}}, which no name or text has",
	"unknown key: did you mean {{.A}}? (a word with a colon needs quotes)",
	"unknown key: the keys are {{.A}} (a word with a colon needs quotes)",
	"only is:new is known",
	"only new:yes is known",
	"write in or out",
	"write allowed, blocked or unknown",
	"no protocol has such a name",
	"write a name such as TCP or a number from 1 to 255",
	"unknown protocol: did you mean {{.A}}?",
	"write port:{{.A}}",
	"write ip:{{.A}} port:{{.B}}",
	"looks like a host name: use {{.A}}",
	"looks like a host name: write the address",
	"is an address, not a name: use {{.A}}",
	"looks like an address, not a name: use {{.A}}",
	"is not an address",
	"is not an IPv6 address: up to eight groups of one to four hexadecimal digits, and one :: for a run of zeros",
	"each part of an address is 0 to 255",
	"each group of an IPv6 address has up to four hexadecimal digits",
	"an IPv4 address has four parts, this has {{.A}}",
	"is only a part of an address: write {{.A}} or {{.B}}",
	"a part between two dots is missing",
	"leave out the leading zeros, which some programs read as octal",
	"leave out the port, it has its own field",
	"the prefix length of an {{.A}} address is a number from 0 to {{.B}}",
	"has a prefix length and a *: write one of them",
	"is a range with a *: write two addresses",
	"has dots as in IPv4 and colons as in IPv6",
	"no address looks like this (addresses are compared in their shortest form: 10.0.0.1, 2001:db8::1)",
	"a range has two ends: write 192.168.1.10-192.168.1.50 or 192.168.1.10-50",
	"the short end of an IPv6 range is one group, of up to four hexadecimal digits",
	"one end of the range is IPv4, the other IPv6",
	"the range ends before it begins",
	"a range of ports has two ends, such as 8000-8999",
	"* stands for a part of a service name: write a range, such as 8000-8999",
	"write {{.A}} here and {{.B}} as the protocol",
	"a port is a number from 0 to 65535",
	"is a number: use port or port-dest",
	"no service has such a name",
	"unknown service: did you mean {{.A}}?",
	"unknown service: write the port as a number",
	// format
	`"%{" without a "}"`,
	`unknown token "{{.A}}": tokens are {{.B}}`,
	`no part of a time in "{{.A}}": write "unix", "unixms", "rfc3339" or a Go layout like "2006-01-02 15:04:05"`,
	// service/settings
	"{{.A}} is not between {{.B}} and {{.C}}",
	"{{.A}} is too little: 64 MiB, or 0 for no limit",
	"must not be negative",
	`"{{.A}}" is not the full path of a program`,
	`"{{.A}}" is no IP address`,
	`"{{.A}}" is neither an IP address nor a network such as 192.168.1.0/24`,
	`"{{.A}}" is no time span such as 24h, 30m or 2d`,
	`"{{.A}}" is no size such as 500 MB or 10 GiB`,
	`there is no setting "{{.A}}": did you mean {{.B}} in the section [{{.C}}]?`,
	`there is no setting "{{.A}}": did you mean {{.B}}?`,
	`there is no setting "{{.A}}"`,
	"there is no section [{{.A}}]: did you mean [{{.B}}]?",
	"there is no section [{{.A}}]: the sections are {{.B}}",
	"must be a whole number, without quotes",
	"must be true or false, without quotes",
	"must be a text in quotes",
	`must be a list, such as ["one", "two"]`,
	`must be a size in quotes, such as "10 GiB"`,
	`must be a time span in quotes, such as "24h"`,
	"must be a section: [{{.A}}] on a line of its own, its settings below",
	"is set twice",
	"must not be more than {{.A}} days",
	`"{{.A}}" is the address of many computers, not of this one`,
	`"{{.A}}" needs the name of a network interface, such as "{{.B}}"`,
	`"{{.A}}" is not a valid DNS server: want "host" or "host:port"`,
	`"{{.A}}" has a zero byte in it, which no program can be given`,
	`"{{.A}}" is not a valid user name`,
	`"{{.A}}": it would ignore every host`,
	"more settings and sections than there are",
	// how a settings file is written
	"needs quotes: {{.A}}",
	"the quote is not closed: {{.A}} is missing",
	`write plain quotes: "`,
	"there are too many quotes",
	`in double quotes a \ is written twice, such as "C:\\folder\\program.exe"`,
	"is not a valid value: a text needs quotes",
	"the value is missing: name = value",
	"one = is enough: name = value",
	"write each setting on a line of its own",
	"an = is missing: name = value",
	"the name of the setting is missing",
	"a comment begins with #",
	"cannot be understood: a line is [section], or name = value, or # and a comment",
	"the ] behind the name of the section is missing",
	"nothing but a comment may follow the name of a section",
	"the name of the section is missing, such as [history]",
	"the section is there twice: put its settings together",
	`each element of a list needs quotes, such as ["one", "two"]`,
	"there is a ] too many",
	`between the elements of a list is a comma, and at its end a ]: ["one", "two"]`,
	"the list is not closed: a ] is missing",
	"the list above is not closed: a ] is missing",
	"the braces are not right: section = {name = value, name = value}",
	"the number is too large",
	"has a control character in it, which no setting needs",
	"is not valid UTF-8: save the file as UTF-8",
	"the file is UTF-16: save it as UTF-8",
}

// knownReason is one of reasons and what finds it.
type knownReason struct {
	text    string
	pattern *regexp.Regexp
}

var knownReasons = sync.OnceValue(func() (known []knownReason) {
	value := regexp.MustCompile(`\\\{\\\{\\\.([A-Z])\\\}\\\}`)
	for _, text := range reasons {
		pattern := value.ReplaceAllString(regexp.QuoteMeta(text), "(?P<$1>.*?)")
		known = append(known, knownReason{text, regexp.MustCompile("(?s)^" + pattern + "$")})
	}
	return known
})
