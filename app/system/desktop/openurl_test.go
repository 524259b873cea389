package desktop

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCheckURL(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://www.iana.org/whois?q=192.0.2.1", "https://www.iana.org/whois?q=192.0.2.1"},
		{"HTTP://example.org", "http://example.org"},
		{"https://example.org/a b", "https://example.org/a%20b"},
		{"https://example.org/ü?x=%22#a", "https://example.org/%C3%BC?x=%22#a"},
		{"https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"},
		{"https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2"},

		{"", ""},
		{"file:///etc/passwd", ""},
		{"javascript:alert(1)", ""},
		{"ms-msdt:/id", ""},
		{"--help", ""},
		{"example.org", ""},
		{"//example.org", ""},
		{"https:", ""},
		{"https:///x", ""},
		{"https://", ""},
		{"https://bank.example@evil.example/", ""},
		{"https://example.org/?q=\"&calc.exe", ""},
		{"https://example.org/?q=a b", ""},
		{"https://example.org/\n", ""},
		{"https://exa mple.org/", ""},
		{"https://example.org/?`id`", ""},
		{"https://example.org/" + strings.Repeat("x", 3000), ""},
	} {
		got, err := checkURL(c.in)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.in, got, err)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	f.Add("https://example.org/ü")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := checkURL(in)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got, "http://") && !strings.HasPrefix(got, "https://") || strings.ContainsAny(got, " \"'`<>\\^{}|\n\x00") {
			t.Errorf("%q became %q", in, got)
		}
		if again, err := checkURL(got); err != nil || again != got {
			t.Errorf("%q became %q became %q: %v", in, got, again, err)
		}
	})
}

// With a program in the browser's place that writes down its arguments.
func TestOpenURLWithRecordingBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the browser is found through $PATH on Linux only")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >"+dir+"/new && mv "+dir+"/new "+dir+"/args\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := OpenURL("https://example.org/?a=$(id)&b=;true"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		text, err := os.ReadFile(dir + "/args")
		if err == nil {
			if string(text) != "1\nhttps://example.org/?a=$(id)&b=;true\n" {
				t.Errorf("%q", text)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("never opened")
		}
	}
}

func TestOpenURLWithoutBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the browser is found through $PATH on Linux only")
	}
	t.Setenv("PATH", t.TempDir())
	if err := OpenURL("https://example.org/"); err == nil || !strings.Contains(err.Error(), "xdg-open") {
		t.Error(err)
	}
}
