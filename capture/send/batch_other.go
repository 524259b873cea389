//go:build !linux

package send

// batchWriter sends batches one by one: only Linux has a call for more.
func batchWriter(s *Sender) func(batch [][]byte) (int, error) { return s.writeSingly }
