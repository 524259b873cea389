package intake

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/netip"
	"os"
	"testing"
	"time"

	"linklog/service/clock"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/settings"
)

// newIntake opens an Intake on a free port.
func newIntake(t *testing.T, change func(*Options)) *Intake {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port = 0
	log := slog.New(slog.DiscardHandler)
	o := Options{
		DataDir: t.TempDir(), Listen: s.Listen, Sources: s.Sources, Retry: 20 * time.Millisecond, Health: health.NewHealth(log), Log: log,
		Newest: func() time.Time { return time.Time{} },
	}
	o.Clock = clock.New(o.DataDir, nil, nil)
	o.Gaps = gap.NewLog(o.Clock.Wall, o.Health, log)
	if change != nil {
		change(&o)
	}
	in, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// Forged addresses do not push out the router that sent most.
func TestRoutersBeforeAreBounded(t *testing.T) {
	in := newIntake(t, nil)
	in.heard.add(nil, time.Now())
	router := netip.MustParseAddr("127.255.0.1")
	for range 2 {
		in.sources.take(router, time.Now())
	}
	for i := range 1000 {
		in.sources.take(netip.AddrFrom4([4]byte{127, 0, byte(i >> 8), byte(i)}), time.Now())
	}
	in.WriteRouters()
	text, err := os.ReadFile(in.routersFile())
	var kept []Router
	if err != nil || json.Unmarshal(text, &kept) != nil || len(kept) != maxShown || kept[0].Addr != router {
		t.Errorf("%d kept, %v: %.200s", len(kept), err, text)
	}
}
