package history

import (
	"database/sql/driver"
)

// Application ids tell our files from other SQLite files (file(1) shows them).
const (
	segmentID = 0x4c4c6f67 // "LLog"
	namesID   = 0x4c4c6e6d // "LLnm"
)

// migrations are the steps from each version of the segments' schema to the
// next; the version (PRAGMA user_version) is the number of steps taken. A step
// that was released is never changed. The last ones must recreate the view if
// they touch what it shows.
func migrations() []string {
	return []string{segmentV1, segmentV2, segmentV3, segmentV4, segmentV5}
}

// segmentV1 is the first schema of a segment.
//
// A row of log is small because everything that repeats is a number from a
// dictionary: hosts; texts; and shapes, the combinations of the fields that take
// few values. blocks, columns and packs repeat log and hosts in a form that is
// searched quickly; they can be dropped at any time and are made again. The view
// events is for people.
const segmentV1 = `
CREATE TABLE segment (
	id         INTEGER PRIMARY KEY CHECK (id = 1),
	number     INTEGER NOT NULL,
	created    INTEGER NOT NULL,            -- ns since 1970
	sealed     INTEGER NOT NULL DEFAULT 0   -- 1: complete, with blocks for every row
);
CREATE TABLE hosts (
	id   INTEGER PRIMARY KEY,               -- from 1 without gaps, in order of appearance
	addr TEXT NOT NULL,                     -- '' where the router sent a name only
	name TEXT NOT NULL,                     -- as the router sent it, mostly ''
	UNIQUE (addr, name)
);
CREATE TABLE shapes (
	id        INTEGER PRIMARY KEY,
	router    TEXT NOT NULL,
	kind      INTEGER NOT NULL,             -- numbers as in the program, words for the reader
	reason    INTEGER NOT NULL,
	dir       INTEGER NOT NULL,
	proto     INTEGER NOT NULL,
	new       INTEGER NOT NULL,
	kind_word TEXT NOT NULL, reason_word TEXT NOT NULL, dir_word TEXT NOT NULL, proto_word TEXT NOT NULL,
	UNIQUE (router, kind, reason, dir, proto, new)
);
CREATE TABLE texts (
	id   INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,                  -- see textKey: an index on the texts themselves would double the file
	text TEXT NOT NULL,
	raw  BLOB NOT NULL
);
CREATE INDEX texts_hash ON texts (hash);
CREATE TABLE log (
	seq   INTEGER PRIMARY KEY,
	time  INTEGER NOT NULL,                 -- ns since 1970
	shape INTEGER NOT NULL,
	src   INTEGER,                          -- hosts.id
	sport INTEGER NOT NULL,
	dst   INTEGER,
	dport INTEGER NOT NULL,
	text  INTEGER                           -- texts.id
);
CREATE TABLE gaps (
	seq   INTEGER PRIMARY KEY,              -- of the row in log
	lost  INTEGER NOT NULL,
	since INTEGER                           -- ns since 1970
);
CREATE TABLE blocks (
	block      INTEGER PRIMARY KEY,         -- seq / 16384
	first_seq  INTEGER NOT NULL,
	last_seq   INTEGER NOT NULL,
	rows       INTEGER NOT NULL,
	first_time INTEGER NOT NULL,            -- earliest and latest, ns since 1970
	last_time  INTEGER NOT NULL
);
CREATE TABLE columns (
	id   INTEGER PRIMARY KEY,               -- block * 16 + field; not two columns as the key: SQLite would
	data BLOB NOT NULL                      -- read the data of every row it passes on the way to one
);
CREATE TABLE packs (
	pack INTEGER PRIMARY KEY,               -- (hosts.id - 1) / 1024
	data BLOB NOT NULL
);
` + eventsHead + eventsTail

// segmentV2 adds what the router did with an attempt; of older events it is unknown.
const segmentV2 = `
CREATE TABLE next (
	id        INTEGER PRIMARY KEY,
	router    TEXT NOT NULL,
	kind      INTEGER NOT NULL,             -- numbers as in the program, words for the reader
	reason    INTEGER NOT NULL,
	dir       INTEGER NOT NULL,
	proto     INTEGER NOT NULL,
	verdict   INTEGER NOT NULL,
	new       INTEGER NOT NULL,
	kind_word TEXT NOT NULL, reason_word TEXT NOT NULL, dir_word TEXT NOT NULL, proto_word TEXT NOT NULL, verdict_word TEXT NOT NULL,
	UNIQUE (router, kind, reason, dir, proto, verdict, new)
);
INSERT INTO next SELECT id, router, kind, reason, dir, proto, 0, new, kind_word, reason_word, dir_word, proto_word, '' FROM shapes;
DROP VIEW events;
DROP TABLE shapes;
ALTER TABLE next RENAME TO shapes;
` + eventsHead + " shapes.verdict_word AS verdict," + eventsTail

