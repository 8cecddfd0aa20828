package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// The example of the specification of Standard Webhooks.
func TestSignature_isThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	secret := harrier.NewSecret("whsec_plJ3nmyCDGBKInavdOK15jsl")
	got, err := webhook.Signature("msg_loFOjxBNrRLzqYUf", time.Unix(1731705121, 0), []byte(`{"event_type":"ping","data":{"success":true}}`), secret, secret)
	if want := "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="; err != nil || got != want+" "+want {
		t.Errorf("got %q, %v; want %q twice", got, err, want)
	}
}

// room is a service over a real store with a receiver that a test commands.
type room struct {
	*webhook.Service
	t     *testing.T
	dir   string
	store *store.Store
	cases *casework.Service
	owner harrier.Principal
	vault map[string]harrier.Secret
	clock *testclock.Clock

	mu     sync.Mutex // guards what follows
	posts  []webhook.Posting
	answer func(p webhook.Posting) (webhook.Posted, error)
	told   []pager.Notice
	gone   bool // the owner may not log in
	flight int  // at once
	most   int
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, dir: blanktest.Dir(t), clock: testclock.At(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)), vault: map[string]harrier.Secret{}, owner: somebody("erin")}
	r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 204}, nil }
	r.open()
	t.Cleanup(func() { _ = r.store.Close() })
	return r
}

func somebody(name string) harrier.Principal {
	p := harrier.Principal{ID: harrier.DeriveID[harrier.PrincipalID](name), Tenant: harrier.DefaultTenant, Name: name, Grants: map[harrier.Permission]bool{}}
	for _, perm := range []harrier.Permission{harrier.CasesRead, harrier.AlertsRead, harrier.ApprovalsRead, harrier.RunsRead} {
		p.Grants[perm] = true
	}
	return p
}

func (r *room) open() {
	r.t.Helper()
	st, err := store.Open(r.t.Context(), store.Config{Dir: r.dir, Now: r.clock.Now})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store, r.cases = st, casework.New(casework.Config{Store: st, Now: r.clock.Now})
	r.Service = webhook.New(webhook.Config{
		Store: st, Vault: r, Wire: r, People: r, Tells: r, Log: slog.New(slog.DiscardHandler), Now: r.clock.Now, Rand: func() float64 { return 0.5 },
	})
}

// reopen is what a restart does.
func (r *room) reopen() {
	r.t.Helper()
	if err := r.store.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open()
}

// Put implements [webhook.Vault].
func (r *room) Put(_ context.Context, _ harrier.TenantID, owner, field string, value harrier.Secret) error {
	r.vault[owner+field] = value
	return nil
}

// Reveal implements [webhook.Vault].
func (r *room) Reveal(_ context.Context, _ harrier.TenantID, owner, field string) (harrier.Secret, error) {
	return r.vault[owner+field], nil
}

// Delete implements [webhook.Vault].
func (r *room) Delete(context.Context, harrier.TenantID, string, string) error { return nil }

// Check implements [webhook.Wire].
func (*room) Check(webhook.Webhook) error { return nil }

// Post implements [webhook.Wire].
func (r *room) Post(_ context.Context, _ webhook.Webhook, p webhook.Posting) (webhook.Posted, error) {
	r.mu.Lock()
	r.flight++
	r.most = max(r.most, r.flight)
	r.posts = append(r.posts, p)
	answer := r.answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.flight--
		r.mu.Unlock()
	}()
	return answer(p)
}

// Principal implements [webhook.People].
func (r *room) Principal(context.Context, harrier.TenantID, harrier.PrincipalID) (harrier.Principal, error) {
	if r.gone {
		return harrier.Principal{}, harrier.Errorf(harrier.Denied, "account erin is disabled")
	}
	return r.owner, nil
}

// Tell implements [webhook.Teller].
func (r *room) Tell(_ context.Context, _ harrier.Tx, in pager.Notice) (pager.Notification, bool, error) {
	r.told = append(r.told, in)
	return pager.Notification{}, true, nil
}

// subscribe adds a subscription to topics.
func (r *room) subscribe(topics ...string) webhook.Webhook {
	r.t.Helper()
	name, url, private := "soar", "https://hooks.example/x", []string{}
	w, secret, err := r.Add(r.t.Context(), r.owner, webhook.Edit{Name: &name, URL: &url, Topics: &topics, AllowPrivate: &private})
	if err != nil || !strings.HasPrefix(secret.Reveal(), "whsec_") {
		r.t.Fatal(w, err)
	}
	return w
}

