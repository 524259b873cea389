package oldlogs

import (
	"strings"
	"testing"
)

// TestRecords reads what snmptrapd's log may hold between the traps.
func TestRecords(t *testing.T) {
	const (
		head  = "2003-01-16 23:29:58 192.168.1.1 [192.168.1.1] (via UDP: [192.168.1.1]:1025) TRAP, SNMP v1, community public\n"
		value = "\tenterprises.3955.1.1.0 = STRING: \"" + attempt + "\"\n"
	)
	want := strings.Replace(event, "2025-03-01T12:00:00.25Z", "2003-01-16T22:29:58Z", 1)
	for _, test := range []struct {
		name, log string
		want      []string
	}{
		{"one", head + value, []string{want}},
		{"blank lines", "\n" + head + "\n" + value + "\n\n", []string{want}},
		{"no line end", head + strings.TrimSuffix(value, "\n"), []string{want}},
		{"no end of the text", head + strings.TrimSuffix(value, "\"\n"), []string{want}},
		{"before the first", "strange\n\n" + head + value, []string{"foreign: line 1: no trap: strange", want}},
		{"two texts", head + "\tenterprises.3955.1.1.0 = STRING: \"hello\"" + value, []string{want}},
		{"cut hex", head + "\tx.3955 = Hex-STRING: 40 69 6E 2\n", []string{
			strings.Split(want, `"kind"`)[0] + `"kind":"other","router":"192.168.1.1","text":"@in","reason":"malformed traffic message"}`}},
		{"UCD hex", head + "\tx.3955 =  Hex: 68 65 79\n", []string{
			strings.Split(want, `"kind"`)[0] + `"kind":"system","router":"192.168.1.1","text":"hey"}`}},
		{"a long line within", head + strings.Repeat("x", 2*maxLine) + "\n" + value + head + value, []string{"line 1: longer than 65536 bytes", want}},
		{"many lines within", head + strings.Repeat("\tx = INTEGER: 1\n", maxLine/8) + value + head + value, []string{"line 1: longer than 65536 bytes", want}},
		{"a long line before", strings.Repeat("x", 2*maxLine) + "\n" + head + value, []string{"line 1: longer than 65536 bytes", want}},
		{"a long line at the beginning of one", strings.TrimSuffix(head, "\n") + strings.Repeat("x", 2*maxLine) + "\n" + value + head + value, []string{"line 1: longer than 65536 bytes", want}},
	} {
		o := options(t)
		o.Format = Snmptrapd
		got, _ := all(t, strings.NewReader(test.log), o)
		for i, s := range got {
			if at := strings.Index(s, "bytes: "); at > 0 {
				got[i] = s[:at+len("bytes")]
			}
		}
		if diff := firstDifference(strings.Join(got, "\n"), strings.Join(test.want, "\n")); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
