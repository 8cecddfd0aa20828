package pull

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
)

// RowAsker fetches the rows that a search of Splunk has found: its webhook
// brings the first one alone, and the id of the search.
type RowAsker interface {
	// RowsFrom names the connection that a source fetches rows by; empty is none.
	RowsFrom(src harrier.Source) string
	// Rows returns all rows of a search.
	Rows(ctx context.Context, src harrier.Source, sid string) ([]json.RawMessage, error)
}

// Arrivals reads what was committed, in the order of commits.
type Arrivals interface {
	// EventsAfter returns up to limit events of a tenant after an id, with the
	// bytes of those of a source.
	EventsAfter(ctx context.Context, of Position, after harrier.EventID, limit int) ([]harrier.RawEvent, error)
}

const (
	// tries is how often a search is asked for its rows before it is given up.
	tries = 8
	// glance is how many events are looked through at once.
	glance = 500
	// rowMark tells rows that were fetched from what a sender sent.
	rowMark = `{"fetched":"rows"}`
)

// firstRow is what a webhook of Splunk brings.
type firstRow struct {
	SID    string          `json:"sid"`
	Result json.RawMessage `json:"result"`
}

// Complete looks through what has come since it was done last, and fetches the
// rows that are left out. A row is an event of its own. How far it looked is
// kept with the rows, so that a crash neither loses nor doubles one.
func (s *Service) Complete(ctx context.Context, src harrier.Source) error {
	p, err := s.cfg.Store.Position(ctx, src.Tenant, src.ID)
	if err != nil {
		return err
	}
	p.Tenant, p.Source = src.Tenant, src.ID
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	if p.Failures > 0 && now.Before(p.due(Settings{every: lookEvery})) && now.After(p.PolledAt) {
		return nil
	}
	var after harrier.EventID
	if p.Window.Page != "" {
		if after, err = harrier.ParseID[harrier.EventID](p.Window.Page); err != nil {
			return err
		}
	}
	events, err := s.cfg.Arrivals.EventsAfter(ctx, p, after, glance)
	if err != nil || len(events) == 0 {
		return err
	}
	for _, e := range events {
		var first firstRow
		if e.Source == src.ID && string(bytes.TrimSpace(e.Meta)) != rowMark && json.Unmarshal(e.Body, &first) == nil && first.SID != "" && len(first.Result) > 0 {
			p.PolledAt = now
			if err := s.complete(ctx, src, e, &p); err != nil {
				return s.failed(ctx, p, err)
			}
		}
		p.Window.Page = e.ID.String()
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.PutPosition(ctx, tx, p) })
}

// complete fetches the rows of one search.
func (s *Service) complete(ctx context.Context, src harrier.Source, e harrier.RawEvent, p *Position) error {
	var first firstRow
	if err := json.Unmarshal(e.Body, &first); err != nil {
		return harrier.Errorf(harrier.Invalid, "the event is no object: %w", err)
	}
	sid := first.SID
	asking, cancel := context.WithTimeoutCause(ctx, round, harrier.Errorf(harrier.Unavailable, "the source did not answer within %s", round))
	defer cancel()
	rows, err := s.cfg.Rows.Rows(asking, src, sid)
	if err != nil && (p.Failures+1 < tries || ctx.Err() != nil) {
		return err
	}
	if err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "the rows of a search are given up; its first row is there", slog.String("source", src.Name), slog.String("sid", sid), slog.Any("err", err))
		p.Failures, p.Error = 0, clip(err.Error(), 500)
		return nil
	}
	p.AnsweredAt, p.Failures, p.Error = p.PolledAt, 0, ""
	for from := 1; from < len(rows); from += atMost {
		if err := s.addRows(asking, search{e, sid}, rows[from:min(from+atMost, len(rows))], from); err != nil {
			return err
		}
	}
	return nil
}

// search is one whose rows are added, with the event that tells of it.
type search struct {
	event harrier.RawEvent
	sid   string
}

// addRows commits rows that were not taken before; the first has a number.
func (s *Service) addRows(ctx context.Context, of search, rows []json.RawMessage, number int) error {
	e, sid := of.event, of.sid
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		var fresh []harrier.RawEvent
		for i, row := range rows {
			body, err := withRow(e.Body, row, number+i)
			if err != nil {
				return err
			}
			raw := e
			raw.ID, raw.Body, raw.Meta, raw.State = harrier.NewID[harrier.EventID](e.Received), body, json.RawMessage(rowMark), harrier.EventPending
			raw.Reason, raw.Alert, raw.Attempts, raw.EndedAt = "", harrier.AlertID{}, 0, time.Time{}
			_, claimed, err := s.cfg.Store.ClaimDelivery(ctx, tx, raw, "rows/"+sid+"/"+strconv.Itoa(number+i))
			if err != nil {
				return err
			}
			if claimed {
				fresh = append(fresh, raw)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		return s.cfg.Intake.AcceptIn(ctx, tx, fresh)
	})
}

// withRow is the event with another row, and the number of that row.
func withRow(body []byte, row json.RawMessage, offset int) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the event is no object: %w", err)
	}
	number, _ := json.Marshal(offset) // a number always encodes
	all["result"], all["offset"] = row, number
	return json.Marshal(all)
}
