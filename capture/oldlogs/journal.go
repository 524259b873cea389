package oldlogs

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// isJournal knows a line of "journalctl -o json" from those of LinkLog.
func isJournal(s string) bool { return strings.Contains(s, `"__REALTIME_TIMESTAMP"`) }

// journal reads a line of "journalctl -o json" (systemd.journal-fields(7)) as the line of a
// system log that it was.
func (p *parser) journal(s string) (ev capture.Event, skip bool, err error) {
	var fields struct {
		Time       string       `json:"__REALTIME_TIMESTAMP"` // microseconds since 1970
		Host       journalText  `json:"_HOSTNAME"`
		Identifier journalText  `json:"SYSLOG_IDENTIFIER"`
		Process    *journalText `json:"_PID"`
		Message    journalText  `json:"MESSAGE"`
	}
	if err := json.Unmarshal([]byte(s), &fields); err != nil {
		return ev, false, router.Malformed(notJSON(err))
	}
	const latest = 253402300799999999 // the last microsecond of 9999
	micro, err := strconv.ParseInt(fields.Time, 10, 64)
	if err != nil || micro <= 0 || micro > latest {
		return ev, false, router.Malformed(phrase.Say("not a time: {{.Text}}", "Text", router.Quoted(fields.Time)))
	}
	text := strings.Trim(string(fields.Message), syslog.Blanks)
	h := syslog.Parse(text)
	if name := string(fields.Identifier); name != "" {
		h = syslog.Header{Priority: -1, Program: name, Process: fields.Process != nil, Text: name + ": " + text, Message: text}
		if name == "kernel" { // whose time since its start may stand there
			h = syslog.Parse(h.Text)
		}
	}
	h.Host = string(fields.Host)
	found, err := p.reader.Line(&ev, &h)
	return p.hear(ev, h, time.UnixMicro(micro).UTC(), found, err)
}

// journalText is a value of the journal: a text, the bytes of what is no UTF-8, several
// values of which the first counts, or null of what was too long.
type journalText string

// UnmarshalJSON is json.Unmarshaler.
func (t *journalText) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	if several, ok := value.([]any); ok && len(several) > 0 {
		switch first := several[0].(type) {
		case float64:
			text := make([]byte, 0, len(several))
			for _, v := range several {
				n, ok := v.(float64)
				if !ok || n < 0 || n > 255 {
					return nil
				}
				text = append(text, byte(n))
			}
			value = string(text)
		default:
			value = first
		}
	}
	text, _ := value.(string)
	*t = journalText(text)
	return nil
}
