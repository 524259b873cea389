package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"linklog/phrase"
	"linklog/service/datafile"
	"linklog/service/port"
)

// File is a settings file that is in use.
type File struct {
	// Path of the file. Optional: it need not exist; then all is as by default.
	Path     string
	Optional bool

	// Good is where the text that was used last is kept, "": nowhere. It is what
	// Start falls back on.
	Good string

	// Override, if set, changes what was read: options of the command line win.
	Override func(*Settings)

	// Apply, if set, is called with settings that are to be used from now on.
	Apply func(Settings) error

	// Trouble, if set, hears what is wrong with the file, and nil as soon as nothing
	// is.
	Trouble func(error)

	// Waiting, if set, hears which settings in use count from the next start only, such
	// as "listen.port = 9162"; none, as soon as there are none.
	Waiting func(changed []string)

	// Log gets what nobody has to be told; nil: nothing is logged.
	Log *slog.Logger

	mu      sync.Mutex
	started *Settings // what Start gave
	inUse   *Settings // what was applied last
}

// Load reads the settings, whosever they are.
func (f *File) Load() (Settings, error) {
	s, _, err := f.load()
	return s, named(err)
}

// named says that an error is about settings.
func named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("settings: %w", err)
}

// load also gives the text, nil where there is no file and none is needed.
func (f *File) load() (Settings, []byte, error) {
	text, err := read(f.Path)
	if f.Optional && isAbsent(err) {
		return f.override(Defaults()), nil, nil
	}
	if err != nil {
		return Settings{}, nil, err
	}
	s, err := parseFile(f.Path, text, (*Settings).checkAll)
	return f.override(s), text, err
}

// trusted is load for what is to be used: nobody else may have written it.
func (f *File) trusted() (Settings, []byte, error) {
	if err := datafile.Trusted(f.Path); err != nil {
		return Settings{}, nil, err
	}
	return f.load()
}

func (f *File) override(s Settings) Settings {
	if f.Override != nil {
		f.Override(&s)
	}
	return s
}

// Start gives the settings a service starts with. Those of a file that is wrong
// are those that were used last or, if there never were any, the defaults; but
// then nothing is removed from the history, for nobody knows how long it was meant
// to be kept. wrong says so. err is for a file that has to be there, is not, and
// never was: that is a mistake of whoever named it.
func (f *File) Start() (s Settings, wrong, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, text, err := f.trusted()
	if err == nil {
		f.keep(text)
	} else if s, wrong, err = f.fallBack(err); err != nil {
		return Settings{}, nil, named(err)
	}
	f.started, f.inUse = &s, &s
	return s, wrong, nil
}

// fallBack gives settings in place of a file that is wrong.
func (f *File) fallBack(why error) (s Settings, wrong, err error) {
	if f.Good != "" {
		// Not whether services have the names they had: that is no reason to use none of it.
		var text []byte
		err := datafile.Trusted(f.Good)
		if err == nil {
			text, err = read(f.Good)
		}
		if err == nil {
			s, err = parseFile(f.Good, text, (*Settings).check)
		}
		if err == nil {
			return f.override(s), phrase.Say("The settings that were used last stay in use ({{.File}}) until this is fixed: {{.Reason}}", "File", f.Good, "Reason", why), nil
		}
		if !isAbsent(err) {
			why = phrase.Lines([]phrase.Phrase{phrase.Of(why), phrase.Of(err)})
		}
	}
	if isAbsent(why) {
		return s, nil, why
	}
	s = Defaults()
	s.History = History{} // no limit
	return f.override(s), phrase.Say("The defaults are used until this is fixed, and nothing is removed from the history: {{.Reason}}", "Reason", why), nil
}

