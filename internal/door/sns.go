package door

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Amazon is asked for the certificates of SNS and for the confirmation of
// subscriptions.
type Amazon interface {
	// Get returns what an address of SNS answers with success, over TLS with a host
	// that proves to be the one named. It follows no redirects.
	Get(ctx context.Context, tenant harrier.TenantID, address string) ([]byte, error)
	// Confirming is called before a subscription is confirmed; where it fails
	// nothing is.
	Confirming(ctx context.Context, src harrier.Source, topic string) error
}

// envelope is what Amazon SNS puts around a message.
type envelope struct {
	Type             string `json:"Type"`
	MessageID        string `json:"MessageId"`
	Token            string `json:"Token"`
	TopicARN         string `json:"TopicArn"`
	Subject          string `json:"Subject"`
	Message          string `json:"Message"`
	Timestamp        string `json:"Timestamp"`
	SubscribeURL     string `json:"SubscribeURL"`
	SignatureVersion string `json:"SignatureVersion"`
	Signature        string `json:"Signature"`
	SigningCertURL   string `json:"SigningCertURL"`
}

// The types of messages.
const (
	snsNotification = "Notification"
	snsSubscription = "SubscriptionConfirmation"
	snsUnsubscribed = "UnsubscribeConfirmation"
)

// opened is what SNS brings, or ok is false where it is not of SNS.
func (s Settings) opened(r *http.Request, body []byte) (e envelope, ok bool) {
	if s.Handshake != "sns" || r.Header.Get("X-Amz-Sns-Message-Type") == "" {
		return e, false
	}
	if json.Unmarshal(body, &e) != nil || e.Type == "" || e.MessageID == "" || len(e.MessageID) > maxID {
		return e, false
	}
	return e, true
}

// ofSNS returns the address of a host of Amazon SNS. The host is one of a region
// alone: others below amazonaws.com belong to customers, such as those of buckets.
func ofSNS(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxChallenge || u.Scheme != "https" || u.User != nil || u.Port() != "" || u.Fragment != "" {
		return nil, false
	}
	return u, regexp.MustCompile(`^sns\.[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?$`).MatchString(u.Host)
}

// confirmation is the address by which a subscription is confirmed, if it is
// one of Amazon's: it is shown to people, who would open any other as well.
func (e envelope) confirmation() (string, bool) {
	u, ok := ofSNS(e.SubscribeURL)
	if !ok {
		return "", false
	}
	return u.String(), true
}

// signed is what the signature covers: names and values in turn.
func (e envelope) signed() string {
	fields := []string{"Message", e.Message, "MessageId", e.MessageID}
	switch {
	case e.Type != snsNotification:
		fields = append(fields, "SubscribeURL", e.SubscribeURL, "Timestamp", e.Timestamp, "Token", e.Token)
	case e.Subject != "":
		fields = append(fields, "Subject", e.Subject, "Timestamp", e.Timestamp)
	default:
		fields = append(fields, "Timestamp", e.Timestamp)
	}
	return strings.Join(append(fields, "TopicArn", e.TopicARN, "Type", e.Type), "\n") + "\n"
}

const (
	// snsAge is how old a message may be: SNS repeats one for an hour at most, and
	// one that was taken is known for 30 days.
	snsAge = 24 * time.Hour
	// snsAhead is how far its clock may be ahead of ours.
	snsAhead = 15 * time.Minute
)

// genuine tells whether SNS has signed a message of a topic that is declared,
// lately. Whatever is not right is errStranger; that the certificate cannot be
// had now is not the sender's fault.
func (d *Door) genuine(ctx context.Context, src harrier.Source, topics []string, e envelope) error {
	at, err := time.Parse(time.RFC3339, e.Timestamp)
	now := d.cfg.Now()
	known := slices.Contains([]string{snsNotification, snsSubscription, snsUnsubscribed}, e.Type)
	if err != nil || now.Sub(at) > snsAge || at.Sub(now) > snsAhead || !known || !slices.Contains(topics, e.TopicARN) {
		return errStranger
	}
	hash, ok := map[string]crypto.Hash{"1": crypto.SHA1, "2": crypto.SHA256}[e.SignatureVersion]
	signature, err := base64.StdEncoding.DecodeString(e.Signature)
	if !ok || err != nil {
		return errStranger
	}
	where, ok := ofSNS(e.SigningCertURL)
	if !ok || !strings.HasSuffix(where.Path, ".pem") || where.RawQuery != "" {
		return errStranger
	}
	key, err := d.signers.key(ctx, d.cfg, src.Tenant, where.String())
	if err != nil {
		return err
	}
	h := hash.New()
	h.Write([]byte(e.signed()))
	if rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), signature) != nil {
		return errStranger
	}
	return nil
}

