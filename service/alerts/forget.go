package alerts

import (
	"bytes"
	"database/sql"
	"net/netip"
	"slices"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/book"
)

// Forget takes out what is about those who are forgotten, of what is to be told later and of what
// rules know. The file loses it in the transaction that it gives, with the alerts about them.
func (a *Alerts) Forget(of *book.Removal) (write func(*sql.Tx) error) {
	about := func(one Alert) bool { return one.about(of) }
	a.waiting = slices.DeleteFunc(slices.Clone(a.waiting), func(w waiting) bool {
		r := w.host.Ref()
		return of.Gone(r.Addr, r.Name)
	})
	a.outbox = slices.DeleteFunc(slices.Clone(a.outbox), about)
	a.nameless = nameless{}
	for _, w := range a.all() {
		for _, b := range [...]*bundle{&w.Burst, &w.Away} {
			before := len(b.First)
			b.First = slices.DeleteFunc(slices.Clone(b.First), about)
			if b.Count -= uint64(before - len(b.First)); len(b.First) == 0 {
				b.Count = 0 // of the others nobody knows who they are
			}
		}
		w.met.fresh = slices.DeleteFunc(slices.Clone(w.met.fresh), func(key string) bool { return keyAbout([]byte(key), of) })
		w.own.forget(of)
		w.unsaved = true
	}
	var unignored []string
	a.ignores.user = slices.DeleteFunc(slices.Clone(a.ignores.user), func(r ignored) bool {
		if of.Aged || !filterAbout(r.query, of) {
			return false
		}
		unignored = append(unignored, r.query)
		return true
	})
	return func(tx *sql.Tx) error { return forgetRows(tx, of, unignored) }
}

// forgetRows is Forget in the file.
func forgetRows(tx *sql.Tx, of *book.Removal, ignores []string) error {
	told, err := idsOf(tx, "SELECT "+columns+" FROM alerts", func(rows *sql.Rows) (uint64, bool, error) {
		one, err := scan(rows)
		return one.ID, one.about(of), err
	})
	if err != nil {
		return err
	}
	met, err := idsOf(tx, "SELECT id, key FROM met", func(rows *sql.Rows) (id uint64, is bool, err error) {
		var key sql.RawBytes
		err = rows.Scan(&id, &key)
		return id, keyAbout(key, of), err
	})
	if err != nil {
		return err
	}
	for _, id := range told {
		if _, err := tx.Exec("DELETE FROM alerts WHERE id = ?", int64(id)); err != nil {
			return err
		}
	}
	for _, id := range met {
		if _, err := tx.Exec("DELETE FROM met WHERE id = ?", int64(id)); err != nil {
			return err
		}
	}
	for _, query := range ignores {
		if _, err := tx.Exec("DELETE FROM ignores WHERE query = ?", query); err != nil {
			return err
		}
	}
	_, err = tx.Exec("DELETE FROM undelivered WHERE alert NOT IN (SELECT id FROM alerts)")
	return err
}

// idsOf gives the ids of the rows of which one says that it is meant.
func idsOf(tx *sql.Tx, query string, one func(*sql.Rows) (id uint64, is bool, err error)) (ids []uint64, err error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		id, is, err := one(rows)
		if err != nil {
			return nil, err
		}
		if is {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// about reports whether an alert is about somebody who is forgotten, or an event that is.
func (a *Alert) about(of *book.Removal) bool {
	name := a.Name
	if a.Host.IsValid() && (a.Device.IsValid() || a.DeviceName != "") {
		name = "" // it is by this name that the device knows the host
	}
	device := a.DeviceName
	if a.Device.IsValid() {
		device = ""
	}
	if a.Seq > 0 && of.Seq(a.Seq) || of.Gone(a.Host, name) || of.Gone(a.Device, device) || of.Gone(a.OldAddr, "") || of.Gone(a.NewAddr, "") {
		return true
	}
	if mac, is := capture.ParseMAC(a.Message); is && of.GoneMAC(mac) {
		return true
	}
	return slices.ContainsFunc(a.Hosts, func(h AlertHost) bool { return of.Gone(h.Host, h.Name) })
}

// keyAbout reports whether a rule that told once did so for somebody who is forgotten; see keyOf.
func keyAbout(key []byte, of *book.Removal) bool {
	gone := func(text []byte) bool {
		if a, err := netip.ParseAddr(string(text)); err == nil {
			return of.Gone(a, "")
		}
		return of.Gone(netip.Addr{}, string(text))
	}
	if gone(key) {
		return true
	}
	device, host, two := bytes.Cut(key, []byte{' '})
	if two && (gone(device) || gone(host)) {
		return true
	}
	const size = len(capture.MAC{})
	return len(key) > size && key[size] == ' ' && (of.GoneMAC(capture.MAC(key[:size])) || gone(key[size+1:]))
}

// filterAbout reports whether a filter names nobody but one who is forgotten.
func filterAbout(query string, of *book.Removal) bool {
	f, err := filter.Parse(query)
	if err != nil {
		return false
	}
	addr, _ := netip.ParseAddr(f.IP)
	mac, _ := capture.ParseMAC(f.MAC)
	switch f {
	case filter.Filter{IP: f.IP}:
		return of.Gone(addr, "")
	case filter.Filter{MAC: f.MAC}:
		return of.GoneMAC(mac)
	case filter.Filter{Host: f.Host}:
		return of.Gone(netip.Addr{}, f.Host)
	}
	return false
}

// forget lets rules that are built in know nothing of those who are forgotten.
func (o *own) forget(of *book.Removal) {
	o.Scans = slices.DeleteFunc(slices.Clone(o.Scans), func(x scanning) bool { return of.Gone(x.Host, "") })
	for i := range o.Scans {
		x := &o.Scans[i]
		x.Tried = slices.DeleteFunc(slices.Clone(x.Tried), func(a netip.AddrPort) bool { return of.Gone(a.Addr(), "") })
	}
	o.Scanned = slices.DeleteFunc(slices.Clone(o.Scanned), func(x scanned) bool { return of.Gone(x.Host, "") })
	o.Listed = slices.DeleteFunc(slices.Clone(o.Listed), func(x toldListed) bool { return of.Gone(x.Host, x.Name) || of.Gone(x.Device, "") })
	o.Routers = slices.DeleteFunc(slices.Clone(o.Routers), func(x silence) bool { return of.Gone(x.Addr, "") })
}
