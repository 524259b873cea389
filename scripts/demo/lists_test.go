package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linklog/assets/listed"
	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
)

// In the evening somebody who is on a list knocks, and a device reaches a host that is on one, but
// most hosts are on none.
func TestLists(t *testing.T) {
	dir := t.TempDir()
	if err := writeLists(dir); err != nil {
		t.Fatal(err)
	}
	var use listed.Lists
	for name := range lists {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		set, err := listed.Read(f)
		f.Close()
		if err != nil || set.Wrong > 0 {
			t.Fatal(name, set, err)
		}
		use.All = append(use.All, listed.List{Name: name, Set: set})
	}
	listed.Use(&use)
	defer listed.Use(nil)
	evening, decoder := send.NewDemo(1), new(decode.Decoder)
	count := map[string]int{}
	for range 2000 {
		var ev capture.Event
		decoder.Decode(&capture.Datagram{Data: send.AppendTrap(nil, &send.Encoding{}, string(evening.Append(nil))), From: netip.MustParseAddrPort("192.168.1.1:1024"), Time: time.Now()}, &ev)
		if ev.Kind != capture.Traffic {
			continue
		}
		list := "none"
		if hit, on := listed.OfEvent(&ev); on {
			list = hit.Name
		}
		count[list+" "+ev.Dir.String()]++
	}
	if count["scanners.txt in"] < 10 || count["ads.hosts out"] < 10 || count["scanners.txt out"]+count["ads.hosts in"] > 0 || count["none out"] < 1000 || count["none in"] < 10 {
		t.Errorf("%v", count)
	}
}
