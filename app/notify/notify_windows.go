package notify

import (
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"git.sr.ht/~jackmordaunt/go-toast/v2/wintoast"
)

// backend shows toasts of Windows 10 and later through WinRT. There is no other
// way it falls back to: the usual one writes a script of PowerShell, in which texts
// from the network would run.
type backend struct {
	ready  sync.Once
	err    error
	mu     sync.Mutex
	next   int
	clicks map[string]func()
}

func (*backend) close() {}

// clicksKept bounds how many toasts can be clicked on; older ones open nothing.
const clicksKept = 64

func (b *backend) show(_ context.Context, o *Options, x Notification) error {
	b.ready.Do(func() {
		b.clicks = make(map[string]func())
		b.err = wintoast.SetAppData(wintoast.AppData{AppID: o.AppName, GUID: activator})
		wintoast.SetActivationCallback(func(_, argument string, _ []wintoast.UserData) {
			b.mu.Lock()
			click := b.clicks[argument]
			delete(b.clicks, argument)
			b.mu.Unlock()
			if click != nil {
				click()
			}
		})
	})
	if b.err != nil {
		return fmt.Errorf("toasts: %w", b.err)
	}
	b.mu.Lock()
	b.next++
	argument := "click-" + strconv.Itoa(b.next)
	if x.OnClick != nil {
		delete(b.clicks, "click-"+strconv.Itoa(b.next-clicksKept))
		b.clicks[argument] = x.OnClick
	}
	b.mu.Unlock()
	if err := wintoast.Push(o.AppName, toast(argument, x)); err != nil {
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
