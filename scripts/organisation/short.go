// Package organisation shortens the names of organisations that registries have, for the
// tables that are built in.
package organisation

import (
	"regexp"
	"strings"

	"linklog/capture"
)

// form is what companies call their legal form at the end of their names.
var form = regexp.MustCompile(`(?i)[ ,.;(]+(inc|incorporated|corp|corporate|corporation|company|co|ltd|limited|llc|l\.l\.c|lp|plc|pty|pte|pvt|gmbh|ag|kg|mbh|se|oy|oyj|ab|as|a/s|aps|asa|nv|n\.v|bv|b\.v|sa|s\.a|sas|s\.a\.s|sarl|srl|s\.r\.l|spa|s\.p\.a|s\.l|sl|slu|s\.l\.u|sp\. ?z ?o\. ?o|s\.r\.o|a\.s|d\.o\.o|ltda|kk|k\.k|co-op|sdn|bhd|intl|international|& co|and co)[.,;) ]*$`)

// Short gives a name without its legal form, and not in capitals.
func Short(name string) string {
	name = strings.Map(func(r rune) rune {
		if !capture.Printable(r) && r != '\t' {
			return -1
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	for {
		shorter := strings.TrimRight(form.ReplaceAllString(name, ""), " ,.;&(")
		if shorter == name || len(shorter) < 2 {
			break
		}
		name = shorter
	}
	words := strings.Split(name, " ")
	for i, w := range words {
		parts := strings.Split(w, "-")
		for j, p := range parts {
			// IBM and ZTE stay as they are.
			if len(p) > 3 && p == strings.ToUpper(p) && strings.Trim(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
				parts[j] = p[:1] + strings.ToLower(p[1:])
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}
