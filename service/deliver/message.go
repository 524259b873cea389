package deliver

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"linklog/capture"
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

// about makes the message of alerts, of which there is at least one.
func about(list []alerts.Alert) *Message {
	m := &Message{Title: title(&list[0]), Alerts: list}
	if len(list) > 1 {
		m.Title = fmt.Sprintf("LinkLog: %d alerts", len(list))
	}
	var lines []string
	for i := range list {
		if i == firstFew {
			lines = append(lines, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		line := capture.Clean(list[i].String())
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

func title(a *alerts.Alert) string {
	switch a.Kind {
	case alerts.NewHost:
		return "LinkLog: new host"
	case alerts.WANChange:
		return "LinkLog: new public IP address"
	case alerts.Rule, alerts.RuleMany, alerts.RuleNothing:
		return "LinkLog: " + capture.Clean(a.Rule)
	case alerts.NewDevice:
		return "LinkLog: new device"
	case alerts.PortScan:
		return "LinkLog: port scan"
	case alerts.Listed:
		return "LinkLog: listed host"
	case alerts.RouterSilent:
		return "LinkLog: a router is silent"
	case alerts.Trouble:
		return "LinkLog has a problem"
	case alerts.Daily:
		return "LinkLog: summary of the day"
	}
	return fmt.Sprintf("LinkLog: %d new hosts", a.Count)
}

// TestMessage is what is sent to see whether messages arrive.
func TestMessage(computer string) *Message {
	return &Message{Title: "LinkLog: test", Text: "Alerts of LinkLog on " + capture.Clean(computer) + " arrive here."}
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
