package service

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/clock/clocktest"
	"linklog/service/health"
	"linklog/service/settings"
)

// dailyBox keeps what an outlet got, as title and text.
type dailyBox struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newDailyBox(t *testing.T) *dailyBox {
	b := &dailyBox{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Title, Text string }
		text, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(text, &m); err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, m.Title+"\n"+m.Text)
	}))
	t.Cleanup(b.Close)
	return b
}

// summary waits for the summary with a text. Others may come twice: what was on its way when the
// service ended.
func (b *dailyBox) summary(t *testing.T, with string) (text string) {
	t.Helper()
	eventually(t, "the summary arrives", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, text = range b.got {
			if strings.HasPrefix(text, "LinkLog: summary of the day\n") && strings.Contains(text, with) {
				return true
			}
		}
		return false
	})
	return text
}

// others are the messages that are no summaries.
func (b *dailyBox) others() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.got {
		if !strings.HasPrefix(text, "LinkLog: summary") {
			list = append(list, text)
		}
	}
	return list
}

// An outlet gets a summary of each day, once over restarts, with all alerts, new devices, and what
// was blocked; of a day on which nothing happened only if that is wanted.
func TestDaily(t *testing.T) {
	only, always := newDailyBox(t), newDailyBox(t)
	clocks := clocktest.New()
	dir := t.TempDir()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	at := clocks.Now().Local().Add(2 * time.Hour)
	digest := settings.DayTime{Set: true, Minute: at.Hour()*60 + at.Minute()}
	s.Outlets = []settings.Outlet{
		{Name: "only", Type: "webhook", URL: only.URL, Digest: digest, DigestOnly: true, PerHour: 3600},
		{Name: "always", Type: "webhook", URL: always.URL, Digest: digest, DigestAlways: true, PerHour: 3600},
	}
	start := func() *running {
		return runWith(t, Config{DataDir: dir, Settings: s, now: clocks.Now, steady: clocks.Steady})
	}
	r := start()
	r.tellDue(t.Context())
	receive := func(lines ...string) {
		for _, line := range lines {
			r.Intake.Take([]capture.Datagram{{Time: clocks.Now().UTC(), From: netip.MustParseAddrPort("127.0.0.1:514"), Data: []byte(line)}}, r.Engine.Spool())
			clocks.Pass(time.Second, false)
		}
		eventually(t, "all is stored", func() bool { return r.Engine.History().LastSeq() == r.Engine.Spool().Last() })
	}
	const drop = "<4>kernel: DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.168.1.10 LEN=60 PROTO=TCP SPT=4000 DPT="
	receive(drop+"22", drop+"23", drop+"80", "<4>kernel: ACCEPT IN=br0 OUT=eth0 SRC=192.168.1.11 DST=203.0.113.40 LEN=60 PROTO=TCP SPT=4001 DPT=443")
	eventually(t, "alerts are made", func() bool {
		list, err := r.Engine.Alerts().After(0, 0)
		return err == nil && len(list) == 2
	})
	clocks.Pass(3*time.Hour, false)
	for range 3 {
		r.tellDue(t.Context())
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		r = start()
	}
	summaries := func() (n int) {
		list, err := r.Engine.Alerts().After(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			if a.Kind == alerts.Daily {
				n++
			}
		}
		return n
	}
	got := only.summary(t, "203.0.113.9")
	for _, want := range []string{
		"\nAlerts:\n- New hosts: 203.0.113.9, 203.0.113.40\n", "\nNew devices: 192.168.1.11\n", "\nAttempts: 4\nBlocked from outside: 3, most by 203.0.113.9: 3",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in %q", want, got)
		}
	}
	always.summary(t, "Blocked from outside: 3")
	if n := summaries(); n != 2 || len(only.others()) != 0 || len(always.others()) < 2 {
		t.Errorf("%d summaries; others: %q, %q", n, only.others(), always.others())
	}

	// The day after nothing happens.
	clocks.Pass(24*time.Hour, false)
	r.tellDue(t.Context())
	r.tellDue(t.Context())
	always.summary(t, "\n\nNothing to report.\nAttempts: 0")
	if n := summaries(); n != 3 {
		t.Errorf("%d summaries", n)
	}
}

// Messages are in the language of the settings, from the next one on when that changes; words that
// are not known stay English.
func TestLanguage(t *testing.T) {
	box := newDailyBox(t)
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	s.Alerts.Language = "de"
	s.Outlets = []settings.Outlet{{Name: "a", Type: "webhook", URL: box.URL, PerHour: 3600}}
	r := runWith(t, Config{DataDir: t.TempDir(), Settings: s, Texts: func(language string) phrase.Words {
		if language != "de" {
			return nil
		}
		return phrase.Words{
			"LinkLog: new host": "LinkLog: neuer Host", "new host {{.Host}}": "neuer Host {{.Host}}", "out {{.Protocol}}": "ausgehend {{.Protocol}}",
			"LinkLog: test": "LinkLog: Test", "history": "Aufzeichnung", "Problems now:": "Probleme:", "New hosts": "Neue Hosts", "Attempts: {{.Count}}": "Versuche: {{.Count}}",
		}
	}})
	arrives := func(want string) {
		t.Helper()
		eventually(t, want, func() bool {
			box.mu.Lock()
			defer box.mu.Unlock()
			return slices.ContainsFunc(box.got, func(text string) bool { return strings.HasPrefix(text, want) })
		})
	}
	send := func(host string) {
		r.Intake.Take([]capture.Datagram{{Time: time.Now().UTC(), From: netip.MustParseAddrPort("127.0.0.1:514"),
			Data: []byte("<4>kernel: ACCEPT IN=br0 OUT=eth0 SRC=192.168.1.11 DST=" + host + " LEN=60 PROTO=TCP SPT=4001 DPT=8443")}}, r.Engine.Spool())
	}
	if err := r.Outlets.Test(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	arrives("LinkLog: Test\n")
	send("203.0.113.40")
	arrives("LinkLog: neuer Host\nNeuer Host 203.0.113.40 from 192.168.1.11, ausgehend TCP port 8443")
	r.Health.Check(health.HistoryUnwritten, errors.New("full"))
	sum, err := r.summary(t.Context(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), true)
	if text := strings.Join(sum.Lines, "\n"); err != nil || !strings.Contains(text, "\n- Neue Hosts: 203.0.113.40\n") || !strings.Contains(text, "\nProbleme:\n- Aufzeichnung: full\n") || !strings.Contains(text, "\nVersuche: 1") {
		t.Errorf("%v: %s", err, text)
	}
	s.Alerts.Language = ""
	if err := r.Reload(s); err != nil {
		t.Fatal(err)
	}
	send("203.0.113.41")
	arrives("LinkLog: new host\nNew host 203.0.113.41 from 192.168.1.11, out TCP port 8443")
}