// file opens a case of somebody.
func (r *room) file(by harrier.Principal, d casework.Draft) harrier.Case {
	r.t.Helper()
	c, err := r.cases.Create(r.t.Context(), by, d)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// pass sends what is due now.
func (r *room) pass() {
	r.t.Helper()
	if err := r.Pass(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// body is what a post says.
type body struct {
	Type string         `json:"type"`
	Data map[string]any `json:"data"`
}

func (r *room) bodies() (all []body) {
	r.t.Helper()
	for _, p := range r.posts {
		var b body
		if err := json.Unmarshal(p.Body, &b); err != nil {
			r.t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func (r *room) get(w webhook.Webhook) webhook.Webhook {
	r.t.Helper()
	w, err := r.store.Webhook(r.t.Context(), w.Tenant, w.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

func TestPass_tellsOfWhatWasSubscribedToAndNothingElse(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	before := r.file(r.owner, casework.Draft{Title: "Before"})
	w := r.subscribe(webhook.CaseCreated, webhook.CaseClosed)
	c := r.file(r.owner, casework.Draft{Title: "Beacon", Severity: "high"})
	title := "Beacon of two"
	if _, err := r.cases.Edit(t.Context(), r.owner, c.ID, 0, casework.Edit{Title: &title}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []harrier.CaseID{before.ID, c.ID} {
		if _, err := r.cases.Finish(t.Context(), r.owner, id, casework.Closing{Disposition: casework.Undetermined, Reason: "no"}); err != nil {
			t.Fatal(err)
		}
	}
	r.pass()
	r.pass()
	var got []string
	for _, b := range r.bodies() {
		got = append(got, b.Type+" "+b.Data["id"].(string)+" "+b.Data["title"].(string))
	}
	slices.Sort(got)
	want := []string{"case.closed " + before.ID.String() + " Before", "case.closed " + c.ID.String() + " Beacon of two", "case.created " + c.ID.String() + " Beacon"}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	list, _, err := r.Deliveries(t.Context(), w, webhook.Sent, harrier.Page{})
	if err != nil || len(list) != 3 || list[0].Attempts != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// WH-13: what was committed is told at least once with one id, however often
// Harrier dies on the way, and what is about one thing arrives in its order.
func TestPass_tellsAgainWithTheSameIDAfterADeath(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.subscribe(webhook.CaseCreated, webhook.CaseUpdated)
	c := r.file(r.owner, casework.Draft{Title: "0"})
	for _, title := range []string{"1", "2", "3"} {
		if _, err := r.cases.Edit(t.Context(), r.owner, c.ID, 0, casework.Edit{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, die := context.WithCancel(t.Context())
	r.answer = func(webhook.Posting) (webhook.Posted, error) { // it is under way when the process ends
		die()
		return webhook.Posted{}, errors.New("the process is gone")
	}
	_ = r.Pass(ctx)
	r.reopen()
	r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 200}, nil }
	r.pass()
	if len(r.posts) != 5 || r.posts[0].ID != r.posts[1].ID {
		t.Fatalf("posted %d times, the first as %s and %s", len(r.posts), r.posts[0].ID, r.posts[1].ID)
	}
	var titles []string
	for _, b := range r.bodies()[1:] {
		titles = append(titles, b.Data["title"].(string))
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3"}, titles); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestPass_sendsOnlySoManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	w := r.subscribe(webhook.CaseCreated)
	for range 20 {
		r.file(r.owner, casework.Draft{Title: "x"})
	}
	r.pass()
	if len(r.posts) != 20 || r.most > w.Parallel {
		t.Errorf("posted %d, %d at once", len(r.posts), r.most)
	}
}

// A receiver that takes nothing is tried ever more seldom and one message at a
// time; after three days it is told nothing more, and people hear of it.
func TestPass_givesUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	w := r.subscribe(webhook.CaseCreated)
	r.file(r.owner, casework.Draft{Title: "a"})
	r.file(r.owner, casework.Draft{Title: "b"})
	r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 503}, nil }
	for range 100 {
		r.pass()
	}
	if len(r.posts) != 2 { // both were due before anybody knew
		t.Errorf("posted %d times within a moment", len(r.posts))
	}
	for r.get(w).Enabled {
		r.clock.Pass(5 * time.Minute)
		r.pass()
		if r.clock.Now().After(time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)) {
			t.Fatal("it is never given up")
		}
	}
	if after := r.clock.Now().Sub(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)); after < 72*time.Hour || after > 100*time.Hour || len(r.posts) > 100 {
		t.Errorf("given up after %s and %d posts", after, len(r.posts))
	}
	if len(r.told) != 1 || !strings.Contains(r.told[0].Title, "soar is told nothing more") {
		t.Errorf("told %+v", r.told)
	}
	r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 200}, nil }
	on, posted := true, len(r.posts)
	if _, err := r.Change(t.Context(), r.owner, r.get(w), webhook.Edit{Enabled: &on}); err != nil {
		t.Fatal(err)
	}
	r.clock.Pass(24 * time.Hour)
	r.pass()
	if got := r.get(w); !got.Enabled || got.Failures != 0 || len(r.posts) != posted+2 {
		t.Errorf("once enabled again it is %+v after %d posts", got, len(r.posts)-posted)
	}
}

// A receiver that says that it is gone for ever is told nothing more at once, and
// so is one whose owner has left.
func TestPass_stopsWhereNobodyWantsIt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*room){
		"gone": func(r *room) {
			r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 410}, nil }
		},
		"no owner": func(r *room) { r.gone = true },
	} {
		r := newRoom(t)
		w := r.subscribe(webhook.CaseCreated)
		change(r)
		r.file(r.owner, casework.Draft{Title: "a"})
		r.pass()
		r.pass()
		if got := r.get(w); got.Enabled || got.DisabledWhy == "" || len(r.told) != 1 {
			t.Errorf("%s: it is %+v, told %+v", name, got, r.told)
		}
	}
}

// AZ-08: what is told is what the owner may see when it is sent: nothing of a
// restricted case, and of what is labelled higher the id alone.
func TestPass_tellsWhatItsOwnerMaySee(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	w := r.subscribe(webhook.CaseCreated)
	hr := somebody("hr")
	secret := r.file(hr, casework.Draft{Title: "Insider", Restricted: true})
	shared := r.file(hr, casework.Draft{Title: "Shared", Restricted: true})
	red := r.file(hr, casework.Draft{Title: "Red", TLP: "red"})
	if err := r.cases.AddMember(t.Context(), hr, shared.ID, casework.Member{Principal: r.owner.ID, Name: "erin"}); err != nil {
		t.Fatal(err)
	}
	r.pass()
	seen := map[string]string{}
	for _, b := range r.bodies() {
		title, _ := b.Data["title"].(string)
		seen[b.Data["id"].(string)] = title
	}
	if diff := cmp.Diff(map[string]string{shared.ID.String(): "Shared", red.ID.String(): ""}, seen); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	list, _, err := r.Deliveries(t.Context(), w, webhook.Withheld, harrier.Page{})
	if err != nil || len(list) != 1 || list[0].Subject != [16]byte(secret.ID) {
		t.Errorf("withheld %+v, %v", list, err)
	}
	for _, p := range r.posts {
		if strings.Contains(string(p.Body), "Insider") || strings.Contains(string(p.Body), "Red") {
			t.Errorf("it was told %s", p.Body)
		}
	}
}

// WH-05: for a day after the secret was changed both sign.
func TestRotate_signsWithBothForADay(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	w := r.subscribe(webhook.CaseCreated)
	was := r.vault[w.ID.String()+"secret"]
	w, fresh, err := r.Rotate(t.Context(), r.owner, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{0, 25 * time.Hour} {
		r.clock.Pass(d)
		r.file(r.owner, casework.Draft{Title: "x"})
		r.pass()
	}
	reveal := func(all []harrier.Secret) (out []string) {
		for _, s := range all {
			out = append(out, s.Reveal())
		}
		return out
	}
	got := [][]string{reveal(r.posts[0].Secrets), reveal(r.posts[1].Secrets)}
	if diff := cmp.Diff([][]string{{fresh.Reveal(), was.Reveal()}, {fresh.Reveal()}}, got); diff != "" {
		t.Errorf("signed with (-want +got):\n%s", diff)
	}
	_ = w
}

func TestPing_tellsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	w := r.subscribe(webhook.CaseCreated)
	r.answer = func(webhook.Posting) (webhook.Posted, error) {
		return webhook.Posted{}, errors.New("the name is not known")
	}
	m, err := r.Ping(t.Context(), r.owner, w)
	if err != nil || m.State != webhook.Failed || m.Answer != "the name is not known" || r.get(w).Failures != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	r.answer = func(webhook.Posting) (webhook.Posted, error) { return webhook.Posted{Status: 200}, nil }
	if _, err = r.Redeliver(t.Context(), r.owner, w, m.ID); err != nil {
		t.Fatal(err)
	}
	r.pass()
	if len(r.posts) != 2 || r.posts[0].ID != r.posts[1].ID || r.bodies()[1].Type != "webhook.ping" {
		t.Errorf("posted %+v", r.bodies())
	}
}

func TestAdd_saysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	name, url, topics, private, tlp := "No!", "http://x", []string{"case.create"}, []string{"10.0.0.1"}, "pink"
	_, _, err := r.Add(t.Context(), r.owner, webhook.Edit{Name: &name, URL: &url, Topics: &topics, AllowPrivate: &private, TLP: &tlp})
	for _, want := range []string{"name:", "url:", "did you mean case.created?", "tlp:", "allow_private:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
