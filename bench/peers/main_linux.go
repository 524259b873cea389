// Command peers measures what a trap, a line of a system log and a flow cost LinkLog and others
// who receive them: all get the same stream through the loopback, as processes of their
// own with the same receive buffer, in turns.
//
//	peers -linklog bin/linklog [-messages traps,lines,flows] [-markdown FILE] [-json FILE]
//
// Each receiver is measured in three ways. Drained: it is stopped while its socket
// is filled, and goes on when nobody sends any more; this is the CPU time per message
// that compares, as nothing else runs. Paced: messages come at a steady rate, and at
// the end as fast as the sender can. Highest: the rate at which it still keeps up,
// by bisection. What the kernel dropped is known from the socket, what was written
// is counted in the output of the receiver.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "receive" {
		exit(receiveAlone(os.Args[2:], os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func exit(err error) {
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options are what is measured, and how.
type options struct {
	linklog  string        // the program
	perl     string        // the Perl receiver
	messages []message     // each by itself
	only     []string      // names of receivers; none: all
	rounds   int           // of which the median counts
	fill     int           // messages a drained socket is filled with
	rates    []int         // of paced rounds, messages a second; 0: as fast as possible
	duration time.Duration // of paced rounds and steps of the bisection
	steps    int           // of the bisection; 0: none
	buffer   int           // receive buffer of all, bytes
	idle     time.Duration // a receiver that rests so long is done
	progress io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{progress: stderr}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.linklog, "linklog", "bin/linklog", "LinkLog's program")
	flags.StringVar(&o.perl, "perl", "bench/peers/receiver.pl", "the Perl receiver")
	kinds := flags.String("messages", "traps,lines,flows", "what is sent, with commas: traps, lines of system logs, flows (datagrams of both ways of a connection)")
	only := flags.String("only", "", "names of the receivers, with commas (default all; the floor always)")
	rates := flags.String("rates", "10000,50000,100000,0", "messages a second; 0: as fast as possible")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds, of which the median counts")
	flags.IntVar(&o.fill, "fill", 50_000, "messages a drained socket is filled with")
	flags.DurationVar(&o.duration, "time", 3*time.Second, "how long messages are sent at a rate")
	flags.IntVar(&o.steps, "steps", 7, "steps of the search for the highest rate; 0: no search")
	flags.IntVar(&o.buffer, "buffer", 64<<20, "receive buffer of every receiver, bytes")
	flags.DurationVar(&o.idle, "idle", 250*time.Millisecond, "a receiver that rests so long is done")
	jsonFile := flags.String("json", "", "write all figures to this file")
	markdownFile := flags.String("markdown", "", "write the tables to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.fill < 1 || o.duration <= 0 || o.steps < 0 || o.buffer < 1 {
		return errors.New("bad arguments: see peers -help")
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for text := range strings.SplitSeq(*rates, ",") {
		rate, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || rate < 0 {
			return fmt.Errorf("bad rate %q: must be a number of messages a second", text)
		}
		o.rates = append(o.rates, rate)
	}
	for name := range strings.SplitSeq(*kinds, ",") {
		m, err := parseMessage(name)
		if err != nil {
			return err
		}
		o.messages = append(o.messages, m)
	}
	var all report
	for _, m := range o.messages {
		r, err := measure(ctx, o, m)
		if err != nil {
			return fmt.Errorf("%ss: %w", m.name, err)
		}
		all = append(all, r)
	}
	if err := all.writeText(stdout); err != nil {
		return err
	}
	if *markdownFile != "" {
		if err := writeFile(*markdownFile, all.writeMarkdown); err != nil {
			return err
		}
	}
	if *jsonFile != "" {
		return writeFile(*jsonFile, all.writeJSON)
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
