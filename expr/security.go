package expr

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/harrier-soar/harrier/schema"
)

// securityFunctions are the words of the field.
func securityFunctions() []cel.EnvOption {
	text := cel.StringType
	return []cel.EnvOption{
		cel.Function("worst", cel.Overload("worst_dyn", []*cel.Type{cel.DynType}, text, cel.UnaryBinding(worst))),
		cel.Function("cidr",
			cel.Overload("cidr_string_string", []*cel.Type{text, text}, cel.BoolType, cel.BinaryBinding(inRange)),
			cel.Overload("cidr_string_list", []*cel.Type{text, cel.ListType(text)}, cel.BoolType, cel.BinaryBinding(inRange))),
		cel.Function("defang", cel.Overload("defang_string", []*cel.Type{text}, text, unary(defang))),
		cel.Function("refang", cel.Overload("refang_string", []*cel.Type{text}, text, unary(refang))),
		cel.Function("domain_of", cel.Overload("domain_of_string", []*cel.Type{text}, text, unary(domainOf))),
	}
}

// worst returns the worst verdict in a value: verdicts as text, objects with a
// verdict, and lists, results, items and outputs of such. Without any it is
// unknown: an answer that failed says nothing.
func worst(v ref.Val) ref.Val {
	if types.IsError(v) {
		return v
	}
	verdicts, left, found := schema.Verdicts(), MaxItems, -1
	visitVerdicts(v, 0, &left, func(text string) { found = max(found, slices.Index(verdicts, text)) })
	if left < 0 {
		return tooMany()
	}
	if found < 0 {
		return types.String("unknown")
	}
	return types.String(verdicts[found])
}

// visitVerdicts calls visit with every text that stands where a verdict would.
func visitVerdicts(v ref.Val, depth int, left *int, visit func(string)) {
	if *left--; *left < 0 || depth > 8 {
		return
	}
	switch v := v.(type) {
	case types.String:
		visit(string(v))
	case *types.Optional:
		if v.HasValue() {
			visitVerdicts(v.GetValue(), depth, left, visit)
		}
	case traits.Lister:
		for it := v.Iterator(); *left >= 0 && it.HasNext() == types.True; {
			visitVerdicts(it.Next(), depth+1, left, visit)
		}
	case traits.Mapper:
		for _, name := range []string{"verdict", "results", "items", "output"} {
			inner, ok := v.Find(types.String(name))
			if !ok {
				continue
			}
			if _, text := inner.(types.String); text && name != "verdict" {
				continue
			}
			visitVerdicts(inner, depth+1, left, visit)
		}
	}
}

// inRange is cidr(ip, range): whether an address is in a range, or in one of several.
func inRange(ip, ranges ref.Val) ref.Val {
	text, ok := ip.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(ip)
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil {
		return types.NewErr("%.60q is not an address such as 192.0.2.7", string(text))
	}
	addr = addr.Unmap().WithZone("")
	switch r := ranges.(type) {
	case types.String:
		return inPrefix(addr, string(r))
	case traits.Lister:
		for it := r.Iterator(); it.HasNext() == types.True; {
			one, ok := it.Next().(types.String)
			if !ok {
				return types.NewErr("cidr needs ranges as text, such as \"10.0.0.0/8\"")
			}
			if in := inPrefix(addr, string(one)); in != types.False {
				return in
			}
		}
		return types.False
	}
	return types.MaybeNoSuchOverloadErr(ranges)
}

// inPrefix reports whether an address is in a range; a range without a length
// is one address.
func inPrefix(addr netip.Addr, text string) ref.Val {
	if one, err := netip.ParseAddr(text); err == nil {
		return types.Bool(one.Unmap().WithZone("") == addr)
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return types.NewErr("%.60q is not a range such as 10.0.0.0/8", text)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return types.Bool(p.Contains(addr))
}

// defang makes links, domains and addresses in a text unclickable.
func defang(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		end := strings.IndexAny(text, " \t\r\n,;<>\"'()")
		if end < 0 {
			end = len(text)
		}
		b.WriteString(defangWord(text[:end]))
		if end < len(text) {
			b.WriteByte(text[end])
			end++
		}
		text = text[end:]
	}
	return b.String()
}

// defangWord defangs one word; paths of links stay readable.
func defangWord(w string) string {
	scheme, rest, isLink := strings.Cut(w, "://")
	if !isLink {
		return dots(strings.ReplaceAll(w, "@", "[@]"))
	}
	if lower := strings.ToLower(scheme); lower == "http" || lower == "https" {
		scheme = "hxxp" + lower[4:]
	}
	host := strings.IndexAny(rest, "/?#")
	if host < 0 {
		host = len(rest)
	}
	return scheme + "://" + dots(rest[:host]) + rest[host:]
}

// dots puts dots between letters or digits in brackets.
func dots(w string) string {
	var b strings.Builder
	for i := range len(w) {
		if w[i] == '.' && i > 0 && i+1 < len(w) && nameByte(w[i-1]) && nameByte(w[i+1]) {
			b.WriteString("[.]")
			continue
		}
		b.WriteByte(w[i])
	}
	return b.String()
}

func nameByte(c byte) bool {
	return c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// refangs undoes the ways in which people defang.
var refangs = strings.NewReplacer(
	"hxxps", "https", "hxxp", "http", "hXXps", "https", "hXXp", "http", "HXXPS", "https", "HXXP", "http",
	"[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".", "[DOT]", ".", "(DOT)", ".", `\.`, ".",
	"[@]", "@", "(@)", "@", "[at]", "@", "(at)", "@", "[AT]", "@",
	"[://]", "://", "[:]", ":", "[/]", "/",
)

// refang turns defanged links, domains and addresses in a text back.
func refang(text string) string { return refangs.Replace(text) }

// domainOf returns the domain of a link, an address of mail or a domain, in
// lower case; empty where there is none, as in a link to an address.
func domainOf(text string) string {
	text = strings.TrimSpace(refang(text))
	host := text
	switch {
	case strings.Contains(text, "://"):
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		host = u.Hostname()
	case strings.Contains(text, "@"):
		host = strings.TrimSuffix(text[strings.LastIndexByte(text, '@')+1:], ">")
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !isDomain(host) {
		return ""
	}
	return host
}

// isDomain reports whether a text can be a domain.
func isDomain(host string) bool {
	if len(host) > 253 || !strings.Contains(host, ".") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63*4 || strings.ContainsFunc(label, func(c rune) bool { return c < 0x80 && !nameByte(byte(c)) }) {
			return false
		}
	}
	return true
}
