package lab_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/lab"
)

func TestEntra_refusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for name, c := range map[string]struct {
		change url.Values
		status int
		code   string
	}{
		"another secret":  {url.Values{"client_secret": {"x"}}, 401, "invalid_client"},
		"another client":  {url.Values{"client_id": {"x"}}, 400, "unauthorized_client"},
		"another grant":   {url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
		"another scope":   {url.Values{"scope": {"mail"}}, 400, "invalid_scope"},
		"everything good": {nil, 200, ""},
	} {
		r := b.grant(c.change)
		code, _ := r.json(t)["error"].(string)
		if r.status != c.status || code != c.code {
			t.Errorf("%s: got %d %q, want %d %q", name, r.status, code, c.status, c.code)
		}
	}
}

func TestGraph_refusesTokensThatAreMissingWrongOrExpired(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := start(t, lab.Config{Now: func() time.Time { return now }, TokenTTL: time.Minute})
	if err := b.Seed(lab.Scenario{}); err != nil {
		t.Fatal(err)
	}
	good := b.token()
	ask := func(header ...string) int { return b.ask("GET", b.URL("msgraph")+"/v1.0/users", nil, header...).status }
	if got := ask("Authorization", "Bearer "+good); got != 200 {
		t.Errorf("a good token: got %d, want 200", got)
	}
	if got := ask(); got != 401 {
		t.Errorf("no token: got %d, want 401", got)
	}
	if got := ask("Authorization", "Bearer "+good+"x"); got != 401 {
		t.Errorf("a wrong token: got %d, want 401", got)
	}
	now = now.Add(time.Minute)
	r := b.ask("GET", b.URL("msgraph")+"/v1.0/users", nil, "Authorization", "Bearer "+good)
	if code := at(t, r.json(t), "error", "code"); r.status != 401 || code != "InvalidAuthenticationToken" {
		t.Errorf("an expired token: got %d %v, want 401 InvalidAuthenticationToken", r.status, code)
	}
}

func TestGraph_pagesThroughUsersByNextLink(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	var mails []string
	for next := b.URL("msgraph") + "/v1.0/users?$select=mail&$top=3"; next != ""; {
		v := b.ask("GET", next, nil, "Authorization", "Bearer "+b.token()).json(t)
		for _, u := range v["value"].([]any) {
			mails = append(mails, at(t, u, "mail").(string))
			if _, ok := u.(map[string]any)["displayName"]; ok {
				t.Errorf("$select=mail gave more than asked for: %v", u)
			}
		}
		next, _ = v["@odata.nextLink"].(string)
	}
	if diff := cmp.Diff(b.Mailboxes(), mails); diff != "" {
		t.Errorf("the pages do not hold every mailbox once (-want +got):\n%s", diff)
	}
}

func TestGraph_findsExactlyTheCopiesByFilter(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for filter, want := range map[string]int{
		"internetMessageId eq '" + reportedID + "'":                                                       1,
		"internetMessageId eq '<other@x>'":                                                                0,
		"subject eq 'It''s your invoice'":                                                                 2,
		"from/emailAddress/address eq 'billing@mailer.evil.example' and isRead eq false":                  2,
		"contains(subject,'report') or not (hasAttachments eq false)":                                     1,
		"receivedDateTime ge 2100-01-01T00:00:00Z":                                                        0,
		"startswith(subject,'It''s') and internetMessageId ne '" + reportedID + "'":                       1,
		"receivedDateTime ge 2020-01-01T00:00:00Z and internetMessageId eq '<other@x>' or isRead eq true": 2,
	} {
		r := b.graph("GET", "/users/alice.archer@corp.example/messages?$filter="+url.QueryEscape(filter), nil)
		if r.status != 200 {
			t.Errorf("%s: got status %d %s", filter, r.status, r.raw)
			continue
		}
		if got := len(r.json(t)["value"].([]any)); got != want {
			t.Errorf("%s: got %d messages, want %d\n%s", filter, got, want, r.raw)
		}
	}
}

func TestGraph_refusesQueriesThatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for query, code := range map[string]string{
		"$filter=nonsense": "BadRequest",
		"$filter=" + url.QueryEscape("internetMessageId eq 'x"):                       "BadRequest",
		"$filter=" + url.QueryEscape("internetMessageId eq 5"):                        "BadRequest",
		"$filter=" + url.QueryEscape("internetMessageHeaders eq 'x'"):                 "BadRequest",
		"$filter=" + url.QueryEscape("receivedDateTime ge 'yesterday'"):               "BadRequest",
		"$filter=" + url.QueryEscape("isRead eq true") + "&$orderby=receivedDateTime": "InefficientFilter",
		"$search=x": "BadRequest",
		"$search=" + url.QueryEscape(`"x"`) + "&$filter=" + url.QueryEscape("isRead eq true"): "SearchWithOrderBy",
		"$top=0":    "BadRequest",
		"$top=1001": "BadRequest",
	} {
		r := b.graph("GET", "/users/alice.archer@corp.example/messages?"+query, nil)
		if got := at(t, r.json(t), "error", "code"); r.status != 400 || got != code {
			t.Errorf("%s: got %d %v, want 400 %s", query, r.status, got, code)
		}
	}
}

