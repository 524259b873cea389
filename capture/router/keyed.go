package router

import (
	"linklog/capture"
	"linklog/capture/syslog"
)

// keyed reads lines of key=value, as Fortinet and Sophos write them:
//
//	srcip=203.0.113.9 dstip=198.51.100.40 proto=6 srcport=51234 dstport=22 action="deny"
func (r *Reader) keyed(ev *capture.Event, h *syslog.Header) (bool, error) {
	src, ok := value(h.Text, "srcip")
	if !ok {
		if src, ok = value(h.Text, "src_ip"); !ok {
			return false, nil
		}
	}
	either := func(one, other string) string {
		if v, ok := value(h.Text, one); ok {
			return v
		}
		v, _ := value(h.Text, other)
		return v
	}
	dst := either("dstip", "dst_ip")
	proto := either("proto", "protocol")
	if dst == "" || proto == "" {
		return false, nil
	}
	ev.Verdict = capture.VerdictOf(either("action", "log_subtype"))
	for _, key := range [...]string{"policyid", "fwrule", "fw_rule_id"} {
		if rule, _ := value(h.Text, key); rule != "" {
			ev.Text = r.join("rule ", rule)
			break
		}
	}
	return true, r.fill(ev, proto, src, either("srcport", "src_port"), dst, either("dstport", "dst_port"))
}
