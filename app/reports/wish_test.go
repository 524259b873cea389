package reports

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-03-01 18:30": "2026-03-01 18:30", "1.3.2026 18:30": "2026-03-01 18:30", "2026-03-01": "2026-03-02 00:00", "01.03.2026": "2026-03-02 00:00",
		"": "", "yesterday": "", "2026-13-01": "", "2026-02-30": "",
	} {
		got, err := parseTime(text, true, now)
		if want == "" {
			if err == nil {
				t.Errorf("%q is %v", text, got)
			}
			continue
		}
		if err != nil || got.Format("2006-01-02 15:04") != want {
			t.Errorf("%q is %v, %v, want %s", text, got, err, want)
		}
	}
}
