package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/spf13/cobra"
)

func connectionCommand(s *shell) *cobra.Command {
	list := listing[api.Connection]{
		use: "list", short: "List configured connections", path: "/v1/connections",
		columns: []column[api.Connection]{
			{"NAME", func(c api.Connection) string { return c.Name }}, {"CONNECTOR", func(c api.Connection) string { return c.Connector }},
			{"ADDRESS", func(c api.Connection) string { return c.BaseURL }}, {"ENABLED", func(c api.Connection) string { return fmt.Sprint(c.Enabled) }},
			{"CHANGED", func(c api.Connection) string { return stamp(c.UpdatedAt) }},
		},
		name: func(c api.Connection) string { return c.Name }, empty: "there are no connections; add one: harrier connection add NAME --connector PRODUCT",
	}
	return holder("connection", "Add and list connections to products", []string{"connections"}, list.command(s), connectionAdd(s))
}

// addBody is what POST /v1/connections takes.
type addBody struct {
	Name         string            `json:"name"`
	Connector    string            `json:"connector"`
	BaseURL      string            `json:"base_url,omitempty"`
	Settings     map[string]any    `json:"settings,omitempty"`
	Secrets      map[string]string `json:"secrets,omitempty"`
	AllowHosts   []string          `json:"allow_hosts,omitempty"`
	AllowPrivate []string          `json:"allow_private,omitempty"`
	CA           string            `json:"ca,omitempty"`
}

func connectionAdd(s *shell) *cobra.Command {
	var body addBody
	var settings, secrets []string
	var ca string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a connection to a product", Args: cobra.ExactArgs(1),
		Long: "Add a connection to a product. Secrets are never taken from the command line, where every process could read them:\n" +
			"  --secret api_key=@FILE      from a file\n  --secret api_key=-          from standard input (one secret)\n  --secret api_key=$NAME      from the environment variable NAME\n" +
			"or from HARRIER_SECRET_API_KEY_FILE and HARRIER_SECRET_API_KEY in the environment, for every secret that the product needs.",
		Example: "  harrier connection add virustotal --connector virustotal --secret api_key=@vt.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			body.Name = args[0]
			var err error
			if body.Settings, err = s.inputs(settings); err != nil {
				return err
			}
			if body.CA, err = s.certificates(ca); err != nil {
				return err
			}
			return s.addConnection(cmd, body, secrets)
		},
	}
	f := cmd.Flags()
	f.StringVar(&body.Connector, "connector", "", "the product; see harrier connector list")
	f.StringVar(&body.BaseURL, "base-url", "", "where the product is")
	f.StringArrayVar(&settings, "set", nil, "a setting as NAME=VALUE; may be given several times")
	f.StringArrayVar(&secrets, "secret", nil, "where a secret comes from: NAME=@FILE, NAME=- or NAME=$VARIABLE")
	f.StringArrayVar(&body.AllowHosts, "allow-host", nil, "a further host that it may call")
	f.StringArrayVar(&body.AllowPrivate, "allow-private", nil, "a private address range that it may call, such as 10.0.0.0/8")
	f.StringVar(&ca, "ca", "", "a file with certificates to trust instead of the system's")
	_ = cmd.MarkFlagRequired("connector")
	return cmd
}

func (s *shell) addConnection(cmd *cobra.Command, body addBody, sources []string) error {
	ctx := cmd.Context()
	given, err := s.secrets(sources)
	if err != nil {
		return err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	all, _, err := unpaged[api.Connector](ctx, c, "/v1/connectors")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(one api.Connector) bool { return one.Name == body.Connector })
	if i < 0 {
		return missing("connector", body.Connector, "harrier connector list")
	}
	for _, name := range all[i].Secrets {
		if _, ok := given[name]; ok {
			continue
		}
		v, err := s.envSecret(name)
		if err != nil {
			return err
		}
		if v == "" {
			return usagef("%s needs the secret %s; say --secret %s=@FILE, or set HARRIER_SECRET_%s_FILE", body.Connector, name, name, strings.ToUpper(name))
		}
		given[name] = v
	}
	body.Secrets = given
	added, raw, err := fetch[api.Connection](ctx, c, asked{Method: http.MethodPost, Path: "/v1/connections", Body: body})
	if err != nil {
		return err
	}
	s.note("added %s; test it: harrier connector test %s", added.Name, added.Name)
	return s.print(result{
		raw: raw, names: []string{added.Name}, head: []string{"NAME", "CONNECTOR", "ADDRESS"}, rows: [][]string{{added.Name, added.Connector, added.BaseURL}},
	})
}

// secrets reads secrets from where the flags say.
func (s *shell) secrets(sources []string) (map[string]string, error) {
	out := map[string]string{}
	for _, source := range sources {
		name, from, ok := strings.Cut(source, "=")
		if !ok || name == "" {
			return nil, usagef("--secret wants NAME=@FILE, NAME=- or NAME=$VARIABLE")
		}
		variable, isVariable := strings.CutPrefix(from, "$")
		file, isFile := strings.CutPrefix(from, "@")
		switch {
		case from == "-":
			text, err := io.ReadAll(io.LimitReader(s.cfg.Streams.In, 64<<10))
			if err != nil {
				return nil, harrier.Errorf(harrier.Unavailable, "cannot read the secret %s: %w", name, err)
			}
			out[name] = strings.TrimRight(string(text), "\r\n")
		case isVariable:
			v, ok := s.cfg.Env(variable)
			if !ok || v == "" {
				return nil, harrier.Errorf(harrier.NotFound, "the environment has no %s for the secret %s", variable, name)
			}
			out[name] = v
		case isFile:
			v, err := secretFile(file)
			if err != nil {
				return nil, err
			}
			out[name] = v
		default:
			// The value is not repeated here: it may be the secret.
			return nil, usagef("the secret %s does not belong on the command line, where every process can read it; say %s=@FILE, %s=- or %s=$VARIABLE", name, name, name, name)
		}
	}
	return out, nil
}

func secretFile(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", harrier.Errorf(harrier.NotFound, "cannot read the file of a secret, %s: %w", name, err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// envSecret is a secret that the environment has, in a file or as it is.
func (s *shell) envSecret(name string) (string, error) {
	key := "HARRIER_SECRET_" + strings.ToUpper(name)
	if file := s.env(key + "_FILE"); file != "" {
		return secretFile(file)
	}
	return s.env(key), nil
}
