package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"linklog/assets/listed"
	"linklog/service/api"
)

// Lists asks how the lists of addresses and names are.
func (c *Client) Lists(ctx context.Context) (l api.Lists, err error) {
	err = c.call(ctx, http.MethodGet, "lists", nil, nil, &l)
	return l, err
}

// UpdateLists has lists fetched now: one, or all for "".
func (c *Client) UpdateLists(ctx context.Context, name string) (l api.Lists, err error) {
	err = c.call(ctx, http.MethodPost, "lists/update", nil, map[string]string{"name": name}, &l)
	return l, err
}

// list reads a list.
func (c *Client) list(ctx context.Context, name string) (*listed.Set, error) {
	resp, err := c.request(ctx, http.MethodGet, "lists/"+url.PathEscape(name), nil, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return listed.Read(resp.Body)
}

// Listed has this program find on lists what the service does.
type Listed struct {
	mu   sync.Mutex
	used string
	sets map[string]*listed.Set // by name and version
}

// Use takes what a status says of the lists, and gets those that are others than before. changed
// reports whether different ones answer now.
func (u *Listed) Use(ctx context.Context, c *Client, version string) (changed bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if version == u.used {
		return false, nil
	}
	if version == "" {
		listed.Use(nil)
		u.used, u.sets = "", nil
		return true, nil
	}
	all, err := c.Lists(ctx)
	if err != nil {
		return false, err
	}
	use := &listed.Lists{Own: all.Own}
	sets := make(map[string]*listed.Set)
	for _, l := range all.Lists {
		if l.Version == "" {
			continue
		}
		key := l.Name + " " + l.Version
		set := u.sets[key]
		if set == nil {
			var wrong error
			if set, wrong = c.list(ctx, l.Name); wrong != nil {
				err = errors.Join(err, fmt.Errorf("list %s: %w", l.Name, wrong))
				continue
			}
		}
		sets[key] = set
		use.All = append(use.All, listed.List{Name: l.Name, Set: set, Quiet: l.Quiet})
	}
	listed.Use(use)
	if u.sets = sets; err == nil {
		u.used = version
	}
	return true, err
}
