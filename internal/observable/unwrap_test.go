package observable_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/observable"
)

func TestUnwrap_passesTheTableOfProofpoint(t *testing.T) {
	t.Parallel()
	var cases []struct {
		Name, URL, Expected string
		Unquote             bool `json:"percent_unquote"`
	}
	if err := json.Unmarshal(corpus(t, "urldefense/proofpoint-pairs.json"), &cases); err != nil {
		t.Fatal(err)
	}
	tab := &table{t: t, name: "urldefense"}
	for _, c := range cases {
		got, layers := observable.Unwrap(c.URL)
		if c.Unquote {
			got = unquote(got)
		}
		var problems []string
		if got != c.Expected {
			problems = append(problems, "got "+got+", want "+c.Expected)
		}
		if len(layers) != 1 || layers[0].Service != observable.ServiceProofpoint {
			problems = append(problems, "the layer is not recorded as Proofpoint's")
		}
		tab.verdict(c.Name, c.URL, problems)
	}
	tab.report()
}

// unquote undoes percent escapes as the table's makers do: broken ones stay.
func unquote(s string) string {
	for i := len(s) - 3; i >= 0; i-- {
		if i+3 > len(s) {
			continue
		}
		if plain, err := url.PathUnescape(s[i : i+3]); err == nil && s[i] == '%' {
			s = s[:i] + plain + s[i+3:]
		}
	}
	return s
}

func TestUnwrap_undoesWhatGatewaysDo(t *testing.T) {
	t.Parallel()
	const target = "https://evil.example/a?b=c"
	for in, want := range map[string]string{
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc&data=05%7C01%7Cvictim%40corp.example%7C&sdata=x&reserved=0":     target,
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc&amp;data=05%7C01%7Cvictim%40corp.example&amp;reserved=0":        target,
		"https://gcc02.safelinks.protection.office365.us/?url=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc":                                                               target,
		"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc&locale=en":                 target,
		"https://urldefense.proofpoint.com/v1/url?u=https://evil.example/a%3Fb%3Dc&k=x":                                                                             target,
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_a-3Fb-3Dc&d=DwMF&c=x":                                                                    target,
		"https://urldefense.us/v3/__https:/evil.example/a?b=c__;!!x!y$":                                                                                             target,
		"https://urldefense.com/v3/__https://evil.example/a?b=c__;!!x!y$":                                                                                           target,
		"https://urldefense.com/v3/__https://evil.example/*A-**A__;4pyT4pyTw6Q!!x!y$":                                                                               "https://evil.example/✓A-",
		"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fevil.example%2fa%3fb%3dc&c=E,1,x&typo=1":                                                               target,
		"https://secure-web.cisco.com/1aBc/https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc":                                                                                  target,
		"https://eu-west-1.protection.sophos.com/?d=evil.example&u=aHR0cHM6Ly9ldmlsLmV4YW1wbGUvYT9iPWM=&i=x&t=y&h=z":                                                target,
		"https://eu-west-1.protection.sophos.com?d=evil.example&u=aHR0cHM6Ly9ldmlsLmV4YW1wbGUvYT9iPWM&i=x":                                                          target,
		"https://www.google.com/url?q=https://evil.example/a%3Fb%3Dc&sa=D":                                                                                          target,
		"https://www.google.co.uk/url?sa=t&url=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc":                                                                              target,
		"https://clicktime.symantec.com/3AbC?u=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc":                                                                              target,
		"https://protect2.fireeye.com/v1/url?k=x&q=1&e=y&u=https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc":                                                                  target,
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fevil.example%2Fa%3Fb%3Dc__%3B!!x!y%24&data=victim": target,
	} {
		got, layers := observable.Unwrap(in)
		if got != want {
			t.Errorf("Unwrap(%q): got %q, want %q", in, got, want)
		}
		for _, l := range layers {
			if strings.Contains(l.Target+l.Host, "victim") {
				t.Errorf("Unwrap(%q) keeps the recipient: %+v", in, l)
			}
		}
	}
}

func TestUnwrap_recordsWhatItCannotUndo(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]observable.Layer{
		"https://protect-eu.mimecast.com/s/AbCdEf?domain=evil.example":                {{Service: observable.ServiceMimecast, Host: "protect-eu.mimecast.com"}},
		"https://shop.example/out?to=https%3A%2F%2Fevil.example%2F":                   {{Service: observable.ServiceOpenRedirect, Host: "shop.example", Target: "https://evil.example/"}},
		"https://urldefense.com/v3/nonsense/":                                         {{Service: observable.ServiceProofpoint, Host: "urldefense.com"}},
		"https://x.safelinks.protection.outlook.com/?url=javascript%3A%2F%2Falert(1)": {{Service: observable.ServiceSafeLinks, Host: "x.safelinks.protection.outlook.com"}},
		"https://evil.example/":                                                       nil,
		"https://safelinks.protection.outlook.com.evil.example/?url=x":                nil,
		"https://www.google.evil.example/url?q=x":                                     nil,
	} {
		got, layers := observable.Unwrap(in)
		if got != in {
			t.Errorf("Unwrap(%q): got %q, want it unchanged", in, got)
		}
		if diff := cmp.Diff(want, layers); diff != "" {
			t.Errorf("Unwrap(%q): layers (-want +got)\n%s", in, diff)
		}
	}
}

func TestUnwrap_endsAfterFiveLayers(t *testing.T) {
	t.Parallel()
	u := "https://evil.example/"
	for range 8 {
		u = "https://www.google.com/url?q=" + url.QueryEscape(u)
	}
	got, layers := observable.Unwrap(u)
	if len(layers) != 5 || !strings.HasPrefix(got, "https://www.google.com/url?q=") {
		t.Errorf("got %d layers and %q, want five and a link that is still wrapped", len(layers), got)
	}
}
