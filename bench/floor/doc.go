// Package floor is what benchmarks of receiving stand beside: the least that a
// datagram can cost in Go, a loop of recvmmsg, 64 at a time, that counts. It is
// there on Linux only, and no part of the program.
package floor
