package oldlogs

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/format"
	"linklog/phrase"
)

// json reads a line that format.AppendJSON wrote.
func (p *parser) json(s string) (capture.Event, error) {
	ev, err := format.ParseJSON([]byte(s))
	if err != nil {
		return ev, router.Malformed(notJSON(err))
	}
	return ev, whole(&ev)
}

// notJSON says what is wrong with a line of JSON.
func notJSON(err error) phrase.Phrase {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return phrase.Say("not valid JSON")
	}
	return phrase.Say("{{.Text}}", "Text", capture.Clean(strings.TrimPrefix(err.Error(), "read event: ")))
}

// whole checks what ParseJSON leaves open because it may be fine elsewhere: a
// file may have been edited, or made to do harm.
func whole(ev *capture.Event) error {
	const grown = 3 // cleaning makes three bytes of one that is broken
	switch {
	case ev.Time.IsZero():
		return router.Malformed(phrase.Say("no time"))
	case len(ev.Text) > grown*capture.MaxText:
		return router.Malformed(phrase.Say("text of {{.Count}} bytes", "Count", len(ev.Text)))
	case len(ev.Src.Name) > grown*capture.MaxName || len(ev.Dst.Name) > grown*capture.MaxName || len(ev.RouterName) > grown*capture.MaxName:
		return router.Malformed(phrase.Say("name longer than names can be"))
	case ev.Kind != capture.Traffic:
		return nil
	case ev.Dir == 0:
		return router.Malformed(phrase.Say("no direction"))
	case !ev.Src.Addr.IsValid() && ev.Src.Name == "":
		return router.Malformed(phrase.Say("no source"))
	case !ev.Dst.Addr.IsValid() && ev.Dst.Name == "":
		return router.Malformed(phrase.Say("no destination"))
	}
	return nil
}

// row is a row of CSV in the form of ParseJSON, so that both have one reader.
// What is for people only, as the names of services, is not in it.
type row struct {
	Seq       uint64 `json:"seq,omitempty"`
	Time      string `json:"time"`
	Kind      string `json:"kind"`
	Router    string `json:"router"`
	Direction string `json:"direction"`
	Protocol  string `json:"protocol"`
	SrcIP     string `json:"src_ip"`
	SrcHost   string `json:"src_host"`
	SrcPort   uint64 `json:"src_port"`
	DstIP     string `json:"dst_ip"`
	DstHost   string `json:"dst_host"`
	DstPort   uint64 `json:"dst_port"`
	New       bool   `json:"new"`
	Text      string `json:"text"`
	Reason    string `json:"reason"`
	Raw       string `json:"raw"`
	Since     string `json:"since"`
	Lost      uint64 `json:"lost"`
	Verdict   string `json:"verdict"`

	SrcBytes   uint64 `json:"src_bytes"`
	SrcPackets uint64 `json:"src_packets"`
	DstBytes   uint64 `json:"dst_bytes"`
	DstPackets uint64 `json:"dst_packets"`

	RouterName string `json:"router_host"`
}

// usualColumns are the columns of a file without a header row.
func usualColumns() []string { return strings.Split(string(format.AppendCSVHeader(nil)), ",") }

// fewestColumns are those of the first LinkLog; later ones have others behind them.
const fewestColumns = 20

// csv reads a row that format.AppendCSV wrote (RFC 4180). A header row says which
// columns there are and in what order.
func (p *parser) csv(s string) (ev capture.Event, header bool, err error) {
	fields, err := splitCSV(s)
	if err != nil {
		return ev, false, err
	}
	if isCSVHeader(fields) {
		p.columns, p.header = fields, true
		return ev, true, nil
	}
	if n := len(fields); !p.header && n >= fewestColumns && n < len(p.columns) {
		p.columns = p.columns[:n] // of a LinkLog that had no others
	}
	if len(fields) != len(p.columns) {
		return ev, false, router.Malformed(phrase.Say("{{.Count}} fields instead of {{.Of}}", "Count", len(fields), "Of", len(p.columns)))
	}
	var r row
	for i, field := range fields {
		if err := r.set(p.columns[i], field); err != nil {
			return ev, false, err
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return ev, false, router.Malformed(phrase.Say("{{.Text}}", "Text", err))
	}
	ev, err = p.json(string(line))
	return ev, false, err
}

// isCSVHeader knows a header row, also one whose columns were moved.
func isCSVHeader(fields []string) bool {
	found := 0
	for _, f := range fields {
		if f == "time" || f == "kind" {
			found++
		}
	}
	return found == 2
}

// set takes one field. A text that a spreadsheet would have run has a ' in front.
func (r *row) set(column, field string) (err error) {
	switch column {
	case "seq":
		r.Seq, err = count(field)
	case "time":
		r.Time = field
	case "kind":
		r.Kind = field
	case "router":
		r.Router = field
	case "router_host":
		r.RouterName = strings.TrimPrefix(field, "'")
	case "direction":
		r.Direction = field
	case "protocol":
		r.Protocol = field
	case "src_ip":
		r.SrcIP = field
	case "src_host":
		r.SrcHost = strings.TrimPrefix(field, "'")
	case "src_port":
		r.SrcPort, err = count(field)
	case "dst_ip":
		r.DstIP = field
	case "dst_host":
		r.DstHost = strings.TrimPrefix(field, "'")
	case "dst_port":
		r.DstPort, err = count(field)
	case "new":
		r.New = strings.EqualFold(field, "true") // spreadsheets write TRUE
	case "text":
		r.Text = strings.TrimPrefix(field, "'")
	case "reason":
		r.Reason = field
	case "verdict":
		r.Verdict = field
	case "raw":
		r.Raw = strings.TrimPrefix(field, "'")
	case "since":
		r.Since = field
	case "lost":
		r.Lost, err = count(field)
	case "src_bytes":
		r.SrcBytes, err = count(field)
	case "src_packets":
		r.SrcPackets, err = count(field)
	case "dst_bytes":
		r.DstBytes, err = count(field)
	case "dst_packets":
		r.DstPackets, err = count(field)
	}
	return err
}

// count reads a number, 0 for "".
func count(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, router.Malformed(phrase.Say("not a number: {{.Text}}", "Text", router.Quoted(s)))
	}
	return n, nil
}

// splitCSV cuts a row into its fields.
func splitCSV(s string) (fields []string, err error) {
	const most = 64 // of which 20 are ours
	for more := true; more; {
		if len(fields) == most {
			return nil, router.Malformed(phrase.Say("more than {{.Count}} fields", "Count", most))
		}
		var field string
		if strings.HasPrefix(s, `"`) {
			if field, s, err = quotedField(s[1:]); err != nil {
				return nil, err
			}
			if more = s != ""; more && s[0] != ',' {
				return nil, router.Malformed(phrase.Say("text behind a quoted field"))
			}
			s = strings.TrimPrefix(s, ",")
		} else {
			field, s, more = strings.Cut(s, ",")
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// quotedField reads up to the quote that ends a field; two stand for one.
func quotedField(s string) (field, rest string, err error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `"`)
		if !found {
			return "", "", router.Malformed(phrase.Say("quoted field without an end"))
		}
		b.WriteString(before)
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, nil
		}
		b.WriteByte('"')
		s = after[1:]
	}
}
