package lists

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linklog/assets/listed"
	"linklog/service/health"
	"linklog/service/leaktest"
	"linklog/service/settings"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Main(m)) }

// bench is a folder with lists, and a server that has one.
type bench struct {
	*Lists
	server *httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
	asked  atomic.Int32
	from   settings.Lists
	health *health.Health
	dir    string
}

func newBench(t *testing.T) *bench {
	b := &bench{health: health.NewHealth(slog.New(slog.DiscardHandler)), dir: t.TempDir()}
	b.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.asked.Add(1)
		(*b.answer.Load())(w, r)
	}))
	t.Cleanup(b.server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	b.from = settings.Lists{Own: []settings.ListFrom{{Name: "work", From: b.server.URL + "/list.txt"}}, Every: settings.Duration(24 * time.Hour), CA: ca}
	b.open()
	t.Cleanup(func() { listed.Use(nil) })
	return b
}

// open makes the lists anew, as a start of the service does.
func (b *bench) open() {
	b.Lists = New(Options{
		Dir: filepath.Join(b.dir, "lists"), Health: b.health, Log: slog.New(slog.DiscardHandler),
		Own: func() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("203.0.115.0/24")} }, Changed: func() {},
		within: time.Minute,
	}, b.from)
}

func (b *bench) says(answer http.HandlerFunc) { b.answer.Store(&answer) }

// get gets the only list.
func (b *bench) get() error {
	f := b.start(context.Background(), b.lists()[0])
	<-f.done
	return f.err
}

// on reports whether an address is on a list.
func on(addr string) bool {
	_, found := listed.Match(netip.MustParseAddr(addr), "")
	return found
}

// told are the conditions of lists.
func (b *bench) told() (codes []string) {
	for _, c := range b.health.List() {
		codes = append(codes, string(c.Code)+" "+c.Place)
	}
	return codes
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
}

// TestFailures holds that whatever a server does instead of sending a list, the one that was there is
// used on, also after a restart, and the reason is told.
func TestFailures(t *testing.T) {
	other := httptest.NewServer(text("203.0.114.9\n"))
	defer other.Close()
	sent := atomic.Int64{}
	for _, x := range []struct {
		name   string
		answer http.HandlerFunc
		within time.Duration
		want   string
	}{
		{"slow", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "203.0.114.9\n")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, time.Second, "does not answer in time"},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 300 * time.Millisecond, "does not answer in time"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "203.0.114.9\n")
		}, 0, "ended the connection before its answer was complete"},
		{"aborted", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("203.0.114.9\n", 1000))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, 0, ""},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }, 0, "which is not followed"},
		{"round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/list.txt", http.StatusFound) }, 0, "which is not followed"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			line := []byte(strings.Repeat("203.0.114.9 "+strings.Repeat("x", 4000)+"\n", 16))
			for n := 0; n < 1<<30; n += len(line) {
				if _, err := w.Write(line); err != nil {
					return
				}
				sent.Add(int64(len(line)))
			}
		}, 0, "larger than 64 MiB"},
		{"empty", text(""), 0, "no entries"},
		{"comments", text("# nothing today\n"), 0, "no entries"},
		{"page", text("<html>\n<head>\n<title>Log in</title>\n"), 0, "it is not a list"},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, 0, "the server answers 404 Not Found"},
		{"no change of nothing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, 0, "206"},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := newBench(t)
			b.says(x.answer)
			if x.within > 0 {
				b.o.within = x.within
			}
			err := b.get()
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("the error is %v, want one with %q", err, x.want)
			}
			if got := fmt.Sprint(b.told()); got != "[list-missing work]" {
				t.Errorf("without a list it tells %s", got)
			}
			b.o.within = time.Minute
			b.says(text("203.0.114.7\n"))
			if err := b.get(); err != nil || !on("203.0.114.7") || len(b.told()) > 0 {
				t.Fatalf("a good list: %v, is on it: %v, told %v", err, on("203.0.114.7"), b.told())
			}
			b.says(x.answer)
			if x.within > 0 {
				b.o.within = x.within
			}
			if err := b.get(); err == nil {
				t.Error("it is no error any more")
			}
			check := func() {
				t.Helper()
				if !on("203.0.114.7") || on("203.0.114.9") {
					t.Errorf("the good list is not used on: %v %v", on("203.0.114.7"), on("203.0.114.9"))
				}
			}
			check()
			if len(b.told()) > 0 {
				t.Errorf("one failure is told already: %v", b.told())
			}
			one := b.lists()[0]
			one.head.Fetched = time.Now().Add(-4 * 24 * time.Hour)
			_ = b.get()
			if got := fmt.Sprint(b.told()); got != "[list-stale work]" {
				t.Errorf("after four days it tells %s", got)
			}
			listed.Use(nil)
			b.open()
			b.load(b.lists()[0])
			b.Lists.answer(false)
			check()
			if files, _ := os.ReadDir(b.o.Dir); len(files) != 1 {
				t.Errorf("files are left: %v", files)
			}
		})
	}
	if n := sent.Load(); n > 3*(listed.MaxBytes+16<<20) { // of three requests
		t.Errorf("%d MB were taken of an endless answer", n>>20)
	}
}

