package filter

import (
	"strings"
	"testing"
	"time"
)

// nasty are pattern texts, realistic and not.
var nasty = []string{
	"", " ", "*", "!", "!!", ",", "!*", "in", "tcp, !udp", "192.168.1.*", "!17.0.0.0/8", "10.0.0.1-10.0.0.9", "10.0.0.1-9", "2001:db8::/32",
	"2001:db8:0:*", "::ffff:1.2.3.4", "fe80::1%eth0", "::1-ff", "300.1.1.1", "1.2.3", "*.apple.com", "straße", "ſ\u212a", "443, 8000-8999, ssh*",
	"https", "htps", "0-65535", "65536", "-", "1-", "word \"two words\" !x", `"`, `"\"`, `\`, "a\x00b", "\xff\xc3", "\u202e", "12:30", ":80", "[::1]:80",
	"漢字*", "1.*.*.*.*", "*1*2*3*4*5*6*7*8*9*", "%", "/", "1/2/3", "1.1.1.1/", "::/129", "a-b", "1-2-3", "[", "[]", "[*]", "0x10", "1e3", "\u0663",
	strings.Repeat("*a", 40), strings.Repeat("!", 20), strings.Repeat("1.*,", 20) + "*",
}

// long are more of them. They are no seeds, since go test then spends its time
// on making variants of them small.
var long = []string{
	strings.Repeat("*", 4000), strings.Repeat("*", 5000), strings.Repeat("*a", 2000), strings.Repeat("a,", 2000), strings.Repeat("!", 300),
	strings.Repeat("\"", 301), strings.Repeat("1.*,", 250) + "*", strings.Repeat("*1.,", 100) + "*", strings.Repeat("ü", 2048),
	strings.Repeat("1*2.*:", 40), strings.Repeat("a ", 255), strings.Repeat(": ", 1000), strings.Repeat("\x00", 4000),
}

func TestLong(t *testing.T) {
	for _, s := range long {
		checkParse(t, s)
		checkParse(t, "dst:"+s+" text:"+Quote(s))
		checkCompile(t, s)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
		f.Add("dst:" + s + " !host:" + s + ` text:"` + s)
	}
	f.Add(`dst:17.* port:443 !host:*.apple.com text:"new firmware" is:new word "two words"`)
	f.Add("dts:1 is:old new:no any:a,b !any:\"c d\" 2001:db8::1 dead:*,x")
	f.Fuzz(checkParse)
}

func FuzzCompile(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(checkCompile)
}

// checkParse holds what is true of every search text: it is an error that says
// where, or a filter that String and Parse keep.
func checkParse(t *testing.T, query string) {
	filter, err := Parse(query)
	if err != nil {
		if e := err.(*Error); e.Offset < 0 || e.Offset > len(query) || e.Reason.IsZero() {
			t.Errorf("%q: %+v", query, *e)
		}
		return
	}
	text := filter.String()
	if again, err := Parse(text); err != nil || again != filter {
		t.Fatalf("%q: %q is not the same:\n got %#v, %v\nwant %#v", query, text, again, err, filter)
	}
	if m, err := filter.Compile(services, now); err == nil {
		for _, ev := range events {
			m.Match(&ev)
		}
	}
}

// tooLong bounds what compiling and matching may take on a busy machine. It
// finds what is exponential, not what is slow.
const tooLong = 5 * time.Second

// checkCompile holds what is true of every text in every field: it is an error
// that says so, or has a canonical form that does the same.
func checkCompile(t *testing.T, text string) {
	start := time.Now()
	for _, fd := range Fields() {
		var filter Filter
		if err := filter.Set(fd.Name, text); err != nil {
			continue // new
		}
		m, err := filter.Compile(services, now)
		if err != nil {
			if e := err.(*Error); e.Field != fd.Name || e.Offset != -1 || e.Reason.IsZero() {
				t.Errorf("%q: %+v", text, *e)
			}
			continue
		}
		canonical, err := Parse(filter.String())
		if err != nil {
			t.Fatalf("%s %q compiles, but %q: %v", fd.Name, text, filter, err)
		}
		again, err := canonical.Compile(services, now)
		if err != nil {
			t.Fatalf("%s %q compiles, but not as %#v: %v", fd.Name, text, canonical, err)
		}
		for name, ev := range events {
			if m.Match(&ev) != again.Match(&ev) {
				t.Errorf("%s: %q and %#v differ on %s", fd.Name, text, canonical, name)
			}
		}
	}
	if took := time.Since(start); took > tooLong {
		t.Errorf("%q took %v", text, took)
	}
}

// Patterns made to be slow must not be.
func TestHostilePatterns(t *testing.T) {
	name := strings.Repeat("a", 1000)
	ev := system()
	ev.Text, ev.Src.Name, ev.Dst.Name = name, name, name
	for _, pattern := range []string{
		strings.Repeat("*a", 2000) + "b", strings.Repeat("a*", 500) + "b", "*" + strings.Repeat("a", 500) + "b",
		strings.Repeat("*"+strings.Repeat("a", 20)+"b,", 170) + "*", strings.Repeat("*", 4000) + "b",
	} {
		start := time.Now()
		f := Filter{Host: pattern, HostSource: pattern, HostDest: pattern, Text: pattern, Any: pattern}
		m := mustCompile(t, f)
		for range 10 {
			m.Match(&ev)
		}
		if took := time.Since(start); took > tooLong {
			t.Errorf("%.40q took %v", pattern, took)
		}
	}
}
