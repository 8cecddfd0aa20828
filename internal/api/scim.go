package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/scim"
)

// Directories speak SCIM, whose paths, types and errors are not ours. They are
// behind the same guard as every route: a key with directory:sync.

const (
	scimBase = "/scim/v2/"
	scimType = "application/scim+json"
	maxSCIM  = 2 << 20
)

// openDirectory puts what directories ask onto the mux.
func (s *Server) openDirectory() {
	h := s.permit(guard{permission: harrier.DirectorySync}, func(w http.ResponseWriter, r *http.Request) {
		status, body, err := s.scim(w, r)
		if err != nil {
			status, body = s.scimFault(r, err)
		}
		s.scimWrite(w, status, body)
	})
	s.mux.HandleFunc(scimBase, s.limited("POST "+scimBase, h))
}

// scimWrite answers a directory.
func (s *Server) scimWrite(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", scimType)
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	text, err := encode(body)
	if err != nil {
		s.cfg.Log.Error("an answer to a directory cannot be encoded", "err", err)
		status, text = http.StatusInternalServerError, nil
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that left needs no answer
}

// scimError is an error as SCIM has it.
type scimError struct {
	Schemas []string `json:"schemas"`
	Status  string   `json:"status"`
	Type    string   `json:"scimType,omitempty"`
	Detail  string   `json:"detail"`
}

// scimFault tells a directory what is wrong.
func (s *Server) scimFault(r *http.Request, err error) (int, any) {
	p := s.told(r.Context(), err)
	out := scimError{Schemas: []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, Status: strconv.Itoa(p.Status), Detail: p.Detail}
	if f, ok := errors.AsType[*scim.Fault](err); ok {
		out.Type = f.Type
	} else if harrier.KindOf(err) == harrier.Conflict {
		out.Type = "uniqueness"
	}
	return p.Status, out
}

// scim does what a directory asks.
func (s *Server) scim(w http.ResponseWriter, r *http.Request) (int, any, error) {
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, scimBase), "/")
	switch kind {
	case "ServiceProviderConfig", "Schemas", "ResourceTypes":
		if r.Method != http.MethodGet {
			return 0, nil, harrier.Errorf(harrier.NotFound, "this can be read only")
		}
		return scimDescribed(kind, id)
	case "Users", "Groups":
	default:
		return 0, nil, harrier.Errorf(harrier.NotFound, "there are Users and Groups")
	}
	var body []byte
	if r.Method != http.MethodGet {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxSCIM)); err != nil {
			return 0, nil, err
		}
	}
	if kind == "Users" {
		users := scimKind[harrier.PrincipalID, scim.User]{s.cfg.Ports.Access.DirectoryUsers, "user", harrier.ParseID[harrier.PrincipalID], scimUserOf}
		return users.do(r, id, body)
	}
	groups := scimKind[string, scim.Group]{
		s.cfg.Ports.Access.DirectoryGroups, "group",
		func(id string) (string, error) { return id, nil }, func(g scim.Group) any { return scimGroupOf(g, r) },
	}
	return groups.do(r, id, body)
}

// scimKind is people, or groups: what keeps them, how one is called, named and shown.
type scimKind[ID, T any] struct {
	kept Directory[ID, T]
	one  string
	id   func(string) (ID, error)
	show func(T) any
}

// do does what a directory asks of all of a kind, or of one where there is an id.
func (k scimKind[ID, T]) do(r *http.Request, id string, body []byte) (int, any, error) {
	ctx, by := r.Context(), principal(r.Context())
	if id == "" {
		switch r.Method {
		case http.MethodGet:
			q, err := scimQuery(r)
			if err != nil {
				return 0, nil, err
			}
			all, total, err := k.kept.List(ctx, by, q)
			return http.StatusOK, scimListed(all, k.show, total, q), err
		case http.MethodPost:
			one, err := k.kept.Create(ctx, by, body)
			return http.StatusCreated, k.show(one), err
		}
		return 0, nil, harrier.Errorf(harrier.NotFound, "%ss can be listed and added to", k.one)
	}
	which, err := k.id(id)
	if err != nil {
		return 0, nil, harrier.Errorf(harrier.NotFound, "the %s does not exist", k.one)
	}
	var one T
	switch r.Method {
	case http.MethodGet:
		one, err = k.kept.Find(ctx, by, which)
	case http.MethodPut:
		one, err = k.kept.Replace(ctx, by, which, body)
	case http.MethodPatch:
		one, err = k.kept.Patch(ctx, by, which, body)
	case http.MethodDelete:
		return http.StatusNoContent, nil, k.kept.Delete(ctx, by, which)
	default:
		err = harrier.Errorf(harrier.NotFound, "a %s can be read, replaced, changed and deleted", k.one)
	}
	return http.StatusOK, k.show(one), err
}

