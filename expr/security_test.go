package expr

import (
	"fmt"
	"testing"

	"github.com/harrier-soar/harrier/schema"
)

func TestDefang_isUndoneByRefang(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://evil.example/a.b?c=d.e": "hxxp://evil[.]example/a.b?c=d.e",
		"HTTPS://evil.example":          "hxxps://evil[.]example",
		"a@evil.example":                "a[@]evil[.]example",
		"see 192.0.2.1, evil.example.":  "see 192[.]0[.]2[.]1, evil[.]example.",
		"(x.example)":                   "(x[.]example)",
		"nothing here":                  "nothing here",
		"":                              "",
	} {
		got := defang(text)
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if back := refang(got); back != text && text != "HTTPS://evil.example" {
			t.Errorf("%q comes back as %q", text, back)
		}
	}
}

func TestDomainOf_findsTheDomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://user:pw@Evil.Example:8443/x": "evil.example", "a@b@Evil.example": "evil.example", "Joe <joe@evil.example>": "evil.example",
		"evil.example.": "evil.example", "hxxp://evil[.]example/": "evil.example", "http://192.0.2.1/": "", "http://[2001:db8::1]/": "",
		"nothing": "", "": "", "http://%zz": "", "a..b": "", "тест.рф": "тест.рф",
	} {
		if got := domainOf(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCIDR_comparesAddressesNotTexts(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"ip": schema.TypeOf(schema.IP), "ranges": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	p, issues := env.Compile("cidr(ip, ranges)")
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	for _, tc := range []struct {
		ip     string
		ranges any
		want   string
	}{
		{"10.1.2.3", "10.0.0.0/8", "true"}, {"::ffff:10.1.2.3", "10.0.0.0/8", "true"}, {"10.1.2.3", "::ffff:10.0.0.0/104", "true"},
		{"2001:db8::1", "2001:db8::/32", "true"}, {"2001:db8::1", "10.0.0.0/8", "false"}, {"fe80::1%eth0", "fe80::/10", "true"},
		{"10.1.2.3", "10.1.2.3", "true"}, {"10.1.2.3", []any{}, "false"}, {"10.1.2.3", []any{"192.0.2.0/24", "10.0.0.0/8"}, "true"},
		{"host", "10.0.0.0/8", "error"}, {"10.1.2.3", "ten", "error"}, {"10.1.2.3", []any{int64(1)}, "error"}, {"10.1.2.3", int64(10), "error"},
	} {
		v, err := p.Eval(t.Context(), Vars{"ip": tc.ip, "ranges": tc.ranges}, noon())
		got := fmt.Sprint(v)
		if err != nil {
			got = "error"
		}
		if got != tc.want {
			t.Errorf("%s in %v: got %s, %v; want %s", tc.ip, tc.ranges, got, err, tc.want)
		}
	}
}

func TestEval_visitsMapsInOrder(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"m": schema.TypeOf(schema.Any), "o": schema.TypeOf(schema.Object)})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	for i := range 50 {
		m[fmt.Sprintf("k%02d", i)] = int64(i)
	}
	for _, text := range []string{
		"m.map(k, k).join(' ') == m.map(k, k).sort().join(' ')", "o.map(k, k).join(' ') == m.map(k, k).join(' ')",
		"{'b': 1, 'a': 2, 'c': 3}.map(k, k) == ['a', 'b', 'c']", "{3: 'x', 1: 'y', 2: 'z'}.map(k, k) == [1, 2, 3]",
	} {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Fatal(issues)
		}
		for range 20 {
			if v, err := p.Eval(t.Context(), Vars{"m": m, "o": Vars(m)}, noon()); v != true {
				t.Fatalf("%s: %v, %v", text, v, err)
			}
		}
	}
}

func TestEval_worksOnUntypedDataOfAnyShape(t *testing.T) {
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"a": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	data := Vars{"a": map[string]any{"n": []any{int64(1), int64(2), int64(2)}, "s": []any{"x", "y"}, "o": []any{map[string]any{"v": int64(1)}}}}
	for text, want := range map[string]string{
		"a.n.slice(0, 2).map(x, string(x)).join('')": "12", "a.n.distinct().filter(x, x > 1)": "[2]", "a.s.slice(0, 1).map(x, x + '!')": "[x!]",
		"a.o.distinct().map(x, x.v + 1.5)": "[2.5]", "a.n.first().orValue(7) + 1": "2", "a.s.last().orValue('-')": "y", "[a.n, a.s].flatten()": "[1 2 2 x y]",
		"a.n.map(x, x * 2).sort()": "[2 4 4]", "a.o.sortBy(x, x.v).map(x, x.v)": "[1]", "a.?nope.orValue([]).size()": "0", "a.n[0] == 1.0": "true",
	} {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Errorf("%s: %v", text, issues)
			continue
		}
		v, err := p.Eval(t.Context(), data, noon())
		if err != nil || fmt.Sprint(v) != want {
			t.Errorf("%s: got %v, %v; want %s", text, v, err, want)
		}
	}
}

func TestNewEnv_refusesNamesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a-b", "1a", "in", "not", "@now", "a.b", "é"} {
		if _, err := NewEnv(map[string]schema.Type{name: schema.TypeOf(schema.Any)}); err == nil {
			t.Errorf("%q names a variable", name)
		}
	}
}
