package serve

import (
	"net/http"
	"time"

	"linklog/service/metrics"
)

// metrics gives how the service is as metrics, in Prometheus' text format.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	status := s.statusNow()
	text := metrics.Append(nil, metrics.State{Status: &status, Outlets: s.outletsNow(), Lists: s.listsNow().Lists})
	w.Header().Set("Content-Type", metrics.ContentType)
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	_, err := w.Write(text)
	return err
}
