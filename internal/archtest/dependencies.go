package archtest

// reviewedModules lists the modules of others that the module may import. Each
// has a row in the decision note that it names.
func reviewedModules() []module {
	return []module{
		{path: "cel.dev/cel-go", note: "0004"},
		{path: "code.dny.dev/ssrf", note: "0004"},
		{path: "github.com/alexedwards/argon2id", note: "0004"},
		{path: "github.com/coreos/go-oidc/v3", note: "0004"},
		{path: "github.com/danielgtaylor/huma/v2", note: "0004"},
		{path: "github.com/emersion/go-imap/v2", note: "0004"},
		{path: "github.com/gabriel-vasile/mimetype", note: "0004"},
		{path: "github.com/getkin/kin-openapi", note: "0004", tests: true},
		{path: "github.com/go-git/go-billy/v5", note: "0004"},
		{path: "github.com/go-git/go-git/v5", note: "0004"},
		{path: "github.com/go-jose/go-jose/v4", note: "0004"},
		{path: "github.com/go-ldap/ldap/v3", note: "0004"},
		{path: "github.com/go-webauthn/webauthn", note: "0004"},
		{path: "github.com/goccy/go-yaml", note: "0004"},
		{path: "github.com/google/go-cmp", note: "0004", tests: true},
		{path: "github.com/makiuchi-d/gozxing", note: "0004"},
		{path: "github.com/nwaples/rardecode/v2", note: "0004"},
		{path: "github.com/pquerna/otp", note: "0004"},
		{path: "github.com/pressly/goose/v3", note: "0004"},
		{path: "github.com/richardlehane/mscfb", note: "0004"},
		{path: "github.com/rogpeppe/go-internal", note: "0004", tests: true},
		{path: "github.com/santhosh-tekuri/jsonschema/v6", note: "0004", tests: true},
		{path: "github.com/spf13/cobra", note: "0004"},
		{path: "github.com/tink-crypto/tink-go/v2", note: "0004"},
		{path: "github.com/zitadel/oidc/v3", note: "0004", tests: true},
		{path: "golang.org/x/image", note: "0004"},
		{path: "golang.org/x/mod", note: "0004"},
		{path: "golang.org/x/net", note: "0004", shared: "the Go team's HTML, public suffixes and names of hosts: several readers of hostile text need them"},
		{path: "golang.org/x/oauth2", note: "0004"},
		{path: "golang.org/x/term", note: "0004"},
		{path: "golang.org/x/text", note: "0004", shared: "the Go team's character sets and normal forms: several readers of hostile text need them"},
		{path: "golang.org/x/time", note: "0004"},
		{path: "modernc.org/sqlite", note: "0004"},
	}
}
