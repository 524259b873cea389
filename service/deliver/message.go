package deliver

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/api"
)

// Message is what an outlet says: one alert, or several that waited for it.
type Message struct {
	Title  string
	Text   string // lines, cleaned
	Alerts []alerts.Alert
}

// firstFew alerts of several are in the text of a message.
const firstFew = 5

// about makes the message of alerts, of which there is at least one, in a language.
func about(list []alerts.Alert, words phrase.Words) *Message {
	m := &Message{Title: title(&list[0], words), Alerts: list}
	if len(list) > 1 {
		m.Title = words.L("LinkLog: {{.Count}} alerts", "Count", len(list))
	}
	var lines []string
	for i := range list {
		if i == firstFew {
			lines = append(lines, words.L("and {{.Count}} more", "Count", len(list)-i))
			break
		}
		line := capture.Clean(list[i].In(words))
		if first, size := utf8.DecodeRuneInString(line); size > 0 {
			line = string(unicode.ToUpper(first)) + line[size:]
		}
		lines = append(lines, line)
	}
	if len(list) == 1 && list[0].Kind == alerts.Daily {
		lines = lines[:0]
		for line := range strings.Lines(list[0].Message) {
			lines = append(lines, capture.Clean(strings.TrimRight(line, "\n")))
		}
	}
	m.Text = strings.Join(lines, "\n")
	return m
}

func title(a *alerts.Alert, words phrase.Words) string {
	switch a.Kind {
	case alerts.NewHost:
		return words.L("LinkLog: new host")
	case alerts.WANChange:
		return words.L("LinkLog: new public IP address")
	case alerts.Rule, alerts.RuleMany, alerts.RuleNothing:
		return "LinkLog: " + capture.Clean(a.Rule)
	case alerts.NewDevice:
		return words.L("LinkLog: new device")
	case alerts.PortScan:
		return words.L("LinkLog: port scan")
	case alerts.Listed:
		return words.L("LinkLog: listed host")
	case alerts.RouterSilent:
		return words.L("LinkLog: a router is silent")
	case alerts.Trouble:
		return words.L("LinkLog has a problem")
	case alerts.Daily:
		return words.L("LinkLog: summary of the day")
	}
	return words.L("LinkLog: {{.Count}} new hosts", "Count", a.Count)
}

// TestMessage is what is sent to see whether messages arrive.
func TestMessage(computer string, words phrase.Words) *Message {
	return &Message{Title: words.L("LinkLog: test"), Text: words.L("Alerts of LinkLog on {{.Computer}} arrive here.", "Computer", capture.Clean(computer))}
}

// inJSON is a message as programs read it.
func (m *Message) inJSON() ([]byte, error) {
	out := struct {
		Title  string      `json:"title"`
		Text   string      `json:"text"`
		Test   bool        `json:"test,omitempty"`
		Alerts []api.Alert `json:"alerts"`
	}{m.Title, m.Text, len(m.Alerts) == 0, make([]api.Alert, len(m.Alerts))}
	for i := range m.Alerts {
		out.Alerts[i] = m.Alerts[i].API()
	}
	return json.Marshal(&out)
}
