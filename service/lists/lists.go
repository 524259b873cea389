// Package lists gets the lists of addresses and names that the settings ask for, keeps them
// in the data folder, and has package listed answer by them.
//
// A list comes from a file or by HTTPS, no more often than the settings and the terms of who
// makes it allow. What cannot be fetched, is no list or has nothing in it takes the place of
// nothing: what was there before is used on, and health says when that is too old.
package lists

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"linklog/assets/listed"
	"linklog/phrase"
	"linklog/service/health"
	"linklog/service/settings"
)

// Options is what Lists need.
type Options struct {
	Dir     string // where lists are kept; made when there are any
	Health  *health.Health
	Log     *slog.Logger
	Own     func() []netip.Prefix // the user's networks
	Changed func()                // other lists answer now

	within time.Duration // a list must have come, for tests; 0: fetchWithin
}

const (
	lookEvery   = time.Minute      // at files, and at the user's networks
	retryAfter  = 10 * time.Minute // a list could not be fetched
	fetchWithin = 5 * time.Minute
	staleAfter  = 48 * time.Hour // it should have been fetched

	atOnce = 4 // lists are fetched

	end = ".list" // of the files
)

// Lists are all lists of the settings. Their methods may be called from any goroutine.
type Lists struct {
	o      Options
	wake   chan struct{}
	wanted chan wanted

	running sync.WaitGroup // fetches, and who waits for them
	slots   chan struct{}  // of those at once
	answers sync.Mutex     // one after another says how lists answer

	mu      sync.Mutex
	all     []*list // replaced, never changed
	own     []netip.Prefix
	fetches map[string]*fetch // that are under way, by the name of their list
}

// fetch is a list that is being got.
type fetch struct {
	*got
	ca     string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done
}

// wanted asks for lists to be fetched now; "": all of them.
type wanted struct {
	name string
	done chan error
}

// list is one of them.
type list struct {
	listed.Source
	file  string // path; "": it has a URL
	every time.Duration
	ca    string
	*got
}

// got is what there is of a list, whatever the settings become. It is under Lists.mu. Who
// fetches the list is the only one that changes set and head meanwhile, and may read them.
type got struct {
	set   *listed.Set // nil: there is none
	head  head
	tried time.Time // to get it; zero: not yet
	err   error     // of the last try
	again bool      // it failed by settings that are different now
}

// New makes the lists of the settings; they answer while Run runs.
func New(o Options, from settings.Lists) *Lists {
	if o.within == 0 {
		o.within = fetchWithin
	}
	l := &Lists{o: o, wake: make(chan struct{}, 1), wanted: make(chan wanted), slots: make(chan struct{}, atOnce), fetches: make(map[string]*fetch)}
	l.Configure(from)
	return l
}

// Configure takes other settings.
func (l *Lists) Configure(from settings.Lists) {
	var all []*list
	add := func(of listed.Source, file string) {
		all = append(all, &list{of, file, max(time.Duration(from.Every), of.Least), from.CA, new(got)})
	}
	for _, of := range listed.Known() {
		if slices.Contains(from.Known, of.Name) {
			add(of, "")
		}
	}
	for _, own := range from.Own {
		if own.IsFile() {
			add(listed.Source{Name: own.Name, URL: (&url.URL{Scheme: "file", Path: own.From}).String()}, own.From)
		} else {
			add(listed.Source{Name: own.Name, URL: own.From}, "")
		}
	}
	l.mu.Lock()
	for _, n := range all {
		for _, o := range l.all {
			if o.Name == n.Name && o.URL == n.URL {
				n.got = o.got
				n.again = n.again || n.err != nil && n.ca != o.ca
			}
		}
	}
	for name, f := range l.fetches { // by settings that do not count any more
		if !slices.ContainsFunc(all, func(n *list) bool { return n.Name == name && n.got == f.got && n.ca == f.ca }) {
			f.cancel()
		}
	}
	for _, o := range l.all {
		if !slices.ContainsFunc(all, func(n *list) bool { return n.Name == o.Name }) {
			for _, code := range []health.Code{health.ListMissing, health.ListStale, health.ListGarbled} {
				l.o.Health.Over(code, o.Name)
			}
		}
	}
	l.all = all
	l.mu.Unlock()
	l.look()
}

