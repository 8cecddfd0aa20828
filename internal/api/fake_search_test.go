package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

var _ Search = (*world)(nil)

func (w *world) AskAlerts(ctx context.Context, by harrier.Principal, in Wanted) (List[Alert], error) {
	list, err := w.Alerts(ctx, by, harrier.AlertFilter{}, in.Page)
	if in.Count {
		list.Total = &Total{Value: int64(len(list.Items))}
	}
	return list, err
}

func (w *world) AskCases(ctx context.Context, by harrier.Principal, in Wanted) (List[Case], error) {
	return w.Cases(ctx, by, harrier.CaseFilter{}, in.Page)
}

func (w *world) Search(_ context.Context, by harrier.Principal, text string, _ int) (SearchResult, error) {
	if w.broken != nil {
		return SearchResult{}, w.broken
	}
	if by.Tenant != harrier.DefaultTenant {
		return SearchResult{Query: text}, nil
	}
	return SearchResult{Query: text, Groups: []SearchGroup{{Noun: "alerts", Items: []SearchHit{{ID: fixed[harrier.AlertID]("alert").String()}}}}}, nil
}
