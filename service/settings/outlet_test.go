package settings

import (
	"errors"
	"reflect"
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
