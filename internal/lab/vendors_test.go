package lab_test

import (
	"encoding/base64"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVirustotal_knowsWhatTheScenarioSays(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	id := func(link string) string { return "/urls/" + base64.RawURLEncoding.EncodeToString([]byte(link)) }
	for path, want := range map[string]struct {
		status int
		kind   string
		bad    float64
	}{
		id(evilLink):                                           {200, "url", 14},
		id("HTTPS://Login.Evil.Example/a?b=1"):                 {200, "url", 14},
		id("https://login.evil.example/other"):                 {200, "url", 14},
		id("https://unseen.example/"):                          {404, "", 0},
		id("https://login.evil.example/48-bytes-are-64-chars"): {200, "url", 14},
		"/urls/!!!":                               {404, "", 0},
		"/domains/login.evil.example":             {200, "domain", 14},
		"/domains/mailer.evil.example":            {200, "domain", 1},
		"/domains/good.example":                   {200, "domain", 0},
		"/domains/unseen.example":                 {404, "", 0},
		"/ip_addresses/203.0.113.9":               {200, "ip_address", 1},
		"/ip_addresses/198.51.100.1":              {200, "ip_address", 0},
		"/ip_addresses/x":                         {400, "", 0},
		"/files/" + evilHash:                      {200, "file", 14},
		"/files/d41d8cd98f00b204e9800998ecf8427e": {404, "", 0},
	} {
		r := b.intel(path)
		if r.status != want.status {
			t.Errorf("%s: got %d, want %d: %s", path, r.status, want.status, r.raw)
			continue
		}
		v := r.json(t)
		if want.status != 200 {
			if at(t, v, "error", "code") == "" || at(t, v, "error", "message") == "" {
				t.Errorf("%s: an error without code or message: %v", path, v)
			}
			continue
		}
		attributes := at(t, v, "data", "attributes").(map[string]any)
		stats := attributes["last_analysis_stats"].(map[string]any)
		if at(t, v, "data", "type") != want.kind || stats["malicious"] != want.bad {
			t.Errorf("%s: got %v %v, want %s %v", path, at(t, v, "data", "type"), stats, want.kind, want.bad)
		}
		counted := map[string]float64{}
		for _, result := range attributes["last_analysis_results"].(map[string]any) {
			counted[at(t, result, "category").(string)]++
		}
		for category, n := range counted {
			if stats[category] != n {
				t.Errorf("%s: %v results of category %s, but the sum says %v", path, n, category, stats[category])
			}
		}
	}
}

func TestVirustotal_findsALinkByTheHashOfItToo(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	first := b.intel("/urls/" + base64.RawURLEncoding.EncodeToString([]byte(evilLink))).json(t)
	second := b.intel("/urls/" + at(t, first, "data", "id").(string))
	if second.status != 200 || at(t, second.json(t), "data", "attributes", "url") != evilLink {
		t.Errorf("got %d %s", second.status, second.raw)
	}
}

func TestVirustotal_refusesOtherKeys(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	path := b.URL("virustotal") + "/api/v3/domains/good.example"
	if r := b.ask("GET", path, nil); r.status != 401 || at(t, r.json(t), "error", "code") != "AuthenticationRequiredError" {
		t.Errorf("no key: got %d %s", r.status, r.raw)
	}
	if r := b.ask("GET", path, nil, "x-apikey", "x"); r.status != 401 || at(t, r.json(t), "error", "code") != "WrongCredentialsError" {
		t.Errorf("wrong key: got %d %s", r.status, r.raw)
	}
}

func TestOPNsense_blocksAndUnblocksAnAddress(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	add := func(address string) any {
		return b.firewall("POST", "/firewall/alias_util/add/harrier_blocked", map[string]any{"address": address}).json(t)["status"]
	}
	for address, want := range map[string]string{
		"192.0.2.1": "done", "2001:db8::1": "done", "198.51.100.0/24": "done", "evil.example": "not_an_address", "2001:DB8::2": "not_an_address",
	} {
		if got := add(address); got != want {
			t.Errorf("add %s: got %v, want %s", address, got, want)
		}
	}
	if diff := cmp.Diff([]string{"192.0.2.1", "198.51.100.0/24", "2001:db8::1"}, b.Blocked("harrier_blocked")); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
	v := b.firewall("POST", "/firewall/alias_util/list/harrier_blocked", map[string]any{"searchPhrase": "192.0.2", "rowCount": 10}).json(t)
	if at(t, v, "total") != 1.0 || at(t, v, "rows", 0, "ip") != "192.0.2.1" {
		t.Errorf("list: got %v", v)
	}
	for range 2 {
		b.firewall("POST", "/firewall/alias_util/delete/harrier_blocked", url.Values{"address": {"192.0.2.1"}})
	}
	if got := b.counts("opnsense")["alias.delete harrier_blocked/192.0.2.1 "]; got != [2]int{2, 1} {
		t.Errorf("delete twice: got %v, want 2 times and 1 change", got)
	}
	if v := b.firewall("POST", "/firewall/alias_util/add/none", map[string]any{"address": "192.0.2.1"}).json(t); v["status"] != "failed" {
		t.Errorf("an alias that does not exist: got %v", v)
	}
	if v := b.firewall("GET", "/firewall/alias_util/add/harrier_blocked", nil).json(t); v["status"] != "failed" {
		t.Errorf("GET: got %v", v)
	}
	if v := b.firewall("GET", "/firewall/alias/get_alias_u_u_i_d/harrier_blocked", nil).json(t); len(v["uuid"].(string)) != 36 {
		t.Errorf("uuid: got %v", v)
	}
}

func TestOPNsense_addsTheFirstAddressOfAnAliasTwiceAsTheProductDoes(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for range 2 {
		b.firewall("POST", "/firewall/alias_util/add/harrier_blocked", map[string]any{"address": "192.0.2.1"})
	}
	b.firewall("POST", "/firewall/alias_util/delete/harrier_blocked", map[string]any{"address": "192.0.2.1"})
	if got := b.Blocked("harrier_blocked"); len(got) != 0 {
		t.Errorf("in force: got %v, want nothing", got)
	}
	if diff := cmp.Diff([]string{"192.0.2.1"}, b.Configured("harrier_blocked")); diff != "" {
		t.Errorf("configured, and so back after the next reload (-want +got):\n%s", diff)
	}
}

func TestOPNsense_sinkholesADomainOnceItIsReconfigured(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	host := map[string]any{"enabled": "1", "hostname": "*", "domain": "evil.example", "rr": "A", "server": "0.0.0.0", "description": "case 7"}
	saved := b.firewall("POST", "/unbound/settings/add_host_override", map[string]any{"host": host}).json(t)
	if saved["result"] != "saved" || len(b.Sinkholed()) != 0 {
		t.Fatalf("got %v and %v, want saved and nothing in force yet", saved, b.Sinkholed())
	}
	b.firewall("POST", "/unbound/service/reconfigure", map[string]any{})
	zones := b.firewall("GET", "/unbound/diagnostics/listlocalzones", nil).json(t)
	if diff := cmp.Diff(map[string]any{"zone": "evil.example.", "type": "redirect"}, at(t, zones, "data", 2)); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	found := b.firewall("POST", "/unbound/settings/search_host_override", map[string]any{"searchPhrase": "evil.example"}).json(t)
	if at(t, found, "rows", 0, "uuid") != saved["uuid"] {
		t.Errorf("search: got %v, want %v", found, saved["uuid"])
	}
	for _, want := range []string{"deleted", "not found"} {
		v := b.firewall("POST", "/unbound/settings/del_host_override/"+saved["uuid"].(string), map[string]any{}).json(t)
		if v["result"] != want {
			t.Errorf("delete: got %v, want %s", v, want)
		}
	}
	b.firewall("POST", "/unbound/service/reconfigure", map[string]any{})
	if len(b.Sinkholed()) != 0 {
		t.Errorf("still in force: %v", b.Sinkholed())
	}
	host["domain"] = "not a domain"
	if v := b.firewall("POST", "/unbound/settings/add_host_override", map[string]any{"host": host}).json(t); v["result"] != "failed" || at(t, v, "validations", "host.domain") == nil {
		t.Errorf("a bad domain: got %v", v)
	}
}

func TestOPNsense_refusesOtherCredentials(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	r := b.ask("POST", b.URL("opnsense")+"/api/firewall/alias_util/list/harrier_blocked", nil, "Authorization", "Basic eDp5")
	if r.status != 401 || r.json(t)["message"] != "Authentication Failed" {
		t.Errorf("got %d %s", r.status, r.raw)
	}
	if r := b.firewall("POST", "/firewall/none", nil); r.status != 404 {
		t.Errorf("an endpoint that does not exist: got %d", r.status)
	}
}

func TestSlack_postsAndKeepsMetadata(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	message := map[string]any{"channel": "#soc", "text": "Case 7 was opened.", "metadata": map[string]any{
		"event_type": "harrier_effect", "event_payload": map[string]any{"effect_key": "k1"}}}
	first := b.chat("POST", "chat.postMessage", message).json(t)
	if first["ok"] != true || at(t, first, "message", "text") != "Case 7 was opened." {
		t.Fatalf("got %v", first)
	}
	b.chat("POST", "chat.postMessage", message)
	id := first["channel"].(string)
	if got := b.counts("slack")["message.post "+id+" k1"]; got != [2]int{2, 2} {
		t.Errorf("posted twice: got %v; Slack makes two messages of two equal ones", b.counts("slack"))
	}
	form := url.Values{"channel": {id}, "include_all_metadata": {"true"}, "limit": {"1"}}
	page := b.chat("POST", "conversations.history", form).json(t)
	if at(t, page, "messages", 0, "metadata", "event_payload", "effect_key") != "k1" || page["has_more"] != true {
		t.Errorf("history: got %v", page)
	}
	form.Set("cursor", at(t, page, "response_metadata", "next_cursor").(string))
	form.Del("include_all_metadata")
	next := b.chat("POST", "conversations.history", form).json(t)
	if at(t, next, "messages", 0, "ts") != first["ts"] || at(t, next, "messages", 0, "metadata") != nil {
		t.Errorf("the next page: got %v, want the first message without metadata", next)
	}
}

func TestSlack_showsAnswersInTheirThreadOnly(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	parent := b.chat("POST", "chat.postMessage", map[string]any{"channel": "soc", "text": "parent"}).json(t)
	b.chat("POST", "chat.postMessage", map[string]any{"channel": "soc", "text": "child", "thread_ts": parent["ts"]})
	history := b.chat("GET", "conversations.history?channel="+parent["channel"].(string), nil).json(t)
	if at(t, history, "messages", 0, "text") != "parent" {
		t.Errorf("history: got %v", history)
	}
	replies := b.chat("GET", "conversations.replies?channel="+parent["channel"].(string)+"&ts="+parent["ts"].(string), nil).json(t)
	if at(t, replies, "messages", 1, "text") != "child" {
		t.Errorf("replies: got %v", replies)
	}
	if got := b.Messages("soc"); len(got) != 3 || got[2].Thread != parent["ts"] {
		t.Errorf("messages: got %+v", got)
	}
}

func TestSlack_refusesWith200(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for want, r := range map[string]reply{
		"channel_not_found":       b.chat("POST", "chat.postMessage", map[string]any{"channel": "#none", "text": "x"}),
		"no_text":                 b.chat("POST", "chat.postMessage", map[string]any{"channel": "#soc"}),
		"thread_not_found":        b.chat("POST", "chat.postMessage", map[string]any{"channel": "#soc", "text": "x", "thread_ts": "../x"}),
		"invalid_metadata_format": b.chat("POST", "chat.postMessage", map[string]any{"channel": "#soc", "text": "x", "metadata": "no"}),
		"invalid_json":            b.ask("POST", b.URL("slack")+"/api/chat.postMessage", "{", "Content-Type", "application/json"),
		"not_authed":              b.ask("POST", b.URL("slack")+"/api/auth.test", nil),
		"invalid_auth":            b.ask("POST", b.URL("slack")+"/api/auth.test", nil, "Authorization", "Bearer x"),
		"unknown_method":          b.chat("POST", "none", nil),
	} {
		if v := r.json(t); r.status != 200 || v["ok"] != false || v["error"] != want {
			t.Errorf("got %d %v, want 200 and %s", r.status, v, want)
		}
	}
	if v := b.chat("GET", "conversations.replies?channel=C0LAB0001&ts=1", nil).json(t); v["error"] != "thread_not_found" {
		t.Errorf("answers to a message that does not exist: got %v", v)
	}
	if v := b.chat("GET", "conversations.history?channel=soc", nil).json(t); v["error"] != "channel_not_found" {
		t.Errorf("history by name: got %v; Slack takes ids only", v)
	}
	if v := b.chat("POST", "auth.test", nil).json(t); v["ok"] != true || v["team_id"] == "" {
		t.Errorf("auth.test: got %v", v)
	}
}
