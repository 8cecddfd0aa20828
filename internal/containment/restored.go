package containment

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
)

// restored is containment.restored. What is contained again is not left alone.
func (s *Service) restored(ctx context.Context, req builtin.Request) (map[string]any, error) {
	f, err := filter(req.Input)
	if err != nil {
		return nil, err
	}
	f.State = harrier.ContainmentActive
	active, _, err := s.some(ctx, req.Tenant, f, 10*most)
	if err != nil {
		return nil, err
	}
	held := map[string]bool{}
	for _, c := range active {
		keys, err := keysOf(c)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			held[c.Action+"\x00"+k] = true
		}
	}
	var ended []harrier.Containment
	for _, f.State = range []harrier.ContainmentState{harrier.ContainmentUndone, harrier.ContainmentExpired} {
		rows, _, err := s.some(ctx, req.Tenant, f, 10*most)
		if err != nil {
			return nil, err
		}
		ended = append(ended, rows...)
	}
	return leftAlone(ended, held)
}

// leftAlone lists what was taken back and is not held again.
func leftAlone(undone []harrier.Containment, held map[string]bool) (map[string]any, error) {
	all, items, seen := []any{}, []any{}, map[string]bool{}
	for _, c := range undone {
		keys, err := keysOf(c)
		if err != nil {
			return nil, err
		}
		own := []any{}
		for _, k := range keys {
			if held[c.Action+"\x00"+k] {
				continue
			}
			own = append(own, k)
			if !seen[k] {
				seen[k], all = true, append(all, k)
			}
		}
		if len(own) == 0 {
			continue
		}
		item := map[string]any{"action": c.Action, "target": c.Target, "keys": own, "at": stamp(c.EndedAt), "run": c.EndedBy.String()}
		if c.Verb != "" {
			item["verb"] = c.Verb
		}
		items = append(items, item)
	}
	return map[string]any{"keys": all, "items": items}, nil
}

// keysOf are the names under which a thing may be met again. A copy of a mail
// may have another id after every move.
func keysOf(c harrier.Containment) ([]string, error) {
	var parts [3]map[string]any
	for i, data := range [][]byte{c.Args, c.UndoArgs, c.After} {
		part, err := object(data)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	mailbox, ok := parts[0]["mailbox"].(string)
	if !ok || parts[0]["message_id"] == nil {
		return []string{c.Target}, nil
	}
	var keys []string
	seen := map[string]bool{}
	for _, part := range parts {
		id, ok := part["message_id"].(string)
		for _, box := range []string{mailbox, strings.ToLower(mailbox)} {
			if key := box + "/" + id; ok && !seen[key] {
				seen[key], keys = true, append(keys, key)
			}
		}
	}
	return keys, nil
}
