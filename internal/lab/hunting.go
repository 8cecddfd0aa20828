package lab

import "net/http"

// hunting is the endpoint that runs a hunting query.
func (v *graph) hunting() map[string]http.HandlerFunc { return nil }
