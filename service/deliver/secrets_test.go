package deliver

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSecrets(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("phone"); err == nil || err.Error() != "there is no secret phone: store it by `linklog alerts secret phone`" {
		t.Error(err)
	}
	for name, value := range map[string]string{"a b": "x", "": "x", "long": strings.Repeat("x", maxSecret+1), "line": "a\nb"} {
		if err := s.Set(name, value); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range []string{"phone", "mail"} {
		if err := s.Set(name, "of "+name); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, secretsFile)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if s, err = OpenSecrets(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("phone"); got != "of phone" || err != nil || !slices.Equal(s.Names(), []string{"mail", "phone"}) {
		t.Error(got, err, s.Names())
	}
	t.Setenv("LINKLOG_SECRET_MY_PHONE", "of the environment")
	if got, err := s.Get("my-phone"); got != "of the environment" || err != nil {
		t.Error(got, err)
	}
	if err := s.Set("phone", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("phone"); err == nil {
		t.Error("it is still there")
	}

	// What cannot be read stays as it is.
	const damaged = `{"mail": "of mail", `
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = OpenSecrets(dir); err == nil {
		t.Error("a damaged file is none")
	}
	if err := s.Set("phone", "x"); err == nil {
		t.Error("it was written over")
	}
	if got, _ := os.ReadFile(path); string(got) != damaged {
		t.Errorf("%q", got)
	}
}