// segmentV3 finds a host again by a hash, as texts: the index on addresses and names cost a
// page for each address of a flood. Those that are there get none, and one that comes again
// is stored once more.
const segmentV3 = `
CREATE TABLE next (
	id   INTEGER PRIMARY KEY,               -- from 1 without gaps, in order of appearance
	hash INTEGER NOT NULL,                  -- see dictionaryKey; 0: of an earlier version
	addr TEXT NOT NULL,                     -- '' where the router sent a name only
	name TEXT NOT NULL                      -- as the router sent it, mostly ''
);
INSERT INTO next SELECT id, 0, addr, name FROM hosts;
DROP VIEW events;
DROP TABLE hosts;
ALTER TABLE next RENAME TO hosts;
CREATE INDEX hosts_hash ON hosts (hash);
` + eventsHead + " shapes.verdict_word AS verdict," + eventsTail

// segmentV4 adds how much was sent, where the router reported it.
const segmentV4 = `
CREATE TABLE volumes (
	seq         INTEGER PRIMARY KEY,        -- of the event, which may be in an earlier file; none: not known
	through     INTEGER NOT NULL,           -- seq of the last report that is in it
	src_bytes   INTEGER NOT NULL,           -- that the source sent, as reported while this file was written; 0: not known
	src_packets INTEGER NOT NULL,
	dst_bytes   INTEGER NOT NULL,
	dst_packets INTEGER NOT NULL
);
DROP VIEW events;
` + eventsHead + " shapes.verdict_word AS verdict," + eventsVolumes

// segmentV5 adds what routers call themselves; of older events it is not known.
const segmentV5 = `
CREATE TABLE next (
	id        INTEGER PRIMARY KEY,
	router    TEXT NOT NULL,
	name      TEXT NOT NULL,                -- as the router sent it, '' where it did not
	kind      INTEGER NOT NULL,             -- numbers as in the program, words for the reader
	reason    INTEGER NOT NULL,
	dir       INTEGER NOT NULL,
	proto     INTEGER NOT NULL,
	verdict   INTEGER NOT NULL,
	new       INTEGER NOT NULL,
	kind_word TEXT NOT NULL, reason_word TEXT NOT NULL, dir_word TEXT NOT NULL, proto_word TEXT NOT NULL, verdict_word TEXT NOT NULL,
	UNIQUE (router, name, kind, reason, dir, proto, verdict, new)
);
INSERT INTO next SELECT id, router, '', kind, reason, dir, proto, verdict, new, kind_word, reason_word, dir_word, proto_word, verdict_word FROM shapes;
DROP VIEW events;
DROP TABLE shapes;
ALTER TABLE next RENAME TO shapes;
` + eventsHead + " shapes.verdict_word AS verdict, shapes.name AS router_host," + eventsVolumes

// The view for people, as each version makes it with what it adds in the middle.
const (
	eventsHead = `CREATE VIEW events AS
SELECT log.seq AS seq,
	strftime('%Y-%m-%dT%H:%M:%S', log.time / 1000000000, 'unixepoch') || printf('.%09dZ', log.time % 1000000000) AS time,
	shapes.kind_word AS kind, shapes.router AS router, shapes.dir_word AS direction, shapes.proto_word AS protocol,`
	eventsTail    = eventsColumns + eventsFrom + "LEFT JOIN gaps ON gaps.seq = log.seq;\n"
	eventsColumns = `
	s.addr AS src_ip, s.name AS src_host, log.sport AS src_port,
	d.addr AS dst_ip, d.name AS dst_host, log.dport AS dst_port,
	shapes.new AS new, texts.text AS text, shapes.reason_word AS reason, hex(texts.raw) AS raw,
	gaps.lost AS lost,
	strftime('%Y-%m-%dT%H:%M:%S', gaps.since / 1000000000, 'unixepoch') || printf('.%09dZ', gaps.since % 1000000000) AS since`
	eventsVolumes = `
	volumes.src_bytes AS src_bytes, volumes.src_packets AS src_packets, volumes.dst_bytes AS dst_bytes, volumes.dst_packets AS dst_packets,` +
		eventsColumns + eventsFrom + "LEFT JOIN gaps ON gaps.seq = log.seq\nLEFT JOIN volumes ON volumes.seq = log.seq;\n"
	eventsFrom = `
FROM log
JOIN shapes ON shapes.id = log.shape
LEFT JOIN hosts AS s ON s.id = log.src
LEFT JOIN hosts AS d ON d.id = log.dst
LEFT JOIN texts ON texts.id = log.text
`
)

// namesMigrations are the steps of names.db. The table oldest is in it, for no segment
// can tell what was before it when it is the one that is missing.
func namesMigrations() []string {
	return []string{`
CREATE TABLE names (
	addr  TEXT NOT NULL,
	name  TEXT NOT NULL,
	first INTEGER NOT NULL,                 -- when the address was first seen to have the name, ns since 1970
	last  INTEGER NOT NULL,
	PRIMARY KEY (addr, name)
) WITHOUT ROWID;
`, `
CREATE TABLE oldest (
	id     INTEGER PRIMARY KEY CHECK (id = 1),
	number INTEGER NOT NULL,                -- of the file with which the history begins since Trim removed others
	before INTEGER NOT NULL                 -- the highest seq of those
);
`}
}

// null gives NULL for 0, the id of nothing.
func null(id uint32) driver.Value {
	if id == 0 {
		return nil
	}
	return int64(id)
}