// Run has the lists answer, and gets them when it is time, until ctx ends.
func (l *Lists) Run(ctx context.Context) {
	defer listed.Use(nil)
	defer l.running.Wait()
	for {
		l.sweep()
		for _, one := range l.lists() {
			l.load(one)
		}
		l.answer(false)
		for _, one := range l.lists() {
			if ctx.Err() == nil && l.due(one, time.Now()) {
				l.start(ctx, one) // what goes wrong is told as a condition
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-time.After(lookEvery):
		case w := <-l.wanted:
			l.running.Go(func() { w.done <- l.update(ctx, w.name) })
		}
	}
}

// Update gets a list now, or all of them for "", and waits for that. Those whose terms do not
// allow it yet are an error.
func (l *Lists) Update(ctx context.Context, name string) error {
	w := wanted{name, make(chan error, 1)}
	select {
	case l.wanted <- w:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start gets a list beside others, unless that is under way.
func (l *Lists) start(ctx context.Context, one *list) *fetch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.fetches[one.Name]; f != nil {
		return f
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{got: one.got, ca: one.ca, cancel: cancel, done: make(chan struct{})}
	l.fetches[one.Name] = f
	l.running.Go(func() {
		defer close(f.done)
		defer cancel()
		changed := false
		select {
		case l.slots <- struct{}{}:
			changed, f.err = l.try(ctx, one)
			<-l.slots
		case <-ctx.Done():
			f.err = ctx.Err()
		}
		l.mu.Lock()
		delete(l.fetches, one.Name)
		l.mu.Unlock()
		if changed {
			l.answer(true)
		}
		l.look()
	})
	return f
}

// look has Run look at once what is to be done.
func (l *Lists) look() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Lists) update(ctx context.Context, name string) (err error) {
	found := false
	var wait []func() error
	for _, one := range l.lists() {
		if name != "" && !strings.EqualFold(one.Name, name) {
			continue
		}
		found = true
		if last := l.last(one); one.file == "" && time.Since(last) < one.Least {
			err = errors.Join(err, phrase.Say("{{.List}} was fetched at {{.Time}}: its terms allow that once an hour", "List", one.Name, "Time", last.Local().Format("15:04")))
			continue
		}
		f := l.start(ctx, one)
		wait = append(wait, func() error {
			if <-f.done; f.got != one.got || f.ca != one.ca { // that was by earlier settings
				f = l.start(ctx, one)
				<-f.done
			}
			if f.err != nil {
				return phrase.Say("{{.List}}: {{.Reason}}", "List", one.Name, "Reason", f.err)
			}
			return nil
		})
	}
	for _, done := range wait {
		err = errors.Join(err, done())
	}
	if !found && name != "" {
		return ErrNone
	}
	return err
}

// ErrNone is the error for a list that is not in the settings.
var ErrNone = fmt.Errorf("%w", phrase.Say("there is no such list in the settings")) // one that can be compared

// lists are all that there are now.
func (l *Lists) lists() []*list {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}

// due reports whether a list is to be got now.
func (l *Lists) due(one *list, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case one.file != "":
		return one.changed()
	case one.err != nil:
		return one.again || !now.Before(one.next())
	case one.set == nil:
		return true
	}
	return !now.Before(one.next()) || one.head.Fetched.After(now) // the clock was set back
}

// next is when a list is to be fetched again, if it is one that is.
func (one *list) next() time.Time {
	if one.err != nil {
		return one.tried.Add(max(retryAfter, one.Least))
	}
	return one.head.Fetched.Add(one.every)
}

// last is when the server of a list was asked last.
func (l *Lists) last(one *list) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one.head.Fetched.After(one.tried) {
		return one.head.Fetched
	}
	return one.tried
}

// changed reports whether a file is not the one that was read last.
func (one *list) changed() bool {
	info, err := os.Stat(one.file)
	if err != nil {
		return one.err == nil || one.tried.IsZero() // it is told once
	}
	return one.tried.IsZero() && one.set == nil || one.head.Size != info.Size() || !one.head.Changed.Equal(info.ModTime())
}

// answer has the lists answer as they are now, if anything is different.
func (l *Lists) answer(changed bool) {
	l.answers.Lock()
	defer l.answers.Unlock()
	own := l.o.Own()
	l.mu.Lock()
	var use listed.Lists
	for _, one := range l.all {
		if one.set != nil {
			use.All = append(use.All, listed.List{Name: one.Name, Set: one.set, Quiet: one.Quiet})
		}
	}
	changed = changed || !slices.Equal(own, l.own) || !slices.Equal(use.All, listed.All())
	l.own, use.Own = own, own
	l.mu.Unlock()
	if !changed {
		return
	}
	listed.Use(&use)
	l.o.Changed()
}

// sweep removes the files of lists that are not used any more, and what an earlier run left of
// one that was being fetched.
func (l *Lists) sweep() {
	files, err := os.ReadDir(l.o.Dir)
	if err != nil {
		return // there are none yet, or it is told when one is kept
	}
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), end)
		if is && slices.ContainsFunc(l.lists(), func(one *list) bool { return one.Name == name }) {
			continue
		}
		at := strings.LastIndex(name, end+"-") // as datafile.ReplaceBy calls it: .NAME.list-NUMBER
		left := at > 0
		if left && l.fetching(strings.TrimPrefix(name[:at], ".")) {
			continue
		}
		if is || left {
			if err := os.Remove(filepath.Join(l.o.Dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				l.o.Log.Warn("the file of a list that is not used any more stays", "error", err)
			}
		}
	}
}

// fetching reports whether the list of a name is being fetched.
func (l *Lists) fetching(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fetches[name] != nil
}

// path is the file that a list is kept in.
func (l *Lists) path(one *list) string { return filepath.Join(l.o.Dir, one.Name+end) }

// State is how a list is.
type State struct {
	listed.Source
	Set     *listed.Set // nil: there is none
	Fetched time.Time   // or read; or it was the same still
	Next    time.Time   // it will be fetched; zero: it is a file
	Sum     string      // tells one text of a list from others
	Err     error       // of the last try to get it
}

// States are those of all lists.
func (l *Lists) States() (states []State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.all {
		s := State{Source: one.Source, Set: one.set, Fetched: one.head.Fetched, Sum: one.head.Sum, Err: one.err}
		if one.file != "" {
			s.URL = one.file
		} else {
			s.Next = one.next()
		}
		states = append(states, s)
	}
	return states
}

// Own are the user's networks, which are on no list.
func (l *Lists) Own() []netip.Prefix {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.own
}
