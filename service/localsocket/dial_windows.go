package localsocket

import (
	"context"
	"fmt"
	"net"

	"github.com/Microsoft/go-winio"
)

// Dial connects to the service and makes sure that it is the service: the pipe
// must belong to the system, administrators, the service's accounts or the user
// himself, else another user may have made it. The service learns who we are
// and cannot act as us (identification level). Without a service the error wraps
// fs.ErrNotExist.
func Dial(ctx context.Context, path string) (net.Conn, error) {
	if err := check(path); err != nil {
		return nil, err
	}
	c, err := dial(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("local pipe: %w", err)
	}
	owner, err := Of(c)
	if err == nil && !trusted(owner.UID) {
		err = fmt.Errorf("it belongs to %s %s (process %d), who is neither the service nor you", owner.Name, owner.UID, owner.PID)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("local pipe %s: %w: %w", path, ErrNotTrusted, err)
	}
	return c, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	return winio.DialPipeAccessImpLevel(ctx, path, connectRights, winio.PipeImpLevelIdentification)
}

// trusted reports whether a pipe's owner may be the service.
func trusted(sid string) bool {
	switch sid {
	case "":
		return false
	case systemSID, administratorsSID, localServiceSID, sidOf(serviceAccount):
		return true
	}
	self, err := selfSID()
	return err == nil && sid == self
}
