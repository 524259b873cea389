package settings

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"linklog/phrase"
)

func TestOutlets(t *testing.T) {
	s, err := Parse([]byte(`
[history]
days = 7

[[outlet]]
name = "phone"
type = "ntfy"
url = "https://ntfy.sh/${topic}"
priority = 4

[[outlet]]
NAME = "push"
type = "pushover"
token = "${push}"
user = "me"
per_hour = 5

[[outlet]]
name = "mail"
type = "mail"
url = "smtp://mail.example:587"
from = "LinkLog <linklog@example.org>"
to = ["anna@example.org", "bob@example.org"]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Outlet{
		{Name: "phone", Type: "ntfy", URL: "https://ntfy.sh/${topic}", Priority: 4},
		{Name: "push", Type: "pushover", URL: "https://api.pushover.net", Token: "${push}", User: "me", PerHour: 5},
		{Name: "mail", Type: "mail", URL: "smtp://mail.example:587", From: "LinkLog <linklog@example.org>", To: []string{"anna@example.org", "bob@example.org"}},
	}
	if !reflect.DeepEqual(s.Outlets, want) || s.History.Days != 7 {
		t.Errorf("got %+v", s.Outlets)
	}
	if !s.Outlets[0].Mentions("topic") || s.Outlets[0].Mentions("push") || !s.Outlets[1].Mentions("push") {
		t.Error("which secrets are mentioned is not known")
	}
}

// Every mistake in an outlet is named, with its line.
func TestWrongOutlets(t *testing.T) {
	const start = "[[outlet]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/t\"\n[[outlet]]\n"
	for text, want := range map[string]string{
		`name = "b"`: `line 5: outlet.type: is missing: it is one of discord, gotify, mail, mqtt, ntfy, pushover, slack, telegram, webhook`,
		"name = \"a\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/t\"":                                                       `line 6: outlet.name: "a" is there twice`,
		"name = \"b\"\ntype = \"nfty\"":                                                                                    `line 7: outlet.type: there is no type "nfty": did you mean ntfy?`,
		"name = \"b\"\ntype = \"sms\"":                                                                                     `line 7: outlet.type: there is no type "sms": it is one of discord, gotify, `,
		"name = \"b c\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/t\"":                                                     `line 6: outlet.name: "b c" is not a valid name: letters, digits, - and _, at most 64`,
		"type = \"ntfy\"\nurl = \"https://ntfy.sh/t\"":                                                                     `line 5: outlet.name: is missing: every outlet needs a name`,
		"name = \"b\"\ntype = \"ntfy\"":                                                                                    `line 5: outlet.url: is missing: an outlet of type ntfy needs it`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"ntfy.sh/t\"":                                                               `line 8: outlet.url: is not an address of a server, such as https://host.example`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"ftp://ntfy.sh/t\"":                                                         `line 8: outlet.url: must begin with https:// or http://`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/\"":                                                        `line 8: outlet.url: needs the topic at its end, such as https://ntfy.sh/my-topic`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://a:b@n.sh/t\"":                                                      `line 8: outlet.url: must not have a password: that goes into user and token`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\ntoken = \"tk_123\"":                                      `line 9: outlet.token: others can read the settings: store the secret by ` + "`linklog alerts secret b`" + `, and write ${b} here`,
		"name = \"b\"\ntype = \"gotify\"\nurl = \"http://push.example.org\"\ntoken = \"${b}\"":                             `line 8: outlet.url: would send the secret unencrypted: use https`,
		"name = \"b\"\ntype = \"slack\"\nurl = \"https://hooks.slack.com/services/T/B/X\"":                                 `line 8: outlet.url: others can read the settings: store`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\npriority = 6":                                            `line 9: outlet.priority: 6 is not between 1 and 5`,
		"name = \"b\"\ntype = \"discord\"\nurl = \"${u}\"\npriority = 6":                                                   `line 9: outlet.priority: an outlet of type discord has no such setting`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/${a b}\"":                                                     `line 8: outlet.url: "a b" is not the name of a secret: letters, digits, - and _, at most 64`,
		"name = \"b\"\ntype = \"webhook\"\nurl = \"https://n.sh/\"\nheaders = [\"ok: 1\", \"nope\"]":                       `line 9: outlet.headers: "nope" is not a header, such as "Name: value"`,
		"name = \"b\"\ntype = \"webhook\"\nurl = \"https://n.sh/\"\nheaders = [\"Authorization: Bearer x\"]":               `line 9: outlet.headers: others can read the settings`,
		"name = \"b\"\ntype = \"mail\"\nurl = \"smtp://m.example\"\nfrom = \"a\"\nto = [\"b@c.example\"]":                  `line 9: outlet.from: "a" is not a mail address`,
		"name = \"b\"\ntype = \"mail\"\nurl = \"smtp://m.example\"\nfrom = \"a@b.example\"\nto = [\"b@c.example\", \"x\"]": `line 10: outlet.to: "x" is not a mail address`,
		"name = \"b\"\ntype = \"telegram\"\ntoken = \"${b}\"\nto = [\"1\", \"2\"]":                                         `line 9: outlet.to: is one chat: others are outlets of their own`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\nper_hour = -1":                                           `line 9: outlet.per_hour: -1 is not between 0 and 3600`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\ndigest = \"24:00\"":                                      `line 9: outlet.digest: "24:00" is not a time of the day, such as 07:00`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\ndigest_only = true":                                      `line 9: outlet.digest_only: says how the summary of the day is, which digest does not ask for`,
		"name = 3\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"":                                                              `line 6: outlet.name: must be a text in quotes`,
		"name = \"b\"\nsubject = \"ntfy\"":                                                                                 `line 7: there is no setting "outlet.subject"`,
		"name = \"b\"\ntype = \"ntfy\"\nurl = \"https://n.sh/t\"\ntopic = \"x\"":                                           `line 9: outlet.topic: an outlet of type ntfy has no such setting`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"https://n.sh/\"":                                                           `line 8: outlet.url: must begin with mqtts:// or mqtt://`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtt://n.sh/topic\"":                                                       `line 8: outlet.url: is only a server and a port, such as mqtts://broker.example:8883`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtt://n.sh\"\nuser = \"a\"\ntoken = \"${b}\"":                             `line 8: outlet.url: would send the secret unencrypted: use mqtts`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtts://n.sh\"\ntoken = \"${b}\"":                                          `line 5: outlet.user: user and token come together`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtts://n.sh\"\ntopic = \"a/#\"":                                           `line 9: outlet.topic: "a/#" is not the beginning of a topic, such as home/linklog`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtts://n.sh\"\ndiscovery = \"/a\"":                                        `line 9: outlet.discovery: "/a" is not the beginning of a topic`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtts://n.sh\"\nclient_id = \"a b\"":                                       `line 9: outlet.client_id: "a b" is not a valid name`,
		"name = \"b\"\ntype = \"mqtt\"\nurl = \"mqtts://n.sh\"\nversion = \"4\"":                                           `line 9: outlet.version: must be one of 5, 3.1.1`,
		"name = \"b\"\ntokn = \"ntfy\"":                                                                                    `line 7: there is no setting "outlet.tokn": did you mean token?`,
	} {
		_, err := Parse([]byte(start + text + "\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"[outlet]\nname = \"a\"":           `line 1: outlet: must be a section in double brackets: [[outlet]]`,
		"outlet = 3":                       `line 1: outlet: must be a section in double brackets: [[outlet]]`,
		"[[history]]\ndays = 3":            `line 1: history: must be a section: [history] on a line of its own`,
		strings.Repeat("[[outlet]]\n", 21): `line 21: outlet: there are more than 20`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s\n got %v\nwant %s", text, err, want)
		}
	}
}

// Near the user a secret may go as it is: home servers have no certificates.
func TestNearby(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "192.168.1.4": true, "[fd00::1]": true, "nas": true, "nas.local": true, "nas.home.arpa": true,
		"8.8.8.8": false, "push.example.org": false, "local.example": false, "[2001:db8::1]": false,
	} {
		if err := CheckURL("http://"+host, "gotify", true); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestFill(t *testing.T) {
	get := func(name string) (string, error) {
		if name == "none" {
			return "", phrase.Say("no {{.Name}}", "Name", name)
		}
		return "<${" + name + "}>", nil
	}
	if got, err := Fill("a ${b} ${c}", get); got != "a <${b}> <${c}>" || err != nil {
		t.Error(got, err)
	}
	var p phrase.Phrase
	if _, err := Fill("${none}", get); !errors.As(err, &p) {
		t.Error(err)
	}
}

// docs/alerts.md says of each type which settings it needs and which it may have.
func TestOutletTypesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z_]+)`")
	in := func(cell string) (list []string) {
		for _, m := range names.FindAllStringSubmatch(cell, -1) {
			if slices.ContainsFunc(outletFields, func(f OutletField) bool { return f.Name == m[1] }) {
				list = append(list, m[1])
			}
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	documented := make(map[string][2][]string)
	for _, m := range regexp.MustCompile("(?m)^\\| (`[a-z`, ]+`) \\| (.*) \\| (.*) ?\\|$").FindAllStringSubmatch(string(text), -1) {
		for _, kind := range names.FindAllStringSubmatch(m[1], -1) {
			if slices.Contains(OutletTypes(), kind[1]) {
				documented[kind[1]] = [2][]string{in(m[2]), in(m[3])}
			}
		}
	}
	for _, kind := range OutletTypes() {
		var needs, may []string
		for _, f := range OutletFields(kind) {
			switch {
			case f.Needed:
				needs = append(needs, f.Name)
			case !slices.Contains(everyOutlet, f.Name):
				may = append(may, f.Name)
			}
		}
		slices.Sort(needs)
		slices.Sort(may)
		if got := documented[kind]; !slices.Equal(got[0], needs) || !slices.Equal(got[1], may) {
			t.Errorf("%s: documented %v, it needs %v and may have %v", kind, got, needs, may)
		}
	}
	for _, name := range everyOutlet {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
}

