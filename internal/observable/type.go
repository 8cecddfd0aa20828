package observable

// Type says what a value is.
type Type string

// The types of what is found.
const (
	URL             Type = "url"
	Domain          Type = "domain"
	IPv4            Type = "ipv4"
	IPv6            Type = "ipv6"
	CIDR            Type = "cidr"
	Email           Type = "email"
	XMPP            Type = "xmpp"
	MD5             Type = "md5"
	SHA1            Type = "sha1"
	SHA224          Type = "sha224"
	SHA256          Type = "sha256"
	SHA384          Type = "sha384"
	SHA512          Type = "sha512"
	Imphash         Type = "imphash"
	Authentihash    Type = "authentihash"
	SSDEEP          Type = "ssdeep"
	FileName        Type = "file_name"
	FilePath        Type = "file_path"
	RegistryKey     Type = "registry_key"
	CVE             Type = "cve"
	Technique       Type = "attack_technique"
	Tactic          Type = "attack_tactic"
	Mitigation      Type = "attack_mitigation"
	Group           Type = "attack_group"
	Software        Type = "attack_software"
	ASN             Type = "asn"
	MAC             Type = "mac"
	Bitcoin         Type = "bitcoin"
	Monero          Type = "monero"
	Ethereum        Type = "ethereum"
	UserAgent       Type = "user_agent"
	GoogleAnalytics Type = "google_analytics"
	GoogleAdSense   Type = "google_adsense"
	TLP             Type = "tlp"
)

// Types lists the types, in the order of their constants.
func Types() []Type {
	return []Type{
		URL, Domain, IPv4, IPv6, CIDR, Email, XMPP, MD5, SHA1, SHA224, SHA256, SHA384, SHA512, Imphash, Authentihash, SSDEEP, FileName, FilePath, RegistryKey,
		CVE, Technique, Tactic, Mitigation, Group, Software, ASN, MAC, Bitcoin, Monero, Ethereum, UserAgent, GoogleAnalytics, GoogleAdSense, TLP,
	}
}

// Part says what a value is a part of.
type Part string

// The parts. What is a part of nothing stands in the text by itself.
const (
	PartNone    Part = ""
	PartHost    Part = "host"    // the authority of a URL
	PartURL     Part = "url"     // the path, query or fragment of a URL
	PartEmail   Part = "email"   // the domain or address of a mail or XMPP address
	PartNetwork Part = "network" // the address of a network in CIDR notation
	PartPath    Part = "path"    // the last element of a path of files
)

// Found is a value at a place.
type Found struct {
	Type Type
	// Value is the canonical form: refanged, names in ASCII and lower case,
	// addresses and hashes in their usual spelling.
	Value string
	// Raw is what stands in the text, from Offset to End, in bytes.
	Raw         string
	Offset, End int
	// Defanged tells that Raw was made harmless.
	Defanged bool
	// Part says what it is a part of.
	Part Part
	// Unicode is the name as people see it, where Value holds xn-- labels.
	Unicode string
	// Note says what a person should know about it; often empty.
	Note string
}

// Options bounds an extraction. Zero values mean the defaults.
type Options struct {
	// Bytes is how much of the text is read; 4 MiB.
	Bytes int
	// Limit is how many values are found; 10,000.
	Limit int
	// NeedScheme leaves out URLs without a scheme.
	NeedScheme bool
}

// The notes.
const (
	noteNoScheme   = "no scheme in the text; http is assumed"
	noteNoChecksum = "has no checksum"
	noteMixed      = "letters of several scripts in one label"
	noteNumber     = "the address is written as browsers accept it, not as people do"
)
