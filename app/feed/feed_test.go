package feed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linklog/capture"
	"linklog/capture/send"
	"linklog/service"
	"linklog/service/client"
	"linklog/service/history"
	"linklog/service/localsocket"
	"linklog/service/serve"
	"linklog/service/settings"
)

// daemon is a real service on a socket, in this process.
func daemon(t *testing.T, dir, socket string) (*service.Service, func()) {
	t.Helper()
	s := settings.Defaults()
	s.Listen.Port, s.Names.DNS, s.Hosts.Learning = 0, false, 0
	e, err := service.Open(t.Context(), service.Config{DataDir: dir, Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	l, err := localsocket.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	server := serve.New(serve.Config{Service: e, Version: "test"})
	ctx, cancel := context.WithCancel(context.Background())
	ran, served := make(chan error, 1), make(chan error, 1)
	go func() { ran <- e.Run(ctx, nil) }()
	go func() { served <- server.Serve(l) }()
	end := sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ran, server.Close(), <-served, e.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return e, end
}

func fire(t *testing.T, port uint16, n int) {
	t.Helper()
	s, err := send.Dial(t.Context(), fmt.Sprintf("127.0.0.1:%d", port), send.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), n, 0, send.Stream(send.NewMessages(1), send.Encoding{}, send.New)); err != nil {
		t.Fatal(err)
	}
}

// taker takes what a Feed has, as the app does.
type taker struct {
	*Feed
	t      *testing.T
	woken  chan struct{}
	batch  Batch
	seqs   []uint64
	resets int
	state  State
}

func run(t *testing.T, o Options) *taker {
	t.Helper()
	k := &taker{t: t, woken: make(chan struct{}, 1)}
	o.Wake = func() {
		select {
		case k.woken <- struct{}{}:
		default:
		}
	}
	k.Feed = New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return k
}

func (k *taker) until(what string, so func() bool) {
	k.t.Helper()
	deadline := time.After(30 * time.Second)
	for !so() {
		select {
		case <-k.woken:
			k.take(false)
		case <-deadline:
			k.t.Fatalf("waited in vain: %s (%+v, %d events)", what, k.state, len(k.seqs))
		}
	}
}

func (k *taker) take(withoutEvents bool) {
	k.Take(&k.batch, withoutEvents)
	if k.batch.Reset {
		k.resets++
		k.seqs = nil
	}
	if k.batch.State != nil {
		k.state = *k.batch.State
	}
	for _, ev := range k.batch.Events {
		if n := len(k.seqs); n > 0 && ev.Seq <= k.seqs[n-1] {
			k.t.Fatalf("%d after %d", ev.Seq, k.seqs[n-1])
		}
		if ev.Kind == capture.Traffic {
			k.seqs = append(k.seqs, ev.Seq)
		}
	}
}

// Without a service the engine runs here; a service that comes takes its place.
func TestServiceTakesOver(t *testing.T) {
	dir := t.TempDir()
	system, own := filepath.Join(dir, "system"), filepath.Join(dir, "own")
	k := run(t, Options{Socket: system, Embedded: &Embedded{DataDir: filepath.Join(dir, "embedded"), Socket: own, AnyPort: true}})
	k.until("the engine runs here", func() bool { return k.state.Connection == ToEmbedded })
	fire(t, k.state.Hello.Port, 100)
	k.until("its events are there", func() bool { return len(k.seqs) == 100 })

	e, _ := daemon(t, filepath.Join(dir, "service"), system)
	k.until("the service is used", func() bool { return k.state.Connection == ToService })
	if k.resets == 0 || len(k.seqs) != 0 {
		t.Error("the events of the other history are still shown")
	}
	fire(t, e.Intake.Port(), 50)
	k.until("its events are there", func() bool { return len(k.seqs) == 50 })
}

// A service that is uninstalled takes its history with it: the engine that runs here then begins with
// its own, and nothing of the other's is shown beside it.
func TestServiceGoes(t *testing.T) {
	if _, err := os.Stat(localsocket.SystemPath()); err == nil {
		t.Skip("there is a service on this computer")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "service")
	t.Setenv("LINKLOG_SOCKET", socket)
	e, end := daemon(t, filepath.Join(dir, "data"), socket)
	fire(t, e.Intake.Port(), 50)
	k := run(t, Options{Embedded: &Embedded{DataDir: filepath.Join(dir, "embedded"), Socket: filepath.Join(dir, "own"), AnyPort: true}})
	k.until("the service's events are there", func() bool { return len(k.seqs) == 50 })

	end()
	k.until("the engine runs here", func() bool { return k.state.Connection == ToEmbedded })
	if k.resets != 1 || len(k.seqs) != 0 {
		t.Errorf("begun again %d times, and %d events of the other history are still shown", k.resets, len(k.seqs))
	}
	fire(t, k.state.Hello.Port, 20)
	k.until("its events are there", func() bool { return len(k.seqs) == 20 })
}

// A flood waits at the service, and nothing of it is lost; while events are not
// taken, all else is.
func TestFloodWhileNobodyTakes(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	e, _ := daemon(t, dir, socket)
	k := run(t, Options{Socket: socket})
	k.until("it is connected", func() bool { return k.state.Connection == ToService })
	const n = 2*maxWaiting + 1000
	fire(t, e.Intake.Port(), n)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		k.mu.Lock()
		waiting := len(k.waiting.Events)
		k.mu.Unlock()
		if waiting >= maxWaiting {
			if waiting > maxWaiting+2048 {
				t.Errorf("%d events wait in memory", waiting)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d wait", waiting)
		}
	}
	k.take(true)
	if len(k.seqs) != 0 {
		t.Error("events were taken")
	}
	k.take(false)
	k.until("all came", func() bool { return len(k.seqs) == n })
}

// The service goes and comes back: told, and nothing lost or twice.
func TestServiceComesBack(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	e, end := daemon(t, dir, socket)
	k := run(t, Options{Socket: socket})
	k.until("it is connected", func() bool { return k.state.Connection == ToService })
	for round := range 3 {
		fire(t, e.Intake.Port(), 500)
		k.until("all came", func() bool { return len(k.seqs) == 500*(round+1) })
		end()
		k.until("the loss is told", func() bool { return k.state.Connection == Lost })
		e, end = daemon(t, dir, socket)
		k.until("it is back", func() bool { return k.state.Connection == ToService })
	}
}

// A computer that is not shown tells of its alerts and nothing else. When it is shown its events are
// there, each once, and none of them is left when it is not any more.
func TestQuiet(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	e, _ := daemon(t, dir, socket)
	k := run(t, Options{Socket: socket, Quiet: true})
	k.until("it is connected", func() bool { return k.state.Connection == ToService })
	fire(t, e.Intake.Port(), 50)
	alerted := 0
	k.until("an alert came", func() bool { alerted += len(k.batch.Alerts); k.batch.Alerts = nil; return alerted > 0 })
	if len(k.seqs) != 0 {
		t.Errorf("%d events came, too", len(k.seqs))
	}
	last := uint64(0)
	for n := 50; n <= 150; n += 50 {
		k.SetQuiet(false)
		k.until("it is shown", func() bool { return len(k.seqs) == n })
		fire(t, e.Intake.Port(), 50)
		k.until("what comes is there", func() bool { return len(k.seqs) == n+50 })
		for _, a := range k.batch.Alerts {
			if a.ID <= last {
				t.Errorf("alert %d came again", a.ID)
			}
			last = a.ID
		}
		resets := k.resets
		k.SetQuiet(true)
		k.until("its events are gone", func() bool { return k.resets > resets })
		if len(k.seqs) != 0 || k.state.Connection != ToService {
			t.Errorf("%d events are still there, %+v", len(k.seqs), k.state)
		}
	}
	// Back at once, while events wait.
	for range 20 {
		k.SetQuiet(false)
		k.SetQuiet(true)
	}
	k.SetQuiet(false)
	k.until("all are there, once", func() bool { return len(k.seqs) == 200 })
}

// The newest events are there at once, older ones are for whoever scrolls to them.
func TestBacklog(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	e, _ := daemon(t, dir, socket)
	fire(t, e.Intake.Port(), 3000)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n, err := e.Engine.Count(t.Context(), history.Query{}) // on a busy computer the history has them later than the engine
		if n == 3000 {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatal(n, err)
		}
	}
	k := run(t, Options{Socket: socket, Backlog: 1000})
	k.until("the newest are there", func() bool { return len(k.seqs) == 1000 })
	if k.seqs[0] != 2001 || k.seqs[999] != 3000 {
		t.Error(k.seqs[0], k.seqs[999])
	}
}

