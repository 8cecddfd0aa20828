// Package scim lets a directory keep accounts and groups: SCIM 2.0 (RFC 7643,
// RFC 7644), also as Entra and Okta speak it.
//
// It guarantees that a directory touches what it made, or what somebody linked to
// its provider, and nothing else; that its groups grant what the provider's
// settings say and no more; and that who is deactivated or deleted loses
// sessions, keys and undecided votes in the same transaction.
//
// Its limits: filters compare by eq, joined by and; there are no bulk requests,
// no sorting and no ETags. Attributes that are not in the schemas are ignored.
package scim
