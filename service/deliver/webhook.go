package deliver

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"linklog/phrase"
	"linklog/service/alerts"
	"linklog/service/settings"
)

// webhook sends a message to any server: as JSON, or as a text of the user's in which
// %{NAME} stands for a field of the alert.
type webhook struct {
	*poster
	header http.Header
	body   string
	escape func(string) string // for the kind of the body
}

// fieldPlace finds where fields are put into a body.
var fieldPlace = regexp.MustCompile(`%\{([a-z_]+)\}`)

func newWebhook(p *poster, o *settings.Outlet) (*webhook, error) {
	w := &webhook{poster: p, header: make(http.Header), body: o.Body}
	for _, h := range o.Headers {
		name, value, _ := strings.Cut(h, ":")
		value = strings.TrimSpace(value)
		w.header.Set(name, value)
		p.secret(value)
	}
	switch {
	case o.User != "":
		r := http.Request{Header: w.header}
		r.SetBasicAuth(o.User, o.Token)
	case o.Token != "":
		w.header.Set("Authorization", "Bearer "+o.Token)
	}
	if w.header.Get("Content-Type") == "" {
		w.header.Set("Content-Type", "application/json")
	}
	kind, _, err := mime.ParseMediaType(w.header.Get("Content-Type"))
	switch {
	case err != nil:
		return nil, phrase.Say("headers: {{.Value}} is not a kind of content, such as text/plain", "Value", w.header.Get("Content-Type"))
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		w.escape = func(text string) string {
			quoted, _ := json.Marshal(text) // a text always can be
			return string(quoted[1 : len(quoted)-1])
		}
	case kind == "application/x-www-form-urlencoded":
		w.escape = url.QueryEscape
	default:
		w.escape = func(text string) string { return text }
	}
	known := fields(alerts.Alert{})
	for _, m := range fieldPlace.FindAllStringSubmatch(w.body, -1) {
		if m[1] != "title" && !slices.ContainsFunc(known, func(f field) bool { return strings.EqualFold(f.name, m[1]) }) {
			return nil, phrase.Say("body: there is no field {{.Field}}", "Field", m[0])
		}
	}
	return w, nil
}

func (w *webhook) Send(ctx context.Context, m *Message) error {
	body, err := w.text(m)
	if err != nil {
		return &Refused{err}
	}
	_, err = w.post(ctx, "", "", body, w.header)
	return err
}

// text is the body of the request.
func (w *webhook) text(m *Message) ([]byte, error) {
	if w.body == "" {
		return m.inJSON()
	}
	var first alerts.Alert
	if len(m.Alerts) > 0 {
		first = m.Alerts[0]
	}
	values := map[string]string{}
	for _, f := range fields(first) {
		values[strings.ToLower(f.name)] = f.value
	}
	values["title"], values["text"] = m.Title, m.Text
	return []byte(fieldPlace.ReplaceAllStringFunc(w.body, func(place string) string { return w.escape(values[place[2:len(place)-1]]) })), nil
}
