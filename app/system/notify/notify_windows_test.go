package notify

import (
	"encoding/xml"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows/registry"
)

// Texts with markup and scripts in them stay texts of the toast.
func TestToastXML(t *testing.T) {
	title, body := `</text><audio src="x"/>'"&$(calc) `+"`", "a\nb ]]> <!-- \U0001f600"
	var got struct {
		Launch string   `xml:"launch,attr"`
		Texts  []string `xml:"visual>binding>text"`
		Audio  []struct {
			Src string `xml:"src,attr"`
		} `xml:"audio"`
	}
	if err := xml.Unmarshal([]byte(toast(`click-"1"`, Notification{Title: title, Body: body})), &got); err != nil {
		t.Fatal(err)
	}
	if got.Launch != `click-"1"` || len(got.Texts) != 2 || got.Texts[0] != title || got.Texts[1] != body || len(got.Audio) != 1 || got.Audio[0].Src != "" {
		t.Errorf("%+v", got)
	}
}

func TestTag(t *testing.T) {
	if a, b := tag("hosts"), tag(strings.Repeat("x", 1000)); len(a) != 16 || len(b) != 16 || a == b || a != tag("hosts") {
		t.Error(a, b)
	}
}

// The texts of WinRT, and a class that is not there.
func TestWinRT(t *testing.T) {
	runtime.LockOSThread()
	w, err := loadWinRT()
	if err != nil {
		t.Skip(err)
	}
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	if err := w.with(func(h []uintptr) error { // "" is no string of its own
		if len(h) != 2 || h[0] == 0 || h[1] != 0 {
			t.Error(h)
		}
		return nil
	}, "grüße \U0001f600", ""); err != nil {
		t.Error(err)
	}
	if _, err := w.class("LinkLog.Is.Not.There", iidToastFactory); err == nil || !strings.Contains(err.Error(), "Not.There") {
		t.Error(err)
	}
}

// One can be clicked once, and only as long as it is remembered.
func TestClicks(t *testing.T) {
	clicked := make(chan int, 100)
	b := &backend{clicks: map[string]func(){"click-1": func() { clicked <- 1 }}}
	b.clicked("", "click-1", nil)
	b.clicked("", "click-1", nil)
	b.clicked("", "other", nil)
	if got := <-clicked; got != 1 || len(clicked) > 0 {
		t.Error(got)
	}
}

// Whether there are toasts here or not, nobody waits for them.
func TestShowDoesNotHang(t *testing.T) {
	b := &backend{}
	done := make(chan error, 1)
	go func() {
		err := b.show(t.Context(), &Options{AppName: "LinkLog test", Icon: []byte("png")}, Notification{ID: "a", Title: "t", Body: "b", OnClick: func() {}})
		b.close()
		done <- err
	}()
	select {
	case err := <-done:
		t.Log("toast:", err)
	case <-time.After(30 * time.Second):
		t.Error("it hangs")
	}
	// What Windows must know of us is there in any case.
	k, err := registry.OpenKey(registry.CURRENT_USER, `SOFTWARE\Classes\AppUserModelId\LinkLog test`, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	icon, _, err := k.GetStringValue("IconUri")
	if text, e := os.ReadFile(icon); err != nil || e != nil || string(text) != "png" {
		t.Errorf("icon %q: %v %v", icon, err, e)
	}
	if got, _, err := k.GetStringValue("CustomActivator"); err != nil || !strings.EqualFold(got, activator) {
		t.Error(got, err)
	}
}
