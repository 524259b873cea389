package deliver

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"linklog/assets/origin"
	"linklog/service/alerts"
	"linklog/service/book"
)

// inherited is what the program gets of our own environment: what programs need to
// run, nothing that is meant for us alone.
func inherited() []string {
	var list []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch strings.ToUpper(name) {
		case "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
			"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES":
			list = append(list, v)
		default:
			if strings.HasPrefix(name, "LC_") {
				list = append(list, v)
			}
		}
	}
	return list
}

// maxValue bounds a variable, in bytes.
const maxValue = 1024

// environment gives the fields of an alert as variables LINKLOG_ALERT_….
func environment(a alerts.Alert) []string {
	var list []string
	for _, f := range fields(a) {
		list = append(list, "LINKLOG_ALERT_"+f.name+"="+f.value)
	}
	return list
}

// testEnvironment gives a message that is none of an alert as those variables.
func testEnvironment(m *Message, now time.Time) []string {
	list := environment(alerts.Alert{Time: now, Since: now})
	for i, v := range list {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "LINKLOG_ALERT_KIND":
			list[i] = name + "=test"
		case "LINKLOG_ALERT_TEXT":
			list[i] = name + "=" + book.Tidy(m.Text, maxValue)
		}
	}
	return list
}

// field is a value of an alert by its name.
type field struct{ name, value string }

// fields gives what is in an alert. All of them are always there, empty where the alert has
// no such field. Values are one line each, without control characters; names come from the
// network all the same.
func fields(a alerts.Alert) []field {
	var list []field
	put := func(name, value string) { list = append(list, field{name, book.Tidy(value, maxValue)}) }
	number := func(n uint64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatUint(n, 10)
	}
	port := ""
	if a.Kind == alerts.NewHost || a.Port != 0 {
		port = strconv.Itoa(int(a.Port))
	}
	put("ID", number(a.ID))
	put("KIND", a.Kind.String())
	put("TEXT", a.String())
	put("TIME", a.Time.UTC().Format(time.RFC3339))
	put("SINCE", a.Since.UTC().Format(time.RFC3339))
	put("HOST", book.AddrText(a.Host))
	put("NAME", a.Name)
	of := origin.Of(a.Host)
	put("OWNER", of.Owner)
	put("COUNTRY", of.Country)
	put("DEVICE", book.AddrText(a.Device))
	put("DEVICE_NAME", a.DeviceName)
	put("DIRECTION", a.Dir.String())
	put("PROTOCOL", a.Proto.String())
	put("PORT", port)
	put("SERVICE", a.Service)
	put("SEQ", number(a.Seq))
	put("ROUTER", book.AddrText(a.Router))
	put("COUNT", number(a.Count))
	var hosts []string
	for _, h := range a.Hosts {
		hosts = append(hosts, plain(h.Host, h.Name))
	}
	put("HOSTS", strings.Join(hosts, " "))
	put("OLD_ADDRESS", book.AddrText(a.OldAddr))
	put("NEW_ADDRESS", book.AddrText(a.NewAddr))
	put("RULE", a.Rule)
	put("VERDICT", a.Verdict.String())
	put("MESSAGE", a.Message)
	return list
}

// plain is an address or, without one, a name.
func plain(a netip.Addr, name string) string {
	if a.IsValid() {
		return a.String()
	}
	return strings.ReplaceAll(name, " ", "_")
}
