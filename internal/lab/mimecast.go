package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mimecast is the part of Mimecast's API 2.0 that blocks senders and links.
//
// Shapes: the pages blockedsenders/create-policy, get-policy and delete-policy
// and ttp/url/create-managed-url, get-all-managed-urls and delete-managed-url of
// https://developer.services.mimecast.com, and recorded answers in public
// integrations.
type mimecast struct{ lab *Lab }

const (
	gatewayPolicyTable = "mimecast/policies"
	gatewayURLTable    = "mimecast/urls"
	gatewayTokens      = "mimecast/tokens"
)

// gatewayPolicy blocks a sender.
type gatewayPolicy struct {
	ID          string    `json:"id"`
	Option      string    `json:"option"`
	Description string    `json:"description"`
	FromPart    string    `json:"from_part"`
	FromType    string    `json:"from_type"`
	FromValue   string    `json:"from_value"`
	Enabled     bool      `json:"enabled"`
	Created     time.Time `json:"created"`
}

// gatewayURL is a link that is blocked or permitted.
type gatewayURL struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Action  string `json:"action"`
	Match   string `json:"match"`
	Comment string `json:"comment,omitempty"`
}

func (*mimecast) name() string { return mimecastName }

func (v *mimecast) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", v.grant)
	for path, handle := range map[string]func(http.ResponseWriter, *http.Request, gatewayCall){
		"policy/blockedsenders/create-policy": v.createPolicy,
		"policy/blockedsenders/get-policy":    v.listPolicies,
		"policy/blockedsenders/delete-policy": v.deletePolicy,
		"ttp/url/create-managed-url":          v.createURL,
		"ttp/url/get-all-managed-urls":        v.listURLs,
		"ttp/url/delete-managed-url":          v.deleteURL,
	} {
		mux.HandleFunc("POST /api/"+path, v.called(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return mux
}

// grant gives an access token to an application.
func (v *mimecast) grant(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.PostForm.Get("grant_type") != "client_credentials" || !same(r.PostForm.Get("client_id"), v.lab.secret(mimecastName, "client_id")) ||
		!same(r.PostForm.Get("client_secret"), v.lab.secret(mimecastName, "client_secret")) {
		v.refuse(w, http.StatusUnauthorized)
		return
	}
	ttl := v.lab.config.TokenTTL
	var value string
	if v.lab.change(w, r, v, func(e *edit) {
		value = opaque("", v.lab.config.Seed, "mimecast token", e.next())
		e.put(gatewayTokens, value, token{Client: r.PostForm.Get("client_id"), Expires: v.lab.now(r).Add(ttl)})
	}) {
		writeJSON(w, http.StatusOK, map[string]any{"access_token": value, "token_type": "Bearer", "expires_in": int(ttl / time.Second), "scope": ""})
	}
}

// gatewayCall is what every endpoint takes.
type gatewayCall struct {
	Meta struct {
		Pagination struct {
			Size  int    `json:"pageSize"`
			Token string `json:"pageToken"`
		} `json:"pagination"`
	} `json:"meta"`
	Data []json.RawMessage `json:"data"`
}

// called checks the token and gives a handler what it is called with.
func (v *mimecast) called(handle func(http.ResponseWriter, *http.Request, gatewayCall)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		good := false
		v.lab.world.view(func(e *edit) {
			t, ok := load[token](e, gatewayTokens, value)
			good = ok && v.lab.now(r).Before(t.Expires)
		})
		if !good {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		var c gatewayCall
		if json.NewDecoder(r.Body).Decode(&c) != nil {
			v.refuse(w, http.StatusBadRequest)
			return
		}
		handle(w, r, c)
	}
}

// refuse refuses as the API's own gate does, before anything is looked at.
func (*mimecast) refuse(w http.ResponseWriter, status int) {
	code := map[int]string{
		http.StatusUnauthorized: "app_unauthorized", http.StatusForbidden: "app_forbidden", http.StatusTooManyRequests: "quota_exceeded",
		http.StatusNotFound: "not_found", http.StatusBadRequest: "invalid_request",
	}[status]
	writeJSON(w, status, map[string]any{"fail": []any{map[string]any{"code": orElse(code, "server_error"), "message": http.StatusText(status), "retryable": status >= 429}}})
}

// answer answers with data.
func (*mimecast) answer(w http.ResponseWriter, data []any) {
	if data == nil {
		data = []any{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"meta": map[string]any{"status": 200}, "data": data, "fail": []any{}})
}

// fail refuses what was asked for, with 200.
func (*mimecast) fail(w http.ResponseWriter, key any, code, message string) {
	failure := map[string]any{"errors": []any{map[string]any{"code": code, "message": message, "retryable": false}}}
	if key != nil {
		failure["key"] = key
	}
	writeJSON(w, http.StatusOK, map[string]any{"meta": map[string]any{"status": 200}, "data": []any{}, "fail": []any{failure}})
}

// page answers with the part of a list that a call asks for.
func (v *mimecast) page(w http.ResponseWriter, c gatewayCall, all []any) {
	size := c.Meta.Pagination.Size
	if size < 1 || size > 500 {
		size = 100
	}
	from, _ := strconv.Atoi(c.Meta.Pagination.Token)
	from = min(max(from, 0), len(all))
	to := min(from+size, len(all))
	pagination := map[string]any{"pageSize": to - from, "totalCount": len(all)}
	if to < len(all) {
		pagination["next"] = strconv.Itoa(to)
	}
	data := append([]any{}, all[from:to]...)
	writeJSON(w, http.StatusOK, map[string]any{"meta": map[string]any{"status": 200, "pagination": pagination}, "data": data, "fail": []any{}})
}

// one reads the only item of a call.
func one[T any](c gatewayCall) (item T, ok bool) {
	return item, len(c.Data) == 1 && json.Unmarshal(c.Data[0], &item) == nil
}

func (p gatewayPolicy) wire() map[string]any {
	from := map[string]any{"type": p.FromType}
	switch p.FromType {
	case "individual_email_address":
		from["emailAddress"] = p.FromValue
	case "email_domain":
		from["emailDomain"] = p.FromValue
	}
	at := p.Created.UTC().Format("2006-01-02T15:04:05-0700")
	return map[string]any{"option": p.Option, "id": p.ID, "policy": map[string]any{
		"description": p.Description, "fromPart": p.FromPart, "from": from, "to": map[string]any{"type": "everyone"},
		"fromType": p.FromType, "fromValue": p.FromValue, "toType": "everyone", "fromEternal": true, "toEternal": true,
		"fromDate": "1900-01-01T00:00:00+0000", "toDate": "2100-01-01T23:59:59+0000", "override": false, "bidirectional": false,
		"conditions": map[string]any{}, "enabled": p.Enabled, "enforced": false, "createTime": at, "lastUpdated": at,
	}}
}

// createPolicy adds a policy. Nothing keeps a second, equal one away.
func (v *mimecast) createPolicy(w http.ResponseWriter, r *http.Request, c gatewayCall) {
	ask, ok := one[struct {
		Option string `json:"option"`
		Policy struct {
			Description string `json:"description"`
			FromPart    string `json:"fromPart"`
			FromType    string `json:"fromType"`
			FromValue   string `json:"fromValue"`
			ToType      string `json:"toType"`
			Enabled     *bool  `json:"enabled"`
		} `json:"policy"`
	}](c)
	p := gatewayPolicy{Option: ask.Option, Description: ask.Policy.Description, FromPart: ask.Policy.FromPart, FromType: ask.Policy.FromType,
		FromValue: fold(ask.Policy.FromValue), Enabled: ask.Policy.Enabled == nil || *ask.Policy.Enabled}
	switch {
	case !ok || p.Option != "block_sender" && p.Option != "no_action" || p.Description == "" || ask.Policy.ToType != "everyone":
		v.fail(w, nil, "err_validation_null", "This field is mandatory; it cannot be NULL")
		return
	case p.FromValue == "" || p.FromType == "individual_email_address" != strings.Contains(p.FromValue, "@") ||
		!slices.Contains([]string{"individual_email_address", "email_domain"}, p.FromType):
		v.fail(w, nil, "err_policy_invalid_from", "The from value does not fit its type")
		return
	}
	if v.lab.change(w, r, v, func(e *edit) {
		n := e.next()
		p.ID, p.Created = opaque("eNo", v.lab.config.Seed, "policy", n), e.line.At
		e.put(gatewayPolicyTable, fmt.Sprintf("%012d", n), p)
		e.happen(happened{Vendor: mimecastName, Action: "policy.create", Target: p.FromValue, Changed: true})
	}) {
		v.answer(w, []any{p.wire()})
	}
}

func (v *mimecast) listPolicies(w http.ResponseWriter, _ *http.Request, c gatewayCall) {
	var all []any
	v.lab.world.view(func(e *edit) {
		for _, p := range list[gatewayPolicy](e, gatewayPolicyTable) {
			all = append(all, p.wire())
		}
	})
	slices.Reverse(all)
	v.page(w, c, all)
}

func (v *mimecast) deletePolicy(w http.ResponseWriter, r *http.Request, c gatewayCall) {
	ask, ok := one[struct {
		ID string `json:"id"`
	}](c)
	if !ok || ask.ID == "" {
		v.fail(w, nil, "err_validation_null", "This field is mandatory; it cannot be NULL")
		return
	}
	found := false
	if !v.lab.change(w, r, v, func(e *edit) {
		for _, key := range e.keys(gatewayPolicyTable) {
			if p, _ := load[gatewayPolicy](e, gatewayPolicyTable, key); p.ID == ask.ID {
				e.drop(gatewayPolicyTable, key)
				e.happen(happened{Vendor: mimecastName, Action: "policy.delete", Target: p.FromValue, Changed: true})
				found = true
			}
		}
	}) {
		return
	}
	if !found {
		writeJSON(w, http.StatusOK, map[string]any{"meta": map[string]any{"status": 404}, "data": []any{}, "fail": []any{}})
		return
	}
	v.answer(w, []any{map[string]any{"id": ask.ID}})
}

func (u gatewayURL) wire() map[string]any {
	parsed, err := url.Parse(u.URL)
	if err != nil {
		parsed = &url.URL{}
	}
	port, err := strconv.Atoi(parsed.Port())
	if err != nil {
		port = -1
	}
	return map[string]any{
		"id": u.ID, "scheme": parsed.Scheme, "domain": parsed.Hostname(), "port": port, "path": parsed.EscapedPath(), "queryString": parsed.RawQuery,
		"matchType": u.Match, "action": u.Action, "comment": u.Comment, "disableUserAwareness": false, "disableRewrite": false, "disableLogClick": false,
	}
}

// createURL adds a managed URL; one that is there already is refused.
func (v *mimecast) createURL(w http.ResponseWriter, r *http.Request, c gatewayCall) {
	ask, ok := one[struct {
		URL     string `json:"url"`
		Action  string `json:"action"`
		Match   string `json:"matchType"`
		Comment string `json:"comment"`
	}](c)
	u := gatewayURL{URL: ask.URL, Action: ask.Action, Match: orElse(ask.Match, "explicit"), Comment: ask.Comment}
	if bare, _, cut := strings.Cut(u.URL, "#"); cut {
		u.URL = bare
	}
	parsed, err := url.Parse(u.URL)
	if !ok || err != nil || parsed.Host == "" || u.Action != "block" && u.Action != "permit" {
		v.fail(w, ask, "err_managed_url_invalid", "The URL or the action is not valid")
		return
	}
	exists := false
	if !v.lab.change(w, r, v, func(e *edit) {
		for _, other := range list[gatewayURL](e, gatewayURLTable) {
			exists = exists || other.URL == u.URL && other.Match == u.Match
		}
		if exists {
			return
		}
		n := e.next()
		u.ID = opaque("wOi3", v.lab.config.Seed, "managed url", n)
		e.put(gatewayURLTable, fmt.Sprintf("%012d", n), u)
		e.happen(happened{Vendor: mimecastName, Action: "url." + u.Action, Target: u.URL, Changed: true})
	}) {
		return
	}
	if exists {
		key := map[string]any{"url": u.URL, "matchType": u.Match, "action": u.Action, "overrideUrl": false}
		v.fail(w, key, "err_managed_url_exists_code", "The managed URL already exists; to update it, delete and recreate")
		return
	}
	v.answer(w, []any{u.wire()})
}

func (v *mimecast) listURLs(w http.ResponseWriter, _ *http.Request, c gatewayCall) {
	var all []any
	v.lab.world.view(func(e *edit) {
		for _, u := range list[gatewayURL](e, gatewayURLTable) {
			all = append(all, u.wire())
		}
	})
	slices.Reverse(all)
	v.page(w, c, all)
}

func (v *mimecast) deleteURL(w http.ResponseWriter, r *http.Request, c gatewayCall) {
	ask, _ := one[struct {
		ID string `json:"id"`
	}](c)
	found := false
	if !v.lab.change(w, r, v, func(e *edit) {
		for _, key := range e.keys(gatewayURLTable) {
			if u, _ := load[gatewayURL](e, gatewayURLTable, key); u.ID == ask.ID {
				e.drop(gatewayURLTable, key)
				e.happen(happened{Vendor: mimecastName, Action: "url.delete", Target: u.URL, Changed: true})
				found = true
			}
		}
	}) {
		return
	}
	if !found {
		v.fail(w, nil, "err_managed_url_not_found", "Managed URL not found")
		return
	}
	v.answer(w, nil)
}
