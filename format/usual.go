package format

import "strings"

// usual reads what nearly all lines are: an object as AppendJSON writes it, without a blank,
// of texts in which nothing is escaped, and numbers. ok tells whether it is one; json.Unmarshal
// reads the same of it, in eight times the time, and everything else.
func (r *record) usual(s string) (ok bool) {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	for s = s[1:]; ; s = s[1:] {
		key, rest, ok := plainText(s)
		if !ok || rest == "" || rest[0] != ':' {
			return false
		}
		text, n := "", uint64(0)
		switch rest = rest[1:]; {
		case strings.HasPrefix(rest, `"`):
			if text, s, ok = plainText(rest); !ok || !r.setText(key, text) {
				return false
			}
		case key == "new" && strings.HasPrefix(rest, "true"):
			r.New, s = true, rest[len("true"):]
		default:
			if n, s, ok = plainNumber(rest); !ok || !r.setNumber(key, n) {
				return false
			}
		}
		if s == "}" {
			return true
		}
		if s == "" || s[0] != ',' {
			return false
		}
	}
}

// plainText cuts off a text in quotes that stands for itself.
func plainText(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[1:i], s[i+1:], true
		case c == '\\' || c < ' ' || c > '~':
			return "", s, false
		}
	}
	return "", s, false
}

// plainNumber cuts off a number without sign, fraction and exponent.
func plainNumber(s string) (n uint64, rest string, ok bool) {
	const most = 19 // digits of the largest that surely fits
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		n = n*10 + uint64(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0 && i <= most && (i == 1 || s[0] != '0')
}

// setText sets a member. What events keep of it is no piece of the line.
func (r *record) setText(key, text string) bool {
	switch key {
	case "time":
		r.Time = text
	case "kind":
		r.Kind = text
	case "router":
		r.Router = text
	case "router_host":
		r.RouterName = strings.Clone(text)
	case "direction":
		r.Direction = text
	case "protocol":
		r.Protocol = text
	case "verdict":
		r.Verdict = text
	case "src_ip":
		r.SrcIP = text
	case "src_host":
		r.SrcHost = strings.Clone(text)
	case "dst_ip":
		r.DstIP = text
	case "dst_host":
		r.DstHost = strings.Clone(text)
	case "src_mac":
		r.SrcMAC = text
	case "dst_mac":
		r.DstMAC = text
	case "text":
		r.Text = strings.Clone(text)
	case "reason":
		r.Reason = text
	case "src_service", "dst_service", "src_owner", "src_country", "dst_owner", "dst_country", "list", "list_entry": // for people
	default: // json.Unmarshal may know it, in capitals
		return false
	}
	return true
}

// setNumber sets a member.
func (r *record) setNumber(key string, n uint64) bool {
	switch {
	case key == "seq":
		r.Seq = n
	case key == "src_port" && n <= 65535:
		r.SrcPort = uint16(n)
	case key == "dst_port" && n <= 65535:
		r.DstPort = uint16(n)
	case key == "src_bytes":
		r.SrcBytes = n
	case key == "src_packets":
		r.SrcPackets = n
	case key == "dst_bytes":
		r.DstBytes = n
	case key == "dst_packets":
		r.DstPackets = n
	default:
		return false
	}
	return true
}
