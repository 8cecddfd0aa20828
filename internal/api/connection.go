package api

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Connection is a configured instance of a connector.
type Connection struct {
	ID           harrier.ConnectionID `json:"id"`
	Name         string               `json:"name"`
	Connector    string               `json:"connector"`
	BaseURL      string               `json:"base_url,omitempty"`
	Settings     Object               `json:"settings,omitempty" doc:"Secrets are never shown."`
	AllowHosts   []string             `json:"allow_hosts,omitempty"`
	AllowPrivate []string             `json:"allow_private,omitempty"`
	Enabled      bool                 `json:"enabled"`
	CreatedAt    time.Time            `json:"created_at"`
	UpdatedAt    time.Time            `json:"updated_at"`
	Rev          int64                `json:"rev"`
}

// AddConnection is a connection to add.
type AddConnection struct {
	Name         string   `json:"name" pattern:"^[a-z][a-z0-9_-]{0,62}$" patternDescription:"lower-case letters, digits, _ and -"`
	Connector    string   `json:"connector" minLength:"1" maxLength:"100"`
	BaseURL      string   `json:"base_url,omitempty" maxLength:"2000" doc:"Where the product is; the connector's default where it is absent."`
	Settings     Object   `json:"settings,omitempty"`
	Secrets      Secrets  `json:"secrets,omitempty" doc:"What the connector authenticates with; kept in the vault and never shown."`
	AllowHosts   []string `json:"allow_hosts,omitempty" doc:"Further hosts that it may call."`
	AllowPrivate []string `json:"allow_private,omitempty" doc:"Private address ranges that it may call, such as 10.0.0.0/8."`
	// Limits are those of the account, where they are not the manifest's.
	Limits harrier.ConnectionLimits `json:"limits,omitzero" doc:"What the vendor allows this account, where it is not what the connector says: rate in calls per second, burst, daily, concurrent."`
	CA     string                   `json:"ca,omitempty" maxLength:"262144" doc:"A PEM bundle to trust instead of the system's."`
}

// CallConnection is one call of an action.
type CallConnection struct {
	Action string `json:"action" minLength:"1" maxLength:"200" doc:"The action, without the connector's name."`
	Input  Object `json:"input,omitempty"`
	// Confirm is required for a call that leaves a trace.
	Confirm bool `json:"confirm,omitempty" doc:"Required for an action that does more than read."`
}

// CallResult is what came of a call.
type CallResult struct {
	Connection string         `json:"connection"`
	Action     string         `json:"action"`
	Effect     harrier.Effect `json:"effect"`
	OK         bool           `json:"ok"`
	Output     Object         `json:"output,omitempty"`
	Class      string         `json:"class,omitempty" doc:"The class of the failure."`
	Error      string         `json:"error,omitempty" doc:"What went wrong, and how to fix it."`
	Millis     int64          `json:"millis" doc:"How long it took."`
}

// ConnectionOf is a row as the API shows it.
func ConnectionOf(c harrier.Connection) Connection {
	return Connection{
		ID: c.ID, Name: c.Name, Connector: c.Connector, BaseURL: c.BaseURL, Settings: c.Settings, AllowHosts: c.AllowHosts,
		AllowPrivate: c.AllowPrivate, Enabled: c.Enabled, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Rev: c.Rev,
	}
}
