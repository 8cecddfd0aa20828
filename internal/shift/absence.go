package shift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// The sorts of work that an absence moves.
const (
	caseWork     = "case"
	taskWork     = "task"
	questionWork = "question"
)

// Work is something open that somebody has: a case, a task or a question that
// they are asked.
type Work struct {
	Noun string
	Case harrier.CaseID
	// Task is which task of the case.
	Task     string
	Question harrier.ApprovalID
}

// Subject is the id of a piece of work.
func (w Work) Subject() string {
	switch w.Noun {
	case taskWork:
		return w.Task
	case questionWork:
		return w.Question.String()
	}
	return w.Case.String()
}

// Named makes it the piece of work of an id.
func (w *Work) Named(subject string) (err error) {
	switch w.Noun {
	case taskWork:
		w.Task = subject
	case questionWork:
		w.Question, err = harrier.ParseID[harrier.ApprovalID](subject)
	}
	return err
}

// Move is what an absence did with a piece of work.
type Move struct {
	Tenant  harrier.TenantID
	Absence harrier.OnCallID
	Seq     int
	Work
	// To is who got it; nobody where the id is zero.
	To harrier.Person
	// Held is why it was not moved; empty where it was.
	Held string
	At   time.Time
	// Returned is when it was given back; zero where it was not.
	Returned time.Time
}

// Absences keeps what absences do.
type Absences interface {
	// AbsencesToMove returns absences that have begun and whose people's work was
	// not given to others yet.
	AbsencesToMove(ctx context.Context, now time.Time, limit int) ([]rota.Change, error)
	// AbsencesToReturn returns those that are over and whose people get back what
	// is open.
	AbsencesToReturn(ctx context.Context, now time.Time, limit int) ([]rota.Change, error)
	// UpdateOnCall stores what became of a change; another rev is Conflict.
	UpdateOnCall(ctx context.Context, tx harrier.Tx, c rota.Change) error
	// OpenWork returns what is open of a person.
	OpenWork(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who harrier.Person) ([]Work, error)
	// PutMove adds what an absence did, or notes that it was given back.
	PutMove(ctx context.Context, tx harrier.Tx, m Move) error
	// Moves returns what an absence did, in order.
	Moves(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.OnCallID) ([]Move, error)
}

// Cases passes cases and tasks on.
type Cases interface {
	// Pass gives something to somebody else in the transaction of its cause.
	Pass(ctx context.Context, tx harrier.Tx, by harrier.Principal, p casework.Passing) (became string, members []casework.Member, err error)
}

// Questions asks others.
type Questions interface {
	// Redirect asks somebody else too, in the transaction of its cause.
	Redirect(ctx context.Context, tx harrier.Tx, by harrier.Principal, r approval.Redirection) (done bool, err error)
}

// Accounts knows who people are that log in.
type Accounts interface {
	// Login returns who logs in by a name; ok is false where nobody does, or may not.
	Login(ctx context.Context, tenant harrier.TenantID, name string) (p harrier.Person, ok bool, err error)
}

const (
	// looking is how often absences are looked for.
	looking = 30 * time.Second
	batch   = 20
)

// Run moves the work of absent people, and gives it back, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	rounds.Until(ctx, nil, func(ctx context.Context) time.Duration {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("move the work of absent people", "err", err)
		}
		return looking
	})
	return nil
}

// Sweep moves the work of those who are absent now, and gives back to those who
// are not any more.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	begun, err := s.cfg.Store.AbsencesToMove(ctx, now, batch)
	if err != nil {
		return err
	}
	over, err := s.cfg.Store.AbsencesToReturn(ctx, now, batch)
	if err != nil {
		return err
	}
	var failed []error // one absence does not hold the others up
	for _, do := range []struct {
		list []rota.Change
		one  func(context.Context, rota.Change) error
	}{{begun, s.moveAway}, {over, s.giveBack}} {
		for _, c := range do.list {
			if err := do.one(ctx, c); err != nil && harrier.KindOf(err) != harrier.Conflict { // somebody changed it meanwhile
				failed = append(failed, fmt.Errorf("absence %s: %w", c.ID, err))
			}
		}
	}
	return errors.Join(failed...)
}

// system is who moves work.
func system(tenant harrier.TenantID) harrier.Principal {
	return harrier.Principal{ID: harrier.SystemPrincipal, Tenant: tenant, Name: "harrier"}
}

