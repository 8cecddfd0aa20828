package lab

import (
	"net/http"
	"strings"
)

// graph is the part of Microsoft Graph v1.0 about mail and accounts, and its
// hunting query.
//
// Shapes: the metadata of Microsoft Graph (microsoftgraph/msgraph-metadata) and
// the pages user-list, user-list-messages, message-get, message-update,
// message-move, user-sendmail, user-list-mailfolders, errors, throttling,
// outlook-immutable-id and search-query-parameter of its documentation.
type graph struct{ lab *Lab }

func (*graph) name() string { return graphName }

func (v *graph) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /v1.0/users":                                      v.listUsers,
		"GET /v1.0/users/{user}":                               v.getUser,
		"GET /v1.0/users/{user}/messages":                      v.listMessages,
		"GET /v1.0/users/{user}/messages/{id}":                 v.getMessage,
		"GET /v1.0/users/{user}/messages/{id}/$value":          v.getMIME,
		"PATCH /v1.0/users/{user}/messages/{id}":               v.updateMessage,
		"POST /v1.0/users/{user}/messages/{id}/move":           v.moveMessage,
		"GET /v1.0/users/{user}/mailFolders":                   v.listFolders,
		"GET /v1.0/users/{user}/mailFolders/{folder}":          v.getFolder,
		"GET /v1.0/users/{user}/mailFolders/{folder}/messages": v.listMessages,
		"POST /v1.0/users/{user}/sendMail":                     v.sendMail,
	} {
		mux.HandleFunc(pattern, handle)
	}
	for _, more := range []map[string]http.HandlerFunc{v.directory(), v.rules(), v.hunting(), v.alerts()} {
		for pattern, handle := range more {
			mux.HandleFunc(pattern, handle)
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		v.fail(w, http.StatusBadRequest, "BadRequest", "Resource not found for the segment.")
	})
	return v.authorised(mux)
}

// authorised lets requests with a good token through.
func (v *graph) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if problem := v.lab.bearer(r, value, graphScope); problem != "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`)
			v.fail(w, http.StatusUnauthorized, "InvalidAuthenticationToken", problem)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fail writes an error as Microsoft Graph does.
func (v *graph) fail(w http.ResponseWriter, status int, code, message string) {
	now := v.lab.config.Now().UTC()
	writeJSON(w, status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date": now.Format("2006-01-02T15:04:05"), "request-id": uuid(now.String()), "client-request-id": uuid(now.String()),
		},
	}})
}

func (v *graph) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, status, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
	case http.StatusForbidden:
		v.fail(w, status, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	case http.StatusTooManyRequests:
		v.fail(w, status, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
	case http.StatusServiceUnavailable:
		v.fail(w, status, "serviceNotAvailable", "The service is temporarily unavailable.")
	case http.StatusInternalServerError:
		v.fail(w, status, "InternalServerError", "An internal server error occurred. Please try again.")
	default:
		v.fail(w, status, "BadRequest", http.StatusText(status))
	}
}

// notInStore is the answer for a message or folder that is not there.
func (v *graph) notInStore(w http.ResponseWriter) {
	v.fail(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
}

// base is the address of the service as the client wrote it, for links.
func base(r *http.Request) string { return "http://" + r.Host + "/v1.0" }

// chosen keeps the properties that $select names, and those that always come.
func chosen(item map[string]any, query string) map[string]any {
	if query == "" {
		return item
	}
	out := map[string]any{}
	for _, name := range append(strings.Split(query, ","), "id", "@odata.etag", "@odata.type") {
		if value, ok := item[strings.TrimSpace(name)]; ok {
			out[strings.TrimSpace(name)] = value
		}
	}
	return out
}
