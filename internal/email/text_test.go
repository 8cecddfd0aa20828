package email

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/observable"
)

// facts returns type, value and role of observables.
func facts(list []Observable) []string {
	out := []string{}
	for _, o := range list {
		out = append(out, o.Type+" "+o.Value+" "+o.Role)
	}
	return out
}

// The host of SafeLinks is split by a soft line break, as mail servers do it.
func TestLinks_areUnwrappedAfterDecoding(t *testing.T) {
	t.Parallel()
	m := parse(t, "From: a@b.com\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"+
		"<a href=3D\"https://eur01.safelinks.pro=\ntection.outlook.com/?url=3Dhttps%3A%2F%2Fevil.example%2Fa&amp;data=3D05%7C01%7Cvictim%40corp.example&amp;reserved=3D0\">pay</a>")
	if len(m.Links) != 1 {
		t.Fatalf("links: %+v, want one", m.Links)
	}
	l := m.Links[0]
	want := []observable.Layer{{Service: observable.ServiceSafeLinks, Host: "eur01.safelinks.protection.outlook.com", Target: "https://evil.example/a", Undone: true}}
	if diff := cmp.Diff(want, l.Layers); diff != "" || l.URL != "https://evil.example/a" || l.Host != "evil.example" {
		t.Errorf("got %q at %q, layers (-want +got)\n%s", l.URL, l.Host, diff)
	}
	if strings.Contains(string(prettyJSON(t, m.Output())), "victim") || strings.Contains(l.Raw, "victim") {
		t.Errorf("the recipient in the link is kept: %q", l.Raw)
	}
	if got := facts(m.Observables()); !slices.Contains(got, "domain evil.example link") || slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "outlook") }) {
		t.Errorf("observables: %q, want what is inside and nothing of the service", got)
	}
}

func TestLinks_thatCannotBeUnwrappedDoNotNameTheService(t *testing.T) {
	t.Parallel()
	m := parse(t, "From: a@b.com\n\nhttps://protect-eu.mimecast.com/s/AbC?domain=x.com\n")
	out := m.Output()
	if got := facts(m.Observables())[2:]; len(got) != 1 || got[0] != "url https://protect-eu.mimecast.com/s/AbC?domain=x.com link" {
		t.Errorf("observables: %q, want the URL alone", got)
	}
	if diff := cmp.Diff([]any{}, out["link_domains"]); diff != "" {
		t.Errorf("link_domains (-want +got)\n%s", diff)
	}
	if layers, _ := out["link_layers"].([]any); len(layers) != 1 {
		t.Errorf("link_layers: %v, want Mimecast", out["link_layers"])
	}
}

func TestLinks_ofOpenRedirectsAlsoGiveTheirTarget(t *testing.T) {
	t.Parallel()
	m := parse(t, "From: a@b.com\n\nhttps://shop.example.com/out?to=https%3A%2F%2Fevil.example%2F\n")
	want := []string{
		"url https://shop.example.com/out?to=https%3A%2F%2Fevil.example%2F link", "domain shop.example.com link",
		"url https://evil.example/ redirect", "domain evil.example redirect",
	}
	if diff := cmp.Diff(want, facts(m.Observables())[2:]); diff != "" {
		t.Errorf("observables (-want +got)\n%s", diff)
	}
}

func TestText_givesWhatStandsInItByItsRole(t *testing.T) {
	t.Parallel()
	m := parse(t, "From: a@b.com\n\nSeen: hxxps://evil[.]example/x and bad[.]example[.]com, 198.51.100[.]7, 10.0.0.1,\n"+
		"d41d8cd98f00b204e9800998ecf8427e, CVE-2024-3400, C:\\Users\\x.exe. Clicked https://real.example/y\n")
	want := []string{
		"url https://real.example/y link", "domain real.example link",
		"url https://evil.example/x body", "domain bad.example.com body", "ip 198.51.100.7 body", "hash d41d8cd98f00b204e9800998ecf8427e body",
	}
	if diff := cmp.Diff(want, facts(m.Observables())[2:]); diff != "" {
		t.Errorf("observables (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cve CVE-2024-3400 body", `file_path C:\Users\x.exe body`, "file_name x.exe body"}, facts(m.OtherObservables())); diff != "" {
		t.Errorf("other observables (-want +got)\n%s", diff)
	}
	checkOutput(t, "text", m.Output())
}

// Every wrapped link of the corpus leads to what is inside, or says that it does
// not and nothing of the recipient: one was cut off inside of its target.
func TestLinks_ofTheCorpusAreUnwrapped(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for name, data := range corpusMails(t) {
		m := parse(t, string(data))
		for _, l := range m.Links {
			for _, layer := range l.Layers {
				count[layer.Service]++
			}
			for _, service := range []string{"safelinks.protection.outlook.com", "urldefense"} {
				if strings.Contains(l.Host, service) && (!l.atService() || strings.Contains(l.URL, "data=")) {
					t.Errorf("%s: %s is still wrapped", name, l.URL)
				}
			}
		}
	}
	t.Logf("layers: %v", count)
	if count[observable.ServiceSafeLinks]+count[observable.ServiceProofpoint]+count[observable.ServiceGoogle] == 0 {
		t.Errorf("nothing was unwrapped: %v", count)
	}
}
