package intel

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Kept is an answer as it is stored, so that a restart does not ask again.
type Kept struct {
	Tenant     harrier.TenantID
	Connection harrier.ConnectionID
	Action     string
	Value      string
	Revision   string
	Answer     json.RawMessage
	At, Until  time.Time
}

// Answers stores answers. It is safe for concurrent use.
type Answers interface {
	// KeptAnswers returns answers that hold at a time, those that hold longest first, at
	// most limit.
	KeptAnswers(ctx context.Context, now time.Time, limit int) ([]Kept, error)
	// KeepAnswer stores an answer in place of the one to the same question.
	KeepAnswer(ctx context.Context, k Kept) error
	// DropAnswers removes some of those whose time was over at a time, and returns how many.
	DropAnswers(ctx context.Context, now time.Time) (int64, error)
}

// CallCount is how many calls of a day a connection has used.
type CallCount struct {
	Tenant     harrier.TenantID
	Connection harrier.ConnectionID
	Day        time.Time
	Used       int
}

// recall reads what was kept before this process began, once. What cannot be
// read is asked again.
func (s *Service) recall(ctx context.Context) {
	if s.cfg.Answers == nil {
		return
	}
	s.recalled.Do(func() {
		list, err := s.cfg.Answers.KeptAnswers(context.WithoutCancel(ctx), s.cfg.Now(), s.cfg.CacheSize)
		if err != nil {
			s.cfg.Log.Warn("answers of before not read", "err", err)
		}
		for _, one := range list {
			var a Answer
			if json.Unmarshal(one.Answer, &a) != nil {
				continue
			}
			a.At, a.Until = one.At, one.Until
			s.cache.put(key{one.Tenant, one.Connection, one.Action, one.Revision, one.Value}, a)
		}
	})
}

// keep keeps an answer for as long as it holds.
func (s *Service) keep(ctx context.Context, k key, a Answer) {
	if !a.Until.After(a.At) {
		return
	}
	s.cache.put(k, a)
	if s.cfg.Answers == nil {
		return
	}
	text, err := json.Marshal(a)
	if err == nil {
		err = s.cfg.Answers.KeepAnswer(ctx, Kept{
			Tenant: k.tenant, Connection: k.connection, Action: k.action, Value: k.value, Revision: k.revision, Answer: text, At: a.At, Until: a.Until,
		})
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("answer not kept", "connection_id", k.connection, "action", k.action, "err", err)
	}
}

// Run removes answers whose time is over from the store, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	const each = time.Hour
	if s.cfg.Answers == nil {
		return nil
	}
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for {
		for more := int64(1); more > 0 && ctx.Err() == nil; {
			var err error
			if more, err = s.cfg.Answers.DropAnswers(ctx, s.cfg.Now()); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("drop old answers", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