func TestGraph_searchLooksAtSubjectSenderAndBody(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for search, want := range map[string]int{
		`"subject:invoice"`: 2, `"from:billing"`: 2, `"body:login.evil.example"`: 1, `"attachment:invoice.html"`: 1,
		`"from:billing AND subject:invoice"`: 1, `"nothing such"`: 0, `"to:alice.archer"`: 4,
	} {
		v := b.graph("GET", "/users/alice.archer@corp.example/messages?$search="+url.QueryEscape(search), nil).json(t)
		if got := len(v["value"].([]any)); got != want {
			t.Errorf("%s: got %d messages, want %d", search, got, want)
		}
	}
}

// idOf returns the id of the reported mail in a mailbox, of either form.
func idOf(t *testing.T, b *bench, mailbox string, headers ...string) string {
	t.Helper()
	v := b.graph("GET", "/users/"+mailbox+"/messages?$select=id&$filter="+
		url.QueryEscape("internetMessageId eq '"+reportedID+"'"), nil, headers...).json(t)
	return at(t, v, "value", 0, "id").(string)
}

func TestGraph_movingChangesTheIDUnlessImmutableOnesAreAskedFor(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	const alice = "alice.archer@corp.example"
	preference := []string{"Prefer", `IdType="ImmutableId"`}
	id, fixed := idOf(t, b, alice), idOf(t, b, alice, preference...)
	to := map[string]any{"destinationId": "recoverableitemsdeletions"}
	r := b.graph("POST", "/users/"+alice+"/messages/"+url.PathEscape(id)+"/move", to)
	if moved := at(t, r.json(t), "id"); r.status != http.StatusCreated || moved == id {
		t.Fatalf("move: got %d and id %v, want 201 and another id", r.status, moved)
	}
	gone := b.graph("GET", "/users/"+alice+"/messages/"+url.PathEscape(id), nil)
	if code := at(t, gone.json(t), "error", "code"); gone.status != 404 || code != "ErrorItemNotFound" {
		t.Errorf("the old id: got %d %v, want 404 ErrorItemNotFound", gone.status, code)
	}
	still := b.graph("GET", "/users/"+alice+"/messages/"+url.PathEscape(fixed), nil, preference...)
	folder := b.graph("GET", "/users/"+alice+"/mailFolders/recoverableitemsdeletions", nil).json(t)
	if v := still.json(t); v["id"] != fixed || v["parentFolderId"] != folder["id"] {
		t.Errorf("the immutable id: got %v in %v, want %v in %v", v["id"], v["parentFolderId"], fixed, folder["id"])
	}
	if still.header.Get("Preference-Applied") == "" {
		t.Error("the preference was followed without saying so")
	}
	back := b.graph("POST", "/users/"+alice+"/messages/"+url.PathEscape(fixed)+"/move", map[string]any{"destinationId": "inbox"}, preference...)
	if v := back.json(t); v["id"] != fixed {
		t.Errorf("move by immutable id: got %v, want %v", v["id"], fixed)
	}
}

