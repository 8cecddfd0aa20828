package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// openAPI is how the library is set up: JSON alone, our problems, nothing
// served by itself.
func (s *Server) openAPI() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	format := huma.DefaultJSONFormat
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Harrier", Version: "v1",
				Description: "Security orchestration, automation and response. Lists are paged by cursor; errors are problems (RFC 9457); things with a rev have an ETag.",
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "What is in the file api.token of the data directory. The Unix socket there needs none."},
				},
			},
		},
		Formats:          map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:    "application/json",
		Transformers:     []huma.Transformer{ownProblem},
		NoFormatFallback: false,
	}
}

// problemResponse is what every operation may answer.
func (s *Server) problemResponse() *huma.Response {
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// describe finishes the description: the library's own error leaves it, and
// lists are lists, never null.
func (s *Server) describe() {
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for _, one := range schemas {
		for _, p := range one.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
		}
	}
}

// OpenAPI returns the description of the API (OpenAPI 3.1, JSON).
func (s *Server) OpenAPI() ([]byte, error) { return s.huma.OpenAPI().MarshalJSON() }

// serveOpenAPI handles GET /v1/openapi.json.
func (s *Server) serveOpenAPI(w http.ResponseWriter, _ *http.Request) error {
	body, err := s.OpenAPI()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(body) // a client that left needs no answer
	return nil
}
