package door

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

func TestHandshake_answersAfterTheProofAlone(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("graph", Settings{Handshake: "graph", Auth: Auth{Kind: URLToken}}, token)
	h.add("okta", Settings{Handshake: "okta", Auth: Auth{Kind: Bearer, Header: "X-Harrier-Token"}}, token)
	h.add("plain", Settings{Auth: Auth{Kind: URLToken}}, token)
	rec, err := h.post("/v1/in/graph/"+token+"?validationToken=Validation%3A+%3Cb%3E", "")
	if err != nil || rec.Code != http.StatusOK || rec.Body.String() != "Validation: <b>" || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("Graph got %d %q %q %v, want its token as plain text", rec.Code, rec.Body, rec.Header(), err)
	}
	if _, err := h.post("/v1/in/graph/guess?validationToken=x", ""); !errors.Is(err, errStranger) {
		t.Errorf("a stranger got %v, want nothing echoed", err)
	}
	if rec, err := h.post("/v1/in/plain/"+token+"?validationToken=x", ""); err == nil || rec.Body.Len() > 0 {
		t.Errorf("a source that declares no handshake echoed %q", rec.Body)
	}
	get := httptest.NewRequest(http.MethodGet, "/v1/in/okta", nil)
	get.Header.Set("X-Okta-Verification-Challenge", `a"b`)
	if _, err := h.send(get); !errors.Is(err, errStranger) {
		t.Errorf("a challenge of a stranger got %v", err)
	}
	get.Header.Set("X-Harrier-Token", token)
	if rec, err := h.send(get); err != nil || strings.TrimSpace(rec.Body.String()) != `{"verification":"a\"b"}` {
		t.Errorf("Okta got %q %v", rec.Body, err)
	}
	if len(h.taken) > 0 {
		t.Errorf("a handshake became an event: %q", h.bodies())
	}
}

func TestHandshake_answersSlack(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("slack", slackSettings(), token)
	send := func(body string) (*httptest.ResponseRecorder, error) {
		stamp := strconv.FormatInt(h.now.Unix(), 10)
		return h.post("/v1/in/slack", body, "X-Slack-Request-Timestamp", stamp, "X-Slack-Signature", "v0="+hex.EncodeToString(signed("v0:"+stamp+":"+body)))
	}
	if rec, err := send(`{"type":"url_verification","challenge":"abc"}`); err != nil || rec.Body.String() != "abc" || len(h.taken) > 0 {
		t.Errorf("got %q %v", rec.Body, err)
	}
	if rec, err := send(`{"type":"event_callback"}`); err != nil || rec.Code != http.StatusAccepted || len(h.taken) != 1 {
		t.Errorf("an event got %d %v", rec.Code, err)
	}
}

func TestSNS_isConfirmedByAPersonAlone(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("aws", Settings{Handshake: "sns", Auth: Auth{Kind: URLToken}}, token)
	send := func(kind, rest string) error {
		_, err := h.post("/v1/in/aws/"+token, fmt.Sprintf(`{"Type":%q,"MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:1:t",%s}`, kind, rest), "X-Amz-Sns-Message-Type", kind, "Content-Type", "text/plain; charset=UTF-8")
		return err
	}
	good := "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
	if err := send("SubscriptionConfirmation", `"SubscribeURL":"`+good+`"`); err != nil || len(h.requests) != 1 || h.requests[0].URL != good || len(h.taken) > 0 {
		t.Errorf("got %v, requests %+v, want the address kept for a person", err, h.requests)
	}
	for _, bad := range []string{
		"http://sns.eu-west-1.amazonaws.com/", "https://sns.evil.example/", "https://amazonaws.com.evil.example/", "https://evil.example/sns.amazonaws.com",
		"https://sns.amazonaws.com@evil.example/", "https://sns.eu-west-1.amazonaws.com:8443/", "file:///etc/passwd", "https://s3.amazonaws.com/x",
	} {
		if err := send("SubscriptionConfirmation", `"SubscribeURL":"`+bad+`"`); harrier.KindOf(err) != harrier.Invalid || len(h.requests) != 1 {
			t.Errorf("%s got %v, want it refused", bad, err)
		}
	}
	for range 2 {
		if err := send("Notification", `"Message":"{\"detail-type\":\"GuardDuty Finding\"}"`); err != nil {
			t.Error(err)
		}
	}
	if got := h.bodies(); len(got) != 1 || got[0] != `{"detail-type":"GuardDuty Finding"}` || h.taken[0].Content != typeJSON {
		t.Errorf("taken %q, want the message without its envelope, once", got)
	}
}

func TestCollector_isAnsweredAsSplunkDoes(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.add("hec", Settings{Shape: "hec", Auth: Auth{Kind: Bearer}}, token)
	rec, err := h.post("/v1/in/hec/services/collector/event", `{"time":1,"event":{"a":1}}{"event":"<13>Oct 1\nx: y"}`, "Authorization", "Splunk "+token)
	if err != nil || rec.Code != http.StatusOK || strings.TrimSpace(rec.Body.String()) != `{"code":0,"text":"Success"}` || len(h.taken) != 1 || h.bodies()[0] != "{\"a\":1}\n<13>Oct 1 x: y" {
		t.Errorf("got %d %q %v, taken %q", rec.Code, rec.Body, err, h.bodies())
	}
}
