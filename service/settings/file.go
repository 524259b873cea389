package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
)

// File is a settings file that is in use.
type File struct {
	// Path of the file. Optional: it need not exist; then all is as by default.
	Path     string
	Optional bool

	// Override, if set, changes what was read: options of the command line win.
	Override func(*Settings)

	// Apply, if set, is called with settings that are to be used from now on.
	Apply func(Settings) error

	mu sync.Mutex
}

// Load reads the settings.
func (f *File) Load() (Settings, error) {
	s, err := Load(f.Path)
	if f.Optional && errors.Is(err, fs.ErrNotExist) {
		s, err = Defaults(), nil
	}
	if err == nil && f.Override != nil {
		f.Override(&s)
	}
	return s, err
}

// Reload reads the settings again and applies them. An error changes nothing.
func (f *File) Reload() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.Load()
	if err != nil {
		return err
	}
	return f.Apply(s)
}

// Read gives the text of the file; that of Default if there is none.
func (f *File) Read() (text []byte, path string, err error) {
	text, err = os.ReadFile(f.Path)
	if f.Optional && errors.Is(err, fs.ErrNotExist) {
		return []byte(Default), f.Path, nil
	}
	if err != nil {
		return nil, f.Path, fmt.Errorf("settings: %w", err)
	}
	return text, f.Path, nil
}

// Write checks another text, keeps it in the file and applies it. restart tells
// that some of what changed counts from the next start only. An error changes
// nothing.
func (f *File) Write(text []byte) (restart bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(text) > maxFile {
		return false, fmt.Errorf("settings: %d bytes, more than any settings need (%d)", len(text), maxFile)
	}
	next, err := Parse(text)
	if err != nil {
		return false, fmt.Errorf("settings: %w", err)
	}
	before, err := f.Load()
	if err != nil {
		before = Defaults() // a file that was spoilt by hand is to be replaced
	}
	if f.Override != nil {
		f.Override(&next)
	}
	if err := f.Apply(next); err != nil {
		return false, err
	}
	if err := replace(f.Path, text); err != nil {
		return false, errors.Join(fmt.Errorf("settings: %w", err), f.Apply(before))
	}
	return !reflect.DeepEqual(before.Listen, next.Listen) || before.Names != next.Names || !reflect.DeepEqual(before.Alerts, next.Alerts), nil
}

// replace writes a file as a whole or not at all.
func replace(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".linklog-*.toml")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		if err := os.Chmod(tmp.Name(), info.Mode().Perm()); err != nil {
			return err
		}
	}
	return os.Rename(tmp.Name(), path)
}

// Set changes one setting in the text of a file, such as "history.days" to "90",
// and leaves all else as it is, comments too. The value is written as in TOML. An
// error says what is wrong with the value, or that the text is too artful to be
// changed by a program.
func Set(text, key, value string) (string, error) {
	section, name, _ := strings.Cut(key, ".")
	lines := strings.Split(text, "\n")
	in, at, end := false, -1, -1
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "[") {
			if in {
				break
			}
			in = strings.TrimSpace(strings.SplitN(trimmed, "#", 2)[0]) == "["+section+"]"
			end = i
			continue
		}
		if !in {
			continue
		}
		if trimmed != "" && (!strings.HasPrefix(trimmed, "#") || isSetting(trimmed)) {
			end = i
		}
		// A setting in use wins over one that is commented out.
		if found := settingName(trimmed); found == name && (at < 0 || !strings.HasPrefix(trimmed, "#")) {
			at = i
		}
	}
	line := name + " = " + value
	switch {
	case at >= 0:
		if note := strings.LastIndex(lines[at], " # "); note > strings.Index(lines[at], "=") {
			line = fmt.Sprintf("%-26s%s", line, lines[at][note:])
		}
		lines[at] = line
	case in:
		lines = append(lines[:end+1], append([]string{line}, lines[end+1:]...)...)
	default:
		lines = append(lines, "["+section+"]", line, "")
	}
	changed := strings.Join(lines, "\n")
	if _, err := Parse([]byte(changed)); err != nil {
		return text, fmt.Errorf("%s = %s: %w", key, value, err)
	}
	return changed, nil
}

// settingName is the name of the setting on a line, in use or commented out.
func settingName(line string) string {
	name, _, found := strings.Cut(strings.TrimLeft(line, "# \t"), "=")
	if name = strings.TrimSpace(name); !found || strings.ContainsAny(name, " \t") {
		return ""
	}
	return name
}

func isSetting(line string) bool { return settingName(line) != "" }
