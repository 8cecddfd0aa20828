// Package listen takes syslog over UDP, TCP and TLS.
//
// A message that came by TCP or TLS is committed before the next ones are read:
// where the store is slow, reading stops, the sender's window closes, and the
// sender keeps what it has. UDP cannot wait: its queue is bounded, shared
// fairly between senders, and what does not fit is counted and told.
//
// Nothing is lost silently. A message that is longer than allowed is cut and
// marked, one that breaks off is marked, a sender that nobody declared is
// counted, and whoever asks is told (see [Server.Stats]). A graceful stop reads
// what has arrived already and stores it.
//
// Syslog has no acknowledgement: what a sender's machine has sent and this one
// has not read when either dies is lost, whatever is done here. Plain UDP and
// TCP do not prove who sends; only TLS with certificates does.
package listen
