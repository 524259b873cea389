package capture

// MAC is a hardware address of 48 bits. The zero value is none.
type MAC [6]byte

// ParseMAC reads "02:00:5e:10:00:22" and "02-00-5E-10-00-22". None is read from what
// cannot be one device's: the addresses of groups and of nobody.
func ParseMAC(s string) (m MAC, ok bool) {
	if len(s) != len("02:00:5e:10:00:22") || s[2] != ':' && s[2] != '-' {
		return MAC{}, false
	}
	for i := range m {
		high, low := hex(s[3*i]), hex(s[3*i+1])
		if high > 15 || low > 15 || i > 0 && s[3*i-1] != s[2] {
			return MAC{}, false
		}
		m[i] = high<<4 | low
	}
	if m == (MAC{}) || m[0]&1 != 0 {
		return MAC{}, false
	}
	return m, true
}

func hex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// IsPrivate reports whether the address was made up by the device, as telephones do for
// each network, and so names no vendor: the second-lowest bit of the first byte is set
// (IEEE 802, 8.4).
func (m MAC) IsPrivate() bool { return m[0]&2 != 0 }

// String gives "02:00:5e:10:00:22", "" for none.
func (m MAC) String() string {
	if m == (MAC{}) {
		return ""
	}
	return string(m.AppendTo(make([]byte, 0, 3*len(m)-1)))
}

// AppendTo appends "02:00:5e:10:00:22", also of none.
func (m MAC) AppendTo(text []byte) []byte {
	const digits = "0123456789abcdef"
	for i, b := range m {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, digits[b>>4], digits[b&15])
	}
	return text
}
