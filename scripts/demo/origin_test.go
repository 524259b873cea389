package main

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
)

// Everybody outside has an owner and a country, of addresses that nobody really has.
func TestOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "origin.mmdb")
	if err := writeOwners(path); err != nil {
		t.Fatal(err)
	}
	files, err := origin.Open(path, path)
	if err != nil {
		t.Fatal(err)
	}
	origin.Use(files)
	defer origin.Use(nil)
	evening, decoder := send.NewDemo(1), new(decode.Decoder)
	seen := map[string]bool{}
	for range 4000 {
		var ev capture.Event
		decoder.Decode(&capture.Datagram{Data: send.AppendTrap(nil, &send.Encoding{}, string(evening.Append(nil))), From: netip.MustParseAddrPort("192.168.1.1:1024"), Time: time.Now()}, &ev)
		if ev.Kind != capture.Traffic {
			continue
		}
		outside := ev.Dst.Addr
		if ev.Dir == capture.In {
			outside = ev.Src.Addr
		}
		of := origin.Of(outside)
		if of.AS < 64496 || of.AS > 64511 || of.Owner == "" || len(of.Country) != 2 {
			t.Fatalf("%v: %+v", outside, of)
		}
		seen[of.Owner] = true
	}
	if len(seen) < 14 {
		t.Errorf("only %v", seen)
	}
}
