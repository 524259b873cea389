package send

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"linklog/capture/plainly"
	"linklog/capture/snmp"
)

// Reply is the answer to an INFORM.
type Reply struct {
	Took   time.Duration // from sending to the answer
	Status uint32        // error-status (RFC 3416, 3): 0 is success
}

// Inform sends the text as an INFORM, whatever e.PDU says, and waits for the answer
// with e.RequestID until ctx ends, which therefore should have a deadline. It sends
// once; whether to try again is up to the caller. The error wraps ErrNobodyListens
// if it was refused, and that of ctx if nobody answered.
func (s *Sender) Inform(ctx context.Context, e *Encoding, text string) (Reply, error) {
	inform := *e
	inform.PDU = Inform
	inform.RequestID &= 1<<31 - 1
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return Reply{}, fmt.Errorf("send to %v: %w", s.RemoteAddr(), plainly.Cause(err))
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // closed: then Read has ended anyway
	})
	defer func() {
		if !stop() {
			<-interrupted // else it could interrupt what comes next
		}
	}()
	start := time.Now()
	if _, err := s.conn.Write(AppendTrap(nil, &inform, text)); err != nil {
		return Reply{}, s.explain(ctx, err)
	}
	b := make([]byte, 65535)
	for {
		n, err := s.conn.Read(b)
		if err != nil {
			return Reply{}, s.explain(ctx, err)
		}
		if id, status, ok := parseResponse(b[:n]); ok && id == inform.RequestID {
			return Reply{time.Since(start), status}, nil
		}
	}
}

func (s *Sender) explain(ctx context.Context, err error) error {
	switch {
	case refused(err):
		return fmt.Errorf("%w: %v", ErrNobodyListens, s.RemoteAddr())
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no answer from %v: %w", s.RemoteAddr(), context.Cause(ctx))
	}
	return fmt.Errorf("send to %v: %w", s.RemoteAddr(), plainly.Cause(err))
}

// parseResponse reads a Response of SNMPv2c as far as it matters here.
func parseResponse(b []byte) (id, status uint32, ok bool) {
	message, _, ok := snmp.Element(b, snmp.TagSequence)
	if !ok {
		return 0, 0, false
	}
	version, message, ok := integer(message)
	if !ok || version != 1 {
		return 0, 0, false
	}
	_, message, ok = snmp.Element(message, snmp.TagString) // community
	if !ok {
		return 0, 0, false
	}
	pdu, _, ok := snmp.Element(message, snmp.TagResponse)
	if !ok {
		return 0, 0, false
	}
	id, pdu, ok = integer(pdu)
	if !ok {
		return 0, 0, false
	}
	status, _, ok = integer(pdu)
	return id, status, ok
}

// integer reads an integer from 0 to 2^32-1.
func integer(b []byte) (n uint32, rest []byte, ok bool) {
	content, rest, ok := snmp.Element(b, snmp.TagInteger)
	if !ok || len(content) == 0 || len(content) > 5 || content[0] >= 0x80 || len(content) == 5 && content[0] != 0 {
		return 0, nil, false
	}
	for _, c := range content {
		n = n<<8 | uint32(c)
	}
	return n, rest, true
}
