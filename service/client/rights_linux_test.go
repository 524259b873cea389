package client_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/service/api"
	"linklog/service/localsocket"
	"linklog/service/localsocket/sockettest"
	"linklog/service/serve"
	"linklog/service/settings"
)

// shared is a service whose settings say who may do what, as linklog service run has it,
// with a socket that other users reach.
type shared struct {
	*daemon
	config string
}

func startShared(t *testing.T, group, access string) *shared {
	t.Helper()
	sockettest.NeedRoot(t)
	dir := sockettest.Folder(t)
	s := &shared{config: filepath.Join(dir, "linklog.toml")}
	if err := os.WriteFile(s.config, []byte("[names]\ndns = false\n"+access), 0o600); err != nil {
		t.Fatal(err)
	}
	policy := func(a settings.Access) localsocket.Policy {
		return localsocket.Policy{Admins: a.Admins, Viewers: a.Viewers, Group: group}
	}
	file := &settings.File{Path: s.config}
	first, err := file.Load()
	if err != nil {
		t.Fatal(err)
	}
	s.daemon = startAt(t, dir, filepath.Join(dir, "s"), nil, func(c *serve.Config) {
		c.Settings, c.Policy = file, policy(first.Access)
	})
	file.Apply = func(next settings.Settings) error {
		s.server.SetPolicy(policy(next.Access))
		return s.Reload(next)
	}
	return s
}

// access changes who may do what, as an administrator does it.
func (s *shared) access(t *testing.T, text string) {
	t.Helper()
	if _, err := s.client(t).SetSettings(t.Context(), "[names]\ndns = false\n"+text); err != nil {
		t.Fatal(err)
	}
}

