package alerts

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"linklog/service/book"
	"linklog/service/settings"
)

// dailyAt is a time of the day in a test.
func dailyAt(t *testing.T, text string) (d settings.DayTime) {
	t.Helper()
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// summaries are the summaries that an outlet got, as when each was made.
func (b *bench) summaries(outlet string) (list []string) {
	b.t.Helper()
	for _, a := range b.alerts() {
		if a.Kind == Daily && slices.Equal(a.Outlets, []string{outlet}) {
			list = append(list, a.Time.Local().Format("2 15:04"))
		}
	}
	return list
}

// Each outlet has a summary each day at its time, once however often the service fails in between,
// and a late one if it did not run then.
func TestDays(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.clock.T = time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	mail, chat := dailyAt(t, "07:00"), dailyAt(t, "23:59")
	want := map[string]settings.DayTime{"mail": mail, "chat": chat}
	step := func() {
		for _, d := range b.Days(want) {
			b.Told(d, Summary{Count: 3, Lines: []string{"since " + d.Since.Local().Format("2 15:04")}})
			b.Told(d, Summary{Lines: []string{"once more"}})
		}
	}
	for i := range 4 * 24 * 6 { // four days, in steps of ten minutes
		step()
		switch {
		case i%48 == 18: // at seven, among others: what is not written yet is lost
			b.crash()
		case i%48 == 24: // at midnight
			b.reopen()
		}
		b.tick(10 * time.Minute)
	}
	if got := b.summaries("mail"); !slices.Equal(got, []string{"21 07:10", "22 07:10", "23 07:10", "24 07:10"}) {
		t.Errorf("mail: %q", got)
	}
	if got := b.summaries("chat"); len(got) != 4 || got[0] != "21 00:00" {
		t.Errorf("chat: %q", got)
	}

	// It did not run for two days and an hour: one that is late, of all that time.
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.clock.T = time.Date(2026, 11, 26, 8, 0, 0, 0, time.Local)
	b.open(b.path)
	step()
	step()
	if got := b.summaries("mail"); len(got) != 5 || got[4] != "26 08:00" {
		t.Errorf("late: %q", got)
	}
	list := b.alerts()
	if last := list[len(list)-1]; last.Message != "since 24 07:10" || last.Count != 3 || last.Since.Local().Day() != 24 {
		t.Errorf("%+v", last)
	}

	// The clock is set back behind the time: it is not told once more.
	b.clock.T = time.Date(2026, 11, 26, 6, 50, 0, 0, time.Local)
	for range 12 {
		step()
		b.tick(10 * time.Minute)
	}
	if got := b.summaries("mail"); len(got) != 5 {
		t.Errorf("set back: %q", got)
	}

	// While alerts are muted it waits.
	if err := b.SetMute(time.Date(2026, 11, 27, 9, 5, 0, 0, time.Local)); err != nil {
		t.Fatal(err)
	}
	for b.clock.T.Before(time.Date(2026, 11, 27, 10, 0, 0, 0, time.Local)) {
		step()
		b.tick(10 * time.Minute)
	}
	if got := b.summaries("mail"); len(got) != 6 || got[5] != "27 09:10" {
		t.Errorf("muted: %q", got)
	}

	// One that is not wanted any more is forgotten; wanted again it begins anew.
	delete(want, "mail")
	step()
	b.clock.T = time.Date(2026, 11, 28, 8, 0, 0, 0, time.Local)
	b.reopen()
	want["mail"] = mail
	step()
	b.commit()
	b.crash()
	step()
	if got := b.summaries("mail"); len(got) != 6 {
		t.Errorf("begun anew: %q", got)
	}

	// A clock that was years ahead does not keep it from coming.
	b.clock.T = time.Date(2030, 1, 1, 12, 0, 0, 0, time.Local)
	step()
	b.clock.T = time.Date(2026, 11, 28, 8, 10, 0, 0, time.Local)
	step()
	b.clock.T = time.Date(2026, 11, 29, 7, 0, 0, 0, time.Local)
	step()
	if got := b.summaries("mail"); len(got) != 8 || got[7] != "29 07:00" {
		t.Errorf("after a wrong clock: %q", got)
	}
}

// A day on which nothing happened is done, too.
func TestQuietDay(t *testing.T) {
	b := newBench(t, book.Options{}, Options{})
	b.clock.T = time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	want := map[string]settings.DayTime{"mail": dailyAt(t, "12:00")}
	if due := b.Days(want); len(due) != 0 {
		t.Fatalf("%+v", due)
	}
	b.clock.Advance(24 * time.Hour)
	due := b.Days(want)
	if len(due) != 1 || !due[0].Until.Equal(b.clock.T) {
		t.Fatalf("%+v", due)
	}
	b.Told(due[0], Summary{})
	if due := b.Days(want); len(due) != 0 || len(b.alerts()) != 0 {
		t.Errorf("%+v, %+v", due, b.alerts())
	}
}

// Alerts of a day are put together by what they are about.
func TestSummarized(t *testing.T) {
	host := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, n}) }
	var list []Alert
	for i := range byte(3) {
		list = append(list, Alert{Kind: NewHost, Host: host(i), Name: fmt.Sprintf("h%d.example", i), Count: 1})
	}
	list = append(list,
		Alert{Kind: NewHosts, Count: 40, Hosts: []AlertHost{{host(1), "h1.example"}, {host(9), ""}}},
		Alert{Kind: Rule, Rule: "SSH", Count: 1, Host: host(7)}, Alert{Kind: Rule, Rule: "SSH", Count: 12, Hosts: []AlertHost{{host(7), ""}}},
		Alert{Kind: PortScan, Count: 1, Host: host(8)},
		Alert{Kind: WANChange, NewAddr: host(200)}, Alert{Kind: Trouble, Count: 1, Message: "disk: full"},
		Alert{Kind: NewDevice, Count: 1, Device: host(3)}, Alert{Kind: RuleNothing, Rule: "Quiet", Count: 1, Message: "nothing for 6h"},
	)
	want := []string{
		"New hosts: 43, such as h0.example (203.0.113.0), h1.example (203.0.113.1), h2.example (203.0.113.2), 203.0.113.9",
		"Rule SSH: 13, such as 203.0.113.7", "Port scans: 203.0.113.8", "New public IP address: 203.0.113.200", "Problem: disk: full", "Rule Quiet: 1",
	}
	got := Summarized(list, nil)
	if !slices.Equal(got.Lines, want) || got.Count != uint64(len(list)) {
		t.Errorf("got  %q\nwant %q", got.Lines, want)
	}
	for _, n := range []byte{0, 1, 2, 9, 7, 8, 200} {
		if !slices.ContainsFunc(got.Who, func(h AlertHost) bool { return h.Host == host(n) }) {
			t.Errorf("%v is named, but is not among %v", host(n), got.Who)
		}
	}
}
