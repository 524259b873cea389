// Command demo writes a day in a household into an empty data folder, for pictures:
//
//	demo FOLDER
//
// The day ends now; its messages are those of linklog send --demo, more of them in the
// evening than at night. Beside it are owners of the addresses, in origin.mmdb, and lists with some
// of the hosts, in scanners.txt and ads.hosts; the settings [origin] and [lists] are to name them.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/capture/send"
	"linklog/service/alerts"
	"linklog/service/book"
	"linklog/service/history"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: demo FOLDER")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run writes history and hosts as the service would have.
func run(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := errors.Join(writeOwners(filepath.Join(dir, "origin.mmdb")), writeLists(dir)); err != nil {
		return err
	}
	clock := time.Now().Add(-24 * time.Hour)
	known, _, err := alerts.Open(filepath.Join(dir, "state.db"), book.Options{Now: func() time.Time { return clock }}, alerts.Options{NameWait: -1})
	if err != nil {
		return err
	}
	defer known.Close()

	for _, d := range send.DemoDevices() {
		if d.Name != "" {
			if err := known.SetLabel(book.ByAddr(netip.MustParseAddr(d.Addr)), d.Name); err != nil {
				return err
			}
		}
	}

	evening, decoder := send.NewDemo(1), new(decode.Decoder)
	router := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 1, 1}), 1024)
	var events []capture.Event
	seq := uint64(0)
	for _, at := range times(time.Now()) {
		seq++
		clock = at
		var ev capture.Event
		decoder.Decode(&capture.Datagram{Data: send.AppendTrap(nil, &send.Encoding{}, string(evening.Append(nil))), From: router, Time: at}, &ev)
		ev.Seq = seq
		known.Observe(&ev)
		events = append(events, ev)
		if len(events) == 1000 {
			if err := h.Append(ctx, events); err != nil {
				return err
			}
			events = events[:0]
		}
	}
	if err := h.Append(ctx, events); err != nil {
		return err
	}
	// All but the last few hosts were looked at.
	if err := known.Commit(seq); err != nil {
		return err
	}
	return known.MarkSeen(seq - 120)
}

// times are those of the messages of a day, in order: a few a minute at night, dozens
// in the evening.
func times(now time.Time) (all []time.Time) {
	random := rand.New(rand.NewPCG(1, 2))
	for at := now.Add(-24 * time.Hour); at.Before(now); {
		hour := float64(at.Hour()) + float64(at.Minute())/60
		busy := 0.15 + math.Exp(-math.Pow(hour-20, 2)/8) + 0.5*math.Exp(-math.Pow(hour-8, 2)/3) + 0.35*math.Exp(-math.Pow(hour-14, 2)/10)
		at = at.Add(time.Duration(random.ExpFloat64() / busy * 4 * float64(time.Second)))
		all = append(all, at)
	}
	return all[:len(all)-1]
}
