package overssh

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"linklog/capture"
	"linklog/phrase"
)

// The greeting is the first that the other end says, on a line of its own: what a login
// prints before it is nothing of ours. Behind it comes what the service says.
const (
	greetingWord = "linklog-dial "

	// greetingVersion changes when an older program could not go on behind the greeting.
	greetingVersion = 1
)

type greeting struct {
	Version int    `json:"version"`
	Error   string `json:"error,omitempty"`  // why there is no connection
	Absent  bool   `json:"absent,omitempty"` // as no service runs
}

// Limits of what is read before and in the greeting, in bytes.
const (
	maxLine   = 8 << 10
	maxBefore = 64 << 10
)

// greetingError is why the other end has no connection.
type greetingError struct {
	kind Kind
	said phrase.Phrase
}

func (e *greetingError) Error() string         { return e.said.String() }
func (e *greetingError) Phrase() phrase.Phrase { return e.said }

// theirs is a text of the other end: English, and about its own files.
func theirs(text string) phrase.Phrase {
	return phrase.Say("{{.Text}}", "Text", capture.Clean(cut(text)))
}

// readGreeting reads up to the end of the greeting. An io.EOF says that none came.
func readGreeting(r *bufio.Reader) error {
	begins := true // the next piece is the beginning of a line
	for read := 0; read < maxBefore; {
		piece, err := r.ReadSlice('\n')
		read += len(piece)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return io.EOF // whatever the pipe says: the process says more
		}
		if text, ok := bytes.CutPrefix(piece, []byte(greetingWord)); ok && begins && err == nil {
			return understand(text)
		}
		begins = err == nil
	}
	return &greetingError{Other, phrase.Say("its login prints more than a greeting before linklog: programs cannot use it")}
}

func understand(text []byte) error {
	var g greeting
	switch err := json.Unmarshal(text, &g); {
	case err != nil:
		return &greetingError{Other, phrase.Say("its linklog does not greet as it should: {{.Error}}", "Error", err)}
	case g.Version > greetingVersion:
		return &greetingError{NewerThere, phrase.Say("its linklog is newer than this one")}
	case g.Error == "":
		return nil
	case g.Absent:
		return &greetingError{NotRunning, theirs(g.Error)}
	default:
		return &greetingError{NotAsked, theirs(g.Error)}
	}
}

// maxText bounds what is shown of a text from the other end.
const maxText = 500

func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxText)], "") }

func (g greeting) write(w io.Writer) error {
	text, err := json.Marshal(g)
	if err == nil {
		// What a login printed may lack the end of its line.
		_, err = fmt.Fprintf(w, "\n%s%s\n", greetingWord, text)
	}
	return err
}

// Refuse is the other end when there is no connection to the service; absent: as none runs.
func Refuse(stdout io.Writer, why string, absent bool) error {
	return greeting{Version: greetingVersion, Error: cut(why), Absent: absent}.write(stdout)
}

// Join is the other end: it greets, and then joins standard input and output to a connection to the
// service, until either ends.
func Join(service net.Conn, stdin io.Reader, stdout io.Writer) error {
	defer service.Close()
	if err := (greeting{Version: greetingVersion}).write(stdout); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(service, stdin)
		service.Close() // whoever asked is gone
	}()
	_, err := io.Copy(stdout, service)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
