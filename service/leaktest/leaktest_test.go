package leaktest

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestFindsGoroutines(t *testing.T) {
	goroutines, descriptors := count()
	stop := make(chan struct{})
	go func() { <-stop }()
	var out strings.Builder
	if settle(&out, goroutines, descriptors, 50*time.Millisecond) != 1 || !strings.Contains(out.String(), "TestFindsGoroutines") {
		t.Errorf("a goroutine is not found: %s", out.String())
	}
	close(stop)
	if settle(io.Discard, goroutines, descriptors, within) != 0 {
		t.Error("it has ended, and is still found")
	}
}

func TestFindsDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which are open")
	}
	goroutines, descriptors := count()
	f, err := os.Create(filepath.Join(t.TempDir(), "left"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if settle(&out, goroutines, descriptors, 50*time.Millisecond) != 1 || !strings.Contains(out.String(), "left") {
		t.Errorf("a file is not found: %s", out.String())
	}
	f.Close()
	if settle(io.Discard, goroutines, descriptors, within) != 0 {
		t.Error("it is closed, and is still found")
	}
}
