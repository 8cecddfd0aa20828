package sla_test

import (
	"os"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/sla"
)

func TestRead_takesTheExampleThatShips(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/sla.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := sla.Read("sla.yaml", text)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if p.Calendar.Zone.String() != "Europe/Berlin" || len(p.Calendar.Hours[5]) != 2 || len(p.Calendar.Hours[0]) != 0 || !p.Calendar.Holidays["2026-12-25"] ||
		p.Targets["critical"][sla.Acknowledge] != 15*time.Minute {
		t.Errorf("got %+v", p)
	}
}

func TestRead_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	_, problems := sla.Read("sla.yaml", []byte(`harrier: 2
zone: Mars/Olympus
hours:
  mon: [17:00-09:00]
  tue: [09:00-12:00, 11:00-13:00]
  someday: []
holidays: [soon]
targets:
  urgent: {}
  high: {acknowledge: 0m, solve: 1h}
`))
	if len(problems) != 9 {
		t.Errorf("%d problems, want 9:\n%s", len(problems), problems.Error())
	}
	for _, p := range problems {
		if p.Fix == "" || p.Pos.Line < 1 {
			t.Errorf("no place or fix: %+v", p)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("harrier: 1\nzone: UTC\nhours: {mon: [09:00-17:00]}\nholidays: [\"2026-12-25\"]\ntargets: {high: {close: 1h}}")
	f.Fuzz(func(t *testing.T, text string) {
		p, problems := sla.Read("sla.yaml", []byte(text))
		if problems.Err() != nil {
			return
		}
		at := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
		if end, ok := p.Calendar.After(at, time.Hour); ok && p.Calendar.Between(at, end) != time.Hour {
			t.Errorf("an hour is %s", p.Calendar.Between(at, end))
		}
	})
}
