package door

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Store keeps sources.
type Store interface {
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// AddSource adds a source; one of the same name is Conflict.
	AddSource(ctx context.Context, tx harrier.Tx, s harrier.Source) error
	// UpdateSource stores a source whose rev is the stored one; another is Conflict.
	UpdateSource(ctx context.Context, tx harrier.Tx, s harrier.Source) error
	// SourceByName returns a source, or a NotFound error.
	SourceByName(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Source, error)
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Vault keeps secrets.
type Vault interface {
	Put(ctx context.Context, tenant harrier.TenantID, name, field string, value harrier.Secret) error
	Delete(ctx context.Context, tenant harrier.TenantID, name, field string) error
}

// KeeperConfig is what a keeper is made of. All is required.
type KeeperConfig struct {
	Store     Store
	Vault     Vault
	Catalogue *Catalogue
	Now       func() time.Time
	// Changed is called after each change.
	Changed func()
	// Checks says, by kind, what is wrong and what is weak about settings that
	// are not those of a webhook. A kind that is not in it is not checked.
	Checks map[string]func(settings json.RawMessage) (warning string, err error)
}

// Keeper sets sources up. It is safe for concurrent use.
type Keeper struct {
	store     Store
	vault     Vault
	catalogue *Catalogue
	now       func() time.Time
	changed   func()
	checks    map[string]func(json.RawMessage) (string, error)
}

// NewKeeper returns a keeper.
func NewKeeper(c KeeperConfig) *Keeper {
	return &Keeper{c.Store, c.Vault, c.Catalogue, c.Now, c.Changed, c.Checks}
}

// Addition is a source to be made.
type Addition struct {
	Name, Product string
	// Mapping, TimeZone and Reliability are those of the product where they are empty.
	Mapping, TimeZone, Reliability string
	// Settings are put over those of the product, key by key.
	Settings map[string]any
	// Secret is what the sender dictates; zero makes one.
	Secret harrier.Secret
	Allows []string
}

// Made is a source with what its sender needs. The secret is told this once.
type Made struct {
	Source  harrier.Source
	Product Product
	Secret  harrier.Secret
	// Path is where the sender delivers, the secret in it where it has to be.
	Path, User, Header string
	Warning            string
}

// sourceName is what a source may be called: it is part of an address.
func sourceName(name string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`).MatchString(name)
}

// Add makes a source. It begins observed: its alerts start nothing until
// somebody has seen that they are right.
func (k *Keeper) Add(ctx context.Context, by harrier.Principal, n Addition) (Made, error) {
	p, err := k.catalogue.Product(n.Product)
	if err != nil {
		return Made{}, err
	}
	if !sourceName(n.Name) {
		return Made{}, harrier.Errorf(harrier.Invalid, "%q cannot be the name of a source; use lower-case letters, digits, _ and -, at most 63, beginning with a letter", n.Name)
	}
	if _, err := time.LoadLocation(n.TimeZone); err != nil {
		return Made{}, harrier.Errorf(harrier.Invalid, "time_zone: %q is not a time zone; write one such as Europe/Berlin", n.TimeZone)
	}
	now := k.now().UTC().Truncate(time.Microsecond)
	src := harrier.Source{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.SourceID](now), Name: n.Name, Kind: p.Kind, TimeZone: n.TimeZone, Allows: n.Allows,
		Mapping: cmp.Or(n.Mapping, p.Mapping), Reliability: cmp.Or(n.Reliability, p.Reliability), Enabled: true, CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	made := Made{Source: src, Product: p, Secret: n.Secret}
	if err := made.settle(n.Settings, now); err != nil {
		return Made{}, err
	}
	if check := k.checks[src.Kind]; check != nil {
		if made.Warning, err = check(made.Source.Settings); err != nil {
			return Made{}, err
		}
	}
	if !made.Secret.IsZero() { // a secret without its source opens nothing; a source without its secret is shut
		if err := k.vault.Put(ctx, by.Tenant, src.ID.String(), firstKey, made.Secret); err != nil {
			return Made{}, err
		}
	}
	return made, k.write(ctx, by, made.Source, deed{"source.add", k.store.AddSource})
}

const firstKey = "key-1"

// settle makes the settings and the secret of a source.
func (m *Made) settle(over map[string]any, now time.Time) error {
	merged := map[string]any{}
	if err := json.Unmarshal(m.Product.Settings, &merged); err != nil {
		return harrier.Errorf(harrier.Internal, "the settings of product %s: %w", m.Product.Name, err)
	}
	merge(merged, over)
	text, err := json.Marshal(merged)
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "the settings cannot be stored: %w", err)
	}
	if m.Source.Kind != "webhook" {
		m.Source.Settings = text
		return nil
	}
	var s Settings
	if err := strictly(text, &s); err != nil {
		return harrier.Errorf(harrier.Invalid, "the settings do not fit: %w", err)
	}
	s.Product = m.Product.Name
	if s.Auth.Kind != MTLS {
		s.Auth.Keys = []Key{{Field: firstKey, Added: now}}
		m.Secret, err = secretFor(s.Auth, m.Secret)
		if err != nil {
			return err
		}
	}
	return m.keep(s)
}

// keep puts settings into the source, and tells what follows for the sender.
func (m *Made) keep(s Settings) error {
	text, err := json.Marshal(s)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode settings: %w", err)
	}
	if s, err = ParseSettings(text); err != nil {
		return err
	}
	m.Source.Settings, m.User, m.Header, m.Warning = text, s.Auth.User, cmp.Or(s.Auth.Header, "Authorization"), s.Warning()
	m.Path = s.path(m.Source, m.Secret)
	return nil
}

// path is where the sender delivers.
func (s Settings) path(src harrier.Source, secret harrier.Secret) string {
	if s.Shape == "thehive" {
		return "/api/v1/alert"
	}
	name := src.Name
	if src.Tenant != harrier.DefaultTenant {
		name = src.ID.String()
	}
	path := "/v1/in/" + name
	if s.Auth.Kind == URLToken && !secret.IsZero() {
		path += "/" + secret.Reveal()
	}
	if s.Shape == "hec" {
		path += "/services/collector/event"
	}
	return path
}

// merge puts values over others, key by key.
func merge(into, over map[string]any) {
	for key, v := range over {
		have, both := into[key].(map[string]any)
		if deeper, ok := v.(map[string]any); ok && both {
			merge(have, deeper)
			continue
		}
		into[key] = v
	}
}

// shortest is how long a secret that a sender dictates has to be, in bytes.
const shortest = 16

// secretFor is the secret that was given, or a new one of 256 random bits.
func secretFor(a Auth, given harrier.Secret) (harrier.Secret, error) {
	if !given.IsZero() {
		if len(given.Reveal()) < shortest {
			return given, harrier.Errorf(harrier.Invalid, "the secret is shorter than %d bytes and could be guessed; let Harrier make one, or choose a longer one", shortest)
		}
		if a.Kind == URLToken && strings.ContainsFunc(given.Reveal(), func(c rune) bool { return !safeInPath(c) }) {
			return given, harrier.Errorf(harrier.Invalid, "the secret stands in the address; use letters, digits, - and _ only")
		}
		return given, nil
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	if a.Kind == Standard {
		return harrier.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(random[:])), nil
	}
	return harrier.NewSecret("hin_" + base64.RawURLEncoding.EncodeToString(random[:])), nil
}

func safeInPath(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// Change is what may be changed of a source; nil keeps it.
type Change struct {
	Live, Enabled        *bool
	Mapping, Reliability *string
	TimeZone             *string
	Allows               *[]string
}

// Set changes a source.
func (k *Keeper) Set(ctx context.Context, by harrier.Principal, name string, c Change) (harrier.Source, error) {
	src, err := k.store.SourceByName(ctx, by.Tenant, name)
	if err != nil {
		return src, err
	}
	set(&src.Live, c.Live)
	set(&src.Enabled, c.Enabled)
	set(&src.Mapping, c.Mapping)
	set(&src.Reliability, c.Reliability)
	set(&src.TimeZone, c.TimeZone)
	set(&src.Allows, c.Allows)
	if _, err := time.LoadLocation(src.TimeZone); err != nil {
		return src, harrier.Errorf(harrier.Invalid, "time_zone: %q is not a time zone; write one such as Europe/Berlin", src.TimeZone)
	}
	src.UpdatedAt = k.now().UTC().Truncate(time.Microsecond)
	if err := k.write(ctx, by, src, deed{"source.set", k.store.UpdateSource}); err != nil {
		return src, err
	}
	src.Rev++
	return src, nil
}

func set[T any](into, v *T) {
	if v != nil {
		*into = *v
	}
}

// Rotation is how a secret is replaced.
type Rotation struct {
	// Secret is what the sender dictates; zero makes one.
	Secret harrier.Secret
	// Overlap is how long the old one is good.
	Overlap time.Duration
}

// Rotate gives a source a new secret. The old one is good for a while longer,
// so that nothing is refused while the sender is changed.
func (k *Keeper) Rotate(ctx context.Context, by harrier.Principal, name string, n Rotation) (Made, error) {
	src, err := k.store.SourceByName(ctx, by.Tenant, name)
	if err != nil {
		return Made{}, err
	}
	if src.Kind != "webhook" {
		return Made{}, harrier.Errorf(harrier.Invalid, "%s has no secret of its own; it comes by %s", name, src.Kind)
	}
	s, err := ParseSettings(src.Settings)
	if err != nil {
		return Made{}, err
	}
	if s.Auth.Kind == MTLS {
		return Made{}, harrier.Errorf(harrier.Invalid, "%s proves itself with a certificate; give its sender another one", name)
	}
	p, err := k.catalogue.Product(s.Product)
	if err != nil {
		p = Product{Name: s.Product, Kind: src.Kind} // made by hand, or of a product that is no longer known
	}
	secret, err := secretFor(s.Auth, n.Secret)
	if err != nil {
		return Made{}, err
	}
	now := k.now().UTC().Truncate(time.Microsecond)
	key := Key{Field: nextKey(s.Auth.Keys), Added: now}
	var gone []string
	s.Auth.Keys, gone = shorten(s.Auth.Keys, now, n.Overlap)
	s.Auth.Keys = slices.Insert(s.Auth.Keys, 0, key)
	if err := k.vault.Put(ctx, by.Tenant, src.ID.String(), key.Field, secret); err != nil {
		return Made{}, err
	}
	made := Made{Source: src, Product: p, Secret: secret}
	if err := made.keep(s); err != nil {
		return Made{}, err
	}
	made.Source.UpdatedAt = now
	if err := k.write(ctx, by, made.Source, deed{"source.rotate", k.store.UpdateSource}); err != nil {
		return Made{}, err
	}
	for _, field := range gone {
		if err := k.vault.Delete(ctx, by.Tenant, src.ID.String(), field); err != nil {
			return Made{}, err
		}
	}
	return made, nil
}

// shorten ends keys after a time, and drops those that are over.
func shorten(keys []Key, now time.Time, overlap time.Duration) (list []Key, gone []string) {
	for _, key := range keys {
		until := now.Add(overlap)
		if !key.Until.IsZero() && key.Until.Before(until) {
			until = key.Until
		}
		if !until.After(now) {
			gone = append(gone, key.Field)
			continue
		}
		key.Until = until
		list = append(list, key)
	}
	return list, gone
}

// nextKey is a name that no key has had.
func nextKey(keys []Key) string {
	most := 0
	for _, key := range keys {
		if n, err := strconv.Atoi(strings.TrimPrefix(key.Field, "key-")); err == nil {
			most = max(most, n)
		}
	}
	return "key-" + strconv.Itoa(most+1)
}

// deed is what is done to a source.
type deed struct {
	action string
	change func(context.Context, harrier.Tx, harrier.Source) error
}

// write does something to a source, with its row in the audit trail.
func (k *Keeper) write(ctx context.Context, by harrier.Principal, src harrier.Source, d deed) error {
	about := map[string]any{"live": src.Live, "enabled": src.Enabled, "mapping": src.Mapping, "kind": src.Kind, "settings": src.Settings}
	now := k.now().UTC().Truncate(time.Microsecond)
	err := k.store.Write(ctx, func(tx harrier.Tx) error {
		if err := d.change(ctx, tx, src); err != nil {
			return err
		}
		return harrier.Deed{Action: d.action, Target: src.Name, About: about, At: now}.Record(ctx, tx, k.store, by)
	})
	if err == nil {
		k.changed()
	}
	return err
}

// Fill puts what belongs to a source into a text of its product.
func (m Made) Fill(text, base string) string {
	_, host, _ := strings.Cut(strings.TrimRight(base, "/"), "://")
	return strings.NewReplacer("{url}", strings.TrimRight(base, "/")+m.Path, "{base}", strings.TrimRight(base, "/"), "{host}", host, "{token}", m.Secret.Reveal(),
		"{user}", m.User, "{header}", m.Header, "{name}", m.Source.Name).Replace(text)
}
