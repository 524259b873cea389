// Package remote makes clients for servers of the web, which may be slow, hostile or
// somebody else.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
	"unicode/utf8"

	"linklog/capture"
	"linklog/phrase"
)

const (
	maxCA    = 1 << 20 // bytes
	maxWhere = 200
)

// Client returns a client for one server, which it does not leave, and where it asks with
// one method only. ca is a file with certificates that are believed besides the system's;
// "": there is none. within bounds the wait for the beginning of an answer.
func Client(ca string, server *url.URL, method string, within time.Duration) (http.Client, error) {
	config, err := Believing(ca)
	if err != nil {
		return http.Client{}, err
	}
	return http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: within, MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConns: 1, IdleConnTimeout: time.Minute,
		},
		// What is sent is for that server alone, and only what it says is believed.
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Host != server.Host || r.URL.Scheme != server.Scheme || len(via) > 3 || r.Method != method {
				return phrase.Say("the server sends on to {{.Where}}, which is not followed: correct the address", "Where", capture.Clean(Shorter(r.URL.Scheme+"://"+r.URL.Host, maxWhere)))
			}
			return nil
		},
	}, nil
}

// Believing is what certificates are checked by: the system's and those of a file.
func Believing(file string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if file == "" {
		return config, nil
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	defer in.Close()
	pem, err := io.ReadAll(io.LimitReader(in, maxCA))
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		config.RootCAs = x509.NewCertPool()
	}
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, phrase.Say("ca: {{.File}} has no certificate in PEM form", "File", strconv.Quote(file))
	}
	return config, nil
}

// Reason is an error of a Client without the address, which may have a secret in it.
func Reason(err error, server *url.URL) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return phrase.Say("{{.Server}} does not answer in time", "Server", server.Host)
		}
		err = u.Err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return phrase.Say("{{.Server}} does not answer in time", "Server", server.Host)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return phrase.Say("{{.Server}} ended the connection before its answer was complete", "Server", server.Host)
	}
	var said phrase.Phrase
	if errors.As(err, &said) {
		return said
	}
	return errors.New(capture.Clean(err.Error()))
}

// Shorter cuts a text to at most so many bytes, at the border of a character.
func Shorter(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const more = "…"
	cut := most - len(more)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + more
}
