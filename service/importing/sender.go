package importing

import (
	"context"
	"io"

	"linklog/capture"
	"linklog/capture/oldlogs"
	"linklog/service/api"
	"linklog/service/client"
)

// Sender gives events of files to the service, all as one import. The zero Sender has no
// service, and only counts.
type Sender struct {
	Client *client.Client

	Import int // the number of the import; 0: nothing was added
	Added  int
	Known  int // that were there already

	Unrecorded int // that the settings of the service do not want recorded

	names names
	mark  *uint64
	batch []capture.Event
	bytes int // of the batch, about
}

// maxBatch bounds a request in bytes, about: a quarter of what the service takes.
const maxBatch = 4 << 20

// weight is about how many bytes an event has in a request.
func weight(ev *capture.Event) int {
	return 512 + len(ev.Raw)*4/3 + 2*(len(ev.Text)+len(ev.Src.Name)+len(ev.Dst.Name))
}

// File imports a file, with the names that its lines tell: r.Event is called before an event is sent, and may be nil. What was read
// before an error is imported; one of the service is Stopped.
func (s *Sender) File(ctx context.Context, path string, in io.Reader, o oldlogs.Options, r Reading) (Outcome, error) {
	before, seen := r.Event, r.Sight
	r.Sight = func(x *capture.Sighting) {
		if seen != nil {
			seen(x)
		}
		s.names.sight(x)
	}
	r.Event = func(ev *capture.Event) error {
		if before != nil {
			if err := before(ev); err != nil {
				return err
			}
		}
		return s.add(ctx, path, s.names.pass(ev))
	}
	done, err := Read(ctx, path, in, o, r)
	stopped := s.add(ctx, path, s.names.rest())
	if stopped == nil {
		stopped = s.send(ctx, path)
	}
	if stopped != nil {
		return done, Stopped{stopped}
	}
	return done, err
}

// add puts events into the batch, which is sent when it is full.
func (s *Sender) add(ctx context.Context, path string, events []capture.Event) error {
	for i := range events {
		s.batch = append(s.batch, events[i])
		if s.bytes += weight(&events[i]); len(s.batch) < api.MaxImportEvents && s.bytes < maxBatch {
			continue
		}
		if err := s.send(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) send(ctx context.Context, path string) error {
	batch := s.batch
	s.batch, s.bytes = batch[:0], 0
	if s.Client == nil || len(batch) == 0 {
		s.Added += len(batch)
		return nil
	}
	out, err := s.Client.Import(ctx, s.mark, path, batch)
	if err != nil {
		return err
	}
	s.mark = &out.Mark
	s.Import = max(s.Import, out.Import)
	s.Added += out.Added
	s.Known += out.Known
	s.Unrecorded += out.Unrecorded
	return nil
}
