// Package access knows who may do what: accounts with their roles, how they
// prove who they are, the sessions and keys by which they act, and tenants.
//
// It guarantees that what is stored opens nothing: passwords are kept as
// argon2id, tokens as hashes. A change of an account holds from the moment that
// it is durable, for sessions, keys and open streams alike. Nobody gives away
// more than they hold. A wrong name and a wrong password cost the same and are
// told the same.
//
// Its limits on attempts are kept in memory: a restart forgets them, which
// somebody outside cannot bring about.
package access
