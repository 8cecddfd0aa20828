package playbook_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/playbook"
)

// scheduled compiles a playbook with a schedule trigger and returns it.
func scheduled(t *testing.T, trigger string) *playbook.Schedule {
	t.Helper()
	source := "harrier: 1\nplaybook: a\ntitle: A\ntrigger:\n  - schedule:" + trigger + "\nsteps:\n  - set:\n      x: 1\n"
	plan, problems := playbook.Compile("a.playbook.yaml", []byte(source), playbook.Catalog{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.Triggers[0].Schedule
}

// slots are the next times after one.
func slots(s *playbook.Schedule, after string, n int) (list []string) {
	at, err := time.Parse(time.RFC3339, after)
	if err != nil {
		panic(err)
	}
	for range n {
		if at = s.Next(at); at.IsZero() {
			return append(list, "never")
		}
		list = append(list, at.Format(time.RFC3339))
	}
	return list
}

func TestSchedule_comesAtItsTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		trigger, after string
		want           []string
	}{
		{` "0 6 * * 1-5"`, "2026-11-27T05:59:59Z", []string{"2026-11-27T06:00:00Z", "2026-11-30T06:00:00Z"}},
		{` "0 6 * * 1-5"`, "2026-11-27T06:00:00Z", []string{"2026-11-30T06:00:00Z"}},
		{` "*/20 23 31 dec *"`, "2026-11-27T06:00:00Z", []string{"2026-12-31T23:00:00Z", "2026-12-31T23:20:00Z", "2026-12-31T23:40:00Z", "2027-12-31T23:00:00Z"}},
		{` "0 0 29 2 *"`, "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{` "0 0 13 * fri"`, "2026-11-27T06:00:00Z", []string{"2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"}},
		{` "0 0 * * 7"`, "2026-11-27T06:00:00Z", []string{"2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"}},
		{` "59 23 * * *"`, "2026-12-31T23:58:30Z", []string{"2026-12-31T23:59:00Z", "2027-01-01T23:59:00Z"}},
		{` "5/30 * * * *"`, "2026-11-27T06:04:00Z", []string{"2026-11-27T06:05:00Z", "2026-11-27T06:35:00Z", "2026-11-27T07:05:00Z"}},
		// The clocks of Berlin move on at 2:00 on 29 March 2026, and back at 3:00 on 25 October.
		{"\n      cron: 30 2 * * *\n      zone: Europe/Berlin", "2026-03-27T12:00:00Z", []string{"2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"}},
		{"\n      cron: 30 2 * * *\n      zone: Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"\n      cron: 30 * * * *\n      zone: Europe/Berlin", "2026-10-24T23:50:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},
		{"\n      cron: 30 * * * *\n      zone: Europe/Berlin", "2026-03-29T00:00:00Z", []string{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"}},
		{"\n      cron: 0 0 * * *\n      zone: America/Sao_Paulo", "2018-11-03T12:00:00Z", []string{"2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}}, // midnight did not exist
		{"\n      cron: 0 12 * * *\n      zone: Pacific/Apia", "2011-12-29T23:00:00Z", []string{"2011-12-30T22:00:00Z"}},                             // nor did a day
	} {
		if got := slots(scheduled(t, c.trigger), c.after, len(c.want)); !cmp.Equal(c.want, got) {
			t.Errorf("%s after %s: got %v, want %v", c.trigger, c.after, got, c.want)
		}
	}
	if s := scheduled(t, ` "0 6 * * *"`); s.Zone != "UTC" || s.Missed != "once" {
		t.Errorf("defaults %+v", s)
	}
}

func TestSchedule_isRefusedWhereItNeverComes(t *testing.T) {
	t.Parallel()
	for _, trigger := range []string{` "0 0 30 2 *"`, ` "0 0 31 4,6,9,11 *"`, "\n      cron: 0 6 * * *\n      zone: Berlin", "\n      cron: 0 6 * * *\n      zone: Local", "\n      cron: 0 6 * * *\n      missed: never", "\n      zone: UTC"} {
		source := "harrier: 1\nplaybook: a\ntitle: A\ntrigger:\n  - schedule:" + trigger + "\nsteps:\n  - set:\n      x: 1\n"
		if _, problems := playbook.Compile("a.playbook.yaml", []byte(source), playbook.Catalog{}); problems.Err() == nil {
			t.Errorf("%s is taken", trigger)
		}
	}
}

func FuzzSchedule_goesForward(f *testing.F) {
	f.Add("*/5 8-18 * * mon-fri", int64(1_790_000_000), "Europe/Berlin")
	f.Add("0 0 29 2 *", int64(0), "America/Sao_Paulo")
	f.Fuzz(func(t *testing.T, cron string, unix int64, zone string) {
		if unix < 0 || unix > 4_000_000_000 {
			return
		}
		source := "harrier: 1\nplaybook: a\ntitle: A\ntrigger:\n  - schedule:\n      cron: '" + cron + "'\n      zone: '" + zone + "'\nsteps:\n  - set:\n      x: 1\n"
		plan, problems := playbook.Compile("a.playbook.yaml", []byte(source), playbook.Catalog{})
		if problems.Err() != nil || plan.Triggers[0].Schedule == nil {
			return
		}
		at := time.Unix(unix, 0)
		for range 3 {
			next := plan.Triggers[0].Schedule.Next(at)
			if next.IsZero() {
				return
			}
			if !next.After(at) {
				t.Fatalf("%q: after %s comes %s", cron, at, next)
			}
			at = next
		}
	})
}
