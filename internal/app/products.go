package app

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/connectors/imap"
	"github.com/harrier-soar/harrier/connectors/ldap"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/containment"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/exhibits"
	"github.com/harrier-soar/harrier/internal/exposure"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/notify"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/triage"
	"github.com/harrier-soar/harrier/internal/verdict"
	"github.com/harrier-soar/harrier/schema"
)

// Connectors reads the connectors that ship with Harrier, those that are
// written in Go among them, and those of a team.
func Connectors(trees ...fs.FS) ([]connector.Connector, error) {
	all, err := shippedConnectors()
	if err != nil {
		return nil, err
	}
	all = append([]connector.Connector{imap.New(), ldap.New()}, all...)
	for _, tree := range trees {
		more, err := loadConnectors(tree)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// shippedConnectors are the connectors that ship with Harrier: they are part of
// the binary and have no state, so a process reads them once.
var shippedConnectors = sync.OnceValues(func() ([]connector.Connector, error) { return loadConnectors(connectors.FS) })

// loadConnectors reads the connectors of a tree.
func loadConnectors(tree fs.FS) ([]connector.Connector, error) {
	loaded, problems := rest.LoadFS(tree)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	all := make([]connector.Connector, len(loaded))
	for i, c := range loaded {
		all[i] = c
	}
	return all, nil
}

// parts is what the actions of Harrier's own are made from. With its zero value
// they can be described and not be called.
type parts struct {
	open     email.OpenEvidence
	mails    email.Reader
	exhibits *exhibits.Service
	cases    *casework.Service
	known    *indicator.Service
	alerts   triage.Alerts
	ledger   containment.Store
	intel    *intel.Service
	profile  func() organisation.Profile
	offers   offers
	pager    *pager.Service
	// content holds the files of a team, such as templates, beside those that ship.
	content fs.FS
}

// builtins gathers the actions of Harrier's own: the one list of them.
func builtins(p parts) ([]builtin.Action, error) {
	parse, err := email.Action(p.open, p.mails)
	if err != nil {
		return nil, err
	}
	trees := []fs.FS{content.FS}
	if p.content != nil {
		trees = append(trees, p.content)
	}
	texts, err := notify.Load(trees...)
	if err != nil {
		return nil, err
	}
	return slices.Concat(
		[]builtin.Action{parse, organisation.Action(p.profile), offersAction(p.offers)},
		verdict.Actions(),
		p.exhibits.Actions(),
		p.cases.Actions(),
		p.known.Actions(),
		triage.New(p.alerts).Actions(),
		containment.New(p.ledger).Actions(),
		exposure.Actions(),
		texts.Actions(),
		p.pager.Actions(),
		p.intel.Actions(),
	), nil
}

// OwnActions describes the actions of Harrier's own, as far as that needs no installation.
func OwnActions() ([]schema.ActionSpec, error) {
	list, err := builtins(parts{cases: casework.New(casework.Config{}), exhibits: exhibits.New(exhibits.Config{}), intel: intel.New(intel.Config{}), pager: pager.New(pager.Config{})})
	specs := make([]schema.ActionSpec, len(list))
	for i, a := range list {
		specs[i] = a.Spec
		specs[i].Builtin = true
	}
	return specs, err
}

// parts returns what this installation's own actions are made from.
func (a *App) parts() parts {
	return parts{open: a.openEvidence, mails: a.mails, exhibits: a.exhibits(), cases: a.cases, known: a.indicators, alerts: verdicts{a}, ledger: a.store, intel: a.intel, profile: a.profile.now, offers: a.offering, pager: a.pager, content: os.DirFS(a.opt.Dir)}
}

// exhibits makes evidence of what runs come upon.
func (a *App) exhibits() *exhibits.Service {
	return exhibits.New(exhibits.Config{
		Rows: a.store, Blobs: a.blobs, Open: a.openEvidence, Now: a.opt.Now,
		Carried: func(ctx context.Context, mail []byte, sha256 string) (exhibits.File, error) {
			f, err := a.mails.Carried(ctx, mail, sha256)
			return exhibits.File{Name: f.Name, MediaType: f.Type, Content: f.Content}, err
		},
	})
}
