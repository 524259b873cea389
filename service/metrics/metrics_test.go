package metrics

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/health"
)

// full is a state in which every metric has a value, with as much as there can be of what is bounded.
func full() State {
	at := time.Date(2026, 11, 30, 12, 0, 0, 500e6, time.UTC)
	s := &api.Status{
		Service: `1.0"\` + "\n", Started: at, Now: at.Add(time.Hour), Ports: []api.Port{{Port: 162, Open: true}, {Port: 514, TCP: true}},
		Received: 1 << 40, Traffic: 7, Reasons: map[string]uint64{capture.NotSNMP.String(): 3, "made up": 9},
		History:  api.Extent{Events: 12, Since: at, Until: at, Removed: &api.Removed{Events: 5}},
		Imported: api.Extent{Since: at, Until: at},
		Disk:     api.Disk{History: 10, Spool: 5, Used: 12},
		Names:    api.NameStats{Lookups: 9, Found: 4, Failed: 2},
		Troubles: []api.Trouble{
			{Code: health.PortTaken, Severity: health.Error, Place: "162"}, {Code: health.PortTaken, Severity: health.Error, Place: "514"},
			{Code: health.OwnLogged, Severity: health.Warning},
		},
	}
	for i := range 100 {
		s.Routers = append(s.Routers, api.Source{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Count: uint64(i), Last: at})
		s.Before = append(s.Before, api.Source{Addr: netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), Last: at})
	}
	return State{
		Status:  s,
		Outlets: []api.Outlet{{Name: "phone", Sent: 3, Told: 4, Refused: 1}, {Name: "mail", Error: "no"}},
		Lists:   []api.List{{Name: "tor-exits", Entries: 1000, Fetched: at}, {Name: "own"}},
	}
}

func TestValues(t *testing.T) {
	got := string(Append(nil, full()))
	for _, want := range []string{
		"# HELP linklog_up Whether the service answers.\n# TYPE linklog_up gauge\nlinklog_up 1\n",
		`linklog_build_info{version="1.0\"\\\n"} 1`,
		"linklog_start_time_seconds 1796040000.5",
		`linklog_port_open{port="162",protocol="udp"} 1`, `linklog_port_open{port="514",protocol="tcp"} 0`,
		"linklog_messages_received_total 1099511627776",
		`linklog_messages_total{kind="traffic"} 7`, `linklog_messages_unusual_total{reason="not SNMP"} 3`,
		`linklog_removed_events_total 5`, `linklog_disk_bytes{part="rest"} 0`,
		`linklog_dns_lookups_total{result="none"} 3`,
		`linklog_problems{severity="error"} 2`, `linklog_problems{severity="note"} 0`, `linklog_problem{code="port-taken",severity="error"} 2`,
		`linklog_outlet_up{outlet="mail"} 0`, `linklog_outlet_alerts_total{outlet="phone",result="refused"} 1`,
		`linklog_list_entries{list="own"} 0`,
	} {
		if !strings.Contains(got, strings.TrimSuffix(want, "\n")+"\n") {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	for what, most := range map[string]int{"linklog_router_messages_total{": maxRouters, "linklog_router_last_message_timestamp_seconds{": maxRouters, "made up": 0, "list_fetched_timestamp_seconds{": 1} {
		if n := strings.Count(got, what); n != most {
			t.Errorf("%d times %s, not %d", n, what, most)
		}
	}
}

// What a new service says has no metric without a sample.
func TestEmpty(t *testing.T) {
	got := string(Append(nil, State{Status: new(api.Status)}))
	heads, samples := strings.Count(got, "# TYPE "), make(map[string]bool)
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "#") {
			samples[regexp.MustCompile(`^\w+`).FindString(line)] = true
		}
	}
	if heads != len(samples) || heads < 20 {
		t.Errorf("%d metrics, %d of them with samples:\n%s", heads, len(samples), got)
	}
	var down bytes.Buffer
	if err := Down(&down); err != nil || !strings.HasSuffix(down.String(), "\nlinklog_up 0\n") {
		t.Errorf("%q, %v", down.String(), err)
	}
}

// promtool is Prometheus' own judge of such texts, here or where scripts/setup unpacked it.
func promtool(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("promtool"); err == nil {
		return path
	}
	if cache, err := os.UserCacheDir(); err == nil {
		if path, err := exec.LookPath(filepath.Join(cache, "linklog", "prometheus", "usr/bin/promtool")); err == nil {
			return path
		}
	}
	t.Skip("needs promtool, which scripts/setup test unpacks")
	return ""
}

// Prometheus reads it, and its linter finds nothing to complain of.
func TestPromtool(t *testing.T) {
	tool := promtool(t)
	for name, text := range map[string][]byte{"full": Append(nil, full()), "empty": Append(nil, State{Status: new(api.Status)})} {
		cmd := exec.Command(tool, "check", "metrics")
		cmd.Stdin = bytes.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	cmd := exec.Command(tool, "check", "metrics")
	cmd.Stdin = strings.NewReader("# TYPE linklog_wrong counter\nlinklog_wrong 1\n")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("it complains of nothing: %s", out)
	}
}

// docs/metrics.md has each metric as it is, and no others; the dashboard asks only for those.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	got := string(Append(nil, full()))
	documented := 0
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| `linklog_") {
			documented++
		}
	}
	there := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^# HELP (\w+) (.*)\.\n# TYPE \w+ (\w+)\n\w+(?:\{(.*)\})? `).FindAllStringSubmatch(got, -1) {
		name, help, kind := m[1], m[2], m[3]
		var labels []string
		for _, l := range regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`).FindAllStringSubmatch(m[4], -1) {
			labels = append(labels, "`"+l[1]+"`")
		}
		there[name] = true
		if row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", name, kind, strings.Join(labels, ", "), help); !strings.Contains(string(doc), row) {
			t.Errorf("docs/metrics.md lacks\n%s", row)
		}
	}
	if len(there) != documented || documented < 30 {
		t.Errorf("%d metrics, %d documented", len(there), documented)
	}
	dashboard, err := os.ReadFile("../../packaging/grafana/linklog.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{doc, dashboard} {
		for _, m := range regexp.MustCompile(`\blinklog_\w+`).FindAll(text, -1) {
			if !there[string(m)] {
				t.Errorf("%s is named, and is no metric", m)
			}
		}
	}
}
