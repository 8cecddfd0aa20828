package access_test

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/pquerna/otp/totp"
)

// evaluated counts the attempts that were looked at.
func evaluated(t *testing.T, h *house, attempts int, p func(i int) access.Proof) (n int) {
	t.Helper()
	for i := range attempts {
		_, err := h.LogIn(t.Context(), p(i))
		if _, early := errors.AsType[*access.TooMany](err); early {
			if harrier.KindOf(err) != harrier.Limited {
				t.Fatalf("an early attempt is %v, want limited", err)
			}
			continue
		}
		n++
	}
	return n
}

// AUT-06: of 1,000 guesses of a code, from as many addresses, fewer than 10 are
// looked at; the owner gets in on a device that is known meanwhile, and on
// another one when the guessing has paused.
func TestGuesses_ofCodesAreFewAndShutNobodyOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	known := h.logIn("ann").Device
	seed := h.secondFactor("ann")
	guess := func(i int) access.Proof {
		p := proof("ann", good)
		p.Code, p.From = fmt.Sprintf("%06d", i), netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})
		return p
	}
	if n := evaluated(t, h, 1000, guess); n == 0 || n >= 10 {
		t.Errorf("%d of 1,000 guesses were looked at, want some and fewer than 10", n)
	}
	own := proof("ann", good)
	own.Code = h.code(seed)
	if _, err := h.LogIn(t.Context(), own); harrier.KindOf(err) != harrier.Limited {
		t.Errorf("on a device that nobody knows, amid the guesses: got %v, want limited", err)
	}
	own.Device = known
	if _, err := h.LogIn(t.Context(), own); err != nil {
		t.Errorf("on a known device, amid the guesses: %v", err)
	}
	other := own
	other.Name, other.Device = "bob", known
	if n := evaluated(t, h, 20, func(int) access.Proof { return other }); n >= 10 {
		t.Errorf("a device of ann's gave %d attempts on bob's account", n)
	}
	h.clock.Pass(15 * time.Minute)
	own.Code, own.Device = h.code(seed), harrier.Secret{}
	if _, err := h.LogIn(t.Context(), own); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

// AUT-06: the delay grows with each failure, and never beyond a quarter of an hour.
func TestGuesses_waitLongerEachTimeAndNeverForEver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	var waits []time.Duration
	for len(waits) < 15 {
		_, err := h.LogIn(t.Context(), proof("ann", "wrong and wrong again"))
		early, ok := errors.AsType[*access.TooMany](err)
		if !ok {
			h.refused(err, "a wrong password")
			continue
		}
		waits = append(waits, early.Wait)
		h.clock.Pass(early.Wait - time.Second)
		if _, err := h.LogIn(t.Context(), proof("ann", good)); harrier.KindOf(err) != harrier.Limited {
			t.Fatalf("a second too early: got %v, want limited", err)
		}
		h.clock.Pass(time.Second)
	}
	if !slices.IsSorted(waits) || waits[0] > 2*time.Second || waits[14] != 15*time.Minute {
		t.Errorf("the waits are %v", waits)
	}
	h.clock.Pass(15 * time.Minute)
	h.logIn("ann")
}

// AUT-06: one source that tries the same password on many accounts is slowed too.
func TestGuesses_ofOneSourceAreLimitedOverAllAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	spray := func(i int) access.Proof {
		p := proof(fmt.Sprintf("user-%d", i), "Summer-2026-Summer")
		p.From = netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 15: byte(i)}) // a network of its own
		return p
	}
	if n := evaluated(t, h, 500, spray); n < 5 || n > 30 {
		t.Errorf("%d of 500 attempts were looked at, want about 20", n)
	}
	if n := evaluated(t, h, 1, func(int) access.Proof { return proof("user-1", "x") }); n != 1 {
		t.Error("another source waits for it")
	}
}

