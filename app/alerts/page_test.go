package alerts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"linklog/app/ui"
	"linklog/app/ui/uitest"
	"linklog/service/api"
)

type bench struct {
	*uitest.Bench
	*Page
}

func start(t *testing.T) *bench {
	b := &bench{Bench: uitest.Start(t, nil)}
	b.Page = New(b.Context)
	b.Open(b.Page, 900, 650)
	b.Page.Show()
	b.Settle()
	return b
}

// rule is a rule as the page lists it; nil: it does not.
func (b *bench) rule(name string) *api.Rule {
	for i, r := range b.rules.Rows() {
		if r.Name == name || r.Builtin == name {
			return &b.rules.Rows()[i]
		}
	}
	return nil
}

// inDialog are what is in the dialog before the window.
func inDialog[T any](b *bench) (found []T) {
	for _, o := range b.Window.Canvas().Overlays().List() {
		for _, o := range test.LaidOutObjects(o) {
			if x, ok := o.(T); ok {
				found = append(found, x)
			}
		}
	}
	return found
}

func (b *bench) press(t *testing.T, label string) {
	t.Helper()
	for _, x := range inDialog[*ui.Button](b) {
		if x.Text == label {
			x.OnTapped()
			b.Settle()
			return
		}
	}
	t.Fatalf("there is no button %q", label)
}

func (b *bench) says(text string) bool {
	return slices.ContainsFunc(inDialog[*widget.Label](b), func(l *widget.Label) bool { return l.Visible() && strings.Contains(l.Text, text) })
}

// Rules that are built in are switched, and the user's own are added, tried, changed, removed and
// put back, all in the settings of the service.
func TestRulesOnThePage(t *testing.T) {
	b := start(t)
	if len(b.rules.Rows()) != 7 || b.rule("new-device").On || !b.rule("new-host").On {
		t.Fatalf("%+v", b.rules.Rows())
	}
	b.choose(rulesPart)
	for _, on := range []bool{true, false, true} {
		b.rules.Select(keyOfRule(b.rule("new-device")))
		b.turn.OnTapped()
		b.Settle()
		b.Settle()
		if b.rule("new-device").On != on {
			t.Fatalf("%+v, %v", b.rule("new-device"), b.Failed)
		}
	}
	b.Router("@in TCP from 203.0.113.77:40000 to 192.168.1.10:22", "@in TCP from 203.0.113.77:40000 to 192.168.1.10:80")
	b.add.OnTapped()
	fields := inDialog[*ui.Entry](b)
	b.press(t, "Save")
	if !b.says("every rule needs a name") {
		t.Error("what is wrong is not said")
	}
	fields[0].SetText("SSH from outside")
	fields[1].SetText("dir:up")
	b.press(t, "How often?")
	if !b.says("write in or out") {
		t.Error("what is wrong with the filter is not said")
	}
	fields[1].SetText("dir:in port:22")
	b.press(t, "How often?")
	if !b.says("It would have told once in the last 7 days, of 1 events.") {
		t.Error("how often is not said")
	}
	b.press(t, "Save")
	b.Settle()
	r := b.rule("SSH from outside")
	if r == nil || r.Filter != "dir:in port:22" || r.When != "always" || len(r.Outlets) != 0 || !r.On {
		t.Fatalf("%+v %v", r, b.Failed)
	}
	b.Router("@in TCP from 203.0.113.78:40000 to 192.168.1.10:22")
	b.Until("it is told", func() bool {
		b.refresh.Now()
		b.Settle()
		return slices.ContainsFunc(b.told.Rows(), func(a api.Alert) bool { return a.Rule == "SSH from outside" })
	})
	b.editRule(b.rule("SSH from outside"))
	inDialog[*ui.Select](b)[1].SetSelectedIndex(4)
	for _, e := range inDialog[*ui.Entry](b) {
		switch e.Text {
		case "20":
			e.SetText("7")
		case "":
			e.SetText("23:00-06:00")
		}
	}
	b.press(t, "Save")
	b.Settle()
	if r := b.rule("SSH from outside"); r.When != "more than 7 in 10m" || r.Quiet != "23:00-06:00" {
		t.Errorf("%+v", r)
	}
	b.rules.Select(keyOfRule(b.rule("SSH from outside")))
	b.remove.OnTapped()
	b.Settle()
	b.Settle()
	if b.rule("SSH from outside") != nil || !b.undo.Visible() {
		t.Errorf("%+v", b.rules.Rows())
	}
	b.undo.OnTapped()
	b.Settle()
	b.Settle()
	if r := b.rule("SSH from outside"); r == nil || r.When != "more than 7 in 10m" || b.undo.Visible() || !b.rule("new-device").On {
		t.Errorf("%+v", b.rules.Rows())
	}
	if len(b.Failed) > 0 {
		t.Error(b.Failed)
	}
}