// keep keeps the text that is used from now on.
func (f *File) keep(text []byte) {
	if f.Good == "" {
		return
	}
	before, err := read(f.Good)
	switch {
	case text == nil:
		err = os.Remove(f.Good)
	case err == nil && bytes.Equal(before, text):
	default:
		if err = os.MkdirAll(filepath.Dir(f.Good), 0o700); err == nil {
			err = replace(f.Good, text)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && f.Log != nil {
		f.Log.Warn("a copy of the settings in use cannot be stored", "error", err)
	}
}

// Reload reads the settings again and applies them. restart tells that some of what
// changed since the start counts from the next one only. An error changes nothing.
func (f *File) Reload() (restart bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, text, wrong := f.trusted()
	if err = named(wrong); err == nil {
		err = f.Apply(s)
		wrong = err
	}
	if err != nil {
		f.tell(phrase.Say("The previous settings stay in use until this is fixed: {{.Reason}}", "Reason", wrong))
		return false, err
	}
	return f.use(s, text), nil
}

// use notes that settings are in use. restart tells that some of them count from the
// next start only.
func (f *File) use(s Settings, text []byte) (restart bool) {
	waiting := f.waiting(s)
	f.inUse = &s
	f.keep(text)
	f.tell(nil)
	if f.Waiting != nil {
		f.Waiting(waiting)
	}
	return len(waiting) > 0
}

func (f *File) tell(wrong error) {
	if f.Trouble != nil {
		f.Trouble(wrong)
	}
}

// waiting are the settings that differ from those of the start and count from a
// start only, as they stand in the file.
func (f *File) waiting(s Settings) (changed []string) {
	before := f.started
	if before == nil {
		before = f.inUse
	}
	if before == nil {
		return nil
	}
	was := f.override(*before) // by now it may be known what wins
	for _, x := range []struct {
		section  string
		was, now any
	}{{"listen", was.Listen, s.Listen}, {"names", was.Names, s.Names}} {
		a, b := reflect.ValueOf(x.was), reflect.ValueOf(x.now)
		for i := range a.NumField() {
			if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
				changed = append(changed, fmt.Sprintf("%s.%s = %s", x.section, a.Type().Field(i).Tag.Get("toml"), written(b.Field(i).Interface())))
			}
		}
	}
	return changed
}

// written is a value as it stands in a settings file.
func written(value any) string {
	switch v := value.(type) {
	case Address:
		if !v.IsValid() {
			return `""`
		}
		return strconv.Quote(v.String())
	case []int:
		return "[" + port.List(v, ", ") + "]"
	case Size, string:
		return fmt.Sprintf("%q", fmt.Sprint(v))
	}
	return fmt.Sprint(value)
}

// Read gives the text of the file; that of Default if there is none.
func (f *File) Read() (text []byte, path string, err error) {
	text, err = read(f.Path)
	if f.Optional && isAbsent(err) {
		return []byte(Default), f.Path, nil
	}
	return text, f.Path, named(err)
}

// IsAbsent reports that there is no file, and none is needed: all is as by default.
func (f *File) IsAbsent() bool {
	_, err := os.Lstat(f.Path)
	return f.Optional && errors.Is(err, fs.ErrNotExist)
}

// Write checks another text, keeps it in the file and applies it. restart tells
// that some of what changed counts from the next start only. An error changes
// nothing.
func (f *File) Write(text []byte) (restart bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(text) > MaxFile {
		return false, named(errTooLarge)
	}
	next, err := Parse(text)
	if err != nil {
		return false, named(err)
	}
	if wrong := (*datafile.Error)(nil); errors.As(datafile.File(f.Path, false), &wrong) && (wrong.Problem == datafile.NotAFile || wrong.Problem == datafile.Dangling) {
		return false, named(wrong)
	}
	if f.inUse == nil {
		before, err := f.Load()
		if err != nil {
			before = Defaults() // a file that was spoilt by hand is to be replaced
		}
		f.inUse = &before
	}
	next = f.override(next)
	if err := f.Apply(next); err != nil {
		return false, err
	}
	if err := replace(f.Path, text); err != nil {
		return false, errors.Join(named(err), f.Apply(*f.inUse))
	}
	return f.use(next, text), nil
}

// MaxFile bounds a settings file, in bytes.
const MaxFile = 1 << 20

var errTooLarge = phrase.Say("more than 1 MiB, which no settings need")

func tooLargeFile(file string) phrase.Phrase {
	return phrase.Say("{{.File}}: {{.Reason}}", "File", file, "Reason", errTooLarge)
}

// Load reads a file. Its error names the file, and the lines that are wrong (an
// *Error); if there is no such file it is fs.ErrNotExist.
func Load(file string) (Settings, error) {
	text, err := read(file)
	if err != nil {
		return Settings{}, named(err)
	}
	return ParseFile(file, text)
}

// ParseFile is Load for a text that was read.
func ParseFile(file string, text []byte) (Settings, error) {
	if len(text) > MaxFile {
		return Settings{}, named(tooLargeFile(file))
	}
	s, err := parseFile(file, text, (*Settings).checkAll)
	return s, named(err)
}

func parseFile(file string, text []byte, check func(*Settings, report)) (Settings, error) {
	s, err := parse(text, check)
	if e := (*Error)(nil); errors.As(err, &e) {
		e.File = file
	}
	return s, err
}

// read reads a file, if it is one: a pipe would hold us up.
func read(file string) ([]byte, error) {
	if err := datafile.File(file, false); err != nil {
		return nil, err
	}
	in, err := os.Open(file)
	if err != nil {
		if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxFile {
		return nil, tooLargeFile(file)
	}
	return text, nil
}

// isAbsent tells an error of read that says that nothing is there; a link to nowhere
// is something.
func isAbsent(err error) bool {
	var found *datafile.Error
	return errors.Is(err, fs.ErrNotExist) && !errors.As(err, &found)
}

// replace writes a file as a whole or not at all.
func replace(path string, text []byte) error {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		path = file // the link stays
	}
	return datafile.Replace(path, text, 0o600)
}

// Set changes one setting in the text of a file, such as "history.days" to "90",
// and leaves all else as it is, comments too. The value is written as in TOML. An
// error says what is wrong with the value, or that the text is too artful to be
// changed by a program.
func Set(text, key, value string) (string, error) {
	section, name, _ := strings.Cut(key, ".")
	lines := linesOf(text)
	in, at, end := false, -1, -1
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "[") {
			if in {
				break
			}
			in = strings.EqualFold(strings.TrimSpace(strings.SplitN(trimmed, "#", 2)[0]), "["+section+"]")
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
		if found := settingName(trimmed); strings.EqualFold(found, name) && (at < 0 || !strings.HasPrefix(trimmed, "#")) {
			at = i
		}
	}
	line := name + " = " + value
	switch {
	case at >= 0:
		if note := strings.LastIndex(lines[at], " # "); !strings.Contains(lines[at], "\n") && note > strings.Index(lines[at], "=") {
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
