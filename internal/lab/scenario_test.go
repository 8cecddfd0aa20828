package lab_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

func TestSeed_deliversTheCopiesAndMailThatLooksLikeThem(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	folders := map[string]int{}
	for _, m := range b.Mail(reportedID) {
		folders[m.Folder]++
	}
	if diff := cmp.Diff(map[string]int{"inbox": 3, "junkemail": 1}, folders); diff != "" {
		t.Errorf("copies by folder (-want +got):\n%s", diff)
	}
	sameSubject, sameSender := 0, 0
	for _, m := range b.Mail("") {
		switch {
		case m.MessageID == reportedID:
		case m.Subject == "It's your invoice":
			sameSubject++
		case m.From == "billing@mailer.evil.example":
			sameSender++
		}
	}
	if sameSubject != 6 || sameSender != 6 {
		t.Errorf("got %d with the subject and %d of the sender, want one each for all 6", sameSubject, sameSender)
	}
	if got := len(b.Mail("")); got != 6*3+4 {
		t.Errorf("got %d mails, want 22", got)
	}
}

func TestSeed_theZeroScenarioIsACompanyOfTwenty(t *testing.T) {
	t.Parallel()
	b := start(t, lab.Config{})
	if err := b.Seed(lab.Scenario{}); err != nil {
		t.Fatal(err)
	}
	if got := len(b.Mailboxes()); got != 21 {
		t.Errorf("got %d mailboxes, want 20 and the team's", got)
	}
	if got := len(b.Mail("")); got != 120 {
		t.Errorf("got %d mails, want 120", got)
	}
}

func TestSeed_isTheSameWorldForTheSameSeed(t *testing.T) {
	t.Parallel()
	a, b := seeded(t), seeded(t)
	ids := func(b *bench) (out []string) {
		for _, m := range b.Mail("") {
			out = append(out, m.Mailbox+m.ID)
		}
		return out
	}
	if diff := cmp.Diff(ids(a), ids(b)); diff != "" {
		t.Errorf("ids (-first +second):\n%s", diff)
	}
}

func TestSeed_refusesWhatMakesNoSenseAndChangesNothing(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for name, s := range map[string]lab.Scenario{
		"a mail without id":      {Reported: &lab.Reported{From: "a@b.example"}},
		"a mail without sender":  {Reported: &lab.Reported{MIME: []byte("Message-ID: <a@b>\r\n\r\n")}},
		"an unknown verdict":     {Intel: []lab.Knowledge{{Type: "ip", Value: "192.0.2.1", Verdict: "evil"}}},
		"an unknown type":        {Intel: []lab.Knowledge{{Type: "x", Value: "x", Verdict: "benign"}}},
		"an address that is not": {Intel: []lab.Knowledge{{Type: "ip", Value: "x", Verdict: "benign"}}},
		"an unknown vendor":      {Intel: []lab.Knowledge{{Type: "ip", Value: "192.0.2.1", Verdict: "benign", Vendors: []string{"slack"}}}},
		"a hash that is not":     {Intel: []lab.Knowledge{{Type: "file", Value: "x", Verdict: "benign"}}},
		"too many mailboxes":     {Mailboxes: 1 << 30},
	} {
		if err := b.Seed(s); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if got := len(b.Mail(reportedID)); got != 4 {
		t.Errorf("the world changed: %d copies are left of 4", got)
	}
}

func TestConnections_reachEveryVendorByTheirOwnSecrets(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for _, c := range b.Connections() {
		if c.BaseURL == "" || len(c.Secrets) == 0 || len(c.AllowPrivate) != 1 || !c.AllowPrivate[0].IsSingleIP() {
			t.Errorf("incomplete: %+v", c)
		}
		for name, s := range c.Secrets {
			if s.IsZero() {
				t.Errorf("%s: the secret %s is empty", c.Name, name)
			}
		}
	}
}

func TestMark_bringsTheWorldBackAsOftenAsItIsAsked(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	before := b.State()
	back := b.Mark()
	for range 2 {
		if err := b.Seed(lab.Scenario{Mailboxes: 2, Channels: []string{"other"}}); err != nil {
			t.Fatal(err)
		}
		if err := b.Found("sid", nil); err != nil {
			t.Fatal(err)
		}
		if err := back(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, b.State()); diff != "" {
			t.Errorf("the world (-before +after):\n%s", diff)
		}
	}
	if got := b.Effects(); len(got) != 0 {
		t.Errorf("what was done is remembered: %v", got)
	}
}
