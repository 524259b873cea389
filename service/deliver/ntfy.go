package deliver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"linklog/service/remote"
	"linklog/service/settings"
)

// ntfy publishes as JSON, which needs no header in ASCII:
// https://docs.ntfy.sh/publish/#publish-as-json
type ntfy struct {
	*poster
	topic    string
	header   http.Header
	priority int
}

// The most that ntfy.sh takes as a message and not as an attachment, in bytes:
// https://docs.ntfy.sh/publish/#limitations
const ntfyMost = 4000

func newNtfy(p *poster, o *settings.Outlet) (*ntfy, error) {
	dir, topic := path.Split(strings.TrimRight(p.url.Path, "/"))
	p.url = &url.URL{Scheme: p.url.Scheme, Host: p.url.Host, Path: dir}
	n := &ntfy{poster: p, topic: topic, priority: o.Priority, header: make(http.Header)}
	p.secrets = append(p.secrets, topic)
	if o.Token != "" {
		n.header.Set("Authorization", "Bearer "+o.Token)
	}
	return n, nil
}

func (n *ntfy) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(struct {
		Topic    string   `json:"topic"`
		Title    string   `json:"title"`
		Message  string   `json:"message"`
		Tags     []string `json:"tags"`
		Priority int      `json:"priority,omitempty"`
	}{n.topic, m.Title, remote.Shorter(m.Text, ntfyMost), []string{"linklog"}, n.priority})
	if err != nil {
		return &Refused{err}
	}
	_, err = n.post(ctx, "", "application/json", body, n.header)
	return err
}
