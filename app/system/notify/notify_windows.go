package notify

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"git.sr.ht/~jackmordaunt/go-toast/v2/wintoast"
)

// backend shows toasts of Windows 10 and later through WinRT. There is no other
// way it falls back to: the usual one writes a script of PowerShell, in which texts
// from the network would run. Of wintoast it has the objects that Windows calls on a
// click, and the registry.
type backend struct {
	ready  sync.Once
	err    error
	winrt  *winrt
	mu     sync.Mutex
	next   int
	clicks map[string]func()
}

// close is called in the goroutine of Run, as show is.
func (b *backend) close() {
	if b.winrt != nil {
		b.winrt.stop()
	}
}

// clicksKept bounds how many toasts can be clicked on; older ones open nothing.
const clicksKept = 64

// start is called in the goroutine of Run, which keeps its thread from then on.
func (b *backend) start(appID string, icon []byte) {
	runtime.LockOSThread()
	b.clicks = make(map[string]func())
	if b.winrt, b.err = loadWinRT(); b.err != nil {
		return
	}
	wintoast.SetActivationCallback(b.clicked)
	b.err = wintoast.SetAppData(wintoast.AppData{AppID: appID, GUID: activator, IconPath: iconFile(appID, icon)})
	if b.err == nil {
		b.err = b.winrt.start()
	}
}

// iconFile keeps the icon where Windows finds it, which reads it from a file only.
// Without one ("") toasts have a plain icon.
func iconFile(appID string, icon []byte) string {
	dir, err := os.UserCacheDir()
	if err != nil || len(icon) == 0 {
		return ""
	}
	path := filepath.Join(dir, appID, "icon.png")
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, icon) {
		return path
	}
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil || os.WriteFile(path, icon, 0o600) != nil {
		return ""
	}
	return path
}

func (b *backend) clicked(_, argument string, _ []wintoast.UserData) {
	b.mu.Lock()
	click := b.clicks[argument]
	delete(b.clicks, argument)
	b.mu.Unlock()
	if click != nil {
		go click() // Windows waits for us
	}
}

func (b *backend) show(_ context.Context, o *Options, x Notification) error {
	b.ready.Do(func() { b.start(o.AppName, o.Icon) })
	if b.err != nil {
		return fmt.Errorf("toasts: %w", b.err)
	}
	b.mu.Lock()
	b.next++
	argument := "click-" + strconv.Itoa(b.next)
	delete(b.clicks, "click-"+strconv.Itoa(b.next-clicksKept))
	if x.OnClick != nil {
		b.clicks[argument] = x.OnClick
	}
	b.mu.Unlock()
	if err := b.winrt.show(o.AppName, x.ID, toast(argument, x)); err != nil {
		return fmt.Errorf("toast: %w", err)
	}
	return nil
}

// activator is the number by which Windows calls us back on a click.
const activator = "{6B5C43E7-4E62-4C2E-9E6E-0B1F3D0A5C11}"

// toast is the XML of a toast; whatever is in the texts stays text.
func toast(argument string, x Notification) string {
	var b strings.Builder
	b.WriteString(`<toast activationType="foreground" launch="`)
	escape(&b, argument)
	b.WriteString(`"><visual><binding template="ToastGeneric"><text>`)
	escape(&b, x.Title)
	b.WriteString(`</text><text>`)
	escape(&b, x.Body)
	b.WriteString(`</text></binding></visual><audio silent="true"/></toast>`)
	return b.String()
}

func escape(b *strings.Builder, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a Builder does not fail
}