// login is who a person of the rotas logs in as.
func (s *Service) login(ctx context.Context, tenant harrier.TenantID, key string) (p harrier.Person, ok bool, err error) {
	person, known := s.cfg.People(tenant)[key]
	if !known {
		return p, false, nil
	}
	return s.cfg.Accounts.Login(ctx, tenant, cmp.Or(person.Login, key))
}

// stand is who takes an absent person's work: whom they named, else whoever is
// on call of a rota that they are in, else nobody.
func (s *Service) stand(ctx context.Context, c rota.Change) (key string, p harrier.Person, err error) {
	keys := []string{c.Cover}
	if c.Cover == "" {
		seats, err := s.cfg.OnCall.Standings(ctx, c.Tenant, s.now())
		if err != nil {
			return "", p, err
		}
		for _, st := range seats {
			if slices.ContainsFunc(st.Rota.Layers, func(l rota.Layer) bool { return slices.Contains(l.People, c.Person) }) {
				keys = append(keys, st.Now.Person)
			}
		}
	}
	for _, key := range keys {
		if key == "" || key == c.Person {
			continue
		}
		if p, ok, err := s.login(ctx, c.Tenant, key); err != nil || ok {
			return key, p, err
		}
	}
	return "", harrier.Person{}, nil
}

// moving is one absence whose work is moved.
type moving struct {
	s        *Service
	c        rota.Change
	from, to harrier.Person
	key      string // of whoever gets it
	why      string
	moved    map[string]int
	// members are who has to be told that something of a restricted case stays.
	members []casework.Member
}

// moveAway gives the work of an absent person to others: one transaction.
func (s *Service) moveAway(ctx context.Context, c rota.Change) error {
	from, known, err := s.login(ctx, c.Tenant, c.Person)
	if err != nil {
		return err
	}
	key, to, err := s.stand(ctx, c)
	if err != nil {
		return err
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		m := &moving{s: s, c: c, from: from, to: to, key: key, moved: map[string]int{}, why: c.Person + " is absent until " + c.Until.Format(time.RFC3339)}
		if known {
			if err := m.all(ctx, tx); err != nil {
				return err
			}
		}
		c := c
		c.Moved = s.now()
		if err := s.cfg.Store.UpdateOnCall(ctx, tx, c); err != nil {
			return err
		}
		if err := m.tell(ctx, tx); err != nil {
			return err
		}
		return s.auditMove(ctx, tx, "oncall.move", c, m.moved)
	})
}

// all moves everything that is open.
func (m *moving) all(ctx context.Context, tx harrier.Tx) error {
	open, err := m.s.cfg.Store.OpenWork(ctx, tx, m.c.Tenant, m.from)
	if err != nil {
		return err
	}
	for i, w := range open {
		became, err := m.one(ctx, tx, w)
		if err != nil {
			return err
		}
		row := Move{Tenant: m.c.Tenant, Absence: m.c.ID, Seq: i + 1, Work: w, To: m.to, At: m.s.now()}
		switch became {
		case casework.Gone:
			continue
		case casework.Kept:
			row.Held, row.To = "whoever would get it is asked already, or may not see it or decide on it", harrier.Person{}
		case casework.Passed:
			m.moved[w.Noun]++
		}
		if err := m.s.cfg.Store.PutMove(ctx, tx, row); err != nil {
			return err
		}
	}
	return nil
}

// one moves a piece of work.
func (m *moving) one(ctx context.Context, tx harrier.Tx, w Work) (became string, err error) {
	by := system(m.c.Tenant)
	if w.Noun == questionWork {
		if m.to.ID.IsZero() {
			return casework.Kept, nil
		}
		done, err := m.s.cfg.Questions.Redirect(ctx, tx, by, approval.Redirection{Tenant: m.c.Tenant, Approval: w.Question, To: m.to, Reason: m.why})
		if err != nil || done {
			return casework.Passed, err
		}
		return casework.Kept, nil
	}
	became, members, err := m.s.cfg.Cases.Pass(ctx, tx, by, casework.Passing{Tenant: m.c.Tenant, Case: w.Case, Task: w.Task, From: m.from, To: m.to, Why: m.why})
	for _, one := range members {
		if one.Principal != m.from.ID && !slices.ContainsFunc(m.members, func(o casework.Member) bool { return o.Principal == one.Principal }) {
			m.members = append(m.members, one)
		}
	}
	return became, err
}

