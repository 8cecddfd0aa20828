package observable

import "strings"

// findAgents finds the names by which browsers and programs introduce themselves.
func (x *scan) findAgents() {
	for at := 0; at < x.end; {
		i := strings.IndexByte(x.s[at:], '/')
		if i < 0 {
			return
		}
		at += i
		from := at
		for from > 0 && at-from < 20 && (isAlnum(x.s[from-1]) || x.s[from-1] == '-') {
			from--
		}
		if isDigit(x.after(at+1)) && agentName(x.s[from:at]) && !inside(x.urls, from) {
			end := agentEnd(x.s, from)
			x.agents = append(x.agents, span{from, end})
			x.add(Found{Type: UserAgent, Value: x.s[from:end]}, from, end)
			at = end
		}
		at++
	}
}

// agentName reports whether a user agent starts with a product.
func agentName(s string) bool {
	switch strings.ToLower(s) {
	case "mozilla", "opera", "dalvik", "curl", "wget", "python-requests", "python-urllib", "go-http-client", "okhttp", "libwww-perl", "lynx", "powershell", "winhttp", "cfnetwork", "java", "axios", "node-fetch", "guzzlehttp", "microsoft-cryptoapi", "microsoft-bits", "nmap", "sqlmap", "nikto", "zgrab", "masscan":
		return true
	}
	return false
}

// agentEnd returns where a user agent ends: products, comments in brackets and
// few bare words, with spaces between, up to where the next one starts.
func agentEnd(s string, at int) int {
	const longest = 1024
	s = s[:min(len(s), at+longest)]
	end := tokenEnd(s, at)
	for end+1 < len(s) && s[end] == ' ' {
		next := end + 1
		if s[next] == '(' {
			closing := commentEnd(s, next)
			if closing < 0 {
				break
			}
			end = closing
			continue
		}
		stop := tokenEnd(s, next)
		word := s[next:stop]
		name, version, versioned := strings.Cut(word, "/")
		if strings.EqualFold(name, "mozilla") || name == "" || !(versioned && version != "") && !bareWord(word) {
			break
		}
		end = stop
	}
	return at + len(strings.TrimRight(s[at:end], ".,;:"))
}

// tokenEnd returns where the product at a place ends.
func tokenEnd(s string, at int) int {
	for at < len(s) && (isAlnum(s[at]) || strings.IndexByte("!#$%&*+-.^_~/:;,@", s[at]) >= 0) {
		at++
	}
	return at
}

// commentEnd returns where the comment that opens at a place ends, -1 if it does not.
func commentEnd(s string, at int) int {
	depth := 0
	for ; at < len(s) && s[at] != '\n'; at++ {
		switch s[at] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return -1
}

// bareWord reports whether user agents have a word without a version.
func bareWord(s string) bool {
	switch strings.TrimRight(s, ",") {
	case "Gecko", "like", "Mobile", "Safari", "Version", "Tablet", "Edge":
		return true
	}
	return false
}
