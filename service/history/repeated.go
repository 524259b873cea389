package history

import (
	"encoding/binary"
	"slices"

	"linklog/service/sqlite"
)

// A complete file has each of its hosts once more, with its ids: it is in hosts again and again (see
// dictionaryKey), and a filter that looked at each of these would take twenty times as long. It can be
// dropped at any time, and stands in the table columns, below the blocks: what reads that table asks for
// certain blocks. It takes a byte and a quarter for each event, where hosts are the most.
//
// The first is the highest id, and then the hosts, as in a pack; each of the others has the
// ids of a group of these: the length in bytes, and the differences from one to the next.
const (
	repeatedHosts = -1
	repeatedIDs   = -2 // of the first group, then down
	repeatedGroup = 256
)

// Where it is of no use it is not made: where there are few hosts, where most are there once, as
// in a flood from invented addresses, and where it would take too much memory.
const (
	minRepeated = 16 * packSize
	maxRepeated = 1 << 17 // different hosts
)

// repeat finds the hosts that are in the packs and stores them, within a transaction.
func (w *writer) repeat() error {
	if err := w.c.Exec("DELETE FROM columns WHERE id < 0"); err != nil {
		return err
	}
	type ids struct {
		list []byte
		last uint32
	}
	place := make(map[string]int)
	var all []ids
	hosts, id, next := []byte(nil), uint32(0), int64(0)
	err := w.c.Each(func(row sqlite.Row) error {
		data := row.Blob(1)
		if row.Int(0) != next || len(place) > maxRepeated {
			return sqlite.ErrStop
		}
		for next++; len(data) > 0; {
			_, rest, ok := nextHost(data)
			if !ok {
				return sqlite.Damaged(w.c.Path(), "host %d in its pack", id+1)
			}
			h := data[:len(data)-len(rest)]
			data = rest
			id++
			i, known := place[string(h)]
			if !known {
				i = len(all)
				place[string(h)] = i
				all = append(all, ids{})
				hosts = append(hosts, h...)
			}
			all[i].list = binary.AppendUvarint(all[i].list, uint64(id-all[i].last))
			all[i].last = id
		}
		return nil
	}, "SELECT pack, data FROM packs ORDER BY pack")
	if err != nil || id < minRepeated || len(all) > min(maxRepeated, int(id/2)) {
		return err
	}
	add := func(key int64, data []byte) error {
		return w.c.Exec("INSERT INTO columns (id, data) VALUES (?,?)", key, data)
	}
	err = add(repeatedHosts, append(binary.AppendUvarint(nil, uint64(id)), hosts...))
	key := int64(repeatedIDs)
	for group := range slices.Chunk(all, repeatedGroup) {
		if err != nil {
			break
		}
		var data []byte
		for _, of := range group {
			data = append(binary.AppendUvarint(data, uint64(len(of.list))), of.list...)
		}
		err = add(key, data)
		key--
	}
	return err
}

// repeated gives the hosts that a complete file has again and again, as in a pack, and the highest
// of their ids; 0: it has none of them.
func (r *reader) repeated() (hosts []byte, most uint32, err error) {
	data, err := r.data(repeatedHosts)
	if err != nil || data == nil {
		return nil, 0, err
	}
	id, n := binary.Uvarint(data)
	if n <= 0 || id > hostMask {
		return nil, 0, r.wrongRepeated()
	}
	return data[n:], uint32(id), nil
}

func (r *reader) wrongRepeated() error {
	return sqlite.Damaged(r.c.Path(), "the ids of hosts that it has again and again")
}

// idsOf reads the ids of repeated hosts, whose numbers are ascending.
type idsOf struct {
	r    *reader
	most uint32
	next int    // host
	end  int    // of its group
	data []byte // of it and those behind it in its group
}

// each calls f with the ids of a host.
func (o *idsOf) each(number int, f func(id uint32)) (err error) {
	if number >= o.end {
		group := number / repeatedGroup
		o.next, o.end = group*repeatedGroup, (group+1)*repeatedGroup
		if o.data, err = o.r.data(repeatedIDs - int64(group)); err != nil {
			return err
		}
	}
	var ids []byte
	for ok := true; o.next <= number; o.next++ {
		if ids, o.data, ok = nextBytes(o.data); !ok {
			return o.r.wrongRepeated()
		}
	}
	for id := uint64(0); len(ids) > 0; {
		more, n := binary.Uvarint(ids)
		if id += more; n <= 0 || more > uint64(o.most) || id > uint64(o.most) {
			return o.r.wrongRepeated()
		}
		f(uint32(id))
		ids = ids[n:]
	}
	return nil
}
