package book

// applicationID tells our file from other SQLite files (file(1) shows it): "LLhs".
const applicationID = 0x4c4c6873

// migrations are the steps from each version of the schema to the next; the version
// (PRAGMA user_version) is the number of steps taken. A step that was released is
// never changed.
func migrations() []string {
	return []string{schemaV1, schemaV2, schemaV3, schemaV4, schemaV5, schemaV6}
}

// schemaV1 is the first schema. Times are ns since 1970; dir is 1 for in and 2 for
// out, protocols are IANA's numbers. The view known is for people.
const schemaV1 = `
CREATE TABLE state (
	id          INTEGER PRIMARY KEY CHECK (id = 1),
	seq         INTEGER NOT NULL,           -- of the last event that is in here
	installed   INTEGER NOT NULL,
	mark        INTEGER NOT NULL,           -- hosts that began after this Seq are new to the user
	muted       INTEGER NOT NULL,           -- until then
	next_alert  INTEGER NOT NULL,
	next_device INTEGER NOT NULL,
	forgotten   INTEGER NOT NULL,
	opened      INTEGER NOT NULL,           -- 1: it was not closed
	coalescing  TEXT NOT NULL               -- JSON: what will be told together
);
CREATE TABLE hosts (
	host        TEXT PRIMARY KEY,           -- address, or the router's name for it where it told no address
	first_seq   INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	ins         INTEGER NOT NULL,
	outs        INTEGER NOT NULL,
	ports       TEXT NOT NULL,              -- "dir proto port count;…"
	other_ports INTEGER NOT NULL,           -- attempts at ports that are not listed
	devices     TEXT NOT NULL,              -- "id count;…", devices.id
	router_name TEXT NOT NULL,
	dns_name    TEXT NOT NULL,
	dns_first   INTEGER NOT NULL,
	dns_last    INTEGER NOT NULL,
	pending     INTEGER NOT NULL,           -- 1: to be told
	dir         INTEGER NOT NULL,           -- from here on: of the first attempt
	proto       INTEGER NOT NULL,
	host_port   INTEGER NOT NULL,
	device_port INTEGER NOT NULL,
	swapped     INTEGER NOT NULL,           -- 1: the host is the end that should be at home
	device      TEXT NOT NULL,
	router      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX hosts_first_seq ON hosts (first_seq);
CREATE INDEX hosts_pending ON hosts (pending) WHERE pending = 1;
CREATE TABLE devices (
	id          INTEGER PRIMARY KEY,
	addr        TEXT NOT NULL UNIQUE,
	first_seq   INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	ins         INTEGER NOT NULL,
	outs        INTEGER NOT NULL,
	hosts       INTEGER NOT NULL,
	router_name TEXT NOT NULL,
	dns_name    TEXT NOT NULL,
	dns_first   INTEGER NOT NULL,
	dns_last    INTEGER NOT NULL
);
CREATE TABLE labels (
	host  TEXT PRIMARY KEY,                 -- as in hosts, or a device's address
	label TEXT NOT NULL,
	since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE ignores (
	query TEXT PRIMARY KEY,
	since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE wan (
	router TEXT PRIMARY KEY,
	addr   TEXT NOT NULL,
	told   TEXT NOT NULL,                   -- what the user knows
	since  INTEGER NOT NULL,
	alert  INTEGER NOT NULL,
	seq    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alerts (
	id          INTEGER PRIMARY KEY,
	time        INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	host        TEXT NOT NULL,
	name        TEXT NOT NULL,
	device      TEXT NOT NULL,
	device_name TEXT NOT NULL,
	dir         INTEGER NOT NULL,
	proto       INTEGER NOT NULL,
	port        INTEGER NOT NULL,
	service     TEXT NOT NULL,
	seq         INTEGER NOT NULL,
	router      TEXT NOT NULL,
	count       INTEGER NOT NULL,
	hosts       TEXT NOT NULL,              -- JSON: the first few of several
	since       INTEGER NOT NULL,
	old_addr    TEXT NOT NULL,
	new_addr    TEXT NOT NULL,
	muted       INTEGER NOT NULL
);
CREATE TABLE cursors (
	name  TEXT PRIMARY KEY,                 -- of who reads alerts
	alert INTEGER NOT NULL                  -- the last one he is done with
) WITHOUT ROWID;
CREATE VIEW known AS
SELECT hosts.host AS host, coalesce(labels.label, nullif(router_name, ''), dns_name) AS name,
	datetime(first / 1000000000, 'unixepoch') AS first_seen, datetime(last / 1000000000, 'unixepoch') AS last_seen,
	ins, outs, ports
FROM hosts LEFT JOIN labels ON labels.host = hosts.host;
`

