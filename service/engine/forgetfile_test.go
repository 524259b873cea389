package engine

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"linklog/capture"
	"linklog/service/history"
)

// What is to be forgotten is read as it was written; a file that somebody else wrote is an
// error, and one that is not whole does not count.
func TestForgetFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "forgetting.json")
	if f, err := readForgetting(path); f != nil || err != nil {
		t.Errorf("without a file: %+v, %v", f, err)
	}
	f := &forgetting{Files: []int{3}, Of: []string{"192.0.2.1", "02:00:5e:10:00:22"}, Through: 17}
	for _, seq := range []uint64{1, 2, 3, 7, 300, 301, capture.MaxSeq} {
		f.Received.add(seq)
	}
	if len(f.Received) != 4 {
		t.Errorf("%v", f.Received)
	}
	for seq, want := range map[uint64]bool{0: false, 1: true, 3: true, 4: false, 7: true, 8: false, 301: true, 302: false, capture.MaxSeq: true} {
		if f.Received.has(seq) != want {
			t.Errorf("%d: %v", seq, !want)
		}
	}
	half := filepath.Join(filepath.Dir(path), ".forgetting.json-12")
	if err := os.WriteFile(half, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.write(path); err != nil {
		t.Fatal(err)
	}
	if back, err := readForgetting(path); err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Error("the half is still there")
	}
	if err := f.remove(path); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "{", `{"received":"AA=="}`, `{"received":"AAA="}`, `{"received":"AQ=="}`, `{"received":"Af///////////wE="}`, `{"received":"?"}`} {
		if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readForgetting(path); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func FuzzSeqs(f *testing.F) {
	text, _ := seqs{{First: 1, Last: 3}, {First: 5, Last: 5}}.MarshalText()
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var s seqs
		if s.UnmarshalText(text) != nil {
			return
		}
		last := uint64(0)
		for _, r := range s {
			if r.First <= last || r.Last < r.First || r.Last > capture.MaxSeq {
				t.Fatalf("%v", []history.Range(s))
			}
			last = r.Last
		}
	})
}
