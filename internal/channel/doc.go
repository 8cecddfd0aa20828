// Package channel brings the questions of runs to people where they are, in a
// chat or by mail, and takes what they say there.
//
// What it posts is an effect: it is in the audit trail before it leaves, and is
// posted once to each. What comes back counts only where its signature is that
// of the channel's product over the very bytes that came, it is new, and the
// account that it names is somebody's here: the person decides, with the rights
// that they have at this time, and never what cannot be undone. A message in a
// chat that several read holds no link; who asks for one gets their own.
package channel
