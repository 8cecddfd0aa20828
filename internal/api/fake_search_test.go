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
	if in.Page.Limit == maxBulk {
		list.Next = "" // these are all
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

var _ Once = (*world)(nil)

func (w *world) Earlier(_ context.Context, by harrier.Principal, k OnceKey) (Earlier, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, ok := w.kept[by.ID.String()+k.Key]
	return Earlier{Done: ok, Same: was.print == k.Print, Answer: was.answer}, nil
}

func (w *world) Under(ctx context.Context, _ harrier.Principal, _ OnceKey) context.Context {
	return ctx
}

func (w *world) Keep(_ context.Context, by harrier.Principal, k OnceKey, a Answered) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kept == nil {
		w.kept = map[string]keptAnswer{}
	}
	w.kept[by.ID.String()+k.Key] = keptAnswer{k.Print, a}
	return nil
}

type keptAnswer struct {
	print  [32]byte
	answer Answered
}
