// Package metrics writes how the service is as metrics in Prometheus' text format, version
// 0.0.4, which node_exporter, VictoriaMetrics, Telegraf and Grafana's agents read.
//
// All names begin with linklog_, so that they stand beside those of others in one file.
// The values of labels are bounded: addresses of routers, of which there are at most
// maxRouters, names of the settings, and words of LinkLog's own. No address of a host is one.
package metrics

import (
	"io"
	"slices"
	"strconv"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/health"
)

// ContentType is that of what Append writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// State is how the service is.
type State struct {
	Status  *api.Status
	Outlets []api.Outlet
	Lists   []api.List
}

// maxRouters bounds the routers that have numbers of their own. The service names no more.
const maxRouters = 64

// Append appends the metrics of a service that answers.
func Append(b []byte, s State) []byte {
	t := text{b: b}
	t.one("linklog_up", gauge, "Whether the service answers.", 1)
	t.receiving(s.Status)
	t.routers(s.Status)
	t.stored(s.Status)
	t.known(s.Status)
	t.problems(s.Status)
	t.outlets(s.Outlets)
	t.lists(s.Lists)
	return t.b
}

// Down are the metrics of a service that does not answer.
func Down(w io.Writer) error {
	var t text
	t.one("linklog_up", gauge, "Whether the service answers.", 0)
	_, err := w.Write(t.b)
	return err
}

func (t *text) receiving(s *api.Status) {
	t.family("linklog_build_info", gauge, "The version of the service; always 1.")
	t.sample(1, "version", s.Service)
	t.one("linklog_start_time_seconds", gauge, "When the service started, in seconds since 1970.", seconds(s.Started))
	t.family("linklog_port_open", gauge, "Whether the service listens on a port of its settings.")
	for _, p := range s.Ports {
		protocol := "udp"
		if p.TCP {
			protocol = "tcp"
		}
		t.sample(truth(p.Open), "port", strconv.Itoa(int(p.Port)), "protocol", protocol)
	}
	t.one("linklog_messages_received_total", counter, "Messages that were received and decoded since the service started.", float64(s.Received))
	t.family("linklog_messages_total", counter, "Messages by what they turned out to be. Attempts made of flows are in traffic, and in no message.")
	for _, k := range []struct {
		kind string
		n    uint64
	}{
		{"traffic", s.Traffic}, {"system", s.System}, {"wan", s.WAN}, {"repeat", s.Repeats}, {"unrecorded", s.Unrecorded}, {"other", s.Other}, {"rejected", s.Rejected},
	} {
		t.sample(float64(k.n), "kind", k.kind)
	}
	t.family("linklog_messages_unusual_total", counter, "Messages that are other or rejected, by the reason.")
	for r := capture.Reason(1); int(r) < capture.Reasons; r++ {
		t.sample(float64(s.Reasons[r.String()]), "reason", r.String())
	}
	t.one("linklog_flow_attempts_total", counter, "Attempts that were made of flows.", float64(s.Made))
	t.family("linklog_messages_lost_total", counter, "Messages that are known to be lost, by the cause: no room in the receive buffer, over the rate of a sender, not written to the disk.")
	t.sample(float64(s.Lost.Dropped), "cause", "buffer")
	t.sample(float64(s.Lost.Refused), "cause", "rate")
	t.sample(float64(s.Lost.Disk), "cause", "disk")
	t.one("linklog_gaps_total", counter, "Events that say that others are missing.", float64(s.Gaps))
	t.one("linklog_connections_turned_away_total", counter, "TCP connections that were closed at once, as too many were open.", float64(s.Lost.TurnedAway))
	t.one("linklog_stranger_messages_total", counter, "Messages from senders that the settings do not accept.", float64(s.Strange))
	t.one("linklog_receive_buffer_bytes", gauge, "The smallest receive buffer of the sockets.", float64(s.Buffer))
}

func (t *text) routers(s *api.Status) {
	heard := s.Routers[:min(len(s.Routers), maxRouters)]
	t.family("linklog_router_messages_total", counter, "Messages of each router.")
	for _, r := range heard {
		t.sample(float64(r.Count), "router", r.Addr.String())
	}
	t.family("linklog_router_last_message_timestamp_seconds", gauge, "When a router was heard last, also before the service started.")
	for _, r := range slices.Concat(heard, s.Before[:min(len(s.Before), maxRouters-len(heard))]) {
		t.sample(seconds(r.Last), "router", r.Addr.String())
	}
}

