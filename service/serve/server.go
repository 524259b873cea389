// Package serve answers on the local socket: HTTP/1.1 with JSON, and with one JSON object
// a line (NDJSON) for streams. Package api has the types of what it says, docs/socket.md
// describes it for people with curl. The endpoints are the table in Server.handler; each
// topic is a file.
//
// A caller that follows the events is a number, that of the last event it has, and
// nothing more: it costs no memory while it is slow, and loses nothing. Whatever
// takes nothing for ten seconds is disconnected, and comes back with its number.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"linklog/format/services"
	"linklog/phrase"
	"linklog/service"
	"linklog/service/api"
	"linklog/service/engine"
	"linklog/service/localsocket"
)

// Config is what a Server needs.
type Config struct {
	Service  *service.Service
	Version  string             // of the program
	DataDir  string             // for the status
	Services *services.Table    // nil: the system's
	Policy   localsocket.Policy // who may do what
	Log      *slog.Logger       // nil: nothing is logged

	// Settings reads and changes the settings file.
	Settings SettingsFile

	// Heartbeat is how often a stream without events shows that it lives; 0: 15 s.
	Heartbeat time.Duration
}

// SettingsFile is the settings as they are kept.
type SettingsFile interface {
	Read() (text []byte, path string, err error)
	IsAbsent() bool

	// Write checks, keeps and applies other settings. restart tells that some of
	// them count from the next start of the service only.
	Write(text []byte) (restart bool, err error)

	// Reload applies the file as it is now, restart as for Write.
	Reload() (restart bool, err error)
}

// Limits of what callers may ask for.
const (
	maxHeader = 16 << 10 // bytes
	maxBody   = 1 << 20  // bytes of a request
	maxImport = 16 << 20 // bytes of a batch to import
	maxHeavy  = 2        // answers at once that take much memory

	readWithin  = 10 * time.Second // for a request
	idleWithin  = 2 * time.Minute  // between requests
	writeWithin = 10 * time.Second // for a part of an answer
)

// Server answers requests.
type Server struct {
	config  Config
	service *service.Service
	engine  *engine.Engine
	log     *slog.Logger
	clients clients
	changes sync.Mutex    // of the settings
	heavies chan struct{} // holds a token for each heavy answer that is made
	http    http.Server
	ending  context.Context // done when streams are to end
	end     context.CancelFunc
}

// New makes a Server.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Services == nil {
		c.Services = services.Default()
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = 15 * time.Second
	}
	s := &Server{config: c, service: c.Service, engine: c.Service.Engine, log: c.Log, heavies: make(chan struct{}, maxHeavy)}
	s.clients.policy = c.Policy
	s.ending, s.end = context.WithCancel(context.Background())
	s.http = http.Server{
		Handler:     s.handler(),
		ReadTimeout: readWithin, IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader,
		ConnContext: s.clients.identify,
		// OPTIONS * is answered to everybody otherwise.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // what callers do wrong is their business
	}
	return s
}

// Serve answers on a listener until Close.
func (s *Server) Serve(l net.Listener) error {
	go func() {
		every := time.NewTicker(reviewEvery)
		defer every.Stop()
		for {
			select {
			case <-every.C:
				s.clients.review()
			case <-s.ending.Done():
				return
			}
		}
	}()
	if err := s.http.Serve(s.counted(l)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("local socket: %w", err)
	}
	return nil
}

