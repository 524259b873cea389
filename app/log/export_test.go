package log

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linklog/app/log/past"
	"linklog/app/system/prefs"
	"linklog/capture"
	"linklog/format"
	"linklog/format/services"
	"linklog/service/client"
)

// builtCommand is the command, as it is built for its users.
func builtCommand(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	path := filepath.Join(t.TempDir(), "linklog")
	build := exec.Command("go", "build", "-o", path, "linklog/cmd/linklog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// exportedRows is how many rows the export has; LINKLOG_SOAK=rows=1000000 for as many.
func exportedRows(t *testing.T) int {
	t.Helper()
	text, ok := strings.CutPrefix(os.Getenv("LINKLOG_SOAK"), "rows=")
	if !ok {
		return 6_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LINKLOG_SOAK=rows=%s: want a number from 1", text)
	}
	return n
}

// imported imports attempts until so many of them went out or were blocked: two of three.
func (b *bench) imported(n int) {
	b.t.Helper()
	var mark *uint64
	begin := time.Now().Add(-1000 * time.Hour).UTC().Truncate(time.Second)
	for i := 0; i < n*3/2; {
		var events []capture.Event
		for ; len(events) < 10_000 && i < n*3/2; i++ {
			ev := capture.Event{Time: begin.Add(time.Duration(i) * time.Second / 2), Router: netip.MustParseAddr("192.168.1.1"), Kind: capture.Traffic, Dir: capture.Out, Proto: capture.TCP}
			ev.Src = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + i%20)}), Port: uint16(32768 + i%28000)}
			ev.Dst = capture.Endpoint{Addr: netip.AddrFrom4([4]byte{17, byte(i >> 8 % 7), byte(i >> 4), byte(i)}), Port: 443}
			switch i % 6 {
			case 0:
				ev.Dst.Name = fmt.Sprintf("edge%d.Größe \"x\".example", i%97)
			case 1, 2:
				ev.Dir, ev.Verdict, ev.Src, ev.Dst = capture.In, capture.Allowed, ev.Dst, ev.Src
			}
			events = append(events, ev)
		}
		got, err := b.Client.Import(b.t.Context(), mark, "old.log", events)
		if err != nil {
			b.t.Fatal(err)
		}
		mark = &got.Mark
	}
}