// schemaV2 lets a device be known by its hardware address, while others may have had its
// address, and has the names that logs of DHCP and DNS servers tell.
const schemaV2 = `
ALTER TABLE hosts ADD COLUMN asked_name TEXT NOT NULL DEFAULT '';
CREATE TABLE known_devices (
	id          INTEGER PRIMARY KEY,
	addr        TEXT NOT NULL,              -- '': another device has it now
	mac         TEXT NOT NULL,              -- '': unknown
	first_seq   INTEGER NOT NULL,
	first       INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	ins         INTEGER NOT NULL,
	outs        INTEGER NOT NULL,
	hosts       INTEGER NOT NULL,
	router_name TEXT NOT NULL,
	lease_name  TEXT NOT NULL,              -- as it calls itself
	dns_name    TEXT NOT NULL,
	dns_first   INTEGER NOT NULL,
	dns_last    INTEGER NOT NULL
);
INSERT INTO known_devices SELECT id, addr, '', first_seq, first, last, ins, outs, hosts, router_name, '', dns_name, dns_first, dns_last FROM devices;
DROP VIEW known;
DROP TABLE devices;
ALTER TABLE known_devices RENAME TO devices;
CREATE VIEW known AS
SELECT hosts.host AS host, coalesce(labels.label, nullif(router_name, ''), nullif(dns_name, ''), asked_name) AS name,
	datetime(first / 1000000000, 'unixepoch') AS first_seen, datetime(last / 1000000000, 'unixepoch') AS last_seen,
	ins, outs, ports
FROM hosts LEFT JOIN labels ON labels.host = hosts.host;
`

// schemaV3 counts what the router allowed and what it blocked; attempts of which it did not
// say are in neither.
const schemaV3 = `
ALTER TABLE hosts ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
DROP VIEW known;
CREATE VIEW known AS
SELECT hosts.host AS host, coalesce(labels.label, nullif(router_name, ''), nullif(dns_name, ''), asked_name) AS name,
	datetime(first / 1000000000, 'unixepoch') AS first_seen, datetime(last / 1000000000, 'unixepoch') AS last_seen,
	ins, outs, allowed, blocked, ports
FROM hosts LEFT JOIN labels ON labels.host = hosts.host;
`

// schemaV4 has what the user writes about hosts and devices.
const schemaV4 = `
CREATE TABLE notes (
	host  TEXT PRIMARY KEY,                 -- as in labels
	note  TEXT NOT NULL,
	since INTEGER NOT NULL
) WITHOUT ROWID;
`

// schemaV5 has who had which address when. What earlier versions knew is who had it last.
const schemaV5 = `
CREATE TABLE holdings (
	addr   TEXT NOT NULL,
	since  INTEGER NOT NULL,                -- from then on …
	mac    TEXT NOT NULL,                   -- … this device has it; '': nobody who is known
	before INTEGER NOT NULL,                -- 1: it is taken for who had it before, too
	PRIMARY KEY (addr, since)
) WITHOUT ROWID;
INSERT OR IGNORE INTO holdings SELECT addr, last, mac, 1 FROM devices WHERE addr <> '' AND mac <> '';
`

// schemaV6 has the user's rules: what they know, and what became of their alerts.
const schemaV6 = `
ALTER TABLE alerts ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN outlets TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN message TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN verdict INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursors ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;  -- alerts up to it were not for who reads
UPDATE cursors SET begun = alert;
CREATE TABLE rules (
	name  TEXT PRIMARY KEY,                 -- "rule:" and the user's name, or "builtin:"
	print TEXT NOT NULL,                    -- filter and when
	told  INTEGER NOT NULL,                 -- alerts, ever
	last  INTEGER NOT NULL,                 -- when
	state TEXT NOT NULL                     -- JSON
) WITHOUT ROWID;
CREATE TABLE met (
	id   INTEGER PRIMARY KEY,
	rule TEXT NOT NULL,                     -- rules.name
	key  BLOB NOT NULL,                     -- who the rule has told about
	UNIQUE (rule, key)
);
CREATE TABLE undelivered (
	alert  INTEGER NOT NULL,
	outlet TEXT NOT NULL,
	why    TEXT NOT NULL,
	PRIMARY KEY (alert, outlet)
) WITHOUT ROWID;
`
