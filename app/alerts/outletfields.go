package alerts

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"linklog/service/settings"
)

// programType is a program in the form of outlets. In the settings it stands elsewhere.
const programType = settings.Program

// outletTypes are the types of outlets in the form: first the one that needs no account.
func outletTypes() []string {
	list := []string{"ntfy"}
	for _, name := range settings.OutletTypes() {
		if name != list[0] {
			list = append(list, name)
		}
	}
	return append(list, programType)
}

// typeName is what a type of outlets is called.
func typeName(kind string) string {
	switch kind {
	case "mail":
		return lang.L("Mail")
	case "mqtt":
		return "MQTT, Home Assistant"
	case "webhook":
		return "Webhook"
	case "ntfy":
		return "ntfy"
	case programType:
		return lang.L("Program")
	}
	return strings.ToUpper(kind[:1]) + kind[1:] // of a company
}

// aboutType says what to do elsewhere before alerts get there.
func aboutType(kind string) string {
	switch kind {
	case "ntfy":
		return lang.L("Install the app ntfy on the phone and subscribe to this topic there. Whoever knows it can read the alerts.")
	case "gotify":
		return lang.L("In Gotify, create an application and copy its token.")
	case "pushover":
		return lang.L("On pushover.net, create an application and copy its token; the user key is on the first page.")
	case "telegram":
		return lang.L("In Telegram, create a bot with @BotFather and copy its token, then write to the bot from the chat that gets the alerts.")
	case "discord":
		return lang.L("In Discord: Edit channel → Integrations → Webhooks → Copy webhook URL.")
	case "slack":
		return lang.L("In Slack, create an app with an incoming webhook for the channel and copy its URL.")
	case "mail":
		return lang.L("Through the mail server of your provider, with the data that a mail program needs, too.")
	case "mqtt":
		return lang.L("Home Assistant finds LinkLog by itself at its broker.")
	case "webhook":
		return lang.L("Each alert is sent to the server as JSON, or as the body says.")
	case programType:
		return lang.L("Runs for each alert: its full path, then its arguments, one per line.")
	}
	return ""
}

// fieldName is what a setting of a type of outlets is called.
func fieldName(kind, name string) string {
	switch kind + "." + name {
	case "ntfy.url":
		return lang.L("Topic")
	case "discord.url", "slack.url", "webhook.url":
		return lang.L("Address")
	case "mqtt.url":
		return lang.L("Broker")
	case "pushover.user":
		return lang.L("User key")
	case "mail.token", "mqtt.token":
		return lang.L("Password")
	case "telegram.to":
		return lang.L("Chat")
	}
	switch name {
	case "name":
		return lang.L("Name")
	case "url":
		return lang.L("Server")
	case "user":
		return lang.L("User")
	case "token":
		return lang.L("Token")
	case "from":
		return lang.L("From")
	case "to":
		return lang.L("To")
	case "priority":
		return lang.L("Priority")
	case "headers":
		return lang.L("Headers")
	case "body":
		return lang.L("Body")
	case "topic":
		return lang.L("First part of topics")
	case "discovery":
		return lang.L("Discovery")
	case "client_id":
		return lang.L("Client ID")
	case "version":
		return lang.L("Version")
	case "digest":
		return lang.L("Daily summary at")
	case "digest_only":
		return lang.L("Only the summary, no single alerts")
	case "digest_always":
		return lang.L("A summary also when nothing happened")
	case "per_hour":
		return lang.L("Messages per hour")
	case "ca":
		return lang.L("Certificates")
	}
	return name
}

// fieldHint says what may stand in a field, while nothing does.
func fieldHint(kind string, f *settings.OutletField) string {
	switch kind + "." + f.Name {
	case "telegram.to":
		return "-1001234"
	case "mqtt.user", "mail.user":
		return lang.L("none")
	case "webhook.token":
		return lang.L("password, or a Bearer token")
	}
	switch f.Name {
	case "url":
		if usual := settings.UsualURL(kind); usual != "" {
			return usual
		}
		return settings.URLExample(kind)
	case "from":
		return "linklog@mail.example"
	case "to":
		return lang.L("me@mail.example, one address per line")
	case "headers":
		return lang.L("X-Key: ${key}, one per line")
	case "body":
		return `{"message": "%{title}: %{text}"}`
	case "topic":
		return "linklog"
	case "discovery":
		return settings.UsualDiscovery
	case "client_id":
		return lang.L("made by LinkLog")
	case "priority":
		return lang.L("{{.Least}} to {{.Most}}", map[string]any{"Least": f.Low, "Most": f.High})
	case "digest":
		return lang.L("07:00; empty: never")
	case "per_hour":
		return strconv.Itoa(settings.DefaultPerHour)
	case "ca":
		return lang.L("a file (PEM) besides the system's, by its full path")
	}
	return ""
}
