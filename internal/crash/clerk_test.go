package crash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
)

// caseShown is what the API says of a case.
type caseShown struct {
	ID, Title, Status, Disposition string
	Number, Rev                    int64
	MergedInto                     string `json:"merged_into"`
	Timeline                       []struct {
		Seq        int64
		Kind, Text string
	}
}

// tale is what a clerk does: two cases become one, a part of it a third, and
// the one is closed and corrected. Each line of it is true from when the server
// has confirmed it.
type tale struct {
	name string
	// done is how many deeds of it were confirmed.
	done int
	// first, second and third are the cases; what the server confirmed.
	first, second, third string
	alerts               [2]string
	task                 string
	file                 []byte
}

// clerk works through one tale after the other, each deed until it is confirmed.
type clerk struct {
	desk   *desk
	name   string
	rng    *rand.Rand
	ledger []*tale
}

// errDead tells that nobody answers.
var errDead = errors.New("the server is dead")

// tales bounds what a clerk does.
const tales = 12

// deeds are what a tale is made of, in their order.
func (c *clerk) deeds() []func(context.Context, *tale) error {
	return []func(context.Context, *tale) error{
		c.report, c.openFirst, c.comment, c.editCommon, c.attach, c.addTask, c.doTask, c.openSecond, c.merge, c.split, c.close, c.correct,
	}
}

// work goes on where it was stopped.
func (c *clerk) work(ctx context.Context) {
	for ctx.Err() == nil {
		if n := len(c.ledger); n == 0 || c.ledger[n-1].done == len(c.deeds()) {
			if n == tales {
				return
			}
			file := make([]byte, 1000+c.rng.IntN(300_000))
			for i := range file {
				file[i] = byte(c.rng.Uint32())
			}
			c.ledger = append(c.ledger, &tale{name: fmt.Sprintf("%s-%d", c.name, n), file: file})
		}
		t := c.ledger[len(c.ledger)-1]
		if err := c.deeds()[t.done](ctx, t); err != nil {
			if !errors.Is(err, errDead) {
				c.desk.t.Errorf("%s, deed %d: %v", t.name, t.done, err)
			}
			return
		}
		t.done++
	}
}

// do asks for something under a key of its own, the same key at each attempt. It
// reads the answer, which is not there where it died with the server.
func (c *clerk) do(ctx context.Context, q asking, into any) (lost bool, err error) {
	a := c.desk.ask(ctx, q)
	switch {
	case a.status == 0:
		return false, errDead
	case a.lost():
		return true, nil
	case a.is(http.StatusOK, into), a.is(http.StatusCreated, into):
		return false, nil
	}
	return false, fmt.Errorf("%s %s: %d %s", q.method, q.path, a.status, a.body)
}

// post is a request that is done once.
func (t *tale) post(path string, body map[string]any) asking {
	return asking{method: http.MethodPost, path: path, key: fmt.Sprint(t.name, "-", t.done), body: body}
}

func (c *clerk) report(ctx context.Context, t *tale) error {
	for i := range t.alerts {
		var r struct{ Alert string }
		if _, err := c.do(ctx, t.post("/v1/alerts", map[string]any{"source": "desk", "external_id": fmt.Sprint(t.name, i), "title": fmt.Sprint("Alert ", t.name, i)}), &r); err != nil {
			return err
		}
		t.alerts[i] = r.Alert
	}
	return nil
}

// open opens a case for an alert; whoever has not heard its id looks for it.
func (c *clerk) open(ctx context.Context, t *tale, title, alert string) (id string, err error) {
	var made caseShown
	lost, err := c.do(ctx, t.post("/v1/cases", map[string]any{"title": title, "alerts": []string{alert}}), &made)
	if err != nil || !lost {
		return made.ID, err
	}
	return c.find(ctx, title)
}

// find finds the one case of a title.
func (c *clerk) find(ctx context.Context, title string) (string, error) {
	all, err := c.desk.cases(ctx)
	if err == nil && len(all[title]) != 1 {
		err = fmt.Errorf("there are %d cases called %s", len(all[title]), title)
	}
	if err != nil {
		return "", err
	}
	return all[title][0], nil
}

// cases lists all cases by their title.
func (d *desk) cases(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	for cursor := ""; ; {
		var list struct {
			Items      []caseShown
			NextCursor string `json:"next_cursor"`
		}
		a := d.ask(ctx, asking{method: http.MethodGet, path: "/v1/cases?limit=500&cursor=" + url.QueryEscape(cursor)})
		if a.status == 0 {
			return nil, errDead
		}
		if !a.is(http.StatusOK, &list) {
			return nil, fmt.Errorf("list cases: %d %s", a.status, a.body)
		}
		for _, one := range list.Items {
			all[one.Title] = append(all[one.Title], one.ID)
		}
		if cursor = list.NextCursor; cursor == "" {
			return all, nil
		}
	}
}

func (c *clerk) openFirst(ctx context.Context, t *tale) (err error) {
	t.first, err = c.open(ctx, t, "first "+t.name, t.alerts[0])
	return err
}

func (c *clerk) openSecond(ctx context.Context, t *tale) (err error) {
	t.second, err = c.open(ctx, t, "second "+t.name, t.alerts[1])
	return err
}

