package oldlogs

import (
	"bytes"
	"strings"

	"linklog/capture"
	"linklog/capture/router"
	"linklog/capture/syslog"
	"linklog/phrase"
)

// detect finds the format of a file by its beginning. wanted, if it is not 0, is
// taken as it is, except that captures cannot be read as one another. An empty
// file has the format 0.
func detect(head []byte, wanted Format) (Format, error) {
	binary := detectCapture(head)
	switch {
	case wanted > PcapNG:
		return 0, phrase.Say("{{.Format}} is not a known format", "Format", int(wanted))
	case wanted == Pcap || wanted == PcapNG:
		if len(head) > 0 && binary != wanted {
			return 0, phrase.Say("not in the form of {{.Format}}: {{.Error}}", "Format", wanted.String(), "Error", ErrUnknownFormat)
		}
		return binary, nil
	case wanted == 0 && binary != 0:
		return binary, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return 0, phrase.Say("a text in UTF-16, save it as UTF-8: {{.Error}}", "Error", ErrUnknownFormat)
	case archive(head) != "":
		return 0, phrase.Say("an archive ({{.Kind}}): unpack it first: {{.Error}}", "Kind", archive(head), "Error", ErrUnknownFormat)
	case compressed(head) != "":
		return 0, phrase.Say("compressed with {{.Kind}}: unpack it first: {{.Error}}", "Kind", compressed(head), "Error", ErrUnknownFormat)
	case !isText(head):
		return 0, phrase.Say("{{.Error}}: neither a text nor a capture", "Error", ErrUnknownFormat)
	case wanted != 0:
		return wanted, nil
	case blank(withoutBOM(head)) && len(head) < maxLine:
		return 0, nil
	}
	return detectLines(withoutBOM(head))
}

// isText tells a text from a program, a picture or a database: more than one in 16 of their
// bytes is a control character. What is not ASCII may be of any alphabet, and zeros at the ends
// of lines are of many logs.
func isText(head []byte) bool {
	all, strange := 0, 0
	for line := range bytes.Lines(head) {
		line = bytes.Trim(trimEnd(line), "\x00")
		all += len(line)
		for i, c := range line {
			switch {
			case c == 0 && line[i-1] == 0: // room that was never written is as strange as one of them
				all--
			case c < '\t' || '\r' < c && c < ' ' && c != '\x1b' || c == '\x7f': // ESC begins colours
				strange++
			}
		}
	}
	return strange*16 <= all && !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) // which may hold texts only
}

// archive knows files that hold others.
func archive(head []byte) string {
	const ustar = 257 // where POSIX.1 has the mark of a tar header
	if len(head) > ustar && bytes.HasPrefix(head[ustar:], []byte("ustar")) {
		return "tar"
	}
	return begins(head, [][2]string{{"PK\x03\x04", "zip"}, {"7z\xbc\xaf\x27\x1c", "7z"}, {"Rar!\x1a\x07", "rar"}})
}

// compressed knows files that are compressed in a way that is not read, or twice.
func compressed(head []byte) string {
	return begins(head, [][2]string{{gzipMagic, "gzip"}, {"\xfd7zXZ\x00", "xz"}, {"BZh", "bzip2"}, {"\x28\xb5\x2f\xfd", "zstd"}, {"\x04\x22\x4d\x18", "lz4"}})
}

// begins is the name of what the head begins with.
func begins(head []byte, kinds [][2]string) string {
	for _, kind := range kinds {
		if bytes.HasPrefix(head, []byte(kind[0])) {
			return kind[1]
		}
	}
	return ""
}

// detectLines lets the lines vote: some in a file may be broken.
func detectLines(head []byte) (Format, error) {
	var votes [PcapNG + 1]int
	first := ""
	for line := range bytes.Lines(head) {
		line = bytes.Trim(trimEnd(line), "\x00") // as they are read
		if blank(line) {
			continue
		}
		if first == "" {
			first = shown(line)
		}
		votes[classify(string(line))]++
	}
	// The lines of a trap and what snmptrapd says before it would be lines of
	// nothing: one that is surely its own says what they are.
	best := Format(0)
	for f := LinkLog; f < Pcap; f++ {
		if votes[f] > votes[best] || best == 0 && votes[f] > 0 {
			best = f
		}
	}
	if best == 0 {
		return 0, phrase.Say("{{.Error}}: it begins with {{.Text}}", "Error", ErrUnknownFormat, "Text", router.Quoted(first))
	}
	return best, nil
}

