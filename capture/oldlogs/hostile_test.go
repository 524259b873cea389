package oldlogs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestLineNumbers finds the lines that are broken among those that are not.
func TestLineNumbers(t *testing.T) {
	good := "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	long := "Sep 16 12:00:00 " + strings.Repeat("x", 3*maxLine) + "\n"
	just := "Sep 16 12:00:00 " + strings.Repeat("x", maxLine-17) + "\n"
	log := good + "\n" + "\x00\xff\x1b[2J\n" + good + long + good + " \t\r\n" + just + "end without line end"
	results, _ := all(t, strings.NewReader(log), options(t))
	var got []string
	for _, r := range results {
		if strings.HasPrefix(r, "{") {
			r = "ok"
		} else if i := strings.LastIndex(r, ": "); i > 0 {
			r = r[:i]
		}
		got = append(got, r)
	}
	want := []string{
		"ok",
		`line 3: no date and time of the form "Sep 16 12:00:00" at the beginning`,
		"ok",
		"line 5: longer than 65536 bytes",
		"ok",
		`line 8: nothing of the form "[ in, TCP]" behind the time`,
		`line 9: no date and time of the form "Sep 16 12:00:00" at the beginning`,
	}
	if diff := firstDifference(strings.Join(got, "\n"), strings.Join(want, "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestLongAtTheEnd has a line that is too long where the file ends.
func TestLongAtTheEnd(t *testing.T) {
	results, _ := all(t, strings.NewReader("Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"+strings.Repeat("x", 5*maxLine)), options(t))
	if len(results) != 2 || !strings.HasPrefix(results[1], "line 2: longer than") {
		t.Errorf("%.300q", results)
	}
}

// TestConstantMemory reads bombs: much in little.
func TestConstantMemory(t *testing.T) {
	const unpacked = 16 << 20
	for name, piece := range map[string]string{
		"one line":  strings.Repeat("x", 1<<16),
		"records":   "2003-01-16 23:29:58 192.168.1.1 [192.168.1.1] (via UDP: [192.168.1.1]:1) TRAP\n" + strings.Repeat("\tx = \"y\"\n", 7000),
		"no record": "\tx = STRING: \"y\"\n",
		"traffic":   "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n",
	} {
		t.Run(name, func(t *testing.T) {
			var bomb bytes.Buffer
			w := gzip.NewWriter(&bomb)
			w.Write([]byte("Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"))
			block := bytes.Repeat([]byte(piece), max(1, (1<<20)/len(piece)))
			for n := 0; n < unpacked; n += len(block) {
				w.Write(block)
			}
			w.Close()
			o := options(t)
			if strings.Contains(piece, " = ") {
				o.Format = Snmptrapd
			}
			r, err := Open(pipe{&bomb}, o)
			if err != nil {
				t.Fatal(err)
			}
			var m runtime.MemStats
			for n := 0; ; n++ {
				if _, err := r.Next(); err == io.EOF {
					break
				}
				if n%(1<<16) == 0 {
					if runtime.ReadMemStats(&m); m.HeapAlloc > 24<<20 { // or the collector is late, on a busy computer
						runtime.GC()
						runtime.ReadMemStats(&m)
					}
					if m.HeapAlloc > 24<<20 {
						t.Fatalf("%d MiB in use", m.HeapAlloc>>20)
					}
				}
			}
			runtime.GC()
			if runtime.ReadMemStats(&m); m.HeapAlloc > 16<<20 {
				t.Errorf("%d MiB in use at the end", m.HeapAlloc>>20)
			}
		})
	}
}

// Room that was never written is nothing: as tape and tar leave it behind a compressed log, a
// loss of power in one that is written, and those who empty a log that another program writes.
// Anything else behind a compressed log is told.
func TestZeros(t *testing.T) {
	line := "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	some, many := strings.Repeat("\x00", 1000), strings.Repeat("\x00", 5*maxLine/2)
	packed := func(text string) string {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return z.String()
	}
	want, _ := all(t, strings.NewReader(line+line), options(t))
	const strange = "the file cannot be read: what follows its compressed part is not compressed with gzip"
	for name, test := range map[string]struct {
		in   string
		told string
	}{
		"in front":                 {some + line + line, ""},
		"many in front":            {many + line + line, ""},
		"between":                  {line + some + line, ""},
		"many between":             {line + many + line, ""},
		"before the end of a line": {line + strings.TrimSuffix(line, "\n") + some + "\n", ""},
		"behind":                   {line + line + some, ""},
		"many behind":              {line + line + many, ""},
		"compressed":               {packed(line + many + line), ""},
		"behind compressed":        {packed(line+line) + some, ""},
		"one behind compressed":    {packed(line+line) + "\x00", ""},
		"many behind compressed":   {packed(line+line) + many, ""},
		"between compressed":       {packed(line) + packed("") + some + packed(line), ""},
		"text behind compressed":   {packed(line+line) + line, strange},
		"text after zeros":         {packed(line+line) + some + "x", strange},
		"half a mark":              {packed(line+line) + "\x1f", strange},
		"half a member":            {packed(line+line) + packed(line)[:9], "the file cannot be read: unexpected EOF"},
	} {
		for how, in := range map[string]io.Reader{"file": strings.NewReader(test.in), "pipe": pipe{strings.NewReader(test.in)}, "bytes": iotest.OneByteReader(strings.NewReader(test.in))} {
			got, r := all(t, in, options(t))
			expected := want
			if test.told != "" {
				expected = append(slices.Clip(want), test.told)
			}
			if !slices.Equal(got, expected) || test.told == "" && r.Offset() != int64(len(test.in)) {
				t.Errorf("%s, %s: %.300q", name, how, got)
			}
		}
	}
}

// broken fails after some bytes.
type broken struct{ r io.Reader }

var errDisk = errors.New("disk on fire")

func (b broken) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = errDisk
	}
	return n, err
}

func TestReadErrors(t *testing.T) {
	line := "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	results, r := all(t, broken{strings.NewReader(line + line)}, options(t))
	if len(results) != 3 || results[2] != "the file cannot be read: disk on fire" {
		t.Errorf("%v", results)
	}
	if _, err := r.Next(); !errors.Is(err, errDisk) {
		t.Errorf("then %v", err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, strings.Repeat(line, 5000))
	w.Close()
	results, _ = all(t, pipe{bytes.NewReader(z.Bytes()[:z.Len()/2])}, options(t))
	if n := len(results); n < 2 || results[n-1] != "the file cannot be read: unexpected EOF" {
		t.Errorf("%d results, at the end %s", n, results[n-1])
	}
}

func TestNotALog(t *testing.T) {
	for name, test := range map[string]struct {
		in     string
		format Format
		want   string
	}{
		"text":        {"Dear diary,\ntoday", 0, "it begins with \"Dear diary,\""},
		"binary":      {"\x7fELF\x02\x01\x01\x00", 0, "not a log that LinkLog can read: neither a text nor a capture"},
		"picture":     {"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\n{\x1a\x87\x03\x9a,}\x02\n{$\x07YX\n", 0, "neither a text nor a capture"},
		"bytecode":    {"\xf3\r\r\n\x00\x00\x00\x00\x07e\n\x1d\x02\x97\x00\n{\x01\x03\x04\n", 0, "neither a text nor a capture"},
		"database":    {"SQLite format 3\x00\x10\x00 Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n", 0, "neither a text nor a capture"},
		"half of 16":  {"S\x00e\x00p\x00 \x001\x006\x00\n\x00", 0, "neither a text nor a capture"},
		"named":       {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\n", Syslog, "neither a text nor a capture"},
		"named zip":   {"PK\x03\x04\x14\x00", JSON, "an archive (zip): unpack it first"},
		"JSON in one": {"{\n\"kind\":\"traffic\"\n}\n", 0, "it begins with \"{\""},
		"rich text":   {"{\\rtf1\\ansi hello\n", 0, "it begins with"},
		"zip":         {"PK\x03\x04\x14\x00", 0, "an archive (zip): unpack it first"},
		"tar":         {strings.Repeat("name\x00\x00\x00\x00", 33)[:257] + "ustar\x00", 0, "an archive (tar): unpack it first"},
		"xz":          {"\xfd7zXZ\x00\x00\x04", 0, "compressed with xz: unpack it first"},
		"bzip2":       {"BZh91AY&SY", 0, "compressed with bzip2: unpack it first"},
		"zstd":        {"\x28\xb5\x2f\xfd\x04", 0, "compressed with zstd: unpack it first"},
		"UTF-16":      {"\xff\xfeS\x00e\x00p\x00", 0, "save it as UTF-8"},
		"no pcap":     {"Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n", Pcap, "not in the form of pcap"},
		"half a pcap": {"\xd4\xc3\xb2\xa1\x02\x00", 0, "without a whole header"},
		"no such":     {"x", PcapNG + 1, "13 is not a known format"},
	} {
		o := options(t)
		o.Format = test.format
		if _, err := Open(strings.NewReader(test.in), o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		} else if test.format <= PcapNG && name != "half a pcap" && !errors.Is(err, ErrUnknownFormat) {
			t.Errorf("%s: %v is no ErrUnknownFormat", name, err)
		}
	}
	for _, empty := range []string{"", "\n\r\n", "\ufeff\n"} {
		results, r := all(t, strings.NewReader(empty), options(t))
		if len(results) != 0 || r.Format() != 0 || r.Format().String() != "empty" || r.Notes() != nil {
			t.Errorf("%q: %v", empty, results)
		}
	}
}

// TestStrayBytes reads logs in which some bytes are of another alphabet or of none.
func TestStrayBytes(t *testing.T) {
	line := "Sep 16 12:00:00 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n"
	traffic := "Sep 16 12:00:00 gw kernel: %sIN=br0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=2\n"
	for name, in := range map[string]string{
		"zeros around lines":  strings.Repeat("\x00\x00"+strings.TrimSuffix(line, "\n")+"\x00\n", 3),
		"one zero in a line":  line + "Sep 16 12:00:\x0000 [ in, TCP] 203.0.113.9:1 -> 192.168.1.10:2\n" + line,
		"a hole":              line + line[:30] + strings.Repeat("\x00", 5000) + "\n" + line + line,
		"Latin-1":             strings.Repeat(strings.Replace(traffic, "%s", "T\xfcr zu ", 1), 3),
		"Cyrillic in CP 1251": strings.Repeat(strings.Replace(traffic, "%s", strings.Repeat("\xd0\xee\xf3\xf2\xe5\xf0 ", 10), 1), 3),
		"colours":             strings.Repeat(strings.Replace(traffic, "%s", "\x1b[31mDROP\x1b[0m ", 1), 3),
		"damaged blocks":      line + strings.Repeat("\x8f\x02\xc1", 40) + "\n" + strings.Repeat(line, 60),
	} {
		events := 0
		results, _ := all(t, strings.NewReader(in), options(t))
		for _, r := range results {
			if strings.HasPrefix(r, "{") {
				events++
			}
		}
		if events < 2 {
			t.Errorf("%s: %d events of %q", name, events, results)
		}
	}
}

// TestCleaned has texts that do harm where they are shown.
func TestCleaned(t *testing.T) {
	for _, nasty := range []string{"\x1b]0;x\x07", "\u202egnp.exe", "\xff\xfe", "a\u200bb", "\u2028"} {
		for _, line := range []string{
			"Sep 16 12:00:00 [out, TCP] 192.168.1.10:1 -> " + nasty + "x:2",
			"Sep 16 12:00:00 [system, 192.168.1.1] hello " + nasty,
			"2003-01-16 23:29:58,out,192.168.1.10,1," + nasty + "x,2",
			"Sep 16 12:00:00 host linksysd: [192.168.1.1] login " + nasty,
			"Sep 16 12:00:00 gw kernel: " + nasty + " IN=br0 OUT= SRC=203.0.113.9 DST=192.168.1.10 PROTO=TCP SPT=1 DPT=2",
			"192.168.1.1\t2003-01-16\t23:29:58-0\tsystem\t" + nasty + "a",
			"Sep 16 12:00:00 " + nasty,
		} {
			all(t, strings.NewReader(line), options(t)) // checks
		}
	}
}

// TestEveryLineIsAccounted changes and cuts the lines of all formats in many ways:
// each gives one event, one error or, where it is blank, nothing.
func TestEveryLineIsAccounted(t *testing.T) {
	o := options(t)
	one := bufio.NewReaderSize(nil, maxLine)
	for _, f := range Formats() {
		if f.Example == "" || f.Format == Snmptrapd { // whose lines make records
			continue
		}
		for line := range strings.Lines(f.Example) {
			line = strings.TrimSuffix(line, "\n")
			o.Format = f.Format
			p := newParser(f.Format, &o, nil)
			for i := range len(line) + 1 {
				for _, with := range []string{"", "\t", ",", "\"", "\x00", "9", "z", "[", ":", " ", "\xff", "é"} {
					changed := line[:i] + with + line[min(i+1, len(line)):]
					if changed == "" {
						continue
					}
					if f.Format == CSV || f.Format == WindowsFirewall {
						p = newParser(f.Format, &o, nil) // the header before may have changed the columns
					}
					one.Reset(strings.NewReader(changed + "\n"))
					lines := newLines(one, p)
					n := 0
					for {
						ev, err := lines.next()
						if err == io.EOF {
							break
						}
						var broken *LineError
						if err == nil {
							check(t, &ev)
						} else if !errors.As(err, &broken) || broken.Line != 1 {
							t.Fatalf("%q: %v", changed, err)
						}
						n++
					}
					header := f.Format == CSV && strings.Contains(changed, "time,kind") || strings.HasPrefix(changed, "#") || strings.HasPrefix(changed, "-- ")
					if n > 1 || n == 0 && !blank([]byte(changed)) && !header {
						t.Fatalf("%q: %d results", changed, n)
					}
				}
			}
		}
	}
}
