package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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

// TestAll measures two small histories, and writes everything there is to write.
func TestAll(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"json": nil, "markdown": nil, "svg": nil}
	args := []string{"-linklog", program(t), "-dir", dir, "-least=6000", "-most=20000", "-rounds=1", "-export=10000"}
	for name := range files {
		args = append(args, "-"+name, filepath.Join(dir, name))
	}
	var text bytes.Buffer
	if err := run(t.Context(), args, &text, io.Discard); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	var got results
	if err := json.Unmarshal(files["json"], &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Sizes) != 2 {
		t.Fatalf("%d sizes", len(got.Sizes))
	}
	for i, want := range []int{6000, 20_000} {
		s := got.Sizes[i]
		if s.Rows != want || s.Start <= 0 || s.Bytes < int64(20*want) || s.Bytes > int64(300*want) || s.Exported != min(want, 10_000) ||
			len(s.Answers) != len(questions) || s.Resident < 1<<20 || s.Insert <= 0 || s.InsertCPU <= 0 {
			t.Errorf("%+v", s)
		}
	}
	if n := got.Sizes[1].Inserted; n != 14_000 {
		t.Errorf("%d inserted the second time", n)
	}
	for _, f := range got.figures() {
		for _, out := range []string{text.String(), string(files["markdown"])} {
			if !strings.Contains(out, f.name+", "+f.unit+" ") {
				t.Errorf("no %q in\n%s", f.name, out)
			}
		}
		if f.unit == "ms" && !bytes.Contains(files["svg"], []byte(">"+f.name+"</text>")) {
			t.Errorf("no %q in the plot", f.name)
		}
	}
	wellFormed(t, files["svg"])
}

// Who interrupts a long measurement gets what there is by then.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	progress := writerFunc(func(b []byte) (int, error) {
		if bytes.Equal(b, []byte("20000 rows: insert\n")) {
			cancel()
		}
		return len(b), nil
	})
	var text bytes.Buffer
	file := filepath.Join(dir, "json")
	err := run(ctx, []string{"-linklog", program(t), "-dir", dir, "-least=2000", "-most=20000", "-rounds=1", "-json", file}, &text, progress)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	data, err := os.ReadFile(file)
	var got results
	if err != nil || json.Unmarshal(data, &got) != nil || len(got.Sizes) != 1 || got.Sizes[0].Exported != 2000 {
		t.Errorf("%v, %s", err, data)
	}
	if !strings.Contains(text.String(), "newest page") {
		t.Error(text.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// A single size, a value that is missing and text with < are drawn, too.
func TestSVG(t *testing.T) {
	for _, rows := range [][]float64{{100}, {100, 1000}} {
		var out bytes.Buffer
		if err := writeSVG(&out, rows, []panel{{"a < b", []line{{"x", []float64{5, 0}[:len(rows)]}, {"none", []float64{0, 0}[:len(rows)]}}}, {title: "empty"}}); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, out.Bytes())
		if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "Inf") || !strings.Contains(out.String(), `fill="#fff"`) || strings.Contains(out.String(), ">none<") {
			t.Error(out.String())
		}
	}
}

func TestTable(t *testing.T) {
	r := results{Sizes: []size{
		{Rows: 10, Inserted: 10, Insert: 1e9, Exported: 10, Export: 1e9, Bytes: 100, Start: 1e6, StartCPU: 1e6, Answers: []answer{{Name: "a", Took: 1e6, CPU: 1e6}, {Name: "b", Took: 1e6, CPU: 1e6}}, AtStart: 1, Resident: 1, Peak: 1, InsertCPU: 1},
		{Rows: 100, Inserted: 90, Insert: 1e9, Exported: 100, Export: 1e9, Bytes: 1000, Start: 2e6, StartCPU: 2e6, Answers: []answer{{Name: "a", Took: 2e7, CPU: 3e7}, {Name: "b", Took: 1e6, CPU: 2e6}}, AtStart: 1, Resident: 1, Peak: 1, InsertCPU: 1},
	}}
	table := r.table()
	for _, want := range []string{"start-up, ms|1.00 (1.00)|2.00 (2.00)|×2.00", "a, ms|1.00 (1.00)|20.0 (30.0)|×30.0: **faster than the rows**", "b, ms|1.00 (1.00)|1.00 (2.00)|×2.00", "export, rows/s|10.0|100|×10.0"} {
		if !slices.ContainsFunc(table, func(row []string) bool { return strings.Join(row, "|") == want }) {
			t.Errorf("no %s in %q", want, table)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, args := range []string{"more", "-least=0", "-most=5", "-rounds=0", "-export=0", "-nonsense", "-linklog=/nowhere/linklog"} {
		t.Run(args, func(t *testing.T) {
			all := []string{"-dir", t.TempDir(), args}
			if strings.HasPrefix(args, "-linklog") {
				all = append(all, "-least=10", "-most=10")
			}
			if err := run(t.Context(), all, io.Discard, io.Discard); err == nil {
				t.Error("no error")
			}
		})
	}
}

// A wrong answer of the service ends the measurement.
func TestQuestions(t *testing.T) {
	for _, q := range questions {
		if q.want(5_000_000, 5_000_011) || q.want(5_000_000, -1) {
			t.Errorf("%s: any answer is right", q.name)
		}
	}
	for rows, want := range map[int]int{49_999: 0, 50_000: 1, 1_049_999: 1, 1_050_000: 2, 50_000_000: 50} {
		if !once(rows, want) {
			t.Errorf("the rare host is not %d times in %d rows", want, rows)
		}
	}
}
