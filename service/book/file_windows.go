package book

// aloneVFS: SQLite has no such way on Windows. There a full disk keeps the file closed,
// until there is room for 32 KiB.
const aloneVFS = ""
