package failpoint

import "testing"

func TestHit_killsAtTheCountedTimeOnly(t *testing.T) {
	t.Parallel()
	p, err := FromEnvironment("intent.after:2")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	p.kill = func() { killed++ }
	for i, name := range []string{"intent.after", "intent.before", "intent.after", "intent.after"} {
		p.Hit(name)
		if want := min(1, i/2); killed != want {
			t.Fatalf("after hit %d of %s: killed %d times, want %d", i, name, killed, want)
		}
	}
}

func TestFromEnvironment_refusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"nowhere", "intent.after:0", "intent.after:x", ":1"} {
		if _, err := FromEnvironment(value); err == nil {
			t.Errorf("FromEnvironment(%q) gave no error", value)
		}
	}
	if p, err := FromEnvironment(""); p != nil || err != nil {
		t.Errorf("FromEnvironment(\"\") = %v, %v; want nothing", p, err)
	}
}
