package indicator

import "slices"

// Marking says who may learn of something (TLP) and what may be done about it
// (PAP), in the words of package feed; empty is unmarked.
type Marking struct {
	TLP string `json:"tlp,omitempty"`
	PAP string `json:"pap,omitempty"`
}

// Recipient is whom a value would be told.
type Recipient struct {
	// Name is that of the connection, for people.
	Name string
	// External tells that it is run by others: a vendor's service in the cloud.
	External bool
	// Public tells that what it is told, others can see.
	Public bool
	// Active tells that the call reaches what the value names, as a scan of a link does.
	Active bool
}

// tlps and paps list the colours, the freest first.
func tlps() []string { return []string{"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"} }

func paps() []string { return []string{"", "CLEAR", "GREEN", "AMBER", "RED"} }

func tlpNumber(c string) uint8 { return uint8(max(slices.Index(tlps(), c), 0)) }

func papNumber(c string) uint8 { return uint8(max(slices.Index(paps(), c), 0)) }

// Stricter returns a marking that is as strict as both.
func (m Marking) Stricter(o Marking) Marking {
	return Marking{TLP: tlps()[max(tlpNumber(m.TLP), tlpNumber(o.TLP))], PAP: paps()[max(papNumber(m.PAP), papNumber(o.PAP))]}
}

// Disclosable reports whether a value that is so marked may be told to a
// recipient, and why not. Colours that are not known forbid: nobody may be told
// more than was allowed.
//
// Our own systems may be told everything, unless asking them reaches what the
// value names. Others may be told what is TLP:CLEAR or TLP:GREEN, the latter
// where it does not become public; TLP:AMBER stays with the organisation and its
// clients, which a vendor is not. PAP:RED allows no question that leaves,
// PAP:AMBER none that reaches the adversary, and PAP:GREEN all that does not
// draw attention, which a scan by others is taken for not to do.
func (m Marking) Disclosable(to Recipient) (ok bool, why string) {
	if !slices.Contains(tlps(), m.TLP) || !slices.Contains(paps(), m.PAP) {
		return false, "it is marked " + m.TLP + " " + m.PAP + ", which is not known"
	}
	switch {
	case to.Active && (m.PAP == "RED" || m.PAP == "AMBER"):
		return false, "it is marked PAP:" + m.PAP + ", and asking " + to.Name + " reaches what it names"
	case to.External && m.PAP == "RED":
		return false, "it is marked PAP:RED, and " + to.Name + " is run by others"
	case to.External && tlpNumber(m.TLP) >= tlpNumber("AMBER"):
		return false, "it is marked TLP:" + m.TLP + ", and " + to.Name + " is run by others"
	case to.Public && m.TLP == "GREEN":
		return false, "it is marked TLP:GREEN, and what " + to.Name + " is told becomes public"
	}
	return true, ""
}
