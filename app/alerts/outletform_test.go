package alerts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/service/settings"
)

// inbox is a server that keeps the requests it gets.
type inbox struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got = append(in.got, r.URL.Path+" "+r.Header.Get("Authorization")+r.Header.Get("X-Gotify-Key")+r.Header.Get("X-Key")+" "+string(text))
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) last() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.got) == 0 {
		return ""
	}
	return in.got[len(in.got)-1]
}

// outletForm opens the form of a new outlet of a type.
func (b *bench) outletForm(t *testing.T, kind string) {
	t.Helper()
	b.addOutlet.OnTapped()
	for _, s := range inDialog[*ui.Select](b) {
		if i := slices.Index(s.Options, typeName(kind)); i >= 0 {
			s.SetSelectedIndex(i)
			return
		}
	}
	t.Fatalf("no type %q", kind)
}

// set types into the fields of the form, by their names in the settings.
func (b *bench) set(t *testing.T, kind string, values map[string]string) {
	t.Helper()
	names := []string{"name"}
	for _, f := range settings.OutletFields(kind) {
		if len(f.OneOf) == 0 && f.Kind != settings.YesField {
			names = append(names, f.Name)
		}
	}
	fields := inDialog[*ui.Entry](b)
	if len(fields) != len(names) {
		t.Fatalf("%d fields for %q", len(fields), names)
	}
	for name, value := range values {
		fields[slices.Index(names, name)].SetText(value)
	}
}

// place is how far down a text is in the dialog; 0: it is not there.
func (b *bench) place(text string) float32 {
	driver := fyne.CurrentApp().Driver()
	for _, l := range inDialog[*widget.Label](b) {
		if l.Text == text && l.Visible() {
			return driver.AbsolutePositionForObject(l).Y
		}
	}
	for _, x := range inDialog[*ui.Button](b) {
		if x.Text == text {
			return driver.AbsolutePositionForObject(x).Y
		}
	}
	return 0
}