func TestGraph_remembersEveryMoveByTheMailNotByItsID(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	const alice = "alice.archer@corp.example"
	preference := []string{"Prefer", `IdType="ImmutableId"`}
	path := "/users/" + alice + "/messages/" + idOf(t, b, alice, preference...) + "/move"
	for range 2 {
		b.graph("POST", path, map[string]any{"destinationId": "recoverableitemsdeletions"}, preference...)
	}
	b.graph("POST", path, map[string]any{"destinationId": "inbox"}, preference...)
	want := map[string][2]int{
		"message.move " + alice + "/" + reportedID + " recoverableitemsdeletions": {2, 1},
		"message.move " + alice + "/" + reportedID + " inbox":                     {1, 1},
	}
	if diff := cmp.Diff(want, b.counts("msgraph")); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func TestGraph_hidesRecoverableItemsFromTheMailbox(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	const alice = "alice.archer@corp.example"
	b.graph("POST", "/users/"+alice+"/messages/"+idOf(t, b, alice)+"/move", map[string]any{"destinationId": "recoverableitemsdeletions"})
	filter := "?$filter=" + url.QueryEscape("internetMessageId eq '"+reportedID+"'")
	if v := b.graph("GET", "/users/"+alice+"/messages"+filter, nil).json(t); len(v["value"].([]any)) != 0 {
		t.Errorf("the mailbox still shows the mail: %v", v)
	}
	v := b.graph("GET", "/users/"+alice+"/mailFolders/recoverableitemsdeletions/messages"+filter, nil).json(t)
	if len(v["value"].([]any)) != 1 {
		t.Errorf("the folder does not hold the mail: %v", v)
	}
}

func TestGraph_updatesOnlyWhetherAMailIsRead(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	const alice = "alice.archer@corp.example"
	path := "/users/" + alice + "/messages/" + idOf(t, b, alice)
	if v := b.graph("PATCH", path, map[string]any{"isRead": true}).json(t); v["isRead"] != true {
		t.Errorf("got isRead %v, want true", v["isRead"])
	}
	if r := b.graph("PATCH", path, map[string]any{"subject": "x"}); r.status != 400 {
		t.Errorf("changing the subject: got %d, want 400", r.status)
	}
	for _, m := range b.Mail(reportedID) {
		if m.Mailbox == alice && !m.Read {
			t.Error("the mail is not read although the answer said so")
		}
	}
}

func TestGraph_givesTheMailAsItCame(t *testing.T) {
	t.Parallel()
	b := start(t, lab.Config{})
	raw := []byte("From: Mallory <m@evil.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <a@b>\r\n\r\nbody \xff\r\n")
	if err := b.Seed(lab.Scenario{Reported: &lab.Reported{MIME: raw, Recipients: []string{"v@corp.example"}}}); err != nil {
		t.Fatal(err)
	}
	copies := b.Mail("<a@b>")
	if len(copies) != 1 || copies[0].Subject != "Grüße" || copies[0].From != "m@evil.example" || copies[0].Mailbox != "v@corp.example" {
		t.Fatalf("got copies %+v", copies)
	}
	r := b.graph("GET", "/users/v@corp.example/messages/"+copies[0].ID+"/$value", nil)
	if r.status != 200 || !cmp.Equal(r.raw, raw) {
		t.Errorf("got %d %q, want the mail byte by byte", r.status, r.raw)
	}
}

func TestGraph_sendsMailToThoseItKnows(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	message := map[string]any{
		"subject": "Your report", "body": map[string]any{"contentType": "text", "content": "Thank you."},
		"toRecipients":           []any{map[string]any{"emailAddress": map[string]any{"address": "alice.archer@corp.example"}}},
		"internetMessageHeaders": []any{map[string]any{"name": "x-harrier-effect", "value": "k1"}},
	}
	r := b.graph("POST", "/users/soc@corp.example/sendMail", map[string]any{"message": message})
	if r.status != http.StatusAccepted || len(r.raw) != 0 {
		t.Fatalf("got %d %q, want 202 and nothing", r.status, r.raw)
	}
	where := map[string]string{}
	for _, m := range b.Mail("") {
		if m.Subject == "Your report" {
			where[m.Mailbox] = m.Folder
		}
	}
	if diff := cmp.Diff(map[string]string{"soc@corp.example": "sentitems", "alice.archer@corp.example": "inbox"}, where); diff != "" {
		t.Errorf("copies (-want +got):\n%s", diff)
	}
	if got := b.counts("msgraph")["mail.send alice.archer@corp.example k1"]; got != [2]int{1, 1} {
		t.Errorf("effects: got %v", b.counts("msgraph"))
	}
	message["internetMessageHeaders"] = []any{map[string]any{"name": "subject", "value": "k1"}}
	if r := b.graph("POST", "/users/soc@corp.example/sendMail", map[string]any{"message": message}); r.status != 400 {
		t.Errorf("a header without x-: got %d, want 400", r.status)
	}
}

func TestGraph_saysWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for path, code := range map[string]string{
		"/users/nobody@corp.example":                                 "Request_ResourceNotFound",
		"/users/nobody@corp.example/messages":                        "Request_ResourceNotFound",
		"/users/nobody@corp.example/mailFolders":                     "Request_ResourceNotFound",
		"/users/nobody@corp.example/mailFolders/inbox":               "Request_ResourceNotFound",
		"/users/alice.archer@corp.example/messages/AAMk":             "ErrorItemNotFound",
		"/users/alice.archer@corp.example/mailFolders/none":          "ErrorItemNotFound",
		"/users/alice.archer@corp.example/mailFolders/none/messages": "ErrorItemNotFound",
	} {
		r := b.graph("GET", path, nil)
		if got := at(t, r.json(t), "error", "code"); r.status != 404 || got != code {
			t.Errorf("%s: got %d %v, want 404 %s", path, r.status, got, code)
		}
	}
}

func TestGraph_listsFoldersWithCounts(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	v := b.graph("GET", "/users/alice.archer@corp.example/mailFolders?$top=50", nil).json(t)
	names := map[string]any{}
	for _, f := range v["value"].([]any) {
		names[at(t, f, "displayName").(string)] = at(t, f, "totalItemCount")
	}
	if names["Inbox"] != 4.0 || names["Deletions"] != nil {
		t.Errorf("got %v, want 4 in the inbox and no hidden folder", names)
	}
	u := b.graph("GET", "/users/alice.archer@corp.example", nil).json(t)
	if u["mail"] != "alice.archer@corp.example" || !strings.HasPrefix(u["displayName"].(string), "Alice") {
		t.Errorf("got user %v", u)
	}
}
