package settings

import (
	"cmp"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"linklog/phrase"
)

// Outlet is a place outside that is told of alerts. Which settings it has depends on its
// Type. A secret is never in the settings, which users may read: ${NAME} stands for it (see
// SecretName).
type Outlet struct {
	Name     string   `toml:"name"`     // the user's
	Type     string   `toml:"type"`     // of OutletTypes
	URL      string   `toml:"url"`      // of the server
	User     string   `toml:"user"`     // at the server; Pushover's user key
	Token    string   `toml:"token"`    // or password
	From     string   `toml:"from"`     // whom mail is from
	To       []string `toml:"to"`       // mail addresses; Telegram's chat
	Priority int      `toml:"priority"` // as the type has it; 0: its usual one
	Headers  []string `toml:"headers"`  // "Name: value"
	Body     string   `toml:"body"`     // of a request, see deliver; "": JSON
	CA       string   `toml:"ca"`       // file with certificates that are believed besides the system's
	PerHour  int      `toml:"per_hour"` // messages at most; 0: DefaultPerHour

	Digest       DayTime `toml:"digest"`        // when a summary of the day goes there; zero: never
	DigestOnly   bool    `toml:"digest_only"`   // and nothing else does
	DigestAlways bool    `toml:"digest_always"` // also when nothing happened

	// For MQTT.
	Topic     string `toml:"topic"`     // what those of its messages begin with
	Discovery string `toml:"discovery"` // what those of Home Assistant's discovery do, or NoDiscovery
	ClientID  string `toml:"client_id"` // "": one made of the service's and Name
	Version   string `toml:"version"`   // of the protocol; "": what the broker speaks
}

// What Discovery of an Outlet may be besides a word that Home Assistant was told to use.
const (
	UsualDiscovery = "homeassistant" // the one that it uses by itself
	NoDiscovery    = "off"           // there is no device
)

// mqttVersions are those of the protocol, the newest first.
var mqttVersions = []string{"5", "3.1.1"}

// DefaultPerHour is how many messages go through an outlet in an hour: what is more comes
// together, in fewer.
const DefaultPerHour = 30

const maxPerHour = 3600

// maxOutlets bounds the outlets.
const maxOutlets = 20

// outletType says what an outlet of a type needs, and may have.
type outletType struct {
	needs, may []string
	schemes    []string // of the URL
	example    string   // of a URL
	usual      string   // URL, where none is set
	secretURL  bool     // who knows the URL can use it
	low, high  int      // of the priority
}

var web = []string{"https", "http"}

// outletTypes are all there are, by name.
var outletTypes = map[string]outletType{
	"webhook":  {needs: []string{"url"}, may: []string{"headers", "body", "user", "token"}, schemes: web, example: "https://host.example/path"},
	"ntfy":     {needs: []string{"url"}, may: []string{"token", "priority"}, schemes: web, example: "https://ntfy.sh/my-topic", low: 1, high: 5}, // https://docs.ntfy.sh/publish/
	"gotify":   {needs: []string{"url", "token"}, may: []string{"priority"}, schemes: web, example: "https://gotify.example", low: 0, high: 10},  // https://gotify.net/docs/pushmsg
	"pushover": {needs: []string{"token", "user"}, may: []string{"url", "priority"}, schemes: web, usual: pushover, low: -2, high: 1},            // https://pushover.net/api
	"telegram": {needs: []string{"token", "to"}, may: []string{"url"}, schemes: web, usual: telegram},                                            // https://core.telegram.org/bots/api#sendmessage
	"discord":  {needs: []string{"url"}, schemes: web, example: "https://discord.com/api/webhooks/1234/abcd", secretURL: true},                   // https://discord.com/developers/docs/resources/webhook#execute-webhook
	"slack":    {needs: []string{"url"}, schemes: web, example: "https://hooks.slack.com/services/T00/B00/abcd", secretURL: true},                // https://api.slack.com/messaging/webhooks
	"mqtt":     {needs: []string{"url"}, may: []string{"user", "token", "topic", "discovery", "client_id", "version"}, schemes: []string{"mqtts", "mqtt"}, example: "mqtts://broker.example:8883"},
	"mail":     {needs: []string{"url", "from", "to"}, may: []string{"user", "token"}, schemes: []string{"smtp", "smtps"}, example: "smtps://mail.example:465"}, // RFC 8314
}

const (
	pushover = "https://api.pushover.net"
	telegram = "https://api.telegram.org"
)

