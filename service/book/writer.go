package book

import (
	"database/sql"
	"slices"
	"strings"
)

// writer writes within a transaction, up to the first error.
type writer struct {
	tx  *sql.Tx
	err error
}

func (w *writer) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.Exec(query, args...)
	}
}

// prepare gives a statement for many rows, which ends with the transaction.
func (w *writer) prepare(query string) *sql.Stmt {
	if w.err != nil {
		return nil
	}
	var s *sql.Stmt
	s, w.err = w.tx.Prepare(query)
	return s
}

func (w *writer) run(s *sql.Stmt, args ...any) {
	if w.err == nil {
		_, w.err = s.Exec(args...)
	}
}

func (w *writer) hosts(rows []hostRow) {
	if len(rows) == 0 {
		return
	}
	// Neighbours share pages of the file.
	slices.SortFunc(rows, func(a, b hostRow) int { return a.Addr.Compare(b.Addr) })
	insert := w.prepare("INSERT OR REPLACE INTO hosts (host, " + hostColumns + ") VALUES (?" + strings.Repeat(", ?", 23) + ")")
	update := w.prepare(`UPDATE hosts SET last = ?, ins = ?, outs = ?, allowed = ?, blocked = ?, ports = ?, other_ports = ?, devices = ?,
		router_name = ?, asked_name = ?, dns_name = ?, dns_first = ?, dns_last = ?, pending = ? WHERE host = ?`)
	var text []byte
	for i := range rows {
		e := &rows[i]
		var n names
		if e.names != nil {
			n = *e.names
		}
		text = appendPorts(text[:0], e.ports)
		ports := string(text)
		text = appendDevices(text[:0], e.devices)
		devices := string(text)
		if b := e.begin; b != nil {
			w.run(insert, e.String(), int64(e.firstSeq), e.first, e.last, int64(e.in), int64(e.out), int64(e.allowed), int64(e.blocked), ports, int64(e.other), devices,
				n.router, n.asked, n.dns, n.dnsFirst, n.dnsLast, e.pending, int64(b.dir), int64(b.proto), int64(b.hostPort), int64(b.devicePort), b.swapped, b.device, b.router)
		} else {
			w.run(update, e.last, int64(e.in), int64(e.out), int64(e.allowed), int64(e.blocked), ports, int64(e.other), devices,
				n.router, n.asked, n.dns, n.dnsFirst, n.dnsLast, e.pending, e.String())
		}
	}
}

func (w *writer) devices(rows []device, deleted []int64) {
	for _, id := range deleted { // first: one of them may be back under another id
		w.exec("DELETE FROM devices WHERE id = ?", id)
	}
	if len(rows) == 0 {
		return
	}
	put := w.prepare(`INSERT OR REPLACE INTO devices (id, addr, mac, first_seq, first, last, ins, outs, allowed, blocked, hosts, router_name, lease_name, dns_name, dns_first, dns_last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	for i := range rows {
		v := &rows[i]
		var n names
		if v.names != nil {
			n = *v.names
		}
		w.run(put, v.id, AddrText(v.addr), v.mac.String(), int64(v.firstSeq), v.first, v.last, int64(v.in), int64(v.out), int64(v.allowed), int64(v.blocked), int64(v.hosts), n.router, n.lease, n.dns, n.dnsFirst, n.dnsLast)
	}
}

// relabelled moves names and notes of the user's from one text of a Ref to another.
func (w *writer) relabelled(list [][2]string) {
	for _, move := range list {
		w.exec("UPDATE OR IGNORE labels SET host = ? WHERE host = ?", move[1], move[0])
		w.exec("UPDATE OR IGNORE notes SET host = ? WHERE host = ?", move[1], move[0])
	}
}

func (w *writer) holdings(b *holdingBatch) {
	if b.all {
		w.exec("DELETE FROM holdings")
	}
	for _, a := range b.of {
		w.exec("DELETE FROM holdings WHERE addr = ?", a.String())
	}
	if len(b.rows) == 0 {
		return
	}
	put := w.prepare("INSERT INTO holdings (addr, since, mac, before) VALUES (?, ?, ?, ?)")
	for _, r := range b.rows {
		w.run(put, r.addr.String(), r.since, r.mac.String(), r.before)
	}
}

func (w *writer) routers(list []Router) {
	w.exec("DELETE FROM wan")
	for _, v := range list {
		w.exec("INSERT INTO wan (router, addr, told, since, alert, seq) VALUES (?, ?, ?, ?, ?, ?)",
			AddrText(v.Addr), AddrText(v.Public), AddrText(v.Told), v.Since, v.Alerted, int64(v.Seq))
	}
}
