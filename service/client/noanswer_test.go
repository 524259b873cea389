package client_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"linklog/capture"
	"linklog/service/client"
	"linklog/service/localsocket"
)

// muteAfter is how soon a caller hears that nobody answers.
const muteAfter = 12 * time.Second

// A socket that somebody holds, but nobody answers at, as that of a service that fails at
// each start or was stopped: every call says so, and soon.
func TestNobodyAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	path := t.TempDir() + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := client.New(client.Options{Paths: []string{path}})
	t.Cleanup(c.Close)
	for name, call := range map[string]func(context.Context) error{
		"hello":  func(ctx context.Context) error { _, err := c.Hello(ctx); return err },
		"status": func(ctx context.Context) error { _, err := c.Status(ctx); return err },
		"count":  func(ctx context.Context) error { _, err := c.Count(ctx, client.Query{}); return err },
		"events": func(ctx context.Context) error {
			return c.Events(ctx, client.Query{}, func(*capture.Event) error { return nil })
		},
		"settings": func(ctx context.Context) error { _, err := c.SetSettings(ctx, ""); return err },
		"follow": func(ctx context.Context) (err error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			c.Follow(ctx, client.Follower{State: func(s client.State) { err = s.Err; cancel() }})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			err := call(t.Context())
			if err == nil || !strings.Contains(err.Error(), "did not answer within") {
				t.Error(err)
			}
			if took := time.Since(begin); took > muteAfter {
				t.Errorf("after %v", took)
			}
		})
	}
}

// A service that lives may take as long as it needs; one that stops in the middle of an
// answer is given up. The service is a fake, as a real one cannot be told when to stop.
func TestAnswersThatTakeLong(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	path := t.TempDir() + "/s"
	l, err := localsocket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	const line = `{"seq":1,"kind":"system","text":"x"}` + "\n"
	stopped := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/hello", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stopped:
			<-r.Context().Done()
		default:
			io.WriteString(w, "{}")
		}
	})
	mux.HandleFunc("/v1/events", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(4 * time.Second) // a rare filter
		io.WriteString(w, line)
		w.(http.Flusher).Flush()
		time.Sleep(4 * time.Second)
		io.WriteString(w, line)
		w.(http.Flusher).Flush()
		if r.URL.Query().Has("filter") {
			close(stopped)
			<-r.Context().Done()
		}
	})
	server := http.Server{Handler: mux}
	go server.Serve(l)
	defer server.Close()
	c := client.New(client.Options{Paths: []string{path}})
	defer c.Close()
	n := 0
	count := func(*capture.Event) error { n++; return nil }
	if err := c.Events(t.Context(), client.Query{}, count); err != nil || n != 2 {
		t.Errorf("%d events, %v", n, err)
	}
	begin := time.Now()
	if err := c.Events(t.Context(), client.Query{Filter: "x"}, count); err == nil || !strings.Contains(err.Error(), "did not answer within") || n != 4 {
		t.Errorf("%d events, %v", n, err)
	}
	if took := time.Since(begin); took > 8*time.Second+muteAfter {
		t.Errorf("after %v", took)
	}
}
