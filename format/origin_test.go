package format

import (
	"net/netip"
	"strings"
	"testing"

	"linklog/capture"
)

func TestOrigins(t *testing.T) {
	ev := capture.Event{Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP,
		Src: capture.Endpoint{Addr: netip.MustParseAddr("192.168.1.10"), Port: 51234}, Dst: capture.Endpoint{Addr: netip.MustParseAddr("1.1.1.1"), Port: 443}}
	for template, want := range map[string]string{
		"%{owner}, %{country}":                            "Cloudflare, AU",
		"%{dst.owner} %{dst.country}":                     "Cloudflare AU",
		"%{src.owner} %{src.country}":                     "- -",
		"%{remote.owner} %{local.owner} %{local.country}": "Cloudflare - -",
	} {
		c, err := Compile(template)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(NewFormatter(c, Options{}).Append(nil, &ev)); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
		system := capture.Event{Kind: capture.System, Text: "x"}
		if got := string(NewFormatter(c, Options{}).Append(nil, &system)); strings.Trim(got, "-, ") != "" {
			t.Errorf("%s: %q for a message", template, got)
		}
	}
	got := string(AppendJSON(nil, &ev, &Options{Origins: true}))
	if want := `,"dst_owner":"Cloudflare","dst_country":"AU"}`; !strings.HasSuffix(got, want) || strings.Contains(got, "src_owner") {
		t.Errorf("%s, want at the end %s", got, want)
	}
	if got := string(AppendJSON(nil, &ev, nil)); strings.Contains(got, "owner") {
		t.Errorf("not asked for: %s", got)
	}
	if got := string(AppendCSV(nil, &ev, &Options{Origins: true})); !strings.HasSuffix(got, ",,,Cloudflare,AU,,,,,") {
		t.Errorf("%s", got)
	}
	if n := testing.AllocsPerRun(100, func() {
		b := make([]byte, 0, 512)
		AppendCSV(AppendJSON(b, &ev, &Options{Origins: true})[:0], &ev, &Options{Origins: true})
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestShowsOrigins(t *testing.T) {
	for text, want := range map[string]bool{
		Default: false, "%{owner}": true, "%t %{country}": true, "%{src.owner}": true, "%{dst.country}": true, "owner} %{dst.host}": false, "%%{owner}": false,
	} {
		if got := mustCompile(t, text).ShowsOrigins(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
