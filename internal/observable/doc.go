// Package observable finds what can be looked up in text that people and
// machines write: addresses, names, hashes, paths, identifiers. It undoes what
// people do to make links harmless, and what mail gateways wrap around them.
//
// It guarantees that any text, however hostile, is read in time and memory that
// grow with its length only, up to the limits of [Options]. Nothing is fetched
// or resolved.
//
// Tools of this kind differ; these are the rules here. "Found" is a value of
// some type at a place; one place may hold several.
//
//   - A URL needs a scheme that is in use (an unknown one, as in habcp://, gives
//     its host only), or a known name or an IPv4 address with a path behind it:
//     then http is assumed and the Note says so. Commas and brackets stay inside
//     of a URL, a comma before the next URL does not; punctuation at its end does
//     not. The value keeps path and query as they stand.
//   - A domain ends in a public suffix. What ends as files do (.zip, .py, .cab)
//     is a file name, unless it was defanged or stands in a URL's authority.
//     A registered name has no underscore and no hyphen at its ends: the
//     name starts behind one, so stix_import.com is import.com. Names in the path or
//     the query of a URL are found too, with [PartURL]; escapes are undone there
//     only.
//   - IPv4 addresses have four decimal numbers. Octal, hexadecimal and short
//     forms count in the authority of a URL only, where browsers read them.
//     Five numbers are a version, and so is what follows a product's name and
//     a slash. A network is no address, unless it has host bits or all bits.
//   - A hash stands alone: between letters or digits it is none, beside an
//     underscore it is. Digits only are no hash.
//     A digest that the text calls import hash or authentihash is that only.
//   - Coins, SSDEEP block sizes and mixed-case Ethereum addresses must pass their checks.
//   - Mail addresses have no two dots in a row. Spelled-out forms ("sales AT
//     example dot com") need a spelled dot before a common top-level domain.
//   - "AS 64500" needs the capitals, or "asn"; "as 2014" is prose.
package observable
