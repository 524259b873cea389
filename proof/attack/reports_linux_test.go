package attack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"

	"linklog/capture/send"
)

// TestManyReports has a user with all the connections he may have ask on each for
// reports that have more groups than are kept, and for all hosts: that is work, but it
// must not be memory without end.
func TestManyReports(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := serve(t, "")
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", d.port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n = 60_000 // more than MaxGroups
	if _, err := s.Send(t.Context(), n, 40_000, func(i int, dst []byte) []byte {
		return send.AppendTrap(dst, &send.Encoding{}, fmt.Sprintf("@in TCP from %v:%d to 192.168.1.10:%d", remote(i), i%60_000, i*7%60_000))
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is stored", func() bool {
		s := d.status(t)
		return s.Received+s.Lost.Total == n && s.Waiting == 0 && uint64(s.History.Events) >= s.Received
	})
	before := d.peak(t)
	var group sync.WaitGroup
	for range 7 { // and the honest one
		group.Go(func() {
			c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
			}}}
			defer c.CloseIdleConnections()
			for _, path := range []string{"/v1/groups?by=source,dest,source_port,dest_port,time&bucket=1&limit=9223372036854775807", "/v1/hosts?limit=0&order=count"} {
				if status, err := ask(t.Context(), &c, "GET", path, ""); err != nil || status != http.StatusOK {
					t.Errorf("%s: %d, %v", path, status, err)
				}
			}
		})
	}
	group.Wait()
	if peak := d.peak(t); peak > maxService {
		t.Errorf("%d MiB in use, %d before", peak/megabyte, before/megabyte)
	} else {
		t.Logf("%d MiB in use, %d before", peak/megabyte, before/megabyte)
	}
	d.calm(t)
	d.end(t)
}