// What the form has of an outlet is what the settings had, and back.
func TestOutletFieldsBackAndForth(t *testing.T) {
	for _, want := range []Outlet{
		{Name: "a", Type: "webhook", URL: "https://h.example/", Headers: []string{"X-Key: ${a}", "B: \"q\""}, Body: "{\"a\":\n\"%{title}\"}", User: "u", Token: "${a}", PerHour: 3, CA: "/etc/ca.pem"},
		{Name: "a", Type: "mail", URL: "smtp://h.example", From: "a@b.example", To: []string{"c@d.example", "e@f.example"}},
		{Name: "a", Type: "pushover", URL: "https://api.pushover.net", User: "u", Token: "${a}", Priority: -2},
		{Name: "a", Type: "mqtt", URL: "mqtts://h.example", Topic: "home", Discovery: "off", ClientID: "x", Version: "5", Digest: DayTime{true, 0}, DigestOnly: true, DigestAlways: true},
	} {
		values := []string{"name", Quoted(want.Name), "type", Quoted(want.Type)}
		for _, f := range OutletFields(want.Type) {
			values = append(values, f.Name, f.TOML(f.Value(&want)))
		}
		s, err := Parse([]byte(SetIn("", "outlet", 0, values...)))
		if err != nil || len(s.Outlets) != 1 || !reflect.DeepEqual(s.Outlets[0], want) {
			t.Errorf("got %+v, %v\nwant %+v", s.Outlets, err, want)
		}
	}
}
