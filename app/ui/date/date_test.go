package date

import (
	"strings"
	"testing"
	"time"

	"linklog/app/ui/uitest"
)

func TestTexts(t *testing.T) { uitest.Texts(t, "date", "*.go") }

func TestRead(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 29, 16, 30, 0, 0, berlin) // a Sunday
	for text, want := range map[string][2]string{
		"2026-11-20": {"2026-11-20 00:00", "2026-11-21 00:00"}, "20.11.2026": {"2026-11-20 00:00", "2026-11-21 00:00"}, "20.11.": {"2026-11-20 00:00", "2026-11-21 00:00"},
		"20.11.26": {"2026-11-20 00:00", "2026-11-21 00:00"}, " 20. November ": {"2026-11-20 00:00", "2026-11-21 00:00"}, "20 Nov": {"2026-11-20 00:00", "2026-11-21 00:00"},
		"Nov 20, 2025": {"2025-11-20 00:00", "2025-11-21 00:00"}, "24. Dez": {"2025-12-24 00:00", "2025-12-25 00:00"}, "3. März 2026": {"2026-03-03 00:00", "2026-03-04 00:00"},
		"20.11.2026 18:30": {"2026-11-20 18:30", "2026-11-20 18:30"}, "20. Nov. um 18:30 Uhr": {"2026-11-20 18:30", "2026-11-20 18:30"}, "2026-11-20T18:30": {"2026-11-20 18:30", "2026-11-20 18:30"},
		"gestern": {"2026-11-28 00:00", "2026-11-29 00:00"}, "Gestern 20:15": {"2026-11-28 20:15", "2026-11-28 20:15"}, "yesterday": {"2026-11-28 00:00", "2026-11-29 00:00"}, "Montag": {"2026-11-23 00:00", "2026-11-24 00:00"},
		"2026-11": {"2026-11-01 00:00", "2026-12-01 00:00"}, "November 2025": {"2025-11-01 00:00", "2025-12-01 00:00"}, "2025": {"2025-01-01 00:00", "2026-01-01 00:00"},
		"25.10.2026": {"2026-10-25 00:00", "2026-10-26 00:00"}, "29.2.2024": {"2024-02-29 00:00", "2024-03-01 00:00"},
	} {
		from, to, ok := Read(text, now)
		if !ok || from.Format("2006-01-02 15:04") != want[0] || to.Format("2006-01-02 15:04") != want[1] {
			t.Errorf("%q: %v to %v, %v", text, from, to, ok)
		}
	}
	// The day on which clocks are put back.
	if from, to, _ := Read("25. Oktober", now); to.Sub(from) != 25*time.Hour {
		t.Errorf("%v to %v", from, to)
	}
	for _, text := range []string{"", " ", "soon", "31.2.2026", "0.11.", "32.11.", "1.13.", "20.11.2026 25:00", "20 Nov Dez", "gestern 3", "1.2.3.4", "Nov", "-1.11.", "99999999999999999999.1.", strings.Repeat("1 ", 400), "\xff.\xfe."} {
		if from, to, ok := Read(text, now); ok {
			t.Errorf("%q: %v to %v", text, from, to)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("20. Nov. 2026 18:30")
	f.Add("gestern 1:2:3")
	now := time.Date(2026, 11, 29, 16, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if from, to, ok := Read(text, now); ok && (from.IsZero() || to.Before(from)) {
			t.Errorf("%q: %v to %v", text, from, to)
		}
	})
}
