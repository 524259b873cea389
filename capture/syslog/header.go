// Package syslog reads what stands in front of a message: the headers of RFC 3164 and
// RFC 5424, and what routers, programs and log files make of them. Every part may be
// missing; nothing here allocates.
package syslog

import (
	"strings"

	"linklog/capture"
)

// Header is a line taken apart. Its strings are parts of the line.
type Header struct {
	Priority int    // facility*8 + severity; -1: there is none
	Stamp    Stamp  // when it was written, by the clock of who wrote it; if Stamped
	Stamped  bool   // there is a Stamp
	Misdated bool   // there is the form of one, of a time that never was
	Host     string // name or address of who wrote it; "": the line has none
	Program  string // "kernel", "filterlog", without number and colon; "": none
	Process  bool   // the number of a process stood behind the program
	Text     string // all behind the host: program and message
	Message  string // what is said
}

// Blanks are what may surround a line or a datagram.
const Blanks = " \t\r\n\v\f\x00"

// Mark is what some programs begin texts of UTF-8 with.
const Mark = "\ufeff"

func unseen(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' || c == 0 }

// Parse takes a line apart. What it cannot find is missing, so that it never fails.
func Parse(line string) (h Header) {
	h.Parse(line)
	return h
}

// Parse is the function of that name, for those that keep a Header: it is large.
func (h *Header) Parse(line string) { h.parse(trimmed(line)) }

// trimmed takes the Blanks around a line away, and a Mark before it.
func trimmed(s string) string {
	for s != "" && unseen(s[0]) {
		s = s[1:]
	}
	if s != "" && s[0] == Mark[0] && strings.HasPrefix(s, Mark) {
		return trimmed(s[len(Mark):])
	}
	for s != "" && unseen(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// parse also gives what stands behind the words that it looked at, and which form they have.
func (h *Header) parse(s string) (behind string, form form) {
	*h = Header{Priority: -1}
	structured := false
	if n, after, ok := priority(s); ok {
		h.Priority = n
		if s = unspaced(after); strings.HasPrefix(s, "1 ") {
			structured, s = true, s[len("1 "):]
		}
	} else if strings.HasPrefix(s, "1 2") { // as files have it, without priority
		if behind, ok := h.rfc5424(s[len("1 "):]); ok {
			return behind, rfc5424
		}
	}
	if structured {
		if behind, ok := h.rfc5424(s); ok {
			return behind, rfc5424
		}
	}
	rest := h.stamp(s)
	if !h.Dated() && h.proxmox(s) {
		return "", unknown
	}
	if behind = h.hostAndProgram(rest); h.Stamped && !structured {
		form = rfc3164
	}
	return behind, form
}

// proxmox reads the lines of Proxmox' firewall, which begin with the number of a machine, a
// level, a chain and the time: "100 6 tap100i0-IN 20/Jun/2022:13:09:14 +0200 DROP: IN=…".
func (h *Header) proxmox(s string) (ok bool) {
	for _, longest := range [...]int{9, 1} {
		if _, s, ok = Number(s, 1, longest); !ok || !strings.HasPrefix(s, " ") {
			return false
		}
		s = s[1:]
	}
	_, s = Word(s)
	st, message, ok := Common(s)
	if !h.timed(st, ok) {
		return false
	}
	h.Text = strings.Trim(message, " ")
	h.Message = h.Text
	return true
}

// timed takes a Stamp, ok, or that there is only the form of one.
func (h *Header) timed(st Stamp, ok bool) (found bool) {
	if h.Stamped, h.Misdated = ok, st.Misdated(); ok {
		h.Stamp = st
	}
	return h.Dated()
}

// Dated reports whether there is the form of a Stamp, also of a time that never was.
func (h *Header) Dated() bool { return h.Stamped || h.Misdated }

// Repeats is how often the message before came again, as system logs abbreviate it:
// "last message repeated 2 times", or "message repeated 2 times: [ … ]"; 0: it is none such.
// Of one line no more than 1,000 are believed: system logs write one every few seconds to
// minutes, and anybody can claim billions.
func (h *Header) Repeats() int {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(h.Message, "last "), "message repeated ")
	if !ok {
		return 0
	}
	const most = 1000
	behind := strings.TrimLeft(rest, "0123456789")
	if !strings.HasPrefix(behind, " time") {
		return 0
	}
	n, _, few := Number(rest, 1, 6)
	if !few && behind != rest {
		n = most
	}
	return min(n, most)
}

// priority reads "<134>".
func priority(s string) (n int, rest string, ok bool) {
	if len(s) < 3 || s[0] != '<' {
		return 0, s, false
	}
	n, rest, ok = Number(s[1:], 1, 3)
	if !ok || rest == "" || rest[0] != '>' {
		return 0, s, false
	}
	return n, rest[1:], true
}

// rfc5424 reads what follows the version: "TIME HOST PROGRAM PROCESS MESSAGE-ID DATA
// MESSAGE", each "-" where there is none (RFC 5424, 6).
func (h *Header) rfc5424(s string) (behind string, ok bool) {
	time, rest, _ := strings.Cut(s, " ")
	if time != "-" {
		st, after, ok := ISO(time)
		if !ok && !st.Misdated() || after != "" {
			return "", false
		}
		h.timed(st, ok)
	}
	var host, program string
	host, rest, _ = strings.Cut(rest, " ")
	program, rest, _ = strings.Cut(rest, " ")
	_, rest, _ = strings.Cut(rest, " ") // process
	if _, behind, ok = strings.Cut(rest, " "); !ok {
		return "", false
	}
	if host != "-" {
		h.Host = host
	}
	if program != "-" {
		h.Program = program
	}
	h.Process = true
	h.structured(behind)
	return behind, true
}

// structured reads what stands behind a header of RFC 5424.
func (h *Header) structured(s string) {
	h.Message = strings.TrimPrefix(unspaced(structuredData(s)), Mark)
	if h.Program == "kernel" {
		h.Message = withoutUptime(h.Message)
	}
	h.Text = h.Message
}

// structuredData takes "-" or `[meta sequenceId="1"]…` away.
func structuredData(s string) string {
	if strings.HasPrefix(s, "-") {
		return s[1:]
	}
	rest := s
	for strings.HasPrefix(rest, "[") {
		quoted, end := false, -1
		for i := 1; i < len(rest); i++ {
			switch c := rest[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case c == ']' && !quoted:
				end = i
			}
			if end >= 0 {
				break
			}
		}
		if end < 0 {
			return s // it is the message's own bracket
		}
		rest = rest[end+1:]
	}
	return rest
}

// stamp reads the time and gives what follows. It may be the third word, as in files
// that name facility and level first; without one nothing is taken.
func (h *Header) stamp(s string) (rest string) {
	rest = s
	for range 3 {
		at := rest
		for at != "" && (at[0] == '*' || at[0] == '.' || at[0] == '[') { // Cisco's marks of a clock that was not set; dmesg
			at = at[1:]
		}
		if after, ok := h.stampAt(at); ok {
			for after != "" && (blank(after[0]) || after[0] == ':' || after[0] == ']' || after[0] == ',') {
				after = after[1:]
			}
			return after
		}
		_, after, more := strings.Cut(rest, " ")
		if !more {
			break
		}
		rest = unspaced(after)
	}
	return s
}

// stampAt reads a time where it may begin.
func (h *Header) stampAt(s string) (rest string, ok bool) {
	if len(s) < len("1/1/1 0:0:0") {
		return s, false
	}
	if !digit(s[0]) {
		if h.Stamp.usualBSD(s) { // of nearly all lines
			h.Stamped = true
			return s[len("Jan 16 23:29:58"):], true
		}
		if month(s) == 0 && !weekday(s) {
			return s, false
		}
		st, rest, ok := BSD(s)
		if !ok && !st.Misdated() && weekday(s) {
			st, rest, ok = ISO(s)
		}
		return rest, h.timed(st, ok)
	}
	for _, read := range [...]func(string) (Stamp, string, bool){ISO, BSD, Common, sophos} {
		if st, rest, ok := read(s); h.timed(st, ok) {
			return rest, true
		}
	}
	return s, false
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func unspaced(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

// hostAndProgram reads "HOST PROGRAM[PROCESS]: MESSAGE" as far as it is there: the
// host may be missing, or stand there twice, and so may the program. Without a time
// in front there is no host either. It gives what stands behind the last word that it looked at.
func (h *Header) hostAndProgram(s string) (behind string) {
	word, rest := Word(s)
	levelled := isLevel(word)
	if levelled {
		s = rest
		word, rest = Word(s)
	}
	if h.Dated() && isHost(word) && !beginsMessage(word, rest) {
		h.Host, s = word, rest
		if word, rest = Word(s); word == h.Host || !levelled && isLevel(word) { // busybox has the level here
			s = rest
			word, rest = Word(s)
		}
	}
	h.Text, h.Message = s, s
	name, ok := strings.CutSuffix(word, ":")
	if !ok {
		return rest
	}
	if bracket := strings.IndexByte(name, '['); bracket > 0 && strings.HasSuffix(name, "]") {
		name, h.Process = name[:bracket], true
	}
	if !isProgram(name) {
		return rest
	}
	h.Program, h.Message = name, rest
	if name == "kernel" {
		h.Message = withoutUptime(rest)
	}
	return rest
}

// Word cuts the first word off, and the blanks around it.
func Word(s string) (word, rest string) {
	for s != "" && blank(s[0]) {
		s = s[1:]
	}
	i := 0
	for i < len(s) && !blank(s[i]) {
		i++
	}
	word = s[:i]
	for i < len(s) && blank(s[i]) {
		i++
	}
	return word, s[i:]
}

// isLevel knows "kern.warn", "Local1.Notice".
func isLevel(word string) bool {
	facility, level, ok := strings.Cut(word, ".")
	if !ok || facility == "" || len(facility) > 8 {
		return false
	}
	for _, l := range [...]string{"emerg", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug", "critical"} {
		if strings.EqualFold(level, l) {
			return true
		}
	}
	return false
}

// beginsMessage knows words that could be a host's name by what follows them, where routers name
// neither host nor program.
func beginsMessage(word, rest string) bool {
	switch word {
	case "last":
		return true
	case "Local":
		return strings.HasPrefix(rest, "User ")
	case "Open":
		return strings.HasPrefix(rest, "port: ")
	case "TCP", "UDP", "ICMP":
		return strings.HasPrefix(rest, "packet ")
	case "D-Link":
		return strings.HasPrefix(rest, "Systems ")
	}
	return strings.HasPrefix(rest, "System Log: ")
}

// isHost tells a name or an address from the beginning of a message.
func isHost(word string) bool {
	if word == "" || len(word) > 255 {
		return false
	}
	for i := range len(word) {
		switch c := word[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c >= 0x80:
		case c == ':' && i < len(word)-1: // of an IPv6 address
		default:
			return false
		}
	}
	return capture.VerdictOf(word) == 0
}

func isProgram(name string) bool {
	if name == "" || len(name) > 48 {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '/', c == '%':
		default:
			return false
		}
	}
	return true
}

// withoutUptime takes the kernel's "[12345.678901] " away.
func withoutUptime(s string) string {
	if !strings.HasPrefix(s, "[") {
		return s
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == ']':
			return unspaced(s[i+1:])
		case c != ' ' && c != '.' && !digit(c):
			return s
		}
	}
	return s
}
