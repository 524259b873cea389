package format

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"linklog/capture"
)

func TestCSV(t *testing.T) {
	for _, test := range []struct {
		name string
		ev   capture.Event
		o    Options
		want string
	}{
		{"in", inbound(), Options{}, "7,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,in,TCP,203.0.113.4,,51234,,192.168.1.10,,80,http,,,,,,,,"},
		{"out, new", outbound(), Options{}, "8,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,out,UDP,192.168.1.10,,53001,,8.8.8.8,dns.google,53,domain,true,,,,,,,"},
		{"names and services off", outbound(), Options{NoNamesDest: true, PortNumbers: true},
			"8,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,out,UDP,192.168.1.10,,53001,,8.8.8.8,,53,,true,,,,,,,"},
		{"old form", oldNamed(), Options{}, ",2026-11-23T01:48:23.456Z,traffic,192.168.1.1,out,,192.168.1.61,,32949,,,slashdot.org,80,http,,,,,,,,"},
		{"WAN", wan(), Options{}, "9,2026-11-23T01:48:23.456Z,wan,192.168.1.1,,,,,,,203.0.113.7,,,,,WAN IP = 203.0.113.7,,,,,,"},
		{"other", other(), Options{}, `,2026-11-23T01:48:23.456Z,other,"fe80::1%eth0",,,,,,,,,,,,"'@in TCP from",malformed traffic message,MIIABGFiY/8=,,,,`},
		{"reason with a comma", capture.Event{Kind: capture.Rejected, Reason: capture.WrongPDU}, Options{}, `,,rejected,,,,,,,,,,,,,,"SNMP, but not a trap",,,,,`},
		{"gap", capture.Event{Kind: capture.Gap, Text: "buffer full", Since: when, Lost: 12}, Options{}, ",,gap,,,,,,,,,,,,,buffer full,,,2026-11-23T01:48:23.456Z,12,,"},
		{"blocked", func() capture.Event { e := inbound(); e.Verdict = capture.Blocked; return e }(), Options{}, "7,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,in,TCP,203.0.113.4,,51234,,192.168.1.10,,80,http,,,,,,,blocked,"},
		{"imported", func() capture.Event { e := inbound(); e.Import = 3; return e }(), Options{}, "7,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,in,TCP,203.0.113.4,,51234,,192.168.1.10,,80,http,,,,,,,,3"},
		{"volume", measured(), Options{}, "7,2026-11-23T01:48:23.456Z,traffic,192.168.1.1,in,TCP,203.0.113.4,,51234,,192.168.1.10,,80,http,,,,,,,,,,,,,1500,3,,18446744073709551615"},
		{"nothing", capture.Event{}, Options{}, ",,,,,,,,,,,,,,,,,,,,,"},
	} {
		test.o.Services = table(t)
		want := test.want
		if test.name != "volume" {
			want += ",,,,,,,," // without Origins and volumes
		}
		want += "," // without the router's name
		if got := string(AppendCSV(nil, &test.ev, &test.o)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, want)
		}
	}
}

func TestCSVText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"plain text", "plain text"},
		{"a,b", `"a,b"`},
		{`say "hi"`, `"say ""hi"""`},
		{"a\r\nb", `"a��b"`},
		{"=1+1", `"'=1+1"`},
		{"+1", `"'+1"`},
		{"-1", `"'-1"`},
		{"@SUM(1)", `"'@SUM(1)"`},
		{"  =1", `"'  =1"`},
		{"＝1", `"'＝1"`},
		{"'tis", `"''tis"`},
		{"\t=1", `"�=1"`},
		{"\r=1", `"�=1"`},
		{"1-1=0", "1-1=0"},
		{" x", `" x"`},
		{"x ", `"x "`},
		{"ü", `"ü"`},
		{" ", `" "`},
	} {
		if got := string(appendCSVText(nil, test.text)); got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
	}
}

// No cell of a table is a formula for a spreadsheet.
func TestWriteCSV(t *testing.T) {
	var out strings.Builder
	err := WriteCSV(&out, []string{"name", "count"}, [][]string{{"=1+1", "-1"}, {`a "b", c`, " @x"}}, func(row *[]string) []string { return *row })
	if want := "name,count\n'=1+1,'-1\n\"a \"\"b\"\", c\",' @x\n"; err != nil || out.String() != want {
		t.Errorf("%q, want %q; %v", out.String(), want, err)
	}
}

func TestCSVRawPlus(t *testing.T) {
	if got := string(appendCSVRaw(nil, "\xf8\x00\x00")); got != "'+AAA" {
		t.Errorf("got %s", got)
	}
}

// The header names the members of the JSON form in their order.
func TestCSVHeader(t *testing.T) {
	full := other()
	full.Kind, full.Seq, full.Dir, full.Proto, full.New = capture.Traffic, 1, capture.In, capture.TCP, true
	full.Since, full.Lost, full.Verdict = when, 1, capture.Allowed
	full.Src = capture.Endpoint{Addr: addr("192.0.2.1"), Name: "a", Port: 80}
	full.Dst = capture.Endpoint{Addr: addr("192.0.2.2"), Name: "b", Port: 80}
	line := AppendJSON(nil, &full, &Options{Services: table(t)})
	var keys []string
	dec := json.NewDecoder(strings.NewReader(string(line)))
	for isKey := false; ; isKey = !isKey {
		tok, err := dec.Token()
		if err != nil || tok == json.Delim('}') {
			break
		}
		if isKey {
			keys = append(keys, tok.(string))
		}
	}
	keys = append(keys, "import", "src_owner", "src_country", "dst_owner", "dst_country", "src_bytes", "src_packets", "dst_bytes", "dst_packets", "router_host") // which not all have
	if got := string(AppendCSVHeader(nil)); got != strings.Join(keys, ",") {
		t.Errorf("got %s\nwant %s", got, strings.Join(keys, ","))
	}
}

func TestCSVHostile(t *testing.T) {
	for _, text := range nasty {
		ev := hostile(text)
		row := AppendCSV(nil, &ev, nil)
		checkPrintable(t, row)
		got := readRow(t, row)
		for _, column := range []string{"src_host", "text", "raw", "router_host"} {
			field := got[slices.Index(strings.Split(csvHeader, ","), column)]
			if trimmed := strings.TrimLeft(field, " "); trimmed != "" && strings.ContainsRune("=+-@", rune(trimmed[0])) {
				t.Errorf("%s %q is a formula", column, field)
			}
		}
	}
}

func readRow(t testing.TB, row []byte) []string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(string(AppendCSVHeader(nil)) + "\n" + string(row) + "\n"))
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%s: %d rows, %v", row, len(rows), err)
	}
	return rows[1]
}
