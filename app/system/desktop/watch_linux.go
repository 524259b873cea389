package desktop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// The names of what keeps the tray's icons, and shows that someone draws them:
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
)

const (
	// answerWithin bounds how long the bus or the tray may take to answer.
	answerWithin = 2 * time.Second

	// lookEvery is how often a session bus that is not there is looked for.
	lookEvery = time.Minute
)

// WatchTray reports whether there is a tray, and again whenever that changes: a panel
// is restarted, an extension of GNOME is turned on. Who reads late gets the last
// only. The channel is closed when ctx ends.
func WatchTray(ctx context.Context) <-chan bool {
	c := make(chan bool, 1)
	go func() {
		defer close(c)
		w := trayWatch{c: c}
		for ctx.Err() == nil {
			w.follow(ctx)
			w.tell(ctx, false) // no bus, no tray
			select {
			case <-ctx.Done():
			case <-time.After(lookEvery):
			}
		}
	}()
	return c
}

// trayWatch is what was reported last, and to whom.
type trayWatch struct {
	c    chan bool
	told bool // that anything was reported
	last bool
}

// tell puts news into the channel, in the place of what no one took.
func (w *trayWatch) tell(ctx context.Context, there bool) {
	if ctx.Err() != nil || w.told && w.last == there {
		return
	}
	select {
	case <-w.c:
	default:
	}
	w.c <- there // there is room: no one else sends
	w.told, w.last = true, there
}

// follow reports what the bus says until it or ctx ends.
func (w *trayWatch) follow(ctx context.Context) {
	conn, err := sessionBus(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcherName)},
		{dbus.WithMatchSender(watcherName), dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierHostRegistered")},
		{dbus.WithMatchSender(watcherName), dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierHostUnregistered")},
	} {
		within, cancel := context.WithTimeout(ctx, answerWithin)
		err := conn.AddMatchSignalContext(within, match...)
		cancel()
		if err != nil {
			return
		}
	}
	for {
		w.tell(ctx, trayShown(ctx, conn))
		select {
		case <-ctx.Done():
			return
		case s, ok := <-signals:
			if !ok { // the bus went
				return
			}
			_ = s // whichever it was: look again
		}
	}
}

// trayShown reports whether a tray draws icons. It starts none.
func trayShown(ctx context.Context, conn *dbus.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var owned bool
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcherName).Store(&owned); err != nil || !owned {
		return false
	}
	var host dbus.Variant
	err := conn.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		watcherName, "IsStatusNotifierHostRegistered").Store(&host)
	shown, ok := host.Value().(bool)
	return err == nil && ok && shown
}

// sessionBus connects to the session bus, which may take until answerWithin; it is not
// started. The connection does not end with ctx.
func sessionBus(ctx context.Context) (*dbus.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, fmt.Errorf("session bus: %w", err)
	}
	// Neither step knows a time-out of its own: a bus that hangs would hold us for ever.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = errors.Join(conn.Auth(nil), conn.Hello())
	if !stop() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("session bus: %w", err)
	}
	return conn, nil
}