// fromSNS opens the envelope of a notification. A request to confirm is carried
// out where the topic is declared and its signature holds, and else kept for a
// person: asked tells so.
func (d *Door) fromSNS(v *delivery, e envelope) (asked bool, err error) {
	if topics := v.settings.Topics; len(topics) > 0 {
		if err := d.genuine(v.r.Context(), v.source, topics, e); err != nil {
			return true, err
		}
	}
	v.delivery = "sns/" + e.MessageID
	if e.Type == snsNotification {
		v.body, v.kind = []byte(e.Message), guess([]byte(e.Message))
		v.meta.SNS = &snsMeta{e.MessageID, e.TopicARN, e.Subject, e.Timestamp}
		return false, nil
	}
	where, ok := e.confirmation()
	if !ok {
		return true, harrier.Errorf(harrier.Invalid, "the address to confirm is not one of Amazon SNS")
	}
	if len(v.settings.Topics) > 0 && e.Type == snsSubscription {
		return true, d.confirm(v, e.TopicARN, where)
	}
	d.cfg.Log.Info("a subscription waits to be confirmed by a person", "source", v.source.Name, "topic", e.TopicARN)
	return true, d.cfg.Intake.KeepRequest(v.r.Context(), Request{v.source.Tenant, v.source.ID, "sns", where, v.now})
}

// confirm confirms a subscription to a topic that is declared. SNS repeats what
// fails.
func (d *Door) confirm(v *delivery, topic, where string) error {
	if err := d.cfg.Amazon.Confirming(v.r.Context(), v.source, topic); err != nil {
		return err
	}
	if _, err := d.cfg.Amazon.Get(v.r.Context(), v.source.Tenant, where); err != nil {
		d.cfg.Log.Warn("a subscription could not be confirmed", "source", v.source.Name, "topic", topic, "err", err)
		return errBusy
	}
	d.cfg.Log.Info("a subscription is confirmed", "source", v.source.Name, "topic", topic)
	return nil
}

// signers keeps the keys by which SNS signs, by the address of their certificate.
type signers struct {
	// turn has room for those who fetch one: a flood must not become one of ours.
	turn chan struct{}

	mu   sync.Mutex // guards what follows
	kept map[string]signer
}

// signer is a key, or why there is none, until a time.
type signer struct {
	key   *rsa.PublicKey
	err   error
	until time.Time
}

const (
	// maxSigners bounds what is kept, keyTime and faultTime how long.
	maxSigners         = 100
	keyTime, faultTime = 24 * time.Hour, time.Minute
)

// known returns what is kept of a certificate, while it is good.
func (s *signers) known(address string, now time.Time) (signer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := s.kept[address]
	return was, ok && now.Before(was.until)
}

// key returns the key of a certificate, which is fetched where it is not known.
func (s *signers) key(ctx context.Context, cfg Config, tenant harrier.TenantID, address string) (*rsa.PublicKey, error) {
	now := cfg.Now()
	if was, ok := s.known(address, now); ok {
		return was.key, was.err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, errBusy
	}
	if was, ok := s.known(address, now); ok { // fetched meanwhile
		return was.key, was.err
	}
	fresh := signer{until: now.Add(faultTime)}
	raw, err := cfg.Amazon.Get(ctx, tenant, address)
	if err != nil {
		cfg.Log.Warn("the certificate of SNS cannot be fetched", "url", address, "err", err)
		fresh.err = errBusy
	} else if fresh.key, fresh.err = signingKey(raw, now); fresh.err == nil {
		fresh.until = now.Add(keyTime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxSigners {
		clear(s.kept)
	}
	s.kept[address] = fresh
	return fresh.key, fresh.err
}

// signingKey reads the key of a certificate that SNS signs with. That it is
// Amazon's follows from the host that it came from, which has proven itself:
// the file holds no chain.
func signingKey(raw []byte, now time.Time) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errStranger
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil || now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return nil, errStranger
	}
	named := regexp.MustCompile(`^sns([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || !slices.ContainsFunc(append(cert.DNSNames, cert.Subject.CommonName), named.MatchString) {
		return nil, errStranger
	}
	return key, nil
}
