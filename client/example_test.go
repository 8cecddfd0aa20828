package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
)

// The critical alerts that are new, page after page.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("cursor") == "" {
			fmt.Fprint(w, `{"items":[{"title":"Mail from a stranger","severity":"critical"}],"next":"2"}`)
			return
		}
		fmt.Fprint(w, `{"items":[{"title":"Log-in from nowhere","severity":"critical"}]}`)
	}))
	defer server.Close()

	c, err := client.New(server.URL, client.WithToken(harrier.NewSecret("an API key")))
	if err != nil {
		fmt.Println(err)
		return
	}
	query := client.ListAlertsQuery{Status: client.AlertStatusNew, Severity: client.SeverityCritical}
	for alert, err := range c.ListAlerts(context.Background(), query) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(alert.Title)
	}
	// Output:
	// Mail from a stranger
	// Log-in from nowhere
}

// A change is made only where the case is as it was seen; what is wrong is told.
func ExampleClient_EditCase() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusPreconditionFailed)
		fmt.Fprint(w, `{"type":"https://github.com/harrier-soar/harrier/blob/main/docs/problems.md#precondition_failed",`+
			`"title":"It has changed since you looked","status":412,"detail":"it is at \"4\" now and was at \"3\" when you looked"}`)
	}))
	defer server.Close()

	c, err := client.New(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.EditCase(context.Background(), "7", client.EditCase{Severity: new(client.SeverityHigh)}, client.IfMatch(3))
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Code() == "precondition_failed" {
		fmt.Println("look again:", harrier.KindOf(err))
	}
	// Output:
	// look again: conflict
}