// AUT-09: a code is good once, within a step of now; the one before the last
// used is not good any more either.
func TestCode_isGoodOnceAndNow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	seed := h.secondFactor("ann")
	try := func(code string) error {
		p := proof("ann", good)
		p.Code = code
		_, err := h.LogIn(t.Context(), p)
		h.clock.Pass(time.Microsecond)
		return err
	}
	if _, ok := errors.AsType[access.CodeNeeded](try("")); !ok {
		t.Error("without a code it is not said that one is needed")
	}
	p := proof("ann", "wrong password here")
	if _, err := h.LogIn(t.Context(), p); err == nil || err.Error() != try("000000").Error() {
		t.Error("a wrong password and a wrong code are told apart")
	}
	h.clock.Pass(time.Hour)
	before := h.code(seed)
	h.clock.Pass(30 * time.Second)
	now := h.code(seed)
	if err := try(now); err != nil {
		t.Fatal(err)
	}
	h.refused(try(now), "a code that was used")
	h.refused(try(before), "the code before it")
	h.clock.Pass(90 * time.Second)
	h.refused(try(now), "a code of long ago")
	next, err := totp.GenerateCode(seed, h.clock.Now().Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := try(next); err != nil {
		t.Errorf("a device whose clock is a step ahead: %v", err)
	}
}

func TestSecondFactor_isResetByAnInvitation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	h.secondFactor("ann")
	invited, err := h.Invite(t.Context(), harrier.Operator(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetUp(t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(good), From: home()}); err != nil {
		t.Fatal(err)
	}
	h.logIn("ann")
}

// secondFactor sets one up and returns its seed.
func (h *house) secondFactor(name string) string {
	h.t.Helper()
	by := h.bearer(h.logIn(name).Token)
	seed, err := h.BeginSecondFactor(h.t.Context(), by)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.ConfirmSecondFactor(h.t.Context(), by, "000000"); harrier.KindOf(err) != harrier.Invalid {
		h.t.Fatalf("a wrong code: got %v, want invalid", err)
	}
	if err := h.ConfirmSecondFactor(h.t.Context(), by, h.code(seed.Secret.Reveal())); err != nil {
		h.t.Fatal(err)
	}
	h.clock.Pass(time.Minute)
	return seed.Secret.Reveal()
}

func (h *house) code(seed string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(seed, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// AUT-07: names that exist and names that do not are told the same, and take the
// same time: over 200 attempts each, in turn, the Mann-Whitney test finds no difference.
func TestLogIn_doesNotTellWhoIsThere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("measures time")
	}
	h := newHouseWith(t, access.Cost{Memory: 4 << 10, Passes: 1}) // cheap, so that all else shows
	h.person("ann", access.Analyst)
	h.person("gone", access.Analyst)
	if _, err := h.Change(t.Context(), harrier.Operator(), "gone", access.Change{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	took := map[string][]float64{}
	texts := map[string]bool{}
	for range 200 {
		for _, name := range []string{"ann", "nobody", "gone"} {
			h.clock.Pass(time.Hour)
			began := time.Now()
			_, err := h.LogIn(t.Context(), proof(name, "wrong and wrong again"))
			took[name] = append(took[name], float64(time.Since(began)))
			h.refused(err, name)
			texts[err.Error()] = true
		}
	}
	if len(texts) != 1 {
		t.Errorf("the refusals differ: %v", texts)
	}
	for _, name := range []string{"nobody", "gone"} {
		if p := mannWhitney(took["ann"], took[name]); p < 0.01 {
			t.Errorf("%s can be told from ann by time: p = %g", name, p)
		}
	}
}

// mannWhitney is the probability that two samples differ as much by chance.
func mannWhitney(a, b []float64) float64 {
	type one struct {
		v   float64
		ofA bool
	}
	var all []one
	for _, v := range a {
		all = append(all, one{v: v, ofA: true})
	}
	for _, v := range b {
		all = append(all, one{v: v})
	}
	slices.SortFunc(all, func(x, y one) int {
		switch {
		case x.v < y.v:
			return -1
		case x.v > y.v:
			return 1
		}
		return 0
	})
	sum := 0.0
	for i, o := range all {
		if o.ofA {
			sum += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	u := sum - n*(n+1)/2
	z := math.Abs(u-n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Erfc(z / math.Sqrt2)
}
