package settings

import (
	"strings"
	"testing"
	"time"
)

func TestRules(t *testing.T) {
	s, err := Parse([]byte(`
[[outlet]]
name = "phone"
type = "ntfy"
url = "https://ntfy.sh/t"
[[rule]]
name = "Camera"
filter = "mac:02:00:5e:10:00:22 dir:out"
when = "First for this  device and host"
outlets = ["phone", "desktop", "program"]
quiet = "22:00 - 7:00"
meanwhile = "drop"
[[rule]]
name = "Many"
when = "more than 20 in 10m"
[[rule]]
name = "Nothing"
filter = "router:192.168.1.1"
when = "nothing for 2d"
off = true
[[rule]]
builtin = "new-device"
[[rule]]
name = "Guests"
filter = "ip:192.168.9.0/24"
record = false
[[rule]]
name = "Evenings"
record = false
hours = "20:00-06:00"
off = true
[[rule]]
name = "As usual"
filter = "dir:in"
record = true
`))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Rules
	if len(r) != 7 || !r[4].Record.Not || !r[4].Hours.IsZero() || !r[5].Record.Not || r[5].Hours != (Hours{20 * 60, 6 * 60}) || r[6].Record.Not || r[0].When.Kind != FirstDeviceHost || r[0].Quiet != (Hours{22 * 60, 7 * 60}) || r[1].When.Span != 10*time.Minute || r[1].When.Count != 20 ||
		r[2].When.Span != 48*time.Hour || !r[2].Off || r[3].Builtin != NewDevice {
		t.Errorf("%+v", r)
	}
	for i, want := range []string{"first for this device and host", "more than 20 in 10m", "nothing for 2d", "always"} {
		if got := r[i].When.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Every mistake is named.
func TestWrongRules(t *testing.T) {
	for text, want := range map[string]string{
		`filter = "dir:in"`:                                                              `rule.name: is missing: every rule needs a name`,
		`name = "a"`:                                                                     `rule.filter: is missing: it would tell about everything`,
		"name = \"a\"\nfilter = \"dir:up\"":                                              `line 3: rule.filter: "dir:up": direction: "up": write in or out`,
		"name = \"a\"\nfilter = \"since:2h\"":                                            `line 3: rule.filter: "since:2h": a rule is about all that comes: leave out since, until and date`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"often\"":                            `line 4: rule.when: "often" is not known: it is one of always, first for this host, `,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"first for this hots\"":              `rule.when: "first for this hots" is not known: did you mean first for this host?`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"more than x in 1m\"":                `rule.when: "x" is not a whole number`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"more than 0 in 1m\"":                `rule.when: 0 is not between 1 and 1`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"more than 5 in 1y\"":                `rule.when: "1y" is not a valid time span, such as 24h, 30m or 2d`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"more than 5 in 30d\"":               `rule.when: 30d is not between 1s and 7d`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = \"nothing for 5s\"":                   `rule.when: 5s is not between 1m and 366d`,
		"name = \"a\"\nfilter = \"dir:in\"\noutlets = [\"desktop\", \"phon\"]":           `line 4: rule.outlets: there is no outlet "phon": did you mean phone?`,
		"name = \"a\"\nfilter = \"dir:in\"\noutlets = [\"x\"]":                           `rule.outlets: there is no outlet "x": there are desktop, program, phone`,
		"name = \"a\"\nfilter = \"dir:in\"\nquiet = \"22-7\"":                            `rule.quiet: "22-7" is not a time of the day, such as 22:00-07:00`,
		"name = \"a\"\nfilter = \"dir:in\"\nquiet = \"25:00-07:00\"":                     `rule.quiet: "25:00-07:00" is not a time of the day`,
		"name = \"a\"\nfilter = \"dir:in\"\nquiet = \"07:00-07:00\"":                     `rule.quiet: begins when it ends`,
		"name = \"a\"\nfilter = \"dir:in\"\nmeanwhile = \"drop\"":                        `rule.meanwhile: says what becomes of alerts in quiet hours, which are not set`,
		"name = \"a\"\nfilter = \"dir:in\"\nquiet = \"1:00-2:00\"\nmeanwhile = \"keep\"": `line 5: rule.meanwhile: "keep" is not known: it is one of hold, drop`,
		"name = \"a\"\nfilter = \"dir:in\"\n[[rule]]\nname = \"A\"\nfilter = \"dir:in\"": `line 5: rule.name: "A" is there twice`,
		`builtin = "new-hosts"`:                                                          `rule.builtin: "new-hosts" is not known: did you mean new-host?`,
		`builtin = "weather"`:                                                            `rule.builtin: "weather" is not known: it is one of new-host, public-address, `,
		"builtin = \"trouble\"\nfilter = \"dir:in\"":                                     `rule.filter: a rule that is built in has no such setting`,
		"builtin = \"trouble\"\n[[rule]]\nbuiltin = \"trouble\"":                         `rule.builtin: "trouble" is there twice`,
		"name = \"a\"\nfiltr = \"dir:in\"":                                               `line 3: there is no setting "rule.filtr": did you mean filter?`,
		"name = \"a\\u0007\"\nfilter = \"dir:in\"":                                       `rule.name: has a control character in it`,
		"name = \"" + strings.Repeat("a", 101) + "\"\nfilter = \"dir:in\"":               `rule.name: may have 100 bytes, this one has 101`,
		"name = \"a\"\nfilter = \"" + strings.Repeat("a", 5000) + "\"":                   `rule.filter: may have 4096 bytes, this one has 5000`,
		"name = \"a\"\nfilter = \"dir:in\"\nwhen = 3":                                    `rule.when: must be a text in quotes`,

		"name = \"a\"\nrecord = false":                                                                    `rule.filter: "": nothing would be recorded at all`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:up\"":                                               `line 4: rule.filter: "dir:up": direction: "up": write in or out`,
		"name = \"a\"\nrecord = false\nfilter = \"since:2h\"":                                             `line 4: rule.filter: "since:2h": it is about all that comes: leave out since, until, date and new`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in new:yes\"":                                       `rule.filter: "dir:in new:yes": it is about all that comes`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in\"\nwhen = \"first for this host\"":               `line 5: rule.when: a rule with record = false tells nothing, and has no such setting`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in\"\noutlets = [\"phone\"]":                        `line 5: rule.outlets: a rule with record = false tells nothing`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in\"\nquiet = \"22:00-7:00\"\nmeanwhile = \"drop\"": `line 5: rule.quiet: a rule with record = false tells nothing`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in\"\nmeanwhile = \"drop\"":                         `line 5: rule.meanwhile: a rule with record = false tells nothing`,
		"name = \"a\"\nrecord = false\nfilter = \"dir:in\"\nhours = \"22\"":                               `line 5: rule.hours: "22" is not a time of the day, such as 22:00-07:00`,
		"name = \"a\"\nfilter = \"dir:in\"\nhours = \"22:00-07:00\"":                                      `line 4: rule.hours: are those of a rule with record = false`,
		"name = \"a\"\nfilter = \"dir:in\"\nrecord = \"no\"":                                              `line 4: rule.record: must be true or false, without quotes`,
		"name = \"a\"\nfilter = \"dir:in\"\nrecord = 0":                                                   `line 4: rule.record: must be true or false`,
		"builtin = \"new-host\"\nrecord = false":                                                          `line 3: rule.record: a rule that is built in has no such setting`,
		"builtin = \"new-host\"\nhours = \"22:00-07:00\"":                                                 `line 3: rule.hours: are those of a rule with record = false`,
		"record = false\nfilter = \"dir:in\"":                                                             `rule.name: is missing: every rule needs a name`,
		strings.Repeat("[[rule]]\n", 201):                                                                 `rule: there are more than 200`,
	} {
		_, err := Parse([]byte("[[rule]]\n" + text + "\n[[outlet]]\nname = \"phone\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/t\"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := Parse([]byte("[rule]\nname = \"a\"")); err == nil || !strings.Contains(err.Error(), "must be a section in double brackets: [[rule]]") {
		t.Error(err)
	}
}

func TestHours(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct{ hours, at, until string }{
		{"22:00-07:00", "21:59", ""}, {"22:00-07:00", "22:00", "24 07:00"}, {"22:00-07:00", "00:00", "23 07:00"}, {"22:00-07:00", "06:59", "23 07:00"}, {"22:00-07:00", "07:00", ""},
		{"12:00-13:30", "11:59", ""}, {"12:00-13:30", "13:29", "23 13:30"}, {"12:00-13:30", "13:30", ""}, {"", "12:00", ""},
	} {
		var h Hours
		if err := h.UnmarshalText([]byte(x.hours)); err != nil || h.String() != x.hours {
			t.Fatal(err, h)
		}
		at, err := time.Parse("15:04", x.at)
		if err != nil {
			t.Fatal(err)
		}
		end, in := h.Until(day.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute))
		got := ""
		if in {
			got = end.Format("02 15:04")
		}
		if got != x.until {
			t.Errorf("%s at %s: until %q, want %q", x.hours, x.at, got, x.until)
		}
	}
}
