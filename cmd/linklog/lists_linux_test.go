package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"linklog/capture/send/sendtest"
)

// TestLists holds that a list of the settings is found in what was received before and after, by the service
// and by the command, also when it becomes a different one.
func TestLists(t *testing.T) {
	held, port := heldSocket(t)
	dir := t.TempDir()
	socket, config, list := filepath.Join(dir, "s"), filepath.Join(dir, "linklog.toml"), filepath.Join(dir, "bad.txt")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := "[hosts]\nlearning = \"0s\"\n[names]\ndns = false\n"
	write(list, "203.0.114.0/24\n")
	write(config, settings)
	startService(t, held, "--data-dir", filepath.Join(dir, "data"), "--socket", socket, "--config", config)
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	say := func(args ...string) string { // also what is wrong
		out, _ := exec.Command(file, append(args, "--socket", socket)...).CombinedOutput()
		return string(out)
	}
	sendtest.Tell(t, port, "@in TCP from 203.0.114.4:51234 to 192.168.1.10:80", "@out TCP from 192.168.1.10:3000 to 198.51.100.9:443")
	eventually(t, "it is stored", func() bool { return strings.Count(say("log"), "\n") == 2 })
	if out := say("lists"); !strings.Contains(out, "There are no lists") {
		t.Errorf("without lists: %s", out)
	}
	if out := say("lists", "update"); !strings.Contains(out, "There are no lists") {
		t.Errorf("update without lists: %s", out)
	}
	if out := say("log", "list:*"); strings.Contains(out, "203.0.114.4") {
		t.Errorf("without lists list:* finds %s", out)
	}
	write(config, settings+"[lists]\nown = [\"bad "+list+"\"]\n")
	say("service", "reload")
	found := func(query, want string) func() bool {
		return func() bool {
			out := say("log", query)
			return strings.Count(out, "\n") == 1 && strings.Contains(out, want)
		}
	}
	eventually(t, "the history is found by the list", found("list:bad", "203.0.114.4"))
	if out := say("lists"); !strings.Contains(out, "bad ") || !strings.Contains(out, " ok") {
		t.Errorf("lists: %s", out)
	}
	if out := say("log", "list:*", "--json"); !strings.Contains(out, `"list":"bad","list_entry":"203.0.114.0/24"`) {
		t.Errorf("JSON: %s", out)
	}
	if out := say("log", "list:*", "-t", "%{list}"); out != "bad 203.0.114.0/24\n" {
		t.Errorf("a template: %s", out)
	}
	write(list, "# another\n198.51.100.9\nnonsense here\n198.51.100.10\n")
	if out := say("lists", "update", "bad"); !strings.Contains(out, "1 line not understood, the first is line 3") {
		t.Errorf("update: %s", out)
	}
	eventually(t, "another list finds others", found("list:bad", "198.51.100.9"))
	if out := say("lists", "update", "none"); !strings.Contains(out, "there is no such list") {
		t.Errorf("update of a list that is not there: %s", out)
	}
	if out := say("status"); !strings.Contains(out, "lines that are not understood: 1, the first is line 3") {
		t.Errorf("status: %s", out)
	}
}
