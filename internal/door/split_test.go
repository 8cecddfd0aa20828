package door

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit_cutsBetweenRecordsAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"few records", "{\"a\":1}\n{\"a\":2}", []string{"{\"a\":1}\n{\"a\":2}"}},
		{"lines", "{\"a\":1}\n{\"a\":2}\n{\"a\":\"}{\"}\n", []string{"{\"a\":1}\n{\"a\":2}", "{\"a\":\"}{\"}"}},
		{"one after the other", `{"a":1}{"a":2} {"a":"\"}"}`, []string{"{\"a\":1}\n{\"a\":2}", `{"a":"\"}"}`}},
		{"an array", `[{"a":[1,2]}, 7 ,"x,]"]`, []string{`[{"a":[1,2]},7]`, `["x,]"]`}},
		{"an array inside of an object", `{"alerts":[1,2,3,4]}`, []string{`{"alerts":[1,2,3,4]}`}},
		{"text", "CEF:0|a\nCEF:0|b\nCEF:0|c", []string{"CEF:0|a\nCEF:0|b\nCEF:0|c"}},
		{"an array that does not end", `[1,2,3`, []string{`[1,2,3`}},
		{"something behind", `[1,2,3] x`, []string{`[1,2,3] x`}},
		{"nothing", ``, []string{``}},
	} {
		var got []string
		for _, part := range split([]byte(c.body), 2) {
			got = append(got, string(part))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func FuzzSplit_losesNothing(f *testing.F) {
	for _, seed := range []string{`[1,2,3]`, "{}\n{}\n{}", `[{"a":"\\"},[],"\""]`, `{"a":1}{`, `[,]`, `[[[[`, "[\"\x00"} {
		f.Add([]byte(seed))
	}
	count := func(v any) int {
		if list, ok := v.([]any); ok {
			return len(list)
		}
		return 1
	}
	values := func(body []byte) (all []any, n int, ok bool) {
		dec := json.NewDecoder(bytes.NewReader(body))
		for {
			var v any
			if err := dec.Decode(&v); err == io.EOF {
				return all, n, true
			} else if err != nil {
				return nil, 0, false
			}
			n += count(v)
			if list, ok := v.([]any); ok {
				all = append(all, list...)
			} else {
				all = append(all, v)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		parts := split(body, 2)
		want, n, ok := values(body)
		if !ok || n == 0 {
			return
		}
		var got []any
		for _, part := range parts {
			some, _, ok := values(part)
			if !ok {
				t.Fatalf("%q was cut into %q, which is no JSON", body, parts)
			}
			got = append(got, some...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q was cut into %q:\n%s", body, parts, diff)
		}
	})
}

func TestPlain_readsForms(t *testing.T) {
	t.Parallel()
	const multi = "--B\r\nContent-Disposition: form-data; name=\"from\"\r\n\r\na@b.example\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--\r\n"
	for _, c := range []struct{ name, kind, body, wantKind, want string }{
		{"a payload", "application/x-www-form-urlencoded", "payload=%7B%22a%22%3A1%7D", typeJSON, `{"a":1}`},
		{"fields", "application/x-www-form-urlencoded", "a=1&b=2&b=3", typeJSON, `{"a":"1","b":["2","3"]}`},
		{"JSON that says that it is a form", "application/x-www-form-urlencoded", `{"a":"x&y=z"}`, typeJSON, `{"a":"x&y=z"}`},
		{"a form that is none", "application/x-www-form-urlencoded", "%zz", "text/plain", "%zz"},
		{"parts", "multipart/form-data; boundary=B", multi, typeJSON, `{"f":{"content_type":"text/plain","file_name":"x.txt","text":"hello"},"from":"a@b.example"}`},
		{"parts without an end", "multipart/form-data; boundary=B", multi[:60], "multipart/form-data", multi[:60]},
		{"parts without a boundary", "multipart/form-data", "x", "multipart/form-data", "x"},
		{"text in another charset", "text/plain; charset=iso-8859-1; x=y", "\xe9", "text/plain; charset=iso-8859-1", "\xe9"},
		{"no type, JSON", "", ` [1]`, typeJSON, ` [1]`},
		{"no type, text", "", "CEF:0|", "text/plain", "CEF:0|"},
		{"a type that is none", ";;", "x", "application/octet-stream", "x"},
	} {
		kind, body, err := plain(c.kind, []byte(c.body))
		if err != nil || kind != c.wantKind || string(body) != c.want {
			t.Errorf("%s: got %q %q %v, want %q %q", c.name, kind, body, err, c.wantKind, c.want)
		}
	}
	if _, _, err := plain("application/x-www-form-urlencoded", []byte(strings.Repeat("a=1&", 2000))); err == nil {
		t.Error("a form of very many fields is taken")
	}
}

func FuzzPlain_endsWithoutAnError(f *testing.F) {
	f.Add("multipart/form-data; boundary=B", []byte("--B\r\n\r\n\r\n--B--"))
	f.Add("application/x-www-form-urlencoded", []byte("payload={}&a=%"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		got, out, err := plain(kind, body)
		if err == nil && (got == "" || len(body) > 0 && out == nil) {
			t.Errorf("%q %q gave %q %q", kind, body, got, out)
		}
	})
}

func FuzzUnpack_isBounded(f *testing.F) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte("a"), 3<<20))
	_ = w.Close()
	f.Add(b.Bytes())
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, body []byte) {
		const most = 2 << 20
		out, err := unpack("gzip", body, most)
		if err == nil && (len(out) > most || len(out) > max(freeSize, len(body)*ratio)) {
			t.Errorf("%d bytes became %d", len(body), len(out))
		}
	})
}

func TestParseSettings_tellsEverythingThatIsWrong(t *testing.T) { // WH-01, CFG-03
	t.Parallel()
	for text, want := range map[string][]string{
		`{}`: {"auth.kind"},
		`{"auth":{"kind":"none","keys":[{"field":"a"}]}}`:                                                              {"auth.kind"},
		`{"auth":{"kind":"bearer"},"handshake":"x","shape":"y","max_body":-1}`:                                         {"auth.keys", "handshake", "shape", "max_body"},
		`{"auth":{"kind":"mtls"}}`:                                                                                     {"auth.names"},
		`{"auth":{"kind":"signature","keys":[{"field":"a"}],"algorithm":"md5","encoding":"x","signed":"{timestamp}"}}`: {"auth.header", "auth.algorithm", "auth.encoding", "auth.signed", "auth.time_header"},
		`{"auth":{"kind":"basic","keys":[{"field":"a"}]},"shape":"thehive"}`:                                           {"auth.user", "bear a token"},
		`{"auth":{"kind":"bearer","keys":[{"field":"a"}]},"no":1}`:                                                     {`unknown field "no"`},
		`[]`: {"cannot be read"},
	} {
		_, err := ParseSettings(json.RawMessage(text))
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %v, want %q", text, err, part)
			}
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	var body bytes.Buffer
	for i := range 1000 {
		body.WriteString(`{"id":` + strconv.Itoa(i) + `,"title":"` + strings.Repeat("x", 1000) + `"}` + "\n")
	}
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		split(body.Bytes(), 100)
	}
}
