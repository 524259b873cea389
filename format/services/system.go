package services

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxFile bounds what is read of a services file, in bytes. The largest known,
// that of macOS, has 0.7 MB.
const maxFile = 4 << 20

// maxLines bounds the entries taken from a services file: macOS' has some
// 13,000, and room must be left for IANA's 6,000 names.
const maxLines = 1 << 15

// Default gives the names of the system's services file, with the usual ones and IANA's
// behind them. Without a readable file those stand alone: that is no error, as
// Windows services and containers often have none.
func Default() *Table {
	t, err := Load(systemFile())
	if err != nil {
		t, _ = Read(strings.NewReader("")) // which cannot fail
	}
	return t
}

// Load gives the names of a services file (see services(5)) with those behind them that
// ports are usually used for, and then IANA's. As with getservbyport the first entry for a port wins, and its first
// name. Lines that cannot be read are skipped, and so is what is beyond 4 MiB
// or 32,768 entries. The error is about opening and reading the file.
func Load(path string) (*Table, error) {
	// Opening a named pipe would not return.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open services file: %s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open services file: %w", err)
	}
	defer f.Close()
	t, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("read services file %s: %w", path, err)
	}
	return t, nil
}

// Read is Load for a file that is open.
func Read(r io.Reader) (*Table, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	b.addFile(data)
	b.table.ours = uint16(len(b.table.names))
	b.addTable(usual)
	b.addTable(iana)
	return b.done(), nil
}

// addFile reads a services file.
func (b *builder) addFile(data []byte) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // Windows' Notepad writes one
	for line := range bytes.Lines(data) {
		b.addLine(line)
	}
}

// addLine reads one line: "http  80/tcp  www  # comment".
func (b *builder) addLine(line []byte) {
	line, _, _ = bytes.Cut(line, []byte("#"))
	fields := bytes.Fields(line)
	if len(fields) < 2 || !validName(fields[0]) {
		return
	}
	port, transport, ok := portAndProtocol(fields[1])
	if !ok {
		return
	}
	name, ok := b.name(string(fields[0]), maxLines)
	if !ok {
		return
	}
	b.add(name, port, transport)
	for _, alias := range fields[2:] {
		if validName(alias) && !bytes.Equal(alias, fields[0]) {
			b.addMore(string(alias), port, transport)
		}
	}
}

// portAndProtocol reads "80/tcp". Port 0 is reserved and has no service.
func portAndProtocol(field []byte) (port uint16, transport int, ok bool) {
	digits, proto, _ := bytes.Cut(field, []byte("/"))
	n, err := strconv.ParseUint(string(digits), 10, 16)
	if err != nil || n == 0 {
		return 0, 0, false
	}
	switch string(bytes.ToLower(proto)) {
	case "tcp":
		return uint16(n), 0, true
	case "udp":
		return uint16(n), 1, true
	case "sctp":
		return uint16(n), 2, true
	case "dccp":
		return uint16(n), 3, true
	}
	return 0, 0, false
}

// maxName bounds a name, in bytes. IANA's have at most 15 (RFC 6335).
const maxName = 32

// validName says whether a text may be shown as a service's name. RFC 6335
// allows letters, digits and hyphens; the other characters are those of older
// names ("whois++", "914c/g", "edi_service"). A name begins with a letter or
// digit and is not a number: it would be taken for a port.
func validName[T string | []byte](s T) bool {
	if len(s) == 0 || len(s) > maxName {
		return false
	}
	letters := false
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters = true
		case i > 0 && (c == '-' || c == '_' || c == '.' || c == '+' || c == '/' || c == '*'):
		default:
			return false
		}
	}
	return letters
}
