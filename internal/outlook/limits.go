package outlook

// Limits bounds what reading may cost. Fields that are zero take the value of
// [DefaultLimits]. All of them count an item together with the items inside it.
type Limits struct {
	// Depth is how many items may stand inside each other below the first.
	Depth int
	// Attachments is how many attachments are kept.
	Attachments int
	// Recipients is how many recipients are kept.
	Recipients int
	// Properties is how many properties are looked at.
	Properties int
	// TextBytes is how much text is decoded or unpacked: headers, bodies and RTF.
	TextBytes int
}

// DefaultLimits returns what is enough for every honest mail.
func DefaultLimits() Limits {
	return Limits{Depth: 20, Attachments: 1000, Recipients: 5000, Properties: 200_000, TextBytes: 16 << 20}
}

// orDefault returns the limits with the zero fields filled in.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct {
		limit *int
		value int
	}{
		{&l.Depth, d.Depth}, {&l.Attachments, d.Attachments}, {&l.Recipients, d.Recipients},
		{&l.Properties, d.Properties}, {&l.TextBytes, d.TextBytes},
	} {
		if *f.limit <= 0 {
			*f.limit = f.value
		}
	}
	return l
}

// budget is what is left of the limits. It is shared by an item and the items inside it.
type budget struct {
	lim Limits
	// attachments, recipients, properties and text are still allowed.
	attachments, recipients, properties, text int
}

func newBudget(lim Limits) *budget {
	lim = lim.orDefault()
	return &budget{lim: lim, attachments: lim.Attachments, recipients: lim.Recipients, properties: lim.Properties, text: lim.TextBytes}
}

// take takes one of what is left and reports whether there was one.
func take(left *int) bool {
	if *left <= 0 {
		return false
	}
	*left--
	return true
}
