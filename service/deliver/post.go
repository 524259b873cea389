package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"linklog/capture"
	"linklog/phrase"
	"linklog/service/remote"
)

// poster sends requests to one server, which may be slow, hostile or somebody else.
type poster struct {
	client http.Client
	url    *url.URL
	redacted
}

const (
	// maxAnswer is how much of an answer is read, in bytes, and maxReason how much of that
	// is told.
	maxAnswer = 16 << 10
	maxReason = 200

	// minSecret is how long a part of an address is that may be a secret of its own, such as
	// the token of a webhook.
	minSecret = 16
)

func newPoster(ca, to, token string) (*poster, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, errors.New("url: is not a valid address") // the error would have the secret in it
	}
	p := &poster{url: u}
	p.secret(token)
	p.secret(to)
	p.secret(u.RequestURI())
	for part := range strings.FieldsFuncSeq(u.RequestURI(), func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
		if len(part) >= minSecret {
			p.secret(part)
		}
	}
	p.client, err = remote.Client(ca, u, http.MethodPost, sendWithin)
	return p, err
}

// Close implements Outlet.
func (p *poster) Close() { p.client.CloseIdleConnections() }

// post sends a body to a path below the server's address, "": to the address itself.
func (p *poster) post(ctx context.Context, path, kind string, body []byte, header http.Header) (answer []byte, err error) {
	u := *p.url
	if path != "" {
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &Refused{p.plain(err)}
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("User-Agent", "LinkLog")
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, p.plain(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		return answer, nil // it has it, whatever becomes of its answer
	}
	if err != nil {
		return nil, p.plain(err)
	}
	return nil, p.failure(resp, answer)
}

// failure is the error of an answer that is none of success.
func (p *poster) failure(resp *http.Response, answer []byte) error {
	reason := p.hide(capture.Clean(remote.Shorter(strings.ToValidUTF8(string(answer), "?"), maxReason)))
	text := resp.Status
	if reason != "" {
		text += ": " + reason
	}
	err := phrase.Say("the server answers {{.Answer}}", "Answer", text)
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return &Refused{err}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if wait, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			return &later{err, wait}
		}
	}
	return err
}

// retryAfter reads the header of that name: seconds, or a time (RFC 9110, 10.2.3).
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return time.Duration(min(n, 24*3600)) * time.Second, true
	}
	if t, err := http.ParseTime(value); err == nil {
		return min(max(t.Sub(now), 0), 24*time.Hour), true
	}
	return 0, false
}

// plain is an error without the address, which may have a secret in it.
func (p *poster) plain(err error) error {
	err = remote.Reason(err, p.url)
	var said phrase.Phrase
	if errors.As(err, &said) {
		return said
	}
	return errors.New(p.hide(err.Error()))
}