func (t *text) stored(s *api.Status) {
	stores := []struct {
		name string
		api.Extent
	}{{"received", s.History}, {"imported", s.Imported}}
	t.family("linklog_stored_events", gauge, "Events that are stored.")
	for _, x := range stores {
		t.sample(float64(x.Events), "store", x.name)
	}
	t.family("linklog_oldest_event_timestamp_seconds", gauge, "The time of the oldest event that is stored.")
	for _, x := range stores {
		if !x.Since.IsZero() {
			t.sample(seconds(x.Since), "store", x.name)
		}
	}
	t.family("linklog_newest_event_timestamp_seconds", gauge, "The time of the newest event that is stored.")
	for _, x := range stores {
		if !x.Until.IsZero() {
			t.sample(seconds(x.Until), "store", x.name)
		}
	}
	t.one("linklog_last_event_number", gauge, "The number (seq) of the newest event.", float64(s.Last))
	t.one("linklog_waiting_events", gauge, "Events that are not in the history yet.", float64(s.Waiting))
	var removed api.Removed
	if s.History.Removed != nil {
		removed = *s.History.Removed
	}
	t.one("linklog_removed_events_total", counter, "Events that were removed from the history since the service started.", float64(removed.Events))
	t.family("linklog_disk_bytes", gauge, "What the data folder takes, by the part of it.")
	t.sample(float64(s.Disk.History), "part", "history")
	t.sample(float64(s.Disk.Imported), "part", "imported")
	t.sample(float64(s.Disk.Spool), "part", "spool")
	t.sample(float64(max(s.Disk.Used-s.Disk.History-s.Disk.Imported-s.Disk.Spool, 0)), "part", "rest")
}

func (t *text) known(s *api.Status) {
	t.one("linklog_hosts", gauge, "Hosts on the internet that are known.", float64(s.Hosts))
	t.one("linklog_new_hosts", gauge, "Hosts that are new and were not marked as seen.", float64(s.NewHosts))
	t.one("linklog_devices", gauge, "Devices at home that are known.", float64(s.Devices))
	t.one("linklog_alerts_total", counter, "Alerts since LinkLog was installed.", float64(s.Alert))
	t.one("linklog_alerts_muted", gauge, "Whether alerts are muted.", truth(s.Now.Before(s.Muted)))
	t.one("linklog_hosts_learning", gauge, "Whether the service learns which hosts are usual, without alerts.", truth(s.IsLearning()))
	t.family("linklog_dns_lookups_total", counter, "Reverse DNS look-ups by their result.")
	t.sample(float64(s.Names.Found), "result", "found")
	t.sample(float64(s.Names.Failed), "result", "failed")
	t.sample(float64(s.Names.Lookups-min(s.Names.Lookups, s.Names.Found+s.Names.Failed)), "result", "none")
	t.one("linklog_clients", gauge, "Connections to the local socket.", float64(len(s.Clients)))
}

func (t *text) problems(s *api.Status) {
	count := make(map[health.Severity]int)
	type problem struct {
		code     health.Code
		severity health.Severity
	}
	codes := make(map[problem]int)
	for _, p := range s.Troubles {
		count[p.Severity]++
		codes[problem{p.Code, p.Severity}]++
	}
	t.family("linklog_problems", gauge, "What is wrong now, by how bad it is.")
	for _, severity := range []health.Severity{health.Error, health.Warning, health.Note} {
		t.sample(float64(count[severity]), "severity", string(severity))
	}
	t.family("linklog_problem", gauge, "What is wrong now, by its code, in how many places.")
	for _, p := range s.Troubles {
		key := problem{p.Code, p.Severity}
		if n := codes[key]; n > 0 {
			t.sample(float64(n), "code", string(p.Code), "severity", string(p.Severity))
			delete(codes, key)
		}
	}
}

func (t *text) outlets(list []api.Outlet) {
	each := func(name, kind, help string, value func(o *api.Outlet) float64) {
		t.family(name, kind, help)
		for i := range list {
			t.sample(value(&list[i]), "outlet", list[i].Name)
		}
	}
	each("linklog_outlet_up", gauge, "Whether the last attempt to tell an outlet of alerts went well.", func(o *api.Outlet) float64 { return truth(o.Error == "") })
	each("linklog_outlet_messages_total", counter, "Messages that an outlet got.", func(o *api.Outlet) float64 { return float64(o.Sent) })
	each("linklog_outlet_waiting_alerts", gauge, "Alerts that wait for an outlet.", func(o *api.Outlet) float64 { return float64(o.Waiting) })
	t.family("linklog_outlet_alerts_total", counter, "Alerts by what became of them: told, refused by the other side, or late, as they waited for a day in vain.")
	for _, o := range list {
		t.sample(float64(o.Told), "outlet", o.Name, "result", "told")
		t.sample(float64(o.Refused), "outlet", o.Name, "result", "refused")
		t.sample(float64(o.Late), "outlet", o.Name, "result", "late")
	}
}

func (t *text) lists(list []api.List) {
	t.family("linklog_list_entries", gauge, "Entries of a list of addresses.")
	for _, l := range list {
		t.sample(float64(l.Entries), "list", l.Name)
	}
	t.family("linklog_list_fetched_timestamp_seconds", gauge, "When a list was fetched.")
	for _, l := range list {
		if !l.Fetched.IsZero() {
			t.sample(seconds(l.Fetched), "list", l.Name)
		}
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// seconds since 1970; 0: never.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}
