package service

import (
	"net/netip"
	"path/filepath"
	"testing"

	"linklog/assets/origin"
	"linklog/service/health"
	"linklog/service/settings"
)

// A file that cannot be read changes nothing that is received or known, and is told until it
// can be read, or is not asked for.
func TestWrongOrigins(t *testing.T) {
	c := settings.Defaults()
	c.Listen = settings.Listen{Address: settings.Address{Addr: netip.MustParseAddr("127.0.0.1")}, Buffer: 1 << 20}
	c.Origin.ASN = filepath.Join(t.TempDir(), "none.mmdb")
	s, err := Open(t.Context(), Config{DataDir: t.TempDir(), Settings: c})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	told := func() bool {
		for _, c := range s.Health.List() {
			if c.Code == health.OriginWrong {
				return true
			}
		}
		return false
	}
	if !told() || s.Origins() != (settings.Origin{}) {
		t.Errorf("a missing file is told: %v, in use: %+v", told(), s.Origins())
	}
	if got := origin.Of(netip.MustParseAddr("8.8.8.8")); got.Owner != "Google" {
		t.Errorf("8.8.8.8 is of %+v", got)
	}
	c.Origin.ASN = ""
	if err := s.Reload(c); err != nil {
		t.Fatal(err)
	}
	if told() {
		t.Error("still told")
	}
}
