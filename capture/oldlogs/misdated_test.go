package oldlogs

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"linklog/phrase"
)

// TestMisdated reads lines whose dates or times never were: nobody knows when these were written,
// so they give no event, and not one at the time of the line before. That is told.
func TestMisdated(t *testing.T) {
	const good = "2021-03-05T10:00:00Z gw kernel: DROP IN=ppp0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=2\n"
	const usual = " gw kernel: DROP IN=ppp0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=3"
	for _, line := range []string{
		"Feb 31 10:00:00" + usual, "Feb 30 2021 10:00:00" + usual, "2021 Feb 29 10:00:00" + usual, "Fri Apr 31 10:00:00 2021" + usual,
		"Mar  0 10:00:00" + usual, "Mar  5 24:00:00" + usual, "Mar  5 10:61:00" + usual, "Mar  5 10:00:61.5 +0100" + usual, "<4>Feb 31 10:00:00" + usual,
		"2021-02-29T10:00:00Z" + usual, "2021/13/05 10:00:00.25+01:00" + usual, "2021-03-05 25:00:00" + usual,
		"router.log:Feb 31 10:00:00" + usual,
		"<4>1 2021-02-30T10:00:00Z gw kernel - - - " + strings.SplitN(usual, ": ", 2)[1],
		"100 6 tap100i0-IN 31/Jun/2021:13:09:14 +0200 DROP: IN=a OUT=b SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=3",
		`2021:02:30-06:42:00 gw ulogd[1]: id="2001" severity="info" sys="SecureNet" sub="packetfilter" name="Packet dropped" action="drop" srcip="203.0.113.9" dstip="198.51.100.7" proto="6" srcport="1" dstport="3"`,
		`id=firewall sn=1 time="2021-02-30 23:29:58 UTC" fw=198.51.100.7 pri=6 msg="Connection Opened" src=203.0.113.9:1:X1 dst=192.168.1.10:3:X0 proto=tcp/http`,
		"[LAN access from remote] from 203.0.113.9:1 to 192.168.1.10:3, Friday, May 32,2021 00:37:22",
		"[LAN access from remote] from 203.0.113.9:1 to 192.168.1.10:3, Friday, May 07,2021 24:37:22",
	} {
		o := options(t)
		o.Format, o.Year = Syslog, 2019
		r, err := Open(strings.NewReader(good+line+"\n"+good), o)
		if err != nil {
			t.Fatal(err)
		}
		bad, events := 0, 0
		for {
			ev, err := r.Next()
			if err == io.EOF {
				break
			}
			var wrong *LineError
			switch {
			case err == nil && ev.Time.Equal(time.Date(2021, 3, 5, 10, 0, 0, 0, time.UTC)) && ev.Dst.Port == 2:
				events++
			case errors.As(err, &wrong) && !wrong.Foreign && wrong.Line == 2 && wrong.Reason.String() == "a date or time that does not exist":
				bad++
			default:
				t.Errorf("%q: %+v, %v", line, ev, err)
			}
		}
		if bad != 1 || events != 2 {
			t.Errorf("%q: %d events, %d without a time", line, events, bad)
		}
		if notes := phrase.Lines(r.Notes()).String(); strings.Contains(notes, "line before") || strings.Contains(notes, "not needed") {
			t.Errorf("%q: %s", line, notes)
		}
	}
	// What is about something else stays so, whenever it was.
	results, _ := all(t, strings.NewReader(good+"Feb 31 10:00:00 gw sshd[1]: hello\n"), options(t))
	if len(results) != 2 || !strings.Contains(results[1], "nothing about a router's traffic") {
		t.Errorf("%q", results)
	}
	// LinkLog's own form, and dates that another year would have: no year was useless.
	for _, log := range []string{
		"Feb 31 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n",
		"Feb 29 10:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n",
	} {
		o := options(t)
		o.Format, o.Year = LinkLog, 2019
		got, r := dates(t, strings.NewReader(log), o)
		if notes := phrase.Lines(r.Notes()).String(); got != "-" || strings.Contains(notes, "not needed") {
			t.Errorf("%q: %s, %s", log, got, notes)
		}
	}
}
