// Package attack holds no code but tests: each does to the real program what
// somebody with bad intentions could do (broken datagrams, a flood from forged
// addresses, files that lie, callers of the local socket who do not behave), and
// shows that it goes on, keeps within its bounds, and says what is wrong.
//
// LINKLOG_SOAK is how long the floods last ("10m"; 3 seconds without it), and
// LINKLOG_CORPUS a folder with recorded SNMP captures, such as the trap suite of
// PROTOS c06, every datagram of which is then cut at every length.
package attack
