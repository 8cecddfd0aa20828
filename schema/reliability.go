package schema

// Reliabilities lists the grades of the Admiralty code, the best first: A
// completely, B usually, C fairly, D not usually reliable, E unreliable, and F
// for a source that cannot be judged.
func Reliabilities() []string { return []string{"A", "B", "C", "D", "E", "F"} }
