package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test be the receivers that are part of the program.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "receive" {
		exit(receiveAlone(os.Args[2:], os.Stdout))
	}
	os.Exit(m.Run())
}

// program builds LinkLog's command.
func program(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "linklog")
	cmd := exec.Command("go", "build", "-o", file, "linklog/cmd/linklog")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// skipIfUnable skips where the kernel does not let us share the socket of a child.
func skipIfUnable(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "pidfd_getfd") {
		t.Skip(err)
	}
}

// TestAll measures everybody with few traps, and writes everything there is to write.
func TestAll(t *testing.T) {
	dir := t.TempDir()
	jsonFile, markdown := filepath.Join(dir, "json"), filepath.Join(dir, "markdown")
	var text bytes.Buffer
	err := run(t.Context(), []string{
		"-linklog", program(t), "-perl", "receiver.pl", "-rounds=1", "-fill=300", "-rates=3000", "-time=50ms", "-steps=0", "-idle=30ms",
		"-json", jsonFile, "-markdown", markdown,
	}, &text, io.Discard)
	skipIfUnable(t, err)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	tables, err := os.ReadFile(markdown)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	var all []*result
	for _, kind := range got {
		for _, r := range kind.Receivers {
			names[r.Name] = true
		}
		for _, name := range kind.Missing {
			t.Logf("%s is missing", name)
			names[name] = true
		}
		all = append(all, kind.Receivers...)
	}
	if len(names) != len(receivers()) || len(got) != len(messages()) {
		t.Errorf("measured or missing: %v, of %d, with %d kinds of messages", names, len(receivers()), len(got))
	}
	for _, r := range all {
		d := r.Drained[0]
		if d.Sent != 300 || d.Received != d.Sent || d.CPU <= 0 || d.Memory < 1<<20 {
			t.Errorf("%s, drained: %+v", r.Name, d)
		}
		if p := r.Paced[3000][0]; p.Sent != 150 || p.Received != p.Sent || p.Elapsed < 40*time.Millisecond || p.CPU <= 0 {
			t.Errorf("%s, paced: %+v", r.Name, p)
		}
		if (r.Drained[0].Followers > 0) != strings.Contains(r.Name, "+") {
			t.Errorf("%s: followers took %v", r.Name, r.Drained[0].Followers)
		}
		for _, out := range []string{text.String(), string(tables)} {
			if strings.Count(out, r.Does+" ") < 2 {
				t.Errorf("%s is not in both tables:\n%s", r.Name, out)
			}
		}
	}
}

func floorOf(m message) receiver {
	r := receivers()[0]
	r.message = m
	return r
}

func TestHighest(t *testing.T) {
	o := options{duration: 100 * time.Millisecond, steps: 1, buffer: 1 << 20, idle: 20 * time.Millisecond, progress: io.Discard}
	rate, _, err := highest(t.Context(), &o, floorOf(messages()[1]))
	skipIfUnable(t, err)
	if err != nil || rate < 1000 {
		t.Errorf("%d/s, %v", rate, err)
	}
}

// A receiver that stands still does not keep up, and what did not fit is lost.
func TestNotKeepingUp(t *testing.T) {
	o := options{duration: 100 * time.Millisecond, buffer: 100_000, idle: 20 * time.Millisecond, progress: io.Discard}
	stopped := floorOf(messages()[0])
	stopped.name = "stopped"
	stopped.command = func(*options, int, string) *exec.Cmd {
		return exec.Command("perl", "-e", fmt.Sprintf(`
			use IO::Socket::INET;
			my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp') or die;
			for (1 .. %d) { $s->recv(my $trap, 2000) }
			sleep 60`, warm))
	}
	if _, err := exec.LookPath("perl"); err != nil {
		t.Skip(err)
	}
	rate, ok, err := keepsUp(t.Context(), &o, stopped, 20_000)
	skipIfUnable(t, err)
	if err != nil || ok || rate < 1000 {
		t.Errorf("sent %d/s, keeps up: %v, %v", rate, ok, err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range []string{"more", "-rounds=0", "-rates=fast", "-rates=-1", "-time=0", "-steps=-1", "-buffer=0", "-only=nobody", "-messages=letters", "-nonsense"} {
		t.Run(args, func(t *testing.T) {
			if err := run(t.Context(), []string{args}, io.Discard, io.Discard); err == nil {
				t.Error("no error")
			}
		})
	}
	for _, args := range [][]string{{"nobody"}, {"floor", "1"}, {"gosnmp"}, {"spool", "many", "dir"}, {"attempts", "1"}, {"goflow2", "no port"}} {
		if err := receiveAlone(args, io.Discard); err == nil {
			t.Errorf("receive %v: no error", args)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // who is missing is known before anything is measured
	o := options{only: []string{"perl"}, rounds: 1, progress: io.Discard}
	if _, err := measure(ctx, o, messages()[0]); err == nil || strings.Contains(err.Error(), "perl") {
		t.Errorf("the floor was to fail, and Perl to be left out: %v", err)
	}
}

func TestFigures(t *testing.T) {
	least := &result{Does: "least", Paced: map[int][]sample{0: {{Sent: 1000, Received: 1000, Elapsed: time.Second, CPU: 1000}}}}
	other := &result{Does: "other", Goal: 2.5, Highest: 12_345, Paced: map[int][]sample{0: {{Sent: 1000, Received: 500, Elapsed: time.Second, CPU: 3000}}}}
	for _, cpu := range []float64{1000, 2000, 4000} {
		least.Drained = append(least.Drained, sample{CPU: cpu, Sent: 10, Received: 10})
		other.Drained = append(other.Drained, sample{CPU: 2000 + 2*cpu, Sent: 10, Received: 10, Followers: 500})
	}
	r := results{Message: "trap", Receivers: []*result{least, other}, Missing: []string{"snmptrapd"}, Duration: time.Second, Fill: 10, Buffer: 1 << 20}
	var out bytes.Buffer
	if err := r.writeMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| least | 2.00 µs | 1.0 |", "| other | 6.00 µs | 3.0 (2.5 to 4.0) | at most 2.5: **missed** | 0.50 µs | 12000/s |",
		"| other | 50.0 % lost, 3.0 µs (1000/s sent) |", "not measured: snmptrapd",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if got := fmt.Sprintln(median([]float64{3, 1, 2}), median([]float64{4, 1}), percent(0.0001), percent(0.5)); got != "2 2.5 <0.1 % 50.0 %\n" {
		t.Error(got)
	}
	other.Less = []string{"third"}
	third := &result{Name: "third", Drained: []sample{{CPU: 3000}, {CPU: 6000}, {CPU: 12_000}}}
	if got := other.verdict(2.5, []*result{least, other, third}); got != "at most 2.5, less than third: met" {
		t.Error(got)
	}
	third.Drained = least.Drained
	if got := other.verdict(2.5, []*result{least, other, third}); got != "at most 2.5, less than third: **missed**" {
		t.Error(got)
	}
	other.Goal, other.Less = 3, nil
	if got := other.verdict(3, nil); got != "at most 3: met" {
		t.Error(got)
	}
}