func (c *clerk) comment(ctx context.Context, t *tale) error {
	for _, id := range []string{t.first, c.desk.common} {
		q := t.post("/v1/cases/"+id+"/comments", map[string]any{"text": "comment " + t.name})
		q.key += id
		if _, err := c.do(ctx, q, new(any)); err != nil {
			return err
		}
	}
	return nil
}

// editCommon changes the title of the case that all of them change, until the
// change is made on what was seen.
func (c *clerk) editCommon(ctx context.Context, t *tale) error {
	path := "/v1/cases/" + c.desk.common
	for {
		var is caseShown
		seen := c.desk.ask(ctx, asking{method: http.MethodGet, path: path})
		if !seen.is(http.StatusOK, &is) {
			return errDead
		}
		for _, l := range is.Timeline {
			if strings.HasSuffix(l.Text, "→ "+t.name) {
				return nil // the answer was lost, not the change
			}
		}
		a := c.desk.ask(ctx, asking{method: http.MethodPatch, path: path, ifMatch: seen.etag, body: map[string]any{"title": t.name}})
		switch a.status {
		case http.StatusOK:
			return nil
		case http.StatusPreconditionFailed:
			continue // somebody else was first
		case 0:
			return errDead
		}
		return fmt.Errorf("edit: %d %s", a.status, a.body)
	}
}

// hash is the SHA-256 of a tale's file.
func (t *tale) hash() string {
	sum := sha256.Sum256(t.file)
	return hex.EncodeToString(sum[:])
}

// attach streams a file of unknown length. Whoever has not heard what became of
// it looks before sending it again.
func (c *clerk) attach(ctx context.Context, t *tale) error {
	items, err := c.desk.evidence(ctx, t)
	if err != nil || len(items) > 0 {
		return err
	}
	r, w := io.Pipe()
	go func() {
		for rest := t.file; len(rest) > 0; {
			n := min(len(rest), 32<<10)
			if _, err := w.Write(rest[:n]); err != nil {
				break
			}
			rest = rest[n:]
		}
		_ = w.Close()
	}()
	defer func() { _ = r.Close() }()
	_, err = c.do(ctx, asking{method: http.MethodPost, path: "/v1/cases/" + t.first + "/evidence?name=" + t.name, file: r}, new(any))
	return err
}

// evidence lists what is there of a tale's file.
func (d *desk) evidence(ctx context.Context, t *tale) (items []struct{ ID, Case, SHA256 string }, err error) {
	var list struct {
		Items []struct{ ID, Case, SHA256 string }
	}
	a := d.ask(ctx, asking{method: http.MethodGet, path: "/v1/evidence?sha256=" + t.hash()})
	if a.status == 0 {
		return nil, errDead
	}
	if !a.is(http.StatusOK, &list) {
		return nil, fmt.Errorf("list evidence: %d %s", a.status, a.body)
	}
	return list.Items, nil
}

// taskShown is what the API says of a task.
type taskShown struct{ Task, Title, State string }

func (c *clerk) addTask(ctx context.Context, t *tale) error {
	var made taskShown
	lost, err := c.do(ctx, t.post("/v1/cases/"+t.first+"/tasks", map[string]any{"title": "task " + t.name, "required": true}), &made)
	if err != nil {
		return err
	}
	t.task = made.Task
	if !lost {
		return nil
	}
	var list struct{ Items []taskShown }
	if a := c.desk.ask(ctx, asking{method: http.MethodGet, path: "/v1/cases/" + t.first + "/tasks"}); !a.is(http.StatusOK, &list) {
		return errDead
	}
	if len(list.Items) != 1 {
		return fmt.Errorf("there are %d tasks", len(list.Items))
	}
	t.task = list.Items[0].Task
	return nil
}

func (c *clerk) doTask(ctx context.Context, t *tale) error {
	_, err := c.do(ctx, asking{method: http.MethodPatch, path: "/v1/cases/" + t.first + "/tasks/" + t.task, body: map[string]any{"state": "done"}}, new(any))
	return err
}

func (c *clerk) merge(ctx context.Context, t *tale) error {
	_, err := c.do(ctx, t.post("/v1/cases/"+t.first+"/merge", map[string]any{"from": t.second, "reason": t.name}), new(any))
	return err
}

func (c *clerk) split(ctx context.Context, t *tale) error {
	var made caseShown
	lost, err := c.do(ctx, t.post("/v1/cases/"+t.first+"/split", map[string]any{"title": "third " + t.name, "alerts": []string{t.alerts[1]}}), &made)
	if err == nil && lost {
		made.ID, err = c.find(ctx, "third "+t.name)
	}
	t.third = made.ID
	return err
}

// close closes the first case as it was seen.
func (c *clerk) close(ctx context.Context, t *tale) error {
	var is caseShown
	seen := c.desk.ask(ctx, asking{method: http.MethodGet, path: "/v1/cases/" + t.first})
	if !seen.is(http.StatusOK, &is) {
		return errDead
	}
	q := t.post("/v1/cases/"+t.first+"/close", map[string]any{"disposition": "true_positive", "reason": t.name})
	q.ifMatch = seen.etag
	if is.Status == "closed" {
		return nil // the answer was lost
	}
	_, err := c.do(ctx, q, new(any))
	return err
}

func (c *clerk) correct(ctx context.Context, t *tale) error {
	_, err := c.do(ctx, t.post("/v1/cases/"+t.first+"/reopen", map[string]any{"reason": t.name, "disposition": "benign_positive"}), new(any))
	return err
}
