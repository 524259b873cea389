package attack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// connect connects to the socket, for a while.
func (d *daemon) connect(t testing.TB) *net.UnixConn {
	t.Helper()
	c, err := net.Dial("unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.UnixConn)
}

// talk sends bytes to the socket, closes its half at once, and reads what comes back
// until the service closes the connection.
func (d *daemon) talk(t testing.TB, request string) string {
	t.Helper()
	c := d.connect(t)
	defer c.Close()
	go func() {
		_, _ = io.WriteString(c, request) // it may be refused before its end
		_ = c.CloseWrite()
	}()
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// first sends bytes to the socket and reads the first answer; 0: there is none.
func (d *daemon) first(t testing.TB, request string) (status int, body string) {
	t.Helper()
	c := d.connect(t)
	defer c.Close()
	answered := make(chan struct{})
	defer close(answered)
	go func() {
		_, _ = io.WriteString(c, request)
		select {
		case <-answered:
		case <-time.After(time.Second): // it waits for more
			_ = c.CloseWrite()
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.[01] (\d\d\d) `)

// statuses are those of all answers.
func statuses(answer string) (list []string) {
	for _, m := range statusLine.FindAllStringSubmatch(answer, -1) {
		list = append(list, m[1])
	}
	return list
}

// calm says that the service has said nothing about faults of its own.
func (d *daemon) calm(t testing.TB) {
	t.Helper()
	for _, word := range []string{"fault in an answer", "panic", "goroutine ", "request failed"} {
		if text := d.stderr.String(); strings.Contains(text, word) {
			t.Errorf("the service said: %.3000s", text)
		}
	}
	if _, err := d.Hello(t.Context()); err != nil {
		t.Errorf("an honest caller: %v", err)
	}
}

// TestSocketRefuses sends what no honest caller would. Each is refused with a status
// of its own, or by the end of the connection, and nothing else happens.
func TestSocketRefuses(t *testing.T) {
	t.Parallel()
	d := serve(t, "")
	const host = " HTTP/1.1\r\nHost: linklog\r\n"
	get := func(path, headers string) string { return "GET " + path + host + headers + "Connection: close\r\n\r\n" }
	put := func(path, body string) string {
		return fmt.Sprintf("PUT %s%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", path, host, len(body), body)
	}
	post := func(path, body string) string { return "POST" + strings.TrimPrefix(put(path, body), "PUT") }
	var hello bytes.Buffer // of TLS
	_ = tls.Client(sink{&hello}, &tls.Config{ServerName: "linklog"}).HandshakeContext(t.Context())
	places := make(chan struct{}, 4) // a user has eight connections
	var group sync.WaitGroup
	for name, test := range map[string]struct {
		request string
		want    string // statuses, one of which it must be
	}{
		"all is well":             {get("/v1/hello", ""), "200"},
		"all is well, HTTP/1.0":   {"GET /v1/hello HTTP/1.0\r\n\r\n", "200"},
		"another version":         {get("/v1/hello", "LinkLog-API: 2\r\n"), "426"},
		"no version":              {get("/v1/hello", "LinkLog-API: \x7f1\r\n"), "400 426"},
		"a path of a version":     {get("/v2/hello", ""), "404"},
		"HTTP/2":                  {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", "400 403 404 405 505"},
		"upgrade to HTTP/2":       {get("/v1/hello", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), "200"},
		"upgrade to a web socket": {get("/v1/follow", "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nOrigin: http://evil.example\r\n"), "403"},
		"HTTP/3.0":                {"GET /v1/hello HTTP/3.0\r\nHost: linklog\r\n\r\n", "400 505"},
		"HTTP/0.9":                {"GET /v1/hello\r\n\r\n", "400"},
		"TLS":                     {hello.String(), "0 400"},
		"SMB":                     {"\x00\x00\x00\x90\xffSMB\x72" + strings.Repeat("\x00", 100), "400"},
		"zeros":                   {strings.Repeat("\x00", 100_000), "400 431"},
		"blank lines":             {strings.Repeat("\r\n", 50_000), "400 431"},
		"a browser":               {get("/v1/hello", "Origin: null\r\n"), "403"},
		"a browser's page":        {get("/v1/hello", "Referer: http://localhost/\r\n"), "403"},
		"a new browser":           {get("/v1/hello", "Sec-Fetch-Site: none\r\n"), "403"},
		"another host":            {"GET /v1/hello HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "403"},
		"nearly our host":         {"GET /v1/hello HTTP/1.1\r\nHost: linklog.evil.example\r\nConnection: close\r\n\r\n", "403"},
		"two hosts":               {"GET /v1/hello HTTP/1.1\r\nHost: linklog\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "400"},
		"no host":                 {"GET /v1/hello HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
		"a host in the target":    {"GET http://evil.example/v1/hello HTTP/1.1\r\nHost: linklog\r\nConnection: close\r\n\r\n", "403"},
		"a tunnel":                {"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", "403 404 405"},
		"trace":                   {"TRACE /v1/hello" + host + "Connection: close\r\n\r\n", "404 405"},
		"options":                 {"OPTIONS *" + host + "Connection: close\r\n\r\n", "200 404 405"},
		"delete":                  {"DELETE /v1/hello" + host + "Connection: close\r\n\r\n", "404 405"},
		"post":                    {post("/v1/status", "{}"), "404 405"},
		"no method":               {"\x01\x02 /v1/hello" + host + "\r\n", "400"},
		"huge head":               {get("/v1/hello", "X-A: "+strings.Repeat("a", 64<<10)+"\r\n"), "431"},
		"huge target":             {get("/v1/events?filter="+strings.Repeat("a", 64<<10), ""), "414 431"},
		"many headers":            {get("/v1/hello", strings.Repeat("X-A: a\r\n", 10_000)), "431"},
		"a head without end":      {"GET /v1/hello" + host + strings.Repeat("X-A: a\r\n", 100_000), "431"},
		"huge body":               {put("/v1/settings", `{"text":"`+strings.Repeat("a", 2<<20)+`"}`), "413"},
		"a body that is promised": {"PUT /v1/settings" + host + "Content-Length: 9223372036854775807\r\nConnection: close\r\n\r\n{\"text\":\"", "400 413"},
		"a negative body":         {"PUT /v1/settings" + host + "Content-Length: -1\r\nConnection: close\r\n\r\n", "400"},
		"two lengths":             {"PUT /v1/mute" + host + "Content-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}", "400"},
		"length and chunks":       {"PUT /v1/mute" + host + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "200 400"},
		"an unknown encoding":     {"PUT /v1/mute" + host + "Transfer-Encoding: gzip\r\nConnection: close\r\n\r\n", "400 501"},
		"chunks without end":      {"PUT /v1/settings" + host + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("8000\r\n"+strings.Repeat(" ", 0x8000)+"\r\n", 100), "413"},
		"a chunk of 2^64":         {"PUT /v1/mute" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{", "400"},
		"huge chunk head":         {"PUT /v1/mute" + host + "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("a", 1<<20) + "\r\n{}\r\n", "400 413"},
		"expect":                  {"PUT /v1/mute" + host + "Expect: 100-nothing\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", "417"},
		"up":                      {get("/v1/../../../etc/passwd", ""), "301 307 400 404"},
		"up, escaped":             {get("/v1/..%2f..%2f..%2fetc%2fpasswd", ""), "301 307 400 404"},
		"up from a host":          {get("/v1/hosts/..%2f..%2f..%2fetc%2fpasswd", ""), "301 307 400 404"},
		"up, backslashes":         {get(`/v1/hosts/..\..\windows\win.ini`, ""), "400 404"},
		"a NUL":                   {get("/v1/hosts/%00", ""), "400 404"},
		"broken escapes":          {get("/v1/hosts/%zz", ""), "400"},
		"a broken query":          {get("/v1/events?a;b=%zz", ""), "400"},
		"an unknown parameter":    {get("/v1/events?limt=1", ""), "400"},
		"a parameter twice":       {get("/v1/events?limit=1&limit=2", ""), "400"},
		"no JSON":                 {put("/v1/mute", "until"), "400"},
		"another JSON":            {put("/v1/mute", "[1,2]"), "400"},
		"an unknown member":       {put("/v1/mute", `{"untl":"2026-01-01T00:00:00Z"}`), "400"},
		"deep JSON":               {put("/v1/mute", strings.Repeat(`{"until":`, 100_000)), "400"},
		"many addresses":          {post("/v1/names", `{"ips":[`+strings.Repeat(`"1.2.3.4",`, 50_000)+`"1.2.3.4"]}`), "400"},
		"no address":              {post("/v1/names", `{"ips":["1.2.3.4%eth0/../x"]}`), "200 400"},
		"a label of a device":     {put("/v1/devices/..%2f..%2fx/label", `{"label":"x"}`), "400"},
		"no time":                 {put("/v1/mute", `{"until":"99999-01-01T00:00:00Z"}`), "400"},
		"wrong settings":          {put("/v1/settings", `{"text":"[listen]\nport = -1\n"}`), "400"},
		"settings with a NUL":     {put("/v1/settings", `{"text":"\u0000"}`), "400"},
		"no event":                {post("/v1/import", "{}\n{\n"), "400"},
		"import, one huge line":   {post("/v1/import", strings.Repeat("x", 2<<20)), "400"},
		"purge without a time":    {"DELETE /v1/events" + host + "Connection: close\r\n\r\n", "400"},
		"an alert that is none":   {get("/v1/alerts?after=18446744073709551615", ""), "400"},
		"an event that is none":   {get("/v1/follow?after=9223372036854775807", ""), "416"},
		"a huge bucket":           {get("/v1/groups?by=time&bucket=18446744074", ""), "400"},
		"no bucket":               {get("/v1/groups?by=time&bucket=0", ""), "400"},
		"a group of everything":   {get("/v1/groups?by=time,kind,reason,direction,protocol,router,new,source,dest,remote,local,source_port,dest_port&limit=9223372036854775807", ""), "200"},
		"all alerts":              {get("/v1/alerts?limit=9223372036854775807", ""), "200"},
		"all events":              {get("/v1/events?limit=9223372036854775807", ""), "200"},
		"all hosts":               {get("/v1/hosts?limit=9223372036854775807&skip=9223372036854775807", ""), "200"},
		"a long name of a reader": {put("/v1/alerts/cursor/"+strings.Repeat("a", 10_000), `{"alert":1}`), "400"},
		"a reader going up":       {put("/v1/alerts/cursor/..%2f..%2fetc%2fpasswd", `{"alert":1}`), "204 400"},
		"the reader on_alert":     {put("/v1/alerts/cursor/on_alert", `{"alert":9000000000000000000}`), "400"},
		"a long filter to ignore": {post("/v1/ignore", `{"filter":"host:`+strings.Repeat("a,", 100_000)+`"}`), "400"},
	} {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			status, body := d.first(t, test.request)
			for status == http.StatusTooManyRequests { // the service has not let go of those before
				time.Sleep(20 * time.Millisecond)
				status, body = d.first(t, test.request)
			}
			if !slices.Contains(strings.Fields(test.want), fmt.Sprint(status)) {
				t.Errorf("%s: %d, want %s: %.500q", name, status, test.want, body)
			}
			if strings.Contains(body, "root:x:0") {
				t.Errorf("%s: a file of the system is told", name)
			}
			var said struct{ Error string }
			if status >= 400 && json.Unmarshal([]byte(body), &said) == nil && (harmless([]byte(said.Error)) != nil || len(said.Error) > 5000) {
				t.Errorf("%s: %v: %.500q", name, harmless([]byte(said.Error)), said.Error)
			}
		})
	}
	group.Wait()
	if text, _, err := d.Settings(t.Context()); err != nil || !strings.Contains(text, "dns = false") {
		t.Errorf("the settings are changed: %s, %v", text, err)
	}
	if entries, err := os.ReadDir(d.data); err != nil || len(entries) > 10 {
		t.Errorf("%v, %v", entries, err)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	}
	d.calm(t)
}

// sink is a connection whose other end says nothing.
type sink struct{ *bytes.Buffer }

func (s sink) Read([]byte) (int, error)         { return 0, io.EOF }
func (s sink) Close() error                     { return nil }
func (s sink) LocalAddr() net.Addr              { return nil }
func (s sink) RemoteAddr() net.Addr             { return nil }
func (s sink) SetDeadline(time.Time) error      { return nil }
func (s sink) SetReadDeadline(time.Time) error  { return nil }
func (s sink) SetWriteDeadline(time.Time) error { return nil }

// TestSocketPipelines sends requests behind one another without waiting, and rubbish
// behind sound ones: those are answered, in order.
func TestSocketPipelines(t *testing.T) {
	t.Parallel()
	d := serve(t, "")
	const hello = "GET /v1/hello HTTP/1.1\r\nHost: linklog\r\n\r\n"
	if got := statuses(d.talk(t, strings.Repeat(hello, 1000))); len(got) != 1000 || strings.Join(got, "") != strings.Repeat("200", 1000) {
		t.Errorf("%d answers to 1000 requests", len(got))
	}
	for _, rubbish := range []string{"\x00\xff\x1b[2J", "GET", "0\r\n\r\n" + hello, strings.Repeat("x", 100_000)} {
		got := statuses(d.talk(t, hello+rubbish))
		if len(got) == 0 || got[0] != "200" || len(got) > 2 || len(got) == 2 && got[1] < "400" {
			t.Errorf("%.20q: %v", rubbish, got)
		}
	}
	// What may be a request hidden in the body of another is a body, and no good one.
	smuggled := "PUT /v1/mute HTTP/1.1\r\nHost: linklog\r\nContent-Length: " + fmt.Sprint(len(hello)+2) + "\r\n\r\n{}" + hello
	if got := statuses(d.talk(t, smuggled+hello)); strings.Join(got, " ") != "400 200" {
		t.Errorf("a request in a body: %v", got)
	}
	// Half closed: what was done is told, and what was not is never told as done.
	for range 200 {
		for request, want := range map[string]string{hello: `"api":1`, "GET /v1/events?nosuch=1 HTTP/1.1\r\nHost: linklog\r\n\r\n": "unknown parameter", "GET /v1/events HTTP/1.1\r\nHost: linklog\r\n\r\n": "0\r\n\r\n"} {
			if answer := d.talk(t, request); answer != "" && !strings.Contains(answer, want) {
				t.Fatalf("half closed: %q", answer)
			}
		}
	}
	d.calm(t)
}

// connectAs opens connections as another user does: for a unix socket it counts
// who makes it.
func connectAs(t testing.TB, path string, uid, n int) (conns []net.Conn) {
	t.Helper()
	type result struct {
		conns []net.Conn
		err   error
	}
	done := make(chan result)
	go func() {
		// The thread is another user for a moment. It must not end: the system would
		// then end the programs that it started (see start).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), 0, ^uintptr(0))
		var r result
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			done <- result{err: errno}
			return
		}
		for range n {
			var fd int
			if fd, r.err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); r.err != nil {
				break
			}
			if r.err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}); r.err != nil {
				syscall.Close(fd)
				break
			}
			f := os.NewFile(uintptr(fd), path)
			c, err := net.FileConn(f)
			f.Close()
			if r.err = err; err != nil {
				break
			}
			r.conns = append(r.conns, c)
		}
		done <- r
	}()
	r := <-done
	if r.err != nil {
		t.Fatalf("user %d: %v", uid, r.err)
	}
	return r.conns
}

// drip sends a byte a second of a request that never ends, until the connection is
// closed or the context ends.
func drip(ctx context.Context, c net.Conn) {
	defer c.Close()
	const request = "GET /v1/status HTTP/1.1\r\nHost: linklog\r\nX-Slow: "
	for i := 0; ; i++ {
		b := byte('a')
		if i < len(request) {
			b = request[i]
		}
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// TestSlowCallers has 200 connections that send a byte a second, of one user and of
// 40 (whoever may make user namespaces has thousands of them). None of them may
// read the log, and an honest caller is answered at once.
func TestSlowCallers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can connect as other users")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "")
	for _, users := range []int{1, 40} {
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for user := range users {
			for _, c := range connectAs(t, d.socket, 60_000+user, 200/users) {
				group.Go(func() { drip(ctx, c) })
			}
		}
		slowest, begin := time.Duration(0), time.Now()
		for i := 0; time.Since(begin) < 3*time.Second; i++ {
			d.Close() // a new connection each time
			begin := time.Now()
			if _, err := d.Status(t.Context()); err != nil {
				t.Errorf("%d users: the honest caller: %v", users, err)
				break
			}
			slowest = max(slowest, time.Since(begin))
			time.Sleep(10 * time.Millisecond) // it asks again and again, but is no flood itself
		}
		if slowest > 2*time.Second {
			t.Errorf("%d users: an answer took %v", users, slowest)
		}
		t.Logf("%d users: the slowest answer took %v", users, slowest.Round(time.Millisecond))
		cancel()
		group.Wait()
	}
	d.calm(t)
}

// TestSlowCallersOfTheSameUser has them of the user who is honest, too. Nobody can
// tell them apart, but each is cut off after a while (readWithin), so that he comes
// through.
func TestSlowCallersOfTheSameUser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 200 {
		c, err := net.Dial("unix", d.socket)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() { drip(ctx, c) })
	}
	begin := time.Now()
	eventually(t, "an answer", func() bool {
		d.Close()
		_, err := d.Status(t.Context())
		return err == nil
	})
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("an answer after %v", took)
	} else {
		t.Logf("an answer after %v", took.Round(time.Millisecond))
	}
	cancel()
	group.Wait()
	d.calm(t)
}

// TestAbsurdQueries asks what nobody would: filters that are long, deep, or made to
// be slow, numbers that cannot be, members that do not exist. Each is answered or
// refused; none is a fault of the service, or takes long.
func TestAbsurdQueries(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "[hosts]\nlearning = \"0s\"\n")
	n := 2000
	if os.Getenv("LINKLOG_SOAK") != "" {
		n = 20_000
	}
	flood(t, d.port, time.Second/5, newMutants(1).next, func() {})
	eventually(t, "there is something to be asked for", func() bool { s := d.status(t); return s.Waiting == 0 && s.History.Events >= 4000 })
	const callers = 4
	var mu sync.Mutex
	counts := make(map[int]int)
	slowest, slowestPath := time.Duration(0), ""
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
			}}}
			defer c.CloseIdleConnections()
			for range n / callers {
				method, path, body := absurd(r)
				begin := time.Now()
				status, err := ask(t.Context(), &c, method, path, body)
				took := time.Since(begin)
				mu.Lock()
				counts[status]++
				if took > slowest {
					slowest, slowestPath = took, method+" "+path
				}
				mu.Unlock()
				if status == http.StatusRequestHeaderFieldsTooLarge {
					err = nil // net/http says so and closes, with some of the request unread: the rest of its answer may not come
				}
				if err != nil || status >= 500 {
					t.Errorf("%s %.500s %.500s: %d, %v", method, path, body, status, err)
				}
			}
		})
	}
	group.Wait()
	if slowest > 5*time.Second {
		t.Errorf("an answer took %v: %.1000s", slowest, slowestPath)
	}
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use", peak/megabyte)
	} else {
		t.Logf("%v; the slowest took %v (%.200s); %d MiB in use", counts, slowest.Round(time.Millisecond), slowestPath, peak/megabyte)
	}
	if counts[http.StatusOK] < n/20 || counts[http.StatusBadRequest] < n/20 {
		t.Errorf("%v: too absurd, or not enough", counts)
	}
	d.calm(t)
}

func ask(ctx context.Context, c *http.Client, method, path, body string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://linklog"+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	in := bufio.NewReaderSize(resp.Body, 64<<10)
	_, err = io.Copy(io.Discard, in)
	return resp.StatusCode, err
}

// absurd makes a request that nobody would.
func absurd(r *rand.Rand) (method, path, body string) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	number := func() string {
		return pick("0", "1", "-1", "500", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744074", "1e9", "0x10", "", " 1", "١", "1.5")
	}
	instant := func() string {
		return pick("2026-11-23T20:14:03Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "-1", "now", "2026-02-30T00:00:00Z", "2026-11-23T20:14:03+99:99")
	}
	filter := func() string {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(pick("ip:", "src:", "dst:", "port:", "host:", "text:", "proto:", "dir:", "router:", "service:", "is:", "kind:", "!", "", "nosuch:", "\"", "!!ip:"))
			b.WriteString(pick(
				"*", "203.0.113.*", "0.0.0.0/0", "::/0", "1.2.3.4-1.2.3.3", "10.0.0.0/33", "65536", "0-65535", "5-1", "TCP", "in", "new", "\x00", "\x1b[2J", "é", "\xff",
				strings.Repeat("*a", 500), strings.Repeat("*", 3000), strings.Repeat("a,", 300), strings.Repeat("(", 2000), strings.Repeat("!", 2000), strings.Repeat("1.2.3.0/24,", 200),
				strings.Repeat("\\\"", 500), "'; DROP TABLE events; --", "%' OR 1=1 --", "*.example.com,!*.example.com",
			))
			b.WriteByte(' ')
		}
		return b.String()
	}
	q := url.Values{}
	some := func(name string, value func() string) {
		if r.IntN(3) == 0 {
			q.Set(name, value())
		}
	}
	if r.IntN(2) == 0 {
		q.Set("filter", filter())
	}
	switch r.IntN(10) {
	case 0, 1, 2:
		path = pick("/v1/events", "/v1/count", "/v1/groups")
		for _, name := range []string{"after", "before", "limit"} {
			if path != "/v1/count" || name != "limit" {
				some(name, number)
			}
		}
		some("since", instant)
		some("until", instant)
		if path == "/v1/groups" {
			q.Set("by", pick("time", "remote,dest_port", "source,dest,source_port,dest_port,time", "", ",", "kind,kind", strings.Repeat("kind,", 500), "*"))
			q.Del("after")
			some("bucket", number)
		} else {
			some("from", func() string { return pick("live", "imported", "all", "..") })
		}
		if r.IntN(20) == 0 {
			q.Set("nosuch", "1")
		}
		return "GET", path + "?" + q.Encode(), ""
	case 3:
		q.Del("filter")
		some("find", filter)
		some("order", func() string { return pick("last", "name", "count", "nosuch") })
		some("device", func() string { return pick("192.168.1.10", "1.2.3", "::1%lo") })
		some("by", func() string { return pick("owner", "domain", "country", "category", "host", "nosuch") })
		some("group", func() string { return pick("", "Google", "web", "\x00", strings.Repeat("a", 5000)) })
		some("skip", number)
		some("limit", number)
		return "GET", "/v1/hosts?" + q.Encode(), ""
	case 4:
		return "GET", "/v1/hosts/" + url.PathEscape(pick("203.0.113.9", "..", "a/b", "\x00", strings.Repeat("a", 5000), "%", "' OR 1=1")), ""
	case 5:
		label, _ := json.Marshal(map[string]string{"label": pick("x", "", "\x1b[2J\u202e", strings.Repeat("ü", 5000), "\xff", "a\nb")})
		return "PUT", pick("/v1/hosts/", "/v1/devices/") + url.PathEscape(pick("203.0.113.9", "192.168.1.10", "nobody", "..", "\x00")) + "/label", string(label)
	case 6:
		b, _ := json.Marshal(map[string]string{"filter": filter()})
		return pick("POST", "DELETE", "GET"), "/v1/ignore", string(b)
	case 7:
		return "POST", "/v1/names", `{"ips":[` + pick(`"1.2.3.4"`, `"::1"`, `1`, `"1.2.3.4%x"`, strings.Repeat(`"1.2.3.4",`, 9999)+`"5.6.7.8"`, ``) + `]}`
	case 8:
		return pick("GET", "PUT"), "/v1/alerts/cursor/" + url.PathEscape(pick("a", "..", strings.Repeat("b", 3000), "\x00", "é", fmt.Sprint(r.IntN(10_000)))), `{"alert":` + number() + `}`
	default:
		some("after", number)
		some("limit", number)
		q.Del("filter")
		return "GET", pick("/v1/alerts", "/v1/alerts/digest", "/v1/devices", "/v1/status", "/v1/mute", "/v1/names/1.2.3.4", "/v1/names/x", "/v1//hello") + "?" + q.Encode(), ""
	}
}

// TestSocketIsBounded fills what a caller can have kept: it ends somewhere, with a
// refusal that is the caller's fault and not the service's.
func TestSocketIsBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serveIn(t, quickDir(t), "")
	c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
	}}}
	defer c.CloseIdleConnections()
	for _, test := range []struct {
		what    string
		most    int
		request func(i int) (method, path, body string)
	}{
		{"filters to ignore", 1000, func(i int) (string, string, string) {
			return "POST", "/v1/ignore", fmt.Sprintf(`{"filter":"port:%d"}`, i+1)
		}},
		{"readers of alerts", 1000, func(i int) (string, string, string) {
			return "PUT", fmt.Sprintf("/v1/alerts/cursor/reader%d", i), `{"alert":0}`
		}},
	} {
		kept, refused := 0, 0
		for i := 0; refused < 10 && i < 2*test.most; i++ {
			method, path, body := test.request(i)
			status, err := ask(t.Context(), &c, method, path, body)
			switch {
			case err != nil || status >= 500:
				t.Fatalf("%s: after %d: %d, %v", test.what, kept, status, err)
			case status >= 400:
				refused++
			default:
				kept++
			}
		}
		if kept != test.most || refused != 10 {
			t.Errorf("%s: %d are kept, %d refused", test.what, kept, refused)
		}
		// Those there are can still be changed.
		method, path, body := test.request(0)
		if status, err := ask(t.Context(), &c, method, path, body); err != nil || status >= 300 {
			t.Errorf("%s: the first again: %d, %v", test.what, status, err)
		}
	}
	d.calm(t)
}
