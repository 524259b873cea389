package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/localsocket/sockettest"
)

// publicSocket is a path of a socket that all users can reach.
func publicSocket(t *testing.T) string {
	t.Helper()
	return filepath.Join(sockettest.Folder(t), "s")
}

// TestManyClients has 200 connections of 25 users at the local socket at once: some
// say nothing, some say half a request, some send garbage, some follow and never
// read, some ask properly. The receiver loses nothing meanwhile; whoever was there
// before goes on; whoever finds no room is told so; and when they are gone all is as
// before.
func TestManyClients(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be 25 users")
	}
	t.Parallel()
	n := 20_000
	if testing.Short() {
		n = 4_000
	}
	const users, each, firstUser = 25, 8, 61_000
	var viewers []string
	for i := range users {
		viewers = append(viewers, fmt.Sprintf("%q", fmt.Sprint(firstUser+i)))
	}
	d := serve(t, setup{socket: publicSocket(t), settings: "[names]\ndns = false\n[access]\nviewers = [" + strings.Join(viewers, ", ") + "]\n"})
	d.send(t, 0, 100)
	d.Close()
	idle := d.descriptors(t)

	// Who was there before.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var followed []capture.Event
	go func() {
		_ = d.Follow(ctx, client.Follower{Events: func(events []capture.Event) error {
			mu.Lock()
			defer mu.Unlock()
			followed = append(followed, events...)
			return nil
		}})
	}()
	eventually(t, "he follows", func() bool { mu.Lock(); defer mu.Unlock(); return len(followed) >= 100 })

	big := bytes.Repeat([]byte("x"), 1<<20)
	behaviours := []struct {
		name string
		send []byte
	}{
		{"says nothing", nil},
		{"half a request", []byte("GET /v1/status HTTP/1.1\r\nHost: link")},
		{"garbage", randomBytes(100_000)},
		{"a huge header", append([]byte("GET /v1/status HTTP/1.1\r\nHost: linklog\r\nX: "), big...)},
		{"a huge body", append([]byte("POST /v1/ignore HTTP/1.1\r\nHost: linklog\r\nContent-Length: 10000000\r\n\r\n"), big...)},
		{"follows and never reads", []byte("GET /v1/follow?after=0&names=true HTTP/1.1\r\nHost: linklog\r\n\r\n")},
		{"a wrong length", []byte("POST /v1/ignore HTTP/1.1\r\nHost: linklog\r\nContent-Length: -5\r\n\r\n{}")},
		{"asks properly", []byte("GET /v1/hello HTTP/1.1\r\nHost: linklog\r\n\r\n")},
	}
	var conns sync.Map
	var served, refused, turnedAway, other atomic.Int64
	var all sync.WaitGroup
	for i := range users * each {
		b := behaviours[i%len(behaviours)]
		all.Go(func() {
			c, err := sockettest.Dial(uint32(firstUser+i/each), d.socket)
			if err != nil {
				t.Errorf("connect: %v", err)
				return
			}
			conns.Store(c, true)
			go func() { _, _ = c.Write(b.send) }() // may block for good
			if b.name != "asks properly" {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			answer := make([]byte, 4096)
			got, err := c.Read(answer)
			switch text := string(answer[:got]); {
			case strings.HasPrefix(text, "HTTP/1.1 200"):
				served.Add(1)
			case strings.HasPrefix(text, "HTTP/1.1 429"):
				refused.Add(1)
			case err == io.EOF || isReset(err):
				turnedAway.Add(1)
			default:
				other.Add(1)
				t.Errorf("answered %q, %v", text, err)
			}
		})
	}
	sendNumbered(t, d.address(), 100, n, 20_000)
	all.Wait()
	if served.Load()+refused.Load()+turnedAway.Load() != users {
		t.Errorf("%d served, %d refused, %d turned away of %d", served.Load(), refused.Load(), turnedAway.Load(), users)
	}

	// While the place is full, the command says what is the matter, or works.
	out, code := d.linklog(t, "status")
	if code != 0 && !strings.Contains(out, "too many") {
		t.Errorf("linklog status, while the place is full: %d, %s", code, out)
	}
	full := d.descriptors(t)
	if full > idle+api.MaxClients+32 {
		t.Errorf("%d descriptors, %d before", full, idle)
	}
	eventually(t, "the follower has all", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return account(t, followed).missing(0, 100+n) == 0
	})
	// Those who only hold a place lose it: the service answers again though they stay.
	eventually(t, "there is room again", func() bool { _, code := d.linklog(t, "status"); return code == 0 })
	d.await(t, 100+n-1)
	s := d.status(t)
	if l := account(t, d.events(t)); l.missing(0, 100+n) > 0 || l.doubled > 0 || s.Lost.Total > 0 {
		t.Errorf("%d missing, %d doubled, lost %+v", l.missing(0, 100+n), l.doubled, s.Lost)
	}
	conns.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
	cancel()
	eventually(t, "all are gone", func() bool { d.Close(); return d.descriptors(t) <= idle+readers })
	if strings.Contains(d.stderr.String(), "fault") {
		t.Error(d.stderr)
	}
	t.Logf("of %d who asked properly %d served, %d refused, %d turned away; %d descriptors idle, %d full; %d KiB at the most; status: %d, %.120s",
		users, served.Load(), refused.Load(), turnedAway.Load(), idle, full, memoryOf(t, d, "VmHWM"), code, out)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// readers is how many descriptors more the history keeps open for those who ask: four
// files, with their logs.
const readers = 8

func isReset(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "reset") || strings.Contains(err.Error(), "broken pipe"))
}
