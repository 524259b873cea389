// Package faults holds no code but tests: each brings about a fault (a killed
// process, lost power, a clock set back, a network that goes away, a lying DNS
// server, clients that do harm, no descriptors left) on the real program, and shows
// that nothing is lost and everything is accounted for.
//
// LINKLOG_SOAK=1 makes the tests longer and harder.
package faults
