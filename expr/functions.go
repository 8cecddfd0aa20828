package expr

// Function describes a word of the language for documentation and editors.
type Function struct {
	// Name begins with a dot where the function stands behind its first operand.
	Name      string
	Signature string
	Help      string
	// Example evaluates to Result, which is written as JSON.
	Example, Result string
}

// Functions lists the functions that expressions have, ours first.
func Functions() []Function {
	return []Function{
		{"worst", "worst(any) text", "The worst verdict in a list of verdicts or of answers with one; unknown where there is none.", `worst(["benign", "malicious"])`, `"malicious"`},
		{"cidr", "cidr(ip, range or list of ranges) boolean", "Whether an address is in a range.", `cidr("10.1.2.3", "10.0.0.0/8")`, `true`},
		{"defang", "defang(text) text", "Makes links, domains and addresses unclickable.", `defang("http://evil.example/a.b")`, `"hxxp://evil[.]example/a.b"`},
		{"refang", "refang(text) text", "Turns defanged links, domains and addresses back.", `refang("hxxp://evil[.]example")`, `"http://evil.example"`},
		{"domain_of", "domain_of(text) text", "The domain of a link or a mail address, in lower case; empty where there is none.", `domain_of("https://Evil.example:8443/x")`, `"evil.example"`},
		{"now", "now() timestamp", "The time of the event being applied; the same everywhere in one evaluation.", `now() - now()`, `"0s"`},
		{"summary", "summary() text", "The text that the run has written about itself so far.", ``, ``},
		{"size", "size(text, list or map) integer", "How many characters, items or keys.", `size([1, 2, 3])`, `3`},
		{"has", "has(value.field) boolean", "Whether a field is there.", `has({"a": 1}.a)`, `true`},
		{"int", "int(value) integer", "The value as an integer.", `int("42")`, `42`},
		{"double", "double(value) number", "The value as a number.", `double("1.5")`, `1.5`},
		{"string", "string(value) text", "The value as text.", `string(42)`, `"42"`},
		{"duration", "duration(text) duration", "The text as a duration; a literal is written without quotes, as in 30d.", `duration("90m") == 1h30m`, `true`},
		{"timestamp", "timestamp(text) timestamp", "The text as a time.", `timestamp("2026-01-02T03:04:05Z").getFullYear()`, `2026`},
		{".orValue", "optional.orValue(value) value", "A value that may be absent, or another instead.", `{"a": 1}.?b.orValue(0)`, `0`},
		{".hasValue", "optional.hasValue() boolean", "Whether a value that may be absent is there.", `{"a": 1}.?a.hasValue()`, `true`},
		{".exists", "list.exists(x, condition) boolean", "Whether the condition is true for an item.", `[1, 2].exists(x, x > 1)`, `true`},
		{".all", "list.all(x, condition) boolean", "Whether the condition is true for all items.", `[1, 2].all(x, x > 1)`, `false`},
		{".filter", "list.filter(x, condition) list", "The items for which the condition is true.", `[1, 2, 3].filter(x, x > 1)`, `[2,3]`},
		{".map", "list.map(x, value) list", "A value for each item; for a map, for each key in order.", `{"b": 1, "a": 2}.map(k, k)`, `["a","b"]`},
		{".distinct", "list.distinct() list", "The items, each once.", `[1, 2, 1].distinct()`, `[1,2]`},
		{".flatten", "list.flatten() list", "The items of the lists in a list.", `[[1], [2, 3]].flatten()`, `[1,2,3]`},
		{".sort", "list.sort() list", "The items in order.", `[3, 1, 2].sort()`, `[1,2,3]`},
		{".sortBy", "list.sortBy(x, key) list", "The items in the order of a key.", `[{"n": 2}, {"n": 1}].sortBy(x, x.n)`, `[{"n":1},{"n":2}]`},
		{".slice", "list.slice(from, to) list", "The items from one index up to another.", `[1, 2, 3].slice(0, 2)`, `[1,2]`},
		{".first", "list.first() optional", "The first item, absent where the list is empty.", `[1, 2].first().orValue(0)`, `1`},
		{".last", "list.last() optional", "The last item, absent where the list is empty.", `[1, 2].last().orValue(0)`, `2`},
		{".join", "list.join(separator) text", "The texts of a list as one.", `["a", "b"].join(", ")`, `"a, b"`},
		{".split", "text.split(separator) list", "The parts of a text.", `"a,b".split(",")`, `["a","b"]`},
		{".lower", "text.lower() text", "The text in lower case.", `"ABC".lower()`, `"abc"`},
		{".upper", "text.upper() text", "The text in upper case.", `"abc".upper()`, `"ABC"`},
		{".trim", "text.trim() text", "The text without blanks around it.", `" a ".trim()`, `"a"`},
		{".replace", "text.replace(old, new) text", "The text with one part replaced by another.", `"a-b".replace("-", "+")`, `"a+b"`},
		{".contains", "text.contains(part) boolean", "Whether a part is in the text.", `"phishing".contains("fish")`, `false`},
		{".startsWith", "text.startsWith(part) boolean", "Whether the text begins so.", `"phishing".startsWith("ph")`, `true`},
		{".endsWith", "text.endsWith(part) boolean", "Whether the text ends so.", `"a.exe".endsWith(".exe")`, `true`},
		{".matches", "text.matches(pattern) boolean", "Whether an RE2 pattern is in the text.", `"a1".matches("^[a-z][0-9]$")`, `true`},
		{".indexOf", "text.indexOf(part) integer", "Where a part begins, -1 where it is not there.", `"abc".indexOf("c")`, `2`},
		{".substring", "text.substring(from, to) text", "The characters from one index up to another.", `"abcd".substring(1, 3)`, `"bc"`},
		{".format", "text.format(list) text", "The text with %s, %d, %.2f and so on filled in.", `"%d of %s".format([2, "three"])`, `"2 of three"`},
		{"sets.contains", "sets.contains(list, list) boolean", "Whether all items of the second list are in the first.", `sets.contains([1, 2], [2])`, `true`},
		{"sets.intersects", "sets.intersects(list, list) boolean", "Whether the lists have an item in common.", `sets.intersects([1, 2], [3])`, `false`},
		{"sets.equivalent", "sets.equivalent(list, list) boolean", "Whether the lists have the same items.", `sets.equivalent([1, 2], [2, 1, 1])`, `true`},
		{"math.greatest", "math.greatest(numbers) number", "The largest number.", `math.greatest(1, 3, 2)`, `3`},
		{"math.least", "math.least(numbers) number", "The smallest number.", `math.least(1, 3, 2)`, `1`},
		{"math.round", "math.round(number) number", "The nearest whole number.", `math.round(1.6)`, `2`},
		{"math.abs", "math.abs(number) number", "The number without its sign.", `math.abs(-2)`, `2`},
		{"base64.encode", "base64.encode(bytes) text", "Bytes as base64.", `base64.encode(b"hi")`, `"aGk="`},
		{"base64.decode", "base64.decode(text) bytes", "The bytes of base64.", `string(base64.decode("aGk="))`, `"hi"`},
		{"lists.range", "lists.range(n) list", "The numbers from 0 up to n.", `lists.range(3)`, `[0,1,2]`},
		{"cel.bind", "cel.bind(name, value, expression) value", "The expression with a name for a value that it uses several times.", `cel.bind(n, 2 + 1, n * n)`, `9`},
	}
}
