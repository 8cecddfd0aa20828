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
		w := a.newWorld(t, 0, func(w http.ResponseWriter, r *http.Request) {
			echo := ""
			if r.Header.Get("X-Conformance") != "" {
				echo = canary
			}
			w.Header().Set("X-Echo", echo)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"ok":false,"error":{"code":%[1]q,"message":%[1]q},"message":%[1]q,"data":{"id":%[1]q},"value":[{"id":%[1]q}]}`, echo)
		})
		answer, err := a.call(t, w.env, w.in)
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
	last := a.last(t)
	asked := make(chan struct{}, 1)
	release := make(chan struct{})
	w := a.newWorld(t, last, func(_ http.ResponseWriter, r *http.Request) {
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
		_, err := a.conn.Do(ctx, w.env, connector.Request{Action: a.name, Input: w.in, Key: "key-of-the-effect"})
		done <- err
	}()
	defer close(release)
	defer cancel()
	select {
	case <-asked:
		cancel()
	case err := <-done:
		t.Fatalf("ended before the vendor answered: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was sent within 10 s")
	}
	select {
	case err := <-done:
		a.classIs(t, "a call that was cancelled", err, [2]connector.Class{connector.Unavailable, connector.Unknown})
	case <-time.After(10 * time.Second):
		t.Fatal("the call went on for 10 s after it was cancelled")
	}
}

// classIs checks an error's class: the first for reads, the second for effects,
// whose last request has been sent.
func (a action) classIs(t *testing.T, what string, err error, classes [2]connector.Class) {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		t.Errorf("%s: error is %v, want a *connector.Error", what, err)
		return
	}
	want := classes[0]
	if a.spec.Effect.Writes() {
		want = classes[1]
	}
	if e.Class != want {
		t.Errorf("%s: class is %s (%s), want %s", what, e.Class, e.Text, want)
	}
}

// failuresAreClassified lets the vendor fail in every way.
func (a action) failuresAreClassified(t *testing.T) {
	last := a.last(t)
	for _, tc := range []struct {
		status  int
		classes [2]connector.Class
	}{
		{http.StatusUnauthorized, [2]connector.Class{connector.Denied, connector.Denied}},
		{http.StatusForbidden, [2]connector.Class{connector.Denied, connector.Denied}},
		{http.StatusTooManyRequests, [2]connector.Class{connector.Limited, connector.Limited}},
		{http.StatusInternalServerError, [2]connector.Class{connector.Unavailable, connector.Unknown}},
		{http.StatusServiceUnavailable, [2]connector.Class{connector.Unavailable, connector.Unknown}},
	} {
		w := a.newWorld(t, last, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, `{}`)
		})
		_, err := a.call(t, w.env, w.in)
		a.classIs(t, fmt.Sprintf("status %d", tc.status), err, tc.classes)
		if e := connector.AsError(err); tc.status == http.StatusTooManyRequests && e != nil && e.After != 7*time.Second {
			t.Errorf("status 429: asks to wait %s, want the vendor's 7s", e.After)
		}
	}
	a.refusalsAreTyped(t, last)
	a.cutAnswersAreNoAnswers(t, last)
}

// refusalsAreTyped checks statuses that a manifest may give a meaning of its
// own: the call ends in a typed answer or in a classified error.
func (a action) refusalsAreTyped(t *testing.T, last int) {
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict} {
		w := a.newWorld(t, last, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{}`)
		})
		answer, err := a.call(t, w.env, w.in)
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
func (a action) cutAnswersAreNoAnswers(t *testing.T, last int) {
	w := a.newWorld(t, last, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4096")
		_, _ = io.WriteString(w, `{"data":`)
	})
	_, err := a.call(t, w.env, w.in)
	a.classIs(t, "an answer that was cut off", err, [2]connector.Class{connector.Unavailable, connector.Unknown})
}
