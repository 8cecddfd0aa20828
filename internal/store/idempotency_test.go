package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
)

// What is done under a key and that it was done are one change: where the change
// fails nothing is noted, and where the process dies before the answer the key
// tells that it was done.
func TestOnce_notesWhatWasDoneWithIt(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	k := OnceKey{l.tenant, harrier.LocalOperator, "k-1"}
	ctx := WithOnce(t.Context(), Once{OnceKey: k, Print: []byte("print"), At: l.now})
	if err := l.Write(ctx, func(harrier.Tx) error { return errors.New("no") }); err == nil {
		t.Fatal("the change did not fail")
	}
	if _, ok, err := l.Once(t.Context(), k); ok || err != nil {
		t.Fatalf("a change that failed is noted: %v, %v", ok, err)
	}
	for range 2 { // a request may make several changes
		if err := l.Write(ctx, func(harrier.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	was, ok, err := l.Once(t.Context(), k)
	if d := cmp.Diff(Once{OnceKey: k, Print: []byte("print"), At: l.now}, was); err != nil || !ok || d != "" {
		t.Fatalf("noted is (-want +got):\n%s%v", d, err)
	}
	was.Status, was.Answer = 201, []byte("sealed")
	if err := l.KeepOnce(t.Context(), was); err != nil {
		t.Fatal(err)
	}
	other := k
	other.Principal = harrier.SystemPrincipal
	if _, ok, err := l.Once(t.Context(), other); ok || err != nil {
		t.Errorf("the key is another principal's too: %v", err)
	}
	if got, _, _ := l.Once(t.Context(), k); got.Status != 201 || string(got.Answer) != "sealed" {
		t.Errorf("kept is %+v", got)
	}
	l.write(func(tx harrier.Tx) error {
		n, err := l.ForgetOnce(t.Context(), tx, l.now.Add(time.Second), 10)
		if n != 1 {
			t.Errorf("%d were forgotten", n)
		}
		return err
	})
}
