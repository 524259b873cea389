package health_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"linklog/service/health"
)

// Two parts of the service with trouble at one place do not take each other's for over, nor
// do two files.
func TestConditionsStayApart(t *testing.T) {
	var log strings.Builder
	h := health.NewHealth(slog.New(slog.NewTextHandler(&log, nil)))
	says := func(want ...string) {
		t.Helper()
		var got []string
		for _, c := range h.List() {
			got = append(got, c.Where()+": "+c.Reason().String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	h.Check(health.AlertFailed, errors.New("exit status 3"))
	h.Check(health.AlertsUnread, errors.New("disk failure"))
	h.Report(health.New(health.HistoryFileUnused, "b.db", "Error", errors.New("newer")))
	h.Report(health.New(health.HistoryFileUnused, "a.db", "Error", errors.New("older")))
	h.Check(health.AlertsUnread, nil)
	h.Over(health.HistoryFileUnused, "b.db")
	says("history file a.db: not used until this is fixed and the service restarted: older", "on_alert: exit status 3")

	since := h.List()[1].Since
	h.Check(health.AlertFailed, errors.New("exit status 4"))
	says("history file a.db: not used until this is fixed and the service restarted: older", "on_alert: exit status 4")
	if again := h.List()[1].Since; again != since || since.IsZero() {
		t.Errorf("it began %v, now %v", since, again)
	}
	h.Check(health.AlertFailed, nil)
	h.Check(health.AlertFailed, nil)
	if n := strings.Count(log.String(), "msg=trouble with=on_alert"); n != 2 {
		t.Errorf("%d troubles in the log, of 2:\n%s", n, &log)
	}
	if n := strings.Count(log.String(), `msg="trouble is over" with=on_alert`); n != 2 {
		t.Errorf("%d are over in the log, of 2:\n%s", n, &log)
	}
}