// OutletTypes are the names of all types, sorted.
func OutletTypes() []string {
	var names []string
	for name := range outletTypes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// SecretName is what the name of a secret looks like; in a setting it stands as ${NAME}.
var SecretName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// secretPlace finds where secrets are put into a setting.
var secretPlace = regexp.MustCompile(`\$\{([^}]*)\}`)

// Fill puts secrets into a setting. One that get does not know is an error.
func Fill(text string, get func(name string) (string, error)) (string, error) {
	var wrong error
	text = secretPlace.ReplaceAllStringFunc(text, func(place string) string {
		value, err := get(place[2 : len(place)-1])
		if err != nil && wrong == nil {
			wrong = err
		}
		return value
	})
	return text, wrong
}

// Mentions reports whether a secret is put into one of the settings.
func (o *Outlet) Mentions(secret string) bool {
	place := "${" + secret + "}"
	in := func(text string) bool { return strings.Contains(text, place) }
	return in(o.URL) || in(o.User) || in(o.Token) || in(o.Body) || slices.ContainsFunc(o.Headers, in)
}

// checkOutlets reports what the types do not say.
func (s *Settings) checkOutlets(wrong report) {
	if n := len(s.Outlets); n > maxOutlets {
		wrong("outlet", maxOutlets, phrase.Say("there are more than {{.Most}}", "Most", maxOutlets))
		return
	}
	for i := range s.Outlets {
		o := &s.Outlets[i]
		o.check(func(name string, at int, err error) { wrong(element("outlet", i)+"."+name, at, err) })
		if slices.ContainsFunc(s.Outlets[:i], func(b Outlet) bool { return b.Name == o.Name && o.Name != "" }) {
			wrong(element("outlet", i)+".name", -1, phrase.Say("{{.Value}} is there twice", "Value", strconv.Quote(o.Name)))
		}
	}
}

// check reports what is wrong with an outlet, and gives it what is usual.
func (o *Outlet) check(wrong report) {
	if o.Name == "" {
		wrong("name", -1, phrase.Say("is missing: every outlet needs a name"))
	} else if !SecretName.MatchString(o.Name) {
		wrong("name", -1, phrase.Say("{{.Value}} is not a valid name: letters, digits, - and _, at most 64", "Value", strconv.Quote(o.Name)))
	}
	kind, known := outletTypes[o.Type]
	switch {
	case o.Type == "":
		wrong("type", -1, phrase.Say("is missing: it is one of {{.Names}}", "Names", strings.Join(OutletTypes(), ", ")))
		return
	case !known:
		near := phrase.Nearest(o.Type, slices.Values(OutletTypes()))
		if near != "" {
			wrong("type", -1, phrase.Say("there is no type {{.Value}}: did you mean {{.Near}}?", "Value", strconv.Quote(o.Type), "Near", near))
		} else {
			wrong("type", -1, phrase.Say("there is no type {{.Value}}: it is one of {{.Names}}", "Value", strconv.Quote(o.Type), "Names", strings.Join(OutletTypes(), ", ")))
		}
		return
	}
	for _, f := range outletFields {
		switch needed, set := slices.Contains(kind.needs, f.Name), f.value(o) != ""; {
		case needed && !set:
			wrong(f.Name, -1, phrase.Say("is missing: an outlet of type {{.Type}} needs it", "Type", o.Type))
		case set && !needed && !slices.Contains(kind.may, f.Name) && !slices.Contains(everyOutlet, f.Name):
			wrong(f.Name, -1, phrase.Say("an outlet of type {{.Type}} has no such setting", "Type", o.Type))
		}
	}
	if o.URL == "" {
		o.URL = kind.usual
	}
	o.checkURL(&kind, wrong)
	for name, value := range map[string]string{"token": o.Token, "url": o.URL, "user": o.User, "body": o.Body} {
		checkSecrets(name, -1, value, wrong)
	}
	if rest := secretPlace.ReplaceAllString(o.Token, ""); rest != "" {
		wrong("token", -1, notHere(o.Name))
	}
	if o.Priority != 0 && kind.high > kind.low && (o.Priority < kind.low || o.Priority > kind.high) {
		wrong("priority", -1, notBetween(o.Priority, kind.low, kind.high))
	}
	for i, h := range o.Headers {
		name, value, found := strings.Cut(h, ":")
		switch {
		case !found || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(strings.TrimSpace(value)):
			wrong("headers", i, phrase.Say(`{{.Value}} is not a header, such as "Name: value"`, "Value", strconv.Quote(h)))
		case strings.EqualFold(name, "authorization") && secretPlace.ReplaceAllString(value, "") == value:
			wrong("headers", i, notHere(o.Name))
		}
		checkSecrets("headers", i, h, wrong)
	}
	switch {
	case o.Type == "mail":
		o.checkMail(wrong)
	case o.Type == "mqtt":
		o.checkMQTT(wrong)
	case o.Type == "telegram" && len(o.To) > 1:
		wrong("to", 1, phrase.Say("is one chat: others are outlets of their own"))
	}
	for name, set := range map[string]bool{"digest_only": o.DigestOnly, "digest_always": o.DigestAlways} {
		if set && !o.Digest.Set {
			wrong(name, -1, phrase.Say("says how the summary of the day is, which digest does not ask for"))
		}
	}
	if o.PerHour < 0 || o.PerHour > maxPerHour {
		wrong("per_hour", -1, notBetween(o.PerHour, 0, maxPerHour))
	}
}

// checkSecrets reports places that no secret can be put into.
func checkSecrets(name string, at int, value string, wrong report) {
	for _, m := range secretPlace.FindAllStringSubmatch(value, -1) {
		if !SecretName.MatchString(m[1]) {
			wrong(name, at, phrase.Say("{{.Value}} is not the name of a secret: letters, digits, - and _, at most 64", "Value", strconv.Quote(m[1])))
		}
	}
}

// notHere says that a secret is no setting.
func notHere(outlet string) error {
	if outlet == "" {
		outlet = "NAME"
	}
	return phrase.Say("others can read the settings: store the secret by `linklog alerts secret {{.Name}}`, and write {{.Place}} here", "Name", outlet, "Place", "${"+outlet+"}")
}

// checkURL reports what is wrong with the address of a server.
func (o *Outlet) checkURL(kind *outletType, wrong report) {
	if o.URL == "" {
		return
	}
	if rest := secretPlace.ReplaceAllString(o.URL, ""); rest == "" {
		return // checked when it is used
	} else if kind.secretURL && rest == o.URL {
		wrong("url", -1, notHere(o.Name))
		return
	}
	if err := CheckURL(secretPlace.ReplaceAllString(o.URL, "secret"), o.Type, o.Token != ""); err != nil {
		wrong("url", -1, err)
	}
}

// CheckURL says what is wrong with the address of an outlet's server, with its secrets put
// in. With a token it must not go through the internet as it is.
func CheckURL(text, outlet string, token bool) error {
	kind := outletTypes[outlet]
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return phrase.Say("is not an address of a server, such as {{.Example}}", "Example", kind.schemes[0]+"://host.example")
	case !slices.Contains(kind.schemes, u.Scheme):
		return phrase.Say("must begin with {{.Schemes}}", "Schemes", strings.Join(kind.schemes, ":// or ")+"://")
	case u.User != nil:
		return phrase.Say("must not have a password: that goes into user and token")
	case u.Fragment != "":
		return phrase.Say("must not have a #")
	case outlet == "mqtt" && (strings.Trim(u.Path, "/") != "" || u.RawQuery != ""):
		return phrase.Say("is only a server and a port, such as {{.Example}}", "Example", kind.example)
	case u.Scheme == "mqtt" && token && !nearby(u.Hostname()):
		return phrase.Say("would send the secret unencrypted: use {{.Scheme}}", "Scheme", "mqtts")
	case u.Scheme == "http" && (token || kind.secretURL) && !nearby(u.Hostname()):
		return phrase.Say("would send the secret unencrypted: use https")
	case outlet == "ntfy" && strings.Trim(u.Path, "/") == "":
		return phrase.Say("needs the topic at its end, such as {{.Example}}", "Example", kind.example)
	case outlet == "mail" && strings.Trim(u.Path, "/") != "":
		return phrase.Say("is only a server and a port, such as {{.Example}}", "Example", kind.example)
	}
	return nil
}

