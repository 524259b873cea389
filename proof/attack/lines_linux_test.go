package attack

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
)

// checkFile looks at every line of a file and counts them.
func checkFile(t testing.TB, file string, each func(line []byte) error) (lines int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return checkLines(t, f, each)
}

func checkLines(t testing.TB, r io.Reader, each func(line []byte) error) (lines int) {
	t.Helper()
	in := bufio.NewReaderSize(r, 1<<20)
	for wrong := 0; wrong < 10; {
		line, err := in.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return lines
		}
		if err != nil {
			t.Fatalf("line %d: %v: %.100q", lines+1, err, line)
		}
		lines++
		line = line[:len(line)-1]
		err = harmless(line)
		if err == nil && each != nil {
			err = each(line)
		}
		if err != nil {
			wrong++
			t.Errorf("line %d: %v", lines, err)
		}
	}
	return lines
}

// isEvent is for checkFile: the line is an event in JSON.
func isEvent(line []byte) error {
	if !json.Valid(line) {
		return fmt.Errorf("no JSON: %s", line)
	}
	return nil
}
