// Package sockettest makes users of the system and connects as them: who is at the
// other end of a local socket cannot be faked.
package sockettest
