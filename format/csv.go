package format

import (
	"encoding/base64"
	"encoding/csv"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"linklog/capture"
)

// csvHeader are the columns: the members of AppendJSON in their order. New ones come last,
// so that the others keep their places.
const csvHeader = "seq,time,kind,router,direction,protocol,src_ip,src_host,src_port,src_service," +
	"dst_ip,dst_host,dst_port,dst_service,new,text,reason,raw,since,lost,verdict,import,src_owner,src_country,dst_owner,dst_country,src_bytes,src_packets,dst_bytes,dst_packets,router_host"

// AppendCSVHeader appends the row with the names of the columns, without a line
// end. They are the names of the members that AppendJSON writes.
func AppendCSVHeader(dst []byte) []byte { return append(dst, csvHeader...) }

// AppendCSV appends an event as one row of CSV (RFC 4180), without a line end:
// end it with "\n", as tools on unix want it; spreadsheets take it as well. What
// the event does not have is an empty field. Fields with a comma or a quote are
// quoted; there are no line ends in fields, as no control character stays.
//
// A spreadsheet takes a field that begins with =, +, - or @ for a formula and
// runs it, and every router message begins with @. Therefore a text that begins
// so, also after spaces, gets a ' in front, and so does one that begins with ':
// taking one ' away from the front of a text gives back what it was. o may be
// nil; its Location does not matter.
func AppendCSV(dst []byte, ev *capture.Event, o *Options) []byte {
	if o == nil {
		o = new(Options)
	}
	if ev.Seq != 0 {
		dst = strconv.AppendUint(dst, ev.Seq, 10)
	}
	dst = append(dst, ',')
	if hasTime(ev.Time) {
		dst = appendTime(dst, ev.Time)
	}
	dst = append(dst, ',')
	dst = append(dst, ev.Kind.String()...)
	dst = append(dst, ',')
	dst = appendCSVAddr(dst, ev.Router)
	dst = append(dst, ',')
	dst = append(dst, ev.Dir.String()...)
	dst = append(dst, ',')
	dst = append(dst, ev.Proto.String()...)
	dst = append(dst, ',')
	dst = appendCSVEnd(dst, ev, &ev.Src, o, o.NoNamesSource)
	dst = append(dst, ',')
	dst = appendCSVEnd(dst, ev, &ev.Dst, o, o.NoNamesDest)
	dst = append(dst, ',')
	if ev.New {
		dst = append(dst, "true"...)
	}
	dst = append(dst, ',')
	dst = appendCSVText(dst, ev.Message())
	dst = append(dst, ',')
	dst = appendCSVText(dst, ev.Reason.String()) // ours, but with commas
	dst = append(dst, ',')
	dst = appendCSVRaw(dst, ev.Raw)
	dst = append(dst, ',')
	if hasTime(ev.Since) {
		dst = appendTime(dst, ev.Since)
	}
	dst = append(dst, ',')
	if ev.Lost != 0 {
		dst = strconv.AppendUint(dst, ev.Lost, 10)
	}
	dst = append(dst, ',')
	dst = append(dst, ev.Verdict.String()...)
	dst = append(dst, ',')
	if ev.Import != 0 {
		dst = strconv.AppendInt(dst, int64(max(ev.Import, 0)), 10)
	}
	for _, a := range [...]netip.Addr{ev.Src.Addr, ev.Dst.Addr} {
		of := o.origin(a)
		dst = append(dst, ',')
		dst = appendCSVText(dst, of.Owner)
		dst = append(dst, ',')
		dst = append(dst, of.Country...)
	}
	for _, n := range [...]uint64{ev.Src.Sent.Bytes, ev.Src.Sent.Packets, ev.Dst.Sent.Bytes, ev.Dst.Sent.Packets} {
		if dst = append(dst, ','); n != 0 {
			dst = strconv.AppendUint(dst, n, 10)
		}
	}
	dst = append(dst, ',')
	return appendCSVText(dst, ev.RouterName)
}

// appendCSVEnd appends address, name, port and service of one end.
func appendCSVEnd(dst []byte, ev *capture.Event, e *capture.Endpoint, o *Options, hideName bool) []byte {
	dst = appendCSVAddr(dst, e.Addr)
	dst = append(dst, ',')
	dst = appendCSVText(dst, name(e, hideName))
	dst = append(dst, ',')
	if ev.Kind == capture.Traffic || e.Port != 0 {
		dst = strconv.AppendUint(dst, uint64(e.Port), 10)
	}
	dst = append(dst, ',')
	if ev.Kind == capture.Traffic {
		dst = append(dst, o.service(ev, e)...)
	}
	return dst
}

func appendCSVAddr(dst []byte, a netip.Addr) []byte {
	switch {
	case !a.IsValid():
		return dst
	case a.Zone() == "":
		return appendUnzoned(dst, a)
	}
	dst = append(dst, '"')
	dst = append(appendUnzoned(dst, a), '%')
	dst = appendQuoted(dst, a.Zone())
	return append(dst, '"')
}

// appendCSVText appends a text from the network.
func appendCSVText(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	formula := startsFormula(s)
	if !formula && plain(s) && !strings.ContainsAny(s, `",`) && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	if formula {
		dst = append(dst, '\'')
	}
	dst = appendQuoted(dst, s)
	return append(dst, '"')
}

// WriteCSV writes a header and, of each row, its cells, none of which a spreadsheet takes for a
// formula.
func WriteCSV[T any](w io.Writer, header []string, rows []T, cells func(*T) []string) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range rows {
		line := cells(&rows[i])
		for i, cell := range line {
			if startsFormula(cell) {
				line[i] = "'" + cell
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// startsFormula reports whether a text needs a ' in front, so that no spreadsheet takes it for a
// formula. The wide forms are taken for their plain ones by spreadsheets set to East Asian
// languages (OWASP, "CSV Injection"). Tab and line ends, which OWASP has too, are not in the texts
// of events.
func startsFormula(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	switch r {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠':
		return true
	}
	return strings.HasPrefix(s, "'")
}

// appendQuoted appends a text as it stands between quotes, cleaned.
func appendQuoted(dst []byte, s string) []byte {
	for _, r := range s { // a broken byte is U+FFFD here
		if !capture.Printable(r) {
			r = utf8.RuneError
		}
		if r == '"' {
			dst = append(dst, '"')
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendCSVRaw appends a datagram in base64, which may begin with a plus sign.
func appendCSVRaw(dst []byte, raw string) []byte {
	const plus = 62 // its value in base64
	if raw != "" && raw[0]>>2 == plus {
		dst = append(dst, '\'')
	}
	return base64.StdEncoding.AppendEncode(dst, []byte(raw))
}
