package email

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// OpenEvidence opens stored evidence of a tenant. Evidence that does not exist,
// or belongs to another tenant, is [harrier.NotFound].
type OpenEvidence func(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error)

// exampleMail is what the example of email.parse is made from.
const exampleMail = `Received: from mail.evil.example (mail.evil.example [192.0.2.77]) by mx.corp.example with ESMTPS; Mon, 3 Mar 2025 09:00:02 +0000
Authentication-Results: mx.corp.example; spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=fail header.from=bank.example
From: Bank <service@bank.example>
Reply-To: refunds@evil.example
To: kim@corp.example
Subject: Your account is locked
Message-ID: <20250303.1@evil.example>
Date: Mon, 3 Mar 2025 09:00:00 +0000
Content-Type: text/html; charset=utf-8

<p>Please <a href="https://login.evil.example/session">https://www.bank.example/login</a> today.</p>
`

// Action returns the built-in action email.parse. With neither open nor by it
// can be described and not be called.
func Action(open OpenEvidence, by Reader) (builtin.Action, error) {
	example, err := Parse(strings.NewReader(exampleMail), DefaultLimits())
	if err != nil {
		return builtin.Action{}, err
	}
	return builtin.Action{
		Spec: schema.ActionSpec{
			Name: "email.parse", Title: "Read a reported mail", Connector: "email", Effect: harrier.Read, Repeat: harrier.Natural,
			Input:  inputFields(),
			Output: OutputType(), Example: example.Output(), Timeout: 30 * time.Second, Builtin: true,
		},
		Call: func(ctx context.Context, req builtin.Request) (map[string]any, error) {
			return call(ctx, req, open, by)
		},
	}, nil
}

// call reads the mail that a step names.
func call(ctx context.Context, req builtin.Request, open OpenEvidence, by Reader) (map[string]any, error) {
	text, _ := req.Input["evidence"].(string)
	var id harrier.EvidenceID
	if err := id.UnmarshalText([]byte(text)); err != nil || id.IsZero() {
		return nil, harrier.Errorf(harrier.Invalid, "%q is no evidence; give the id of a stored mail, as in ${{ alert.evidence.email }}", clip(text, 100))
	}
	r, err := open(ctx, req.Tenant, id)
	if err != nil {
		return nil, err
	}
	mail, err := readAllOf(r)
	if err != nil {
		return nil, err
	}
	return by.Read(ctx, mail, req.Input)
}
