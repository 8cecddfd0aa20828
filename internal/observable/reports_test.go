package observable_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/observable"
)

// reports returns the files of the corpus' ESET reports whose names end in a suffix.
func reports(tb testing.TB, suffix string) map[string]string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", "eset-ioc", "*"+suffix))
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		all[filepath.Base(name)] = string(data)
	}
	if len(all) == 0 {
		tb.Skip("the corpus is not at ../shared/corpus beside the repository")
	}
	return all
}

// values returns the distinct values of some types.
func values(found []observable.Found, types ...observable.Type) []string {
	var out []string
	for _, f := range ofTypes(found, types...) {
		out = append(out, f.Value)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matches returns the distinct matches of a pattern, in lower case.
func matches(text, pattern string) []string {
	out := regexp.MustCompile(pattern).FindAllString(text, -1)
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// minus returns what of one list is not in another.
func minus(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

func TestExtract_findsWhatReportsList(t *testing.T) {
	t.Parallel()
	tab := &table{t: t, name: "eset-adoc"}
	hashes := []observable.Type{observable.MD5, observable.SHA1, observable.SHA256}
	for name, text := range reports(t, ".adoc") {
		found, more := observable.Extract(text, observable.Options{})
		var problems []string
		if more {
			problems = append(problems, "a limit was met")
		}
		want := slices.Concat(matches(text, `\b[0-9A-Fa-f]{32}\b`), matches(text, `\b[0-9A-Fa-f]{40}\b`), matches(text, `\b[0-9A-Fa-f]{64}\b`))
		if missing := minus(want, values(found, hashes...)); len(missing) > 0 {
			problems = append(problems, "hashes missing: "+strings.Join(missing, " "))
		}
		if extra := minus(values(found, hashes...), want); len(extra) > 0 {
			problems = append(problems, "not hashes: "+strings.Join(extra, " "))
		}
		names := values(found, observable.Domain, observable.IPv4)
		for _, defanged := range matches(text, `[\w.-]*\[\.\][\w.\[\]-]*`) {
			if value := strings.NewReplacer("[", "", "]", "").Replace(defanged); !slices.Contains(names, value) {
				problems = append(problems, "missing: "+defanged)
			}
		}
		for _, url := range ofTypes(found, observable.URL) {
			if strings.ContainsAny(url.Value[len("http://"):], "`|<>[]\" ") {
				problems = append(problems, "more than a URL: "+url.Value)
			}
		}
		for _, id := range matches(text, `\bT\d{4}(\.\d{3})?\b`) {
			if !slices.Contains(values(found, observable.Technique), strings.ToUpper(id)) {
				problems = append(problems, "missing: "+id)
			}
		}
		tab.verdict(name, name, problems)
	}
	tab.report()
}

func TestExtract_findsEveryLineOfHashLists(t *testing.T) {
	t.Parallel()
	tab := &table{t: t, name: "eset-sha256"}
	for name, text := range reports(t, ".sha256") {
		found, _ := observable.Extract(text, observable.Options{})
		var problems []string
		lines := strings.Fields(strings.ToLower(text))
		if len(found) != len(lines) {
			problems = append(problems, "found another number than there are lines")
		}
		if missing := minus(lines, values(found, observable.SHA256)); len(missing) > 0 {
			problems = append(problems, "missing: "+strings.Join(missing, " "))
		}
		tab.verdict(name, name, problems)
	}
	tab.report()
}

// attribute is one of a MISP event.
type attribute struct{ Type, Value string }

// attributes returns the attributes anywhere in a MISP export.
func attributes(v any) []attribute {
	var out []attribute
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, attributes(item)...)
		}
	case map[string]any:
		kind, _ := v["type"].(string)
		value, _ := v["value"].(string)
		if _, ok := v["category"]; ok && kind != "" {
			out = append(out, attribute{kind, value})
		}
		for _, item := range v {
			out = append(out, attributes(item)...)
		}
	}
	return out
}

func TestExtract_agreesWithTheTypesOfMISPEvents(t *testing.T) {
	t.Parallel()
	tab := &table{t: t, name: "eset-misp"}
	kinds := map[string][]observable.Type{
		"sha1": {observable.SHA1}, "sha256": {observable.SHA256}, "md5": {observable.MD5}, "domain": {observable.Domain}, "hostname": {observable.Domain},
		"ip-dst": {observable.IPv4, observable.IPv6}, "ip-src": {observable.IPv4, observable.IPv6}, "url": {observable.URL, observable.Domain}, "link": {observable.URL},
		"filename": {observable.FilePath, observable.FileName}, "email-src": {observable.Email}, "filename|sha1": {observable.SHA1}, "text": nil,
	}
	for name, text := range reports(t, ".json") {
		var event any
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Fatal(err)
		}
		for _, a := range attributes(event) {
			types, known := kinds[a.Type]
			if !known {
				continue
			}
			found, _ := observable.Extract(a.Value, observable.Options{})
			var problems []string
			want := a.Value[strings.LastIndexByte(a.Value, '|')+1:]
			if got := ofTypes(found, types...); types != nil && !slices.ContainsFunc(got, func(f observable.Found) bool { return f.Value == want }) {
				problems = append(problems, a.Type+" missing")
			}
			if got := ofTypes(found, observable.Domain, observable.FileName); a.Type == "text" && len(got) > 0 {
				problems = append(problems, "found "+got[0].Value+" in plain text")
			}
			tab.verdict(name+" "+a.Value, a.Value, problems)
		}
	}
	tab.report()
}

// What iocextract finds comes out, and of what it takes for no URL nothing does.
func TestExtract_passesTheListOfIOCExtract(t *testing.T) {
	t.Parallel()
	valid := strings.Split(strings.TrimSpace(string(corpus(t, "iocextract/valid.txt"))), "\n")
	input := string(corpus(t, "iocextract/input.txt"))
	found, _ := observable.Extract(input, observable.Options{})
	tab := &table{t: t, name: "iocextract"}
	for _, line := range valid {
		var problems []string
		if !slices.ContainsFunc(found, func(f observable.Found) bool { return f.Raw == line }) && !phone(line) {
			problems = append(problems, "nothing found is written so")
		}
		tab.verdict(line, line, problems)
	}
	types := []observable.Type{observable.URL, observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512, observable.Email}
	for _, f := range ofTypes(found, types...) {
		var problems []string
		if !slices.ContainsFunc(valid, func(line string) bool {
			return line == f.Raw || slices.Contains(values(mustFind(line), f.Type), f.Value)
		}) {
			problems = append(problems, "found "+f.Raw+", which is not on the list")
		}
		tab.verdict("not "+f.Raw, f.Raw, problems)
	}
	tab.report()
}

// mustFind extracts from one line.
func mustFind(line string) []observable.Found {
	found, _ := observable.Extract(line, observable.Options{})
	return found
}

// phone reports whether a line is a telephone number, which is left to people.
func phone(line string) bool {
	return strings.Trim(line, "0123456789-.() ") == "" && strings.Count(line, ".") < 3
}