// maxListed bounds a page, and is a page where nothing is said.
const maxListed = 200

// scimQuery reads what part of a list is wanted.
func scimQuery(r *http.Request) (q scim.Query, err error) {
	in := r.URL.Query()
	if q.Tests, err = scim.ParseFilter(in.Get("filter")); err != nil {
		return q, err
	}
	number := func(name string, or int) int {
		n, err := strconv.Atoi(in.Get(name))
		if err != nil {
			return or
		}
		return n
	}
	q.Start = min(max(1, number("startIndex", 1)), 1<<30)
	q.Count = min(max(0, number("count", maxListed)), maxListed)
	return q, nil
}

// scimList is a page of a list.
type scimList[T any] struct {
	Schemas []string `json:"schemas"`
	Total   int      `json:"totalResults"`
	Start   int      `json:"startIndex"`
	Count   int      `json:"itemsPerPage"`
	Items   []T      `json:"Resources"`
}

func scimListed[T, U any](all []T, of func(T) U, total int, q scim.Query) scimList[U] {
	out := scimList[U]{Schemas: []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, Total: total, Start: q.Start, Count: len(all), Items: []U{}}
	for _, one := range all {
		out.Items = append(out.Items, of(one))
	}
	return out
}

type scimMeta struct {
	Type     string    `json:"resourceType"`
	Created  time.Time `json:"created,omitzero"`
	Modified time.Time `json:"lastModified,omitzero"`
	Location string    `json:"location"`
}

type scimUser struct {
	Schemas    []string          `json:"schemas"`
	ID         string            `json:"id"`
	ExternalID string            `json:"externalId,omitempty"`
	UserName   string            `json:"userName"`
	Display    string            `json:"displayName,omitempty"`
	Name       map[string]string `json:"name,omitempty"`
	Active     bool              `json:"active"`
	Meta       scimMeta          `json:"meta"`
}

func scimUserOf(u scim.User) any {
	out := scimUser{
		Schemas: []string{scim.UserSchema}, ID: u.ID.String(), ExternalID: u.ExternalID, UserName: u.UserName, Display: u.Display, Active: !u.Disabled,
		Meta: scimMeta{"User", u.Created, u.Modified, scimBase + "Users/" + u.ID.String()},
	}
	if u.Display != "" {
		out.Name = map[string]string{"formatted": u.Display}
	}
	return out
}

type scimMember struct {
	Value string `json:"value"`
	Ref   string `json:"$ref"`
}

type scimGroup struct {
	Schemas    []string     `json:"schemas"`
	ID         string       `json:"id"`
	ExternalID string       `json:"externalId,omitempty"`
	Display    string       `json:"displayName"`
	Members    []scimMember `json:"members,omitempty"`
	Meta       scimMeta     `json:"meta"`
}

// scimGroupOf is a group with its members, unless they are not wanted.
func scimGroupOf(g scim.Group, r *http.Request) scimGroup {
	out := scimGroup{
		Schemas: []string{scim.GroupSchema}, ID: g.ID, ExternalID: g.ExternalID, Display: g.Display,
		Meta: scimMeta{"Group", g.Created, g.Modified, scimBase + "Groups/" + g.ID},
	}
	if strings.EqualFold(r.URL.Query().Get("excludedAttributes"), "members") {
		return out
	}
	for _, id := range g.Members {
		out.Members = append(out.Members, scimMember{id.String(), scimBase + "Users/" + id.String()})
	}
	return out
}

// scimDescribed is what SCIM says of itself.
func scimDescribed(kind, id string) (int, any, error) {
	if kind == "ServiceProviderConfig" && id == "" {
		no := map[string]any{"supported": false}
		return http.StatusOK, map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
			"patch":   map[string]any{"supported": true}, "filter": map[string]any{"supported": true, "maxResults": maxListed},
			"bulk": map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0}, "changePassword": no, "sort": no, "etag": no,
			"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "API key", "description": "A key with the permission directory:sync, as a bearer token", "primary": true}},
		}, nil
	}
	var all []map[string]any
	if err := json.Unmarshal([]byte(scim.Described(kind)), &all); err != nil {
		return 0, nil, harrier.Errorf(harrier.Internal, "the description of %s: %w", kind, err)
	}
	if id == "" {
		return http.StatusOK, scimListed(all, func(one map[string]any) map[string]any { return one }, len(all), scim.Query{Start: 1}), nil
	}
	for _, one := range all {
		if one["id"] == id {
			return http.StatusOK, one, nil
		}
	}
	return 0, nil, harrier.Errorf(harrier.NotFound, "there is no %s of this id", kind)
}
