package capture

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"linklog/phrase"
)

// GapCode says why something is missing. The Text of a Gap keeps it, with values, in a
// form that does not depend on words: "gap:events-lost First=12 Last=40". Earlier LinkLogs
// kept the English sentence.
type GapCode string

const (
	GapOff          GapCode = "off"           // the service was not running
	GapNoPort       GapCode = "no-port"       // the port could not be had
	GapPortTaken    GapCode = "port-taken"    // another program had it
	GapAddress      GapCode = "address"       // the address that is listened on was not there
	GapOverflow     GapCode = "overflow"      // the system dropped datagrams
	GapRate         GapCode = "rate"          // a source sent too many
	GapTurnedAway   GapCode = "turned-away"   // connections by TCP were closed: too many were open
	GapUnwritten    GapCode = "unwritten"     // the spool could not be written
	GapSpoolDamaged GapCode = "spool-damaged" // a part of it cannot be read
	GapSpoolCut     GapCode = "spool-cut"     // its end cannot be read
	GapSpoolLost    GapCode = "spool-lost"    // all of it is damaged or missing
	GapSpoolMissing GapCode = "spool-missing" // it is not there any more
	GapSpoolGone    GapCode = "spool-gone"    // it was removed before it was stored
	GapEventsLost   GapCode = "events-lost"   // a file of the history is damaged or missing
	GapClock        GapCode = "clock"         // events have times of a clock that was ahead
	GapClockOne     GapCode = "clock-one"     // an event has
	GapFlows        GapCode = "flows"         // flows did not arrive
	GapFlowReports  GapCode = "flow-reports"  // datagrams of flows did not arrive
	GapFlowTemplate GapCode = "flow-template" // what flows are made of was not told in time
	GapUnknown      GapCode = "unknown"       // it cannot be read what was missing
)

var gapTexts = map[GapCode]string{
	GapOff:          "the service was not running",
	GapNoPort:       "the port could not be had: another program had it, or its address was not there",
	GapPortTaken:    "UDP port {{.Port}} was taken by {{.By}}",
	GapAddress:      "this computer did not have the address that is listened on ({{.Address}})",
	GapOverflow:     "they came faster than the system could hold them",
	GapRate:         "a source sent more than its rate allows",
	GapTurnedAway:   "too many TCP connections were open; turned away: {{.Count}}",
	GapUnwritten:    "the spool could not be written",
	GapSpoolDamaged: "a part of the spool is damaged",
	GapSpoolCut:     "the end of the spool was damaged, as by a loss of power: some of what was received last may be lost",
	GapSpoolLost:    "the spool was damaged or is missing, and with it what was received as {{.From}} and later, if it was not stored yet",
	GapSpoolMissing: "the spool is missing, and with it what was received as {{.From}} and later, if it was not stored yet",
	GapSpoolGone:    "the spool no longer had what was received as {{.First}} to {{.Last}}",
	GapEventsLost:   "events {{.First}} to {{.Last}} are lost: a file of the history was damaged or is missing",
	GapClock:        "this computer's clock was {{.Days}} days ahead: the times of events {{.First}} to {{.Last}} are wrong",
	GapClockOne:     "this computer's clock was {{.Days}} days ahead: the time of event {{.First}} is wrong",
	GapFlows:        "flows that {{.Router}} reported did not arrive",
	GapFlowReports:  "messages in which {{.Router}} reported flows did not arrive",
	GapFlowTemplate: "a router reported flows, but not in time the template that says how to read them",
	GapUnknown:      "something was lost",
}

// GapTexts are the sentences of gaps.
func GapTexts() []string { return slices.Sorted(maps.Values(gapTexts)) }

const gapPrefix = "gap:"

// GapText is what the Text of a Gap keeps of a code, and of names with their values.
func GapText(code GapCode, values ...any) string {
	return MakeGapText(code, phrase.Say("", values...).Values)
}

// MakeGapText is GapText with the values by name: texts, int, uint16 or uint64.
func MakeGapText(code GapCode, values map[string]any) string {
	b := append([]byte(gapPrefix), code...)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		b = append(append(append(b, ' '), name...), '=')
		switch v := values[name].(type) {
		case string:
			b = strconv.AppendQuote(b, Clean(v))
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case uint16:
			b = strconv.AppendUint(b, uint64(v), 10)
		case uint64:
			b = strconv.AppendUint(b, v, 10)
		}
	}
	return string(b)
}

// ReadGap reads the Text of a Gap. Its values are texts and uint64. known is false for
// what no LinkLog that we know has kept, which is for people to read as it is.
func ReadGap(text string) (code GapCode, values map[string]any, known bool) {
	rest, coded := strings.CutPrefix(text, gapPrefix)
	if !coded {
		return oldGap(text)
	}
	word, rest, more := strings.Cut(rest, " ")
	code = GapCode(word)
	format, known := gapTexts[code]
	for known && more {
		var name, value string
		if name, rest, known = strings.Cut(rest, "="); !known {
			break
		}
		if values == nil {
			values = make(map[string]any)
		}
		if value, rest, known = cutGapValue(rest); !known || !strings.Contains(format, "{{."+name+"}}") {
			return "", nil, false
		}
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			values[name] = n
		} else if values[name], err = strconv.Unquote(value); err != nil {
			return "", nil, false
		}
		rest, more = strings.CutPrefix(rest, " ")
	}
	// Each in one form only, with all its values and no others.
	if !known || len(values) != strings.Count(format, "{{.") || MakeGapText(code, values) != text {
		return "", nil, false
	}
	return code, values, true
}

// cutGapValue cuts a value off the front.
func cutGapValue(s string) (value, rest string, ok bool) {
	if quoted, err := strconv.QuotedPrefix(s); err == nil {
		return quoted, s[len(quoted):], true
	}
	value, _, _ = strings.Cut(s, " ")
	return value, s[len(value):], value != ""
}

// oldGap finds the code of a sentence as earlier LinkLogs kept it.
func oldGap(text string) (code GapCode, values map[string]any, known bool) {
	text = strings.Replace(text, "this machine", "this computer", 1)
	for code, format := range gapTexts {
		if values, fits := gapValues(format, text); fits {
			return code, values, true
		}
	}
	return "", nil, false
}

// gapValues finds the values in a sentence that was made of a format.
func gapValues(format, text string) (values map[string]any, fits bool) {
	before, format, more := strings.Cut(format, "{{.")
	text, fits = strings.CutPrefix(text, before)
	for fits && more {
		var name, value string
		name, format, _ = strings.Cut(format, "}}")
		before, format, more = strings.Cut(format, "{{.")
		if value, text, fits = strings.Cut(text, before); before == "" {
			value, text, fits = text, "", true
		}
		if values == nil {
			values = make(map[string]any)
		}
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			values[name] = n
		} else {
			values[name] = value
		}
	}
	return values, fits && text == ""
}

// Wording is the Text of a Gap as a sentence, with the English one as its key; of what
// is not known it is the text itself.
func Wording(text string) phrase.Phrase {
	if code, values, known := ReadGap(text); known {
		return phrase.Phrase{Format: gapTexts[code], Values: values}
	}
	return phrase.Say("{{.Text}}", "Text", text)
}

// InWords is a message as people search it: a text that is kept as a code is its English
// sentence, every other one is as it is.
func InWords(text string) string {
	if !strings.HasPrefix(text, gapPrefix) {
		return text
	}
	return Wording(text).String()
}

// Message is Text as people read it, in English.
func (ev *Event) Message() string {
	if ev.Kind != Gap {
		return ev.Text
	}
	return InWords(ev.Text)
}
