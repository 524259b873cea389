//go:build unix

package book

// aloneVFS makes SQLite keep the index of its log in memory.
const aloneVFS = "unix-excl"
