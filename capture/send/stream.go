package send

// Source makes the datagrams a Sender sends: it appends the one with the number i,
// which counts from 0, to dst. It is called once for each, in order.
type Source func(i int, dst []byte) []byte

// Stream is a Source of messages of the given forms in turn, New if there are none.
// Each datagram has a RequestID of its own, counting from e's.
func Stream(m *Messages, e Encoding, forms ...Form) Source {
	if len(forms) == 0 {
		forms = []Form{New}
	}
	first := e.RequestID
	var text []byte
	return func(i int, dst []byte) []byte {
		text = m.Append(text[:0], forms[i%len(forms)])
		e.RequestID = first + uint32(i)
		return AppendTrap(dst, &e, text)
	}
}
