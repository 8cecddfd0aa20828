package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

// noise leaves a mute, a review and the risk of a host behind.
func (o *office) noise(alert harrier.AlertID) relics {
	o.t.Helper()
	now := o.clock.now()
	m, err := hush{o.App}.AddMute(o.t.Context(), harrier.Operator(), api.AddMute{
		Verb: mute.Silence, Match: map[string][]string{"host": {"ws-17"}}, End: now.Add(time.Hour), Reason: "a test of the network",
	})
	if err != nil {
		o.t.Fatal(err)
	}
	rule := mute.Closing{Rule: "close-backups", Owner: "kim@corp.example", Until: now.Add(time.Hour)}
	err = o.store.Write(o.t.Context(), func(tx harrier.Tx) error {
		_, err := o.risk.Judge(o.t.Context(), tx, risk.Judged{
			Tenant: harrier.DefaultTenant, Alert: alert, Title: "t", Rule: "r", At: now, Now: now, Risk: map[string]float64{"host:ws-17": 10},
		})
		if err != nil {
			return err
		}
		return o.closers.Closed(o.t.Context(), tx, mute.Close{Tenant: harrier.DefaultTenant, Alert: alert, Rule: rule, Disposition: "benign", At: now})
	})
	if err != nil {
		o.t.Fatal(err)
	}
	reviews, err := hush{o.App}.Reviews(o.t.Context(), harrier.Operator(), mute.ReviewFilter{}, harrier.Page{})
	if err != nil || len(reviews.Items) != 1 {
		o.t.Fatalf("%d reviews, %v", len(reviews.Items), err)
	}
	return relics{"mutes": {m.ID.String()}, "reviews": {reviews.Items[0].ID.String()}, "closers": {rule.Rule}, "risk": {"host:ws-17"}}
}

func TestCommons_areWhatTheProfileSays(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	c := commons{o.App}
	profile := o.profile.now()
	profile.OwnDomains, profile.SharedHosts = []string{"corp.example"}, []string{"pages.example"}
	profile.Scanners.Networks, profile.TeamMailbox = []string{"198.51.100.0/24"}, "soc@corp.example"
	o.profile.set(profile)
	for key, want := range map[string]bool{
		"domain corp.example": true, "domain mail.corp.example": true, "domain notcorp.example": false, "domain pages.example": true,
		"domain evil.pages.example": false, "ip 198.51.100.7": true, "ip 203.0.113.7": false, "email soc@corp.example": true, "host ws-17": false,
	} {
		typ, value, _ := strings.Cut(key, " ")
		if why, ok := c.Common(correlate.Key{Type: typ, Value: value}); ok != want {
			t.Errorf("%s is shared by everybody: %t (%s); want %t", key, ok, why, want)
		}
	}
}

func TestReadNoise_takesTheTeamsFileOrSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := readNoise(os.DirFS(dir))
	if err != nil || s.Risk.Threshold != 100 {
		t.Errorf("without a file the threshold is %g (%v)", s.Risk.Threshold, err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "noise.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("harrier: 1\nrisk: {threshold: 70}\n")
	if s, err := readNoise(os.DirFS(dir)); err != nil || s.Risk.Threshold != 70 || s.Risk.Release != 60 {
		t.Errorf("read %+v (%v)", s.Risk, err)
	}
	write("harrier: 1\nrisk: {treshold: 70}\n")
	if _, err := readNoise(os.DirFS(dir)); harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "did you mean threshold") {
		t.Errorf("a mistake is taken: %v", err)
	}
}

func TestVerdicts_takeBackWhatAFalseAlarmHeldAgainstItsEntities(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	now := o.clock.now()
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AlertID](now), Source: harrier.SourceID{1}, ExternalID: "1", Title: "t", Severity: "low",
		Status: "new", Data: []byte(`{}`), CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	held := func() float64 {
		t.Helper()
		v, err := o.risk.At(t.Context(), a.Tenant, risk.Entity{Type: harrier.HostEntity, Key: "ws-17"}, now)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	must := func(change func(harrier.Tx) error) {
		t.Helper()
		if err := o.store.Write(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	must(func(tx harrier.Tx) error {
		if _, _, err := o.store.Submit(t.Context(), tx, a); err != nil {
			return err
		}
		_, err := o.risk.Judge(t.Context(), tx, risk.Judged{
			Tenant: a.Tenant, Alert: a.ID, Title: "t", Rule: "r", At: now, Now: now, Risk: map[string]float64{"host:ws-17": 10},
		})
		return err
	})
	for _, c := range []struct {
		disposition string
		left        bool
	}{{"true_positive", true}, {"inconclusive", true}, {"false_positive", false}} {
		a.Status, a.Disposition = "closed", c.disposition
		must(func(tx harrier.Tx) error { return verdicts{o.App}.UpdateAlert(t.Context(), tx, a) })
		a.Rev++
		if got := held(); (got > 9) != c.left {
			t.Errorf("closed as %s the risk is %f", c.disposition, got)
		}
	}
}
