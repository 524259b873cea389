package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"linklog/app/lang"
	"linklog/capture"
	"linklog/phrase"
	"linklog/service"
	"linklog/service/datafile"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// Embedded says how to run the engine in this process.
type Embedded struct {
	DataDir string
	Socket  string // where other programs of the user find it; "": localsocket.UserPath
	Version string
	Log     *slog.Logger

	// AnyPort takes a free port instead of those of the settings that nobody changed.
	AnyPort bool
}

// engine is the engine in this process, with its socket.
type engine struct {
	service *service.Service
	server  *serve.Server
	cancel  context.CancelFunc
	done    chan error
	served  chan error
	log     *slog.Logger
}

// startEngine opens an engine and serves it on a socket of the user's own, as a service
// would be.
func startEngine(ctx context.Context, o *Embedded, socket string) (*engine, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := datafile.OwnFolder(o.DataDir); err != nil { // before its settings are read
		return nil, err
	}
	path := filepath.Join(o.DataDir, "linklog.toml")
	file := &settings.File{Path: path, Optional: true, Good: path + ".last-good", Log: log}
	if o.AnyPort {
		file.Override = func(s *settings.Settings) {
			if s.Listen.Port == capture.TrapPort {
				s.Listen.Port = 0
			}
		}
	}
	s, wrong, err := file.Start()
	if err != nil {
		return nil, err
	}
	if socket == "" {
		return nil, errors.New("this user has no folder for a socket: set XDG_RUNTIME_DIR or HOME")
	}
	// The least right first: another engine of this user has the socket.
	l, err := localsocket.Listen(socket)
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	e, err := service.Open(ctx, service.Config{DataDir: o.DataDir, Settings: s, Texts: lang.Words, Log: log, Instead: true})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	file.Apply = e.Reload
	file.Trouble = e.WrongSettings
	file.Trouble(wrong)
	file.Waiting = func(changed []string) {
		e.WaitingSettings(changed, phrase.Say("takes effect when LinkLog restarts"))
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x := &engine{service: e, cancel: cancel, done: make(chan error, 1), served: make(chan error, 1), log: log}
	x.server = serve.New(serve.Config{Service: e, Version: o.Version, DataDir: o.DataDir, Log: log, Settings: file})
	go func() { x.served <- x.server.Serve(l) }()
	ready := make(chan struct{})
	go func() { x.done <- e.Run(run, func() { close(ready) }) }()
	<-ready
	return x, nil
}

// close ends the engine when all it received is stored.
func (x *engine) close() {
	if x == nil {
		return
	}
	x.cancel()
	err := <-x.done
	err = errors.Join(err, x.server.Close(), <-x.served, x.service.Close())
	if err != nil {
		x.log.Error("engine shutdown failed", "error", err)
	}
}
