package prefs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"linklog/service/datafile"
)

// errDamaged marks what is wrong with a file, not with reading it.
var errDamaged = errors.New("damaged")

// read returns what the file holds, nil if there is none.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would hold us up for ever
		return nil, fmt.Errorf("%s is not a file (%s)", path, info.Mode())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: longer than %d bytes", errDamaged, MaxSize)
	}
	return append([]byte{}, text...), nil
}

// decode takes the members of a file apart: those T knows, and the others. A member
// that does not fit is left out and named in the error.
func decode[T any](text []byte) (v T, foreign map[string]json.RawMessage, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors on Windows write it
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return v, nil, err
	}
	if members == nil {
		return v, nil, errors.New("not an object in braces")
	}
	known := fields[T]()
	var wrong []error
	for name, value := range members {
		own, ok := known[strings.ToLower(name)]
		if !ok {
			if foreign == nil {
				foreign = make(map[string]json.RawMessage)
			}
			foreign[name] = value
			continue
		}
		one, err := json.Marshal(map[string]json.RawMessage{own: value})
		before := v
		if err == nil {
			err = json.Unmarshal(one, &v)
		}
		if err != nil {
			v = before
			wrong = append(wrong, err)
		}
	}
	tidy(&v)
	return v, foreign, errors.Join(wrong...)
}

// encode is the text of the file.
func (f *File[T]) encode(v T) ([]byte, error) {
	tidy(&v)
	known, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("the preferences cannot be saved: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(known, &members); err != nil {
		return nil, fmt.Errorf("the preferences cannot be saved: %w", err)
	}
	for name, value := range f.foreign { // which never changes after Open
		members[name] = value
	}
	text, err := json.MarshalIndent(members, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("the preferences cannot be saved: %w", err)
	}
	if len(text) >= MaxSize {
		return nil, fmt.Errorf("the preferences cannot be saved: %d bytes, more than %d; delete saved filters or templates", len(text), MaxSize)
	}
	return append(text, '\n'), nil
}

// fields are the members T knows, by their names in small letters, as encoding/json
// finds them.
func fields[T any]() map[string]string {
	t := reflect.TypeFor[T]()
	known := make(map[string]string)
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported(), field.Tag.Get("json") == "-":
			continue
		case name == "":
			name = field.Name
		}
		known[strings.ToLower(name)] = name
	}
	return known
}

// tidy lets choices put themselves in order.
func tidy[T any](v *T) {
	if t, ok := any(v).(interface{ Tidy() }); ok {
		t.Tidy()
	}
}

// write replaces the file as a whole or not at all. It gets mode 0600: what someone
// searches for is nobody else's business.
func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	_ = os.Chmod(path, 0o600) // Replace keeps the mode of what is there
	return datafile.Replace(path, text, 0o600)
}