// tell tells whoever got the work, the team where nobody did, and members of
// restricted cases that something of them stays.
func (m *moving) tell(ctx context.Context, tx harrier.Tx) error {
	what := counted(m.moved)
	notices := []pager.Notice{}
	switch {
	case what == "":
	case m.key != "":
		notices = append(notices, pager.Notice{Key: "to", To: []string{"person:" + m.key}, Title: m.why + ": " + what + " for you", Text: "harrier case list --owner me\nharrier approval list"})
	default:
		notices = append(notices, pager.Notice{Key: "nobody", Title: m.why + " and nobody takes over: " + what + " without an owner", Text: "harrier case list"})
	}
	for key, p := range m.s.cfg.People(m.c.Tenant) {
		if slices.ContainsFunc(m.members, func(o casework.Member) bool { return o.Name == cmp.Or(p.Login, key) }) {
			// which case it is they see when they log in: channels are read by others
			notices = append(notices, pager.Notice{Key: "kept " + key, To: []string{"person:" + key}, Title: "Something that is restricted needs you", Text: "Log in to see what it is: somebody who had it is absent."})
		}
	}
	for _, n := range notices {
		n.Tenant, n.Key, n.Facts = m.c.Tenant, "absence "+m.c.ID.String()+" "+n.Key, pager.Facts{Kind: "absence", Severity: "medium"}
		if _, _, err := m.s.cfg.Tells.Tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// counted says how much was moved.
func counted(moved map[string]int) string {
	var parts []string
	for _, noun := range []string{caseWork, taskWork, questionWork} {
		switch n := moved[noun]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+noun)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, noun))
		}
	}
	return strings.Join(parts, ", ")
}

// giveBack gives what is still open back to somebody who is there again: one
// transaction.
func (s *Service) giveBack(ctx context.Context, c rota.Change) error {
	home, known, err := s.login(ctx, c.Tenant, c.Person)
	if err != nil {
		return err
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		given := map[string]int{}
		if known {
			if given, err = s.allBack(ctx, tx, c, home); err != nil {
				return err
			}
		}
		c := c
		c.Returned = s.now()
		if err := s.cfg.Store.UpdateOnCall(ctx, tx, c); err != nil {
			return err
		}
		if what := counted(given); what != "" {
			_, _, err := s.cfg.Tells.Tell(ctx, tx, pager.Notice{
				Tenant: c.Tenant, Key: "absence " + c.ID.String() + " back", Facts: pager.Facts{Kind: "absence", Severity: "info"}, To: []string{"person:" + c.Person},
				Title: "Yours again: " + what, Text: "harrier case list --owner me",
			})
			if err != nil {
				return err
			}
		}
		return s.auditMove(ctx, tx, "oncall.give-back", c, given)
	})
}

// allBack gives back what an absence moved and what is open still of it; given is
// how much, by noun.
func (s *Service) allBack(ctx context.Context, tx harrier.Tx, c rota.Change, home harrier.Person) (given map[string]int, err error) {
	list, err := s.cfg.Store.Moves(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return nil, err
	}
	given = map[string]int{}
	for _, m := range list {
		if m.Held != "" || !m.Returned.IsZero() {
			continue
		}
		back, err := s.back(ctx, tx, m, home)
		if err != nil {
			return nil, err
		}
		if !back {
			continue
		}
		given[m.Noun]++
		m.Returned = s.now()
		if err := s.cfg.Store.PutMove(ctx, tx, m); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// back gives one piece of work back.
func (s *Service) back(ctx context.Context, tx harrier.Tx, m Move, home harrier.Person) (bool, error) {
	by := system(m.Tenant)
	if m.Noun == questionWork {
		return s.cfg.Questions.Redirect(ctx, tx, by, approval.Redirection{Tenant: m.Tenant, Approval: m.Question, To: m.To, Back: true, Reason: "the absence is over"})
	}
	became, _, err := s.cfg.Cases.Pass(ctx, tx, by, casework.Passing{Tenant: m.Tenant, Case: m.Case, Task: m.Task, From: m.To, To: home, Why: "the absence is over"})
	return became == casework.Passed, err
}

// auditMove writes what an absence did.
func (s *Service) auditMove(ctx context.Context, tx harrier.Tx, action string, c rota.Change, moved map[string]int) error {
	return harrier.Deed{Action: action, Target: c.ID.String(), About: moved, At: s.now()}.Record(ctx, tx, s.cfg.Store, system(c.Tenant))
}
