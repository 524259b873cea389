package computers

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linklog/app/feed"
	"linklog/app/system/prefs"
)

func set(t *testing.T, choices string) (*Set, *prefs.Prefs) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.json")
	if err := os.WriteFile(path, []byte(choices), 0o600); err != nil {
		t.Fatal(err)
	}
	p := prefs.Load(path, func(err error) { t.Error(err) })
	t.Cleanup(func() { p.Close() })
	return New(Options{Here: feed.Options{Socket: filepath.Join(t.TempDir(), "s")}, Prefs: p, Go: func(func()) { t.Error("something runs") }}), p
}

func names(s *Set) string {
	var list []string
	for _, c := range s.All() {
		list = append(list, c.Name)
	}
	return strings.Join(list, ",")
}

// What is remembered is there again; what was changed by hand and is wrong says so, and is never shown.
func TestRemembered(t *testing.T) {
	s, _ := set(t, `{"page":"log"}`)
	if names(s) != "" || s.Several() || !s.Shown().Here() {
		t.Errorf("%q", names(s))
	}
	s, _ = set(t, `{"computer":"NAS","computers":[{"name":"Pi","address":"ssh://pi"},{"name":"NAS","address":"ssh://ann@nas:2222"},{"name":"pi","address":"ssh://twice"},{"name":"","address":"ssh://none"}]}`)
	if names(s) != ",Pi,NAS" || s.Shown().Name != "NAS" || s.Shown().Host.User != "ann" || s.Shown().Feed.Client().Elsewhere().Port != 2222 {
		t.Errorf("%q, %+v", names(s), s.Shown())
	}
	s, _ = set(t, `{"computer":"Pi","computers":[{"name":"Pi","address":"ssh://-oProxyCommand=x"}]}`)
	c := s.Named("Pi")
	if standing, trouble := c.Standing(); standing != Broken || trouble == nil || c.Feed != nil || !s.Shown().Here() {
		t.Errorf("%+v %v", c, trouble)
	}
	if s.Show(c); !s.Shown().Here() {
		t.Error("it is shown")
	}
}

// What a user types is read, and what is wrong with it is said.
func TestAdd(t *testing.T) {
	s, p := set(t, `{}`)
	for _, c := range []struct{ name, address, says string }{
		{"", "pi", ""},
		{" My NAS ", " ann@192.168.1.2:2222 ", ""},
		{"", "PI", "named PI already"},
		{"my nas", "other", "named my nas already"},
		{"", "", "address is missing"},
		{"", "-oProxyCommand=x", "not a valid host"},
		{"", "http://pi", "must be ssh://"},
		{strings.Repeat("ä", maxName+1), "long", "at most 40"},
		{"a\x1b[31mb", "long", "at most 40"},
		{strings.Repeat("ä", maxName), "ssh://[fd00::2]", ""},
	} {
		_, err := s.Add(c.name, c.address, nil)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%q %q: %v", c.name, c.address, err)
		}
	}
	if got := fmt.Sprint(p.Get().Computers); got != "[{pi ssh://pi} {My NAS ssh://ann@192.168.1.2:2222} {"+strings.Repeat("ä", maxName)+" ssh://[fd00::2]}]" {
		t.Error(got)
	}
	for i := range prefs.MaxComputers {
		if _, err := s.Add(fmt.Sprint("c", i), "host", nil); (err == nil) != (i < prefs.MaxComputers-3) {
			t.Error(i, err)
		}
	}
}

// One is shown, which is remembered; it is not removed, nor is this computer.
func TestShow(t *testing.T) {
	s, p := set(t, `{"computers":[{"name":"Pi","address":"ssh://pi"}]}`)
	here, pi := s.All()[0], s.Named("Pi")
	if s.Show(pi); s.Shown() != pi || p.Get().Computer != "Pi" {
		t.Errorf("%+v", p.Get())
	}
	s.Remove(pi)
	s.Remove(here)
	if names(s) != ",Pi" {
		t.Errorf("%q", names(s))
	}
	s.Show(here)
	if s.Remove(pi); names(s) != "" || p.Get().Computer != "" || len(p.Get().Computers) != 0 {
		t.Errorf("%q, %+v", names(s), p.Get())
	}
}

func TestStanding(t *testing.T) {
	wrong := errors.New("no network")
	for _, c := range []struct {
		state feed.State
		want  Standing
	}{
		{feed.State{}, Connecting},
		{feed.State{Connection: feed.ToService}, Connected},
		{feed.State{Connection: feed.ToEmbedded}, Connected},
		{feed.State{Connection: feed.Lost, Err: wrong}, Broken},
		{feed.State{Connection: feed.Refused, Err: wrong}, Broken},
	} {
		if got, trouble := (&Computer{State: c.state}).Standing(); got != c.want || trouble != c.state.Err {
			t.Errorf("%+v: %v %v", c.state, got, trouble)
		}
	}
}
