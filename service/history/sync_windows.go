package history

// syncDir does nothing: NTFS keeps its journal by itself, and folders cannot be
// flushed.
func syncDir(string) error { return nil }

// alone: SQLite has no such way on Windows.
const alone = usual
