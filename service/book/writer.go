package book

import (
	"database/sql"
	"encoding/json"
	"slices"
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

// prepare gives a statement for many rows. The driver keeps its program.
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
	insert := w.prepare("INSERT OR REPLACE INTO hosts (host, " + hostColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	update := w.prepare(`UPDATE hosts SET last = ?, ins = ?, outs = ?, ports = ?, other_ports = ?, devices = ?,
		router_name = ?, dns_name = ?, dns_first = ?, dns_last = ?, pending = ? WHERE host = ?`)
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
			w.run(insert, e.String(), int64(e.firstSeq), e.first, e.last, int64(e.in), int64(e.out), ports, int64(e.other), devices,
				n.router, n.dns, n.dnsFirst, n.dnsLast, e.pending, int64(b.dir), int64(b.proto), int64(b.hostPort), int64(b.devicePort), b.swapped, b.device, b.router)
		} else {
			w.run(update, e.last, int64(e.in), int64(e.out), ports, int64(e.other), devices,
				n.router, n.dns, n.dnsFirst, n.dnsLast, e.pending, e.String())
		}
	}
	w.close(insert, update)
}

func (w *writer) close(list ...*sql.Stmt) {
	for _, s := range list {
		if s != nil {
			_ = s.Close()
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
	put := w.prepare(`INSERT OR REPLACE INTO devices (id, addr, first_seq, first, last, ins, outs, hosts, router_name, dns_name, dns_first, dns_last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	for i := range rows {
		v := &rows[i]
		var n names
		if v.names != nil {
			n = *v.names
		}
		w.run(put, v.id, v.addr.String(), int64(v.firstSeq), v.first, v.last, int64(v.in), int64(v.out), int64(v.hosts), n.router, n.dns, n.dnsFirst, n.dnsLast)
	}
	w.close(put)
}

// alertColumns are the columns that scanAlert reads.
const alertColumns = `id, time, kind, host, name, device, device_name, dir, proto, port, service, seq, router, count, hosts, since, old_addr, new_addr, muted`

func (w *writer) alerts(list []Alert, keep int) {
	for _, a := range list {
		var hosts []byte
		if w.err == nil {
			hosts, w.err = json.Marshal(a.Hosts)
		}
		w.exec("INSERT OR REPLACE INTO alerts ("+alertColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			int64(a.ID), a.Time.UnixNano(), a.Kind.String(), addrText(a.Host), a.Name, addrText(a.Device), a.DeviceName, int64(a.Dir), int64(a.Proto), int64(a.Port),
			a.Service, int64(a.Seq), addrText(a.Router), int64(a.Count), string(hosts), a.Since.UnixNano(), addrText(a.OldAddr), addrText(a.NewAddr), a.Muted)
	}
	if len(list) > 0 {
		w.exec("DELETE FROM alerts WHERE id <= (SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?)", keep)
	}
}

func (w *writer) wan(list []wan) {
	w.exec("DELETE FROM wan")
	for _, v := range list {
		w.exec("INSERT INTO wan (router, addr, told, since, alert, seq) VALUES (?, ?, ?, ?, ?, ?)",
			addrText(v.router), addrText(v.addr), addrText(v.told), v.since, v.alert, int64(v.seq))
	}
}
