package lab_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

func TestClient_seesWhatTheLabSees(t *testing.T) {
	t.Parallel()
	l, err := lab.Start(lab.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, err := lab.Dial(t.Context(), l.URL("control"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Seed(lab.Scenario{Mailboxes: 3}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.State(), c.State()); diff != "" {
		t.Errorf("state (-lab +client):\n%s", diff)
	}
	for i, want := range l.Connections() {
		got := c.Connections()[i]
		if got.BaseURL != want.BaseURL || got.Name != want.Name || len(got.Secrets) != len(want.Secrets) || got.AllowPrivate[0] != want.AllowPrivate[0] {
			t.Errorf("connection %d is %+v, want %+v", i, got, want)
		}
		for name, s := range want.Secrets {
			if !got.Secrets[name].Equal(s) {
				t.Errorf("secret %s of %s differs", name, want.Name)
			}
		}
	}
	if err := c.Fault("slack", lab.Rule{Kind: lab.Failing, Count: 1}); err != nil {
		t.Error(err)
	}
	if err := c.Err(); err != nil {
		t.Error(err)
	}
}

func TestDial_refusesWhatIsNotLoopback(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://192.0.2.1:80", "https://127.0.0.1:1", "nonsense", "http://lab.example"} {
		if _, err := lab.Dial(t.Context(), base); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("Dial(%q) = %v, want invalid", base, err)
		}
	}
}
