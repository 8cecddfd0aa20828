package observable

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestURL bounds what is read as one URL.
const longestURL = 16 << 10

// findURLs finds URLs that have a scheme.
func (x *scan) findURLs() {
	for at := 0; ; {
		i := strings.IndexByte(x.s[at:], ':')
		if i < 0 || at+i >= x.end {
			return
		}
		colon := at + i
		at = colon + 1
		if !strings.HasPrefix(x.s[at:], "//") && !strings.HasPrefix(x.s[at:], `\\`) {
			continue
		}
		from, ok := x.schemeBefore(colon)
		if !ok {
			continue
		}
		if end := x.url(from, colon); end > 0 {
			at = end
		}
	}
}

// schemeBefore returns where the scheme that ends at a colon starts.
func (x *scan) schemeBefore(colon int) (from int, ok bool) {
	const longest = 12
	from = colon
	for from > 0 && colon-from < longest && (isAlnum(x.s[from-1]) || strings.IndexByte("+-.", x.s[from-1]) >= 0) {
		from--
	}
	word := strings.ToLower(x.s[from:colon])
	for i := range len(word) {
		if (i == 0 || !isAlnum(word[i-1])) && knownScheme(word[i:]) {
			return from + i, true
		}
	}
	for _, scheme := range [...]string{"https", "http"} {
		if strings.HasSuffix(word, scheme) {
			return colon - len(scheme), true // behind other letters
		}
	}
	return 0, false
}

// knownScheme reports whether URLs with a scheme name a host.
func knownScheme(s string) bool {
	switch s {
	case "http", "https", "ftp", "ftps", "sftp", "tcp", "udp", "ws", "wss", "ssh", "telnet", "smb", "cifs", "nfs", "afp", "ldap", "ldaps", "rdp", "vnc", "irc", "ircs",
		"git", "svn", "git+ssh", "svn+ssh", "git+https", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s", "nntp", "news", "rtsp", "rtmp", "rtmps", "mms", "sip", "sips", "xmpp",
		"mqtt", "mqtts", "amqp", "amqps", "redis", "rediss", "mongodb", "mysql", "postgres", "postgresql", "memcached", "dns", "tls", "dtls", "quic", "doh", "dot", "gopher", "rsync",
		"tftp", "webdav", "dav", "davs", "socks", "socks4", "socks4a", "socks5", "ss", "vmess", "vless", "trojan", "stratum", "stratum+tcp", "stratum+ssl", "snmp", "coap", "coaps",
		"file", "feed", "view-source", "ipp", "ipps", "steam", "teamspeak", "hdfs", "gs", "s3", "icap", "turn", "stun", "docker", "jdbc", "ntp", "syslog":
		return true
	}
	return false
}

// url keeps the URL whose scheme stands between from and colon, and returns where
// it ends, 0 if there is none.
func (x *scan) url(from, colon int) int {
	at := colon + 3
	for x.after(at) == '/' && at < colon+6 {
		at++
	}
	authority := x.authorityEnd(at)
	h, port, hostSpan, ok := x.authority(at, authority)
	if !ok {
		return 0
	}
	end, value := hostSpan.to, strings.ToLower(x.s[from:colon])+"://"
	if hostSpan.from > at && x.s[hostSpan.from-1] == '@' {
		value += x.s[at:hostSpan.from]
	}
	value += h.literal() + port
	if end += len(port); end == authority || strings.IndexByte("/?#", x.after(end)) >= 0 {
		tail := x.tail(from, end)
		end += len(tail)
		value += tail
	}
	x.urls, x.hosts = append(x.urls, span{from, end}), append(x.hosts, span{from, hostSpan.to})
	f := Found{Type: URL, Value: value, Unicode: shownURL(value, h), Defanged: h.commas}
	if h.strange {
		f.Note = noteNumber
	}
	x.add(f, from, end)
	x.host(h, hostSpan, PartHost)
	return end
}

// shownURL returns a URL with the name that people see.
func shownURL(value string, h host) string {
	if h.shown == "" {
		return ""
	}
	return strings.Replace(value, h.name, h.shown, 1)
}

// literal returns the host as it stands in a URL.
func (h host) literal() string {
	if h.ip.Is6() {
		return "[" + h.name + "]"
	}
	return h.name
}

// authorityEnd returns where the authority that starts at a place ends.
func (x *scan) authorityEnd(at int) int {
	const longest = 400
	most := min(len(x.s), at+longest)
	for at < most {
		c := x.s[at]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(x.s[at:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
				break
			}
			at += size
			continue
		}
		if !isAlnum(c) && strings.IndexByte("-._~%!$&*+,;=:@[]", c) < 0 {
			break
		}
		at++
	}
	return at
}

// authority reads host and port between two places.
func (x *scan) authority(from, to int) (h host, port string, hostSpan span, ok bool) {
	if i := strings.LastIndexByte(x.s[from:to], '@'); i >= 0 {
		from += i + 1
	}
	text := x.s[from:to]
	if strings.HasPrefix(text, "[") && !strings.Contains(text, "]") {
		from, text = from+1, text[1:] // "http://[example.com"
	}
	var name string
	if i := strings.IndexByte(text, ']'); strings.HasPrefix(text, "[") && i > 0 {
		name = text[:i+1]
	} else {
		name = text[:nameEnd(text)]
	}
	h, ok = parseHost(name)
	if !ok && strings.Contains(name, ",") {
		if h, ok = parseHost(strings.ReplaceAll(name, ",", ".")); strings.Contains(name, ".") || !ok || !h.ip.IsValid() && !knownSuffix(h.name) {
			name, _, _ = strings.Cut(name, ",")
			h, ok = parseHost(name)
		} else {
			h.commas = true
		}
	}
	if !ok || !h.ip.IsValid() && strings.Trim(h.name, "-_.0123456789") == "" {
		return h, "", span{}, false
	}
	return h, portOf(text[len(name):]), span{from, from + len(name)}, true
}