// Why the engine does not run here is told as long as nobody answers.
func TestEngineThatCannotStart(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.WriteFile(data, nil, 0o600); err != nil { // a file, where a folder is wanted
		t.Fatal(err)
	}
	told := make(chan State, 100)
	f := New(Options{Socket: filepath.Join(dir, "system"), Embedded: &Embedded{DataDir: data, Socket: filepath.Join(dir, "own"), AnyPort: true}})
	f.o.Wake = func() {
		var b Batch
		if f.Take(&b, false) && b.State != nil {
			told <- *b.State
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f.Run(ctx) }()
	defer func() { cancel(); <-done }()
	for range 3 {
		if s := <-told; s.Connection != Lost || s.Engine == nil || !strings.Contains(s.Engine.Error(), data) || !errors.Is(s.Err, client.ErrNoService) {
			t.Errorf("%+v", s)
		}
	}
}

// A name that came behind events which are not taken yet comes with them once more, in its place.
func TestNamesOfWaitingEvents(t *testing.T) {
	f := New(Options{Socket: "none"})
	name := func(name string) {
		f.put(func(b *Batch) { b.Names = append(b.Names, NewName{After: len(b.Events), Name: name}) })
	}
	var b Batch
	take := func(withoutEvents bool, events int, names ...NewName) {
		t.Helper()
		if f.Take(&b, withoutEvents); len(b.Events) != events || !slices.Equal(b.Names, names) {
			t.Errorf("%d events, %v, want %d, %v", len(b.Events), b.Names, events, names)
		}
	}
	name("before")
	if err := f.events(t.Context(), make([]capture.Event, 2)); err != nil {
		t.Fatal(err)
	}
	name("behind")
	take(true, 0, NewName{Name: "before"}, NewName{After: 2, Name: "behind"})
	name("later")
	take(true, 0, NewName{After: 2, Name: "behind"}, NewName{After: 2, Name: "later"})
	take(false, 2, NewName{After: 2, Name: "behind"}, NewName{After: 2, Name: "later"})
	take(false, 0)
}

// The room of very many events is not kept, neither by who takes them nor by what waits next.
func TestRoomOfManyEvents(t *testing.T) {
	f := New(Options{Socket: filepath.Join(t.TempDir(), "s")})
	var b Batch
	for range 3 {
		if err := f.events(t.Context(), make([]capture.Event, 5*maxKept)); err != nil {
			t.Fatal(err)
		}
		if f.Take(&b, false); len(b.Events) != 5*maxKept {
			t.Fatal(len(b.Events))
		}
		if got := cap(f.waiting.Events); got > maxKept {
			t.Errorf("room for %d events waits", got)
		}
		if b.Release(); cap(b.Events) > maxKept {
			t.Errorf("room for %d events is kept", cap(b.Events))
		}
	}
	few := make([]capture.Event, 10)
	if err := f.events(t.Context(), few); err != nil {
		t.Fatal(err)
	}
	f.Take(&b, false)
	if b.Release(); len(b.Events) != len(few) {
		t.Error("few events are let go")
	}
}