// kept is one connection of a user, on which he makes all his requests.
type kept struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func (s *shared) as(t *testing.T, uid uint32) *kept {
	t.Helper()
	c, err := sockettest.Dial(uid, s.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &kept{t, c, bufio.NewReader(c)}
}

func (k *kept) send(format string, args ...any) {
	k.t.Helper()
	if _, err := fmt.Fprintf(k, format, args...); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kept) answer() *http.Response {
	k.t.Helper()
	resp, err := http.ReadResponse(k.in, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	return resp
}

// ask makes a request and gives its answer.
func (k *kept) ask(method, path, body string) (int, string) {
	k.t.Helper()
	k.send("%s %s HTTP/1.1\r\nHost: linklog\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
	resp := k.answer()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (k *kept) expect(status int, want, method, path, body string) {
	k.t.Helper()
	if got, text := k.ask(method, path, body); got != status || !strings.Contains(text, want) {
		k.t.Errorf("%s %s: %d %s; want %d with %q", method, path, got, text, status, want)
	}
}

const removed, removedUID = "54321", 54321

// Whoever is no administrator any more is none on a connection from before either: not
// with a request to come, nor with one that was begun.
func TestAdministratorIsRemoved(t *testing.T) {
	const admin = "[access]\nadmins = [\"" + removed + "\"]\n"
	s := startShared(t, "", admin)
	again := `{"text":"[access]\nadmins = [\"` + removed + `\"]\n"}`
	idle, busy := s.as(t, removedUID), s.as(t, removedUID)
	idle.expect(200, "administrator", "GET", "/v1/hello", "")
	busy.expect(200, "administrator", "GET", "/v1/hello", "")
	// The head of a request, whose body waits.
	busy.send("PUT /v1/settings HTTP/1.1\r\nHost: linklog\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(again))
	if resp := busy.answer(); resp.StatusCode != http.StatusContinue {
		t.Fatal(resp.Status)
	}
	busy.send("%s", again[:10])

	s.access(t, "[access]\nviewers = [\""+removed+"\"]\n")
	idle.expect(200, `"viewer"`, "GET", "/v1/hello", "")
	idle.expect(403, "only an administrator may do that", "PUT", "/v1/settings", again)
	_, _ = io.WriteString(busy, again[10:]) // the connection may be closed already
	if resp, err := http.ReadResponse(busy.in, nil); err == nil && resp.StatusCode != http.StatusForbidden {
		t.Errorf("a request that was begun: %s", resp.Status)
	}
	if text, err := os.ReadFile(s.config); err != nil || strings.Contains(string(text), "admins") {
		t.Errorf("he made himself an administrator: %s, %v", text, err)
	}

	// And who becomes one gains on the connection he has.
	viewer := s.as(t, removedUID)
	viewer.expect(403, "only an administrator", "PUT", "/v1/settings", again)
	viewer = s.as(t, removedUID)
	viewer.expect(200, "viewer", "GET", "/v1/hello", "")
	s.access(t, admin)
	viewer.expect(200, "administrator", "GET", "/v1/hello", "")
	viewer.expect(200, "restart", "PUT", "/v1/settings", again)
}

// Whoever may look no longer sees nothing from then on, and is told why.
func TestViewerIsRemoved(t *testing.T) {
	s := startShared(t, "", "[access]\nviewers = [\""+removed+"\"]\n")
	idle, follows, reads := s.as(t, removedUID), s.as(t, removedUID), s.as(t, removedUID)
	idle.expect(200, "viewer", "GET", "/v1/hello", "")
	follows.send("GET /v1/follow?after=0 HTTP/1.1\r\nHost: linklog\r\n\r\n")
	stream := follows.answer()
	lines := bufio.NewScanner(stream.Body)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"position"`) {
		t.Fatal(lines.Text(), lines.Err())
	}
	// An answer with all events, of which it takes none for now.
	const n = 50_000
	s.send(t, n, 0)
	eventually(t, "all is stored", func() bool { return s.Status().Waiting == 0 && s.Engine.Last() >= n })
	reads.send("GET /v1/events?limit=0 HTTP/1.1\r\nHost: linklog\r\n\r\n")
	all := reads.answer()

	s.access(t, "")
	begin := time.Now()
	s.tell(t, "@in TCP from 1.2.3.4:5 to 192.168.1.10:80")
	last := ""
	for lines.Scan() {
		if last = lines.Text(); strings.Contains(last, "1.2.3.4") {
			t.Error("it reads on: ", last)
		}
	}
	var end api.Record
	if err := json.Unmarshal([]byte(last), &end); err != nil || end.Record != api.End || !strings.Contains(end.Error, "user 54321 may not read LinkLog's log") || lines.Err() != nil {
		t.Errorf("the last line is %q, %v, %v", last, err, lines.Err())
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("after %v", took)
	}
	idle.expect(403, "may not read", "GET", "/v1/hello", "")
	if text, err := io.ReadAll(all.Body); err == nil {
		t.Errorf("an answer that was cut looks whole: %d bytes", len(text))
	}
}

// Who leaves the group is cut off, though nothing tells the service so; who comes in
// is let in.
func TestMemberLeavesTheGroup(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the user database to be asked again")
	}
	p := sockettest.New(t)
	name, who := p.Add("a")
	s := startShared(t, p.Group, "")
	s.as(t, who.Uid).expect(403, "may not read", "GET", "/v1/hello", "")
	p.Run("gpasswd", "--add", name, p.Group)
	eventually(t, "it is let in", func() bool {
		c := s.as(t, who.Uid)
		defer c.Close()
		status, _ := c.ask("GET", "/v1/hello", "")
		return status == 200
	})

	c := s.as(t, who.Uid)
	c.send("GET /v1/follow HTTP/1.1\r\nHost: linklog\r\n\r\n")
	lines := bufio.NewScanner(c.answer().Body)
	lines.Scan()
	begin := time.Now()
	p.Run("gpasswd", "--delete", name, p.Group)
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if !strings.Contains(last, "may not read") {
		t.Errorf("the last line is %q, %v", last, lines.Err())
	}
	if took := time.Since(begin); took > 12*time.Second {
		t.Errorf("cut off after %v", took)
	}
}

// A stranger gets the same answer whatever it asks, and however.
func TestStranger(t *testing.T) {
	s := startShared(t, "", "")
	const host = " HTTP/1.1\r\nHost: linklog\r\n\r\n"
	for _, request := range []string{
		"GET /v1/hello" + host, "GET //v1/hello" + host, "GET /v1/../v1/hello" + host, "GET /v1/status/" + host, "GET /nothing" + host, "GET *" + host,
		"OPTIONS *" + host, "OPTIONS /v1/hello" + host, "TRACE /v1/hello" + host, "HEAD /v1/hello" + host, "PATCH /v1/mute" + host, "BREW /v1/hello" + host,
		"CONNECT linklog:80" + host, "CONNECT /v1/hello" + host, "GET http://linklog/v1/hello" + host, "GET http://other/v1/hello" + host,
		"GET /v1/hello HTTP/1.1\r\n\r\n", "GET /v1/hello HTTP/1.0\r\n\r\n", "GET /v1/hello HTTP/3.0\r\n\r\n", "GET /v1/hello\r\n\r\n", "nothing\n\n", "\x16\x03\x01\x02\x00\x01\x00\n\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /v1/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /%zz" + host,
		"GET /v1/hello HTTP/1.1\r\nHost: linklog\r\nLinkLog-API: 7\r\n\r\n", "GET /v1/hello HTTP/1.1\r\nHost: linklog\r\nOrigin: http://a\r\n\r\n",
		"GET /v1/hello HTTP/1.1\r\nHost: linklog\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\n",
		"POST /v1/import HTTP/1.1\r\nHost: linklog\r\nContent-Length: 500000\r\n\r\n" + strings.Repeat("x", 500_000),
		"GET /v1/hello HTTP/1.1\r\nHost: linklog\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
	} {
		c := s.as(t, removedUID)
		go io.WriteString(c, request)
		method, _, _ := strings.Cut(request, " ")
		resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
		if err != nil {
			t.Errorf("%.60q: %v", request, err)
			c.Close()
			continue
		}
		text, err := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusForbidden || err != nil || method != "HEAD" && !strings.Contains(string(text), "user 54321 may not read LinkLog's log") {
			t.Errorf("%.60q: %s %s, %v", request, resp.Status, text, err)
		}
		c.Close()
	}
}
