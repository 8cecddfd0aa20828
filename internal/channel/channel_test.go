package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

func noon() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) }

// The example that Slack's documentation works through.
func TestSlackSignature_isThatOfTheDocumentation(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	p := proof{
		head: http.Header{
			"X-Slack-Request-Timestamp": {"1531420618"}, "X-Slack-Signature": {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
		},
		body: []byte(body), secret: harrier.NewSecret("8f742231b10e8888abcd99yyyzzz85a5"), now: time.Unix(1531420618, 0).Add(5 * time.Minute),
	}
	if _, ok := p.slack(); !ok {
		t.Error("it is refused")
	}
	for name, change := range map[string]func(p proof) proof{
		"a second too late": func(p proof) proof { p.now = p.now.Add(time.Second); return p },
		"another byte":      func(p proof) proof { p.body = []byte(body + " "); return p },
		"another secret":    func(p proof) proof { p.secret = harrier.NewSecret("x"); return p },
		"no secret":         func(p proof) proof { p.secret = harrier.Secret{}; return p },
		"no signature":      func(p proof) proof { p.head = http.Header{"X-Slack-Request-Timestamp": {"1531420618"}}; return p },
		"half a signature": func(p proof) proof {
			p.head = http.Header{"X-Slack-Request-Timestamp": {"1531420618"}, "X-Slack-Signature": {"v0=a211"}}
			return p
		},
		"another version": func(p proof) proof {
			p.head = http.Header{"X-Slack-Request-Timestamp": {"1531420618"}, "X-Slack-Signature": {"v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}}
			return p
		},
	} {
		if _, ok := change(p).slack(); ok {
			t.Errorf("%s is taken", name)
		}
	}
}

// teamsKey is a secret as Teams makes it.
func teamsKey() string {
	return base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
}

func activity(text string, at time.Time) []byte {
	return fmt.Appendf(nil, `{"type":"message","id":"1485983408511","timestamp":%q,"serviceUrl":"https://smba.trafficmanager.net/amer/","channelId":"msteams",
"from":{"id":"29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85gQtHieVkKilBZ9XHoq9j7Zaqt7CZ-NJWi7me2kHTL3Bw","name":"Ann","aadObjectId":"b130c271-d2eb-45f9-83ab-9eb3fe3788bc"},
"conversation":{"id":"19:253b1f341670408fb6fe51050b6e5ceb@thread.skype"},"text":%q,"channelData":{"tenant":{"id":"72f988bf-86f1-41af-91ab-2d7cd011db47"}}}`, at.Format(time.RFC3339Nano), text)
}

// APR-02: Teams signs the very bytes, and what people write names what they saw.
func TestTeams_readsAnOrderThatIsSigned(t *testing.T) {
	t.Parallel()
	id := harrier.DeriveID[harrier.ApprovalID]("q")
	body := activity("<at>Harrier</at>&nbsp;<p>Approve "+id.String()+" 0a1b2c3d4e looks right</p>\n", noon())
	mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
	mac.Write(body)
	p := proof{
		head: http.Header{"Authorization": {"HMAC " + base64.StdEncoding.EncodeToString(mac.Sum(nil))}}, body: body, secret: harrier.NewSecret(teamsKey()), now: noon(),
	}
	if !p.teams() {
		t.Error("it is refused")
	}
	for name, bad := range map[string]proof{
		"another byte": {head: p.head, body: append([]byte{' '}, body...), secret: p.secret}, "no secret": {head: p.head, body: body},
		"a secret that is none": {head: p.head, body: body, secret: harrier.NewSecret("%%")}, "no header": {body: body, secret: p.secret},
		"hexadecimal": {head: http.Header{"Authorization": {"HMAC " + hex.EncodeToString(mac.Sum(nil))}}, body: body, secret: p.secret},
	} {
		if bad.teams() {
			t.Errorf("%s is taken", name)
		}
	}
	in, told, err := readTeams(body, noon())
	if err != nil || told != "" || in.choice != "approve" || in.id != id || in.seen != "0a1b2c3d4e" || in.comment != "looks right" ||
		in.account != "b130c271-d2eb-45f9-83ab-9eb3fe3788bc" || in.team != "72f988bf-86f1-41af-91ab-2d7cd011db47" {
		t.Errorf("%+v %q %v", in, told, err)
	}
	if _, _, err := readTeams(body, noon().Add(tolerance+time.Second)); harrier.KindOf(err) != harrier.Unauthenticated || err == nil {
		t.Errorf("what is old: %v", err)
	}
	for _, text := range []string{"hello", "approve " + id.String(), "approve approval_x 0a1b2c3d4e"} {
		if _, told, err := readTeams(activity(text, noon()), noon()); err != nil || told == "" {
			t.Errorf("%q: %q, %v", text, told, err)
		}
	}
}

// What a question says is text in Slack: it mentions nobody and links nowhere.
func TestSlackBlocks_areTextAndBoundedInSize(t *testing.T) {
	t.Parallel()
	out, err := SlackBlocks(Message{Text: "<!channel> <https://evil.example|click> " + strings.Repeat("ä", 5000), Buttons: []Button{{"deny", "v", "Deny"}}})
	if err != nil || !strings.Contains(out, `"type":"plain_text"`) || strings.Contains(out, "mrkdwn") || len(out) > 4000 || !utf8.ValidString(out) {
		t.Errorf("%d bytes, %v: %s", len(out), err, out)
	}
}

func FuzzReadSlack(f *testing.F) {
	f.Add([]byte(`payload={"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"harrier.approve","value":"approval_0 x"}]}`))
	f.Add([]byte("payload=%7B%7D&payload=x"))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := readSlack(body)
		if err == nil && (in.id.IsZero() || in.choice != "approve" && in.choice != "deny" && in.choice != "open") {
			t.Errorf("%q gives %+v", body, in)
		}
	})
}

func FuzzReadTeams(f *testing.F) {
	f.Add(activity("deny "+harrier.DeriveID[harrier.ApprovalID]("q").String()+" abcdef", noon()))
	f.Add([]byte(`{"type":"message","id":"1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, told, err := readTeams(body, noon())
		if err == nil && told == "" && (in.id.IsZero() || in.seen == "" || in.choice != "approve" && in.choice != "deny") {
			t.Errorf("%q gives %+v", body, in)
		}
	})
}