// TestCertificate holds that a server must be who it says.
func TestCertificate(t *testing.T) {
	b := newBench(t)
	b.says(text("203.0.114.7\n"))
	b.from.CA = ""
	b.open()
	if err := b.get(); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a strange certificate: %v", err)
	}
	b.from.CA = filepath.Join(t.TempDir(), "none.pem")
	b.open()
	if err := b.get(); err == nil || !strings.Contains(err.Error(), "ca: ") {
		t.Errorf("no file of certificates: %v", err)
	}
	if n := b.asked.Load(); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestUnchanged holds that a server is told what is there already, and that 304 keeps it.
func TestUnchanged(t *testing.T) {
	b := newBench(t)
	var tag, since string
	b.says(func(w http.ResponseWriter, r *http.Request) {
		tag, since = r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
		if tag == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
		_, _ = io.WriteString(w, "203.0.114.7\nnonsense line\n203.0.114.8\n")
	})
	if err := b.get(); err != nil || tag != "" || since != "" {
		t.Fatalf("first: %v, asked with %q %q", err, tag, since)
	}
	long := time.Now().Add(-10 * 24 * time.Hour).UTC().Truncate(time.Second)
	b.lists()[0].head.Fetched = long
	for range 2 {
		if err := b.get(); err != nil || tag != `"one"` || since != "Mon, 23 Nov 2026 10:00:00 GMT" {
			t.Fatalf("again: %v, asked with %q %q", err, tag, since)
		}
		if s := b.States()[0]; !on("203.0.114.7") || !s.Fetched.After(long) || s.Set.Entries != 2 || s.Sum == "" {
			t.Errorf("an unchanged list is %+v", s)
		}
		listed.Use(nil)
		sum := b.States()[0].Sum
		b.open() // a restart knows all that
		b.load(b.lists()[0])
		b.Lists.answer(false)
		if s := b.States()[0]; s.Sum != sum || !s.Fetched.After(long) {
			t.Errorf("after a restart it is %+v", s)
		}
	}
	if got := fmt.Sprint(b.told()); got != "[list-garbled work]" {
		t.Errorf("told %s", got)
	}
	if c := b.health.List()[0]; c.Reason().String() != "lines that are not understood: 1, the first is line 2; the others are used" {
		t.Errorf("told: %s", c.Reason())
	}
	// What was kept went away: 304 does not help, the next request gets all of it.
	if err := os.Remove(b.path(b.lists()[0])); err != nil {
		t.Fatal(err)
	}
	if err := b.get(); err == nil {
		t.Error("a list that is not kept is taken for the same")
	}
	if err := b.get(); err != nil || tag != "" {
		t.Errorf("it is not fetched anew: %v, asked with %q", err, tag)
	}
	in, err := b.Text("work")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if all, err := io.ReadAll(in); err != nil || !strings.HasPrefix(string(all), "203.0.114.7\n") {
		t.Errorf("the text is %q, %v", all, err)
	}
}

// TestLongTags holds that a list is kept whatever its server wants to see again, and however long
// its address is.
func TestLongTags(t *testing.T) {
	b := newBench(t)
	b.from.Own[0].From += "?" + strings.Repeat("a&b=", 500)
	b.open()
	tag := `"` + strings.Repeat("<", maxTag-2) + `"`
	var asked string
	b.says(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("If-None-Match")
		if asked == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		w.Header().Set("Last-Modified", strings.Repeat("&", maxTag))
		_, _ = io.WriteString(w, "203.0.114.7\n")
	})
	if err := b.get(); err != nil {
		t.Fatal(err)
	}
	b.open() // a restart
	b.load(b.lists()[0])
	if b.States()[0].Set == nil {
		t.Fatal("what was kept is not used")
	}
	if err := b.get(); err != nil || asked != tag {
		t.Errorf("again: %v, asked with %q", err, asked)
	}
}

// TestRemovedMeanwhile holds that nothing is told of a list that was removed from the settings, or has
// a different address there, while it was fetched.
func TestRemovedMeanwhile(t *testing.T) {
	for _, now := range []settings.Lists{{}, {Own: []settings.ListFrom{{Name: "work", From: "https://lists.example/work.txt"}}}} {
		for _, answer := range []http.HandlerFunc{text(""), text("203.0.114.7\nnonsense line\n203.0.114.8\n")} {
			b := newBench(t)
			b.says(func(w http.ResponseWriter, r *http.Request) {
				b.Configure(now)
				answer(w, r)
			})
			_ = b.get()
			if told := b.told(); len(told) > 0 {
				t.Errorf("with %v: told %v", now.Own, told)
			}
		}
	}
}

