package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// secretsAppearNowhere lets the vendor echo the credential in whatever it says.
func (a action) secretsAppearNowhere(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 404, 500} {
		w := a.newWorld(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Echo", r.Header.Get("X-Conformance"))
			w.WriteHeader(status)
			echo := r.Header.Get("X-Conformance")
			_, _ = fmt.Fprintf(w, `{"ok":false,"error":{"code":%[1]q,"message":%[1]q},"message":%[1]q,"data":{"id":%[1]q},"value":[{"id":%[1]q}]}`, echo)
		})
		answer, err := a.call(t, w.env, a.inputs())
		for where, text := range map[string]string{
			"the error": fmt.Sprint(err), "the output": fmt.Sprint(answer.Output), "the log": w.log.String(),
		} {
			if strings.Contains(text, canary) {
				t.Errorf("status %d: %s shows the credential: %s", status, where, text)
			}
		}
		if answer.Pending != nil && strings.Contains(string(answer.Pending.State), canary) {
			t.Errorf("status %d: the state of the job holds the credential: %s", status, answer.Pending.State)
		}
	}
}

// cancellationIsHonoured ends the call while the vendor keeps silent.
func (a action) cancellationIsHonoured(t *testing.T) {
	asked := make(chan struct{}, 1)
	release := make(chan struct{})
	w := a.newWorld(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		default:
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := a.conn.Do(ctx, w.env, connector.Request{Action: a.name, Input: a.inputs(), Key: "key-of-the-effect"})
		done <- err
	}()
	defer close(release)
	defer cancel()
	select {
	case <-asked:
		cancel()
	case err := <-done:
		a.sentNothing(t, w, err)
		return
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was sent within 10 s")
	}
	select {
	case err := <-done:
		a.classIs(t, w, err, "a call that was cancelled", connector.Unavailable, connector.Unknown)
	case <-time.After(10 * time.Second):
		t.Fatal("the call went on for 10 s after it was cancelled")
	}
}

// sentNothing accepts a call that ended before it asked anybody only as a refusal.
func (a action) sentNothing(t *testing.T, w world, err error) {
	t.Helper()
	if len(w.rec.requests()) > 0 || err == nil {
		t.Errorf("ended before the vendor answered: %v", err)
		return
	}
	if class := connector.AsError(err).Class; class != connector.Invalid {
		t.Errorf("ended without asking anybody: %v", err)
	}
}

// classIs checks an error's class: the first one for reads and for effects whose
// request has not been sent, the second for effects whose request has.
func (a action) classIs(t *testing.T, w world, err error, what string, read, effect connector.Class) { //nolint:revive // one assertion
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		t.Errorf("%s: error is %v, want a *connector.Error", what, err)
		return
	}
	want := read
	if a.spec.Effect.Writes() && a.acted(w) {
		want = effect
	}
	if e.Class != want {
		t.Errorf("%s: class is %s (%s), want %s", what, e.Class, e.Text, want)
	}
}

// acted reports whether a request other than a GET was sent.
func (a action) acted(w world) bool {
	for _, r := range w.rec.requests() {
		if r.Method != http.MethodGet {
			return true
		}
	}
	return false
}

// failuresAreClassified lets the vendor fail in every way.
func (a action) failuresAreClassified(t *testing.T) {
	for _, tc := range []struct {
		status       int
		read, effect connector.Class
	}{
		{http.StatusUnauthorized, connector.Denied, connector.Denied},
		{http.StatusForbidden, connector.Denied, connector.Denied},
		{http.StatusTooManyRequests, connector.Limited, connector.Limited},
		{http.StatusInternalServerError, connector.Unavailable, connector.Unknown},
		{http.StatusServiceUnavailable, connector.Unavailable, connector.Unknown},
	} {
		w := a.newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, `{}`)
		})
		_, err := a.call(t, w.env, a.inputs())
		if len(w.rec.requests()) == 0 {
			a.sentNothing(t, w, err)
			return
		}
		a.classIs(t, w, err, fmt.Sprintf("status %d", tc.status), tc.read, tc.effect)
		if e := connector.AsError(err); tc.status == http.StatusTooManyRequests && e != nil && e.After != 7*time.Second {
			t.Errorf("status 429: asks to wait %s, want the vendor's 7s", e.After)
		}
	}
	a.refusalsAreTyped(t)
	a.cutAnswersAreNoAnswers(t)
}

// refusalsAreTyped checks statuses that a manifest may give a meaning of its
// own: the call ends in a typed answer or in a classified error.
func (a action) refusalsAreTyped(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict} {
		w := a.newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{}`)
		})
		answer, err := a.call(t, w.env, a.inputs())
		if err == nil {
			if _, wrong := schema.CheckFields(answer.Output, a.spec.Output.Fields); len(wrong) > 0 && answer.Pending == nil {
				t.Errorf("status %d: the answer does not fit the output: %v", status, wrong)
			}
			continue
		}
		if _, ok := errors.AsType[*connector.Error](err); !ok {
			t.Errorf("status %d: error is %T, want a *connector.Error", status, err)
		}
	}
}

// cutAnswersAreNoAnswers checks that a success which breaks off is none.
func (a action) cutAnswersAreNoAnswers(t *testing.T) {
	w := a.newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4096")
		_, _ = io.WriteString(w, `{"data":`)
	})
	_, err := a.call(t, w.env, a.inputs())
	if len(w.rec.requests()) == 0 {
		return
	}
	a.classIs(t, w, err, "an answer that was cut off", connector.Unavailable, connector.Unknown)
}
