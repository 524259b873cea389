package service

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/deliver"
	"linklog/service/health"
	"linklog/service/settings"
)

// Outlets runs the outlets of the settings, whichever these are. Its methods may be called
// from any goroutine.
type Outlets struct {
	alerts  *alerts.Alerts
	health  *health.Health
	log     *slog.Logger
	program *program
	secrets *deliver.Secrets
	devices *deliver.Devices // that brokers keep
	changed chan struct{}    // holds a token when want did
	gone    chan struct{}    // and when a device may be gone
	id      string           // of the service, for names that are to be its own elsewhere
	now     func() deliver.Presence
	wall    func() time.Time
	words   func() phrase.Words // of the language that is spoken

	mu      sync.Mutex
	want    []settings.Outlet
	certain bool     // these are the user's, and not the defaults for a file that is wrong
	stale   []string // outlets that have to begin anew: a secret is another
	running map[string]*toldOutlet
}

// toldOutlet is an outlet that is told.
type toldOutlet struct {
	settings settings.Outlet
	outlet   deliver.Outlet // nil: it cannot be used
	queue    *deliver.Queue
	err      error // why it cannot be used
	end      context.CancelFunc
	ended    chan struct{}
}

// OutletState is an outlet and what became of its alerts.
type OutletState struct {
	Name, Type string
	DigestOnly bool
	deliver.QueueStats
}

func newOutlets(dir, id string, a *alerts.Alerts, h *health.Health, log *slog.Logger, want []settings.Outlet, p *program, now func() deliver.Presence, wall func() time.Time, words func() phrase.Words) *Outlets {
	o := &Outlets{id: id, wall: wall, words: words, program: p, now: now, alerts: a, health: h, log: log, changed: make(chan struct{}, 1), gone: make(chan struct{}, 1), running: make(map[string]*toldOutlet), want: want}
	var err error
	o.secrets, err = deliver.OpenSecrets(dir)
	h.Check(health.SecretsUnread, err)
	if o.devices, err = deliver.OpenDevices(dir, wall); err != nil {
		log.Warn("which devices brokers keep is not known any more", "error", err)
	}
	return o
}

// beginReaders has the outlets of the settings, and their program, read the alerts that come from now on, not
// only from when they are first told of some. If that cannot be written they try it themselves.
func beginReaders(a *alerts.Alerts, of *settings.Settings, log *slog.Logger) {
	var names []string
	if len(of.Alerts.Run) > 0 {
		names = append(names, alerts.ProgramCursor)
	}
	for _, o := range of.Outlets {
		names = append(names, alerts.OutletCursor+o.Name)
	}
	for _, name := range names {
		if _, err := a.Begin(name); err != nil {
			log.Warn("alerts of the next moments may not be delivered", "to", name, "error", err)
		}
	}
}

// configure takes other outlets.
func (o *Outlets) configure(want []settings.Outlet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.want, o.certain = want, true
	o.notify()
}

func (o *Outlets) notify() {
	select {
	case o.changed <- struct{}{}:
	default: // it will see the newest
	}
}

// SetSecret keeps a secret, "" removes it. Outlets that could not be used begin anew.
func (o *Outlets) SetSecret(name, value string) error {
	if err := o.secrets.Set(name, value); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.want {
		if s.Mentions(name) {
			o.stale = append(o.stale, s.Name)
		}
	}
	o.notify()
	return nil
}

// Secrets are the names of those that are kept.
func (o *Outlets) Secrets() []string { return o.secrets.Names() }

// States are the outlets, in the order of the settings, and the program of alerts.
func (o *Outlets) States() []OutletState {
	program, runs := o.program.state()
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]OutletState, 0, len(o.want)+1)
	for _, s := range o.want {
		state := OutletState{Name: s.Name, Type: s.Type, DigestOnly: s.DigestOnly}
		if r := o.running[s.Name]; r != nil {
			if r.queue != nil {
				state.QueueStats = r.queue.Stats()
			}
			if r.err != nil {
				state.Err = r.err
			}
		}
		list = append(list, state)
	}
	if runs {
		list = append(list, program)
	}
	return list
}

// digests are the outlets that get a summary of the day, by name.
func (o *Outlets) digests() map[string]settings.Outlet {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make(map[string]settings.Outlet)
	for _, s := range o.want {
		if s.Digest.Set {
			all[s.Name] = s
		}
	}
	return all
}