// A rule says what is not to be recorded: the form says how much it would have
// left out, and what the settings have of an alert rule goes when it becomes one.
func TestDoNotRecord(t *testing.T) {
	b := start(t)
	b.choose(rulesPart)
	b.Router("@out TCP from 192.168.1.50:40000 to 203.0.113.77:443", "@out TCP from 192.168.1.50:40001 to 203.0.113.78:443", "@out TCP from 192.168.1.10:40001 to 203.0.113.78:443")
	change := func(r *api.Rule, leavesOut bool, texts ...string) {
		t.Helper()
		b.editRule(r)
		does := map[bool]int{true: 1}[leavesOut]
		inDialog[*ui.Select](b)[0].SetSelectedIndex(does)
		entries := inDialog[*ui.Entry](b) // of quiet hours and of hours last
		shown := []*ui.Entry{entries[0], entries[1], entries[2+does]}
		for i, text := range texts {
			shown[i].SetText(text)
		}
	}
	change(nil, false, "Guest", "ip:192.168.1.50", "23:00-06:00")
	b.press(t, "Save")
	b.Settle()
	if r := b.rule("Guest"); r == nil || r.DoNotRecord || r.Quiet != "23:00-06:00" {
		t.Fatalf("%+v, %v", r, b.Failed)
	}
	change(b.rule("Guest"), true, "Guest", "", "")
	b.press(t, "Save")
	if !b.says("nothing would be recorded at all") {
		t.Error("what is wrong is not said")
	}
	b.press(t, "Cancel")
	change(b.rule("Guest"), true, "Guest", "ip:192.168.1.50", "25:00-06:00")
	b.press(t, "How many?")
	if !b.says("is not a time of the day") {
		t.Error("what is wrong with the hours is not said")
	}
	b.press(t, "Cancel")
	change(b.rule("Guest"), true, "Guest", "ip:192.168.1.50", "")
	b.press(t, "How many?")
	if !b.says("Of the last 7 days, 2 connections would not have been recorded.") {
		t.Error("how many is not said")
	}
	b.press(t, "Save")
	b.Settle()
	if r := b.rule("Guest"); r == nil || !r.DoNotRecord || r.Quiet != "" || r.When != "" || whenOf(r) != "do not record" {
		t.Fatalf("%+v, %v", r, b.Failed)
	}
	b.Router("@out TCP from 192.168.1.50:40002 to 203.0.113.79:443", "@out TCP from 192.168.1.10:40002 to 203.0.113.79:443")
	b.Until("it is counted", func() bool {
		b.refresh.Now()
		b.Settle()
		return timesOf(b.rule("Guest")) == 1
	})
	b.turnRule(b.rule("Guest"))
	b.Settle()
	b.Settle()
	if r := b.rule("Guest"); r.On || !r.DoNotRecord {
		t.Errorf("%+v", r)
	}
	change(b.rule("Guest"), true, "Guest", "ip:192.168.1.50", "20:00-06:00")
	b.press(t, "Save")
	b.Settle()
	if r := b.rule("Guest"); !r.DoNotRecord || whenOf(r) != "do not record, 20:00-06:00" {
		t.Errorf("%+v", r)
	}
	change(b.rule("Guest"), false, "Guest", "ip:192.168.1.50", "")
	b.press(t, "Save")
	b.Settle()
	if r := b.rule("Guest"); r.DoNotRecord || r.Hours != "" || r.When != "always" {
		t.Errorf("%+v", r)
	}
	if len(b.Failed) > 0 {
		t.Error(b.Failed)
	}
}

// A phone is set up by what the form offers: a name, a topic that nobody guesses, and a test.
func TestPhone(t *testing.T) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(text))
	}))
	defer server.Close()
	b := start(t)
	b.choose(outletsPart)
	b.addOutlet.OnTapped()
	fields := inDialog[*ui.Entry](b)
	topic, ok := strings.CutPrefix(fields[1].Text, "https://ntfy.sh/linklog-")
	if !ok || len(topic) != 16 || fields[0].Text != "phone" {
		t.Fatalf("%q, %q", fields[0].Text, fields[1].Text)
	}
	fields[1].SetText("nonsense")
	b.press(t, "Save")
	if !b.says("is not an address of a server") {
		t.Error("what is wrong is not said")
	}
	fields[1].SetText(server.URL + "/linklog-" + topic)
	b.press(t, "Save and test")
	b.Until("it is sent", func() bool { return b.says("Sent: it should be on the phone now.") })
	mu.Lock()
	if len(got) != 1 || !strings.Contains(got[0], `"topic":"linklog-`+topic+`"`) {
		t.Errorf("got %q", got)
	}
	mu.Unlock()
	b.press(t, "Save")
	b.Settle()
	if list := b.outlets.Rows(); len(list) != 1 || list[0].Name != "phone" || list[0].Type != "ntfy" {
		t.Fatalf("%+v", list)
	}
	b.outlets.Select("phone")
	b.test.OnTapped()
	b.Settle()
	if len(b.Told) == 0 || b.Told[len(b.Told)-1] != "Sent. phone has accepted it." {
		t.Errorf("%v, %v", b.Told, b.Failed)
	}
	b.removeOutlet(&b.outlets.Rows()[0])
	b.press(t, "Remove")
	b.Settle()
	if list := b.outlets.Rows(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// Who may not change the settings sees them.
func TestOnlyAdministrators(t *testing.T) {
	b := start(t)
	b.is.admin = false
	b.choose(rulesPart)
	b.rules.Select(keyOfRule(b.rule("new-host")))
	b.editRule(b.rule("new-host"))
	for _, x := range []fyne.Disableable{b.turn, b.add, b.edit, b.remove, b.addOutlet, b.test, b.dropOutlet} {
		if !x.Disabled() {
			t.Errorf("%+v can be used", x)
		}
	}
	if b.Window.Canvas().Overlays().Top() != nil {
		t.Error("there is a dialog")
	}
}

// In a narrow window the buttons of a part are below its name, and above the list.
func TestNarrow(t *testing.T) {
	b := start(t)
	b.Window.Resize(fyne.NewSize(420, 420))
	for _, part := range []int{toldPart, rulesPart, outletsPart, toldPart, outletsPart} {
		b.choose(part)
		acts, list := b.parts[part].acts, b.parts[part].list
		driver := fyne.CurrentApp().Driver()
		if end, from := driver.AbsolutePositionForObject(acts).Y+acts.Size().Height, driver.AbsolutePositionForObject(list).Y; end > from {
			t.Errorf("part %d: buttons end at %v, the list begins at %v", part, end, from)
		}
	}
}
