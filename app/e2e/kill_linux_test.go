package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"linklog/capture"
	"linklog/service/client"
)

// The app with its engine, killed in the middle of it again and again: what it
// acknowledged is in the history, each message once and in order, and its choices are
// still there. LINKLOG_SOAK=kills=200 for as many.
func TestKilled(t *testing.T) {
	kills := 4
	if text, ok := strings.CutPrefix(os.Getenv("LINKLOG_SOAK"), "kills="); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("LINKLOG_SOAK=kills=%s: want a number from 1", text)
		}
		kills = n
	}
	d := newDesktop(t)
	d.panel()
	d.choices(`{"theme":"light","page":"log"}`)
	d.settings("[hosts]\nlearning = \"24h\"\n")

	var told []string // as the log shows them
	message := func() string {
		i := len(told)
		told = append(told, fmt.Sprintf("192.168.%d.%d:%d", 1+i/200%200, 1+i%200, 1024+i%60000))
		return "@out TCP from " + told[i] + " to 198.51.100.7:443"
	}
	for range kills {
		a := d.start()
		a.tell(message(), message(), message(), message(), message())
		if err := a.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = a.cmd.Wait()
	}

	a := d.start()
	c := a.client()
	defer c.Close()
	var kept []string
	d.until("all of it is in the history", func() bool {
		kept = kept[:0]
		err := c.Events(context.Background(), client.Query{Filter: "dport:443", OldestFirst: true}, func(ev *capture.Event) error {
			kept = append(kept, fmt.Sprintf("%s:%d", ev.Src.Addr, ev.Src.Port))
			return nil
		})
		return err == nil && len(kept) >= len(told)
	})
	if got, want := strings.Join(kept, " "), strings.Join(told, " "); got != want {
		t.Errorf("%d messages in the history, %d acknowledged\n%s\n%s", len(kept), len(told), got, want)
	}
	if text, err := os.ReadFile(d.home + "/config/linklog/app.json"); err != nil || !strings.Contains(string(text), `"light"`) {
		t.Errorf("the choices are %q, %v", text, err)
	}
	a.clean()
}
