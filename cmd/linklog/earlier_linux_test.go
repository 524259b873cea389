package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"linklog/capture"
	"linklog/format/services"
	"linklog/service/api"
)

// TestEarlierData opens the data folders of earlier builds, as a kill -9 left them, and
// sees that all they held is shown as it was then. What is new in an answer may stand
// beside it. testdata/earlier/make.sh says how the folders were made.
func TestEarlierData(t *testing.T) {
	folders, err := filepath.Glob("testdata/earlier/*.tar.gz")
	if err != nil || len(folders) == 0 {
		t.Fatal("no folders", err)
	}
	for _, packed := range folders {
		for _, imports := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/imports %v", filepath.Base(packed), imports), func(t *testing.T) { openEarlier(t, packed, imports) })
		}
	}
}

func openEarlier(t *testing.T, packed string, imports bool) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", packed, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v\n%s", err, out)
	}
	if !imports {
		if err := os.RemoveAll(filepath.Join(dir, "data", "imported")); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(dir, "socket")
	stderr := &reading{}
	cmd := exec.Command(file, "service", "run", "--port=0", "--data-dir", filepath.Join(dir, "data"), "--socket", socket)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	}()
	caller := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer caller.CloseIdleConnections()
	eventually(t, "the service answers", func() bool {
		answer, err := caller.Get("http://linklog/v1/hello")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil
	})
	requests, err := os.ReadFile(filepath.Join(dir, "shown", "requests"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(requests)) {
		number, request, _ := strings.Cut(strings.TrimSpace(line), " ")
		shown, err := os.ReadFile(filepath.Join(dir, "shown", number))
		if err != nil {
			t.Fatal(err)
		}
		// Earlier versions did not count what was imported among hosts and devices.
		if ofBook := strings.HasPrefix(request, "/v1/hosts") || strings.HasPrefix(request, "/v1/devices"); ofBook == imports {
			continue
		}
		answer, err := caller.Get("http://linklog" + request)
		if err != nil {
			t.Fatalf("%s: %v\n%s", request, err, stderr)
		}
		now, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %v: %s", request, answer.Status, err, now)
			continue
		}
		then := decoded(t, shown)
		if strings.Contains(request, "filter=host:cdn") {
			// It did not find the rows whose names were learned later, though it showed them.
			all, err := os.ReadFile(filepath.Join(dir, "shown", "1"))
			if err != nil {
				t.Fatal(err)
			}
			then = slices.DeleteFunc(decoded(t, all).([]any), func(row any) bool { return !strings.Contains(fmt.Sprint(row), "_host:cdn") })
			slices.Reverse(then.([]any)) // the newest first
		}
		if where := missing("", then, decoded(t, now)); where != "" {
			t.Errorf("%s: %s", request, where)
		}
	}
	if !imports {
		return
	}
	var listed api.Imports
	answer, err := caller.Get("http://linklog/v1/imports")
	if err == nil {
		defer answer.Body.Close()
		err = json.NewDecoder(answer.Body).Decode(&listed)
	}
	if err != nil || listed.Unnumbered == 0 || len(listed.Imports) > 0 {
		t.Errorf("%+v, %v: what was imported then has no number", listed, err)
	}
}

// decoded reads one JSON value, or several in lines.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	list := []any{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		var v any
		switch err := d.Decode(&v); err {
		case nil:
			list = append(list, v)
		case io.EOF:
			return list
		default:
			t.Fatalf("%v in %.200s", err, text)
		}
	}
}

// portWord reports whether a member is what today's table calls the port that is beside it.
func portWord(name string, in map[string]any) bool {
	port, called := "", services.Default().Name
	switch {
	case name == "src_service":
		port, called = "src_port", services.Default().Client
	case name == "dst_service":
		port = "dst_port"
	case name == "service" && in["dest_port"] != nil:
		port = "dest_port"
	case name == "service":
		port = "port"
	default:
		return false
	}
	n, err := strconv.ParseUint(fmt.Sprint(in[port]), 10, 16)
	text, _ := in["protocol"].(string)
	proto, known := capture.ParseProtocol(text)
	word, _ := in[name].(string)
	return err == nil && (known || text == "") && word == called(uint16(n), proto)
}

// missing says what of an earlier answer is not in that of now; "": nothing.
func missing(at string, earlier, now any) string {
	switch e := earlier.(type) {
	case map[string]any:
		n, _ := now.(map[string]any)
		for name, v := range e {
			if _, word := v.(string); word && v != n[name] && portWord(name, n) {
				continue // a word for a port, which is the same, is made when it is shown, too
			}
			if name == "path" { // of the settings: where the folder was
				continue
			}
			if text, _ := n[name].(string); name == "text" && text != "" && strings.Contains(at, ".alerts[") {
				continue // words are made when it is shown
			}
			if where := missing(at+"."+name, v, n[name]); where != "" {
				return where
			}
		}
		return ""
	case []any:
		n, ok := now.([]any)
		if !ok || len(n) != len(e) {
			return fmt.Sprintf("%s: %d were shown, now %d are", at, len(e), len(n))
		}
		if strings.HasSuffix(at, ".groups") { // those of the same size come in any order
			byText := func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
			slices.SortFunc(e, byText)
			slices.SortFunc(n, byText)
		}
		for i := range e {
			if where := missing(fmt.Sprintf("%s[%d]", at, i), e[i], n[i]); where != "" {
				return where
			}
		}
		return ""
	}
	if earlier != now {
		return fmt.Sprintf("%s: shown was %v, now %v is", at, earlier, now)
	}
	return ""
}
