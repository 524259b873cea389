package deliver

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"linklog/service/alerts"
)

// docs/alerts.md tells of all variables that a program gets, and of no others.
func TestVariablesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range regexp.MustCompile("`(LINKLOG_ALERT_[A-Z_]+)`").FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
	}
	for _, v := range environment(alerts.Alert{}) {
		name, _, _ := strings.Cut(v, "=")
		want = append(want, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("documented: %v\nthere are:  %v", got, want)
	}
}
