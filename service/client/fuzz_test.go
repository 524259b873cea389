package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/localsocket"
	"linklog/service/serve"
)

// requests are those of docs/socket.md, and some that go wrong in as many ways.
var requests = [][3]string{
	{"GET", "/v1/hello"}, {"GET", "/v1/status"}, {"GET", "/v1/metrics"}, {"GET", "/v1/events?limit=2"}, {"GET", "/v1/events?after=1&before=9&filter=dir:in%20port:22"},
	{"GET", "/v1/events?since=2026-11-23T20:14:03Z&until=2026-11-24T00:00:00.5%2B01:00"}, {"GET", "/v1/events?from=imported&limit=3"},
	{"GET", "/v1/events?from=all&cursor=2.0.0&order=oldest"}, {"GET", "/v1/index?from=all&every=1&filter=dir:in"}, {"GET", "/v1/index?cursor=1.-1.z1ci99jj7475&order=oldest"},
	{"GET", "/v1/count?filter=dst:17.0.0.0/8"}, {"GET", "/v1/groups?by=direction,dest_port&limit=3"}, {"GET", "/v1/groups?by=hour&tz=3600"},
	{"GET", "/v1/follow?after=0&names=true&alerts=0"}, {"GET", "/v1/follow?after=18446744073709551615"},
	{"GET", "/v1/hosts?new=true&order=count&limit=10"}, {"GET", "/v1/hosts/203.0.113.4"}, {"GET", "/v1/hosts/%2e%2e%2f"}, {"GET", "/v1/devices"},
	{"PUT", "/v1/devices/192.168.1.10/label", `{"label":"Living-room TV"}`}, {"PUT", "/v1/hosts/203.0.113.4/label", `{"label":"\u202e"}`},
	{"POST", "/v1/ignore", `{"filter":"host:*.example.com"}`}, {"GET", "/v1/ignore"}, {"DELETE", "/v1/ignore?filter=host:*.example.com"},
	{"POST", "/v1/hosts/seen", `{"up_to":0}`}, {"POST", "/v1/names", `{"ips":["203.0.113.4","fe80::1%25eth0"]}`}, {"GET", "/v1/names/203.0.113.4"},
	{"GET", "/v1/alerts?after=0&limit=10"}, {"GET", "/v1/alerts/digest?after=0"}, {"GET", "/v1/alerts/cursor/my-script"},
	{"PUT", "/v1/alerts/cursor/my-script", `{"alert":0}`}, {"PUT", "/v1/mute", `{"until":"2026-11-23T23:00:00Z"}`}, {"PUT", "/v1/mute", `{}`}, {"GET", "/v1/mute"},
	{"GET", "/v1/settings"}, {"PUT", "/v1/settings", `{"text":"[history]\ndays = 90\n"}`}, {"POST", "/v1/reload"}, {"DELETE", "/v1/events?before=2020-01-01T00:00:00Z"},
	{"POST", "/v1/import", `{"kind":"traffic","time":"2014-09-16T20:14:03Z","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":5,"dst_ip":"192.168.1.10","dst_port":22}`},
	{"POST", "/v1/import", "{\"kind\":\"gap\"}\n[]\n"}, {"GET", "/v1/events?limit=2&limit=3"}, {"GET", "/v1/events?filter=%22"}, {"GET", "/v1/events?filter=dts:1&%zz"},
	{"GET", "/v2/hello"}, {"GET", "*"}, {"OPTIONS", "*"}, {"PUT", "/v1/m\xe8\x03e", strings.Repeat("[", 10000)}, {"", ""}, {"GET", "/v1/hello HTTP/1.1\r\nOrigin: http://x\r\n\r\n"}, {"GET", "http://evil.example/v1/hello"},
	{"PUT", "/v1/mute", strings.Repeat("[", 10000)}, {"PUT", "/v1/mute", `{"until":"9999999999-01-01T00:00:00Z"}`}, {"POST", "/v1/names", `{"ips":null}{}`},
}

// FuzzRequest makes requests as an administrator who writes anything: each is
// answered, with JSON that says what is wrong if anything is, and never by a fault of
// the service's own.
func FuzzRequest(f *testing.F) {
	for _, r := range requests {
		f.Add(r[0], r[1], r[2])
	}
	dir, err := os.MkdirTemp("", "ll") // short, as the path of a socket has to be
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	faults := make(told, 1)
	d := startAt(f, dir, filepath.Join(dir, "s"), nil, func(c *serve.Config) {
		c.Log = slog.New(slog.NewTextHandler(faults, &slog.HandlerOptions{Level: slog.LevelError}))
		c.Heartbeat = time.Millisecond
	})
	d.tell(f, "@in TCP from 203.0.113.4:51234 to 192.168.1.10:22", "@out UDP from 192.168.1.10:5 to dns.example(198.51.100.53):53.", "System is ready")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		c, err := localsocket.Dial(context.Background(), d.socket)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(30 * time.Second))
		// The server may refuse before it has read all.
		go fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: linklog\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body)
		r := bufio.NewReader(c)
		answer, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("no answer: %v", err)
		}
		if answer.Header.Get("Content-Type") == "application/x-ndjson" && answer.Header.Get("Transfer-Encoding") != "" || strings.Contains(target, "follow") {
			r.ReadBytes('\n') // a stream has no end
			return
		}
		if answer.Header.Get("X-Content-Type-Options") == "" {
			return // of net/http, to what is no request at all, or to OPTIONS *
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatalf("half an answer: %v", err)
		}
		select {
		case fault := <-faults:
			t.Fatal(fault)
		default:
		}
		if answer.StatusCode >= 500 {
			t.Fatalf("%s: %s", answer.Status, text)
		}
		if answer.StatusCode >= 400 {
			e := api.Error{}
			unprintable := func(r rune) bool { return !capture.Printable(r) }
			if err := json.Unmarshal(text, &e); err != nil || e.Message == "" || strings.ContainsFunc(e.Message+strings.ReplaceAll(e.Phrase().String(), "\n", ""), unprintable) {
				t.Fatalf("%s: %q", answer.Status, text)
			}
		}
	})
}

// told is a log of which the first line counts.
type told chan string

func (l told) Write(line []byte) (int, error) {
	select {
	case l <- string(line):
	default:
	}
	return len(line), nil
}