// until waits for what Run does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// TestRun holds when lists are fetched, and that other settings count at once.
func TestRun(t *testing.T) {
	b := newBench(t)
	b.says(text("203.0.114.7\n203.0.115.7\n"))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); b.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	until(t, "the list", func() bool { return on("203.0.114.7") })
	if on("203.0.115.7") {
		t.Error("the user's own network is on a list")
	}
	if err := b.Update(ctx, "work"); err != nil || b.asked.Load() != 2 {
		t.Errorf("update: %v, asked %d times", err, b.asked.Load())
	}
	if err := b.Update(ctx, "nobody"); !errors.Is(err, ErrNone) {
		t.Errorf("of a list that is not there: %v", err)
	}
	file := filepath.Join(t.TempDir(), "mine.txt")
	if err := os.WriteFile(file, []byte("0.0.0.0 ads.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.from.Own = append(b.from.Own, settings.ListFrom{Name: "mine", From: file})
	b.Configure(b.from)
	named := func(name string) func() bool {
		return func() bool { _, found := listed.Match(netip.MustParseAddr("8.8.8.8"), name); return found }
	}
	until(t, "the file", named("x.ads.example.com"))
	if err := os.WriteFile(file, []byte("other.example.com\n# longer\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Configure(b.from) // looks at once
	until(t, "the file's other text", named("other.example.com"))
	b.from.Own = b.from.Own[1:]
	b.Configure(b.from)
	until(t, "the end of a list", func() bool { return !on("203.0.114.7") })
	until(t, "the end of its file", func() bool { files, _ := os.ReadDir(b.o.Dir); return len(files) == 1 })
	if n := b.asked.Load(); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestHanging holds that lists whose servers hang hold up no other, that few are fetched at once,
// that other settings end what goes by the earlier ones, and that the end of Run does.
func TestHanging(t *testing.T) {
	b := newBench(t)
	var now, most atomic.Int32
	b.says(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "hanging") {
			_, _ = io.WriteString(w, "203.0.114.7\n")
			return
		}
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		_, _ = io.WriteString(w, "203.0.114.8\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	hanging := func(n int) (from []settings.ListFrom) {
		for i := range n {
			from = append(from, settings.ListFrom{Name: fmt.Sprint("hanging", i), From: fmt.Sprint(b.server.URL, "/hanging", i)})
		}
		return from
	}
	work := b.from.Own[0]
	b.from.Own = append(hanging(atOnce-1), work)
	b.open()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); b.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	until(t, "the list of the server that answers", func() bool { return on("203.0.114.7") })
	until(t, "the others", func() bool { return now.Load() == atOnce-1 })
	if err := b.Update(ctx, "work"); err != nil {
		t.Errorf("update beside those that hang: %v", err)
	}
	b.Configure(b.from) // looks, and sweeps
	if err := b.Update(ctx, "work"); err != nil {
		t.Errorf("update: %v", err)
	}
	if n := now.Load(); n != atOnce-1 {
		t.Errorf("%d hang, want %d", n, atOnce-1)
	}

	b.from.Own = append(hanging(3*atOnce), work)
	b.Configure(b.from)
	until(t, "as many as may be", func() bool { return now.Load() == atOnce })
	b.from.Own = []settings.ListFrom{{Name: "hanging0", From: b.server.URL + "/answers"}, work}
	b.Configure(b.from)
	if err := b.Update(ctx, "hanging0"); err != nil {
		t.Errorf("what had hung, with a different address: %v", err)
	}
	until(t, "the end of those that are not wanted", func() bool { return now.Load() == 0 })
	until(t, "the end of their files", func() bool { files, _ := os.ReadDir(b.o.Dir); return len(files) == 2 })
	if n := most.Load(); n > atOnce {
		t.Errorf("%d at once", n)
	}
	b.from.Own = hanging(2)
	b.Configure(b.from)
	until(t, "what hangs again", func() bool { return now.Load() == 2 })
	cancel()
	<-ended
	if told := b.told(); len(told) > 0 {
		t.Errorf("told %v", told)
	}
}

// TestTrusted holds that a list whose server was not trusted is tried at once when that changes.
func TestTrusted(t *testing.T) {
	b := newBench(t)
	b.says(text("203.0.114.7\n"))
	right := b.from.CA
	b.from.CA = ""
	b.open()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); b.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	until(t, "the failure", func() bool { return b.States()[0].Err != nil })
	b.from.CA = right
	b.Configure(b.from)
	until(t, "the list", func() bool { return on("203.0.114.7") })
	until(t, "the end of the trouble", func() bool { return len(b.told()) == 0 })
}

// TestTerms holds that a list that is known is not fetched more often than its terms allow, also
// when it fails, and by hand.
func TestTerms(t *testing.T) {
	b := newBench(t)
	b.says(text("203.0.114.7\n"))
	one := b.lists()[0]
	one.Least = time.Hour
	if !b.due(one, time.Now()) {
		t.Error("what was never fetched is not due")
	}
	if err := b.update(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	if err := b.update(context.Background(), "WORK"); err == nil || !strings.Contains(err.Error(), "its terms allow that once an hour") {
		t.Errorf("by hand it is fetched again at once: %v", err)
	}
	b.says(text(""))
	for _, x := range []struct {
		fetched, tried time.Duration // ago
		failed         bool
		want           bool
	}{
		{23 * time.Hour, 23 * time.Hour, false, false}, {25 * time.Hour, 25 * time.Hour, false, true},
		{25 * time.Hour, 59 * time.Minute, true, false}, {25 * time.Hour, 61 * time.Minute, true, true}, {-time.Hour, 25 * time.Hour, false, true},
	} {
		one.head.Fetched, one.tried, one.err = time.Now().Add(-x.fetched), time.Now().Add(-x.tried), nil
		if x.failed {
			one.err = io.ErrUnexpectedEOF
		}
		if got := b.due(one, time.Now()); got != x.want {
			t.Errorf("%+v: due %v", x, got)
		}
	}
	if n := b.asked.Load(); n != 1 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestFiles holds what is told of a file that is no list, and that it is read when it is one.
func TestFiles(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(t.TempDir(), "mine.txt")
	b.from.Own = []settings.ListFrom{{Name: "mine", From: file}}
	b.open()
	one := b.lists()[0]
	if !b.due(one, time.Now()) {
		t.Error("a file is not looked at")
	}
	if err := b.get(); err == nil || b.due(one, time.Now()) || fmt.Sprint(b.told()) != "[list-missing mine]" {
		t.Errorf("no file: %v, due %v, told %v", err, b.due(one, time.Now()), b.told())
	}
	if err := os.WriteFile(file, []byte("203.0.114.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !b.due(one, time.Now()) {
		t.Error("a file that came is not looked at")
	}
	if err := b.get(); err != nil || !on("203.0.114.7") || b.due(one, time.Now()) || len(b.told()) > 0 {
		t.Errorf("a file: %v, told %v", err, b.told())
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if !b.due(one, time.Now()) {
		t.Error("a file that went is not noticed")
	}
	if err := b.get(); err == nil || !on("203.0.114.7") || fmt.Sprint(b.told()) != "[list-stale mine]" {
		t.Errorf("a file that went: %v, told %v", err, b.told())
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	// It may be anybody's: nobody is to move it.
	if err := b.get(); err == nil || err.Error() != file+" is a folder, not a file. Name a different file or folder" {
		t.Errorf("a folder: %v", err)
	}
}

// TestDamaged holds that what was kept and is damaged is not used.
func TestDamaged(t *testing.T) {
	b := newBench(t)
	b.says(text("203.0.114.7\n"))
	if err := b.get(); err != nil {
		t.Fatal(err)
	}
	path := b.path(b.lists()[0])
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "no head": "203.0.114.7\n", "other": strings.Replace(string(good), "list.txt", "other.txt", 1), "cut": string(good[:20]), "nothing": strings.Split(string(good), "\n")[0] + "\n", "zeros": string(make([]byte, 10000)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b.open()
		if b.load(b.lists()[0]); b.States()[0].Set != nil {
			t.Errorf("%s: it is used", name)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	b.open()
	if b.load(b.lists()[0]); b.States()[0].Set == nil {
		t.Error("the good one is not used")
	}
}

// TestSweepWhileFetched: a list is kept though the folder is swept while it comes in.
func TestSweepWhileFetched(t *testing.T) {
	b := newBench(t)
	b.from.Own[0].Name = "work.list-2" // as if it were what is left of one called work
	b.open()
	goOn := make(chan struct{})
	b.says(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "203.0.114.7\n")
		w.(http.Flusher).Flush()
		<-goOn
		_, _ = io.WriteString(w, "203.0.114.8\n")
	})
	f := b.start(context.Background(), b.lists()[0])
	until(t, "the beginning of the list", func() bool {
		halves, _ := filepath.Glob(filepath.Join(b.o.Dir, ".work.list-2.list-*"))
		return len(halves) == 1
	})
	b.sweep()
	close(goOn)
	if <-f.done; f.err != nil {
		t.Fatal(f.err)
	}
	if !on("203.0.114.8") {
		t.Error("the list does not answer")
	}
}
