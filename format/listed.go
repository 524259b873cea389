package format

import (
	"linklog/assets/listed"
	"linklog/capture"
)

// appendList appends on which list an end of an attempt is, and what stands there; nothing if
// it is on none.
func appendList(dst []byte, ev *capture.Event) []byte {
	hit, found := listed.OfEvent(ev)
	if !found {
		return dst
	}
	dst = append(append(dst, hit.Name...), ' ')
	return appendClean(dst, hit.Entry())
}

// appendJSONList is appendList for JSON.
func appendJSONList(dst []byte, ev *capture.Event) []byte {
	hit, found := listed.OfEvent(ev)
	if !found {
		return dst
	}
	dst = appendJSONText(dst, `,"list":"`, hit.Name)
	return appendJSONText(dst, `,"list_entry":"`, hit.Entry())
}
