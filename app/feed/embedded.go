package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

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

	// Ports are tried in this order; none: 162 and OtherPort.
	Ports []uint16
}

// OtherPort is the port of an engine that may not have 162.
const OtherPort = 9162

// engine is the engine in this process, with its socket.
type engine struct {
	service *service.Service
	server  *serve.Server
	cancel  context.CancelFunc
	done    chan error
	served  chan error
	log     *slog.Logger
}

// startEngine opens an engine on the first port it gets and serves it on a socket
// of the user's own, as a service would be.
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
	s, wrong, err := file.Start()
	if err != nil {
		return nil, err
	}
	if socket == "" {
		return nil, errors.New("this user has no folder for a socket: set XDG_RUNTIME_DIR or HOME")
	}
	ports := o.Ports
	if len(ports) == 0 {
		ports = []uint16{capture.TrapPort, OtherPort}
	}
	if s.Listen.Port != capture.TrapPort {
		ports = []uint16{uint16(s.Listen.Port)}
	}
	// The least right first: another engine of this user has the socket.
	l, err := localsocket.Listen(socket)
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	var e *service.Service
	for i, port := range ports {
		s.Listen.Port = int(port)
		if e, err = service.Open(ctx, service.Config{DataDir: o.DataDir, Settings: s, Log: log, NeedPort: i < len(ports)-1}); err == nil && (e.Intake.Listening() || i == len(ports)-1) {
			break
		}
		if err == nil { // taken by another program: the next may be free
			err = e.Close()
			e = nil
		}
	}
	if e == nil {
		return nil, errors.Join(err, l.Close())
	}
	file.Override = func(next *settings.Settings) {
		if next.Listen.Port == capture.TrapPort {
			next.Listen.Port = s.Listen.Port
		}
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
