// Package provider lets people come in by providers that know them: OpenID
// Connect, by the authorization code flow with PKCE.
//
// It guarantees that who somebody is comes from issuer and subject of an ID token
// that was checked in every respect, and from nothing else; that what a browser
// carries between the steps is sealed, belongs to that browser and is good once;
// and that whoever is refused learns nothing of why, which the audit trail has.
//
// Its limits: providers are asked for groups in the ID token alone, not at
// userinfo, and log-outs at the provider are not heard of.
package provider
