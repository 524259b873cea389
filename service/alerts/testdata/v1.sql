-- A file as version 1 wrote it. Never changed.
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
PRAGMA application_id = 1280075891;
PRAGMA user_version = 1;
INSERT INTO state VALUES (1, 12, 1762899200000000000, 5, 0, 1763898000001, 2, 3, 1, '{"Start":1763899200000000000,"Singles":3,"Bursting":false,"Burst":{"Count":6,"First":[{"ID":0,"Time":"0001-01-01T00:00:00Z","Kind":1,"Host":"192.0.2.5","Name":"","Device":"192.168.1.10","DeviceName":"laptop","Dir":2,"Proto":6,"Port":443,"Service":"https","Seq":9,"Router":"192.168.1.1","Count":1,"Hosts":null,"Since":"2025-11-23T12:00:00Z","OldAddr":"","NewAddr":"","Muted":false}]},"Away":{"Count":0,"First":null},"AwaySince":0,"AwayLast":0}');
INSERT INTO hosts VALUES ('203.0.113.9', 3, 1763899200000000000, 1763899201000000000, 1, 7, '2 6 443 7;1 6 80 1', 0, '1 8', 'web.example', 'dns.example', 1763899200000000000, 1763899200000000000, 0, 2, 6, 443, 50000, 0, '192.168.1.10', '192.168.1.1');
INSERT INTO hosts VALUES ('198.51.100.7', 12, 1763899202000000000, 1763899202000000000, 0, 1, '2 17 53 1', 0, '1 1', '', '', 0, 0, 1, 2, 17, 53, 50001, 0, '192.168.1.10', '192.168.1.1');
INSERT INTO devices VALUES (1, '192.168.1.10', 1, 1763899200000000000, 1763899202000000000, 1, 8, 2, '', 'pc.lan', 1763899200000000000, 1763899200000000000);
INSERT INTO labels VALUES ('192.168.1.10', 'laptop', 1763899200000000000);
INSERT INTO labels VALUES ('203.0.113.9', 'Bank', 1763899200000000000);
INSERT INTO ignores VALUES ('port:123', 1763899200000000000);
INSERT INTO wan VALUES ('192.168.1.1', '198.51.100.120', '198.51.100.120', 1763899200000000000, 0, 2);
INSERT INTO alerts VALUES (1763898000000, 1763899200000000000, 'new-host', '203.0.113.9', 'web.example', '192.168.1.10', 'laptop', 2, 6, 443, 'https', 3, '192.168.1.1', 1, 'null', 1763899200000000000, '', '', 0);
INSERT INTO cursors VALUES ('on_alert', 1763898000000);
