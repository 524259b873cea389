package serve

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"linklog/phrase"
	"linklog/service/api"
	"linklog/service/localsocket"
)

// allow refuses whoever may not ask. No browser may: a page that finds a way here
// (a proxy, an extension) must not read what a household does.
func (s *Server) allow(r *http.Request) error {
	for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site"} {
		if r.Header.Get(name) != "" {
			return refuse(http.StatusForbidden, phrase.Say("requests of browsers are refused (header {{.Header}})", "Header", name))
		}
	}
	switch host, _, _ := strings.Cut(r.Host, ":"); host {
	case "", "linklog", "localhost":
	default:
		return refuse(http.StatusForbidden, phrase.Say("the host of a request must be linklog or localhost, not {{.Host}}", "Host", strconv.Quote(host)))
	}
	s.clients.named(r.Context(), r.UserAgent())
	if err := s.may(r, localsocket.Viewer); err != nil {
		return err
	}
	if c := callerOf(r.Context()); c.tooMany {
		of := phrase.Say("all its users")
		if c.ofUser {
			of = s.clients.who(c)
		}
		return refuse(http.StatusTooManyRequests, phrase.Say("too many connections of {{.User}} to LinkLog's service: close some", "User", of))
	}
	if v := r.Header.Get(api.VersionHeader); v != "" && v != strconv.Itoa(api.Version) {
		return refuse(http.StatusUpgradeRequired, phrase.Say("the service ({{.Service}}) speaks version {{.Version}} of the protocol, the caller version {{.Theirs}}: update whichever is older",
			"Service", s.config.Version, "Version", api.Version, "Theirs", strconv.Quote(v)))
	}
	return nil
}

// may refuses a caller who may not do what needs a role, as things stand now.
func (s *Server) may(r *http.Request, need localsocket.Role) error {
	c := callerOf(r.Context())
	if refusal := s.clients.refusal(c, s.clients.present(c), need); refusal != nil {
		return refusal
	}
	return nil
}

// refusal says why a caller may not do what needs a role; nil: it may.
func (c *clients) refusal(who *caller, role, need localsocket.Role) *api.Error {
	switch {
	case role == localsocket.Refused:
		c.mu.Lock()
		group := cmp.Or(c.policy.Group, localsocket.Group)
		c.mu.Unlock()
		return refuse(http.StatusForbidden, phrase.Say("{{.User}} may not read LinkLog's log: ask an administrator to add the user to the group {{.Group}} (then log in again), or to [access] in the settings",
			"User", c.who(who), "Group", strconv.Quote(group)))
	case role < need:
		return refuse(http.StatusForbidden, phrase.Say("{{.User}} may read LinkLog's log, but only an administrator may do that", "User", c.who(who)))
	}
	return nil
}

// present finds out what a caller may do now: by the policy of now, and by the groups
// its user is in now.
func (c *clients) present(who *caller) localsocket.Role {
	c.mu.Lock()
	policy := c.policy
	c.mu.Unlock()
	role := policy.AskRole(who.Identity)
	c.mu.Lock()
	defer c.mu.Unlock()
	who.role = role
	return role
}

// begin notes what a request needs, so that review ends it when its caller loses that.
// It comes before the caller's right is looked at: a policy that changes in between is
// seen there, or here.
func (c *clients) begin(ctx context.Context, need localsocket.Role) (_ context.Context, end func()) {
	of, ok := ctx.Value(callerKey{}).(*conn)
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	of.request = &request{need, cancel}
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		of.request = nil
		cancel(nil)
	}
}

// lostRight is why a request ends whose caller has lost the right to it; nil: it goes on.
func lostRight(ctx context.Context) *api.Error {
	var refusal *api.Error
	errors.As(context.Cause(ctx), &refusal)
	return refusal
}

// reviewEvery is how often it is looked whether those who are connected may still do
// what they do: users leave groups without a word to us.
const reviewEvery = 5 * time.Second

// cutWithin is how long an answer may take to end when its caller has lost the right to it.
const cutWithin = time.Second

// review ends the requests of those who have lost the right to them.
func (c *clients) review() {
	c.mu.Lock()
	open := slices.Collect(maps.Keys(c.open))
	c.mu.Unlock()
	for _, of := range open {
		role := c.present(&of.caller)
		c.mu.Lock()
		r := of.request
		c.mu.Unlock()
		if r == nil || role >= r.need {
			continue
		}
		r.cancel(c.refusal(&of.caller, role, r.need))
		_ = of.SetReadDeadline(time.Now()) // of the rest of the request
		time.AfterFunc(cutWithin, func() {
			c.mu.Lock()
			still := of.request == r
			c.mu.Unlock()
			if still {
				of.Close()
			}
		})
	}
}

func (c *clients) setPolicy(p localsocket.Policy) {
	c.mu.Lock()
	c.policy = p
	c.mu.Unlock()
	go c.review()
}
