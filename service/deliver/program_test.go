//go:build unix

package deliver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"linklog/assets/origin"
	"linklog/capture"
	"linklog/format/services"
	"linklog/service/alerts"
	"linklog/service/book"
	"linklog/service/book/booktest"
)

// script writes a shell script that begins with `cd` to a folder of its own.
func script(t *testing.T, body string) (path, dir string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "on alert.sh")
	text := "#!/bin/sh\ncd '" + dir + "'\n" + body
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

// running starts a Program; stop ends it.
func running(t *testing.T, b *bench, o ProgramOptions) (r *Program, stop func()) {
	t.Helper()
	r, err := NewProgram(b.Alerts, o)
	if err != nil {
		t.Fatal(err)
	}
	r.sleep = func(ctx context.Context, d time.Duration) { sleep(ctx, min(d, 5*time.Millisecond)) }
	return r, start(t, r)
}

func start(t *testing.T, r *Program) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	before, _, _ := r.s.Cursor(alerts.ProgramCursor)
	go func() { defer close(done); r.Run(ctx) }()
	if before == 0 { // it begins with the alerts to come: let it have begun
		await(t, func() bool { _, known, _ := r.s.Cursor(alerts.ProgramCursor); return known })
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

func await(t *testing.T, what func() bool) {
	t.Helper()
	for range 2000 {
		if what() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// bench is a book and its alerts with a clock, and makes events for them.
type bench struct {
	t *testing.T
	*alerts.Alerts
	book  *book.Store
	path  string
	clock *booktest.Clock
	seq   uint64
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, clock: booktest.NewClock(), path: filepath.Join(t.TempDir(), "state.db")}
	var err error
	b.book, b.Alerts, err = alerts.Open(b.path, book.Options{Now: b.clock.Now}, alerts.Options{NameWait: -1, Services: services.IANA()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.book.Close() })
	return b
}

// see shows an attempt of now.
func (b *bench) see(dir capture.Direction, src, dst string) {
	b.seq++
	ev := booktest.Attempt(b.seq, b.clock.T, dir, src, dst)
	b.book.Observe(&ev)
}

func (b *bench) wanIs(addr string) {
	b.seq++
	ev := booktest.WAN(b.seq, b.clock.T, addr)
	b.book.Observe(&ev)
}

// commit writes what was seen.
func (b *bench) commit() {
	b.t.Helper()
	if err := b.book.Commit(b.seq); err != nil {
		b.t.Fatal(err)
	}
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	b.commit()
	b.clock.Advance(d)
	if err := b.Tick(b.clock.T); err != nil {
		b.t.Fatal(err)
	}
}

// tell makes an alert.
func (b *bench) tell(i int) {
	b.see(capture.Out, pc, booktest.Public(i).String())
	b.pass(2 * time.Minute)
}

const pc = "192.168.1.10:50000"

func TestProgram(t *testing.T) {
	b := newBench(t)
	b.tell(1) // before the Program first came
	path, dir := script(t, `cat; env | grep ^LINKLOG | sort; echo "$1" > argument; env > environment; echo oops >&2`)
	t.Setenv("LINKLOG_SECRET", "of the service")
	r, _ := running(t, b, ProgramOptions{Command: []string{path, "an $HOME `id` argument"}})
	// Names as somebody may send them.
	b.see(capture.Out, "lap\x1b[2Jtop\n=192.168.1.10:50000", "$(touch x);`touch y`\x00\nLINKLOG_ALERT_ID=666=203.0.113.9:443")
	b.commit()
	await(t, func() bool { return r.Stats().Runs == 1 })
	st := r.Stats()
	if st.Failed != 0 || st.Last.Err != nil || !strings.HasSuffix(st.Last.Output, " | oops") {
		t.Errorf("%+v", st)
	}
	if files, _ := filepath.Glob(dir + "/*"); len(files) != 3 {
		t.Errorf("somebody's name was run: %v", files)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "argument")); string(got) != "an $HOME `id` argument\n" {
		t.Errorf("argument: %q", got)
	}
	env, _ := os.ReadFile(filepath.Join(dir, "environment"))
	vars := map[string]string{}
	for line := range strings.Lines(string(env)) {
		k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		vars[k] = v
	}
	name := "$(touch x);`touch y`\ufffd\ufffdLINKLOG_ALERT_ID=666"
	for k, want := range map[string]string{
		"ID": fmt.Sprint(b.Last()), "KIND": "new-host", "HOST": "203.0.113.9", "NAME": name,
		"DEVICE": "192.168.1.10", "DEVICE_NAME": "lap\ufffd[2Jtop", "DIRECTION": "out", "PROTOCOL": "TCP", "PORT": "443", "SERVICE": "https",
		"OWNER": "", "COUNTRY": "", "SEQ": "2", "ROUTER": "192.168.1.1", "COUNT": "1", "HOSTS": "", "OLD_ADDRESS": "", "NEW_ADDRESS": "",
		"TIME": "2026-11-23T12:02:00Z", "SINCE": "2026-11-23T12:02:00Z",
		"TEXT": "new host " + name + " (203.0.113.9) from lap\ufffd[2Jtop (192.168.1.10), out TCP port 443 (https)",
	} {
		if got, ok := vars["LINKLOG_ALERT_"+k]; got != want || !ok {
			t.Errorf("%s: got %q, want %q", k, got, want)
		}
	}
	if _, ok := vars["LINKLOG_SECRET"]; ok || vars["PATH"] == "" {
		t.Errorf("%v", vars)
	}
}

func TestProgramTimeout(t *testing.T) {
	b := newBench(t)
	path, dir := script(t, `sleep 1000 & echo $! > child; echo $$ > self; echo waiting; wait`)
	r, stop := running(t, b, ProgramOptions{Command: []string{path}, Timeout: 2 * time.Second}) // long enough for a busy computer to start it
	b.tell(1)
	await(t, func() bool { return r.Stats().Runs == 1 })
	if st := r.Stats(); st.TimedOut != 1 || st.Failed != 1 || st.Last.Err == nil || st.Last.Output != "waiting" || st.Last.Duration > 8*time.Second {
		t.Errorf("%+v", st)
	}
	gone := func() bool {
		for _, name := range []string{"child", "self"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			pid, convErr := strconv.Atoi(strings.TrimSpace(string(data)))
			if err != nil || convErr != nil {
				return false
			}
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err == nil && !strings.Contains(string(state), ") Z ") || err != nil && syscall.Kill(pid, 0) == nil {
				return false
			}
		}
		return true
	}
	await(t, gone)

	// The end of the service kills it, too, and it runs again after the next start.
	stop()
	os.Remove(filepath.Join(dir, "self"))
	r, stop = running(t, b, ProgramOptions{Command: []string{path}})
	b.tell(2)
	await(t, func() bool { data, err := os.ReadFile(filepath.Join(dir, "self")); return err == nil && len(data) > 0 }) // it is there before its number is in it
	stop()
	await(t, gone)
	if st := r.Stats(); st.Runs != 0 {
		t.Errorf("%+v", st)
	}
	path, _ = script(t, `echo $LINKLOG_ALERT_HOST`)
	r, _ = running(t, b, ProgramOptions{Command: []string{path}})
	await(t, func() bool { return r.Stats().Runs == 1 })
	if st := r.Stats(); st.Last.Output != booktest.Public(2).String() {
		t.Errorf("%+v", st)
	}
}

// One that leaves a process behind that holds the output, and one that writes without
// end.
func TestProgramOutput(t *testing.T) {
	b := newBench(t)
	path, _ := script(t, `sleep 1000 & exit 3`)
	r, stop := running(t, b, ProgramOptions{Command: []string{path}})
	b.tell(1)
	await(t, func() bool { return r.Stats().Runs == 1 })
	if st := r.Stats(); st.Last.Duration > 8*time.Second || st.Failed != 1 || st.TimedOut != 0 {
		t.Errorf("%+v", st)
	}
	stop()
	path, _ = script(t, `sleep 1000 & echo $! > left; exit 0`)
	r, stop = running(t, b, ProgramOptions{Command: []string{path}})
	b.tell(2)
	await(t, func() bool { return r.Stats().Runs == 1 })
	if err := r.Stats().Last.Err; err == nil || !strings.HasPrefix(err.Error(), "it ended, but left a program running") {
		t.Errorf("got %v", err)
	}
	stop()
	path, _ = script(t, `printf 'one\033[2J\n\n'; head -c 10000000 /dev/zero | tr '\0' x; exit 3`)
	r, stop = running(t, b, ProgramOptions{Command: []string{path}})
	b.tell(3)
	await(t, func() bool { return r.Stats().Runs == 1 })
	if st := r.Stats(); !strings.HasPrefix(st.Last.Output, "one\ufffd[2J | xxx") || !strings.HasSuffix(st.Last.Output, "x …") || len(st.Last.Output) > maxOutput+20 || st.Last.Err.Error() != "exit status 3" {
		t.Errorf("%d bytes, %v", len(st.Last.Output), st.Last.Err)
	}
	stop()
	// Gone since: it fails, and the next alerts do not wait for it.
	r, _ = running(t, b, ProgramOptions{Command: []string{path}})
	os.Remove(path)
	b.tell(4)
	await(t, func() bool { return r.Stats().Failed == 1 })
}

// A flood: what is too much waits, what waits too long is dropped and counted.
func TestProgramFlood(t *testing.T) {
	b := newBench(t)
	path, dir := script(t, `echo $LINKLOG_ALERT_ID >> ids; test -e block && while [ -e block ]; do sleep 0.01; done; exit 0`)
	block := filepath.Join(dir, "block")
	os.WriteFile(block, nil, 0o600)
	r, stop := running(t, b, ProgramOptions{Command: []string{path}, PerMinute: 4, Queue: 5})
	b.tell(0)
	ids := func() []string {
		data, _ := os.ReadFile(filepath.Join(dir, "ids"))
		return strings.Fields(string(data))
	}
	await(t, func() bool { return len(ids()) == 1 })
	for i := range 30 {
		b.tell(i + 1)
	}
	os.Remove(block)
	await(t, func() bool { return r.Stats().Runs == 4 })
	await(t, func() bool { st := r.Stats(); return st.Dropped == 25 && st.Waiting == 2 })
	time.Sleep(50 * time.Millisecond)
	if st := r.Stats(); st.Runs != 4 || st.Waiting != 2 || st.Failed != 0 {
		t.Errorf("%+v", st)
	}
	stop()
	// The rate is that of a Program; the next one goes on where this one ended.
	r, _ = running(t, b, ProgramOptions{Command: []string{path}})
	await(t, func() bool { return r.Stats().Runs == 2 })
	list, err := b.After(0, -1)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, a := range append(list[:1:1], list[len(list)-5:]...) {
		want = append(want, fmt.Sprint(a.ID))
	}
	if got := fmt.Sprint(ids()); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestProgramKinds(t *testing.T) {
	b := newBench(t)
	path, dir := script(t, `echo "$LINKLOG_ALERT_KIND $LINKLOG_ALERT_COUNT $LINKLOG_ALERT_PORT $LINKLOG_ALERT_HOSTS $LINKLOG_ALERT_NEW_ADDRESS: $LINKLOG_ALERT_TEXT" >> lines`)
	r, _ := running(t, b, ProgramOptions{Command: []string{path}})
	b.wanIs("198.51.100.1")
	b.SetMute(b.clock.T.Add(time.Minute))
	b.wanIs("198.51.100.2") // muted: not run
	for i := range 7 {
		b.see(capture.Out, pc, booktest.Public(i).String())
	}
	b.pass(2 * time.Minute)
	b.wanIs("198.51.100.3")
	for i := range 7 {
		b.see(capture.In, booktest.Public(100+i).String(), "192.168.1.10:80")
	}
	b.pass(2 * time.Minute)
	await(t, func() bool { return r.Stats().Runs == 6 })
	data, _ := os.ReadFile(filepath.Join(dir, "lines"))
	want := `digest 7  45.0.0.0 45.0.0.1 45.0.0.2 45.0.0.3 45.0.0.4 : 7 new hosts while you were away: 45.0.0.0, 45.0.0.1, 45.0.0.2, 45.0.0.3, 45.0.0.4, …
wan-change    198.51.100.3: the router's public IP address is now 198.51.100.3, was 198.51.100.2
new-host 1 80  : new host 45.0.0.100 to 192.168.1.10, in TCP port 80 (http)
new-host 1 80  : new host 45.0.0.101 to 192.168.1.10, in TCP port 80 (http)
new-host 1 80  : new host 45.0.0.102 to 192.168.1.10, in TCP port 80 (http)
new-hosts 4  45.0.0.103 45.0.0.104 45.0.0.105 45.0.0.106 : 4 new hosts since 12:02:00 UTC: 45.0.0.103, 45.0.0.104, 45.0.0.105, 45.0.0.106
`
	of := origin.Of(booktest.Public(100)) // which has all of them
	want = strings.ReplaceAll(want, " to 192", " of "+of.Owner+", "+of.Country+" to 192")
	if string(data) != want {
		t.Errorf("got:\n%s\nwant:\n%s", data, want)
	}
}

func TestNewProgram(t *testing.T) {
	b := newBench(t)
	for _, o := range []ProgramOptions{{}, {Command: []string{""}}, {Command: []string{"sh"}, Queue: -1}} {
		if _, err := NewProgram(b.Alerts, o); err == nil || !strings.HasPrefix(err.Error(), "on_alert: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	google := alerts.Alert{Kind: alerts.NewHost, Host: netip.MustParseAddr("8.8.8.8"), Name: "dns.google", Device: netip.MustParseAddr("192.168.1.61"), Dir: capture.Out, Port: 53}
	if vars := environment(google); !slices.Contains(vars, "LINKLOG_ALERT_OWNER=Google") || !slices.Contains(vars, "LINKLOG_ALERT_COUNTRY=US") {
		t.Errorf("%q", vars)
	}
	if got, want := google.String(), "new host dns.google (8.8.8.8) of Google, US from 192.168.1.61, out port 53"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (alerts.Alert{Kind: alerts.NewHost, Name: "slashdot.org", Device: netip.MustParseAddr("192.168.1.61"), Dir: capture.Out, Port: 80}).String(); got != "new host slashdot.org from 192.168.1.61, out port 80" {
		t.Error(got)
	}
	if got := (alerts.Alert{}).String(); got != "" {
		t.Error(got)
	}
}

// What is wrong with the program or the file is told as long as it is, and then the
// Program goes on where it was.
func TestProgramTrouble(t *testing.T) {
	b := newBench(t)
	path, dir := script(t, `test -e broken && { echo cannot >&2; exit 3; }; echo $LINKLOG_ALERT_HOST >> hosts`)
	away := path + ".away"
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	var now, unread atomic.Pointer[string] // what is wrong now
	hears := func(at *atomic.Pointer[string]) func(error) {
		return func(err error) {
			text := ""
			if err != nil {
				text = err.Error()
			}
			at.Store(&text)
		}
	}
	r, err := NewProgram(b.Alerts, ProgramOptions{Command: []string{path}, Note: "in a test", Trouble: hears(&now), Unread: hears(&unread)})
	if err != nil {
		t.Fatal(err)
	}
	r.retry = 10 * time.Millisecond
	is := func(want string) {
		t.Helper()
		await(t, func() bool { got := now.Load(); return got != nil && *got == want })
	}
	hosts := func(want ...int) {
		t.Helper()
		var text string
		for _, i := range want {
			text += booktest.Public(i).String() + "\n"
		}
		await(t, func() bool { got, _ := os.ReadFile(filepath.Join(dir, "hosts")); return string(got) == text })
	}
	stop := start(t, r)
	is(path + ": no such file or directory (in a test)") // before it is needed
	b.tell(1)
	await(t, func() bool { return r.Stats().Failed == 1 })
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	is(path + ": is a directory (in a test)")
	os.Remove(path)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	is(path + ": permission denied (in a test)")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	is("") // though it is no program: that is found out when it runs
	b.tell(2)
	is(path + ": exec format error (in a test)")
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	b.tell(3)
	hosts(3)
	is("")
	os.WriteFile(filepath.Join(dir, "broken"), nil, 0o600)
	b.tell(4)
	is(path + ": exit status 3: cannot (in a test)")
	os.Remove(filepath.Join(dir, "broken"))
	b.tell(5)
	hosts(3, 5)
	is("")

	// The alerts cannot be read for a while: that is another matter than a program that
	// fails. Neither hides the other.
	os.WriteFile(filepath.Join(dir, "broken"), nil, 0o600)
	b.tell(6)
	const fails = ": exit status 3: cannot (in a test)"
	is(path + fails)
	rename := func(from, to string) {
		t.Helper()
		db, err := sql.Open("sqlite", b.path)
		if err == nil {
			_, err = db.Exec("ALTER TABLE " + from + " RENAME TO " + to)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	rename("cursors", "elsewhere")
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); <-ended })
	go func() { defer close(ended); r.Run(ctx) }()
	await(t, func() bool { return strings.Contains(*unread.Load(), "read cursor: ") })
	is(path + fails)
	rename("elsewhere", "cursors")
	await(t, func() bool { return *unread.Load() == "" })
	is(path + fails)
}
