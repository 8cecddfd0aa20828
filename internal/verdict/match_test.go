package verdict

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/schema"
)

// matched labels candidates and returns the label of each that has a vendor's
// id, with the beginning of the first reason.
func matched(t *testing.T, in object) map[string]string {
	t.Helper()
	spec := matchSpec()
	checked, wrong := schema.CheckFields(schema.Defaults(spec.Input, in), spec.Input)
	if len(wrong) > 0 {
		t.Fatalf("inputs: %v", wrong)
	}
	raw, err := match(checked)
	if err != nil {
		t.Fatal(err)
	}
	v, wrong := schema.Check(raw, spec.Output)
	if len(wrong) > 0 {
		t.Fatalf("output: %v", wrong)
	}
	out := v.(object)
	labels := map[string]string{}
	for _, label := range []string{exact, campaign, candidate} {
		for _, m := range out[label].(array) {
			m := m.(object)
			if m["label"] != label || len(m["why"].(array)) == 0 {
				t.Errorf("%v is among %s, without a reason or with another label", m, label)
			}
			labels[m["id"].(string)] = label
		}
	}
	if int(out["total"].(int64)) != len(in["candidates"].(array)) {
		t.Errorf("%d of %d were compared", out["total"], len(in["candidates"].(array)))
	}
	return labels
}

func TestMatch_labelsCopies(t *testing.T) {
	t.Parallel()
	file := func(digit, kind string) object {
		return object{"name": "a", "type": kind, "sha256": strings.Repeat(digit, 64)}
	}
	reported := with(phish(), object{
		"message_id": "1@evil.example", "subject": "Your account is locked", "text": "Please unlock your account today or it will be closed for ever.",
		"attachments": array{file("f", "application/pdf")}, "links": array{evilLink + "?u=kim@corp.example"}, "return_path": "bounce@evil.example",
	})
	found := object{"internet_message_id": "<1@evil.example>", "subject": "[EXTERNAL] Your account is locked", "from": "Bank <service@bank.example>"}
	one := func(id string, message, mail object, by string) object {
		out := object{"message": with(with(object{"mailbox": "x@corp.example"}, message), object{"id": id})}
		if mail != nil {
			out["mail"] = with(reported, mail)
		}
		if by != "" {
			out["found_by"] = by
		}
		return out
	}
	otherBody := object{"body_sha256": strings.Repeat("c", 64)}
	elsewhere := with(otherBody, object{"message_id": "2@evil.example", "attachments": array{}, "links": array{}, "hops": array{}, "return_path": "", "subject": "Lunch", "text": "Lunch on Friday?"})
	for _, tc := range []struct {
		name      string
		candidate object
		want      string
	}{
		{"the same Message-ID where no body is known", one("m", found, nil, ""), exact},
		{"a message as mail.search gives it", with(found, object{"mailbox": "x@corp.example", "id": "m"}), exact},
		{"the same Message-ID of another sender", one("m", with(found, object{"from": "kim@corp.example"}), nil, ""), candidate},
		{"the same Message-ID with another subject", one("m", with(found, object{"subject": "Lunch on Friday"}), nil, ""), candidate},
		{"the same Message-ID and bodies that differ", one("m", found, with(elsewhere, object{"message_id": "1@evil.example"}), ""), candidate},
		{"the same Message-ID and files that differ", one("m", found, object{"body_sha256": "", "attachments": array{file("e", "application/zip")}, "links": array{}, "hops": array{}, "return_path": ""}, ""), candidate},
		{"the same bodies and files under another Message-ID", one("m", object{"internet_message_id": "2@evil.example"}, object{"message_id": "2@evil.example"}, ""), exact},
		{"the same bodies with another file", one("m", nil, object{"message_id": "2@evil.example", "attachments": array{}}, ""), campaign},
		{"a malicious link, of another reader", one("m", nil, with(elsewhere, object{"links": array{evilLink + "?u=lee@corp.example"}, "to": array{"lee@corp.example"}}), ""), campaign},
		{"a link that nobody condemned", one("m", nil, with(elsewhere, object{"links": array{"https://other.example/"}}), ""), candidate},
		{"the same file", one("m", nil, with(elsewhere, object{"attachments": array{file("f", "application/pdf")}}), ""), campaign},
		{"the same server and a similar subject", one("m", nil, with(elsewhere, object{"hops": reported["hops"], "subject": "Re: Your account 77 is locked"}), ""), campaign},
		{"the same server and a similar text", one("m", nil, with(elsewhere, object{"hops": reported["hops"], "text": "Dear Lee, please unlock your account today or it will be closed for ever."}), ""), campaign},
		{"the same server alone", one("m", nil, with(elsewhere, object{"hops": reported["hops"]}), ""), candidate},
		{"the same subject alone", one("m", nil, with(elsewhere, object{"subject": reported["subject"]}), ""), candidate},
		{"found by the malicious link", one("m", object{"subject": "Hello"}, nil, "link"), campaign},
		{"found by the sender", one("m", object{"from": "service@bank.example"}, nil, "sender"), candidate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := matched(t, object{"mail": reported, "candidates": array{tc.candidate}, "malicious": array{evilLink + "?u=kim@corp.example"}, "organisation": profile(t, "")})
			if diff := cmp.Diff(map[string]string{"m": tc.want}, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMatch_takesNoEmptinessForEquality(t *testing.T) {
	t.Parallel()
	empty := with(phish(), object{"text": " ", "links": array{}, "attachments": array{}, "message_id": "1@missing.invalid", "hops": array{}, "return_path": ""})
	for name, other := range map[string]object{
		"two mails without text":         with(empty, object{"message_id": "2@x.example"}),
		"two that have no Message-ID":    with(empty, object{"body_sha256": ""}),
		"an output of email.parse alone": with(empty, object{"message_id": "3@x.example", "from": object{"address": "a@b.example", "domain": "b.example"}}),
	} {
		got := matched(t, object{"mail": empty, "candidates": array{other}})
		if diff := cmp.Diff(map[string]string{"": candidate}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMatch_doesNotJoinWhatFreemailSends(t *testing.T) {
	t.Parallel()
	reported := with(phish(), object{"hops": array{}, "return_path": "a@gmail.com", "authentication": object{"dkim_domain": "gmail.com"}, "links": array{}})
	other := with(reported, object{"message_id": "2@x.example", "body_sha256": strings.Repeat("d", 64)})
	if got := matched(t, object{"mail": reported, "candidates": array{object{"message": object{"id": "m", "mailbox": "x"}, "mail": other}}}); got["m"] != candidate {
		t.Errorf("a mail of the same freemail provider is %s", got["m"])
	}
}
