package log

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"linklog/app/log/past"
	"linklog/app/ui/uitest"
	"linklog/capture"
	"linklog/service/client"
	"linklog/service/localsocket"
)

// The first row that a slow search finds is shown before there is a second one. The service is a fake, as of a
// real one nobody knows when it finds something.
func TestFirstRowIsShownAtOnce(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	shown := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/hello", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	mux.HandleFunc("/v1/events", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"seq":2,"kind":"system","text":"first"}`+"\n")
		w.(http.Flusher).Flush()
		select {
		case <-shown:
		case <-r.Context().Done():
		}
		io.WriteString(w, `{"seq":1,"kind":"system","text":"second"}`+"\n")
	})
	server := http.Server{Handler: mux}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(l) }()
	c := client.New(client.Options{Paths: []string{socket}})
	t.Cleanup(func() { c.Close(); server.Close(); <-served })

	b := uitest.New(t, c)
	before := past.New(0, 1)
	before.Mark(0, "newest", time.Time{})
	h := newHistory(&Page{c: b.Context}, before, client.Query{}, func() {})
	h.fetch(before.First())
	is := func(row int, text string) bool {
		var ev capture.Event
		return row >= 0 && before.Event(row, &ev) && ev.Text == text
	}
	b.Until("the first row is shown", func() bool { return is(before.Len()-1, "first") })
	close(shown)
	b.Until("both are", func() bool { return before.Len() == 2 && is(0, "second") && is(1, "first") })
	b.Settle()
}
