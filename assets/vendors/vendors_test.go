package vendors

import (
	"testing"

	"linklog/capture"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]string{
		"b0:e4:5c:27:ef:f2": "Samsung Electronics",
		"28:cf:e9:00:00:01": "Apple",
		"b8:27:eb:12:34:56": "Raspberry Pi Foundation",
		"24:0a:c4:00:00:00": "Espressif",
		"c8:5c:e2:7a:bc:de": "Synergy Systems AND Solutions", // 28 bits of a divided prefix
		"8c:1f:64:ff:80:01": "Chamsys",                       // 36 bits
		"8c:1f:64:ff:f0:00": "",                              // of a divided prefix, given to nobody
		"da:a1:19:00:00:01": "",                              // private
		"02:07:01:00:00:01": "",                              // private, though the registry has it
		"fc:ff:ff:ff:ff:fe": "",
	} {
		mac, ok := capture.ParseMAC(text)
		if got := Of(mac); !ok || got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestOfNone(t *testing.T) {
	if got := Of(capture.MAC{}); got != "" {
		t.Errorf("no address is of %q", got)
	}
}

// TestTable holds that the table is whole, and that its names can be shown as they are.
func TestTable(t *testing.T) {
	all := registry()
	if len(all) < 50_000 || len(table) > 1<<20 {
		t.Errorf("%d prefixes in %d bytes", len(all), len(table))
	}
	for i, e := range all {
		if bits := e.prefix & 0xff; bits != 24 && bits != 28 && bits != 36 || e.name == "" || len(e.name) > 120 || capture.Clean(e.name) != e.name || i > 0 && all[i-1].prefix >= e.prefix {
			t.Errorf("%x: %q", e.prefix, e.name)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	mac, _ := capture.ParseMAC("b0:e4:5c:27:ef:f2")
	Of(mac)
	b.ReportAllocs()
	for b.Loop() {
		Of(mac)
	}
}
