package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

// defaultTokenTTL is for token endpoints and log-ins that do not say.
const defaultTokenTTL = 5 * time.Minute

// oauth fetches tokens with client credentials (RFC 6749 §4.4).
type oauth struct {
	l   *link
	url *url.URL
}

// fetch asks for a token with the credentials in the body, as most vendors
// want it; where the client is not recognised so, once more with basic
// authentication, as RFC 6749 §2.3.1 prefers it.
func (o *oauth) fetch(ctx context.Context) (grant, *connector.Error) {
	id, err := o.l.creds.reveal(ctx, o.l.creds.field(0, "client_id"))
	if err != nil {
		return grant{}, err
	}
	secret, err := o.l.creds.reveal(ctx, o.l.creds.field(1, "client_secret"))
	if err != nil {
		return grant{}, err
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(o.l.conn.Auth.Scopes) > 0 {
		form.Set("scope", strings.Join(o.l.conn.Auth.Scopes, " "))
	}
	inBody := url.Values{"client_id": {id}, "client_secret": {secret}}
	maps.Copy(inBody, form)
	g, refusal, err := o.ask(ctx, inBody, nil)
	if err != nil && refusal == "invalid_client" {
		basic := func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
		g, _, err = o.ask(ctx, form, basic)
	}
	return g, err
}

// tokenAnswer is RFC 6749 §5. Some vendors write the seconds as text.
type tokenAnswer struct {
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token"`
	IDToken      string          `json:"id_token"`
	ExpiresIn    json.RawMessage `json:"expires_in"`
	Error        string          `json:"error"`
	Description  string          `json:"error_description"`
}

// ask makes one request for a token. refusal is the error code of the endpoint.
func (o *oauth) ask(ctx context.Context, form url.Values, change func(*http.Request)) (g grant, refusal string, failed *connector.Error) {
	body := []byte(form.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url.String(), nil)
	if err != nil {
		return grant{}, "", connector.Errorf(connector.Invalid, "connection %q: the token URL is not one", o.l.conn.Name)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if change != nil {
		change(req)
	}
	ans, failed := o.l.send(ctx, req, body, loginSpec())
	if failed != nil {
		return grant{}, "", failed
	}
	var got tokenAnswer
	decodeErr := json.Unmarshal(ans.body, &got)
	o.l.learn(got.AccessToken, got.RefreshToken, got.IDToken)
	if ans.status != http.StatusOK {
		return grant{}, got.Error, o.l.loginRefused(ans, got.Error, got.Description)
	}
	if decodeErr != nil || got.AccessToken == "" || strings.ContainsAny(got.AccessToken, "\r\n\x00") {
		return grant{}, "", connector.Errorf(connector.Unavailable, "the token endpoint of %q gave no access token", o.l.conn.Name)
	}
	return grant{got.AccessToken, seconds(got.ExpiresIn)}, "", nil
}

// seconds reads expires_in.
func seconds(raw json.RawMessage) time.Duration {
	n, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || !(n > 0) {
		return defaultTokenTTL
	}
	return time.Duration(min(n, (24*time.Hour).Seconds()) * float64(time.Second))
}

// renderTokenURL fills settings into ${{ settings.name }}. A setting at the
// beginning is a URL; one that follows is a part of the path.
func renderTokenURL(template string, settings map[string]any) (*url.URL, error) {
	var out strings.Builder
	rest := template
	for {
		before, after, found := strings.Cut(rest, "${{")
		out.WriteString(before)
		if !found {
			break
		}
		expression, tail, closed := strings.Cut(after, "}}")
		name, isSetting := strings.CutPrefix(strings.TrimSpace(expression), "settings.")
		value, known := settings[name]
		if !closed || !isSetting || !known {
			return nil, fmt.Errorf("the token URL %q: ${{%s}} is not a setting of the connection", template, expression)
		}
		text := fmt.Sprint(value)
		if out.Len() == 0 {
			text = strings.TrimSuffix(text, "/")
		} else {
			text = url.PathEscape(text)
		}
		out.WriteString(text)
		rest = tail
	}
	u, err := url.Parse(out.String())
	if err != nil {
		return nil, fmt.Errorf("the token URL %q: %w", template, unwrapURL(err))
	}
	return u, nil
}