// nameEnd returns how long the host at the start of an authority is.
func nameEnd(text string) int {
	end := strings.IndexAny(text, ":;!$&*+=~[]")
	if end < 0 {
		end = len(text)
	}
	if strings.Count(text, ":") > 1 { // an IPv6 address without brackets
		if six := len(text) - len(strings.TrimLeft(text, "0123456789abcdefABCDEF:.")); six > 0 {
			if _, err := netip.ParseAddr(strings.TrimRight(text[:six], ".:")); err == nil {
				return len(strings.TrimRight(text[:six], ".:"))
			}
		}
	}
	return len(strings.TrimRight(text[:end], ".,-_"))
}

// portOf returns a port with its colon.
func portOf(s string) string {
	if !strings.HasPrefix(s, ":") {
		return ""
	}
	end := 1
	for end < len(s) && end < 7 && isDigit(s[end]) {
		end++
	}
	if _, err := strconv.ParseUint(s[1:end], 10, 16); err != nil {
		return ""
	}
	return s[:end]
}

// tail returns path, query and fragment of a URL that starts at from and whose
// authority ends at the other place.
func (x *scan) tail(from, at int) string {
	s := x.s[at:min(len(x.s), at+longestURL)]
	if len(s) == 0 || strings.IndexByte("/?#", s[0]) < 0 {
		return ""
	}
	quoted := x.before(from) == '\''
	depth, query := [2]int{}, false
	end := len(s)
scan:
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '<', '>', '"', '`', '|', '\\', '^':
			end = i
			break scan
		case '\'':
			if quoted || i+1 == len(s) || !isAlnum(s[i+1]) {
				end = i
				break scan
			}
		case '?':
			query = true
		case '(', ')':
			if depth[0] += 1 - 2*int(c-'('); depth[0] < 0 {
				end = i
				break scan
			}
		case '[':
			if depth[1]++; !query {
				end = i
				break scan
			}
		case ']':
			if depth[1]--; depth[1] < 0 {
				end = i
				break scan
			}
		case ',', ';':
			if next := strings.TrimPrefix(s[i+1:], " "); strings.HasPrefix(next, "http://") || strings.HasPrefix(next, "https://") {
				end = i
				break scan
			}
		case '&':
			if hasEntity(s[i:]) {
				end = i
				break scan
			}
		default:
			if c <= ' ' || c == 0x7f || c >= utf8.RuneSelf && endsURL(s[i:]) {
				end = i
				break scan
			}
		}
	}
	tail := trimTail(s[:end])
	if strings.HasPrefix(x.s[max(0, from-2):], "++") {
		tail = strings.TrimSuffix(tail, "++") // AsciiDoc's quotes
	}
	return tail
}

// hasEntity reports whether HTML's quote or angle bracket starts here.
func hasEntity(s string) bool {
	for _, entity := range [...]string{"&lt;", "&gt;", "&quot;", "&#39;", "&#34;", "&nbsp;"} {
		if strings.HasPrefix(s, entity) {
			return true
		}
	}
	return false
}

// endsURL reports whether a character beyond ASCII is none of a URL.
func endsURL(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == utf8.RuneError || unicode.IsSpace(r) || unicode.Is(unicode.Pi, r) || unicode.Is(unicode.Pf, r) || strings.ContainsRune("…、。，；：！？（）【】「」『』〈〉《》│┃║", r)
}

// trimTail removes punctuation that ends a sentence rather than a URL, and
// brackets that were opened before it.
func trimTail(s string) string {
	excess := [3]int{-1, -1, -1} // of closing brackets; -1 is not counted yet
	for {
		before := len(s)
		s = strings.TrimRight(s, ".,;:!'*|")
		if strings.HasSuffix(s, "?") && len(s) < before {
			s = s[:len(s)-1]
		}
		for i, pair := range [...]string{"()", "[]", "{}"} {
			if !strings.HasSuffix(s, pair[1:]) {
				continue
			}
			if excess[i] == -1 {
				excess[i] = max(strings.Count(s, pair[1:])-strings.Count(s, pair[:1]), 0)
			}
			if excess[i] > 0 {
				s = s[:len(s)-1]
				excess[i]--
			}
		}
		if len(s) == before {
			return s
		}
	}
}

// host keeps the host of a URL or of an address.
func (x *scan) host(h host, at span, part Part) {
	f := Found{Value: h.name, Unicode: h.shown, Part: part, Defanged: h.commas}
	switch {
	case h.ip.Is4():
		f.Type = IPv4
		if h.strange {
			f.Note = noteNumber
		}
	case h.ip.Is6():
		f.Type = IPv6
	case strings.Contains(h.name, ".") && knownSuffix(h.name):
		f.Type = Domain
		if mixedScripts(h.shown) {
			f.Note = noteMixed
		}
	default:
		return
	}
	x.add(f, at.from, at.to)
}
