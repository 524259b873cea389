package format

import (
	"testing"
	"time"

	"linklog/capture"
	"linklog/format/services"
)

func TestAllocs(t *testing.T) {
	o := Options{Services: services.Default(), Location: zone}
	buf := make([]byte, 0, 1<<14)
	formatters := map[string]*Formatter{"Default": NewFormatter(mustCompile(t, Default), o)}
	all := ""
	for _, info := range Tokens() {
		if info.Token != "%{time:LAYOUT}" {
			all += info.Token + " "
		}
	}
	formatters["all tokens"] = NewFormatter(mustCompile(t, all), o)
	raw := other()
	raw.Raw = string(make([]byte, capture.MaxRaw))
	hostile := hostile("\x1b[2J \u202e \" , \xff ü")
	for _, ev := range []capture.Event{inbound(), outbound(), oldNamed(), wan(), raw, hostile} {
		if n := testing.AllocsPerRun(100, func() { buf = AppendJSON(buf[:0], &ev, &o) }); n != 0 {
			t.Errorf("AppendJSON: %v allocations for %+v", n, ev)
		}
		if n := testing.AllocsPerRun(100, func() { buf = AppendCSV(buf[:0], &ev, &o) }); n != 0 {
			t.Errorf("AppendCSV: %v allocations for %+v", n, ev)
		}
		for name, f := range formatters {
			if n := testing.AllocsPerRun(100, func() {
				ev.Time = ev.Time.Add(time.Second) // none either when the second changes
				buf = f.Append(buf[:0], &ev)
			}); n != 0 {
				t.Errorf("Append, %s: %v allocations for %+v", name, n, ev)
			}
		}
	}
}

// benchEvents are as they come: a few in each second.
func benchEvents() []capture.Event {
	evs := make([]capture.Event, 64)
	for i := range evs {
		if evs[i] = inbound(); i%2 == 1 {
			evs[i] = outbound()
		}
		evs[i].Time = when.Add(time.Duration(i) * 50 * time.Millisecond)
	}
	return evs
}

func BenchmarkTemplate(b *testing.B) {
	f := NewFormatter(mustCompile(b, Default), Options{Services: services.Default()})
	evs, buf := benchEvents(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for i := range b.N {
		buf = f.Append(buf[:0], &evs[i&63])
	}
}

// BenchmarkTemplateCold has another second in each event.
func BenchmarkTemplateCold(b *testing.B) {
	f := NewFormatter(mustCompile(b, Default), Options{Services: services.Default()})
	ev, buf := inbound(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for range b.N {
		ev.Time = ev.Time.Add(time.Second)
		buf = f.Append(buf[:0], &ev)
	}
}

func BenchmarkJSON(b *testing.B) {
	o := Options{Services: services.Default()}
	evs, buf := benchEvents(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for i := range b.N {
		buf = AppendJSON(buf[:0], &evs[i&63], &o)
	}
}

func BenchmarkCSV(b *testing.B) {
	o := Options{Services: services.Default()}
	evs, buf := benchEvents(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for i := range b.N {
		buf = AppendCSV(buf[:0], &evs[i&63], &o)
	}
}

func BenchmarkParseJSON(b *testing.B) {
	ev := outbound()
	line := AppendJSON(nil, &ev, &Options{Services: services.Default()})
	b.ReportAllocs()
	for range b.N {
		if _, err := ParseJSON(line); err != nil {
			b.Fatal(err)
		}
	}
}
