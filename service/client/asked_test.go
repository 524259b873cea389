package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/serve"
)

// lines are those of a stream that anybody may read.
func (d *daemon) lines(t *testing.T, path string) (next func() string) {
	t.Helper()
	c, err := net.Dial("unix", d.socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: linklog\r\n\r\n", path)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	in := bufio.NewScanner(resp.Body)
	return func() string {
		t.Helper()
		if !in.Scan() {
			t.Fatal("the stream ends: ", in.Err())
		}
		return in.Text()
	}
}

// A stream whose filter matches nothing of what it goes through says where it is, and
// whoever comes back with that goes on from there.
func TestFollowWithARareFilter(t *testing.T) {
	d := start(t, t.TempDir(), nil, func(c *serve.Config) { c.Heartbeat = 5 * time.Millisecond })
	const n = 60_000 // more than what is in memory
	d.send(t, n, 0)
	eventually(t, "all is stored", func() bool { s := d.Status(); return s.Last >= n && s.Waiting == 0 })
	d.tell(t, "@in TCP from 203.0.113.4:5 to 192.168.1.10:7") // the one that matches
	eventually(t, "that, too", func() bool { return d.Engine.Last() > n })
	position := func(line string) uint64 {
		t.Helper()
		var r api.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Record != api.Position {
			t.Fatalf("%s is no position", line)
		}
		return r.Seq
	}
	const filter = "&filter=dport:7+router:127.0.0.1"
	next := d.lines(t, "/v1/follow?after=0"+filter)
	if at := position(next()); at != 0 {
		t.Errorf("it begins behind %d", at)
	}
	at := position(next())
	if at == 0 || at >= n {
		t.Errorf("nothing was said between 0 and %d", at)
	}
	next = d.lines(t, fmt.Sprintf("/v1/follow?after=%d%s", at, filter))
	if again := position(next()); again != at {
		t.Errorf("it goes on behind %d, not %d", again, at)
	}
	line := next()
	for strings.Contains(line, `"record"`) {
		line = next()
	}
	if !strings.Contains(line, `"dst_port":7,`) {
		t.Error(line)
	}
}

// Every number and time a caller may send: the answer says what is wrong with it, or
// the service does precisely that.
func TestNumbersAndTimes(t *testing.T) {
	d := start(t, t.TempDir(), nil, nil)
	d.tell(t, "@in TCP from 203.0.113.4:5 to 192.168.1.10:80", "@in TCP from 203.0.113.5:5 to 192.168.1.10:81")
	c := d.client(t)
	eventually(t, "two hosts are known, and told", func() bool {
		s, err := c.Status(t.Context())
		return err == nil && s.NewHosts == 2 && s.Alert > 0 && s.Waiting == 0
	})
	status, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newest := fmt.Sprint(status.Alert)
	const (
		maxed = "9223372036854775807"
		more  = "9223372036854775808"
	)
	bad := func(method, path, body, want string) { // is refused, with these words
		t.Helper()
		code, text := d.raw(t, method, path, body, nil)
		var e api.Error
		if err := json.Unmarshal([]byte(text), &e); code != 400 || err != nil || !strings.Contains(e.Message, want) {
			t.Errorf("%s %s %s: %d %.300s; want 400 with %q", method, path, body, code, text, want)
		}
	}
	good := func(method, path, body, want string) { // is done, and answered so
		t.Helper()
		code, text := d.raw(t, method, path, body, nil)
		if code >= 300 || !strings.Contains(text, want) {
			t.Errorf("%s %s %s: %d %.300s; want %q", method, path, body, code, text, want)
		}
	}
	events := func(query string, want int) { // so many there are
		t.Helper()
		if code, text := d.raw(t, "GET", "/v1/events?"+query, "", nil); code != 200 || strings.Count(text, "\n") != want {
			t.Errorf("events?%s: %d %s; want %d", query, code, text, want)
		}
	}

	// What no number and no time is, wherever there is one.
	for path, names := range map[string]string{
		"/v1/events": "limit after before", "/v1/count": "after before", "/v1/groups?by=kind": "limit after before bucket", "/v1/follow": "after alerts",
		"/v1/hosts": "skip limit", "/v1/alerts": "after limit", "/v1/alerts/digest": "after",
	} {
		for name := range strings.FieldsSeq(names) {
			for _, value := range []string{"-1", more, "18446744073709551616", "1e3", "0x10", "1.5", "", "NaN", "Inf", "%201", "%D9%A1", "1_000", "+1"} {
				join := "?"
				if strings.Contains(path, "?") {
					join = "&"
				}
				bad("GET", path+join+name+"="+value, "", "parameter "+name)
			}
		}
	}
	for _, path := range []string{"/v1/events?", "/v1/count?", "/v1/groups?by=kind&"} {
		for _, name := range []string{"since", "until"} {
			for _, value := range []string{"yesterday", "", "0", "-1", "2026-02-30T00:00:00Z", "2026-11-23", "2026-11-23T20:14:03%2B99:99", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"} {
				bad("GET", path+name+"="+value, "", "parameter "+name)
			}
		}
	}
	for path, name := range map[string]string{"POST /v1/hosts/seen": "up_to", "PUT /v1/alerts/cursor/me": "alert"} {
		method, path, _ := strings.Cut(path, " ")
		for _, value := range []string{"-1", "18446744073709551616", "1e3", "1.5", `"1"`, "[]", "NaN", ""} {
			bad(method, path, `{"`+name+`":`+value+`}`, "body")
		}
		bad(method, path, `{}`, "no "+name)
		bad(method, path, `{"`+name+`":0} {"`+name+`":1}`, "more behind")
	}

	// Numbers of events.
	events("limit=0", 2)
	events("limit=1", 1)
	events("limit="+maxed, 2)
	events("after="+maxed, 0)
	events("before="+maxed, 2)
	events("before=1", 0)
	bad("GET", "/v1/events?before=0", "", "counted from 1")
	bad("GET", "/v1/count?before=0", "", "counted from 1")
	good("GET", "/v1/count?after="+maxed, "", `"count":0`)
	good("GET", "/v1/groups?by=kind&after="+maxed, "", `"groups":[]`)
	good("GET", "/v1/groups?by=kind&limit="+maxed, "", `"count":2`)
	good("GET", "/v1/groups?by=kind&limit=0", "", `"count":2`)
	bad("GET", "/v1/groups?by=time&bucket=0", "", "from 1 to a year")
	bad("GET", "/v1/groups?by=time&bucket=31622401", "", "from 1 to a year")
	bad("GET", "/v1/groups?by=time&bucket="+maxed, "", "from 1 to a year")
	good("GET", "/v1/groups?by=time&bucket=31622400", "", `"count":2`)
	if code, text := d.raw(t, "GET", "/v1/follow?after="+maxed, "", nil); code != 416 || !strings.Contains(text, "there is no event "+maxed+" yet") {
		t.Errorf("%d %s", code, text)
	}

	// Times.
	events("since=0000-01-01T00:00:00Z", 2)
	events("since=0001-01-01T00:00:00Z", 2)
	events("since=9999-12-31T23:59:59Z", 0)
	events("until=9999-12-31T23:59:59Z", 2)
	events("until=0001-01-01T00:00:00Z", 0)
	events("until=0000-01-01T00:00:00Z", 0)
	events("until=1677-09-21T00:12:43Z", 0)
	events("since=2262-04-12T00:00:00Z", 0)
	events("since=2200-01-01T00:00:00Z&until=2000-01-01T00:00:00Z", 0)

	// Hosts.
	bad("GET", "/v1/hosts?new=", "", "neither true nor false")
	bad("POST", "/v1/ignore", `{"filter":""}`, "it would ignore every host")
	good("GET", "/v1/hosts?skip="+maxed, "", `{"hosts":[]}`)
	good("GET", "/v1/hosts?limit="+maxed, "", "203.0.113.5")
	good("GET", "/v1/hosts?limit=0&skip=1&order=address", "", "203.0.113.5")

	// Seen up to the end of numbers is seen up to now: those to come are new.
	for _, upTo := range []string{maxed, more, "18446744073709551615"} {
		good("POST", "/v1/hosts/seen", `{"up_to":`+upTo+`}`, "")
	}
	good("GET", "/v1/hosts?new=true", "", `{"hosts":[]}`)
	next := d.lines(t, "/v1/follow?alerts="+maxed) // behind the last alert, those to come
	next()
	d.tell(t, "@in TCP from 203.0.113.6:5 to 192.168.1.10:80")
	for !strings.Contains(next(), `"record":"alert"`) { // else it ends with an error
	}
	eventually(t, "a host that comes is new", func() bool { s, err := c.Status(t.Context()); return err == nil && s.NewHosts == 1 })

	// Alerts.
	good("GET", "/v1/alerts?after="+maxed, "", `{"alerts":[]}`)
	good("GET", "/v1/alerts?limit="+maxed, "", newest)
	good("GET", "/v1/alerts?limit=0", "", newest)
	good("GET", "/v1/alerts/digest?after="+maxed, "", `{"digest":null}`)
	bad("PUT", "/v1/alerts/cursor/me", `{"alert":`+maxed+`}`, "there is no alert "+maxed+" yet")
	bad("PUT", "/v1/alerts/cursor/me", `{"alert":18446744073709551615}`, "the newest is")
	bad("PUT", "/v1/alerts/cursor/on_alert", `{"alert":0}`, "the service's own")
	bad("PUT", "/v1/alerts/cursor/"+strings.Repeat("x", 201), `{"alert":0}`, "200 bytes")
	good("PUT", "/v1/alerts/cursor/me", `{"alert":`+newest+`}`, "")
	good("GET", "/v1/alerts/cursor/me", "", `"alert":`+newest)

	// Mute.
	for _, until := range []string{"2200-01-01T00:00:01Z", "2300-01-01T00:00:00Z", "2262-04-12T00:00:00Z", "9999-12-31T23:59:59Z"} {
		bad("PUT", "/v1/mute", `{"until":"`+until+`"}`, "until 2200-01-01")
	}
	for _, until := range []string{`"tomorrow"`, `5`, `"10000-01-01T00:00:00Z"`} {
		bad("PUT", "/v1/mute", `{"until":`+until+`}`, "body")
	}
	good("PUT", "/v1/mute", `{"until":"2199-12-31T00:00:00Z"}`, `{"until":"2199-12-31T00:00:00Z"}`)
	good("GET", "/v1/mute", "", `{"until":"2199-12-31T00:00:00Z"}`)
	for _, until := range []string{"2001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z"} { // over
		good("PUT", "/v1/mute", `{"until":"`+until+`"}`, `{}`)
	}
	good("PUT", "/v1/mute", `{}`, `{}`)

	// Names.
	label := func(bytes int) string { return `{"label":"` + strings.Repeat("x", bytes) + `"}` }
	good("PUT", "/v1/hosts/203.0.113.4/label", label(200), "")
	good("GET", "/v1/hosts/203.0.113.4", "", strings.Repeat("x", 200)+`"`)
	bad("PUT", "/v1/hosts/203.0.113.4/label", label(201), "200 bytes")
	bad("PUT", "/v1/devices/192.168.1.10/label", label(100_000), "200 bytes")
	bad("PUT", "/v1/hosts/203.0.113.4/label", `{}`, "no label")
	bad("PUT", "/v1/settings", `{}`, "no text")

	// Each body has the one member it has, once, in its own spelling, and not null.
	for path, value := range map[string]string{
		"PUT /v1/hosts/203.0.113.4/label": `"label":"x"`, "PUT /v1/devices/192.168.1.10/label": `"label":"x"`, "POST /v1/hosts/seen": `"up_to":0`,
		"POST /v1/names": `"ips":["203.0.113.4"]`, "POST /v1/ignore": `"filter":"port:9"`, "PUT /v1/alerts/cursor/me": `"alert":0`,
		"PUT /v1/mute": `"until":"2001-01-01T00:00:00Z"`, "PUT /v1/settings": `"text":""`,
	} {
		method, path, _ := strings.Cut(path, " ")
		name, _, _ := strings.Cut(value, ":")
		bad(method, path, "{"+value+","+value+"}", "more than once")
		bad(method, path, "{"+strings.ToUpper(name)+strings.TrimPrefix(value, name)+"}", "there is no member "+strings.ToUpper(name))
		bad(method, path, `{"x":1,`+value+`}`, `there is no member "x"`)
		bad(method, path, "{"+name+":null}", "is null")
		bad(method, path, "{"+name+":{}}", "body: ")
		for _, wrong := range []string{"null", "[" + value[strings.Index(value, ":")+1:] + "]", `"x"`, "7"} {
			bad(method, path, wrong, "not a JSON object")
		}
		for _, wrong := range []string{"", "{", "{" + name, "{" + name + ":", "{" + value, "{" + value + ",", "{" + value + ",}", "{" + value + "}{}", "{" + value + "}]", "{" + value + "} x"} {
			bad(method, path, wrong, "body: ")
		}
		if path != "/v1/mute" {
			bad(method, path, "{}", "body: no "+strings.Trim(name, `"`))
		}
	}
	for _, wrong := range []string{`[null]`, `[""]`, `["x"]`, `[1]`, `"203.0.113.4"`} {
		bad("POST", "/v1/names", `{"ips":`+wrong+`}`, "body: ips: ")
	}
	good("POST", "/v1/names", `{"ips":[]}`, `{"names":{}}`)
	good("PUT", "/v1/mute", ` { "until" : "2001-01-01T00:00:00Z" } `, `{}`)

	// Imports.
	line := func(change, to string) string {
		return strings.Replace(`{"kind":"traffic","seq":1,"time":"2014-09-16T20:14:03Z","direction":"in","protocol":"TCP","src_ip":"203.0.113.9","src_port":5,"dst_ip":"192.168.1.10","dst_port":22,"lost":0}`, change, to, 1)
	}
	for change, to := range map[string]string{
		`"src_port":5`: `"src_port":65536`, `"dst_port":22`: `"dst_port":-1`, `"seq":1`: `"seq":-1`, `"lost":0`: `"lost":9223372036854775808`,
		"2014-09-16T20:14:03Z": "1969-12-31T23:59:59Z", `"time":"2014-09-16T20:14:03Z"`: `"time":"2200-01-01T00:00:00Z"`, `"time":"2014-09`: `"time":"2014-13`,
		`"time":"2014-09-16T20:14:03Z",`: ``, `"dst_port":22,`: `"dst_port":2.5,`, `"TCP"`: `"256"`,
	} {
		bad("POST", "/v1/import", line(change, to), "")
	}
	for _, mark := range []string{"-1", more, "x", ""} {
		bad("POST", "/v1/import?mark="+mark, line("", ""), "mark")
	}
	for _, mark := range []string{"0", "1", maxed} {
		if code, text := d.raw(t, "POST", "/v1/import?mark="+mark, line("", ""), nil); code != 409 {
			t.Errorf("mark %q: %d %s", mark, code, text)
		}
	}
	events("from=imported", 0)
	good("POST", "/v1/import", line(`"seq":1`, `"seq":18446744073709551615`), `"added":1`)
	events("from=imported", 1)

	// All of it has done no harm.
	d.tell(t, "@in TCP from 203.0.113.8:5 to 192.168.1.10:80")
	eventually(t, "it goes on", func() bool {
		found := false
		err := c.Events(context.Background(), client.Query{Limit: 1}, func(ev *capture.Event) error {
			found = strings.HasPrefix(ev.Src.Addr.String(), "203.0.113.8")
			return nil
		})
		return err == nil && found
	})
}