// nearby reports whether a server is in the user's own network, as far as its name tells.
func nearby(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return true
	}
	return slices.ContainsFunc([]string{".local", ".lan", ".home.arpa", ".internal", ".localhost"}, func(end string) bool { return strings.HasSuffix(host, end) })
}

// checkMail reports what is wrong with addresses of mail.
func (o *Outlet) checkMail(wrong report) {
	check := func(name string, at int, text string) {
		if text == "" {
			return // told already
		}
		if _, err := mail.ParseAddress(text); err != nil {
			wrong(name, at, phrase.Say("{{.Value}} is not a mail address", "Value", strconv.Quote(text)))
		}
	}
	check("from", -1, o.From)
	for i, to := range o.To {
		check("to", i, to)
	}
	if (o.User == "") != (o.Token == "") {
		wrong("user", -1, phrase.Say("user and token come together"))
	}
}

// checkMQTT reports what is wrong with topics and versions, and gives what is usual.
func (o *Outlet) checkMQTT(wrong report) {
	o.Topic, o.Discovery = cmp.Or(o.Topic, "linklog"), cmp.Or(o.Discovery, UsualDiscovery)
	for name, topic := range map[string]string{"topic": o.Topic, "discovery": o.Discovery} {
		if len(topic) > 200 || !utf8.ValidString(topic) || strings.ContainsFunc(topic, unicode.IsControl) || strings.ContainsAny(topic, "+#") || strings.Trim(topic, "/") != topic || topic[0] == '$' {
			wrong(name, -1, phrase.Say("{{.Value}} is not the beginning of a topic, such as {{.Example}}: without + and #, at most 200 bytes", "Value", strconv.Quote(topic), "Example", "home/linklog"))
		}
	}
	if o.ClientID != "" && !SecretName.MatchString(o.ClientID) {
		wrong("client_id", -1, phrase.Say("{{.Value}} is not a valid name: letters, digits, - and _, at most 64", "Value", strconv.Quote(o.ClientID)))
	}
	if o.Version != "" && !slices.Contains(mqttVersions, o.Version) {
		wrong("version", -1, phrase.Say("must be one of {{.Names}}", "Names", strings.Join(mqttVersions, ", ")))
	}
	if o.User == "" && o.Token != "" {
		wrong("user", -1, phrase.Say("user and token come together"))
	}
}
