package door

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	topic    = "arn:aws:sns:eu-west-1:123456789012:findings"
	certURL  = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
	finding  = `{"detail-type":"GuardDuty Finding"}`
	joinURL  = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=t"
	snsAgent = "Amazon Simple Notification Service Agent"
)

// cloud is Amazon: it signs, and it is asked.
type cloud struct {
	*house
	t   *testing.T
	key *rsa.PrivateKey

	mu        sync.Mutex // guards what follows
	pages     map[string][]byte
	asked     []string
	confirmed []string
	down      error
}

func (c *cloud) Get(_ context.Context, _ harrier.TenantID, address string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, address)
	page, ok := c.pages[address]
	if c.down != nil || !ok {
		return nil, harrier.Errorf(harrier.Unavailable, "404")
	}
	return page, nil
}

func (c *cloud) Confirming(_ context.Context, _ harrier.Source, topic string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.confirmed = append(c.confirmed, topic)
	return c.down
}

// certificate is one of a key, valid at the time of the house.
func (c *cloud) certificate(name string, key *rsa.PrivateKey, until time.Duration) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: c.now.Add(-30 * 24 * time.Hour), NotAfter: c.now.Add(until),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newCloud(t *testing.T, key *rsa.PrivateKey) *cloud {
	t.Helper()
	c := &cloud{house: newHouse(), t: t, key: key, pages: map[string][]byte{joinURL: []byte("<ConfirmSubscriptionResponse/>")}}
	c.house.Door.cfg.Amazon = c
	c.pages[certURL] = c.certificate("sns.amazonaws.com", c.key, 24*time.Hour)
	c.add("aws", Settings{Handshake: "sns", Topics: topics{topic}, Auth: Auth{Kind: Basic, User: "sns"}}, token)
	return c
}

// message is one of a type, as SNS sends it, signed unless change takes that away.
func (c *cloud) message(kind, version string, change func(map[string]string)) map[string]string {
	m := map[string]string{
		"Type": kind, "MessageId": "m-1", "TopicArn": topic, "Message": finding, "Subject": "GuardDuty", "Timestamp": c.now.Format("2006-01-02T15:04:05.000Z"),
		"SignatureVersion": version, "SigningCertURL": certURL, "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
	}
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if kind != snsNotification {
		m["Token"], m["SubscribeURL"], m["Message"] = "t", joinURL, "You have chosen to subscribe"
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
		delete(m, "Subject")
	}
	if change != nil {
		change(m)
	}
	m["Signature"] = c.sign(m, names)
	return m
}

