package log

import (
	"io"
	"net/http"
	"path/filepath"
	"sync"
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

// The next key ends what the service is asked, which it hears of at once: it is not left to find what nobody wants.
func TestNextKeyEndsTheQuestion(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	asked, ended := make(chan string, 10), make(chan string, 10)
	forever := make(chan struct{})
	end := sync.OnceFunc(func() { close(forever) })
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/hello", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	mux.HandleFunc("/v1/index", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		text := r.FormValue("filter")
		asked <- text
		select {
		case <-r.Context().Done():
			ended <- text
		case <-forever:
		}
	})
	server := http.Server{Handler: mux}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(l) }()
	c := client.New(client.Options{Paths: []string{socket}})
	t.Cleanup(func() { end(); c.Close(); server.Close(); <-served })

	b := uitest.New(t, c)
	p := New(b.Context, Options{OnSaved: func() {}})
	b.Open(p, 800, 500)
	p.Show()
	p.state.Hello.ID = "a history"
	next := func(from chan string, what, want string) {
		t.Helper()
		b.Until(what, func() bool {
			select {
			case got := <-from:
				if got != want {
					t.Fatalf("%s: %q, want %q", what, got, want)
				}
				return true
			default:
				return false
			}
		})
	}
	p.SetQuery("rar")
	next(asked, "it is asked", "rar")
	p.field.entry.SetText("rare") // what is typed is searched for a little later; the old search is over now
	if p.history.searching() {
		t.Error("the old search goes on")
	}
	next(ended, "the service stops", "rar")
	next(asked, "the new text is asked", "rare")
	end()
	b.Settle()
}