// What the app exports as JSON is what the command writes with the same filter, byte for byte: of what
// was imported and what was received, with all names and messages.
func TestExportIsWhatTheCommandWrites(t *testing.T) {
	command := builtCommand(t)
	n := exportedRows(t)
	b := start(t)
	b.Services = services.Default()
	b.imported(n)
	b.demo(300)
	b.Router("WAN(DHCP) IP is 198.51.100.1")
	b.Until("all is in the history", func() bool {
		got, err := b.Client.Count(t.Context(), client.Query{})
		return err == nil && got == 301
	})
	if err := b.Client.SetHostLabel(t.Context(), "192.168.1.12", "Anna's phone"); err != nil {
		t.Fatal(err)
	}
	file := func(name string) *os.File {
		t.Helper()
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	for _, c := range []struct {
		text     string
		attempts bool // messages about the router are not shown
		flags    []string
		least    int
	}{
		{"!dst:192.168.1.10-192.168.1.29", false, []string{"--system"}, n},
		{`src:192.168.1.12 dport:https`, true, nil, n / 100},
		{`host:"anna*"`, false, []string{"--system"}, n / 100},
		{`text:WAN`, false, []string{"--system"}, 1},
		{"since:2020-01-01 edge1", false, []string{"--system"}, n / 1000},
	} {
		b.Prefs.Change(func(p *prefs.Choices) { p.Attempts = c.attempts })
		b.SetQuery(c.text)
		ours, theirs := file("app"), file("command")
		rows := 0
		began := time.Now()
		if err := b.write(t.Context(), asJSON, time.Time{}, ours, func() { rows++ }); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		began = time.Now()
		log := exec.Command(command, append([]string{"log", "--socket", b.Socket, "--json", "--limit", "0", c.text}, c.flags...)...)
		log.Stdout, log.Stderr = theirs, os.Stderr
		if err := log.Run(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d rows, the app took %v, the command %v", c.text, rows, took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
		if rows < c.least {
			t.Errorf("%s: %d rows, want at least %d", c.text, rows, c.least)
		}
		sameLines(t, c.text, ours, theirs, rows)
	}

	// Whoever no longer wants it waits for nothing.
	ctx, cancel := context.WithCancel(t.Context())
	b.SetQuery("!dst:192.168.1.10-192.168.1.29")
	rows := 0
	err := b.write(ctx, asJSON, time.Time{}, io.Discard, func() {
		if rows++; rows == 1000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || rows != 1000 {
		t.Errorf("cancelled: %v after %d rows", err, rows)
	}
}

// What is exported is what the log shows, row by row: of memory and of the history, received and imported.
func TestExportIsWhatIsShown(t *testing.T) {
	b := start(t)
	b.Services = services.Default()
	b.imported(600)
	b.demo(900)
	b.Router("WAN(DHCP) IP is 198.51.100.1")
	b.open(100) // the rest is in the history alone
	options := format.Options{Services: b.Services, Origins: true}
	for _, query := range []string{"", "dir:out !port:53", "src:192.168.1.10-192.168.1.14", "text:WAN", "edge1", "port:9"} {
		b.SetQuery(query)
		b.seen()
		var shown, written []byte
		for i := range b.matching() {
			if _, here := b.event(i); !here {
				b.sight(i, i+past.PageRows)
				b.Until("the row is here", func() bool { _, here := b.event(i); return here })
			}
			ev := b.row(i)
			shown = append(format.AppendJSON(shown, &ev, &options), '\n')
		}
		var out bytes.Buffer
		if err := b.write(t.Context(), asJSON, time.Time{}, &out, func() {}); err != nil {
			t.Fatal(err)
		}
		written = out.Bytes()
		if query != "port:9" && len(shown) == 0 {
			t.Errorf("%q shows nothing", query)
		}
		for n := 1; !bytes.Equal(shown, written); n++ {
			one, ones, _ := bytes.Cut(shown, []byte("\n"))
			other, others, _ := bytes.Cut(written, []byte("\n"))
			if !bytes.Equal(one, other) || len(ones)+len(others) == 0 {
				t.Errorf("%q: row %d is shown as\n%s\nand written as\n%s", query, n, one, other)
				break
			}
			shown, written = ones, others
		}
	}
}

// What was meant when it was searched is exported: the last two hours of then, not of the moment in which the
// export begins.
func TestExportOfThen(t *testing.T) {
	b := start(t)
	b.SetQuery("since:2h until:1h")
	want := b.asks
	if got := b.exported(time.Time{}).Filter; got != want.String() || strings.Contains(got, "2h") || strings.Contains(got, "1h") || !strings.Contains(got, "until:") {
		t.Errorf("exported is %q, shown %q", got, want.String())
	}
}

// sameLines reports the first line in which two files differ.
func sameLines(t *testing.T, what string, a, b *os.File, rows int) {
	t.Helper()
	readers := [2]*bufio.Reader{}
	for i, f := range []*os.File{a, b} {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		readers[i] = bufio.NewReaderSize(f, 1<<20)
	}
	for n := 0; ; n++ {
		one, errOne := readers[0].ReadBytes('\n')
		other, errOther := readers[1].ReadBytes('\n')
		if !bytes.Equal(one, other) || errOne != errOther {
			t.Errorf("%s: line %d is\n%sin the app's file and\n%sin the command's", what, n+1, one, other)
			return
		}
		if errOne != nil {
			if n != rows {
				t.Errorf("%s: %d lines, %d rows", what, n, rows)
			}
			return
		}
	}
}
