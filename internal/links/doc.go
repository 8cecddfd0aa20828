// Package links makes links that one person can use once for one thing, and
// shows the page behind them: a decision, an answer, an acknowledgement.
//
// A link carries 256 random bits, of which only the hash is kept. It is bound
// to one purpose, one subject as it was seen, and one person, and it ends. To
// look at it decides nothing, whoever looks and by whatever method: mail
// gateways, previews and browsers open links that nobody clicked. Only a POST
// decides that carries the token of the page's form and its cookie, and what it
// does uses the link up in the same change.
//
// A link proves that somebody has it, not who they are. What must not be done
// by whoever reads a mailbox is for its purpose to refuse.
package links
