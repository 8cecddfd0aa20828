// Package ship gives the audit trail away as it is chained: to a log server by
// syslog over TLS (RFC 5424, RFC 5425) or to a web hook that is signed as
// Standard Webhooks say.
//
// It guarantees that every row goes to every target at least once and in the
// order of its place, with the signed checkpoint behind it, also after a kill;
// and that a target which does not take them any more is one alert. Rows carry
// their place, by which a receiver knows what came twice.
package ship