// classify says what a line looks like; 0: like none of the formats.
func classify(s string) Format {
	switch {
	case beginsObject(s):
		return JSON
	case strings.HasPrefix(s, "seq,time,kind,"), strings.Count(s, ",") >= 19 && looksLikeCSV(s):
		return CSV
	case looksLikeSnmptrapd(s):
		return Snmptrapd
	}
	if _, rest, ok := syslog.ISODate(s); ok {
		switch {
		case looksLikeTrapLogger(rest):
			return TrapLogger
		case strings.HasPrefix(rest, "\t") && strings.Count(rest, "\t") >= 8: // Kiwi has the same beginning, and fewer
			return WallWatcher
		case looksLikeDShield(s):
			return DShield
		case looksLikeWindowsFirewall(s):
			return WindowsFirewall
		}
	}
	if f := strings.Split(s, "\t"); len(f) >= 5 {
		if _, rest, ok := syslog.ISODate(f[1]); ok && rest == "" {
			return Linksysmon
		}
		if _, _, _, ok := slashDate(f[0]); ok && len(f) >= 9 {
			return WallWatcher
		}
	}
	if _, rest, ok := syslog.BSD(s); ok && strings.HasPrefix(rest, " [") && strings.Contains(rest, ", ") {
		return LinkLog
	}
	h := header(s)
	if h.Dated() {
		return Syslog
	}
	if router.RouterOS(h.Message) {
		return Syslog
	}
	// Some routers have the time at the end, or none.
	if found, _ := new(router.Reader).Line(&capture.Event{}, &h); found {
		return Syslog
	}
	return 0
}

// beginsObject knows an object of JSON by its first key; other texts begin with a brace, too.
func beginsObject(s string) bool {
	rest, ok := strings.CutPrefix(s, "{")
	rest = strings.TrimLeft(rest, " \t")
	return ok && rest != "" && (rest[0] == '"' || rest[0] == '}')
}

// looksLikeTrapLogger knows what follows the date: the time and the direction. Lines of others may
// have commas and directions further on.
func looksLikeTrapLogger(rest string) bool {
	clock, fields, _ := strings.Cut(rest, ",")
	return len(clock) <= len(" 11:29:58 PM") && (strings.HasPrefix(fields, "in,") || strings.HasPrefix(fields, "out,"))
}

func looksLikeDShield(s string) bool {
	stamp, rest, _ := strings.Cut(s, "\t")
	st, after, ok := syslog.ISO(stamp)
	return ok && after == "" && st.Zoned && strings.Count(rest, "\t") >= 6
}

func looksLikeWindowsFirewall(s string) bool {
	f := strings.SplitN(s, " ", 5)
	if len(f) < 5 || f[2] != "ALLOW" && f[2] != "DROP" {
		return false
	}
	rest, ok := new(syslog.Stamp).Clock(f[1])
	return ok && rest == ""
}

// looksLikeCSV knows our rows by their second column.
func looksLikeCSV(s string) bool {
	_, rest, _ := strings.Cut(s, ",")
	_, _, ok := syslog.ISO(rest)
	return ok
}

// looksLikeSnmptrapd knows the lines that only snmptrapd writes.
func looksLikeSnmptrapd(s string) bool {
	switch {
	case strings.HasPrefix(s, "NET-SNMP version "), strings.HasPrefix(s, "MIB search path: "):
		return true
	case strings.HasPrefix(s, "\t"), strings.HasPrefix(s, "iso."), strings.HasPrefix(s, ".1.3."), strings.HasPrefix(s, "DISMAN-EVENT-MIB::"):
		return strings.Contains(s, " = ") || strings.Contains(s, "Specific Trap")
	}
	_, _, rest, ok := recordStamp(s)
	if !ok {
		return false
	}
	for _, word := range [...]string{" TRAP", "[UDP: ", "(via ", "SNMP version ", "enterprises.", ".1.4.1.3955"} {
		if strings.Contains(rest, word) {
			return true
		}
	}
	return false
}
