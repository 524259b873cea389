package engine

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// Lines as dnsmasq and the kernel write them, on a router with both in its log.
const (
	othersQuestion = "<30>Nov 29 17:40:01 gw dnsmasq[411]: query[A] time.example.net from 192.168.1.20"
	othersReply    = "<30>Nov 29 17:40:01 gw dnsmasq[411]: reply time.example.net is 203.0.113.77"
	question       = "<30>Nov 29 17:40:02 gw dnsmasq[411]: query[A] www.example.com from 192.168.1.10"
	reply          = "<30>Nov 29 17:40:02 gw dnsmasq[411]: reply www.example.com is 203.0.113.9"
	cachedReply    = "<30>Nov 29 17:40:02 gw dnsmasq[411]: cached www.example.com is 203.0.113.9"
	connected      = "<4>Nov 29 17:40:02 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.9 LEN=60 PROTO=TCP SPT=40001 DPT=443 SYN"
	unnamed        = "<4>Nov 29 17:40:02 gw kernel: ACCEPT IN=br-lan OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=203.0.113.200 LEN=60 PROTO=TCP SPT=40002 DPT=443 SYN"
)

// A connection is called by the answer that its router logged a moment after it: whoever
// follows sees it so, and the history keeps it so. Events stay in their order, and one for
// which no answer comes is not kept for long.
func TestLateAnswers(t *testing.T) {
	type line struct {
		after time.Duration // the first
		text  string
	}
	for _, test := range []struct {
		name  string
		lines []line
		want  []string // names of the hosts, in order
	}{
		{"as usual", []line{{0, question}, {1, reply}, {2, connected}}, []string{"www.example.com"}},
		{"swapped", []line{{0, question}, {1, connected}, {2 * time.Millisecond, reply}}, []string{"www.example.com"}},
		{"swapped, known to the router", []line{{0, question}, {1, connected}, {2 * time.Millisecond, question}, {2 * time.Millisecond, cachedReply}}, []string{"www.example.com"}},
		{"swapped, with others between", []line{{0, question}, {1, connected}, {2, unnamed}, {100 * time.Millisecond, reply}}, []string{"www.example.com", ""}},
		{"of another device", []line{{0, othersQuestion}, {1, connected}, {2 * time.Millisecond, "<30>Nov 29 17:40:01 gw dnsmasq[411]: reply time.example.net is 203.0.113.9"}}, []string{""}},
		{"never", []line{{0, connected}, {0, unnamed}}, []string{"", ""}},
		{"too late", []line{{0, question}, {1, connected}, {10 * time.Second, unnamed}, {10 * time.Second, reply}}, []string{"", ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, t.TempDir())
			begin := time.Now().UTC().Add(-time.Minute)
			if !slices.Contains(test.want, "") {
				e.patience = time.Minute // also on a slow computer the answer comes in time
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- e.Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
			for i, l := range append([]line{{-1, othersQuestion}, {-1, othersReply}}, test.lines...) {
				dg := capture.Datagram{Time: begin.Add(l.after), From: netip.MustParseAddrPort("192.168.1.1:514"), Data: []byte(l.text)}
				if _, err := e.Spool().AppendDatagrams([]capture.Datagram{dg}); err != nil {
					t.Fatal(err)
				}
				for counts := (capture.Counts{}); counts.Received() <= uint64(i); counts = e.Stats().Counts { // each is read on its own
					time.Sleep(time.Millisecond)
				}
			}
			buf, after := make([]capture.Event, 16), uint64(0)
			var followed []string
			for len(followed) < len(test.want) {
				n, err := e.Next(t.Context(), after, buf)
				if err != nil {
					t.Fatal(err)
				}
				for _, ev := range buf[:n] {
					if ev.Kind == capture.Traffic {
						followed = append(followed, e.own(&ev))
					}
					after = ev.Seq
				}
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			var kept []string
			if err := e.History().Each(t.Context(), history.Query{OldestFirst: true, WithoutNames: true}, func(ev *capture.Event) error {
				if ev.Kind == capture.Traffic {
					kept = append(kept, ev.Dst.Name)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				if followed[i] != want || len(kept) != len(test.want) || kept[i] != want {
					t.Errorf("followed %q, kept %q, want %q", followed, kept, test.want)
				}
			}
		})
	}
}

// own is the name that an event has itself: what others asked for names the host, too.
func (e *Engine) own(ev *capture.Event) string {
	if name, _ := e.book.NameOf(ev.Dst.Addr); name == "time.example.net" && ev.Dst.Name == name {
		return ""
	}
	return ev.Dst.Name
}
