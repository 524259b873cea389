// Package process runs another program under a measurement: its CPU time to the
// nanosecond, its memory, and the state of the UDP socket it reads from, whatever
// the program. It is there on Linux only, and no part of LinkLog.
package process
