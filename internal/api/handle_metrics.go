package api

import (
	"cmp"
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/figures"
)

// metricRoutes is the part of the table about how the work goes.
func (s *Server) metricRoutes() []route {
	return []route{
		{"GET /v1/metrics/cases", harrier.CasesRead, "getCaseMetrics", "Say how long cases take, and what they were", call(s.caseMetrics)},
		{"GET /v1/metrics/alerts", harrier.AlertsRead, "getAlertMetrics", "Say what came in, and how much of it was noise", call(s.alertMetrics)},
		{"GET /v1/metrics/workload", harrier.CasesRead, "getWorkload", "Say who has how much to do", call(s.workload)},
	}
}

// Spanned is the part of a request that asks about a time.
type Spanned struct {
	Days     int    `query:"days" minimum:"1" maximum:"366" default:"30" doc:"How many days, today included."`
	From     string `query:"from" maxLength:"10" doc:"The first day, instead of days; like 2026-11-01."`
	To       string `query:"to" maxLength:"10" doc:"The last day; absent for today."`
	TimeZone string `query:"time_zone" maxLength:"64" doc:"Where days begin, such as Europe/Berlin; UTC where it is absent."`
}

// window is the time that is asked about.
func (in Spanned) window(now time.Time) (figures.Window, error) {
	zone, err := time.LoadLocation(cmp.Or(in.TimeZone, "UTC"))
	if err != nil || in.TimeZone == "Local" {
		return figures.Window{}, harrier.Errorf(harrier.Invalid, "there is no time zone %q; write it like Europe/Berlin", in.TimeZone)
	}
	switch {
	case in.From != "":
		return figures.Between(in.From, cmp.Or(in.To, now.In(zone).Format(time.DateOnly)), zone)
	case in.To != "":
		return figures.Window{}, harrier.Errorf(harrier.Invalid, "to is there without from; say from which day")
	}
	return figures.Span(now, in.Days, zone)
}

// AboutFigures tells what figures are about.
func AboutFigures(w figures.Window, by string, estimated bool) Figured {
	return Figured{From: w.From.Format(time.DateOnly), To: w.To.Add(-time.Hour).Format(time.DateOnly), TimeZone: w.Zone.String(), By: by, Estimated: estimated}
}

type caseMetricsIn struct {
	Spanned
	By string `query:"by" enum:"category,severity,owner,disposition,day,week" default:"category" doc:"By what cases are told apart."`
}

func (s *Server) caseMetrics(ctx context.Context, in *caseMetricsIn) (CaseMetrics, error) {
	w, err := in.window(s.cfg.Now())
	if err != nil {
		return CaseMetrics{}, err
	}
	m, err := s.cfg.Ports.Metrics.CaseMetrics(ctx, principal(ctx), w, in.By)
	m.Items = some(m.Items)
	return m, err
}

type alertMetricsIn struct {
	Spanned
	By string `query:"by" enum:"source,severity,day,week" default:"source" doc:"By what alerts are told apart."`
}

func (s *Server) alertMetrics(ctx context.Context, in *alertMetricsIn) (AlertMetrics, error) {
	w, err := in.window(s.cfg.Now())
	if err != nil {
		return AlertMetrics{}, err
	}
	m, err := s.cfg.Ports.Metrics.AlertMetrics(ctx, principal(ctx), w, in.By)
	m.Items = some(m.Items)
	return m, err
}

// workload handles GET /v1/metrics/workload. Who may read no alerts learns of none.
func (s *Server) workload(ctx context.Context, _ *noInput) (List[Load], error) {
	items, err := s.cfg.Ports.Metrics.Workload(ctx, principal(ctx))
	return full(List[Load]{Items: items}, err)
}
