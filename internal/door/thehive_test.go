package door

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

const hiveBody = `{"type":"wazuh","source":"manager","sourceRef":"r1","title":"T","description":"D","severity":3,"tags":["a"],"observables":[{"dataType":"ip","data":"203.0.113.7"}]}`

func TestTheHive_forwardersWorkUnchanged(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("forwarders", Settings{Shape: "thehive", Auth: Auth{Kind: Bearer}}, token)
	h.add("others", Settings{Auth: Auth{Kind: Bearer}}, token+"2")
	rec, err := h.post("/api/v1/alert", hiveBody, "Authorization", "Bearer "+token, "Content-Type", "application/json")
	var got struct {
		ID       string `json:"_id"`
		Status   string `json:"status"`
		Severity int    `json:"severity"`
		Ref      string `json:"sourceRef"`
	}
	if err := errors.Join(err, json.Unmarshal(rec.Body.Bytes(), &got)); err != nil || rec.Code != http.StatusCreated || got.Status != "New" || got.ID == "" || got.Severity != 3 || got.Ref != "r1" {
		t.Errorf("got %d %s %v, want what TheHive answers", rec.Code, rec.Body, err)
	}
	if bodies := h.bodies(); len(bodies) != 1 || bodies[0] != hiveBody {
		t.Errorf("taken %q, want the alert as it came", bodies)
	}
	rec, err = h.post("/api/v1/alert", strings.Replace(hiveBody, `"T"`, `"T2"`, 1), "Authorization", "Bearer "+token)
	if err != nil || rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), "CreateError") || len(h.bodies()) != 1 {
		t.Errorf("the same reference again got %d %s %v", rec.Code, rec.Body, err)
	}
	for body, want := range map[string]string{
		`{"type":"a","source":"b","sourceRef":"c","title":"d"}`: "description", `[]`: "right form",
		strings.Replace(hiveBody, `"severity":3`, `"severity":9`, 1): "severity",
	} {
		if rec, err := h.post("/api/v1/alert", body, "Authorization", "Bearer "+token); err != nil || rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s got %d %s %v, want 400 that says %s", body, rec.Code, rec.Body, err, want)
		}
	}
	for _, header := range []string{"", "Bearer ", "Bearer x", "Bearer " + token + "2", "Basic " + token} {
		if _, err := h.post("/api/v1/alert", hiveBody, "Authorization", header); !errors.Is(err, errStranger) {
			t.Errorf("%q got %v, want the stranger's answer", header, err)
		}
	}
}