// sign signs as the documentation of SNS says, apart from the code.
func (c *cloud) sign(m map[string]string, names []string) string {
	var text strings.Builder
	for _, name := range names {
		if v, ok := m[name]; ok {
			text.WriteString(name + "\n" + v + "\n")
		}
	}
	hash := map[string]crypto.Hash{"1": crypto.SHA1, "2": crypto.SHA256}[m["SignatureVersion"]]
	if hash == 0 {
		hash = crypto.SHA256
	}
	h := hash.New()
	h.Write([]byte(text.String()))
	signature, err := rsa.SignPKCS1v15(rand.Reader, c.key, hash, h.Sum(nil))
	if err != nil {
		c.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

func (c *cloud) deliver(m map[string]string) (*httptest.ResponseRecorder, error) {
	body, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/v1/in/aws", strings.NewReader(string(body)))
	req.SetBasicAuth("sns", token)
	req.Header.Set("X-Amz-Sns-Message-Type", m["Type"])
	req.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	req.Header.Set("User-Agent", snsAgent)
	return c.send(req)
}

func TestSNS_takesWhatAmazonSignedForTheTopic(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	for _, version := range []string{"1", "2"} {
		c := newCloud(t, key)
		for i, m := range []map[string]string{
			c.message(snsNotification, version, nil),
			c.message(snsNotification, version, func(m map[string]string) { delete(m, "Subject"); m["MessageId"] = "m-2" }),
		} {
			rec, err := c.deliver(m)
			if err != nil || rec.Code != http.StatusAccepted || len(c.bodies()) != i+1 || c.bodies()[i] != finding {
				t.Errorf("version %s, message %d: %d %v, taken %q", version, i, rec.Code, err, c.bodies())
			}
		}
		if !slices.Equal(c.asked, []string{certURL}) {
			t.Errorf("asked for %q, want the certificate once", c.asked)
		}
		c.now = c.now.Add(25 * time.Hour) // the certificate is over
		if _, err := c.deliver(c.message(snsNotification, version, func(m map[string]string) { m["MessageId"] = "m-3" })); harrier.KindOf(err) != harrier.Unauthenticated {
			t.Errorf("version %s: signed with a certificate that is over: %v", version, err)
		}
	}
}

func TestSNS_refusesWhatIsNotSignedByAmazon(t *testing.T) {
	t.Parallel()
	key, foreign := newKey(t), newKey(t)
	for name, bad := range map[string]func(c *cloud, m map[string]string){
		"an altered message":        func(_ *cloud, m map[string]string) { m["Message"] = `{"detail-type":"nothing to see"}` },
		"an altered subject":        func(_ *cloud, m map[string]string) { m["Subject"] = "x" },
		"a subject that is gone":    func(_ *cloud, m map[string]string) { delete(m, "Subject") },
		"another id":                func(_ *cloud, m map[string]string) { m["MessageId"] = "m-2" },
		"another time":              func(c *cloud, m map[string]string) { m["Timestamp"] = c.now.Add(time.Second).Format(time.RFC3339) },
		"another type":              func(_ *cloud, m map[string]string) { m["Type"] = snsUnsubscribed },
		"no signature":              func(_ *cloud, m map[string]string) { m["Signature"] = "" },
		"a signature that is noise": func(_ *cloud, m map[string]string) { m["Signature"] = "%%%" },
		"another version":           func(_ *cloud, m map[string]string) { m["SignatureVersion"] = "1" },
		"no version":                func(_ *cloud, m map[string]string) { m["SignatureVersion"] = "" },
		"a certificate of a foreign key": func(c *cloud, _ map[string]string) {
			c.pages[certURL] = c.certificate("sns.amazonaws.com", foreign, time.Hour)
		},
		"a certificate of another name": func(c *cloud, _ map[string]string) {
			c.pages[certURL] = c.certificate("sns.amazonaws.com.evil.example", c.key, time.Hour)
		},
		"a certificate of another service": func(c *cloud, _ map[string]string) {
			c.pages[certURL] = c.certificate("bucket.s3.amazonaws.com", c.key, time.Hour)
		},
		"a certificate that is over": func(c *cloud, _ map[string]string) {
			c.pages[certURL] = c.certificate("sns.amazonaws.com", c.key, -time.Hour)
		},
		"no certificate at all": func(c *cloud, _ map[string]string) { c.pages[certURL] = []byte("<html>") },
	} {
		c := newCloud(t, key)
		m := c.message(snsNotification, "2", nil)
		bad(c, m)
		if _, err := c.deliver(m); harrier.KindOf(err) != harrier.Unauthenticated || len(c.bodies()) > 0 {
			t.Errorf("%s: %v, taken %q", name, err, c.bodies())
		}
	}
}

func TestSNS_signedForSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	for name, change := range map[string]func(m map[string]string){
		"another topic of the account":  func(m map[string]string) { m["TopicArn"] = topic + "2" },
		"a topic of another account":    func(m map[string]string) { m["TopicArn"] = strings.Replace(topic, "123456789012", "999999999999", 1) },
		"a topic in another case":       func(m map[string]string) { m["TopicArn"] = strings.ToUpper(topic) },
		"a message of yesterday":        func(m map[string]string) { m["Timestamp"] = "2026-11-22T08:59:59.000Z" },
		"a message of tomorrow":         func(m map[string]string) { m["Timestamp"] = "2026-11-23T09:16:00.000Z" },
		"no time":                       func(m map[string]string) { m["Timestamp"] = "now" },
		"a certificate of another host": func(m map[string]string) { m["SigningCertURL"] = "https://evil.example/x.pem" },
		"a host that begins like Amazon's": func(m map[string]string) {
			m["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"
		},
		"a bucket":                     func(m map[string]string) { m["SigningCertURL"] = "https://sns.s3.amazonaws.com/x.pem" },
		"a bucket in a region":         func(m map[string]string) { m["SigningCertURL"] = "https://sns.s3-us-west-2.amazonaws.com/x.pem" },
		"a bucket with a name of dots": func(m map[string]string) { m["SigningCertURL"] = "https://sns.eu-west-1.s3.amazonaws.com/x.pem" },
		"no TLS":                       func(m map[string]string) { m["SigningCertURL"] = "http://sns.eu-west-1.amazonaws.com/x.pem" },
		"another port":                 func(m map[string]string) { m["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com:8443/x.pem" },
		"a user in the address": func(m map[string]string) {
			m["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem"
		},
		"what is no certificate": func(m map[string]string) {
			m["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=x&y=.pem"
		},
		"an address of a message to subscribe": func(m map[string]string) { m["SigningCertURL"] = joinURL },
		"a metadata service":                   func(m map[string]string) { m["SigningCertURL"] = "http://169.254.169.254/latest/x.pem" },
	} {
		c := newCloud(t, key)
		if _, err := c.deliver(c.message(snsNotification, "2", change)); harrier.KindOf(err) != harrier.Unauthenticated || len(c.bodies()) > 0 || len(c.asked) > 0 {
			t.Errorf("%s: %v, taken %q, asked %q", name, err, c.bodies(), c.asked)
		}
	}
}

func TestSNS_takesAMessageOnce(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	c := newCloud(t, key)
	m := c.message(snsNotification, "2", nil)
	for range 3 {
		if rec, err := c.deliver(m); err != nil || rec.Code != http.StatusAccepted {
			t.Errorf("%d %v", rec.Code, err)
		}
	}
	if got := c.bodies(); len(got) != 1 {
		t.Errorf("taken %q, want it once", got)
	}
	// Long after, when its name is forgotten, it is too old.
	c.now, c.names = c.now.Add(31*24*time.Hour), map[string]harrier.EventID{}
	if _, err := c.deliver(m); harrier.KindOf(err) != harrier.Unauthenticated {
		t.Errorf("a month later: %v", err)
	}
}

func TestSNS_takesNothingWithoutItsEnvelope(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	c := newCloud(t, key)
	for _, header := range []string{"", snsNotification} { // raw delivery, and a body that is none
		req := httptest.NewRequest(http.MethodPost, "/v1/in/aws", strings.NewReader(finding))
		req.SetBasicAuth("sns", token)
		if header != "" {
			req.Header.Set("X-Amz-Sns-Message-Type", header)
		}
		if _, err := c.send(req); harrier.KindOf(err) != harrier.Unauthenticated || len(c.bodies()) > 0 {
			t.Errorf("%q: %v, taken %q", header, err, c.bodies())
		}
	}
}

func TestSNS_confirmsTheTopicThatIsDeclaredAndNoOther(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	c := newCloud(t, key)
	if rec, err := c.deliver(c.message(snsSubscription, "2", nil)); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%d %v", rec.Code, err)
	}
	if !slices.Equal(c.asked, []string{certURL, joinURL}) || !slices.Equal(c.confirmed, []string{topic}) || len(c.requests) > 0 {
		t.Errorf("asked %q, confirmed %q, requests %+v", c.asked, c.confirmed, c.requests)
	}
	for name, change := range map[string]func(m map[string]string){
		"another topic":         func(m map[string]string) { m["TopicArn"] = topic + "-of-somebody" },
		"an address of another": func(m map[string]string) { m["SubscribeURL"] = "https://evil.example/?Action=ConfirmSubscription" },
	} {
		c := newCloud(t, key)
		if _, err := c.deliver(c.message(snsSubscription, "2", change)); err == nil || len(c.confirmed) > 0 || slices.Contains(c.asked, joinURL) {
			t.Errorf("%s: %v, asked %q", name, err, c.asked)
		}
	}
	forged := c.message(snsSubscription, "2", nil)
	forged["SubscribeURL"] += "&More=1"
	if _, err := c.deliver(forged); harrier.KindOf(err) != harrier.Unauthenticated {
		t.Errorf("an altered address: %v", err)
	}
	// Somebody ended it: whether it begins again is for a person to say.
	gone := newCloud(t, key)
	if _, err := gone.deliver(gone.message(snsUnsubscribed, "2", nil)); err != nil || len(gone.confirmed) > 0 || len(gone.requests) != 1 {
		t.Errorf("the end of a subscription: %v, confirmed %q, requests %+v", err, gone.confirmed, gone.requests)
	}
}

func TestSNS_isToldToTryAgainWhereAmazonCannotBeAsked(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	c := newCloud(t, key)
	c.down = harrier.Errorf(harrier.Unavailable, "no way out")
	m := c.message(snsNotification, "2", nil)
	for range 3 {
		if _, err := c.deliver(m); harrier.KindOf(err) != harrier.Unavailable || len(c.bodies()) > 0 {
			t.Errorf("%v, taken %q", err, c.bodies())
		}
	}
	if len(c.asked) != 1 {
		t.Errorf("asked %d times within a minute", len(c.asked))
	}
	c.down, c.now = nil, c.now.Add(2*time.Minute)
	if rec, err := c.deliver(m); err != nil || rec.Code != http.StatusAccepted {
		t.Errorf("later: %d %v", rec.Code, err)
	}
}

func FuzzSNS_asksAmazonAlone(f *testing.F) {
	f.Add(certURL)
	f.Add("https://sns.s3-us-west-2.amazonaws.com/x.pem")
	f.Add("https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem")
	f.Fuzz(func(t *testing.T, address string) {
		u, ok := ofSNS(address)
		if !ok {
			return
		}
		host := u.Hostname()
		if u.Scheme != "https" || !strings.HasPrefix(host, "sns.") || !strings.HasSuffix(strings.TrimSuffix(host, ".cn"), ".amazonaws.com") || strings.Count(strings.TrimSuffix(host, ".cn"), ".") != 3 {
			t.Errorf("%q is taken for one of SNS", address)
		}
	})
}

func TestSettings_nameTopicsWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"` + topic + `"`: true, `["` + topic + `"]`: true, `"` + topic + `, arn:aws-us-gov:sns:us-gov-west-1:123456789012:a.fifo"`: true,
		`"arn:aws:sns:*:123456789012:*"`: false, `"findings"`: false, `["arn:aws:sns:eu-west-1:123456789012:"]`: false, `5`: false,
	} {
		_, err := ParseSettings(json.RawMessage(`{"handshake":"sns","topics":` + text + `,"auth":{"kind":"basic","user":"sns","keys":[{"field":"k"}]}}`))
		if (err == nil) != want {
			t.Errorf("topics %s: %v", text, err)
		}
	}
}
