package sqlite

// Alone: SQLite has no such way on Windows.
const Alone = Usual
