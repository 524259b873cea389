package deliver

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/receive/porttest"
	"linklog/service/alerts"
	"linklog/service/remote"
	"linklog/service/settings"
)

// evil is a name as a stranger may choose it.
const evil = "*_<!here> @everyone [x](http://a) \"\\&"

func newHostAlert() alerts.Alert {
	return alerts.Alert{
		ID: 7, Time: time.Date(2026, 11, 23, 16, 23, 42, 0, time.UTC), Kind: alerts.NewHost, Host: netip.MustParseAddr("203.0.113.4"), Name: evil,
		Device: netip.MustParseAddr("192.168.1.15"), DeviceName: "TV", Dir: capture.Out, Proto: capture.TCP, Port: 443, Service: "https", Seq: 3, Count: 1,
		Since: time.Date(2026, 11, 23, 16, 23, 42, 0, time.UTC),
	}
}

// request is what a server got.
type request struct {
	method, path string
	header       http.Header
	body         string
}

// server answers as told, and keeps what it got.
func server(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *[]request) {
	t.Helper()
	var got []request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, request{r.Method, r.URL.RequestURI(), r.Header, string(body)})
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s, &got
}

func secret(name string) (string, error) { return "s3cret-" + name, nil }

func mustOutlet(t *testing.T, o settings.Outlet) Outlet {
	t.Helper()
	out, err := NewOutlet(o, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out
}

// The requests are those of the documentation of each service, named in its file; what a
// stranger named a host is only text.
func TestRequests(t *testing.T) {
	s, got := server(t, nil)
	text := `New host ` + evil + ` (203.0.113.4) from TV (192.168.1.15), out TCP port 443 (https)`
	for _, test := range []struct {
		o      settings.Outlet
		path   string
		header map[string]string
		body   any // JSON, or the text itself
	}{
		{settings.Outlet{Type: "ntfy", URL: s.URL + "/dir/my-topic", Token: "${a}", Priority: 4}, "/dir/",
			map[string]string{"Authorization": "Bearer s3cret-a", "Content-Type": "application/json"},
			map[string]any{"topic": "my-topic", "title": "LinkLog: new host", "message": text, "tags": []any{"linklog"}, "priority": 4.0}},
		{settings.Outlet{Type: "gotify", URL: s.URL + "/gotify/", Token: "${a}"}, "/gotify/message",
			map[string]string{"X-Gotify-Key": "s3cret-a"},
			map[string]any{"title": "LinkLog: new host", "message": text, "priority": 5.0}},
		{settings.Outlet{Type: "pushover", URL: s.URL, Token: "${a}", User: "${u}", Priority: -1}, "/1/messages.json",
			map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			url.Values{"token": {"s3cret-a"}, "user": {"s3cret-u"}, "title": {"LinkLog: new host"}, "message": {text}, "priority": {"-1"}}.Encode()},
		{settings.Outlet{Type: "telegram", URL: s.URL, Token: "${a}", To: []string{"-100123"}}, "/bots3cret-a/sendMessage", nil,
			map[string]any{"chat_id": "-100123", "text": "LinkLog: new host\n" + text, "link_preview_options": map[string]any{"is_disabled": true}}},
		{settings.Outlet{Type: "discord", URL: s.URL + "/api/webhooks/${a}"}, "/api/webhooks/s3cret-a", nil,
			map[string]any{"content": `**LinkLog\: new host**` + "\n" + `New host \*\_\<!here\> \@everyone \[x\]\(http\://a\) "\\& \(203.0.113.4\) from TV \(192.168.1.15\), out TCP port 443 \(https\)`,
				"allowed_mentions": map[string]any{"parse": []any{}}}},
		{settings.Outlet{Type: "slack", URL: s.URL + "/services/${a}"}, "/services/s3cret-a", nil,
			map[string]any{"text": "LinkLog: new host\n" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text),
				"blocks": []any{map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": "LinkLog: new host\n" + text, "emoji": false}}}}},
		{settings.Outlet{Type: "webhook", URL: s.URL + "/hook?a=1", User: "me", Token: "${a}", Headers: []string{"X-Key: ${b}"}}, "/hook?a=1",
			map[string]string{"X-Key": "s3cret-b", "Content-Type": "application/json", "Authorization": "Basic bWU6czNjcmV0LWE="},
			map[string]any{"title": "LinkLog: new host", "text": text, "alerts": []any{map[string]any{
				"id": 7.0, "time": "2026-11-23T16:23:42Z", "kind": "new-host", "text": "new host " + text[len("New host "):], "ip": "203.0.113.4", "name": evil,
				"device_ip": "192.168.1.15", "device_name": "TV", "direction": "out", "protocol": "TCP", "port": 443.0, "service": "https", "seq": 3.0, "count": 1.0,
				"since": "2026-11-23T16:23:42Z"}}}},
		{settings.Outlet{Type: "webhook", URL: s.URL, Body: `{"say": "%{name}", "port": %{port}}`}, "/", nil,
			map[string]any{"say": evil, "port": 443.0}},
		{settings.Outlet{Type: "webhook", URL: s.URL, Headers: []string{"Content-Type: text/plain"}, Body: `%{title}|%{device}`}, "/",
			map[string]string{"Content-Type": "text/plain"}, `LinkLog: new host|192.168.1.15`},
	} {
		*got = nil
		if err := mustOutlet(t, test.o).Send(t.Context(), about([]alerts.Alert{newHostAlert()}, nil)); err != nil {
			t.Errorf("%s: %v", test.o.Type, err)
			continue
		}
		r := (*got)[0]
		if r.method != http.MethodPost || r.path != test.path {
			t.Errorf("%s: %s %s, want %s", test.o.Type, r.method, r.path, test.path)
		}
		for name, want := range test.header {
			if is := r.header.Get(name); is != want {
				t.Errorf("%s: %s: %q, want %q", test.o.Type, name, is, want)
			}
		}
		want, isText := test.body.(string)
		if !isText {
			var is any
			if err := json.Unmarshal([]byte(r.body), &is); err != nil {
				t.Errorf("%s: %v in %s", test.o.Type, err, r.body)
			}
			a, _ := json.Marshal(is)
			b, _ := json.Marshal(test.body)
			r.body, want = string(a), string(b)
		}
		if r.body != want {
			t.Errorf("%s:\n got %s\nwant %s", test.o.Type, r.body, want)
		}
	}
}

// overHTTP is an outlet of each type that is a server of the web, each with a secret.
func overHTTP(server string) []settings.Outlet {
	return []settings.Outlet{
		{Type: "ntfy", URL: server + "/topic", Token: "${a}"},
		{Type: "gotify", URL: server, Token: "${a}"},
		{Type: "pushover", URL: server, Token: "${a}", User: "${u}"},
		{Type: "telegram", URL: server, Token: "${a}", To: []string{"1"}},
		{Type: "discord", URL: server + "/${a}"},
		{Type: "slack", URL: server + "/${a}"},
		{Type: "webhook", URL: server + "/${a}", Token: "${b}"},
	}
}

// TestEachType holds that overHTTP has all types but those that are no servers of the web.
func TestEachType(t *testing.T) {
	have := []string{"mail", "mqtt"}
	for _, o := range overHTTP("") {
		have = append(have, o.Type)
	}
	if slices.Sort(have); !slices.Equal(have, slices.Sorted(slices.Values(settings.OutletTypes()))) {
		t.Errorf("%q", have)
	}
}

// A server may answer, and fail, in any way, whatever type of outlet it is of: nothing it says does
// harm, and no error has a secret in it.
func TestHostileServers(t *testing.T) {
	elsewhere, stolen := server(t, nil)
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		refused bool
		later   time.Duration
		says    string
	}{
		"refuses":      {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no such "+secretOf(r)+"\x1b[31m", 400) }, true, 0, "the server answers 400 Bad Request: no such …"},
		"unauthorized": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, false, 0, "the server answers 401 Unauthorized"},
		"busy": {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Retry-After", "17"); w.WriteHeader(429) }, false, 17 * time.Second,
			"the server answers 429 Too Many Requests"},
		"broken": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); _, _ = w.Write(make([]byte, 10<<20)) }, false, 0, "the server answers 500 Internal Server Error"},
		"10 MB":  {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 10<<20)) }, false, 0, ""},
		"sends on": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, false, 0,
			"the server sends on to http://127.0.0.1:" + elsewhere.URL[strings.LastIndex(elsewhere.URL, ":")+1:] + ", which is not followed: correct the address"},
		"sends to another method": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, false, 0, "which is not followed"},
		"hangs up": {func(w http.ResponseWriter, r *http.Request) {
			c, _, _ := http.NewResponseController(w).Hijack()
			c.Close()
		}, false, 0, "ended the connection before its answer was complete"},
		"talks nonsense": {func(w http.ResponseWriter, r *http.Request) {
			c, _, _ := http.NewResponseController(w).Hijack()
			_, _ = c.Write([]byte("220 mail.example ESMTP s3cret-a\r\n"))
			c.Close()
		}, false, 0, "malformed HTTP"},
		"is slow": {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false, 0, "does not answer in time"},
	} {
		s, _ := server(t, test.answer)
		for _, o := range append(overHTTP(s.URL), settings.Outlet{Type: "discord", URL: s.URL + "/webhooks/s3cret-in-an-address"}) {
			meets(t, o, name, test.refused, test.later, test.says)
		}
	}
	if len(*stolen) > 0 {
		t.Errorf("somebody else was told: %v", *stolen)
	}
	// Nobody there: the error does not name the path.
	o := mustOutlet(t, settings.Outlet{Type: "discord", URL: fmt.Sprintf("http://127.0.0.1:%d/${a}", porttest.Free(t))})
	if err := o.Send(t.Context(), TestMessage("pc", nil)); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody there: %v", err)
	}
}

