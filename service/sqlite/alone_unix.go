//go:build unix

package sqlite

// Alone makes SQLite keep the index of its log in memory, and not in the file -shm.
// Then no other process can open the file.
const Alone Mode = "&vfs=unix-excl"
