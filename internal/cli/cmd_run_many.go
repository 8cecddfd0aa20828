package cli

import (
	"context"
	"strconv"

	"github.com/harrier-soar/harrier"
)

// runOn is an alert or a case that a playbook runs on.
type runOn struct {
	// name is as it was given, id the object's.
	name, id string
	isCase   bool
}

// on makes a run one on the object.
func (o runOn) on(body *startBody) {
	if o.isCase {
		body.Case = o.id
		return
	}
	body.Alert = o.id
}

// objects returns what is to be run on, each once.
func (s *shell) objects(ctx context.Context, c *link, f runFlags) (list []runOn, err error) {
	seen := map[string]bool{}
	for _, id := range f.alerts {
		if !seen[id] {
			seen[id] = true
			list = append(list, runOn{name: id, id: id})
		}
	}
	for _, name := range f.cases {
		o := runOn{name: name, id: name, isCase: true}
		if _, err := strconv.ParseInt(name, 10, 64); err == nil {
			d, err := c.GetCase(ctx, name)
			if err != nil {
				return nil, err
			}
			o.id = d.ID.String()
		}
		if !seen[o.id] {
			seen[o.id] = true
			list = append(list, o)
		}
	}
	return list, nil
}

// many is a playbook that runs on several objects.
type many struct {
	body    startBody
	flags   runFlags
	objects []runOn
}

// runMany starts a playbook on each of several objects and watches none. What
// cannot start on one starts on the others.
func (s *shell) runMany(ctx context.Context, c *link, m many) error {
	type started struct {
		On      string `json:"on"`
		Run     string `json:"run,omitempty"`
		Problem string `json:"problem,omitempty"`
	}
	list := make([]started, len(m.objects))
	failed := 0
	for i, o := range m.objects {
		body, flags := m.body, m.flags
		o.on(&body)
		if flags.key != "" { // the same key on another object is another run
			flags.key += "/" + o.id
		}
		run, err := s.startRun(ctx, c, body, flags)
		list[i] = started{On: o.name}
		if err != nil {
			list[i].Problem = err.Error()
			failed++
			continue
		}
		list[i].Run = run.ID.String()
	}
	out, err := object(list)
	if err != nil {
		return err
	}
	out.head = []string{"ON", "RUN", "PROBLEM"}
	for _, one := range list {
		out.rows = append(out.rows, []string{one.On, one.Run, one.Problem})
		if one.Run != "" {
			out.names = append(out.names, one.Run)
		}
	}
	if err := s.print(out); err != nil {
		return err
	}
	if failed > 0 {
		return harrier.Errorf(harrier.Conflict, "%d of %d runs did not start", failed, len(list))
	}
	return nil
}
