package judge_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/picture"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// shipped are the rules that ship.
func shipped(t testing.TB) *judge.Rules {
	t.Helper()
	rules, problems := judge.Load(content.FS)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return rules
}

// vipContact is a workstation of an executive that contacts a listed address.
func vipContact() judge.Subject {
	return judge.Subject{
		Now: noon(), Source: harrier.Source{Name: "splunk", Kind: "webhook", Reliability: "B", Live: true},
		Finding: harrier.Finding{
			ExternalID: "1", Title: "Outbound connection to rare address", Severity: "low", Time: noon().Add(-time.Minute),
			Entities:    []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-ceo", Role: "source"}},
			Observables: []harrier.Observable{{Type: "ip", Value: "203.0.113.7", Role: "destination"}},
		},
		Picture: picture.Picture{
			At: noon(),
			Entities: []picture.Entity{
				{Entity: harrier.Entity{Type: harrier.HostEntity, Key: "ws-ceo", Role: "source"}, Known: true, Criticality: "medium", Environment: "production", Owner: "dana@corp.example"},
				{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "dana@corp.example"}, Known: true, VIP: true},
			},
			Observables: []picture.Observable{{
				Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7", Role: "destination"}, Verdict: "malicious", Answered: 2,
				Opinions: []picture.Opinion{
					{Source: "virustotal", Verdict: "malicious", Reliability: "B", At: noon()},
					{Source: "feodo", Provider: "abuse.ch", Verdict: "malicious", Reliability: "B", Indicator: true, Name: "Dridex", At: noon(), Until: noon().Add(48 * time.Hour)},
				},
			}},
		},
	}
}

// testLow is a low-severity alert from a test environment.
func testLow() judge.Subject {
	return judge.Subject{
		Now: noon(), Source: harrier.Source{Name: "wazuh", Kind: "syslog", Reliability: "C"},
		Finding: harrier.Finding{
			ExternalID: "2", Title: "Unusual process", Severity: "low", Time: noon().Add(-time.Minute),
			Entities: []harrier.Entity{{Type: harrier.HostEntity, Key: "test-17", Role: "affected"}},
		},
		Picture: picture.Picture{
			Entities: []picture.Entity{{Entity: harrier.Entity{Type: harrier.HostEntity, Key: "test-17", Role: "affected"}, Known: true, Criticality: "low", Environment: "test"}},
		},
	}
}

func judged(t testing.TB, rules *judge.Rules, s judge.Subject) picture.Decision {
	t.Helper()
	d, err := rules.Judge(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestJudge_escalatesWhatIsKnownToBeBadAtAnExecutive(t *testing.T) {
	t.Parallel()
	d := judged(t, shipped(t), vipContact())
	if d.Route != picture.Escalate || d.Priority != 1 || d.Severity != "high" && d.Severity != "critical" {
		t.Errorf("got %s, %s, priority %d; want escalate, high or critical, 1", d.Route, d.Severity, d.Priority)
	}
}

func TestJudge_logsWhatIsLowInATestEnvironment(t *testing.T) {
	t.Parallel()
	d := judged(t, shipped(t), testLow())
	if d.Route != picture.ToLog || d.Priority != 4 || d.Severity != "low" {
		t.Errorf("got %s, %s, priority %d; want log, low, 4", d.Route, d.Severity, d.Priority)
	}
}
