package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"linklog/capture"
	"linklog/format"
	"linklog/service/api"
	"linklog/service/client"
	"linklog/service/client/overssh"
	"linklog/service/localsocket"
)

// newClient makes a client of the service whose socket is at a path; "": where it
// usually is.
func newClient(socket string) *client.Client {
	return client.New(client.Options{Agent: agent(), Paths: socketPaths(socket)})
}

// agent is what linklog calls itself to the service.
func agent() string { return "linklog/" + versionText() }

// socketPaths are where the service may be.
func socketPaths(socket string) []string {
	if socket != "" {
		return []string{socket}
	}
	return localsocket.DefaultPaths()
}

// asks returns the socket at which the service answers, or the computer on which it was asked.
func asks(ctx context.Context, at place) (host overssh.Host, socket string, err error) {
	c := at.client()
	defer c.Close()
	_, err = c.Hello(ctx)
	return c.Elsewhere(), c.Path(), err
}

// followService prints what the service receives, from a running one on, also
// when it comes and goes; up to a time, if that is not zero.
func followService(ctx context.Context, o *liveOptions, since, until time.Time) error {
	w, err := openWriter(o)
	if err != nil {
		return err
	}
	c, whose, user := o.at.client(), theService(o.at.socket), ""
	defer c.Close()
	if host := c.Elsewhere(); !host.IsZero() {
		if whose = "the service on " + host.Name; o.runAs != "" { // ssh logs in with the keys of whoever starts it
			return usageError{errors.New("--run-as: not available with a service on a different computer")}
		}
	} else {
		paths := socketPaths(o.at.socket)
		name, dial, end, err := dropAndDial(o.runAs, paths)
		if err != nil {
			return err
		}
		defer end()
		user, c = name, client.New(client.Options{Agent: agent(), Paths: paths, Dial: dial})
		defer c.Close()
	}
	ctx, stop := w.start(ctx)
	defer stop()
	f := &followed{printer: w.printer, tell: w.tell, user: user, whose: whose, until: until}
	followErr := f.follow(ctx, c, o, since)
	stop()
	lost := w.end()
	switch {
	case errors.Is(context.Cause(ctx), errQuiet):
		return errQuiet
	case followErr != nil && !errors.Is(followErr, context.Canceled) && !errors.Is(followErr, errOver):
		return followErr
	}
	f.tell(f.account(lost))
	if lost > 0 {
		return fmt.Errorf("%s could not be written", count(lost, "line"))
	}
	return nil
}

// shows reports whether all that is known is shown, or something by the template.
func (o *liveOptions) shows(something func(*format.Template) bool) bool {
	template, err := format.Compile(o.template)
	return o.json || o.csv || err == nil && something(template)
}

// needsOrigins reports whether owners or countries are shown or looked for.
func (o *liveOptions) needsOrigins() bool {
	return o.filter.Owner != "" || o.filter.Country != "" || o.shows((*format.Template).ShowsOrigins)
}

// useOrigins has owners and countries come from the same files as in the service.
func useOrigins(ctx context.Context, c *client.Client, stderr io.Writer) {
	if s, err := statusSoon(ctx, c); err == nil {
		if _, err := new(client.Origins).Use(c, &s); err != nil {
			fmt.Fprintf(stderr, "linklog: owners and countries are those that are built in: %v\n", err)
		}
	}
}

// errOver ends the following of the service at the time that --until says.
var errOver = errors.New("the time is over")

// followed prints what the service sends.
type followed struct {
	*printer
	tell  func(string)
	user  string // who follows, if that is not who started linklog
	whose string // service: see theService
	until time.Time
	told  string // why there is no connection, as reported; "": there is one

	events, gaps uint64 // that came from the service
	missing      uint64 // messages at least, by the gaps
	gone         uint64 // events that were no longer kept when they were asked for
}

