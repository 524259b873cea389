package feed

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"linklog/service/localsocket/sockettest"
)

// A user whom the system's service does not let in has the app show his own, as soon as
// that runs, and hears of the refusal until then.
func TestOwnService(t *testing.T) {
	sockettest.NeedRoot(t)
	const uid = 54321
	dir := sockettest.Folder(t)
	system, own := filepath.Join(dir, "system"), filepath.Join(dir, "user", "own")
	program := filepath.Join(dir, "linklog") // a process of root's, while this one is the user's
	if out, err := exec.Command("go", "build", "-o", program, "linklog/cmd/linklog").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	service := exec.Command(program, "service", "run", "--port", "0", "--data-dir", filepath.Join(dir, "data"), "--socket", system)
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		service.Process.Kill()
		service.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if c, err := sockettest.Dial(uid, system); err == nil {
			c.Close()
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Dir(own), uid, uid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setresuid(-1, uid, -1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setresuid(-1, 0, -1); err != nil {
			t.Error(err)
		}
	})
	k := run(t, Options{Socket: system, Embedded: &Embedded{DataDir: filepath.Join(dir, "user", "embedded"), Socket: own}})
	k.until("it is refused", func() bool { return k.state.Connection == Refused })
	e, end := daemon(t, filepath.Join(dir, "user", "data"), own)
	k.until("its own is used", func() bool { return k.state.Connection == ToService && k.state.Hello.ID == e.ID() })
	fire(t, e.Intake.Port(), 50)
	k.until("its events are there", func() bool { return len(k.seqs) == 50 })
	end()
	k.until("it is refused again", func() bool { return k.state.Connection == Refused })
}
