package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"fyne.io/fyne/v2"

	"linklog/app/feed"
	"linklog/app/system/instance"
	"linklog/app/system/prefs"
	"linklog/app/translations"
	"linklog/service/install"
)

// Toolkit is what the app takes from packages that need cgo, which this one does
// without.
type Toolkit struct {
	New       func(fyne.AppMetadata) fyne.App // makes the Fyne app
	Display   func() error                    // says why there is no screen to draw on; nil: there is one
	OnTrayTap func(func())                    // sets what a click on the tray's icon does, in a goroutine of its own

	// Minimising is called once, while the window is painted. It has changed called,
	// on Fyne's thread, when the window is minimised and when it comes back, which
	// Fyne itself does not tell; restore brings it back.
	Minimising func(changed func(minimised bool)) (restore func())
}

// Main runs the app with the arguments of a command line and returns the exit code.
func Main(ctx context.Context, build Build, tools Toolkit, args []string, stdout, stderr io.Writer) int {
	metadata, err := build.metadata()
	if err != nil {
		fmt.Fprintln(stderr, "linklog-app:", err)
		return 1
	}
	flags := flag.NewFlagSet("linklog-app", flag.ContinueOnError)
	flags.SetOutput(stderr)
	hidden := flags.Bool("hidden", false, "start in the tray, without a window")
	socket := flags.String("socket", os.Getenv("LINKLOG_SOCKET"), "`path` of the service's socket (also LINKLOG_SOCKET)")
	dataDir := flags.String("data-dir", install.UserDataDir(), "data `folder` to use if there is no service, unless -socket names one")
	config := flags.String("config", "", "`file` with your preferences")
	showVersion := flags.Bool("version", false, "print the version")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "linklog-app: %q: it takes no arguments\n", flags.Arg(0))
		return 2
	}
	if *showVersion {
		fmt.Fprintln(stdout, "linklog-app", build.Version)
		return 0
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if *config == "" {
		path, err := prefs.Path()
		if err != nil {
			fmt.Fprintln(stderr, "linklog-app:", err)
			return 1
		}
		*config = path
	}
	chosen := prefs.Load(*config, func(err error) { log.Error("preferences", "error", err) })
	if err := translations.Load(chosen.Get().Language); err != nil {
		log.Error("texts", "error", err)
	}

	// The window is open all day, and little of it changes: to collect garbage twice as often costs nothing that
	// can be measured, and saves 25 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}

	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shows := make(chan struct{}, 1) // requests of later starts, which may come before there is a window
	one, err := instance.Acquire(ctx, instance.Path(), "", func(string) {
		select {
		case shows <- struct{}{}:
		default: // one waits already
		}
	})
	if errors.Is(err, instance.ErrRunning) {
		fmt.Fprintln(stderr, "linklog-app:", err)
		return 0
	}
	if err != nil {
		log.Error("single instance", "error", err) // two windows are better than none
	} else {
		defer one.Close()
	}

	if err := tools.Display(); err != nil {
		fmt.Fprintln(stderr, "linklog-app: "+noDisplay(os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY")))
		return 1
	}
	if dir, err := os.UserCacheDir(); err == nil { // Fyne makes its own below, but not this
		_ = os.MkdirAll(filepath.Join(dir, "fyne"), 0o700)
	}
	a := tools.New(metadata)
	a.SetIcon(metadata.Icon)
	var x *App
	end := sync.OnceValue(func() int {
		cancel()
		x.work.Wait()
		if err := chosen.Close(); err != nil {
			log.Error("preferences", "error", err)
		}
		return 0
	})
	x = newApp(ctx, a, Config{
		Build: build, Metadata: metadata, Socket: *socket, Hidden: *hidden, Log: log, Prefs: chosen, OnTrayTap: tools.OnTrayTap, Minimising: tools.Minimising,
		Stuck: func() {
			log.Warn("Fyne does not end")
			os.Exit(end())
		},
		Engine: ownEngine(*socket, feed.Embedded{DataDir: *dataDir, Version: build.Version, Log: log}),
	})
	x.shows = shows
	x.run(stop)
	return end()
}

// ownEngine is how to run the engine here; nil where a service is asked for by its socket: while
// that restarts, an engine here would take its ports.
func ownEngine(socket string, e feed.Embedded) *feed.Embedded {
	if socket != "" {
		return nil
	}
	return &e
}

// noDisplay is what to say where no screen can be drawn on, by the displays that the
// environment names.
func noDisplay(x11, wayland string) string {
	why := "neither DISPLAY nor WAYLAND_DISPLAY is set"
	if named := strings.TrimSpace(x11 + " " + wayland); named != "" {
		why = "cannot open " + named
	}
	return "no screen for a window (" + why + "); in a terminal, use linklog"
}