func (f *followed) follow(ctx context.Context, c *client.Client, o *liveOptions, since time.Time) error {
	hello, err := c.Hello(ctx)
	switch {
	case err == nil:
		if o.needsOrigins() {
			useOrigins(ctx, c, o.stderr)
		}
		useLists(ctx, c, o)
		var listens string
		if open, _ := api.OpenPorts(hello.UDP()); hello.Open {
			listens = "listens on UDP " + portsText(open)
		} else {
			listens = "cannot listen yet: " + whyNot(ctx, c, hello.Port)
		}
		text := fmt.Sprintf("following %s, which %s", f.whose, listens)
		if c.Elsewhere().IsZero() {
			text += fmt.Sprintf(" (to listen without it: --port %d)", elsewhere(hello.Port, nil))
		}
		if f.user != "" {
			text += "; running as user " + f.user
		}
		f.tell(text)
	case o.after >= 0 && errors.Is(err, client.ErrNoService): // it may be being restarted
	default:
		return err
	}
	after, q := hello.Last, client.Query{Since: since, Until: f.until, Before: hello.Last + 1, OldestFirst: true}
	if o.after >= 0 {
		after = uint64(o.after)
		q.After = after
	}
	over := !f.until.IsZero() && !f.until.After(time.Now())
	if over || !since.IsZero() {
		if unused := unusedFiles(ctx, c); unused != "" {
			f.tell(unused)
		}
		err := c.Events(ctx, q, func(ev *capture.Event) error {
			return f.take(ctx, ev)
		})
		f.flushAll()
		if err != nil {
			return err
		}
		if over {
			return errOver
		}
	}
	return c.Follow(ctx, client.Follower{
		After: after,
		Events: func(events []capture.Event) error {
			for i := range events {
				if err := f.take(ctx, &events[i]); err != nil {
					return err
				}
			}
			f.flushAll()
			return nil
		},
		State: f.state,
	})
}

// whyNot says why the service does not have its port, and who has it, as it says itself.
func whyNot(ctx context.Context, c *client.Client, port uint16) string {
	if s, err := statusSoon(ctx, c); err == nil {
		for _, t := range s.Troubles {
			if t.Code.ClosesPort() && t.Place == "" {
				return strings.ReplaceAll(t.Text, "\n", " ")
			}
		}
	}
	return fmt.Sprintf("UDP port %d is not open; linklog doctor says why", port)
}

// take prints an event, as soon as there is room for it: the service keeps it as
// long as it takes.
func (f *followed) take(ctx context.Context, ev *capture.Event) error {
	if err := f.room(ctx); err != nil {
		return err
	}
	if !f.until.IsZero() && !ev.Time.Before(f.until) {
		return errOver
	}
	f.events++
	if ev.Kind == capture.Gap {
		f.gaps++
		f.missing += ev.Lost
	}
	if ev.Kind == capture.Gap && !f.system {
		f.tell("a gap: " + string(format.AppendGap(nil, ev, time.Local)))
	}
	f.event[0] = *ev
	f.show(f.event[:])
	return nil
}

// account accounts for everything that came from the service; lost is how many lines
// were not written.
func (f *followed) account(lost uint64) string {
	s := fmt.Sprintf("%s from the service = %s shown + %s not shown", count(f.events, "event"), number(f.shown), number(f.events-f.shown))
	if f.gaps > 0 {
		s += "; " + count(f.gaps, "gap")
	}
	if f.missing > 0 {
		s += fmt.Sprintf(" with at least %s lost", count(f.missing, "message"))
	}
	if f.gone > 0 {
		s += fmt.Sprintf("; %s no longer kept", count(f.gone, "event"))
	}
	if lost > 0 {
		s += fmt.Sprintf("; %s lost", count(lost, "line"))
	}
	return s
}

// state says when the service goes and comes back.
func (f *followed) state(s client.State) {
	trouble := ""
	if !s.Connected {
		trouble = "the service does not answer; waiting for it"
		var refused *client.Error
		var far *overssh.Error
		switch {
		case errors.As(s.Err, &refused):
			trouble = refused.Error() + "; waiting until that changes"
		case errors.Is(s.Err, client.ErrNotAsked):
			trouble = s.Err.Error() + "; waiting until that changes"
		case errors.As(s.Err, &far):
			trouble = far.Error() + "; waiting for it"
		}
	}
	switch {
	case trouble != "" && trouble != f.told:
		f.tell(trouble)
	case trouble == "" && f.told != "":
		f.tell("the service is back")
	}
	f.told = trouble
	if s.New {
		f.tell("the service has a new history: starting with its first event")
	}
	if s.Gone != (client.Range{}) {
		f.gone += s.Gone.To - s.Gone.From + 1
		f.tell(fmt.Sprintf("events %d to %d are no longer kept", s.Gone.From, s.Gone.To))
	}
}