// Test sends a message through an outlet now, and says whether it arrived.
func (o *Outlets) Test(ctx context.Context, name string) error {
	o.mu.Lock()
	i := slices.IndexFunc(o.want, func(s settings.Outlet) bool { return s.Name == name })
	var names []string
	for _, s := range o.want {
		names = append(names, s.Name)
	}
	var s settings.Outlet
	if i >= 0 {
		s = o.want[i]
	}
	o.mu.Unlock()
	if i < 0 && name == settings.Program {
		if known, err := o.program.test(ctx); known {
			return err
		}
	}
	if i < 0 {
		return NoOutlet{Name: name, Names: names}
	}
	outlet, err := o.make(s)
	if err != nil {
		return err
	}
	defer outlet.Close()
	return outlet.Send(ctx, testMessage(o.words()))
}

// testMessage is what is sent to see whether alerts arrive.
func testMessage(words phrase.Words) *deliver.Message {
	computer, err := os.Hostname()
	if err != nil {
		computer = words.L("this computer")
	}
	return deliver.TestMessage(computer, words)
}

// NoOutlet says that there is none of a name.
type NoOutlet struct {
	Name  string
	Names []string // that there are
}

func (n NoOutlet) Error() string { return n.Phrase().String() }

// Phrase is what Error says, to be translated.
func (n NoOutlet) Phrase() phrase.Phrase {
	switch near := phrase.Nearest(n.Name, slices.Values(n.Names)); {
	case len(n.Names) == 0:
		return phrase.Say("there is no outlet in the settings")
	case near != "":
		return phrase.Say("there is no outlet {{.Name}}: did you mean {{.Near}}?", "Name", n.Name, "Near", near)
	}
	return phrase.Say("there is no outlet {{.Name}}", "Name", n.Name)
}

// run tells the outlets until ctx ends.
func (o *Outlets) run(ctx context.Context) {
	o.mu.Lock()
	o.certain = o.certain || !o.health.Has(health.SettingsWrong)
	o.mu.Unlock()
	var withdrawing sync.WaitGroup
	withdrawing.Go(func() { o.withdraw(ctx) })
	defer withdrawing.Wait()
	for ctx.Err() == nil {
		o.adapt(ctx)
		select {
		case <-o.changed:
		case <-ctx.Done():
		}
	}
	o.mu.Lock()
	o.want, o.stale = nil, nil
	o.mu.Unlock()
	o.adapt(ctx)
}

// adapt ends outlets that are not wanted as they are, and begins those that are missing.
func (o *Outlets) adapt(ctx context.Context) {
	o.mu.Lock()
	want, stale := o.want, o.stale
	o.stale = nil
	var over []*toldOutlet
	for name, r := range o.running {
		same := slices.ContainsFunc(want, func(s settings.Outlet) bool { return reflect.DeepEqual(s, r.settings) })
		if !same || slices.Contains(stale, name) {
			over = append(over, r)
			delete(o.running, name)
		}
	}
	o.mu.Unlock()
	for _, r := range over {
		r.end()
	}
	for _, r := range over {
		<-r.ended
		o.health.Over(health.OutletFailed, r.settings.Name)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() == nil && o.certain {
		o.keepDevices(want, over)
	}
	for _, s := range want {
		if o.running[s.Name] == nil {
			o.running[s.Name] = o.begin(ctx, s)
		}
	}
}

// begin tells an outlet from now on.
func (o *Outlets) begin(ctx context.Context, s settings.Outlet) *toldOutlet {
	failed := func(err error) { o.health.CheckAt(health.OutletFailed, s.Name, err) }
	ctx, end := context.WithCancel(ctx)
	r := &toldOutlet{settings: s, end: end, ended: make(chan struct{})}
	if r.outlet, r.err = o.make(s); r.err != nil {
		failed(r.err)
		close(r.ended)
		return r
	}
	r.queue = deliver.NewQueue(o.alerts, r.outlet, deliver.QueueOptions{Name: s.Name, PerHour: s.PerHour, Only: s.DigestOnly, Words: o.words, Log: o.log, Now: o.wall, Trouble: failed})
	go func() {
		defer close(r.ended)
		m, stays := r.outlet.(*deliver.MQTT)
		if !stays {
			r.queue.Run(ctx)
			r.outlet.Close()
			return
		}
		m.Introduce(o.now)
		var staying sync.WaitGroup
		staying.Go(func() { m.Stay(ctx, r.queue.Reach) })
		r.queue.Run(ctx)
		staying.Wait()
		m.Close()
	}()
	return r
}

// make makes the outlet of the settings.
func (o *Outlets) make(s settings.Outlet) (deliver.Outlet, error) {
	s.ClientID = o.client(&s)
	return deliver.NewOutlet(s, o.secrets.Get)
}

// client is what an outlet is called at its broker.
func (o *Outlets) client(s *settings.Outlet) string {
	return cmp.Or(s.ClientID, "linklog_"+o.id[:8]+"_"+s.Name)
}