// secretOf is the secret that a request has.
func secretOf(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "s3cret-in-an-address") {
		return "s3cret-in-an-address"
	}
	return "s3cret-a"
}

// meets sends to a server by one type of outlet.
func meets(t *testing.T, o settings.Outlet, name string, isRefused bool, wait time.Duration, says string) {
	t.Helper()
	name = o.Type + ": " + name
	ctx := t.Context()
	if strings.HasSuffix(name, "is slow") {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
	}
	err := mustOutlet(t, o).Send(ctx, TestMessage("pc", nil))
	var refused *Refused
	var later *later
	text := ""
	if err != nil {
		text = err.Error()
	}
	if errors.As(err, &refused) != isRefused || errors.As(err, &later) != (wait > 0) || later != nil && later.wait != wait || (err == nil) != (says == "") {
		t.Errorf("%s: %v", name, err)
	}
	if !strings.Contains(text, says) || strings.Contains(text, "s3cret") || strings.ContainsRune(text, 0x1b) || len(text) > 1000 {
		t.Errorf("%s: says %q", name, text)
	}
}

// A certificate that nobody vouches for is refused, unless the settings name who does.
func TestCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range overHTTP(s.URL) {
		err := mustOutlet(t, o).Send(t.Context(), TestMessage("pc", nil))
		var wrong *tls.CertificateVerificationError
		if err == nil || errors.As(err, &wrong) { // it is a text
			t.Errorf("%s: got %v", o.Type, err)
		} else if !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: got %v", o.Type, err)
		}
		o.CA = ca
		if err := mustOutlet(t, o).Send(t.Context(), TestMessage("pc", nil)); err != nil {
			t.Errorf("%s: %v", o.Type, err)
		}
	}
	o := settings.Outlet{Type: "ntfy", URL: s.URL + "/topic", CA: ca}
	if err := os.WriteFile(o.CA, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewOutlet(o, secret); err == nil || !strings.Contains(err.Error(), "no certificate in PEM form") {
		t.Errorf("got %v", err)
	}
}

// Several alerts are one message, and the longest fits.
func TestSeveral(t *testing.T) {
	var list []alerts.Alert
	for i := range 12 {
		a := newHostAlert()
		a.ID, a.Name = uint64(i), strings.Repeat("ä", 2000)
		list = append(list, a)
	}
	m := about(list, nil)
	if m.Title != "LinkLog: 12 alerts" || strings.Count(m.Text, "\n") != firstFew || !strings.HasSuffix(m.Text, "\nand 7 more") {
		t.Errorf("%q\n%s", m.Title, m.Text)
	}
	for _, most := range []int{4000, 1024, 30} {
		if text := remote.Shorter(m.Text, most); len(text) > most || len(text) < most-4 || strings.ToValidUTF8(text, "") != text || !strings.HasSuffix(text, "…") {
			t.Errorf("%d: %d bytes", most, len(text))
		}
	}
}