// Close ends all streams, waits a moment for other answers, and closes the
// connections.
func (s *Server) Close() error {
	s.end()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// SetPolicy changes who may do what. It counts at once, for those who are connected, too.
func (s *Server) SetPolicy(p localsocket.Policy) { s.clients.setPolicy(p) }

// handle is a handler that may fail.
type handle func(w http.ResponseWriter, r *http.Request) error

// ask is a handler whose answer is a value, as JSON; nil: it is done.
type ask func(r *http.Request) (any, error)

func (a ask) handle(w http.ResponseWriter, r *http.Request) error {
	v, err := a(r)
	switch {
	case err != nil:
		return err
	case v == nil:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return answer(w, v)
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	view := func(pattern string, h ask) { mux.Handle(pattern, s.wrap(localsocket.Viewer, h.handle)) }
	admin := func(pattern string, h ask) { mux.Handle(pattern, s.wrap(localsocket.Admin, h.handle)) }
	stream := func(pattern string, h handle) { mux.Handle(pattern, s.wrap(localsocket.Viewer, h)) }

	view("GET /v1/hello", s.hello)
	view("GET /v1/status", s.status)
	stream("GET /v1/metrics", s.metrics)

	stream("GET /v1/events", s.events)
	stream("GET /v1/index", s.index)
	stream("GET /v1/follow", s.follow)
	view("GET /v1/count", s.count)
	view("GET /v1/groups", s.groups)

	stream("GET /v1/hosts", s.hosts)
	view("GET /v1/hosts/{ref}", s.host)
	view("PUT /v1/hosts/{ref}/label", s.label)
	view("PUT /v1/hosts/{ref}/note", s.note)
	view("POST /v1/hosts/seen", s.seen)
	view("GET /v1/devices", s.devices)
	view("GET /v1/devices/{ref}", s.device)
	view("PUT /v1/devices/{ref}/label", s.label)
	view("PUT /v1/devices/{ref}/note", s.note)
	view("POST /v1/names", s.names)
	view("GET /v1/names/{ip}", s.namesSeen)
	view("GET /v1/ignore", s.ignores)
	view("POST /v1/ignore", s.ignore)
	view("DELETE /v1/ignore", s.unignore)
	view("GET /v1/alerts", s.alerts)
	view("GET /v1/alerts/digest", s.digest)
	view("GET /v1/alerts/cursor/{name}", s.cursor)
	view("PUT /v1/alerts/cursor/{name}", s.setCursor)
	view("GET /v1/rules", s.rules)
	view("GET /v1/rules/try", s.tryRule)
	view("GET /v1/outlets", s.outlets)
	admin("POST /v1/outlets/{name}/test", s.testOutlet)
	admin("GET /v1/secrets", s.secrets)
	admin("PUT /v1/secrets/{name}", s.setSecret)
	view("GET /v1/lists", s.lists)
	stream("GET /v1/lists/{name}", s.list)
	admin("POST /v1/lists/update", s.updateLists)
	view("GET /v1/mute", s.mute)
	view("PUT /v1/mute", s.setMute)

	view("GET /v1/imports", s.imports)
	view("GET /v1/settings", s.settings)
	admin("PUT /v1/settings", s.setSettings)
	admin("POST /v1/reload", s.reload)
	admin("DELETE /v1/events", s.purge)
	view("POST /v1/forget", s.forget)
	view("GET /v1/forget", s.forgetting)
	admin("POST /v1/import", s.importEvents)
	admin("DELETE /v1/imports/{number}", s.undoImport)

	mux.Handle("/", s.wrap(localsocket.Viewer, s.unknown))
	// The mux answers some requests itself (redirects to clean paths, 405): only to those
	// who may ask.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		err := s.allow(r)
		if err == nil && r.RequestURI == "*" { // which the mux does not take
			err = s.unknown(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// wrap lets a request through to a handler if its caller may, and makes an answer
// of what goes wrong.
func (s *Server) wrap(need localsocket.Role, h handle) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v != http.ErrAbortHandler {
				s.log.Error("bug in an answer; please report it", "request", r.Method+" "+r.URL.Path, "fault", v, "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler) // ends this connection only
		}()
		body := int64(maxBody)
		if r.URL.Path == "/v1/import" {
			body = maxImport
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(6 * readWithin))
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		ctx, end := s.clients.begin(r.Context(), need)
		defer end()
		r = r.WithContext(ctx)
		err := s.may(r, need)
		if err == nil {
			err = h(w, r)
		}
		switch {
		case err == nil:
		case lostRight(ctx) != nil:
			s.fail(w, r, lostRight(ctx))
		case r.Context().Err() != nil && errors.Is(err, context.Canceled):
			// The caller left, or closed his half: what did not happen must not look like
			// a success to him.
			panic(http.ErrAbortHandler)
		default:
			s.fail(w, r, err)
		}
	})
}

// heavy waits for its turn to make an answer that takes much memory.
func (s *Server) heavy(ctx context.Context) (end func(), err error) {
	select {
	case s.heavies <- struct{}{}:
		return func() { <-s.heavies }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Server) unknown(w http.ResponseWriter, r *http.Request) error {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		return refuse(http.StatusNotFound, phrase.Say("there is no {{.Path}}: this service speaks version {{.Version}}, below /v{{.Version}}/", "Path", r.URL.Path, "Version", api.Version))
	}
	return refuse(http.StatusNotFound, phrase.Say("there is no {{.Method}} {{.Path}}; see docs/socket.md", "Method", r.Method, "Path", r.URL.Path))
}
