package enrich_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/enrich"
)

// systems are an organisation's own.
func systems() *vendors {
	return &vendors{
		offers: map[string][]string{
			"identity.get_user": {"entra"}, "endpoint.get_host": {"defender", "falcon"}, "asset.get": {"cmdb"}, "siem.search": {"other", "splunk"},
		},
		answer: func(_ context.Context, source string, in map[string]any) (map[string]any, error) {
			switch source {
			case "entra":
				return map[string]any{"user_id": "7", "enabled": true}, nil
			case "defender":
				return nil, connector.Errorf(connector.NotFound, "no such machine")
			case "falcon":
				return map[string]any{"host_id": "9", "isolated": false}, nil
			case "cmdb":
				return map[string]any{"asset_id": "1", "name": "ws-17", "criticality": "high", "owner": "kim"}, nil
			}
			return map[string]any{"events": []any{map[string]any{"query": in["query"], "from": in["from"], "to": in["to"], "limit": in["limit"]}}}, nil
		},
	}
}

// aboutKim is a request about a user and a host.
func aboutKim(severity, user string) enrich.Request {
	req := request(severity)
	req.Finding.Entities = []harrier.Entity{{Type: harrier.UserEntity, Key: user}, {Type: harrier.HostEntity, Key: "ws-17"}}
	req.Finding.Time = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return req
}

func TestPicture_tellsWhatTheOrganisationsSystemsKnowAndSinceWhen(t *testing.T) {
	t.Parallel()
	s := service(t, systems(), nil)
	p, _ := drawn(t, s, aboutKim("medium", "kim@corp.example"))
	for _, e := range p.Entities {
		for role, facts := range e.Facts {
			m, _ := facts.(map[string]any)
			if at, _ := m["at"].(string); at == "" && m["found"] != false {
				t.Errorf("%s has no age: %v", role, m)
			}
			delete(m, "at")
		}
	}
	if want := map[string]any{"directory": map[string]any{"user_id": "7", "enabled": true, "from": "entra", "found": true}}; !cmp.Equal(want, p.Entities[0].Facts) {
		t.Errorf("user %v", p.Entities[0].Facts)
	}
	want := map[string]any{
		"edr":          map[string]any{"host_id": "9", "isolated": false, "from": "falcon", "found": true},
		"edr defender": map[string]any{"from": "defender", "found": false},
		"assets":       map[string]any{"asset_id": "1", "name": "ws-17", "criticality": "high", "owner": "kim", "from": "cmdb", "found": true},
	}
	if diff := cmp.Diff(want, p.Entities[1].Facts); diff != "" {
		t.Errorf("host (-want +got):\n%s", diff)
	}
	if e := p.Entities[1]; e.Criticality != "high" || e.Owner != "kim" || e.Source != "cmdb" || len(p.Missing) > 0 {
		t.Errorf("host %+v, missing %q", e, gaps(p))
	}
	v := systems()
	if drawn(t, service(t, v, nil), aboutKim("low", "kim@corp.example")); len(v.calls()) > 0 {
		t.Errorf("asked for a low alert: %q", v.calls())
	}
}

func TestPicture_searchesTheLogsAroundTheEventAndLetsNoAlertWriteTheQuery(t *testing.T) {
	t.Parallel()
	search := func(c *enrich.Config) {
		c.Settings.Searches = []enrich.Search{{
			Name: "sign-ins", Connection: "splunk", For: harrier.UserEntity, Query: `user="{entity}"`, Before: time.Hour, After: time.Minute, Rows: 5,
		}}
	}
	p, _ := drawn(t, service(t, systems(), search), aboutKim("high", "kim@corp.example"))
	logs, _ := p.Entities[0].Facts["logs"].(map[string]any)
	found, _ := logs["sign-ins"].(map[string]any)
	want := []any{map[string]any{"query": `user="kim@corp.example"`, "from": "2026-11-02T08:00:00Z", "to": "2026-11-02T09:01:00Z", "limit": int64(5)}}
	if diff := cmp.Diff(want, found["events"]); diff != "" || found["from"] != "splunk" {
		t.Errorf("from %v, events (-want +got):\n%s", found["from"], diff)
	}
	for _, user := range []string{`kim" OR user=*`, "kim lee", "kim'--", "kim|delete", "*"} {
		v := systems()
		p, _ := drawn(t, service(t, v, search), aboutKim("high", user))
		if asked := strings.Join(v.calls(), "\n"); strings.Contains(asked, "splunk") || len(p.Missing) != 1 {
			t.Errorf("%q: asked %s, missing %q", user, asked, gaps(p))
		}
	}
	v := systems()
	if drawn(t, service(t, v, search), aboutKim("medium", "kim@corp.example")); strings.Contains(strings.Join(v.calls(), "\n"), "splunk") {
		t.Error("searched for an alert of medium severity")
	}
}

func TestPicture_holdsNoMoreOfASearchThanFits(t *testing.T) {
	t.Parallel()
	v := systems()
	v.answer = func(context.Context, string, map[string]any) (map[string]any, error) {
		var events []any
		for range 100 {
			events = append(events, map[string]any{"text": strings.Repeat("x", 4000)})
		}
		return map[string]any{"events": events}, nil
	}
	s := service(t, v, func(c *enrich.Config) {
		c.Settings.Searches = []enrich.Search{{Name: "a", Connection: "splunk", For: harrier.UserEntity, Query: "{entity}", Before: time.Hour, Rows: 100}}
	})
	p, _ := drawn(t, s, aboutKim("high", "kim@corp.example"))
	found := p.Entities[0].Facts["logs"].(map[string]any)["a"].(map[string]any)
	if n := len(found["events"].([]any)); n != 16 || found["truncated"] != true || len(p.Missing) != 1 {
		t.Errorf("%d events, missing %q", n, gaps(p))
	}
}
