package importing_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/service"
	"linklog/service/client"
	"linklog/service/importing"
	"linklog/service/leaktest"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// daemon is a service in this process.
func daemon(t *testing.T) *client.Client {
	t.Helper()
	dir := t.TempDir()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS = 0, false
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e, DataDir: dir})
	socket := filepath.Join(dir, "s")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ran, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() { ran <- e.Run(ctx, func() { close(ready) }) }()
	go func() { served <- server.Serve(l) }()
	<-ready
	c := client.New(client.Options{Paths: []string{socket}})
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Names in old logs are those of the events beside them, each for its time, and nobody's at present.
func TestNamesOfThen(t *testing.T) {
	c := daemon(t)
	connection := func(clock string, dst string) string {
		return "Nov 28 " + clock + " gw kernel: ACCEPT IN=br0 OUT=eth0 MAC=02:00:5e:10:00:01:02:00:5e:10:00:22:08:00 SRC=192.168.1.10 DST=" + dst +
			" LEN=60 PROTO=TCP SPT=5" + strings.ReplaceAll(clock[3:], ":", "") + " DPT=443 SYN URGP=0"
	}
	dnsmasq := func(clock, name, addr string) string {
		return "Nov 28 " + clock + " gw dnsmasq[1]: query[A] " + name + " from 192.168.1.10\nNov 28 " + clock + " gw dnsmasq[1]: reply " + name + " is " + addr
	}
	lease := func(clock, mac, name string) string {
		return "Nov 28 " + clock + " gw dnsmasq-dhcp[1]: DHCPACK(br-lan) 192.168.1.10 " + mac + " " + name
	}
	write := func(name string, lines ...string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := write("log", // which is read first, as its name is the first
		lease("12:00:00", "02:00:5e:10:00:22", "tablet"), dnsmasq("12:00:01", "new.example", "203.0.113.9"), connection("12:00:02", "203.0.113.9"),
		connection("12:00:03", "203.0.113.10"), dnsmasq("12:00:03", "late.example", "203.0.113.10"), connection("12:00:05", "203.0.113.11"))
	older := write("log.1",
		connection("06:00:00", "203.0.113.9"), lease("06:00:01", "02:00:5e:10:00:22", "tv-living"), dnsmasq("06:00:02", "old.example", "203.0.113.9"), connection("06:00:03", "203.0.113.9"))
	sender := importing.Sender{Client: c}
	o := oldlogs.Options{Location: time.UTC, Now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	again := importing.Sender{Client: c}
	for _, one := range []struct {
		*importing.Sender
		path string
	}{{&sender, newer}, {&sender, older}, {&again, older}, {&again, newer}} {
		if _, err := one.File(t.Context(), one.path, nil, o, importing.Reading{}); err != nil {
			t.Fatal(err)
		}
	}
	if sender.Added != 5 || again.Added != 0 || again.Known != 5 {
		t.Errorf("%d added, and once more %d, %d known", sender.Added, again.Added, again.Known)
	}
	var got []string
	err := c.Events(t.Context(), client.Query{Imported: true, OldestFirst: true}, func(ev *capture.Event) error {
		got = append(got, ev.Time.Format("15:04:05 ")+ev.Src.Name+" -> "+ev.Dst.Name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"06:00:00  -> ", "06:00:03 tv-living -> old.example", "12:00:02 tablet -> new.example", "12:00:03 tablet -> late.example", "12:00:05 tablet -> "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	devices, err := c.Devices(t.Context())
	if err != nil || len(devices) != 1 || devices[0].Name != "" {
		t.Errorf("at present: %+v, %v", devices, err)
	}
}
