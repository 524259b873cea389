package deliver

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"linklog/phrase"
	"linklog/service/datafile"
	"linklog/service/settings"
)

// Secrets are the tokens and passwords of outlets, by name: in a file of the data folder that
// only the service can read, or in its environment. They can be written, and not be read by
// anybody else.
type Secrets struct {
	path string

	mu  sync.Mutex
	all map[string]string
}

const (
	secretsFile = "secrets.json"
	// secretVariable is what the variables of the environment begin with.
	secretVariable = "LINKLOG_SECRET_"

	maxSecrets     = 100
	maxSecret      = 4096
	maxSecretsFile = 1 << 20
)

// OpenSecrets reads the file in the data folder, if it is there.
func OpenSecrets(dir string) (*Secrets, error) {
	s := &Secrets{path: filepath.Join(dir, secretsFile), all: make(map[string]string)}
	in, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, datafile.Explain(s.path, err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxSecretsFile))
	if err == nil {
		err = json.Unmarshal(text, &s.all)
	}
	if err != nil {
		s.all = nil // so that it is not written over
		return s, phrase.Say("the secrets cannot be read: {{.Error}}", "Error", datafile.Explain(s.path, err))
	}
	return s, nil
}

// Get gives a secret.
func (s *Secrets) Get(name string) (string, error) {
	variable := secretVariable + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if value := os.Getenv(variable); value != "" {
		return value, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	value, known := s.all[name]
	if !known {
		return "", phrase.Say("there is no secret {{.Name}}: store it by `linklog alerts secret {{.Name}}`", "Name", name)
	}
	return value, nil
}

// Set keeps a secret; "" removes it.
func (s *Secrets) Set(name, value string) error {
	switch {
	case !settings.SecretName.MatchString(name):
		return phrase.Say("{{.Value}} is not the name of a secret: letters, digits, - and _, at most 64", "Value", name)
	case len(value) > maxSecret:
		return phrase.Say("a secret may have {{.Limit}} bytes", "Limit", maxSecret)
	case strings.ContainsFunc(value, unicode.IsControl):
		return phrase.Say("a secret is one line, without control characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		return phrase.Say("the secrets cannot be read, and so are not written over: {{.File}}", "File", s.path)
	}
	if _, known := s.all[name]; !known && len(s.all) >= maxSecrets {
		return phrase.Say("there are already {{.Count}} secrets", "Count", maxSecrets)
	}
	next := make(map[string]string, len(s.all)+1)
	for n, v := range s.all {
		next[n] = v
	}
	if next[name] = value; value == "" {
		delete(next, name)
	}
	text, err := json.MarshalIndent(next, "", "\t")
	if err == nil {
		err = datafile.Replace(s.path, text, 0o600)
	}
	if err == nil {
		s.all = next
	}
	return err
}

// Names are those of the secrets of the file.
func (s *Secrets) Names() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
