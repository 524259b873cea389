package format

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"linklog/capture"
)

func FuzzTemplate(f *testing.F) {
	for _, text := range nasty {
		f.Add(Default, text)
	}
	f.Add(SystemDefault, "\x1b[2J")
	f.Add("%{time:2006} %% %{src.name}%{remote.ip}%{new}%{message}%", "a")
	f.Add("%{time:Jan _2 15:04:05.000 MST} %{time:unix} %{", "\xff")
	f.Add("\xe2\x80%s", "\xae") // halves of a bidirectional override
	f.Fuzz(func(t *testing.T, template, text string) {
		ev := hostile(text)
		if tmpl, err := Compile(template); err == nil {
			NewFormatter(tmpl, Options{Location: time.UTC}).Append(nil, &ev)
		} else if e := err.(*Error); e.Offset < 0 || e.Offset+len(e.Token) > len(template) || e.Column < 1 || e.Column > e.Offset+1 {
			t.Errorf("%q: %+v", template, *e)
		}
		// What the template holds itself is its user's; without such, nothing
		// unprintable may come out.
		if tmpl, err := Compile(capture.Clean(template)); err == nil {
			checkPrintable(t, NewFormatter(tmpl, Options{Location: time.UTC}).Append(nil, &ev))
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, ev := range []capture.Event{inbound(), outbound(), oldNamed(), wan(), other(), hostile("x"), hostile("\x1b\u202e\xff\"")} {
		f.Add(AppendJSON(nil, &ev, nil))
	}
	f.Add([]byte(`{"kind":"system","time":"2026-11-23T02:48:23,5+01:00","SEQ":1,"raw":"AA\nAA"}`))
	for _, line := range []string{`{}`, `{"seq":1}`, `{"seq":01,"new":true}`, `{"seq":18446744073709551616}`, `{"src_port":65536,"new":false}`, `{"seq":1,"SEQ":2,"text":"a"}`,
		`{"text":"a","text":"b"}`, `{"text":"a",}`, `{"seq":1}}`, `{"seq":1.5}`, `{"seq":"1"}`, `{"text":5}`, `{"new":truex}`, `{"text":"\\u0041"}`, `{"seq":-1}`, `{"seq":1e2}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		ev, err := ParseJSON(line)
		// The quick way reads what the other does, or leaves it to that.
		var quick, slow record
		if quick.usual(string(line)) {
			if err := json.Unmarshal(line, &slow); err != nil || !reflect.DeepEqual(quick, slow) {
				t.Errorf("%s:\n got %+v\nwant %+v, %v", line, quick, slow, err)
			}
		}
		if err != nil {
			checkPrintable(t, []byte(capture.Clean(err.Error())))
			return
		}
		// What was read can be written and read again.
		again := AppendJSON(nil, &ev, nil)
		checkPrintable(t, again)
		got, err := ParseJSON(again)
		if err != nil || (got != ev && hasTime(ev.Time) == !ev.Time.IsZero()) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", again, got, err, ev)
		}
	})
}