func (b *bench) settings(t *testing.T) (text string) {
	t.Helper()
	text, _, err := b.Client.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Outlets of each type are set up, tested, changed and removed in the form; their secrets are in
// the file that only the service can read, and nowhere else.
func TestOutletsOfEachType(t *testing.T) {
	in := newInbox(t)
	for _, c := range []struct {
		kind   string
		values map[string]string
		sent   string // what the server got
		said   string
	}{
		{"ntfy", map[string]string{"url": in.URL + "/quiet-topic", "token": "s3cret"}, `/ Bearer s3cret {"topic":"quiet-topic"`, "Sent: it should be on the phone now."},
		{"gotify", map[string]string{"url": in.URL, "token": "s3cret", "priority": "7"}, `/message s3cret {"title":"LinkLog: test"`, "Sent: it should be on the phone now."},
		{"pushover", map[string]string{"url": in.URL, "token": "s3cret", "user": "u123"}, "/1/messages.json  message=", "Sent: it should be on the phone now."},
		{"telegram", map[string]string{"url": in.URL, "token": "s3cret", "to": "-1001234"}, `/bots3cret/sendMessage  {"chat_id":"-1001234"`, "Sent: it should be in the chat now."},
		{"discord", map[string]string{"url": in.URL + "/s3cret"}, `/s3cret  {"content":`, "Sent: it should be in the chat now."},
		{"slack", map[string]string{"url": in.URL + "/s3cret"}, `/s3cret  {"blocks":`, "Sent: it should be in the chat now."},
		{"webhook", map[string]string{"url": in.URL + "/hook", "token": "s3cret", "body": `{"m": "%{text}"}`}, `/hook Bearer s3cret {"m": "Alerts of LinkLog`, "Sent: the server has accepted it."},
	} {
		t.Run(c.kind, func(t *testing.T) {
			b := start(t)
			b.choose(outletsPart)
			b.outletForm(t, c.kind)
			b.set(t, c.kind, c.values)
			b.set(t, c.kind, map[string]string{"name": "mine"})
			b.press(t, "Save and test")
			b.Until("it is sent", func() bool { return b.says(c.said) })
			if got := in.last(); !strings.HasPrefix(got, c.sent) {
				t.Errorf("got %q", got)
			}
			if said, save := b.place(c.said), b.place("Save"); said <= 0 || said >= save {
				t.Errorf("what became of it is at %v, the buttons are at %v", said, save)
			}
			secrets := filepath.Join(filepath.Dir(b.Socket), "secrets.json")
			kept, err := os.ReadFile(secrets)
			if text := b.settings(t); strings.Contains(text, "s3cret") || !strings.Contains(text, "${mine}") || err != nil || !strings.Contains(string(kept), "s3cret") {
				t.Errorf("settings %s\nsecrets %s %v", text, kept, err)
			}
			if is, err := os.Stat(secrets); runtime.GOOS != "windows" && (err != nil || is.Mode().Perm() != 0o600) {
				t.Errorf("%v, %v", is.Mode(), err)
			}
			b.press(t, "Save")
			b.Settle()
			list := b.outlets.Rows()
			if len(list) != 1 || list[0].Name != "mine" || list[0].Type != c.kind {
				t.Fatalf("%+v", list)
			}

			before := b.settings(t)
			b.editOutlet(&list[0])
			b.Settle()
			b.press(t, "Save")
			b.Settle()
			if after := b.settings(t); after != before {
				t.Errorf("nothing was changed, but\n%s\nis\n%s", before, after)
			}
			b.editOutlet(&list[0])
			b.Settle()
			b.set(t, c.kind, map[string]string{"per_hour": "7"})
			b.press(t, "Save and test")
			b.Until("it is sent with the secret that is stored", func() bool { return b.says(c.said) })
			if after := b.settings(t); after != before+"per_hour = 7\n" || !strings.HasPrefix(in.last(), c.sent) {
				t.Errorf("%s\n%s", after, in.last())
			}
			b.press(t, "Close")

			b.removeOutlet(&list[0])
			b.press(t, "Remove")
			b.Settle()
			names, err := b.Client.Secrets(t.Context())
			if len(b.outlets.Rows()) != 0 || len(names) != 0 || err != nil || len(b.Failed) != 0 {
				t.Errorf("%+v, %q, %v, %v", b.outlets.Rows(), names, err, b.Failed)
			}
		})
	}
}

// What is wrong is said at its field, and nothing is kept of it; nor is a secret.
func TestWrongOutletForm(t *testing.T) {
	for _, c := range []struct {
		kind   string
		values map[string]string
		said   string
	}{
		{"mail", map[string]string{"url": "smtps://127.0.0.1:1", "from": "me", "to": "you@mail.example"}, `From: "me" is not a mail address`},
		{"mail", map[string]string{"url": "smtps://127.0.0.1:1", "from": "me@mail.example", "to": "you@mail.example", "token": "s3cret"}, "User: user and token come together"},
		{"mqtt", map[string]string{"url": "mqtt://broker.example", "user": "me", "token": "s3cret"}, "Broker: would send the secret unencrypted: use mqtts"},
		{"discord", map[string]string{"url": "discord.com/api"}, "Address: is not an address of a server, such as https://host.example"},
		{"gotify", map[string]string{"url": "https://gotify.example", "token": "s3cret", "priority": "loud"}, "Priority: must be a whole number"},
		{"ntfy", map[string]string{"name": "a b"}, `Name: "a b" is not a valid name`},
		{"ntfy", map[string]string{"digest": "7"}, `Daily summary at: "7" is not a time of the day, such as 07:00`},
	} {
		b := start(t)
		b.choose(outletsPart)
		b.outletForm(t, c.kind)
		b.set(t, c.kind, c.values)
		b.press(t, "Save")
		b.Settle()
		names, err := b.Client.Secrets(t.Context())
		if !b.says(c.said) || len(b.outlets.Rows()) != 0 || len(names) != 0 || err != nil {
			t.Errorf("%s %v: it is not said; %v, %q, %v", c.kind, c.values, b.outlets.Rows(), names, err)
		}
	}
}

// A server that is not there is said by the test, and the outlet stays as it was typed.
func TestDeadOutlet(t *testing.T) {
	b := start(t)
	b.choose(outletsPart)
	b.outletForm(t, "mail")
	if name := inDialog[*ui.Entry](b)[0]; name.Text != "mail" {
		t.Errorf("it is to be called %q", name.Text)
	}
	b.set(t, "mail", map[string]string{"name": "post", "url": "smtp://127.0.0.1:1", "from": "me@mail.example", "to": "you@mail.example\nall@mail.example"})
	b.set(t, "mail", map[string]string{"digest": "6:30"})
	for _, c := range inDialog[*ui.Check](b) {
		c.SetChecked(c.Text == "Only the summary, no single alerts")
	}
	b.press(t, "Save and test")
	b.Until("it is said", func() bool { return b.says("refused") })
	if s, err := settings.Parse([]byte(b.settings(t))); err != nil || len(s.Outlets) != 1 || s.Outlets[0].Digest.String() != "06:30" || !s.Outlets[0].DigestOnly || s.Outlets[0].DigestAlways || !slices.Equal(s.Outlets[0].To, []string{"you@mail.example", "all@mail.example"}) {
		t.Errorf("%+v, %v", s.Outlets, err)
	}
}

// The program of alerts is set up, tried and removed like an outlet.
func TestProgramOutlet(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a script")
	}
	dir := t.TempDir()
	path, out := filepath.Join(dir, "tell me"), filepath.Join(dir, "out")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho \"$1 $LINKLOG_ALERT_KIND $LINKLOG_ALERT_TEXT\" >'"+out+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	b := start(t)
	b.choose(outletsPart)
	b.outletForm(t, programType)
	field := inDialog[*ui.Entry](b)[0]
	b.press(t, "Save")
	if !b.says("Which program?") {
		t.Error("it is not asked which")
	}
	field.SetText("tell-me")
	b.press(t, "Save")
	if !b.says(`"tell-me" is not the full path of a program`) {
		t.Error("what is wrong is not said")
	}
	field.SetText(path + "\nloud")
	b.press(t, "Save and test")
	b.Until("it ran", func() bool { return b.says("The program ran, and ended without an error.") })
	if text, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(text), "loud test Alerts of LinkLog on ") {
		t.Errorf("%q, %v", text, err)
	}
	field.SetText("/nosuch")
	b.press(t, "Save and test")
	b.Until("it is said", func() bool { return b.says("/nosuch: no such file or directory") })
	b.press(t, "Close")
	b.refresh.Now()
	b.Until("it is listed", func() bool { return len(b.outlets.Rows()) == 1 && b.outlets.Rows()[0].Error != "" })
	b.editOutlet(&b.outlets.Rows()[0])
	b.Settle()
	if fields := inDialog[*ui.Entry](b); len(fields) != 1 || fields[0].Text != "/nosuch" {
		t.Errorf("%+v", fields)
	}
	b.press(t, "Close")
	b.removeOutlet(&b.outlets.Rows()[0])
	b.press(t, "Remove")
	b.Settle()
	if s, err := settings.Parse([]byte(b.settings(t))); err != nil || len(s.Alerts.Run) != 0 || len(b.Failed) != 0 {
		t.Errorf("%+v, %v, %v", s.Alerts, err, b.Failed)
	}
}
