package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// The names of the desktop's notification service:
// https://specifications.freedesktop.org/notification-spec/latest/
const (
	busName = "org.freedesktop.Notifications"
	busPath = "/org/freedesktop/Notifications"
)

// backend talks to the notification daemon on the session bus. The connection is
// made when it is needed, and again when the bus went.
type backend struct {
	// calling is held while a notification is sent, until its number is known: what
	// the user does with it waits as long. It is taken before mu.
	calling sync.Mutex

	mu     sync.Mutex
	conn   *dbus.Conn
	shown  map[string]uint32 // by ID, the number the daemon gave
	clicks map[uint32]func() // by number
	owner  string            // the daemon that gave the numbers
	markup bool

	icon  *rawImage // nil: none
	drawn sync.Once // the icon
}

func (b *backend) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil {
		b.conn.Close()
		b.conn = nil
	}
}

func (b *backend) show(ctx context.Context, o *Options, x Notification) error {
	conn, err := b.connect(ctx)
	if err != nil {
		return err
	}
	if err := b.know(ctx, conn); err != nil {
		return err
	}
	body := x.Body
	if b.markup {
		body = escapeMarkup.Replace(body)
	}
	b.mu.Lock()
	replaces := b.shown[x.ID]
	b.mu.Unlock()
	actions := []string{}
	if x.OnClick != nil {
		actions = []string{"default", "Open"} // the daemon shows no word for this one
	}
	hints := map[string]dbus.Variant{
		"desktop-entry": dbus.MakeVariant(o.AppID),
		"category":      dbus.MakeVariant("network"),
	}
	b.drawn.Do(func() {
		if icon, ok := imageData(o.Icon); ok {
			b.icon = &icon
		}
	})
	if b.icon != nil {
		hints["image-data"] = dbus.MakeVariant(*b.icon)
	}
	b.calling.Lock()
	defer b.calling.Unlock()
	var id uint32
	call := conn.Object(busName, busPath).CallWithContext(ctx, busName+".Notify", 0, o.AppName, replaces, "", x.Title, body, actions, hints, int32(-1))
	if err := call.Store(&id); err != nil {
		return fmt.Errorf("notification: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.clicks, replaces)
	b.shown[x.ID] = id
	if x.OnClick != nil {
		b.clicks[id] = x.OnClick
	}
	return nil
}

// connect returns the connection to the session bus.
func (b *backend) connect(ctx context.Context) (*dbus.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil && b.conn.Connected() {
		return b.conn, nil
	}
	conn, err := dbus.SessionBusPrivateNoAutoStartup() // which outlives the call
	if err != nil {
		return nil, fmt.Errorf("session bus: %w", err)
	}
	// Neither step knows a time-out: a bus that hangs would keep the app from ending.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = errors.Join(conn.Auth(nil), conn.Hello())
	if !stop() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("session bus: %w", err), conn.Close())
	}
	for _, member := range []string{"ActionInvoked", "NotificationClosed"} {
		if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(busName), dbus.WithMatchMember(member), dbus.WithMatchObjectPath(busPath)); err != nil {
			return nil, errors.Join(fmt.Errorf("session bus: %w", err), conn.Close())
		}
	}
	signals := make(chan *dbus.Signal, 64)
	conn.Signal(signals)
	b.conn, b.owner = conn, ""
	go b.listen(signals)
	return conn, nil
}

// know asks who the daemon is and what it can. The numbers of a different one mean
// nothing here.
func (b *backend) know(ctx context.Context, conn *dbus.Conn) error {
	var owner string
	bus := conn.BusObject()
	if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, busName).Store(&owner); err != nil {
		// It may be one that is started when it is called.
		var started uint32
		if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, busName, uint32(0)).Store(&started); err != nil {
			return fmt.Errorf("no notification daemon: %w", err)
		}
		if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, busName).Store(&owner); err != nil {
			return fmt.Errorf("no notification daemon: %w", err)
		}
	}
	b.mu.Lock()
	same := owner == b.owner
	b.mu.Unlock()
	if same {
		return nil
	}
	var capabilities []string
	if err := conn.Object(busName, busPath).CallWithContext(ctx, busName+".GetCapabilities", 0).Store(&capabilities); err != nil {
		return fmt.Errorf("notification daemon: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owner, b.shown, b.clicks = owner, make(map[string]uint32), make(map[uint32]func())
	b.markup = slices.Contains(capabilities, "body-markup")
	return nil
}

// listen takes what the user does, until the connection ends. Only the daemon is
// listened to: any program on the bus can send such signals.
func (b *backend) listen(signals <-chan *dbus.Signal) {
	for s := range signals {
		var id uint32
		if len(s.Body) < 2 {
			continue
		}
		id, ok := s.Body[0].(uint32)
		if !ok {
			continue
		}
		b.calling.Lock()
		b.mu.Lock()
		click := b.clicks[id]
		if s.Sender != b.owner {
			click = nil
		} else if strings.HasSuffix(s.Name, ".NotificationClosed") {
			delete(b.clicks, id)
			maps.DeleteFunc(b.shown, func(_ string, shown uint32) bool { return shown == id })
			click = nil
		}
		b.mu.Unlock()
		b.calling.Unlock()
		if click != nil {
			go click() // what it does may take long, and the next click is waiting
		}
	}
}

// escapeMarkup takes what would be markup for a daemon that knows it.
var escapeMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// rawImage is an image as the specification has it (iiibiiay).
type rawImage struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Data                  []byte
}

func imageData(icon []byte) (rawImage, bool) {
	src, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return rawImage{}, false
	}
	size := src.Bounds().Size()
	img := image.NewNRGBA(image.Rect(0, 0, size.X, size.Y))
	draw.Draw(img, img.Bounds(), src, src.Bounds().Min, draw.Src)
	return rawImage{int32(size.X), int32(size.Y), int32(img.Stride), true, 8, 4, img.Pix}, true
}
