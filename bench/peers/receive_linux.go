package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	"linklog/bench/floor"
	"linklog/capture"
	"linklog/capture/receive"
	"linklog/capture/snmp"
	"linklog/service/spool"
)

// receiveAlone is one of the receivers that are part of this program, in a process of
// its own: it tells how many traps it had when it is interrupted.
//
//	receive floor              a bare loop of recvmmsg that counts
//	receive gosnmp PORT        gosnmp's TrapListener, with a handler that counts
//	receive spool PORT FOLDER  LinkLog's listener and spool, the service's first half
//	receive attempts PORT FOLDER  the same, and the attempts of flows that it makes, in the spool
//	receive goflow2 PORT       goflow2's decoder, which counts
func receiveAlone(args []string, stdout io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var n int
	var err error
	var port uint16
	if len(args) > 1 {
		if _, err := fmt.Sscan(args[1], &port); err != nil {
			return fmt.Errorf("port %q: %w", args[1], err)
		}
	}
	switch {
	case args[0] == "floor" && len(args) == 1:
		n, err = receiveFloor(ctx)
	case args[0] == "gosnmp" && len(args) == 2:
		n, err = receiveGosnmp(ctx, args[1])
	case args[0] == "spool" && len(args) == 3:
		n, err = receiveSpool(ctx, port, args[2])
	case args[0] == "attempts" && len(args) == 3:
		n, err = receiveAttempts(ctx, port, args[2])
	case args[0] == "goflow2" && len(args) == 2:
		n, err = receiveGoflow2(ctx, port)
	default:
		err = fmt.Errorf("receive %v: no such receiver", args)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, n)
	return err
}

func receiveFloor(ctx context.Context) (total int, err error) {
	f, err := floor.Listen(receive.DefaultBuffer)
	if err != nil {
		return 0, err
	}
	defer context.AfterFunc(ctx, func() { f.Close() })()
	for n := f.Receive(); n > 0; n = f.Receive() {
		total += n
	}
	return total, nil
}

func receiveGosnmp(ctx context.Context, port string) (int, error) {
	var n atomic.Int64 // counted in one goroutine, read in another
	l := gosnmp.NewTrapListener()
	l.Params = gosnmp.Default
	l.OnNewTrap = func(p *gosnmp.SnmpPacket, _ *net.UDPAddr) {
		for _, v := range p.Variables {
			if text, ok := v.Value.([]byte); ok && len(text) > 0 && text[0] == '@' {
				n.Add(1)
			}
		}
	}
	defer context.AfterFunc(ctx, l.Close)()
	if err := l.Listen(net.JoinHostPort("127.0.0.1", port)); err != nil {
		return 0, err
	}
	return int(n.Load()), nil
}

func receiveSpool(ctx context.Context, port uint16, dir string) (n int, err error) {
	s, _, err := spool.Open(dir, spool.Options{})
	if err != nil {
		return 0, err
	}
	l, err := receive.Listen(ctx, receive.Options{Port: port})
	if err != nil {
		return 0, errors.Join(err, s.Close())
	}
	var syncing sync.WaitGroup
	var failed, unsynced error
	syncing.Go(func() {
		s.SyncEvery(ctx, 100*time.Millisecond, func(err error) { unsynced = errors.Join(unsynced, err) }) // as the service does
	})
	var answer []byte
	err = l.Receive(ctx, func(batch []capture.Datagram) {
		if _, err := s.AppendDatagrams(batch); err != nil {
			failed = errors.Join(failed, err)
			return
		}
		for i := range batch {
			answer, _ = snmp.AppendInformResponse(answer[:0], batch[i].Data) // none of ours asks for one
		}
		n += len(batch)
	})
	syncing.Wait()
	return n, errors.Join(err, failed, unsynced, l.Close(), s.Close())
}
